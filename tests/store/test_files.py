"""Files: there whole or not at all, found by their keys, deleted only when told, copied while others write."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kempelen.store.files import Files

KEY = "3MUPHKEIO48WX6ANDLP2VMFWQ9I9UW"


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path / "uploads")


def write(files: Files, key: str, content: bytes = b"a mug") -> None:
    with files.begin(key) as draft:
        draft.write(content)
        draft.finish()


def fail_in_the_midst(files: Files) -> None:
    with files.begin(KEY) as draft:
        draft.write(b"half a")
        raise ZeroDivisionError()


def all_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_a_file_is_there_once_it_is_finished(files: Files) -> None:
    with files.begin(KEY) as draft:
        for part in (b"a ", b"mug"):
            draft.write(part)
        assert files.size(KEY) is None
        draft.finish()
        assert draft.size == 5
    assert files.size(KEY) == 5
    assert files.path(KEY).read_bytes() == b"a mug"
    assert all_in(files.folder) == [KEY]


def test_what_is_not_finished_leaves_nothing(files: Files) -> None:
    with files.begin(KEY) as draft:
        draft.write(b"half a")
    assert all_in(files.folder) == []
    with pytest.raises(ZeroDivisionError):
        fail_in_the_midst(files)
    assert all_in(files.folder) == []


def test_a_key_is_written_by_one_at_a_time(files: Files) -> None:
    with files.begin(KEY), pytest.raises(FileExistsError):
        files.begin(KEY)


def test_nobody_else_on_the_machine_can_read_it(files: Files) -> None:
    write(files, KEY)
    assert os.stat(files.path(KEY)).st_mode & 0o077 == 0
    assert os.stat(files.path(KEY).parent).st_mode & 0o077 == 0


def test_deleting_takes_the_draft_too_and_may_be_repeated(files: Files) -> None:
    write(files, KEY)
    other = KEY[:-2] + "ZZ"
    abandoned = files.begin(other)
    abandoned.write(b"half a")
    for key in (KEY, other, KEY):
        files.delete(key)
    assert all_in(files.folder) == []


def test_a_copy_has_every_finished_file(files: Files, tmp_path: Path) -> None:
    assert files.copy_to(tmp_path / "nothing") == 0
    for number in range(30):
        write(files, f"3MUPHKEIO{number:02}", b"%d" % number)
    with files.begin(KEY) as draft:
        draft.write(b"half a")
        copy = Files(tmp_path / "copy")
        assert files.copy_to(copy.folder) == 30
    assert all_in(copy.folder) == [f"3MUPHKEIO{number:02}" for number in range(30)]
    assert copy.path("3MUPHKEIO07").read_bytes() == b"7"


@pytest.mark.parametrize("key", ["", "..", "../key", "3MUP/..", "3mup", "3MUP.part", "3MUP\n"])
def test_a_key_is_never_a_path(files: Files, key: str) -> None:
    with pytest.raises(AssertionError):
        files.path(key)
