"""The scripted server: OpenAI's wire format over HTTP on this machine, answered from a world."""

from __future__ import annotations

import base64
import json
import socket
import struct
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import cv2
import numpy as np

from agents.models.scripted import ScriptedTextEncoder
from tests.simulator.faults import WIRE, Fault, Trouble, spoiled, spoiled_vectors
from tests.simulator.marks import read_mark
from tests.simulator.mind import Sent, reply
from tests.simulator.world import World

MODEL = "scripted-world"


@dataclass(slots=True)
class WorldServer:
    """A running server. `seen` lists what came in, one entry per chat request that was answered."""

    world: World
    key: str = ""
    """Key that requests must carry; empty for none."""
    trouble: Trouble | None = None
    seen: list[Sent] = field(default_factory=list[Sent])
    requests: int = 0
    """All requests, failed ones too."""
    pause: float = 0.0
    """Seconds that each request takes at least."""
    at_once: int = 0
    """Requests under way."""
    most_at_once: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    stop: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    @property
    def url(self) -> str:
        """Base URL, ending in /v1."""
        return f"http://127.0.0.1:{self.port}/v1"

    @contextmanager
    def counted(self) -> Generator[None]:
        """Count a request while it is under way."""
        with self.lock:
            self.requests += 1
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            self.stop.wait(self.pause)
            yield
        finally:
            with self.lock:
                self.at_once -= 1

    def vectors(self, body: dict[str, Any]) -> dict[str, Any]:
        """The vectors of an embedding request: texts that share words are near."""
        given: str | list[str] = body["input"]
        texts = [given] if isinstance(given, str) else given
        if not all(texts):
            raise ValueError("an input is empty")
        data: list[Any] = [
            {"object": "embedding", "index": index, "embedding": [float(v) for v in vector]}
            for index, vector in enumerate(ScriptedTextEncoder().encode(texts))
        ]
        if self.trouble is not None and self.trouble.strikes():
            data = spoiled_vectors(self.trouble.fault, data)
        tokens = sum(map(len, texts)) // 4 + len(texts)
        usage = {"prompt_tokens": tokens, "total_tokens": tokens}
        return {"object": "list", "data": data, "model": MODEL, "usage": usage}

    def heard(self, body: dict[str, Any]) -> dict[str, Any]:
        """The completion for a chat request."""
        sent = sent_in(body, self.world)
        self.seen.append(sent)
        struck = self.trouble is not None and self.trouble.strikes()
        fault = self.trouble.fault if self.trouble is not None and struck else None
        text = json.dumps(reply(self.world, sent, fault), ensure_ascii=False)
        if fault is not None:
            text = spoiled(fault, text)
        return completion(text, len(sent.instructions + sent.text) // 4 + 85 * len(sent.pictures))


@contextmanager
def serving(world: World, key: str = "", trouble: Trouble | None = None) -> Generator[WorldServer]:
    """A server on a free port of 127.0.0.1, for as long as the context lasts."""
    own = WorldServer(world, key, trouble)
    handler = type("Handler", (_Handler,), {"own": own})
    with listening(handler) as own.port:
        try:
            yield own
        finally:
            own.stop.set()


@contextmanager
def listening(handler: type[BaseHTTPRequestHandler]) -> Generator[int]:
    """Threads that answer on a port of 127.0.0.1, which is free before."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as http:
        http.daemon_threads = True
        thread = threading.Thread(target=http.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield http.server_address[1]
        finally:
            http.shutdown()
            thread.join(5)


def sent_in(body: dict[str, Any], world: World) -> Sent:
    """What a chat request holds, its pictures decoded."""
    system: list[str] = []
    text: list[str] = []
    pictures: list[tuple[float | None, int]] = []
    for message in body["messages"]:
        into = system if message["role"] in ("system", "developer") else text
        content = message["content"]
        plain = [{"type": "text", "text": content}]
        parts: list[dict[str, Any]] = plain if isinstance(content, str) else content or []
        for part in parts:
            if part["type"] == "text":
                into.append(part["text"])
            elif part["type"] == "image_url":
                pictures.append(_picture(part["image_url"]["url"], world))
    shape = _shape(body, "\n".join(system))
    return Sent("\n".join(system), "\n".join(text), tuple(pictures), shape)


def completion(text: str | None, tokens: int) -> dict[str, Any]:
    """A chat completion in OpenAI's format."""
    spoken = len(text or "") // 4
    return {
        "id": "chatcmpl-world",
        "object": "chat.completion",
        "created": 0,
        "model": MODEL,
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": text},
            }
        ],
        "usage": {
            "prompt_tokens": tokens,
            "completion_tokens": spoken,
            "total_tokens": tokens + spoken,
        },
    }


def _picture(url: str, world: World) -> tuple[float | None, int]:
    data = base64.b64decode(url.partition(",")[2])
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if image is None:
        return None, 0
    return read_mark(image, world.name), max(image.shape[:2])


def _shape(body: dict[str, Any], system: str) -> frozenset[str]:
    """Properties of the reply asked for: of the schema sent, else of the one in the prompt."""
    form: dict[str, Any] = body.get("response_format") or {}
    if form.get("type") == "json_schema":
        return frozenset(form["json_schema"]["schema"]["properties"])
    for start in (i for i, c in enumerate(system) if c == "{"):
        try:
            schema, _ = json.JSONDecoder().raw_decode(system[start:])
        except ValueError:
            continue
        if isinstance(schema, dict) and "properties" in schema:
            names: list[str] = list(schema["properties"])  # pyright: ignore[reportUnknownArgumentType]
            return frozenset(names)
    return frozenset()


class _Handler(BaseHTTPRequestHandler):
    """Speaks HTTP for the server in `own`."""

    own: WorldServer
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Stay quiet: headers hold keys."""

    def do_GET(self) -> None:
        """List the one model."""
        self._send(200, {"object": "list", "data": [{"id": MODEL, "object": "model"}]})

    def do_POST(self) -> None:
        """Answer a chat or an embedding request."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.own.counted():
            self._answer(body)

    def _answer(self, body: dict[str, Any]) -> None:
        carried = self.headers.get("Authorization", "").removeprefix("Bearer ")
        trouble = self.own.trouble
        if trouble is not None and trouble.fault in WIRE and trouble.strikes():
            self._fail(trouble, carried)
        elif self.own.key and carried != self.own.key:
            self._error(401, f"wrong key: {carried}")
        elif self.path.endswith("/embeddings"):
            self._embed(body)
        else:
            self._send(200, self.own.heard(body))

    def _embed(self, body: dict[str, Any]) -> None:
        try:
            self._send(200, self.own.vectors(body))
        except ValueError as error:
            self._error(400, str(error))

    def _fail(self, trouble: Trouble, carried: str) -> None:
        fault = trouble.fault
        if fault is Fault.STORM:
            self._error(429, "slow down", {"Retry-After": f"{trouble.seconds:g}"})
        elif fault is Fault.ERROR:
            self._error(500, "broken")
        elif fault is Fault.REFUSES:
            self._error(401, f"incorrect key provided: {carried}")
        elif fault is Fault.STALL:
            self.own.stop.wait(trouble.seconds)
            self.close_connection = True
        elif fault is Fault.RESET:
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.close_connection = True
        elif fault is Fault.CUT_BODY:
            self._raw(b'{"id": "chatcmpl', "application/json", 4000)
            self.close_connection = True
        elif fault is Fault.HTML:
            self._raw(b"<html><body>welcome</body></html>", "text/html")
        elif fault is Fault.REDIRECT:
            self._error(307, "moved", {"Location": trouble.elsewhere})
        elif fault is Fault.NULL_CHOICE:
            self._send(200, {**completion("", 1), "choices": [None]})
        else:
            self._send(200, {**completion("", 1), "choices": []})

    def _error(self, status: int, message: str, headers: dict[str, str] | None = None) -> None:
        self._send(status, {"error": {"message": message, "type": "scripted"}}, headers)

    def _send(self, status: int, body: object, headers: dict[str, str] | None = None) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def _raw(self, data: bytes, kind: str, length: int | None = None) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(length or len(data)))
        self.end_headers()
        self.wfile.write(data)
