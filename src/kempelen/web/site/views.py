"""View: what a page function returns, so that one function answers people and programs.

A page function returns what its page knows, as a View, or what it has done, as a Done. It need not ask who reads it:
people get the view's template, with its fields by their names, and programs the view's JSON; after an action people
are led on with a notice, and programs get its JSON. `Visit.answer` turns either into a response.
"""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec

from kempelen.core.wire.refusals import InvalidField, WorkerRefusal


class NotAsJSON(WorkerRefusal):
    text = "This page is for people: there is no JSON of it for programs."
    http_status = 406


class View(msgspec.Struct, kw_only=True):
    """What a page knows. With a `refusal` it shows a form again; programs get the refusal alone."""

    template: ClassVar[str]
    json_status: ClassVar[int] = 200

    refusal: WorkerRefusal | None = None

    def as_json(self) -> Any:
        """The page in the documented JSON; NotAsJSON unless the view has one."""
        raise NotAsJSON()

    @property
    def status(self) -> int:
        """The HTTP status of the page for people."""
        return self.refusal.http_status if self.refusal else 200

    @property
    def field(self) -> str:
        """The form's field that was refused, if it was one."""
        return self.refusal.field if isinstance(self.refusal, InvalidField) else ""

    def values(self) -> dict[str, Any]:
        """The fields by their names, for the template."""
        return {name: getattr(self, name) for name in self.__struct_fields__}


class Done(msgspec.Struct, kw_only=True):
    """What an action has done: people go on `to` a page that shows the notice once, programs get `json`.

    Without `json` programs go on, too. With a `refusal` they get that instead: the action has failed.
    """

    to: str
    notice: str = ""
    json: Any = None
    json_status: int = 200
    refusal: WorkerRefusal | None = None
