"""The demo Requester's own web server: one page on another port, as an ExternalQuestion shows it.

Not a part of the marketplace, and on purpose of another origin than its site.
"""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

from kempelen.demo.samples import own_page


class OwnSite:
    """The page, served from this machine to this machine while the block runs."""

    def __init__(self, port: int) -> None:
        """At this port, or if it is taken at any other."""
        try:
            self._server = ThreadingHTTPServer(("127.0.0.1", port), _Page)
        except OSError:
            self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Page)
        self._thread = threading.Thread(target=self._server.serve_forever, name="demo requester", daemon=True)

    @property
    def url(self) -> str:
        """Where the page is; on a host name that shares no cookies with the worker site."""
        return f"http://localhost:{self._server.server_port}/dots"

    def __enter__(self) -> "OwnSite":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Page(BaseHTTPRequestHandler):
    timeout = 30

    def do_GET(self) -> None:
        body = own_page().encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_line: object) -> None:
        """Say nothing: it is the demo's terminal."""
