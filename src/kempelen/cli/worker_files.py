"""CSV files of Workers, scores and blocks: our own format, and the original's worker file with its UPDATE columns.

All errors are collected, each with the line it begins in, and reported together. Source: docs/mturk/console.md 6.2.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from kempelen.cli.frame import Refused
from kempelen.market.qualifications.qualification_imports import BlockEntry, Entry, Fault, RosterRefused, TypeHeld
from kempelen.market.qualifications.qualifications import DEFAULT_VALUE

BLOCK_STATUS = "blockstatus"
BLOCKED = {"block": True, "unblock": False}
REVOKE = "revoke"
_UPDATE = re.compile(r"update[\s_-]++(.*)", re.IGNORECASE)
_CURRENT = re.compile(r"current[\s_-]|number of hits |approval rate|.* approval rate", re.IGNORECASE)
_NAMES = {"workerid": "worker", "value": "value", "score": "value", "type": "type", "qualificationtypeid": "type"}


class Line(NamedTuple):
    """A record of the file: the line it begins in, and its cells by column; how many cells it really has."""

    number: int
    cells: dict[str, str]
    width: int


class File(NamedTuple):
    """A file as it was read: its columns as they are called, and its lines.

    `updates` are the columns that set something, each with the name of the type it sets. Where there are any, `Value`
    and `Type` are not read.
    """

    columns: list[str]
    lines: list[Line]
    updates: dict[str, str]

    @property
    def not_read(self) -> list[str]:
        """The columns that nothing is done with, besides those in which the original shows the present state."""
        read = {"worker"} if self.updates else {"worker", "value", "type"}
        return [
            name
            for name in self.columns
            if name and name not in self.updates and _meaning(name) not in read and not _CURRENT.match(name)
        ]

    @property
    def has_blocks(self) -> bool:
        """Whether a line blocks or unblocks a Worker."""
        return any(line.cells.get(name) for name in self.updates if _is_block(self, name) for line in self.lines)


def read(path: Path) -> File:
    """A CSV file in UTF-8; Refused when it is none or has no column of Workers."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as text:
            records = list(_records(text))
    except (UnicodeDecodeError, csv.Error) as error:
        raise Refused(f"{path} is not a CSV file in UTF-8: {error}.") from None
    if not records:
        raise Refused(f"{path} is empty; its first line must name the columns: WorkerId,Value")
    columns = [name.strip() for name in records[0][1]]
    if "worker" not in map(_meaning, columns):
        raise Refused(f"{path} has no column WorkerId; it has: {', '.join(columns)}")
    if len(set(columns)) < len(columns):
        raise Refused(f"{path} has two columns of one name.")
    lines = []
    for number, cells in records[1:]:
        if any(cells):
            found = dict(zip(columns, (cell.strip() for cell in cells), strict=False))
            lines.append(Line(number, found, len(cells)))
    updates = {name: match[1] for name in columns if (match := _UPDATE.fullmatch(name))}
    return File(columns, lines, updates)


def type_names(file: File, otherwise: str | None) -> list[str]:
    """The types that the file names, each once, by name or id; `otherwise` is the one of lines that name none."""
    named = (name for line in file.lines for name, _ in _values_of(file, line, otherwise))
    return [name for name in dict.fromkeys(named) if name]


def entries(
    file: File, types: Mapping[str, TypeHeld | Refused], otherwise: str | None, requester_id: str | None
) -> tuple[list[Entry], list[BlockEntry]]:
    """The roster that the file makes of the types that it names, or of why one of them cannot be meant.

    Blocks are those of the Requester. RosterRefused with every line that cannot be understood.
    """
    found, blocks, faults = [], [], []
    for line in file.lines:
        for type_name, text in _values_of(file, line, otherwise):
            try:
                _check(file, line, type_name)
                entry = Entry(
                    line=line.number,
                    qualification_type_id=_type_id(types[type_name]),
                    worker_id=_cell(file, line, "worker"),
                    value=_value(text),
                )
            except Refused as refusal:
                faults.append(Fault(line.number, refusal.message))
            else:
                found.append(entry)
        for name in file.updates:
            if _is_block(file, name) and (text := line.cells.get(name, "")):
                try:
                    _check_worker(file, line)
                    blocks.append(
                        BlockEntry(
                            line=line.number,
                            requester_id=_requester_of_blocks(requester_id),
                            worker_id=_cell(file, line, "worker"),
                            is_blocked=_block(text),
                        )
                    )
                except Refused as refusal:
                    faults.append(Fault(line.number, refusal.message))
    if faults:
        raise RosterRefused(list(dict.fromkeys(faults)))
    return found, blocks


def _records(text: Iterator[str]) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line in which it begins."""
    reader = csv.reader(text, strict=True)
    begins = 1
    for cells in reader:
        yield begins, cells
        begins = reader.line_num + 1


def _values_of(file: File, line: Line, otherwise: str | None) -> Iterator[tuple[str, str]]:
    """What a line says: a type's name and the text of its value, one for each UPDATE column that is not empty."""
    if not file.updates:
        yield _cell(file, line, "type") or otherwise or "", _cell(file, line, "value")
        return
    for name, type_name in file.updates.items():
        if not _is_block(file, name) and (text := line.cells.get(name, "")):
            yield type_name, text


def _is_block(file: File, column: str) -> bool:
    return re.sub("[^a-z]", "", file.updates[column].lower()) == BLOCK_STATUS


def _block(text: str) -> bool:
    if text.lower() not in BLOCKED:
        raise Refused(f"A block is Block, Unblock or empty, not {text!r}.")
    return BLOCKED[text.lower()]


def _requester_of_blocks(requester_id: str | None) -> str:
    if requester_id is None:
        raise Refused("Blocks are a Requester's own; say whose with --requester, or empty this cell.")
    return requester_id


def _check(file: File, line: Line, type_name: str) -> None:
    """Refuse a line that does not say who and what."""
    _check_worker(file, line)
    if not type_name:
        raise Refused("It names no type; give it a column Type, or say --type.")


def _check_worker(file: File, line: Line) -> None:
    if line.width > len(file.columns):
        raise Refused(f"It has {line.width} cells, and there are {len(file.columns)} columns.")
    if not _cell(file, line, "worker"):
        raise Refused("It names no Worker.")


def _type_id(found: TypeHeld | Refused) -> str:
    if isinstance(found, Refused):
        raise found
    return found.qualification_type_id


def _cell(file: File, line: Line, meaning: str) -> str:
    return next((line.cells.get(name, "") for name in file.columns if _meaning(name) == meaning), "")


def _meaning(column: str) -> str:
    return _NAMES.get(re.sub("[^a-z]", "", column.lower()), "")


def _value(text: str) -> int | None:
    """A score, None for Revoke; spreadsheets write 100.0 for 100."""
    if text.lower() == REVOKE:
        return None
    if not text:
        return DEFAULT_VALUE
    if not re.fullmatch(r"[+-]?[0-9]{1,10}(\.0*)?", text):
        raise Refused(f"A value is a whole number or Revoke, not {text!r}.")
    return int(text.partition(".")[0])
