"""Members of the worker JSON that several pages have: a group, a question, money. Source: docs/mturk/worker.md 4.2."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from kempelen.core.money import Money
from kempelen.market.hits import listings
from kempelen.web.site.rendering import iso
from kempelen.web.tasks.frames import Frame


def group_json(group: listings.Group) -> dict[str, Any]:
    """A HIT group in the original's members."""
    return {
        "hit_set_id": group.hit_group_id,
        "title": group.title,
        "description": group.description,
        "requester_id": group.requester_id,
        "requester_name": group.requester_name,
        "requester_url": f"/requesters/{group.requester_id}/projects",
        "assignable_hits_count": group.open_hits,
        "assignment_duration_in_seconds": group.assignment_duration_in_seconds,
        "caller_meets_preview_requirements": group.caller_meets_preview_requirements,
        "caller_meets_requirements": group.caller_meets_requirements,
        "creation_time": iso(group.created_at),
        "last_updated_time": iso(group.updated_at),
        "latest_expiration_time": iso(group.latest_expires_at),
        "monetary_reward": money_json(group.reward),
        "project_requirements": [_required_json(each) for each in group.project_requirements],
        "typical_time_in_seconds": group.typical_seconds,
        "hourly_rate": group.hourly_rate and money_json(group.hourly_rate),
        "requester_approval_rate": group.approval_rate,
        "requester_time_to_decide_in_seconds": group.seconds_to_decide,
        "hits_done_by_caller": group.done,
        "accept_project_task_url": f"/projects/{group.hit_group_id}/tasks/accept_random",
        "project_tasks_url": f"/projects/{group.hit_group_id}/tasks",
    }


def _required_json(each: listings.Required) -> dict[str, Any]:
    return {
        "qualification_type_id": each.qualification_type_id,
        "comparator": each.comparator,
        "qualification_values": each.values,
        "worker_action": each.action,
        "caller_meets_requirement": each.met,
        "caller_qualification_value": {
            "integer_value": each.value,
            "locale_value": {"country": each.country, "subdivision": each.subdivision},
        },
        "qualification_type": {
            "qualification_type_id": each.qualification_type_id,
            "name": each.name,
            "description": each.description,
            "keywords": each.keywords,
            "has_test": each.has_test,
            "is_requestable": each.is_requestable,
            "visibility": True,
        },
    }


def question_json(frame: Frame) -> dict[str, Any]:
    """Where a task is to be loaded from; the address of one that we serve is good for five minutes."""
    return {
        "type": frame.kind,
        "value": frame.src,
        "attributes": {"FrameHeight": str(frame.height), "FrameSourceAttribute": "src"},
    }


def money_json(amount: Money) -> dict[str, Any]:
    """An amount in the original's members."""
    return {"amount_in_dollars": dollars(amount), "currency_code": "USD"}


def dollars(amount: Money) -> float:
    """A sum as a JSON number."""
    return amount.micros / 1_000_000  # JSON's numbers, as the original had them; nothing is computed from it


def iso_or_none(instant: datetime | None) -> str | None:
    """An instant, or null."""
    return iso(instant) if instant else None


def seconds_until(at: datetime, now: datetime) -> int:
    """How many whole seconds are left; none when it is past."""
    return max(0, int((at - now).total_seconds()))
