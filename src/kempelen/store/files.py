"""Files: what Workers upload, each a file of its own in a folder; the tables say which there are and whose they are.

A file is written as a draft beside its place and gets its name when it is whole and on disk for good. Nothing here is
deleted unless the tables say so, so a folder that meets another database loses nothing.
"""

import contextlib
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

_DRAFT = ".part"
_KEY = re.compile("[A-Z0-9]{2,64}")


class Draft:
    """A file in the making. Whatever ends its block before `finish` leaves nothing behind."""

    def __init__(self, path: Path) -> None:
        self.size = 0
        self._path = path
        self._draft = path.with_name(path.name + _DRAFT)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = os.fdopen(os.open(self._draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")

    def __enter__(self) -> "Draft":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with contextlib.suppress(OSError):  # what could not be written cannot be flushed either
            self._file.close()
        self._draft.unlink(missing_ok=True)

    def write(self, data: bytes) -> None:
        """Add these bytes."""
        self._file.write(data)
        self.size += len(data)

    def finish(self) -> None:
        """Give the file its name; after this it survives a loss of power."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._draft.rename(self._path)
        for folder in (self._path.parent, self._path.parent.parent):
            _flush(folder)


class Files:
    """The files of one folder, by their keys. Safe to use from several processes at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def begin(self, file_key: str) -> Draft:
        """A new file, to be written; FileExistsError when there is a draft of this key already."""
        return Draft(self.path(file_key))

    def path(self, file_key: str) -> Path:
        """Where a file is; keys are ids, whose ends are random, so that no folder gets crowded."""
        assert _KEY.fullmatch(file_key), "a key is an id"
        return self.folder / file_key[-2:] / file_key

    def size(self, file_key: str) -> int | None:
        """How many bytes a file has; None when it is not there."""
        try:
            return self.path(file_key).stat().st_size
        except FileNotFoundError:
            return None

    def delete(self, file_key: str) -> None:
        """The file is gone, and any draft of it; no matter whether it was there."""
        path = self.path(file_key)
        path.unlink(missing_ok=True)
        path.with_name(path.name + _DRAFT).unlink(missing_ok=True)

    def copy_to(self, folder: Path) -> int:
        """Copy every finished file into a folder of the same make; how many there are.

        What is deleted meanwhile is left out, so copy the tables first: then no row misses a file it still needs.
        """
        copied = 0
        for path in self._finished():
            to = folder / path.parent.name / path.name
            to.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with contextlib.suppress(FileNotFoundError):
                shutil.copyfile(path, to)
                _flush(to)
                copied += 1
        return copied

    def _finished(self) -> Iterator[Path]:
        if self.folder.exists():
            yield from (path for path in sorted(self.folder.glob("??/*")) if path.suffix != _DRAFT)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
