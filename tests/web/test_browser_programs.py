"""The Requester API called from pages of other origins, with Amazon's own SDK for browsers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.clients.hits import terms
from tests.clients.server import Server

pytestmark = pytest.mark.slow

SDK = Path(__file__).parents[1] / "clients" / "node" / "node_modules" / "aws-sdk" / "dist" / "aws-sdk.min.js"
PROGRAM = """async ([endpoint, accessKeyId, secretAccessKey, terms]) => {
    const turk = new AWS.MTurk({ endpoint, region: "us-east-1", accessKeyId, secretAccessKey, maxRetries: 0 });
    const made = await turk.createHIT(terms).promise();
    const refused = await turk.getHIT({ HITId: "3NOSUCHHIT" }).promise().then(() => "", (error) => error.message);
    return [made.HIT.HITId, refused, turk.endpoint.host];
}"""


@contextmanager
def tool(policy: str) -> Iterator[str]:
    """The address of a page on this machine, of another origin than the API, that has Amazon's SDK."""
    page = b"<!doctype html><title>Tool</title><script>" + SDK.read_bytes() + b"</script>"

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    "policy", ["script-src * 'unsafe-inline'", "sandbox allow-scripts"]
)  # the latter's origin is null
def test_a_page_of_another_origin_creates_a_hit(tmp_path: Path, browser: Browser, policy: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    with Server(tmp_path / "data", None, "--sandbox") as server, tool(policy) as address:
        keys = server.add_requester()
        page.goto(address)
        given = [server.endpoint, keys.access_key_id, keys.secret_access_key, terms()]
        hit_id, refused, _ = page.evaluate(PROGRAM, given)
        assert server.client(keys).get_hit(HITId=hit_id)["HIT"]["HITStatus"] == "Assignable"
    assert "Hit 3NOSUCHHIT does not exist." in refused
    context.close()
