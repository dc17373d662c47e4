"""Cookies: those of one request and those its answer sets, under names that no other port and no plain site can set."""

from __future__ import annotations

import base64
import hmac
import secrets
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from kempelen.hosts import Hosts
from kempelen.store.vault import Vault

_NOTICE_SECONDS = 60
_BROWSER_SECONDS = 365 * 86_400
_WORKERS_OF_A_BROWSER = 5


class Cookies:
    """The site's cookies of one request, by their short names."""

    def __init__(self, request: Request, hosts: Hosts, vault: Vault) -> None:
        self._request = request
        self._hosts = hosts
        self._vault = vault
        self._changed: list[dict[str, Any]] = []

    def get(self, name: str) -> str:
        """What a cookie holds, or nothing."""
        return self._request.cookies.get(self.full_name(name), "")

    def set(self, name: str, value: str, seconds: int | None) -> None:
        """Set a cookie for so many seconds; None: until the browser is closed."""
        self._changed.append(
            {
                "key": self.full_name(name),
                "value": value,
                "max_age": seconds,
                "path": "/",
                "secure": self._hosts.secure,
                "httponly": True,
                "samesite": "lax",
            }
        )

    def drop(self, name: str) -> None:
        """Have the browser forget a cookie."""
        self.set(name, "", 0)

    def full_name(self, name: str) -> str:
        """What the browser calls it. Ports share cookies, so the name has the port where it cannot be `__Host-`."""
        return f"__Host-{name}" if self._hosts.secure else f"kempelen_{name}_{self._hosts.port}"

    def add_to(self, response: Response) -> None:
        """Send what was set and dropped."""
        for cookie in self._changed:
            response.set_cookie(**cookie)

    # ---------------------------------------------------------------------------- notices

    def leave_notice(self, text: str) -> None:
        """Show this on the next page, once. It is signed: a cookie may come from another program on this host name."""
        message = base64.urlsafe_b64encode(text.encode()).decode()
        self.set("notice", f"{message}.{self._notice_signature(message)}", _NOTICE_SECONDS)

    def take_notice(self) -> str:
        """The notice that the page before has left, or nothing."""
        message, _, signature = self.get("notice").partition(".")
        if not message:
            return ""
        self.drop("notice")
        if not hmac.compare_digest(signature.encode(), self._notice_signature(message).encode()):
            return ""
        return base64.urlsafe_b64decode(message).decode()

    def _notice_signature(self, message: str) -> str:
        return self._vault.sign("notice", message.encode()).hex()

    # ---------------------------------------------------------------------------- known browsers

    def known_browser(self, worker_id: str) -> str | None:
        """The id of this browser, if this Worker has signed in by it before; guesses elsewhere do not count for it."""
        browser, *signatures = self.get("browser").split(".")
        signature = self._browser_signature(browser, worker_id)
        known = any(hmac.compare_digest(each.encode(), signature.encode()) for each in signatures)
        return browser if known else None

    def remember_browser(self, worker_id: str) -> None:
        """Let this browser prove for a year that this Worker has signed in by it. It opens nothing by itself."""
        browser, *signatures = self.get("browser").split(".")
        browser = browser or secrets.token_urlsafe(12)
        signature = self._browser_signature(browser, worker_id)
        signatures = [each for each in signatures if each != signature][1 - _WORKERS_OF_A_BROWSER :]
        self.set("browser", ".".join([browser, *signatures, signature]), _BROWSER_SECONDS)

    def _browser_signature(self, browser: str, worker_id: str) -> str:
        return self._vault.sign("known browser", f"{browser} {worker_id}".encode()).hex()
