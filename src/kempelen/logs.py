"""Logs: lines on standard error, as text or JSON, each with the id of the request it belongs to.

No line holds a secret, an answer or personal data, only ids, names of operations and pages, outcomes and times. A page
is logged by its pattern, because an address may contain a ticket or an invitation. Of an exception the place, the class
and the first line are logged, because a database's errors continue with the row.
"""

import logging
import sys
import traceback
from typing import Literal, TextIO

import structlog
from structlog.typing import EventDict, WrappedLogger

from kempelen.core import visible

_LONGEST = 300

requests = structlog.get_logger("kempelen.requests")


def write(form: Literal["text", "json"], *, every_request: bool = False, to: TextIO | None = None) -> None:
    """Log lines of ours, uvicorn's and other libraries' go to standard error, or `to`, in one form."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso"),
        shorten_values,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(to or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *(
                    [structlog.processors.JSONRenderer()]
                    if form == "json"
                    else [structlog.dev.ConsoleRenderer(colors=False), _visible]
                ),
            ],
            foreign_pre_chain=shared,
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    requests_level = logging.INFO if every_request else logging.WARNING
    logging.getLogger("kempelen.requests").setLevel(requests_level)
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)  # its warnings are about what clients send


def _visible(_logger: WrappedLogger, _method: str, line: str) -> str:
    """A line that cannot steer the terminal it is read in, whatever a client has sent."""
    return visible.text(line)


def shorten_values(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """Of errors and exceptions only what cannot hold somebody's data: places, kinds and first lines."""
    if line.get("requester_id", "") is None:
        del line["requester_id"]  # nobody has signed yet
    if isinstance(line.get("error"), str):
        line["error"] = first_line(line["error"])
    found = line.pop("exc_info", None)
    if found is True:
        found = sys.exc_info()
    error = found[1] if isinstance(found, tuple) else found
    if isinstance(error, BaseException):
        line["exception"] = "\n".join(_places_and_kinds(error))
    return line


def first_line(text: str) -> str:
    """The first line of a text, not too long."""
    line = text.partition("\n")[0]
    return line if len(line) <= _LONGEST else line[:_LONGEST] + "…"


def _places_and_kinds(error: BaseException) -> list[str]:
    """The chain of exceptions, the first cause first, each with the places it passed."""
    lines: list[str] = []
    chain: list[BaseException] = []
    seen: BaseException | None = error
    while seen is not None and seen not in chain:
        chain.append(seen)
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    for each in reversed(chain):
        places = traceback.extract_tb(each.__traceback__)
        lines.extend(f"  {place.filename}:{place.lineno} in {place.name}" for place in places)
        lines.append(f"{type(each).__name__}: {first_line(str(each))}")
    return lines
