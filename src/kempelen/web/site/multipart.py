"""Multipart: a form with files, read piece by piece as it comes, so that no file is ever whole in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import NamedTuple

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

from kempelen.web.site.forms import MULTIPART, FormTooLarge, FormTorn, FormUnreadable


class Part(NamedTuple):
    """A field or a file begins; a field has no file name, and a file that was not chosen an empty one."""

    name: str
    file_name: str | None


class PartEnds(NamedTuple):
    """All of the part has come."""


async def read(request: Request, *, max_bytes: int, max_parts: int) -> AsyncIterator[Part | bytes | PartEnds]:
    """Each part of the form: that it begins, its bytes as they come, that it ends.

    FormTooLarge, FormTorn or FormUnreadable when the form is not whole or not within the bounds.
    """
    content_length = request.headers.get("content-length", "0")
    if content_length.isdigit() and int(content_length) > max_bytes:
        raise FormTooLarge(limit=max_bytes)
    reader = _Reader(_boundary(request))
    parts = size = 0
    try:
        async for data in request.stream():
            size += len(data)
            if size > max_bytes:
                raise FormTooLarge(limit=max_bytes)
            for event in reader.events(data):
                parts += isinstance(event, Part)
                if parts > max_parts:
                    raise FormUnreadable(reason=f"it has more than {max_parts} fields.")
                yield event
    except ClientDisconnect:
        raise FormTorn() from None
    if not reader.is_whole:
        raise FormUnreadable(reason="its end is missing.")


def _boundary(request: Request) -> bytes:
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind.decode("latin-1") != MULTIPART or not options.get(b"boundary"):
        raise FormUnreadable(reason=f"send it as {MULTIPART}.")
    return options[b"boundary"]


class _Reader:
    """The library's parser, whose callbacks become events."""

    def __init__(self, boundary: bytes) -> None:
        self.is_whole = False
        self._events: list[Part | bytes | PartEnds] = []
        self._header, self._value = bytearray(), bytearray()
        self._disposition = b""
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._part_begins,
                    "on_header_field": self._header_comes,
                    "on_header_value": self._value_comes,
                    "on_header_end": self._header_ends,
                    "on_headers_finished": self._headers_end,
                    "on_part_data": self._data_comes,
                    "on_part_end": lambda: self._events.append(PartEnds()),
                    "on_end": self._all_ends,
                },
            )
        except FormParserError as error:
            raise FormUnreadable(reason=f"{error}.") from None

    def events(self, data: bytes) -> list[Part | bytes | PartEnds]:
        """What these bytes bring."""
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise FormUnreadable(reason=f"{error}.") from None
        events, self._events = self._events, []
        return events

    def _part_begins(self) -> None:
        self._disposition = b""

    def _header_comes(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _value_comes(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_ends(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = bytes(self._value)
        self._header, self._value = bytearray(), bytearray()

    def _headers_end(self) -> None:
        _, options = parse_options_header(self._disposition)
        if b"name" not in options:
            raise FormUnreadable(reason="a part has no name.")
        file_name = options.get(b"filename")
        self._events.append(Part(_text(options[b"name"]), None if file_name is None else _text(file_name)))

    def _data_comes(self, data: bytes, start: int, end: int) -> None:
        self._events.append(bytes(data[start:end]))

    def _all_ends(self) -> None:
        self.is_whole = True


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
