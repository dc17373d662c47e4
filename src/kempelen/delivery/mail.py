"""Mail: written from templates and given to an SMTP server, or put into a folder where none is set.

Text that people wrote, such as a subject, never makes a header of its own. Each mail has the same `Message-ID` at every
attempt, so that a mail that was sent twice can be recognised.
"""

import email.errors
import email.headerregistry
import email.policy
import os
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from kempelen.config import Config
from kempelen.core.wire import event_documents
from kempelen.delivery.failures import Undelivered, message_of
from kempelen.market.foundation.mail_contents import Letter
from kempelen.market.foundation.outbox import REQUESTER_CONTACTED, WORKER_MESSAGE, Delivery

STEP_SECONDS = 15.0
_CLOSING = 421  # "service not available": whatever it answers, the server goes away
OUTBOX = "mail"  # in the data folder
_TEMPLATES = Path(__file__).parent / "templates"
_EVENT = "Event"  # the template of an event for a Requester

SendMail = Callable[[Delivery, Letter], None]


class Post:
    """Where mails are handed in, by the settings."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._writer = Writer(config)

    @contextmanager
    def opened(self) -> Iterator[SendMail]:
        """What takes letters, one after the other; it raises Undelivered for one that it could not take."""
        if not self._config.mail_host:
            yield self._put_into_folder
            return
        server = _Server(self._config)
        try:
            yield lambda delivery, letter: server.take(self._writer.write(delivery, letter))
        finally:
            server.close()

    def _put_into_folder(self, delivery: Delivery, letter: Letter) -> None:
        """One file a mail, there whole or not at all; a repeat replaces it."""
        folder = self._config.data / OUTBOX
        path = folder / f"{delivery.delivery_id}.eml"
        draft = folder / f".{delivery.delivery_id}.draft"
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with draft.open("wb") as file:
                file.write(self._writer.write(delivery, letter).as_bytes())
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        except OSError as error:
            raise Undelivered(f"The outbox could not be written: {error}") from error


class Writer:
    """Makes mails of letters."""

    def __init__(self, config: Config) -> None:
        self._site_url = config.site_url.rstrip("/")
        self._site_name = config.site_name
        self._host = urlsplit(self._site_url).hostname or "localhost"
        self._from = config.mail_from or f"no-reply@{self._host}"
        self._environment = Environment(
            loader=FileSystemLoader(_TEMPLATES),
            autoescape=False,  # plain text
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters["line"] = line

    def write(self, delivery: Delivery, letter: Letter) -> EmailMessage:
        """The mail, complete; Undelivered when its address is none."""
        stop = urlencode({"worker": letter.worker_id, "key": letter.stop_key})
        stop_url = f"{self._site_url}/messages/stop?{stop}"
        text = self._environment.get_template(f"{letter.kind if letter.event is None else _EVENT}.txt").render(
            letter=letter, site_name=self._site_name, site_url=self._site_url, stop_url=stop_url
        )
        subject, _, body = text.partition("\n\n")
        message = EmailMessage(policy=_POLICY)
        document_id = event_documents.document_id(delivery.delivery_id)
        try:
            message["From"] = _mailbox(self._from, self._site_name)
            message["To"] = email.headerregistry.Address(addr_spec=letter.address)
            if letter.kind == WORKER_MESSAGE:
                message["Reply-To"] = email.headerregistry.Address(
                    line(letter.requester_name), addr_spec=letter.requester_email
                )
            if letter.kind == REQUESTER_CONTACTED and letter.worker_email:
                message["Reply-To"] = email.headerregistry.Address(addr_spec=letter.worker_email)
        except (ValueError, IndexError, email.errors.MessageError) as error:
            raise Undelivered("This is no address to send to.", final=True) from error
        message["Subject"] = line(subject)
        message["Date"] = letter.happened_at
        message["Message-ID"] = f"<{document_id}@{self._host}>"
        message["Auto-Submitted"] = "auto-generated"
        if letter.event is not None:
            message["X-Event-Doc-Id"] = document_id
        if letter.kind == WORKER_MESSAGE:
            message["List-Unsubscribe"] = f"<{stop_url}>"
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        message.set_content(body.strip("\n") + "\n", charset="utf-8")
        return message


class _Link(email.headerregistry.UnstructuredHeader, email.headerregistry.BaseHeader):
    """A header that is an address on the web: on one line as it is, for mail programs read it as they find it."""

    def fold(self, *, policy: email.policy.Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


_HEADERS = email.headerregistry.HeaderRegistry()
_HEADERS.map_to_type("list-unsubscribe", _Link)
_POLICY = SMTP.clone(header_factory=_HEADERS)


def line(text: str) -> str:
    """A text on one line, without signs that nobody can see."""
    return "".join(sign for sign in " ".join(text.split()) if sign.isprintable())


def _mailbox(text: str, name: str) -> email.headerregistry.Address:
    """`Name <address>`, or an address alone, which then gets this name."""
    given, address = parseaddr(text)
    return email.headerregistry.Address(given or name, addr_spec=address)


class _Server:
    """A connection to the SMTP server, made for the first letter and kept for those after it."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._connection: smtplib.SMTP | None = None

    def take(self, message: EmailMessage) -> None:
        """Hand one mail in."""
        try:
            if self._connection is None:
                self._connection = self._connected()
            try:
                self._connection.send_message(message)
            except smtplib.SMTPRecipientsRefused as refusal:
                ((code, reason),) = refusal.recipients.values()
                raise self._refused("The address", code, reason) from refusal
            except smtplib.SMTPDataError as refusal:
                raise self._refused("The mail", refusal.smtp_code, refusal.smtp_error) from refusal
            except smtplib.SMTPNotSupportedError as error:
                raise Undelivered(
                    f"The mail server cannot take such an address: {message_of(error)}", final=True
                ) from error
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            raise Undelivered(f"The mail server {self._config.mail_host}: {message_of(error)}") from error

    def _refused(self, what: str, code: int, reason: bytes | str) -> Undelivered:
        """A refusal of one mail, for now or for good; or the server's goodbye, which is about all mails."""
        is_goodbye = code == _CLOSING
        if is_goodbye:
            self.close()
        return Undelivered(f"{what} is refused: {code} {_reply_text(reason)}", alone=not is_goodbye, final=code >= 500)

    def close(self) -> None:
        """Say goodbye."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(OSError, smtplib.SMTPException):
                connection.quit()

    def _connected(self) -> smtplib.SMTP:
        config, context = self._config, ssl.create_default_context()
        if config.mail_tls == "tls":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                config.mail_host, config.mail_port, timeout=STEP_SECONDS, context=context
            )
        else:
            connection = smtplib.SMTP(config.mail_host, config.mail_port, timeout=STEP_SECONDS)
        try:
            if config.mail_tls == "starttls":
                connection.starttls(context=context)
            if config.mail_user:
                connection.login(config.mail_user, config.mail_password)
        except BaseException:
            connection.close()
            raise
        return connection


def _reply_text(reason: bytes | str) -> str:
    return reason.decode(errors="replace") if isinstance(reason, bytes) else reason
