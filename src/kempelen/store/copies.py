"""Files that are there whole or not at all, even when the power fails."""

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from kempelen.store.failures import BackupFailed


@contextlib.contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A draft to write, readable by its owner only; `path` once the block has ended well, on disk for good.

    BackupFailed when `path` is there already: a copy never replaces an older one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _refuse(path)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        yield draft
        _flush(draft)
        _refuse(path)
        draft.rename(path)
        _flush(path.parent)
    finally:
        with contextlib.suppress(FileNotFoundError):
            draft.unlink()


def create(path: Path) -> None:
    """An empty file, readable by its owner only, where there is none; its name is on disk for good."""
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        _flush(path.parent)


def _refuse(path: Path) -> None:
    if path.exists():
        raise BackupFailed(f"There is already a backup at {path}; name another folder, or move it away.")


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
