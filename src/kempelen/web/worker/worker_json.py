"""The JSON that programs get at a Worker's pages, in the original's members. Source: docs/mturk/worker.md 4.2."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from kempelen.core.money import Money
from kempelen.core.wire.refusals import WorkNotOpen
from kempelen.market.hits import listings
from kempelen.market.qualifications.qualification_tests import Test
from kempelen.market.qualifications.standings import Standing
from kempelen.market.work import history, work
from kempelen.web.site.rendering import iso
from kempelen.web.site.visits import Visit
from kempelen.web.tasks import frames, handover
from kempelen.web.tasks.frames import Frame


def groups_json(found: listings.GroupPage) -> dict[str, Any]:
    """A page of the list in the original's members."""
    return {
        "results": [group_json(group) for group in found.groups],
        "page_number": found.page_number,
        "num_results": len(found.groups),
        "total_num_results": found.total,
    }


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
        "monetary_reward": _money_json(group.reward),
        "project_requirements": [_required_json(each) for each in group.project_requirements],
        "typical_time_in_seconds": group.typical_seconds,
        "hourly_rate": group.hourly_rate and _money_json(group.hourly_rate),
        "requester_approval_rate": group.approval_rate,
        "requester_time_to_decide_in_seconds": group.seconds_to_decide,
        "hits_done_by_caller": group.done,
        "accept_project_task_url": f"/projects/{group.hit_group_id}/tasks/accept_random",
        "project_tasks_url": f"/projects/{group.hit_group_id}/tasks",
    }


def requester_json(profile: listings.RequesterProfile) -> dict[str, Any]:
    """How a Requester decides, and what the Worker has done for them and earned."""
    return {
        "requester_id": profile.requester_id,
        "requester_name": profile.name,
        "since": iso(profile.since),
        "approved": profile.approved,
        "rejected": profile.rejected,
        "approval_rate": profile.approval_rate,
        "time_to_decide_in_seconds": profile.seconds_to_decide,
        "submitted_by_caller": profile.my_submitted,
        "approved_of_caller": profile.my_approved,
        "rejected_of_caller": profile.my_rejected,
        "earned_by_caller": _money_json(profile.my_earnings),
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


def work_json(visit: Visit, found: work.Work) -> dict[str, Any]:
    """An assignment in the members of the original's queue; WorkNotOpen when it is not open any more."""
    if found.status != "Accepted":
        raise WorkNotOpen(because=work.ENDED[found.status])
    frame = frame_of(visit, found)
    project = group_json(found.group)
    project["hit_requirements"] = project.pop("project_requirements")
    return {
        "task_id": found.hit_id,
        "assignment_id": found.assignment_id,
        "accepted_at": iso(found.accepted_at),
        "deadline": iso(found.due_at),
        "time_to_deadline_in_seconds": seconds_left(found),
        "state": "Assigned",
        "task_url": handover.work_url(found.group.hit_group_id, found.hit_id, found.assignment_id),
        "expired_task_action_url": f"/projects/{found.group.hit_group_id}/tasks",
        "project": project,
        "question": question_json(frame),
    }


def question_json(frame: Frame) -> dict[str, Any]:
    """Where a task is to be loaded from; the address of one that we serve is good for five minutes."""
    return {
        "type": frame.kind,
        "value": frame.src,
        "attributes": {"FrameHeight": str(frame.height), "FrameSourceAttribute": "src"},
    }


def standing_json(standing: Standing) -> dict[str, Any]:
    """A qualification type as the Worker stands to it: the original's members, then ours about the last request."""
    address = f"/qualifications/{standing.qualification_type_id}"
    return {
        "qualification_type_id": standing.qualification_type_id,
        "name": standing.name,
        "description": standing.description,
        "keywords": standing.keywords,
        "creator_name": standing.requester_name or None,
        "creator_url": f"/requesters/{standing.requester_id}/projects" if standing.requester_id else None,
        "is_system_qualification": not standing.requester_id,
        "is_requestable": standing.is_requestable,
        "has_test": standing.has_test,
        "value": standing.value_in_words if standing.value is None else standing.value,
        "grant_time": _iso_or_none(standing.granted_at),
        "can_retake_test_or_rerequest": standing.may_request,
        "earliest_retriable_time": _iso_or_none(standing.again_at),
        "request_qualification_url": f"{address}/request",
        "retake_test_url": f"{address}/request" if standing.has_test else None,
        "state": standing.held or None,
        "revocation_time": _iso_or_none(standing.revoked_at),
        "revocation_reason": standing.revocation_reason or None,
        "request": _request_json(standing) if standing.request else None,
    }


def _request_json(standing: Standing) -> dict[str, Any]:
    taking = standing.request == "InTest"
    return {
        "request_id": standing.request_id,
        "state": standing.request,
        "request_time": _iso_or_none(standing.requested_at),
        "decision_time": _iso_or_none(standing.decided_at),
        "rejection_reason": standing.rejection_reason or None,
        "deadline": _iso_or_none(standing.due_at),
        "test_url": handover.test_url(standing.qualification_type_id, standing.request_id) if taking else None,
    }


def test_json(test: Test, frame: Frame) -> dict[str, Any]:
    """A qualification test that the Worker is taking, in the members of the queue."""
    return {
        "qualification_type_id": test.qualification_type_id,
        "request_id": test.request_id,
        "name": test.name,
        "state": "InTest",
        "started_at": iso(test.started_at),
        "deadline": iso(test.due_at),
        "time_to_deadline_in_seconds": seconds_until(test.due_at, test.now),
        "submit_url": handover.test_submit_url(test.qualification_type_id, test.request_id),
        "question": question_json(frame),
    }


def dashboard_json(known: history.Dashboard, submitted: history.SubmittedPage) -> dict[str, Any]:
    """The dashboard in the original's members, and a page of what was handed in; sums are dollars."""
    rejection_rate = None if known.approval_rate is None else 100 - known.approval_rate
    return {
        "availableEarnings": _money_json(known.earned),
        "current_balance": _dollars(known.earned),
        "earnings_to_date": {
            "approved": _dollars(known.rewards),
            "bonuses": _dollars(known.bonuses),
            "total": _dollars(known.earned),
            "pending": _dollars(known.awaited),
        },
        "hits_overview": {
            "approved": known.approved,
            "approvalRate": known.approval_rate,
            "pending": known.pending,
            "rejected": known.rejected,
            "rejection_rate": rejection_rate,
            "in_queue": known.in_queue,
        },
        "daily_hit_statistics_overview": [
            {
                "date": day.date,
                "submitted": day.submitted,
                "approved": day.approved,
                "rejected": day.rejected,
                "pending": day.pending,
                "earnings": _dollars(day.earnings),
            }
            for day in known.days
        ],
        "requesters_overview": [
            {
                "requester_id": one.requester_id,
                "requester_name": one.requester_name,
                "submitted": one.submitted,
                "approved": one.approved,
                "rejected": one.rejected,
                "earnings": _dollars(one.earnings),
            }
            for one in known.requesters
        ],
        "submitted": submitted_json(submitted),
    }


def submitted_json(found: history.SubmittedPage) -> dict[str, Any]:
    """A page of submitted work, as the original's `status_details`."""
    return {
        "results": [handed_in_json(one) for one in found.items],
        "page_number": found.page_number,
        "num_results": len(found.items),
        "total_num_results": found.total,
    }


def handed_in_json(one: history.SubmittedWork) -> dict[str, Any]:
    """Submitted work in the members of the original's `status_details`, then ours."""
    return {
        "assignment_id": one.assignment_id,
        "hit_id": one.hit_id,
        "hit_set_id": one.hit_group_id,
        "requester_id": one.requester_id,
        "requester_name": one.requester_name,
        "reward": _money_json(one.reward),
        "state": one.status,
        "title": one.title,
        "requester_feedback": one.requester_feedback,
        "submitted_at": iso(one.submitted_at),
        "decided_at": _iso_or_none(one.decided_at),
        "auto_approve_at": iso(one.auto_approve_at),
        "auto_approved": one.auto_approved,
        "decided_by_policy": one.decided_by_policy,
        "bonuses": [
            {"amount": _money_json(bonus.amount), "reason": bonus.reason, "granted_at": iso(bonus.granted_at)}
            for bonus in one.bonuses
        ],
    }


def _money_json(amount: Money) -> dict[str, Any]:
    return {"amount_in_dollars": _dollars(amount), "currency_code": "USD"}


def _dollars(amount: Money) -> float:
    return amount.micros / 1_000_000  # JSON's numbers, as the original had them; nothing is computed from it


def frame_of(visit: Visit, found: work.Work, allowed: Iterable[str] = ()) -> Frame:
    return frames.for_work(visit, found.group.hit_group_id, found.hit_id, found.assignment_id, found.question, allowed)


def seconds_left(found: work.Work) -> int:
    return seconds_until(found.due_at, found.now)


def seconds_until(at: datetime, now: datetime) -> int:
    """How many whole seconds are left; none when it is past."""
    return max(0, int((at - now).total_seconds()))


def _iso_or_none(instant: datetime | None) -> str | None:
    return iso(instant) if instant else None
