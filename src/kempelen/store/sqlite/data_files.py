"""The files of a SQLite database, looked at before it is opened: is anything lost that was there before?

SQLite takes an empty `market.db` for a new database and deletes the WAL beside it, replays any WAL onto any database,
and leaves out whatever of a WAL cannot be read. So each commit counts in the database's header (`user_version`), and
after it the number is written to the file `market.db-mark`, which may lag behind the database and is never ahead of it.
A copy made by `backup` is not in WAL mode until it is opened for the first time, which distinguishes it from a database
in use.
While a server runs the header says so too (`application_id`): a `market.db` that says so, with neither WAL nor mark
beside it, was copied alone.

The header must be read as a file, and POSIX drops the locks of a process on a file when the process closes it. So only
the first opening in a process looks.
"""

import contextlib
import os
import sqlite3
import struct
import threading
from pathlib import Path
from typing import NamedTuple

from kempelen.store.failures import DatabaseDamaged

MARK = "-mark"
_MAGIC = b"SQLite format 3\0"
_HEADER_BYTES = 100
_WAL_HEADER = struct.Struct(">6I8x")  # magic, version, page size, checkpoint number, two salts
_FRAME = struct.Struct(">4I")  # page, pages of the database after a commit, two salts
_WAL_HEADER_BYTES, _FRAME_BYTES = 32, 24
_WAL_MAGIC = 0x377F0682  # the last bit says in which order checksums are
_COUNT_AT, _USE_AT = 60, 68  # of the first page: user_version and application_id
IN_USE = 0x4B6D706C  # "Kmpl"
_NUMBERS = 2**32  # of commits, after which they restart
_TRIES = 5
_WAY_OUT = "Restore a backup (docs/operations.md, “Backup and restore”)"

_lock = threading.Lock()
_open_here: dict[Path, int] = {}


def enter(path: Path) -> None:
    """Note that this process is about to open the database; DatabaseDamaged when it must not."""
    place = path.resolve()
    with _lock:
        if not _open_here.get(place):
            _check(path)
        _open_here[place] = _open_here.get(place, 0) + 1


def leave(path: Path) -> None:
    """Note that this process has closed what it opened."""
    place = path.resolve()
    with _lock:
        _open_here[place] -= 1
        if not _open_here[place]:
            del _open_here[place]


def check_new(path: Path) -> None:
    """DatabaseDamaged when there is no database at this path, but what an earlier one has left beside it."""
    left = [name for name in _left_by_an_earlier_one(path) if name]
    if left:
        state = "is empty" if path.exists() else "is missing"
        raise DatabaseDamaged(
            f"{path} {state}, but there are files of an earlier marketplace beside it: {', '.join(left)}. "
            f"{_WAY_OUT}, or give --database if its tables are on PostgreSQL. To begin a new marketplace instead, name "
            "another folder with --data, or move these files away."
        )


class Mark:
    """The file that says how many commits there have been."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._descriptor: int | None = os.open(_beside(path, MARK), os.O_RDWR | os.O_CREAT, 0o600)

    def write(self, count: int) -> None:
        """Note a commit that is on disk; the mark itself need not be, since it may lag behind."""
        with self._lock, contextlib.suppress(OSError):
            if self._descriptor is not None:
                os.pwrite(self._descriptor, b"%010d\n" % (count % _NUMBERS), 0)

    def close(self) -> None:
        with self._lock:
            if self._descriptor is not None:
                os.close(self._descriptor)
                self._descriptor = None


def next_count(count: int) -> int:
    """The number of the commit after this one, as `PRAGMA user_version` takes it."""
    following = (count + 1) % _NUMBERS
    return following - _NUMBERS if following >= _NUMBERS // 2 else following


# ---------------------------------------------------------------------------------------------- the checks


class _Wal(NamedTuple):
    """What a WAL says of itself: which one it is, its pages, and the commits that its first pages count."""

    salts: tuple[int, int]
    pages: frozenset[int]
    first_count: int | None
    last_count: int | None


def _check(path: Path) -> None:
    if not path.exists() or not path.stat().st_size:
        check_new(path)
        return
    mark = _read_mark(path)
    header = _header(path)
    if header[: len(_MAGIC)] != _MAGIC or len(header) < _HEADER_BYTES:
        raise DatabaseDamaged(f"{path} is damaged: it does not begin as a database of SQLite does. {_WAY_OUT}.")
    wal = _matching_wal(path)
    if not _is_in_wal_mode(_header(path)):
        if wal is not None and not _is_in_wal_mode(_header(path)):
            raise _of_another(path)
        _forget_mark(path)
        mark = None
    elif wal is None and _number(header, _USE_AT) == IN_USE and not _beside(path, MARK).exists():
        raise DatabaseDamaged(
            f"{path} was copied while a server ran, without {path.name}-wal, where the latest commits are. Bring that "
            f"file and {path.name}{MARK} too, or make the copy by kempelen backup. To go on without what is lost, put "
            f"an empty file {path.name}{MARK} beside it."
        )
    _check_rows(path, mark)


def _matching_wal(path: Path) -> _Wal | None:
    """The WAL, which must continue this very database; others may write, and restart it meanwhile."""
    for _ in range(_TRIES):
        salts, count, wal = _wal_salts(path), _count(_header(path)), _read_wal(path)
        if wal is None:
            return None
        if wal.salts == salts:
            if wal.first_count is not None and wal.last_count is not None:
                begun_after = (wal.first_count - 1) % _NUMBERS
                if _is_before(count, begun_after) or _is_before(wal.last_count, count):
                    raise _of_another(path)
            return wal
    return None


def _check_rows(path: Path, mark: int | None) -> None:
    """As SQLite reads it, WAL and all: no page is missing, and no commit that was noted."""
    try:
        with contextlib.closing(_read_only(path)) as connection:
            connection.execute("BEGIN")
            (count,) = connection.execute("PRAGMA user_version").fetchone()
            (pages,) = connection.execute("PRAGMA page_count").fetchone()
            (page_bytes,) = connection.execute("PRAGMA page_size").fetchone()
            _check_length(path, pages, page_bytes)
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except sqlite3.OperationalError:
        return  # busy, or no permission: whoever opens it hears of it
    except sqlite3.Error as error:
        raise DatabaseDamaged(f"{path} is damaged or cut off: {error}. {_WAY_OUT}.") from error
    count %= _NUMBERS
    if mark is not None and _is_before(count, mark):
        log = _beside(path, "-wal")
        raise DatabaseDamaged(
            f"{path} ends at commit {count}, and commit {mark} was made: {log.name} is missing or damaged, or "
            f"{path.name} is an older copy. {_WAY_OUT}, or bring {log.name} back. To go on without what is lost, put "
            f"an empty file in the place of {_beside(path, MARK)}."
        )


def _check_length(path: Path, pages: int, page_bytes: int) -> None:
    """Each page is in the file or in the WAL; the file is looked at last, since pages move there."""
    if path.stat().st_size // page_bytes >= pages:
        return
    in_wal = wal.pages if (wal := _read_wal(path)) else frozenset()
    missing = sum(1 for page in range(path.stat().st_size // page_bytes + 1, pages + 1) if page not in in_wal)
    if missing:
        raise DatabaseDamaged(f"{path} is cut off: {missing} of its {pages} pages are missing. {_WAY_OUT}.")


def _left_by_an_earlier_one(path: Path) -> list[str]:
    wal, mark, key = _beside(path, "-wal"), _beside(path, MARK), path.with_name("key")
    folders = [path.with_name(name) for name in ("uploads", "backups")]
    return [
        *(each.name for each in (wal, mark, key) if each.exists() and each.stat().st_size),
        *(f"{each.name}/" for each in folders if each.is_dir() and any(each.iterdir())),
    ]


def _of_another(path: Path) -> DatabaseDamaged:
    log = _beside(path, "-wal")
    return DatabaseDamaged(
        f"{log} does not belong to this {path.name}: one of the two is of another time or database. Bring back the one "
        f"that belongs to the other. If {path.name} is a backup that is whole by itself, move {log.name}, "
        f"{path.name}-shm and {path.name}{MARK} away."
    )


# ---------------------------------------------------------------------------------------------- reading the files


def _wal_salts(path: Path) -> tuple[int, int] | None:
    with contextlib.suppress(FileNotFoundError), _beside(path, "-wal").open("rb") as file:
        return _salts(file.read(_WAL_HEADER_BYTES))
    return None


def _read_wal(path: Path) -> _Wal | None:
    """A WAL with at least one frame; checksums are left to SQLite."""
    with contextlib.suppress(FileNotFoundError), _beside(path, "-wal").open("rb", buffering=0) as file:
        head = file.read(_WAL_HEADER_BYTES)
        salts = _salts(head)
        if salts is not None:
            return _frames(file.fileno(), salts, _WAL_HEADER.unpack(head)[2])
    return None


def _frames(descriptor: int, salts: tuple[int, int], page_bytes: int) -> _Wal | None:
    """Read piece by piece: another process may cut the file off while we look."""
    pages: set[int] = set()
    counts = []
    at = _WAL_HEADER_BYTES
    while True:
        piece = os.pread(descriptor, _FRAME_BYTES + _HEADER_BYTES, at)
        if len(piece) < _FRAME_BYTES + _HEADER_BYTES:
            break
        page, _, *of_frame = _FRAME.unpack_from(piece)
        if tuple(of_frame) != salts:
            break
        pages.add(page)
        if page == 1:
            counts.append(_count(piece[_FRAME_BYTES:]))
        at += _FRAME_BYTES + page_bytes
    if not pages:
        return None
    first, last = (counts[0], counts[-1]) if counts else (None, None)
    return _Wal(salts, frozenset(pages), first, last)


def _salts(head: bytes) -> tuple[int, int] | None:
    """The salts of a WAL's header, which stand in each of its frames; None when it is none."""
    if len(head) < _WAL_HEADER_BYTES:
        return None
    magic, _, page_bytes, _, first, second = _WAL_HEADER.unpack(head)
    if magic & ~1 != _WAL_MAGIC or not 512 <= page_bytes <= 65_536:
        return None
    return first, second


def _read_mark(path: Path) -> int | None:
    try:
        text = _beside(path, MARK).read_bytes()
    except FileNotFoundError:
        return None
    return int(text) % _NUMBERS if text.endswith(b"\n") and text.strip().isdigit() else None


def _forget_mark(path: Path) -> None:
    """A backup is opened for the first time: the mark is of what was here before."""
    mark = _beside(path, MARK)
    if mark.exists():
        mark.unlink()
        descriptor = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _header(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEADER_BYTES)


def _is_in_wal_mode(header: bytes) -> bool:
    return header[18:20] == b"\2\2"


def _count(header: bytes) -> int:
    return _number(header, _COUNT_AT)


def _number(header: bytes, at: int) -> int:
    return int.from_bytes(header[at : at + 4])


def _is_before(count: int, other: int) -> bool:
    """Of two numbers that wrap around: is this one earlier?"""
    return 0 < (other - count) % _NUMBERS < _NUMBERS // 2


def _read_only(path: Path) -> sqlite3.Connection:
    """A connection that changes nothing, not even when it is the last one that is closed."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=10.0, isolation_level=None)


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)
