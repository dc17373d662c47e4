"""Uploaded files and real servers: several on one database, large files, sudden ends, a disposed HIT, a backup."""

from __future__ import annotations

import os
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.clients.hits import PHOTO_FORM, terms
from tests.clients.server import Keys, Refused, Server, SignIn, Work

pytestmark = pytest.mark.slow

LARGE = 60_000_000
LARGE_FORM = PHOTO_FORM.replace(">1000<", f">{LARGE}<")


@pytest.fixture
def server(durable_target: str, tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path / "data", durable_target) as running:
        yield running


def accepted(server: Server, alice: Keys, bob: SignIn, question: str = PHOTO_FORM) -> Work:
    hit = server.client(alice).create_hit(**terms(Question=question))["HIT"]
    with server.worker(bob) as program:
        return program.accept(hit["HITGroupId"])


def fetched(server: Server, alice: Keys, work: Work) -> bytes:
    """The file of the question "photo", by the address that the API gives."""
    url = server.client(alice).get_file_upload_url(AssignmentId=work.assignment_id, QuestionIdentifier="photo")
    parts = urlsplit(url["FileUploadURL"])
    got = httpx.get(f"{server.endpoint}{parts.path}?{parts.query}", headers={"host": parts.netloc})
    assert got.status_code == 200, got.text
    assert got.headers["content-disposition"] == 'attachment; filename="mug.png"'
    return got.content


def eventually(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not true():
        assert time.monotonic() < until
        time.sleep(0.1)


def on_disk(server: Server) -> list[Path]:
    return sorted(path for path in (server.folder / "uploads").rglob("*") if path.is_file())


def test_a_file_comes_in_by_one_server_and_goes_out_by_another(postgresql, tmp_path: Path) -> None:
    """Two processes on one PostgreSQL database, with the data folder between them."""
    target = postgresql.fresh_database_url()
    with Server(tmp_path / "data", target) as first, Server(tmp_path / "data", target) as second:
        alice, bob = first.add_requester(), first.add_worker()
        work = accepted(first, alice, bob)
        with second.worker(bob) as there, first.worker(bob) as here:
            there.upload(work, 1, "old.png", b"an old mug")
            key = here.upload(work, 1, "mug.png", b"a mug")
            there.submit(work, **{"answer-1": key})
        for server in (first, second):
            assert fetched(server, alice, work) == b"a mug"
        eventually(lambda: [path.name for path in on_disk(first)] == [key])
        second.client(alice).approve_assignment(AssignmentId=work.assignment_id)
        first.client(alice).delete_hit(HITId=work.hit_id)
        eventually(lambda: on_disk(first) == [])


def test_a_file_that_was_acknowledged_survives_a_kill(server: Server) -> None:
    alice, bob = server.add_requester(), server.add_worker()
    work = accepted(server, alice, bob)
    with server.worker(bob) as program:
        key = program.upload(work, 1, "mug.png", b"a mug")
    server.kill()
    server.start()
    with server.worker(bob) as program:
        program.submit(work, **{"answer-1": key})
    server.kill()
    server.start()
    assert fetched(server, alice, work) == b"a mug"
    assert server.told("check") == {"ok": True, "problems": []}
    server.folder.joinpath("uploads", key[-2:], key).write_bytes(b"a cup!")
    checked = server.command("check")
    assert checked.returncode == 1
    assert f"File {key} of assignment {work.assignment_id} should have 5 bytes; it has 6 bytes." in checked.stdout


def test_a_large_file_is_never_whole_in_memory(server: Server) -> None:
    alice, bob = server.add_requester(), server.add_worker()
    work = accepted(server, alice, bob, LARGE_FORM)
    content = os.urandom(1_000_000) * (LARGE // 1_000_000)
    with server.worker(bob) as program:
        program.submit(accepted(server, alice, bob), **{"answer-1": "", "answer-2": "warm"})
        before = most_memory(server)
        key = program.upload(work, 1, "mug.png", content)
        program.submit(work, **{"answer-1": key})
    assert fetched(server, alice, work) == content
    assert most_memory(server) - before < LARGE / 3


def most_memory(server: Server) -> int:
    """The most memory that the process has had so far, in bytes."""
    assert server.process is not None
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found
    return int(found[1]) * 1024


def test_an_upload_that_breaks_off_leaves_nothing(server: Server) -> None:
    alice, bob = server.add_requester(), server.add_worker()
    work = accepted(server, alice, bob, LARGE_FORM)
    with server.worker(bob) as program:
        page = httpx.get(program.look(work)["question"]["value"]).text
    action = re.search(r'action="([^"]+)"', page)
    assert action
    url = urlsplit(action[1].replace("&amp;", "&"))
    head = (
        f"POST {url.path}?{url.query} HTTP/1.1\r\nHost: {url.netloc}\r\nContent-Length: {LARGE}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\n\r\n"
        '--x\r\nContent-Disposition: form-data; name="answer-1"; filename="mug.png"\r\n\r\n'
    ).encode()
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(head + b"m" * 500_000)
        eventually(lambda: [path.suffix for path in on_disk(server)] == [".part"])
    eventually(lambda: on_disk(server) == [])
    with server.worker(bob) as program:
        assert program.upload(work, 1, "mug.png", b"a mug")
    assert server.told("check")["ok"]


def test_a_backup_has_the_files_too(server: Server, tmp_path: Path) -> None:
    alice, bob = server.add_requester(), server.add_worker()
    works = [accepted(server, alice, bob) for _ in range(3)]
    stop = threading.Event()

    def go_on() -> None:
        with server.worker(bob) as program:
            while not stop.is_set():
                try:
                    program.upload(works[2], 1, "mug.png", b"another")
                except Refused as refusal:  # twenty that were replaced wait for the scheduler, and no more may
                    if refusal.status != 429:
                        raise
                    stop.wait(0.2)

    keys = []
    with server.worker(bob) as program:
        for number, work in enumerate(works[:2]):
            keys.append(program.upload(work, 1, "mug.png", b"mug %d" % number))
            program.submit(work, **{"answer-1": keys[-1]})
    busy = threading.Thread(target=go_on)
    busy.start()
    try:
        told = server.told("backup", str(tmp_path / "backup"))
    finally:
        stop.set()
        busy.join()
    assert told["files"] >= 2
    copies = [tmp_path / "backup" / "uploads" / key[-2:] / key for key in keys]
    assert [copy.read_bytes() for copy in copies] == [b"mug 0", b"mug 1"]
    if not server.database:  # a dump of PostgreSQL is restored by its own tools, and the files put beside it
        assert_restored(server, Path(told["backup"]), tmp_path / "restored", alice, works[:2])


def assert_restored(server: Server, backup: Path, folder: Path, alice: Keys, works: list[Work]) -> None:
    """A server on the backup, with the key, gives the files out."""
    folder.mkdir()
    (folder / "market.db").write_bytes(backup.read_bytes())
    (folder / "key").write_bytes((server.folder / "key").read_bytes())
    (backup.parent / "uploads").rename(folder / "uploads")
    with Server(folder) as restored:
        assert [fetched(restored, alice, work) for work in works] == [b"mug 0", b"mug 1"]
        assert restored.told("check")["ok"]
