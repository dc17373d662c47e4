"""Files that answer a form: sent with the page's pass, kept on disk, named by the answer, given out to be saved."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import msgspec
import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kempelen.market.hits import uploads
from kempelen.market.market import Market
from kempelen.market.work import assignments, work
from kempelen.store.files import Files
from kempelen.web.app import web
from kempelen.web.site.settings import WebSettings
from tests.market.work import HOURS, pass_time
from tests.web import forms
from tests.web.people import URL, Person, Program, at_host, frame_src, submit_url, work_url

JSON = {"accept": "application/json"}


def upload(least: int = 2, most: int = 1000) -> str:
    return (
        f"<FileUploadAnswer><MaxFileSizeInBytes>{most}</MaxFileSizeInBytes>"
        f"<MinFileSizeInBytes>{least}</MinFileSizeInBytes></FileUploadAnswer>"
    )


FORM = forms.form(
    forms.question("note", forms.text()),
    forms.question("photo", upload(), required="true"),
    forms.question("receipt", upload(most=5_000_000)),
    date="2005-10-01",
)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path / "uploads")


@pytest.fixture
def app(market: Market, files: Files) -> ASGIApp:
    return web(market, WebSettings(url=URL, uploads=files.folder))


def multipart_of(fields: dict[str, str], files: dict[str, tuple[str, bytes]]) -> tuple[bytes, str]:
    """A form as browsers send it: a file that was not chosen has an empty name."""
    parts = [(f'name="{name}"', value.encode()) for name, value in fields.items()]
    parts += [
        (f'name="{name}"; filename="{file.replace(chr(34), "%22")}"\r\nContent-Type: image/png', content)
        for name, (file, content) in files.items()
    ]
    body = b"".join(
        b"--x\r\nContent-Disposition: form-data; " + head.encode() + b"\r\n\r\n" + content + b"\r\n"
        for head, content in parts
    )
    return body + b"--x--\r\n", "multipart/form-data; boundary=x"


class Sheet:
    """The form in its frame, as a browser holds it."""

    def __init__(self, app: ASGIApp, market: Market, alice: str, person: Person, question: str = FORM) -> None:
        self.app, self.person = app, person
        self.accepted = person.accept(market, alice, question=question)
        self.open()

    def open(self) -> None:
        src = frame_src(self.person.get(work_url(self.accepted)))
        parts = urlsplit(src)
        self.page = at_host(self.app, src).get(f"{parts.path}?{parts.query}").text
        found = re.search(r'<form id="questions" method="post" action="([^"]+)"', self.page)
        assert found, self.page
        self.action = unescape(found[1])

    def send(
        self, fields: dict[str, str], files: dict[str, tuple[str, bytes]], headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """The whole form, as a browser sends it without script."""
        assert 'enctype="multipart/form-data"' in self.page
        body, kind = multipart_of({"assignmentId": "theirs", **fields}, files)
        headers = {"content-type": kind, **(headers or {})}
        return at_host(self.app, self.action).post(self.action, content=body, headers=headers)

    def send_file(self, content: bytes, field: str = "answer-2", name: str = "mug.png") -> httpx.Response:
        """One file, as the page's script sends it."""
        return self.send({}, {field: (name, content)}, JSON)

    def key_of(self, content: bytes, field: str = "answer-2") -> str:
        told = self.send_file(content, field).json()["files"]
        assert [(one["field"], one["size_in_bytes"]) for one in told] == [(field, len(content))]
        return str(told[0]["file_key"])

    def submit(self, fields: dict[str, str]) -> httpx.Response:
        return self.person.post(submit_url(self.accepted), {"assignment_id": self.accepted.assignment_id, **fields})


@pytest.fixture
def sheet(app: ASGIApp, market: Market, alice: str, bob: Person) -> Sheet:
    return Sheet(app, market, alice, bob)


def handed_over(page: httpx.Response) -> list[tuple[str, str]]:
    """The fields in the page that hands them over."""
    assert page.status_code == 200, page.text
    form = page.text.split('<form id="handover"')[1]
    return [(unescape(name), unescape(value)) for name, value in re.findall(r'name="([^"]*)" value="([^"]*)"', form)]


def answer_of(market: Market, alice: str, sheet: Sheet) -> str:
    got = market.perform(alice, assignments.get_assignment, assignment_id=sheet.accepted.assignment_id)
    return got.assignment.answer.partition("QuestionFormAnswers.xsd")[2]


def on_disk(files: Files) -> list[bytes]:
    return sorted(path.read_bytes() for path in files.folder.rglob("*") if path.is_file())


# ---------------------------------------------------------------------------------------------- sent


def test_a_file_becomes_an_answer(sheet: Sheet, market: Market, alice: str, files: Files) -> None:
    key = sheet.key_of(b"\x89PNG a mug")
    assert files.path(key).read_bytes() == b"\x89PNG a mug"
    assert market.perform(sheet.person.worker_id, work.list_queue), "the file alone hands nothing in"
    assert sheet.submit({"answer-1": "It is mine.", "answer-2": key, "answer-3": ""}).status_code == 303
    assert answer_of(market, alice, sheet) == (
        '"><Answer><QuestionIdentifier>note</QuestionIdentifier><FreeText>It is mine.</FreeText></Answer>'
        "<Answer><QuestionIdentifier>photo</QuestionIdentifier>"
        f"<UploadedFileSizeInBytes>10</UploadedFileSizeInBytes><UploadedFileKey>{key}</UploadedFileKey></Answer>"
        "<Answer><QuestionIdentifier>receipt</QuestionIdentifier></Answer></QuestionFormAnswers>"
    )


def test_without_script_the_whole_form_comes_with_its_files(sheet: Sheet, market: Market, alice: str) -> None:
    page = sheet.send(
        {"answer-1": "é <b>", "answer-2": "", "answer-3": ""},
        {"answer-2": ('m"ug.png', b"a mug"), "answer-3": ("", b""), "answer-9": ("x.txt", b"unasked")},
    )
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    about, *fields = handed_over(page)
    assert about == ("assignmentId", sheet.accepted.assignment_id)
    ((key, size),) = [
        (one.file_key, one.size_in_bytes)
        for one in market.perform(
            sheet.person.worker_id, uploads.list_uploads, assignment_id=sheet.accepted.assignment_id
        )
    ]
    assert (fields, size) == ([("answer-1", "é <b>"), ("answer-3", ""), ("answer-2", key)], 5)
    assert sheet.submit(dict(fields)).status_code == 303
    assert f"<UploadedFileKey>{key}</UploadedFileKey>" in answer_of(market, alice, sheet)


def test_a_page_opened_again_knows_the_file(sheet: Sheet) -> None:
    key = sheet.key_of(b"a mug")
    sheet.open()
    assert f'name="answer-2" value="{key}"' in sheet.page
    assert "<b>mug.png</b> is uploaded (5 bytes)." in sheet.page
    assert handed_over(sheet.send({"answer-2": key}, {"answer-2": ("", b"")}))[1:] == [("answer-2", key)]
    replaced = dict(handed_over(sheet.send({"answer-2": key}, {"answer-2": ("b.png", b"a cup")})))["answer-2"]
    assert replaced != key
    refused = sheet.submit({"answer-2": key})
    assert refused.status_code == 422
    assert "Question 2: This file did not arrive. Please upload it again." in refused.text
    assert sheet.submit({"answer-2": replaced}).status_code == 303


# ---------------------------------------------------------------------------------------------- bounds


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "Choose a file of 2 bytes to 1 kB. This one has 0 bytes."),
        (b"a", "Choose a file of 2 bytes to 1 kB. This one has 1 byte."),
        (b"a" * 1001, "Choose a file of 2 bytes to 1 kB. This one has 1,001 bytes."),
        (b"a" * 200_000, "Choose a file of 2 bytes to 1 kB. This one has 200 kB."),
    ],
)
def test_a_file_of_another_size_than_asked_is_refused(sheet: Sheet, files: Files, content: bytes, told: str) -> None:
    refused = sheet.send_file(content)
    assert (refused.status_code, refused.json()["message"]) == (
        422, f"Some answers are missing or not valid. Question 2: {told}"
    )  # fmt: skip
    assert refused.headers["access-control-allow-origin"] == "*"
    page = sheet.send({}, {"answer-3": ("r.png", b"a receipt"), "answer-2": ("m.png", content)})
    assert page.status_code == 422
    assert told in unescape(page.text)
    assert "Not submitted" in page.text
    sheet.open()
    assert "<b>r.png</b> is uploaded (9 bytes)." in sheet.page
    assert sum(1 for one in on_disk(files) if len(one) > 1000) == 0
    for size in (2, 1000):
        assert sheet.send_file(b"a" * size).status_code == 200


def test_the_sites_own_bound_holds_whatever_a_form_allows(
    market: Market, alice: str, bob: Person, app: ASGIApp
) -> None:
    asked = forms.form(forms.question("big", upload(most=2_000_000_000)), date="2005-10-01")
    sheet = Sheet(app, market, alice, bob, asked)
    assert "Choose a file of 2 bytes to 100 MB." in sheet.page
    body, kind = multipart_of({}, {"answer-1": ("big.bin", b"a")})
    headers = {**JSON, "content-type": kind, "content-length": str(113 * 10**6)}
    refused = at_host(app, sheet.action).post(sheet.action, content=body, headers=headers)
    assert refused.status_code == 413


def test_a_required_file_must_be_there_and_ones_own(
    sheet: Sheet, app: ASGIApp, market: Market, alice: str, charlie: Person
) -> None:
    theirs = Sheet(app, market, alice, charlie)
    for value, told in (
        ("", "Question 2: This question needs a file."),
        ("mug.png", "Question 2: This file did not arrive."),
        (theirs.key_of(b"theirs"), "Question 2: This file did not arrive."),
        (sheet.key_of(b"a receipt", "answer-3"), "Question 2: This file did not arrive."),
        ("\0", "Question 2: This file did not arrive."),
    ):
        refused = sheet.submit({"answer-2": value})
        assert refused.status_code == 422
        assert told in refused.text
    program = Program(app, sheet.person.token(market))
    told = program.post(submit_url(sheet.accepted), {"assignment_id": sheet.accepted.assignment_id})
    assert told.json()["message"] == "Some answers are missing or not valid. Question 2: This question needs a file."


# ---------------------------------------------------------------------------------------------- guarded


def test_nobody_uploads_without_the_pass(
    sheet: Sheet, app: ASGIApp, market: Market, alice: str, charlie: Person, files: Files
) -> None:
    other = Sheet(app, market, alice, charlie)
    address, _, given = sheet.action.partition("?pass=")
    theirs = other.action.partition("?pass=")[2]
    src = frame_src(sheet.person.get(work_url(sheet.accepted)))
    ticket = urlsplit(src).path.rpartition("/")[2]
    tries = {
        address: 403,
        f"{address}?pass=": 403,
        f"{address}?pass={given[:-1]}": 403,
        f"{address}?pass={given[:40]}{'A' if given[40] != 'A' else 'B'}{given[41:]}": 403,
        f"{address}?pass={ticket}": 403,
        f"{address}?pass={theirs}": 403,
        sheet.action.replace(urlsplit(address).netloc, "kempelen.localhost:8900"): 404,
    }
    session = {"cookie": f"kempelen_session_8900={sheet.person.client.cookies['kempelen_session_8900']}"}
    for url, status in tries.items():
        for headers in ({}, JSON, session, {"authorization": f"Bearer {sheet.person.token(market)}"}):
            refused = at_host(app, url).post(url, files={"answer-2": ("a.png", b"a mug")}, headers=headers)
            assert refused.status_code == status, url
    assert on_disk(files) == []


def test_a_pass_ends_with_the_assignment(sheet: Sheet, market: Market, files: Files) -> None:
    pass_time(market, 1 * HOURS)
    refused = sheet.send_file(b"a mug")
    assert refused.status_code == 422
    assert "only while you work on the HIT" in refused.json()["message"]
    assert on_disk(files) == []


def test_a_preview_and_a_form_without_files_take_none(
    market: Market, alice: str, bob: Person, app: ASGIApp, files: Files
) -> None:
    plain = bob.accept(market, alice, question=forms.EVERYTHING)
    src = frame_src(bob.get(work_url(plain)))
    parts = urlsplit(src)
    page = at_host(app, src).get(f"{parts.path}?{parts.query}").text
    assert "multipart" not in page
    assert "/task/files" not in page
    other = Sheet(app, market, alice, bob)
    group = other.accepted.hit_group_id
    bob.post(f"/projects/{group}/tasks/{other.accepted.hit_id}?assignment_id={other.accepted.assignment_id}")
    src = frame_src(bob.get(f"/projects/{group}/tasks"))
    parts = urlsplit(src)
    page = at_host(app, src).get(f"{parts.path}?{parts.query}").text
    assert "This is a preview." in page
    assert "pass=" not in page
    assert other.send_file(b"a mug").status_code == 422
    assert on_disk(files) == []


def test_where_frames_have_no_origin_the_site_takes_the_files(
    market: Market, alice: str, bob: Person, files: Files
) -> None:
    url = "http://192.168.1.5:8900"
    app = web(market, WebSettings(url=url, uploads=files.folder))
    person = Person(app, url)
    session = bob.client.cookies["kempelen_session_8900"]
    person.client.cookies.set("kempelen_session_8900", session, domain="192.168.1.5", path="/")
    person.worker_id = bob.worker_id
    sheet = Sheet(app, market, alice, person)
    assert sheet.action.startswith(f"{url}/task/files?pass=")
    asked = at_host(app, url).options(sheet.action, headers={"origin": "null"})
    assert (asked.status_code, asked.headers["access-control-allow-origin"]) == (204, "*")
    assert "access-control-allow-credentials" not in asked.headers
    assert sheet.key_of(b"a mug")


# ---------------------------------------------------------------------------------------------- forms out of order


def body_of(*parts: str, end: str = "--x--\r\n") -> bytes:
    return ("".join(f"--x\r\n{part}\r\n" for part in parts) + end).encode()


FIELD = 'Content-Disposition: form-data; name="answer-1"\r\n\r\n'
FILE = 'Content-Disposition: form-data; name="answer-2"; filename="a.png"\r\n\r\na mug'


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (body_of(FILE), "multipart/form-data; boundary=x", 200),
        (body_of(FILE, end=""), "multipart/form-data; boundary=x", 400),
        (body_of(FILE)[:-60], "multipart/form-data; boundary=x", 400),
        (body_of(FILE), "multipart/form-data; boundary=y", 400),
        (body_of(FILE), "multipart/form-data", 400),
        (body_of(FILE), "multipart/form-data; boundary=" + "x" * 300, 400),
        (body_of(FILE), "application/json", 400),
        (b"answer-2=a", "application/x-www-form-urlencoded", 400),
        (b"", "multipart/form-data; boundary=x", 400),
        (b"\xff" * 300, "multipart/form-data; boundary=x", 400),
        (body_of("Content-Disposition: form-data\r\n\r\na"), "multipart/form-data; boundary=x", 400),
        (body_of("\r\na"), "multipart/form-data; boundary=x", 400),
        (body_of("X: " + "a" * 100_000 + "\r\n\r\na"), "multipart/form-data; boundary=x", 400),
        (body_of(*[FIELD] * 10_001), "multipart/form-data; boundary=x", 400),
        (
            body_of(FIELD + "a" * (12 * 1024 * 1024 + 1)),
            "multipart/form-data; boundary=x",
            413,
        ),
        (body_of(FILE.replace("a.png", "\x00/\x7fé")), "multipart/form-data; boundary=x", 200),
    ],
)  # fmt: skip
def test_odd_forms_are_refused_and_leave_nothing(
    sheet: Sheet, market: Market, files: Files, body: bytes, kind: str, status: int
) -> None:
    answer = at_host(sheet.app, sheet.action).post(sheet.action, content=body, headers={**JSON, "content-type": kind})
    assert answer.status_code == status, answer.text
    assert ("message" in answer.json()) == (status != 200)
    kept = market.perform(sheet.person.worker_id, uploads.list_uploads, assignment_id=sheet.accepted.assignment_id)
    assert len(kept) == len(on_disk(files)) == (status == 200)


def test_a_disk_that_is_full_is_told_and_keeps_nothing(sheet: Sheet, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    for step in ("write", "finish", "__init__"):
        with monkeypatch.context() as patched:
            patched.setattr(f"kempelen.store.files.Draft.{step}", full)
            refused = sheet.send_file(b"a mug")
        assert refused.status_code == 507
        assert "there is no room" in refused.json()["message"]
    sheet.key_of(b"a mug")


@pytest.mark.parametrize(
    ("quota", "status", "text", "german"),
    [
        ("worker_upload_quota_bytes", 413, "your files on this site may have 500 bytes", "Ihre Dateien"),
        ("upload_quota_bytes", 507, "this site keeps no more files now", "keine weiteren Dateien"),
    ],
)
def test_a_file_beyond_a_quota_is_refused_in_words(
    sheet: Sheet, market: Market, files: Files, quota: str, status: int, text: str, german: str
) -> None:
    market.rules = msgspec.structs.replace(market.rules, **{quota: 500})
    sheet.key_of(b"a" * 250)
    refused = sheet.send_file(b"b" * 250, "answer-3")
    assert refused.status_code == status
    assert text in refused.json()["message"]
    page = sheet.send({}, {"answer-3": ("r.png", b"b" * 250)}, {"accept-language": "de"})
    assert page.status_code == status
    assert german in unescape(page.text)
    assert on_disk(files) == [b"a" * 250]
    sheet.key_of(b"cc")  # a smaller one takes the place of the first
    sheet.key_of(b"b" * 250, "answer-3")


@pytest.mark.parametrize(("seconds", "status"), [(300, 200), (600, 422)])
def test_a_slow_upload_lives_while_bytes_arrive(
    sheet: Sheet, market: Market, files: Files, seconds: int, status: int
) -> None:
    app = sheet.app

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        body = (await receive())["body"] if scope["type"] == "http" else b""

        async def trickle() -> Message:
            nonlocal body
            market.clock.advance(seconds=seconds)
            piece, body = body[:200], body[200:]
            return {"type": "http.request", "body": piece, "more_body": bool(body)}

        await app(scope, trickle, send)

    sheet.app = slow
    answer = sheet.send_file(b"a" * 600)
    assert answer.status_code == status, answer.text
    assert on_disk(files) == ([b"a" * 600] if status == 200 else [])


# ---------------------------------------------------------------------------------------------- given out


@pytest.fixture
def address(sheet: Sheet, market: Market, alice: str) -> str:
    """The address of a page of HTML that Bob has handed in."""
    told = sheet.send({}, {"answer-2": ("mügs & <b>.html", b"<script>alert(1)</script>")}, JSON)
    sheet.submit({"answer-2": told.json()["files"][0]["file_key"]})
    about = {"assignment_id": sheet.accepted.assignment_id, "question_identifier": "photo"}
    return market.perform(alice, assignments.get_file_upload_url, **about).file_upload_url


def test_a_file_is_given_out_to_be_saved_and_never_shown(address: str, nobody: Person) -> None:
    got = nobody.client.get(address)
    assert (got.status_code, got.content) == (200, b"<script>alert(1)</script>")
    assert got.headers["content-type"] == "application/octet-stream"
    assert got.headers["content-disposition"] == ("attachment; filename*=utf-8''m%C3%BCgs%20%26%20%3Cb%3E.html")
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert got.headers["cache-control"] == "private, no-store"
    assert "set-cookie" not in got.headers
    assert nobody.client.head(address).headers["content-length"] == "25"
    part = nobody.client.get(address, headers={"range": "bytes=1-6"})
    assert (part.status_code, part.content) == (206, b"script")


def test_an_address_that_is_over_or_bent_gives_nothing(
    address: str, nobody: Person, bob: Person, market: Market
) -> None:
    for bent in (address[:-1], address.replace("expires=", "expires=9"), address.partition("?")[0]):
        for person in (nobody, bob):
            refused = person.client.get(bent, headers={"accept": "text/html"})
            assert refused.status_code == 403
            assert "Ask for a new one" in refused.text
    market.clock.advance(seconds=60)
    assert nobody.client.get(address).status_code == 403


def test_a_file_that_is_not_on_this_machine_is_told(address: str, nobody: Person, files: Files) -> None:
    files.delete(urlsplit(address).path.rpartition("/")[2])
    refused = nobody.client.get(address)
    assert refused.status_code == 404
    assert "they must share their data folder" in refused.text


def test_task_hosts_give_no_files_out(address: str, sheet: Sheet) -> None:
    path = urlsplit(address)
    assert at_host(sheet.app, sheet.action).get(f"{path.path}?{path.query}").status_code == 404
