"""Assets: style sheets and scripts, held in memory and named by their content, so that browsers keep them for good."""

from __future__ import annotations

import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

FOLDER = Path(__file__).parent / "static"
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

    def url(self, name: str) -> str:
        """The address of a file, with the mark of its content."""
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
            # Frames without an origin load from here too, and to them everything is another origin.
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        return Response(asset.body, headers=headers, media_type=asset.media_type)


def _read(file: Path) -> Asset:
    body = file.read_bytes()
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return Asset(body, kind, hashlib.sha256(body).hexdigest()[:16])
