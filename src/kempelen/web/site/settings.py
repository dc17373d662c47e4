"""WebSettings: what the worker site must know of its installation. Made once, when the server starts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class WebSettings:
    """The site's own address, the address its tasks are served at, and who may join.

    `url` is the origin people visit; links, cookies and `turkSubmitTo` come from it and never from a request's Host.
    `tasks_url` is an origin with a star for the HIT (`https://*.turk-tasks.example`). Without one, a site on one
    machine (`http://kempelen.localhost:8900`) uses `http://<hit>.localhost:8900`, and any other shows tasks in a frame
    of no origin at all.
    """

    url: str = "http://kempelen.localhost:8900"
    tasks_url: str | None = None
    registration_open: bool = True
    name: str = "Kempelen"
    contact: str = ""  # how people reach the operator: an e-mail address, a web address or words
    payout_note: str = ""  # how money reaches Workers, in the operator's words
    sends_mail: bool = False
    uploads: Path = Path("kempelen-data/uploads")
    max_form_bytes: int = 64 * 1024  # forms of the site itself
    max_answer_bytes: int = 12 * MEBIBYTE  # a task's answer: drawn annotations travel as text
    max_form_fields: int = 10_000
