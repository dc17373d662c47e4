"""Assets: style sheets and scripts, held in memory and named by their content, so that browsers keep them for good.

A folder in the folder that has a `main.js` holds the modules of one script, and is served as that: `<folder>.js`. A
script that says something has a file of its own for each other language: `<name>.de.js`.
"""

from __future__ import annotations

import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from kempelen.web.site import languages, scripts
from kempelen.web.site.languages import SOURCE
from kempelen.web.site.modules import joined

FOLDER = Path(__file__).parents[1] / "static"
_YEAR = 365 * 86_400


@dataclass(frozen=True, slots=True)
class Asset:
    body: bytes
    media_type: str
    etag: str


class Assets:
    """The files of one folder, served under one path."""

    def __init__(self, folder: Path, served_at: str) -> None:
        self.served_at = served_at
        self._assets = {file.name: _read(file) for file in sorted(folder.iterdir()) if file.is_file()}
        for main in sorted(folder.glob("*/main.js")):
            self._assets[f"{main.parent.name}.js"] = _script(main)
        for name, script in [*self._assets.items()]:
            if name.endswith(".js"):
                self._assets |= {_named(name, code): asset for code, asset in _translations(script.body).items()}

    def url(self, name: str, language: str = SOURCE) -> str:
        """The address of a file, with the mark of its content; of a script that speaks, in a language by its code."""
        name = _named(name, language) if _named(name, language) in self._assets else name
        return f"{self.served_at}/{name}?v={self._assets[name].etag}"

    async def serve(self, request: Request) -> Response:
        """The file, to be kept for a year when it was asked for by its mark."""
        asset = self._assets.get(request.path_params["name"])
        if asset is None:
            return Response("There is no such file here.\n", 404, media_type="text/plain")
        marked = request.query_params.get("v") == asset.etag
        headers = {
            "ETag": f'"{asset.etag}"',
            "Cache-Control": f"public, max-age={_YEAR}, immutable" if marked else "no-cache",
            "X-Content-Type-Options": "nosniff",
            # Frames without an origin load from here too, and to them everything is another origin; pages may ask for
            # a script with `crossorigin`, or as a module.
            "Cross-Origin-Resource-Policy": "cross-origin",
            "Access-Control-Allow-Origin": "*",
        }
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        return Response(asset.body, headers=headers, media_type=asset.media_type)


def _read(file: Path) -> Asset:
    return _asset(file.read_bytes(), mimetypes.guess_type(file.name)[0] or "application/octet-stream")


@cache
def _script(main: Path) -> Asset:
    """Modules, joined once in a process."""
    return _asset(joined(main).encode(), "text/javascript")


@cache
def _translations(script: bytes) -> dict[str, Asset]:
    """A script in each language but the source, by their codes; none of one that says nothing."""
    text = script.decode()
    if not any(scripts.texts(text)):
        return {}
    return {
        code: _asset(scripts.translated(text, language).encode(), "text/javascript")
        for code, language in languages.available_languages().items()
        if code != SOURCE
    }


def _named(name: str, code: str) -> str:
    return f"{name.removesuffix('.js')}.{code}.js"


def _asset(body: bytes, media_type: str) -> Asset:
    return Asset(body, media_type, hashlib.sha256(body).hexdigest()[:16])
