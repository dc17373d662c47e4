"""Forms: what a browser or a program has sent, read in order, with bounds on everything."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator
from urllib.parse import parse_qsl

from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from kempelen.core.wire.refusals import WorkerRefusal

Pair = tuple[str, str]

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"


class FormTooLarge(WorkerRefusal):
    text = "This is more than the {limit} bytes that this form takes. Nothing was changed."
    http_status = 413


class FormUnreadable(WorkerRefusal):
    text = "This form could not be read: {reason} Nothing was changed."
    http_status = 400


class FormHasTooManyFields(WorkerRefusal):
    text = "This form has more than the {limit} fields that are taken. Nothing was changed."
    http_status = 400


class FormOfNoKnownKind(WorkerRefusal):
    text = "A form is sent as {kinds}. Nothing was changed."
    http_status = 400


class FormTorn(WorkerRefusal):
    text = "The rest of this form did not come. Nothing was changed."
    http_status = 408


class Form:
    """The fields of a form in the order they were sent; a name may come more than once."""

    def __init__(self, pairs: Iterable[Pair] = ()) -> None:
        self.pairs = list(pairs)

    def get(self, name: str, otherwise: str = "") -> str:
        """The first field of this name."""
        return next((value for sent, value in self.pairs if sent == name), otherwise)

    def number(self, name: str, otherwise: int) -> int:
        """The same as a whole number; what is none, or longer than nine digits, counts as not given."""
        text = self.get(name)
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else otherwise

    def __contains__(self, name: object) -> bool:
        return any(sent == name for sent, _ in self.pairs)

    def __iter__(self) -> Iterator[Pair]:
        return iter(self.pairs)

    def without_first(self, *names: str) -> Form:
        """The same without the first field of each name: those are ours, any later one of that name is an answer's."""
        ours = set(names)
        kept = []
        for name, value in self.pairs:
            if name in ours:
                ours.remove(name)
            else:
                kept.append((name, value))
        return Form(kept)

    def without(self, names: Iterable[str]) -> Form:
        """The same without every field of these names."""
        return Form(pair for pair in self.pairs if pair[0] not in names)


async def read(request: Request, *, max_bytes: int, max_fields: int) -> Form:
    """The form in a request's body; a refusal otherwise. No body is an empty form."""
    body = await _body(request, max_bytes)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not body:
        return Form()
    if kind == URLENCODED:
        try:
            return await asyncio.to_thread(_urlencoded, body, max_fields)  # megabytes take a while
        except ValueError:
            raise FormHasTooManyFields(limit=max_fields) from None
    if kind == MULTIPART:
        return await _multipart(request, body, max_fields)
    raise FormOfNoKnownKind(kinds=f"{URLENCODED}, {MULTIPART}")


async def _body(request: Request, max_bytes: int) -> bytes:
    content_length = request.headers.get("content-length", "0")
    if content_length.isdigit() and int(content_length) > max_bytes:
        raise FormTooLarge(limit=max_bytes)
    body = bytearray()
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > max_bytes:
                raise FormTooLarge(limit=max_bytes)
    except ClientDisconnect:
        raise FormTorn() from None
    return bytes(body)


def _urlencoded(body: bytes, max_fields: int) -> Form:
    text = body.decode("utf-8", "replace")
    return Form(parse_qsl(text, keep_blank_values=True, errors="replace", max_num_fields=max_fields))


async def _multipart(request: Request, body: bytes, max_fields: int) -> Form:
    """A file does not travel with an answer; its name does, as the field's value. Source: docs/mturk/worker.md 1.4."""

    async def whole() -> AsyncGenerator[bytes, None]:
        yield body

    parser = MultiPartParser(
        request.headers, whole(), max_files=max_fields, max_fields=max_fields, max_part_size=len(body) + 1
    )
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, ValueError) as error:
        raise FormUnreadable(reason=f"{error}.") from None
    try:
        return Form(
            (name, value if isinstance(value, str) else value.filename or "") for name, value in form.multi_items()
        )
    finally:
        await form.close()
