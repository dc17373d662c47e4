"""Recount: what must hold of a market, counted anew from its rows, without a line of the market's own arithmetic.

`src/kempelen/checks.py` asks the same of a database in SQL; this is the second opinion, which besides compares the rows
with those of a moment before. Sources: docs/architecture.md "Money"; docs/mturk/api.md 4.1, 4.2, 5, 6 and 8.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from kempelen.core.rules.states import ASSIGNMENT_MOVES, HIT_MOVES

Row = dict[str, Any]
Rows = dict[str, list[Row]]
ENDED = ("Returned", "Abandoned")
DECIDED = ("Approved", "Rejected")
NEVER_CHANGE = ("transfer", "event", "bonus")
NEVER_GO = (
    *NEVER_CHANGE,
    "delivery",  # but see _may_go
    "message",
    "hit",
    "hit_type",
    "hit_group",
    "assignment",
    "account",
    "requester",
    "worker",
)


def problems(before: Rows, after: Rows, now: int, *, is_one_step: bool = True) -> list[str]:
    """A sentence for everything that is not true of the rows now, or of the way that led here from those before.

    What policies found can be recounted only of the rows that they looked at: right after the one step they ran in. So
    can what was told, by the notification settings as they stood.
    """
    parts: tuple[Callable[[], Iterator[str]], ...] = (
        lambda: _money(after),
        lambda: _holds(after),
        lambda: _payments(after),
        lambda: _places(after),
        lambda: _groups(after),
        lambda: _time(after, now),
        lambda: _qualifications(after, now),
        lambda: _moves(before, after),
        lambda: _past(before, after),
        lambda: _reviews(before, after) if is_one_step else iter(()),
        lambda: _deliveries(before, after) if is_one_step else iter(()),
    )
    return [problem for part in parts for problem in part()]


def _deliveries(before: Rows, after: Rows) -> Iterator[str]:
    """Each event that a HIT type wanted told is a delivery, no other is, and each mail is owed to somebody."""
    wanted = {row["hit_type_id"]: json.loads(row["event_types"]) for row in before["notification"] if row["active"]}
    types = {row["hit_id"]: row["hit_type_id"] for row in after["hit"]}
    known = {row["event_id"] for row in before["event"]}
    due, owed = set(), Counter[tuple[str, str]]()
    for event in after["event"]:
        if event["event_id"] not in known:
            if event["kind"] in wanted.get(types.get(event["hit_id"], ""), ()):
                due.add(event["event_id"])
            if event["kind"] in MAILED:
                owed[MAILED[event["kind"]], event["worker_id"]] += 1
    had = {row["delivery_id"] for row in before["delivery"]}
    made = [row for row in after["delivery"] if row["delivery_id"] not in had]
    told = {row["delivery_id"] for row in made if row["worker_id"] is None}
    yield from (f"event {event_id} is told to nobody" for event_id in due - told)
    yield from (f"delivery {delivery_id} tells what nobody wants to hear" for delivery_id in told - due)
    mailed = Counter((row["kind"], row["worker_id"]) for row in made if row["worker_id"] is not None)
    if mailed != owed:
        yield f"mails were made to {dict(mailed)}, and are owed to {dict(owed)}"


MAILED = {
    "WorkerNotified": "WorkerMessage",
    "WorkerBlocked": "WorkerBlocked",
    "BonusPaid": "BonusPaid",
    "AssignmentRejected": "WorkRejected",
    "QualificationNoticeDue": "QualificationGranted",
}


def _money(rows: Rows) -> Iterator[str]:
    moved: Counter[str] = Counter()
    for transfer in rows["transfer"]:
        moved[transfer["from_account"]] -= transfer["amount_micros"]
        moved[transfer["to_account"]] += transfer["amount_micros"]
    sums: Counter[str] = Counter()
    for account in rows["account"]:
        sums[account["requester_id"]] += account["balance_micros"]
        if account["balance_micros"] < 0 and account["kind"] != "outside":
            yield f"{account['account_id']} is overdrawn"
        if account["balance_micros"] != moved[account["account_id"]]:
            yield f"{account['account_id']} is not the sum of its transfers"
    yield from (f"the accounts of {owner} sum to {total}, not to zero" for owner, total in sums.items() if total)


def _holds(rows: Rows) -> Iterator[str]:
    """For each Requester: Σ over its HITs of (reward + fee) × (pending + submitted + open, unless expired)."""
    needed: Counter[str] = Counter()
    for hit in rows["hit"]:
        work = Counter(row["status"] for row in rows["assignment"] if row["hit_id"] == hit["hit_id"])
        taken = work["Accepted"] + work["Submitted"]
        unfilled = hit["max_assignments"] - taken - work["Approved"] - work["Rejected"]
        open_places = 0 if hit["expired"] or hit["status"] == "Disposed" else unfilled
        needed[hit["requester_id"]] += (hit["reward_micros"] + hit["fee_micros"]) * (taken + open_places)
    for account in rows["account"]:
        if account["kind"] == "hold" and account["balance_micros"] != needed[account["requester_id"]]:
            yield f"{account['account_id']} holds {account['balance_micros']}, not {needed[account['requester_id']]}"


def _payments(rows: Rows) -> Iterator[str]:
    """Approved work is paid once, its reward and fee; bonuses once each; nothing else is paid to anybody."""
    hits = {hit["hit_id"]: hit for hit in rows["hit"]}
    due: dict[str, list[tuple[str, int, str]]] = defaultdict(list)
    for work in rows["assignment"]:
        hit, requester = hits[work["hit_id"]], work["requester_id"]
        if work["status"] == "Approved":
            due[work["assignment_id"]] += [
                ("Reward", hit["reward_micros"], f"{requester}:earnings:{work['worker_id']}"),
                ("Fee", hit["fee_micros"], f"{requester}:fees"),
            ]
    for bonus in rows["bonus"]:
        due[bonus["assignment_id"]] += [
            ("Bonus", bonus["amount_micros"], f"{bonus['requester_id']}:earnings:{bonus['worker_id']}"),
            ("Fee", bonus["fee_micros"], f"{bonus['requester_id']}:fees"),
        ]
    paid: dict[str, list[tuple[str, int, str]]] = defaultdict(list)
    for transfer in rows["transfer"]:
        if transfer["reason"] in ("Reward", "Bonus", "Fee"):
            paid[transfer["assignment_id"]].append(
                (transfer["reason"], transfer["amount_micros"], transfer["to_account"])
            )
    for assignment_id in due.keys() | paid.keys():
        expected = sorted(payment for payment in due[assignment_id] if payment[1])
        if sorted(paid[assignment_id]) != expected:
            yield f"assignment {assignment_id} was paid {sorted(paid[assignment_id])}, due are {expected}"


def _places(rows: Rows) -> Iterator[str]:
    """Counters, statuses and the rule of one assignment for each Worker and HIT."""
    had = Counter((row["hit_id"], row["worker_id"]) for row in rows["assignment"] if row["status"] not in ENDED)
    yield from (f"{worker} has {count} assignments of {hit}" for (hit, worker), count in had.items() if count > 1)
    for hit in rows["hit"]:
        work = Counter(row["status"] for row in rows["assignment"] if row["hit_id"] == hit["hit_id"])
        counted = (work["Accepted"], work["Submitted"], work["Approved"] + work["Rejected"])
        if (hit["pending"], hit["submitted"], hit["decided"]) != counted:
            yield f"HIT {hit['hit_id']} counts {hit['pending'], hit['submitted'], hit['decided']}, there are {counted}"
        if hit["open"] != hit["max_assignments"] - sum(counted) or hit["open"] < 0:
            yield f"HIT {hit['hit_id']} has {hit['open']} places open of {hit['max_assignments']}, taken are {counted}"
        if hit["status"] not in _possible(hit):
            yield f"HIT {hit['hit_id']} is {hit['status']}, which its counters do not make it"
        if (hit["dispose_at"] is not None) != (hit["status"] in ("Reviewable", "Reviewing")):
            yield f"HIT {hit['hit_id']} is {hit['status']} and to be disposed at {hit['dispose_at']}"
        if hit["status"] == "Disposed" and (hit["pending"] or hit["submitted"]):
            yield f"HIT {hit['hit_id']} is Disposed with undecided work"


def _possible(hit: Row) -> tuple[str, ...]:
    """The statuses of docs/mturk/api.md 4.1 that these counters allow."""
    if hit["open"] and not hit["expired"]:
        return ("Assignable",)
    if hit["pending"]:
        return ("Unassignable",)
    return ("Reviewable", "Reviewing", "Disposed")


def _groups(rows: Rows) -> Iterator[str]:
    open_hits = Counter(hit["hit_group_id"] for hit in rows["hit"] if hit["status"] == "Assignable")
    types = {row["hit_type_id"]: row for row in rows["hit_type"]}
    groups = {row["hit_group_id"]: row for row in rows["hit_group"]}
    for group_id, group in groups.items():
        if group["open_hits"] != open_hits[group_id]:
            yield f"group {group_id} counts {group['open_hits']} open HITs, there are {open_hits[group_id]}"
    groups_of = {hit["hit_id"]: hit["hit_group_id"] for hit in rows["hit"] if hit["status"] == "Assignable"}
    taken = Counter(
        (work["worker_id"], groups_of[work["hit_id"]])
        for work in rows["assignment"]
        if work["status"] not in ENDED and work["hit_id"] in groups_of
    )
    counted = {(row["worker_id"], row["hit_group_id"]): row["hits"] for row in rows["worker_taken"] if row["hits"]}
    if counted != taken:
        yield f"of open HITs Workers have had {dict(taken)}, and {counted} are counted"
    for hit in rows["hit"]:
        group, hit_type = groups[hit["hit_group_id"]], types[hit["hit_type_id"]]
        if group["hit_type_id"] != hit["hit_type_id"] or hit["reward_micros"] != hit_type["reward_micros"]:
            yield f"HIT {hit['hit_id']} has not the group and the reward of its type"
        if len({group["requester_id"], hit_type["requester_id"], hit["requester_id"]}) > 1:
            yield f"HIT {hit['hit_id']}, its type and its group belong to different Requesters"
        if hit["status"] == "Assignable" and hit["expires_at"] > group["latest_expires_at"]:
            yield f"HIT {hit['hit_id']} is open for longer than its group"


def _time(rows: Rows, now: int) -> Iterator[str]:
    """Nothing that is due waits, and every instant is the one that its rule makes."""
    types = {row["hit_type_id"]: row for row in rows["hit_type"]}
    hits = {row["hit_id"]: row for row in rows["hit"]}
    for hit in rows["hit"]:
        alive = hit["status"] != "Disposed"
        if alive and bool(hit["expired"]) != (hit["expires_at"] <= now):
            yield f"HIT {hit['hit_id']} expires at {hit['expires_at']}, it is {now}, and it says {hit['expired']}"
        if hit["dispose_at"] is not None and not hit["reviewable_at"] <= now < hit["dispose_at"]:
            yield f"HIT {hit['hit_id']} should have been disposed of"
    for work in rows["assignment"]:
        name, terms = f"assignment {work['assignment_id']}", types[hits[work["hit_id"]]["hit_type_id"]]
        if (
            work["status"] not in ENDED
            and work["due_at"] != work["accepted_at"] + 1000 * terms["assignment_duration_in_seconds"]
        ):
            yield f"{name} is due at the wrong time"
        if work["status"] == "Accepted" and work["due_at"] <= now:
            yield f"{name} should have been abandoned"
        if work["status"] == "Abandoned" and work["ended_at"] != work["due_at"]:
            yield f"{name} was abandoned at {work['ended_at']}, not when it was due"
        if work["submitted_at"] is None:
            continue
        if not work["accepted_at"] <= work["submitted_at"] < work["due_at"]:
            yield f"{name} was submitted out of its time"
        if work["auto_approve_at"] != work["submitted_at"] + 1000 * terms["auto_approval_delay_in_seconds"]:
            yield f"{name} is approved by itself at the wrong time"
        if work["status"] == "Submitted" and work["auto_approve_at"] <= now:
            yield f"{name} should have been approved"
        if work["auto_approved"] and work["approved_at"] != work["auto_approve_at"]:
            yield f"{name} was approved by itself at {work['approved_at']}, not when it was due"


def _qualifications(rows: Rows, now: int) -> Iterator[str]:
    """Records count what was done, one request is open at a time, none for what goes; nothing waits that is due."""
    done: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for work in rows["assignment"]:
        if work["submitted_at"] is not None:
            done[work["worker_id"], work["requester_id"]][work["status"]] += 1
    for record in rows["worker_record"]:
        counted = done.pop((record["worker_id"], record["requester_id"]), Counter())
        told = (record["submitted"], record["approved"], record["rejected"])
        if told != (sum(counted.values()), counted["Approved"], counted["Rejected"]):
            yield f"the record of {record['worker_id']} with {record['requester_id']} says {told}, there is {counted}"
    yield from (f"{worker} has no record with {requester}" for worker, requester in done)
    types = {row["qualification_type_id"]: row for row in rows["qualification_type"]}
    open_ones = [row for row in rows["qualification_request"] if row["status"] in ("InTest", "Submitted")]
    many = Counter((row["worker_id"], row["qualification_type_id"]) for row in open_ones)
    yield from (f"{about} is asked for {count} times at once" for about, count in many.items() if count > 1)
    for request in open_ones:
        if types[request["qualification_type_id"]]["status"] in ("Disposing", "Disposed"):
            yield f"request {request['request_id']} waits for a type that goes"
        if request["status"] == "InTest" and request["due_at"] <= now:
            yield f"the test of request {request['request_id']} should have lapsed"
    required = defaultdict(set)
    for row in rows["hit_type_requirement"]:
        required[row["qualification_type_id"]].add(row["hit_type_id"])
    alive = {hit["hit_type_id"] for hit in rows["hit"] if hit["status"] != "Disposed"}
    for type_id, row in types.items():
        if row["status"] == "Disposing" and row["gone_at"] is None and not required[type_id] & alive:
            yield f"type {type_id} waits to be gone, and no HIT uses it"
        if row["gone_at"] is not None and row["gone_at"] <= now:
            yield f"type {type_id} should be gone"
    names = Counter((row["requester_id"], row["name"]) for row in types.values() if row["status"] != "Disposed")
    yield from (
        f"{owner} has {count} types called {name}" for (owner, name), count in names.items() if owner and count > 1
    )


def _moves(before: Rows, after: Rows) -> Iterator[str]:
    """Every status now was reached from the one before by the moves that were recorded, and each was allowed."""
    known = {event["event_id"] for event in before["event"]}
    told = [event for event in after["event"] if event["event_id"] not in known and event["to_status"] is not None]
    for table, key, allowed in (("hit", "hit_id", HIT_MOVES), ("assignment", "assignment_id", ASSIGNMENT_MOVES)):
        was = {row[key]: row["status"] for row in before[table]}
        moves: dict[str, list[tuple[int, str, str]]] = defaultdict(list)
        for event in told:
            if event["hit_id"] and (event["assignment_id"] is not None) == (table == "assignment"):
                moves[event[key]].append((event["happened_at"], event["from_status"], event["to_status"]))
        for row in after[table]:
            mine = sorted(moves.pop(row[key], []))
            start = was.get(row[key], "")
            if any(target not in allowed[source] for _, source, target in mine):
                yield f"{table} {row[key]} made a move that is not allowed: {mine}"
            elif row["status"] not in _ends(start, mine):
                yield f"{table} {row[key]} was {start!r} and is {row['status']}, but told {mine}"
        yield from (f"{table} {row_id} is not there and moved" for row_id in moves)


def _ends(at: str, moves: list[tuple[int, str, str]]) -> set[str]:
    """Where one can be after all these moves, in the order of their time; of one moment, in any order that fits."""
    if not moves:
        return {at}
    return {
        end
        for number, (moment, source, target) in enumerate(moves)
        if moment == moves[0][0] and source == at
        for end in _ends(target, moves[:number] + moves[number + 1 :])
    }


def _past(before: Rows, after: Rows) -> Iterator[str]:
    """What happened stays so: rows do not go, transfers, bonuses and events do not change, final is final."""
    keys = {table: f"{table}_id" for table in NEVER_GO}
    for table in NEVER_GO:
        now = {row[keys[table]]: row for row in after[table]}
        for row in before[table]:
            present = now.get(row[keys[table]])
            if present is None:
                if table == "delivery" and _may_go(row, after):
                    continue
                yield f"{table} {row[keys[table]]} is gone"
            elif table in NEVER_CHANGE and present != row:
                yield f"{table} {row[keys[table]]} has changed"
            elif table == "assignment" and _is_final(row) and present != row and not _is_undone(row, present):
                yield f"assignment {row['assignment_id']} was {row['status']}, which is final, and has changed"
            elif table == "hit" and row["status"] == "Disposed" and present != row:
                yield f"HIT {row['hit_id']} was Disposed, which is final, and has changed"


def _may_go(mail: Row, after: Rows) -> bool:
    """A mail that was not sent, of what is so no longer: a rejection taken back, a block ended, a score revoked."""
    if mail["status"] == "Sent":
        return False
    if mail["kind"] == "WorkRejected":
        work = next((row for row in after["assignment"] if row["assignment_id"] == mail["assignment_id"]), None)
        return work is not None and work["status"] == "Approved"
    return mail["kind"] in ENDED_BY and any(
        event["kind"] == ENDED_BY[mail["kind"]]
        and event["worker_id"] == mail["worker_id"]
        and event["happened_at"] >= mail["happened_at"]
        for event in after["event"]
    )


def _is_final(assignment: Row) -> bool:
    return assignment["status"] in (*ENDED, "Approved")


def _is_undone(before: Row, now: Row) -> bool:
    """Was a Return undone, with nothing changed but that?"""
    undone = {**before, "status": "Accepted", "ended_at": None}
    return before["status"] == "Returned" and {**undone, **_later(now)} == now


def _later(assignment: Row) -> Row:
    """What an assignment that goes on may have become since."""
    if assignment["status"] == "Returned":
        return {}
    names = ("status", "ended_at", "answer", "submitted_at", "auto_approve_at", "approved_at", "auto_approved")
    return {name: assignment[name] for name in names}


ENDED_BY = {"WorkerBlocked": "WorkerUnblocked", "QualificationGranted": "QualificationRevoked"}


# ---------------------------------------------------------------------------------------------- review policies

KEY, QUESTION, VALUE = "AnswerKey", "QuestionIds", re.compile("<QuestionIdentifier>(.*?)</.*?><FreeText>(.*?)</")
Entry = tuple[Any, ...]  # what was told: ("review", subject) or ("found", subject, question, key, value) or (name, …)


def _reviews(before: Rows, after: Rows) -> Iterator[str]:
    """What policies told stays told, and what they told since is what the answers say and what became of the work."""
    for hit in after["hit"]:
        earlier, entries = _entries(before, hit["hit_id"]), _entries(after, hit["hit_id"])
        if entries[: len(earlier)] != earlier or [row["number"] for row in entries] != list(range(1, len(entries) + 1)):
            yield f"what the policies of HIT {hit['hit_id']} have told is no longer the same"
            continue
        new = entries[len(earlier) :]
        runs = [number for number, row in enumerate(new) if row.get("name") == "review"]
        for start in runs:
            run = new[start : next((other for other in runs if other > start), len(new))]
            expected = (
                _run_of_work(hit, after, run) if run[0]["level"] == "Assignment" else _run_of_hit(hit, after, run)
            )
            if [_told(row) for row in run] != expected:
                yield f"HIT {hit['hit_id']} was told {[_told(row) for row in run]}, not {expected}"
    judged = Counter(row["assignment_id"] for row in after["review_action"] if row["name"] == "review")
    decided = {row["assignment_id"]: row["name"] for row in after["review_action"] if row["acted"]}
    hits = {hit["hit_id"]: hit for hit in after["hit"]}
    for work in after["assignment"]:
        has_policy = hits[work["hit_id"]]["assignment_review_policy"] is not None
        if judged[work["assignment_id"]] != (has_policy and work["submitted_at"] is not None):
            yield f"assignment {work['assignment_id']} was judged {judged[work['assignment_id']]} times"
        told = decided.get(work["assignment_id"])
        is_theirs = (told, work["status"]) in (("approve", "Approved"), ("reject", "Rejected"))
        if is_theirs != (work["decided_by_policy"] is not None):
            yield f"assignment {work['assignment_id']} was decided by {work['decided_by_policy']}, and told is {told}"


def _entries(rows: Rows, hit_id: str) -> list[Row]:
    found = [row for table in ("review_action", "review_result") for row in rows[table] if row["hit_id"] == hit_id]
    return sorted(found, key=lambda row: int(row["number"]))


def _told(row: Row) -> Entry:
    subject = row["assignment_id"] or row["hit_id"]
    if "finding" in row:
        return (subject, row["question_id"], row["finding"], row["value"])
    return (
        (row["name"], subject) if row["name"] == "review" else (row["name"], subject, row["status"], bool(row["acted"]))
    )


def _parameters(policy: str) -> dict[str, Any]:
    """A policy's parameters: a list of values, one value as a number if it is one, or the first value of each entry."""
    found: dict[str, Any] = {}
    for parameter in json.loads(policy)["parameters"]:
        values = parameter["values"]
        if parameter["key"] == KEY:
            found[KEY] = {entry["key"]: entry["values"][0] for entry in parameter["map_entries"]}
        elif parameter["key"] == QUESTION:
            found[QUESTION] = values
        else:
            found[parameter["key"]] = int(values[0]) if values[0].isdigit() else values[0]
    return found


def _answers(work: Row) -> dict[str, str]:
    """These Workers give one plain word to a question, or nothing."""
    return dict(VALUE.findall(work["answer"]))


def _run_of_work(hit: Row, rows: Rows, run: list[Row]) -> list[Entry]:
    """All that the policy for assignments was to tell of this submission."""
    given = _parameters(hit["assignment_review_policy"])
    (work,) = (row for row in rows["assignment"] if row["assignment_id"] == run[0]["assignment_id"])
    subject, answers = work["assignment_id"], _answers(work)
    right = {question: answers.get(question) == known for question, known in given[KEY].items()}
    score = 100 * sum(right.values()) // len(right)
    expected: list[Entry] = [("review", subject)]
    expected += [(subject, question, "KnownAnswerCorrect", str(int(is_right))) for question, is_right in right.items()]
    expected.append((subject, None, "KnownAnswerScore", str(score)))
    if score >= given.get("ApproveIfKnownAnswerScoreIsAtLeast", 101):
        expected.append(("approve", subject, "Succeeded", True))
    if score < given.get("RejectIfKnownAnswerScoreIsLessThan", 0):
        expected.append(("reject", subject, "Succeeded", True))
    if score < given.get("ExtendIfKnownAnswerScoreIsLessThan", 0):
        expected.append(_extension(run, hit["hit_id"]))
    return expected


def _run_of_hit(hit: Row, rows: Rows, run: list[Row]) -> list[Entry]:
    """All that the policy for the HIT was to tell when it compared the work there was at that moment."""
    given, subject, at = _parameters(hit["hit_review_policy"]), hit["hit_id"], run[0]["completed_at"]
    work = [row for row in rows["assignment"] if row["hit_id"] == subject and (row["submitted_at"] or at + 1) <= at]
    if given.get("DisregardAssignmentIfRejected") == "T":
        work = [row for row in work if row["rejected_at"] is None or row["rejected_at"] > at]
    work.sort(key=lambda row: (row["submitted_at"], row["assignment_id"]))
    expected: list[Entry] = [("review", subject)]
    agreed: dict[str, str] = {}
    for question in given[QUESTION]:
        votes = Counter(_answers(row).get(question, "") for row in work)
        most = max(votes.values()) if any(votes) else 0  # on what nobody answered nobody agrees
        leading = [answer for answer, count in votes.items() if count == most]
        share = 100 * most // len(work) if work else 0
        is_found = len(leading) == 1 and share > given["QuestionAgreementThreshold"]
        expected.append((subject, question, "AgreedAnswerFound", str(int(is_found))))
        if is_found:
            agreed[question] = leading[0]
            expected.append((subject, question, "AgreedAnswer", leading[0]))
        expected.append((subject, question, "AnswerAgreementScore", str(share)))
    score = 100 * len(agreed) // len(given[QUESTION])
    expected.append((subject, None, "HitAgreementScore", str(score)))
    scores: dict[str, int | None] = {}
    for row in work:
        correct = sum(_answers(row).get(question, "") == answer for question, answer in agreed.items())
        mine = scores[row["assignment_id"]] = 100 * correct // len(agreed) if agreed else None
        if mine is not None:
            expected.append((row["assignment_id"], None, "WorkerAgreementScore", str(mine)))
        expected.append((row["assignment_id"], None, "PluralityAnswersCorrect", str(correct)))
        expected.append((row["assignment_id"], None, "PluralityAnswersIncorrect", str(len(agreed) - correct)))
    if score < given.get("ExtendIfHITAgreementScoreIsLessThan", 0):
        expected.append(_extension(run, subject))
        if expected[-1][-1]:
            return expected
    decisions = {row["assignment_id"]: row for row in run if row.get("name") in ("approve", "reject")}
    for assignment_id, mine in scores.items():
        if mine is not None and mine >= given.get("ApproveIfWorkerAgreementScoreIsAtLeast", 101):
            name = "approve"
        elif mine is not None and mine < given.get("RejectIfWorkerAgreementScoreIsLessThan", 0):
            name = "reject"
        else:
            continue
        expected.append((name, assignment_id, *_outcome(name, assignment_id, decisions, rows)))
    return expected


def _outcome(name: str, assignment_id: str, decisions: dict[str, Row], rows: Rows) -> tuple[str, bool]:
    """It acted on undecided work only; approved work may be approved again to no effect, anything else fails."""
    (work,) = (row for row in rows["assignment"] if row["assignment_id"] == assignment_id)
    if assignment_id in decisions and decisions[assignment_id]["acted"]:
        return ("Succeeded", True)
    return ("Succeeded" if (name, work["status"]) == ("approve", "Approved") else "Failed", False)


def _extension(run: list[Row], hit_id: str) -> Entry:
    """There must be one; whether it came about depends on funds and bounds, which places and holds are counted by."""
    made = [row for row in run if row.get("name") == "extend"]
    return ("extend", hit_id, made[0]["status"], bool(made[0]["acted"])) if len(made) == 1 else ("extend", "none")
