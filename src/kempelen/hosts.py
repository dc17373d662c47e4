"""Hosts: whether a Host header names the site, a HIT's own task host, or nothing of ours. Pure; uses no network.

A Requester's HTML is hostile, so each HIT gets an origin of its own, apart from the site's. On one machine that is
`http://<hit>.localhost:<port>`: browsers resolve every `*.localhost` to loopback and treat each as a separate site. In
production it is `https://<hit>.<tasks domain>`; the tasks domain must not share a registrable domain with the site, or
a task could set cookies for the site.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}
_LOCAL_NAMES = ("kempelen.localhost", "localhost", "127.0.0.1", "::1")
_LABEL = re.compile(r"[a-z0-9]{1,63}\Z")
_AUTHORITY = re.compile(r"(?:[^@\\]*@)?(\[[0-9a-f:.]+\]|[\w.-]+)(?::\d*)?", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)
# Under these of a country's second levels names are registered (`example.co.uk`).
_SHARED_SECOND_LEVELS = frozenset({"ac", "co", "com", "edu", "go", "gov", "mil", "ne", "net", "or", "org"})


class HostsRefused(ValueError):
    """The site's or the tasks' address cannot be used; the text says why and what to write instead."""


@dataclass(frozen=True, slots=True)
class SiteHost:
    """The site, as this visit calls it: its origin, and whether `<hit>.localhost` can be reached from there."""

    origin: str
    names_tasks: bool


@dataclass(frozen=True, slots=True)
class TaskHost:
    """The host of one HIT's task."""

    hit_id: str
    origin: str


@dataclass(frozen=True, slots=True)
class _TaskDomain:
    """Where the tasks' hosts hang: `<hit>.<name>`."""

    scheme: str
    name: str
    port: int

    def origin(self, hit_id: str) -> str:
        return _written(self.scheme, f"{hit_id.lower()}.{self.name}", self.port)


class Hosts:
    """All the hosts this server answers on."""

    def __init__(self, url: str, tasks_url: str | None = None) -> None:
        """HostsRefused when an address is not an origin, or when tasks would share a domain with the site."""
        scheme, name, port = _read(url, "The site's address (--url)")
        self.secure = scheme == "https"
        self.port = port
        self.origin = _written(scheme, name, port)
        self.on_one_machine = is_loopback(name)
        if tasks_url is not None:
            self._tasks: _TaskDomain | None = self._task_domain(tasks_url, name)
        else:
            self._tasks = _TaskDomain(scheme, "localhost", port) if self.on_one_machine else None
        self._sites = {
            (site, port): SiteHost(
                _written(scheme, site, port),
                names_tasks=self._tasks is not None and (tasks_url is not None or site.endswith("localhost")),
            )
            for site in ((name, *_LOCAL_NAMES) if self.on_one_machine else (name,))
        }
        self.origins = tuple(site.origin for site in self._sites.values())

    def find(self, host: str) -> SiteHost | TaskHost | None:
        """What a Host header names; None when it is nothing of ours."""
        try:
            parts = urlsplit("//" + host)
            name, port = (parts.hostname or "").removesuffix("."), parts.port
        except ValueError:
            return None
        if parts.netloc != host or "@" in host:
            return None
        site = self._sites.get((name, port or _PORTS["https" if self.secure else "http"]))
        if site is not None or self._tasks is None:
            return site
        label, _, domain = name.partition(".")
        if domain != self._tasks.name or (port or _PORTS[self._tasks.scheme]) != self._tasks.port:
            return None
        return TaskHost(label.upper(), self._tasks.origin(label)) if _LABEL.match(label) else None

    def task_origin(self, hit_id: str) -> str | None:
        """The origin a HIT's task is served at; None when tasks have no hosts of their own here."""
        return self._tasks.origin(hit_id) if self._tasks else None

    def _task_domain(self, tasks_url: str, site: str) -> _TaskDomain:
        scheme, name, port = _read(tasks_url, "The tasks' address (--tasks-url)")
        if not name.startswith("*.") or "*" in name[2:]:
            raise HostsRefused(
                "The tasks' address (--tasks-url) needs a star where the HIT goes, as in https://*.turk-tasks.example."
            )
        if self.secure and scheme != "https":
            raise HostsRefused("The site is on https, so its tasks must be too: browsers block plain frames in it.")
        shared = registrable_domain(site)
        if not self.on_one_machine and registrable_domain(name[2:]) == shared:
            raise HostsRefused(
                f"Tasks at {name} would share the domain {shared} with the site, and a task could then set the site's "
                "cookies. Give --tasks-url another registered domain."
            )
        return _TaskDomain(scheme, name[2:], port)


def may_share_cookies(origin: str, url: str) -> bool:
    """Would a browser send to this address what an origin of ours has stored in it? Cookies know hosts, not ports.

    Browsers read hosts generously (`127.1`, `%6cocalhost`). An address whose host is written so that we cannot be sure
    how they read it is taken for one of ours.
    """
    name = _as_browsers_read(url)
    return name is None or name == _as_browsers_read(origin)


def is_loopback(name: str) -> bool:
    """Is this host name always this very machine?"""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def registrable_domain(name: str) -> str:
    """The part of a host name that someone registered: `example.org` of `turk.example.org`.

    By rule of thumb instead of the long public list: two labels, or three under a country's `co`, `com`, `ac` and such.
    An address is its own.
    """
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        labels = name.split(".")
    country = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SHARED_SECOND_LEVELS
    return ".".join(labels[-3 if country else -2 :])


def _as_browsers_read(url: str) -> str | None:
    """The host in an address; None where it is written oddly."""
    try:
        found = _AUTHORITY.fullmatch(urlsplit(url).netloc)
        if found is None:
            return None
        if found[1].startswith("["):
            return str(ipaddress.ip_address(found[1].strip("[]")))
        name = found[1].encode("idna").decode().lower().removesuffix(".")
        return str(ipaddress.ip_address(name)) if _NUMBER.fullmatch(name.rpartition(".")[2]) else name
    except ValueError:
        return None


def _read(url: str, what: str) -> tuple[str, str, int]:
    """Scheme, host name and port of a bare origin."""
    try:
        parts = urlsplit(url)
        name, port = (parts.hostname or "").removesuffix("."), parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError):
        raise HostsRefused(f"{what} must be an address like https://turk.example.org, not {url!r}.") from None
    if not name or parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise HostsRefused(f"{what} must be a bare origin like https://turk.example.org, without a path, not {url!r}.")
    return parts.scheme, name, port


def _written(scheme: str, name: str, port: int) -> str:
    shown = "" if port == _PORTS[scheme] else f":{port}"
    return f"{scheme}://{f'[{name}]' if ':' in name else name}{shown}"
