"""CSV files: tables for spreadsheets. No text begins like a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Iterable, Sequence

from starlette.responses import StreamingResponse

Cell = str | int | float | None


def answer(name: str, header: Sequence[str], rows: AsyncIterator[Iterable[Sequence[Cell]]]) -> StreamingResponse:
    """A file to download, written as its rows come, some at a time."""

    async def written() -> AsyncIterator[str]:
        yield "\ufeff" + lines([header])  # by the mark, spreadsheets know that it is UTF-8
        async for some in rows:
            yield lines(some)

    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return StreamingResponse(written(), media_type="text/csv; charset=utf-8", headers=headers)


def lines(rows: Iterable[Sequence[Cell]]) -> str:
    """Rows as lines of CSV."""
    file = io.StringIO()
    csv.writer(file).writerows([_harmless(cell) for cell in row] for row in rows)
    return file.getvalue()


def _harmless(cell: Cell) -> Cell:
    return "'" + cell if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
