"""What is measured, each a process: `python -m tests.bench.handlers WHAT PORT`.

- `trivial`: a handler that reads the request and says `{}`, on the server's own stack: uvicorn as Kempelen sets it up
- `grouped`: `kempelen serve`
- `one-by-one`: the same, but a lane commits after every single job
"""

from __future__ import annotations

import socket
import sys
from typing import Any

import uvicorn

from kempelen import config
from kempelen.cli.main import main as kempelen
from kempelen.server import process
from kempelen.store.postgresql.transactions import PostgreSQLWriter
from kempelen.store.sqlite.transactions import SQLiteWriter

WHATS = ("trivial", "one-by-one", "grouped")


async def trivial(scope: Any, receive: Any, send: Any) -> None:
    """Read the body, say `{}`."""
    while (await receive()).get("more_body"):
        pass
    headers = [(b"content-type", b"application/x-amz-json-1.1"), (b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"{}"})


def main(what: str, port: str) -> None:
    if what == "trivial":
        listener = socket.create_server(("127.0.0.1", int(port)))
        uvicorn.Server(process.uvicorn_config(trivial, config.Config())).run(sockets=[listener])
        return
    if what == "one-by-one":
        for writer in (SQLiteWriter, PostgreSQLWriter):
            writer.jobs_at_most = 1
    kempelen(["serve", "--port", port])


if __name__ == "__main__":
    main(*sys.argv[1:])
