"""Uploads: the files that answer a QuestionForm, taken on the task's own host and given out again by the site.

The page in the frame holds a pass: signed leave to upload for one assignment, for as long as the market says that it is
open. No cookie counts here. A script of the page sends each file as it is chosen and gets its key; without the script
the whole form comes at once, and the answer is the page that hands the fields over, with each file's key as the value
of its field. Either way the files only wait there: it is the Worker's own submission that makes them an answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from kempelen.core.questions import form_answers, questions
from kempelen.core.questions.question_forms import FileUploadAnswer, QuestionForm
from kempelen.core.questions.questions import FRAME_PARAMETERS
from kempelen.core.texts import translatable
from kempelen.core.wire.refusals import AnswersNotReady, WorkerRefusal, WorkNotOpen
from kempelen.market.hits import uploads
from kempelen.market.work import work
from kempelen.store.files import Draft
from kempelen.web.site import languages, multipart
from kempelen.web.site.forms import FormTooLarge, Pair
from kempelen.web.site.multipart import Part, PartEnds
from kempelen.web.site.routing import Page, Routes
from kempelen.web.site.visits import NoSuchPage, Visit, Web
from kempelen.web.tasks import frames, handover, tickets
from kempelen.web.tasks.tickets import Ticket

log = logging.getLogger("kempelen.web")

PATH = "/task/files"
# Frames without an origin are another origin than any; these answers are useful only to whoever has a pass.
_OPEN_TO_FRAMES = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Methods": "POST"}


class NoRoom(WorkerRefusal):
    text = "This file could not be kept: there is no room for it on this site. Please tell the people who run it."
    http_status = 507


def routes(web: Web) -> list[Route]:
    """Where files are sent, on task hosts and, for frames without an origin, on the site."""
    return [Route(PATH, _endpoint(web), methods=["POST", "OPTIONS"])]


def _endpoint(web: Web) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=_OPEN_TO_FRAMES)
        host = web.hosts.find(request.headers.get("host", ""))
        assert host is not None, "the server has let a host through that is none of ours"
        wants_json = "application/json" in request.headers.get("accept", "")
        try:
            ticket = tickets.read_pass(web.market.vault, request.query_params.get("pass", ""))
            frames.check_place(web, host, ticket)
            await frames.check_signed_in(web, ticket)
            arriving = _Arriving(web, ticket, await _form(web, ticket))
            await arriving.read(request)
        except WorkerRefusal as refusal:
            text = languages.of_task(request).refusal(refusal)
            if wants_json:
                return JSONResponse({"message": text}, refusal.http_status, _OPEN_TO_FRAMES)
            return handover.page(web, host, request, refusal.http_status, problem=text)
        if wants_json:
            return JSONResponse({"files": arriving.kept}, headers=_OPEN_TO_FRAMES)
        return handover.page(
            web, host, request, 200, assignment_id=ticket.assignment_id, fields=arriving.fields_with_files()
        )

    return answer


async def _form(web: Web, ticket: Ticket) -> QuestionForm:
    """The form that the pass is about; refused unless its assignment is open and it asks for files."""
    found = await web.market.perform_async(ticket.worker_id, work.get_work, assignment_id=ticket.assignment_id)
    if found.status != "Accepted":
        raise WorkNotOpen(because=translatable("A file can be added only while you work on the HIT."))
    question = questions.stored(found.question)
    if not isinstance(question, QuestionForm) or not question.takes_files:
        raise NoSuchPage()
    return question


class _Arriving:
    """One form as it comes: its fields, and its files, each kept as soon as it is whole."""

    def __init__(self, web: Web, ticket: Ticket, form: QuestionForm) -> None:
        self.fields: list[Pair] = []
        self.kept: list[dict[str, str | int]] = []
        self._web = web
        self._ticket = ticket
        most = web.market.rules.max_upload_bytes
        self._asked = {
            form_answers.field(number): (number, question.identifier, form_answers.capped(question.answer, most))
            for number, question in enumerate(form.questions, 1)
            if isinstance(question.answer, FileUploadAnswer)
        }
        self._faults: list[tuple[int, str]] = []
        self._body_bytes: int | None = None  # as the request declares it

    def fields_with_files(self) -> list[Pair]:
        """The fields without the marketplace's own, the key of each file that came in the place of its field."""
        came = {str(file["field"]): str(file["file_key"]) for file in self.kept}
        return [*(pair for pair in self.fields if pair[0] not in (*came, *FRAME_PARAMETERS)), *came.items()]

    async def read(self, request: Request) -> None:
        """Read it all; AnswersNotReady when a file is not as large as it must be, after the others were kept.

        A file that is refused is read to its end all the same, since browsers listen only then.
        """
        settings = self._web.settings
        declared = request.headers.get("content-length", "")
        self._body_bytes = int(declared) if declared.isascii() and declared.isdigit() else None
        room = settings.max_answer_bytes + sum(answer.max_bytes for _, _, answer in self._asked.values())
        events = multipart.read(request, max_bytes=room, max_parts=settings.max_form_fields)
        in_fields = 0
        async for event in events:
            if not isinstance(event, Part):
                continue  # the rest of a part that nobody wanted
            if event.file_name is None:
                value = await _whole(events, settings.max_answer_bytes - in_fields)
                in_fields += len(value)
                self.fields.append((event.name, value.decode("utf-8", "replace")))
            elif event.file_name and event.name in self._asked:
                await self._file(event, events)
        if self._faults:
            raise AnswersNotReady(self._faults)

    async def _file(self, part: Part, events: AsyncIterator[Part | bytes | PartEnds]) -> None:
        number, identifier, asked = self._asked[part.name]
        assert part.file_name is not None
        perform, worker_id = self._web.market.perform_async, self._ticket.worker_id
        about = {"assignment_id": self._ticket.assignment_id}
        most = asked.max_bytes if self._body_bytes is None else min(asked.max_bytes, self._body_bytes)
        file_key = await perform(
            worker_id,
            uploads.begin,
            **about,
            question_identifier=identifier,
            file_name=part.file_name,
            max_bytes=most,
        )
        try:
            size = await self._written(file_key, events, asked.max_bytes)
            if fault := form_answers.size_fault(asked, size):
                self._faults.append((number, fault))
                await perform(worker_id, uploads.drop, **about, file_key=file_key)
                return
            await perform(worker_id, uploads.keep, **about, file_key=file_key, size_in_bytes=size)
        except BaseException:
            with contextlib.suppress(Exception):  # else it goes by itself within minutes
                await perform(worker_id, uploads.drop, **about, file_key=file_key)
            raise
        self.kept.append({"field": part.name, "file_key": file_key, "size_in_bytes": size})

    async def _written(self, file_key: str, events: AsyncIterator[Part | bytes | PartEnds], most: int) -> int:
        """Write the part to disk; how many bytes it has, those beyond the most allowed only counted."""
        size = 0
        clock = self._web.market.clock
        extended_at = clock.now()
        try:
            draft: Draft = await asyncio.to_thread(self._web.files.begin, file_key)
            with draft:
                async for event in events:
                    if isinstance(event, PartEnds):
                        break
                    assert isinstance(event, bytes)
                    size += len(event)
                    if size <= most:
                        await asyncio.to_thread(draft.write, event)
                    if (clock.now() - extended_at).total_seconds() >= uploads.EXTEND_SECONDS:
                        extended_at = clock.now()
                        await self._web.market.perform_async(
                            self._ticket.worker_id,
                            uploads.extend,
                            assignment_id=self._ticket.assignment_id,
                            file_key=file_key,
                        )
                if 0 < size <= most:
                    await asyncio.to_thread(draft.finish)
        except OSError as error:
            log.error("An uploaded file could not be written: %s", error)
            raise NoRoom() from None
        return size


async def _whole(events: AsyncIterator[Part | bytes | PartEnds], most: int) -> bytes:
    """The value of a field."""
    value = bytearray()
    async for event in events:
        if isinstance(event, PartEnds):
            break
        assert isinstance(event, bytes)
        value += event
        if len(value) > most:
            raise FormTooLarge(limit=most)
    return bytes(value)


# ---------------------------------------------------------------------------------------------- given out


async def download(visit: Visit) -> Response:
    """An uploaded file, for whoever holds its address, as something to save: nothing of it is ever shown here."""
    found = await visit.perform(
        uploads.get_by_address,
        file_key=visit.path["file_key"],
        expires=visit.query.get("expires"),
        signature=visit.query.get("signature"),
    )
    if visit.web.files.size(found.file_key) is None:
        log.error("The uploaded file %s is not in the folder %s", found.file_key, visit.web.files.folder)
        raise FileMissing()
    return FileResponse(
        visit.web.files.path(found.file_key),
        media_type="application/octet-stream",
        filename=found.file_name,
        headers={"Content-Security-Policy": "default-src 'none'; sandbox", "Cache-Control": "private, no-store"},
    )


class FileMissing(WorkerRefusal):
    text = "This file is not here. Where several servers share a database, they must share their data folder too."
    http_status = 404


ROUTES: Routes = {"/uploads/{file_key}": {"GET": Page(download, open=True)}}
