"""A server that speaks the images and videos endpoints over HTTP; the double draws for it."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from agents.errors import ModelFailed
from agents.models.generators import Order, Role, Watch
from agents.models.scripted_generator import ScriptedGenerator
from agents.tools.assets import asset_of
from tests.simulator.server import listening

Reply = tuple[int, str, bytes]
"""Status, type, body."""


@dataclass
class Sent:
    """A request: what it wants, and the fields of its body; files as (name, bytes)."""

    method: str
    path: str
    fields: dict[str, Any]
    key: str


@dataclass
class PictureServer:
    """A running server; `trouble` answers in its place where it gives something."""

    folder: Path
    looks: int = 2
    """Times a job is asked after before it is done."""
    edits: bool = True
    """Whether there is `/videos/edits`."""
    failing: str = ""
    """Why every job fails."""
    trouble: Callable[[Sent], Reply | None] = lambda sent: None
    seen: list[Sent] = field(default_factory=list[Sent])
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    files: dict[str, bytes] = field(default_factory=dict[str, bytes])
    lock: threading.Lock = field(default_factory=threading.Lock)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def asked(self, method: str, path: str = "") -> list[Sent]:
        return [s for s in self.seen if s.method == method and s.path.startswith(f"/v1{path}")]

    def answer(self, sent: Sent) -> Reply:
        self.seen.append(sent)
        if (odd := self.trouble(sent)) is not None:
            return odd
        parts = [unquote(part) for part in sent.path.split("/")[2:]]
        try:
            match sent.method, parts:
                case "POST", ["images", "generations"]:
                    return self._picture(sent.fields)
                case "POST", ["videos", "edits"] if self.edits:
                    return self._job(sent.fields, "video_editor", sent.fields.get("video"))
                case "POST", ["videos"]:
                    given = sent.fields.get("input_reference")
                    is_video = given is not None and given[0].endswith((".mp4", ".webm"))
                    role: Role = "video_editor" if is_video else "video_generator"
                    return self._job(sent.fields, role, given)
                case "GET", ["videos", name] if name in self.jobs:
                    return self._looked(name)
                case "GET", ["videos", name, "content"] if name in self.files:
                    return 200, "video/mp4", self.files[name]
                case "DELETE", ["videos", name] if name in self.jobs:
                    del self.jobs[name]
                    return told(200, {"id": name, "object": "video.deleted", "deleted": True})
                case _:
                    return told(404, {"error": {"message": f"no {sent.method} {sent.path}"}})
        except (ModelFailed, KeyError, ValueError) as error:
            return told(400, {"error": {"message": f"bad request: {error}", "type": "invalid"}})

    def _picture(self, fields: dict[str, Any]) -> Reply:
        order = Order(fields["prompt"], sizes_of(fields["size"]))
        made = ScriptedGenerator("image_generator").generate(order, Watch())
        assert (fields["n"], fields["response_format"]) == (1, "b64_json")
        picture = {"b64_json": base64.b64encode(made.data).decode()}
        return told(200, {"created": 1, "data": [picture]})

    def _job(self, fields: dict[str, Any], role: Role, given: tuple[str, bytes] | None) -> Reply:
        if given is None:
            raise ValueError("nothing to begin with")
        path = self.folder / f"{len(self.seen)}_{given[0]}"
        path.write_bytes(given[1])
        if role == "video_editor":
            facts = asset_of(path).facts
            order = Order(fields["prompt"], (facts.width, facts.height), facts.seconds, path)
        else:
            size = sizes_of(fields["size"])
            order = Order(fields["prompt"], size, float(fields["seconds"]), path)
        with self.lock:
            name = f"video/job {len(self.jobs) + len(self.files)}="
        self.files[name] = ScriptedGenerator(role).generate(order, Watch()).data
        self.jobs[name] = {"left": self.looks}
        # vLLM-Omni tells no more than this
        return told(200, {"id": name, "status": "queued", "created_at": 1})

    def _looked(self, name: str) -> Reply:
        job = self.jobs[name]
        job["left"] -= 1
        status = "in_progress" if job["left"] > 0 else "failed" if self.failing else "completed"
        error = {"code": "x", "message": self.failing} if status == "failed" else None
        done = round(100 * (1 - max(0, job["left"]) / self.looks))
        return told(200, {"id": name, "status": status, "progress": done, "error": error})


def told(status: int, body: Any) -> Reply:
    return status, "application/json", json.dumps(body).encode()


def sizes_of(text: str) -> tuple[int, int]:
    wide, high = text.split("x")
    return int(wide), int(high)


def fields_of(kind: str, body: bytes) -> dict[str, Any]:
    """The fields of a JSON body or of a form."""
    if not body:
        return {}
    if kind.startswith("application/json"):
        return json.loads(body)
    form: Any = message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
    fields: dict[str, Any] = {}
    for part in form.get_payload():
        name = part.get_param("name", header="content-disposition")
        data = part.get_payload(decode=True)
        file = part.get_filename()
        fields[name] = (file, data) if file else data.decode()
    return fields


@contextmanager
def painting(folder: Path, **options: Any) -> Generator[PictureServer]:
    """A server on a free port of 127.0.0.1, for as long as the context lasts."""
    own = PictureServer(folder, **options)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            pass

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            fields = fields_of(self.headers.get("Content-Type", ""), body)
            key = self.headers.get("Authorization", "").removeprefix("Bearer ")
            status, kind, data = own.answer(Sent(self.command, self.path, fields, key))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_POST(self) -> None:
            self._serve()

        def do_GET(self) -> None:
            self._serve()

        def do_DELETE(self) -> None:
            self._serve()

    with listening(Handler) as own.port:
        yield own
