"""Real traffic of a model, written down by a proxy and played back by a server."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

RECORDED = Path(__file__).with_name("recorded")

Exchange = dict[str, Any]
"""`path`, `request` (the JSON body), `status`, `type` and `reply` (the body as text)."""
Answer = Callable[[str, Any], Exchange]


@contextmanager
def recording(upstream: str, exchanges: list[Exchange]) -> Generator[str]:
    """A proxy before `upstream` (a URL without /v1) that writes down what passes."""

    def pass_on(path: str, body: Any) -> Exchange:
        data = json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        asked = urllib.request.Request(upstream + path, data, headers)
        try:
            with urllib.request.urlopen(asked, timeout=120) as reply:
                exchange = _exchange(path, body, reply.status, reply)
        except urllib.error.HTTPError as error:
            exchange = _exchange(path, body, error.code, error)
        exchanges.append(exchange)
        return exchange

    with _serving(pass_on) as url:
        yield url


@contextmanager
def replaying(exchanges: list[Exchange]) -> Generator[str]:
    """A server that answers what was asked before, in the same order, and refuses all else."""
    left = list(exchanges)

    def answer(path: str, body: Any) -> Exchange:
        for number, known in enumerate(left):
            if (known["path"], known["request"]) == (path, body):
                return left.pop(number)
        told = "this request was never recorded: python -m tests.contracts.record"
        reply = json.dumps({"error": {"message": told}})
        return {"status": 400, "type": "application/json", "reply": reply}

    with _serving(answer) as url:
        yield url


def recorded(name: str) -> list[Exchange]:
    return json.loads((RECORDED / f"{name}.json").read_text("utf-8"))


def _exchange(path: str, body: Any, status: int, reply: Any) -> Exchange:
    kind = reply.headers["Content-Type"]
    text = reply.read().decode()
    return {"path": path, "request": body, "status": status, "type": kind, "reply": text}


@contextmanager
def _serving(answer: Answer) -> Generator[str]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            exchange = answer(self.path, body)
            data = exchange["reply"].encode()
            self.send_response(exchange["status"])
            self.send_header("Content-Type", exchange["type"])
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        http.daemon_threads = True
        thread = threading.Thread(target=http.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{http.server_address[1]}"
        finally:
            http.shutdown()
            thread.join(5)
