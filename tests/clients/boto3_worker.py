"""A Worker's own program, of the standard library alone; the programs beside it use it. Imports nothing of ours."""

import json
import urllib.error
import urllib.parse
import urllib.request

import botocore.exceptions


class Unredirected(urllib.request.HTTPRedirectHandler):
    """Leaves a redirect to whoever asked."""

    def redirect_request(self, *_arguments, **_names):
        return None


class Worker:
    """The worker site's addresses, with an API token."""

    def __init__(self, site, token):
        self.site, self.token = site, token
        self.open = urllib.request.build_opener(Unredirected).open

    def ask(self, path, fields=None):
        """Status, body and the address led on to."""
        data = urllib.parse.urlencode(fields).encode() if fields is not None else None
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}
        try:
            with self.open(urllib.request.Request(self.site + path, data, headers), timeout=30) as answer:
                return answer.status, answer.read(), ""
        except urllib.error.HTTPError as answer:
            with answer:
                return answer.code, answer.read(), answer.headers.get("Location", "")

    def json(self, path, fields=None):
        status, body, _ = self.ask(path, fields)
        assert status == 200, (status, body)
        return json.loads(body)

    def accept(self, group_id):
        """The task just accepted."""
        status, body, to = self.ask(f"/projects/{group_id}/tasks/accept_random")
        assert status == 303, (status, body)
        task = self.json(to)
        assert task["state"] == "Assigned", task
        return task

    def submit(self, group_id, **answer):
        """Accept one and hand in this answer; the AssignmentId."""
        task = self.accept(group_id)
        fields = {"assignment_id": task["assignment_id"], **answer}
        done = self.json(f"/projects/{group_id}/tasks/{task['task_id']}/submit", fields)
        assert done["state"] == "Submitted", done
        return task["assignment_id"]


def refused(call, *places, **arguments):
    """The code of the error that a call must end with."""
    try:
        call(*places, **arguments)
    except botocore.exceptions.ClientError as error:
        return error.response.get("TurkErrorCode") or error.response["Error"]["Code"]
    raise AssertionError(f"{arguments} was not refused")
