"""Pictures and videos from an OpenAI-compatible endpoint.

Pictures: `POST /images/generations`. Videos: a job is made by `POST /videos`, or by `/videos/edits`
of a video; it is asked after until it is done, and its content is fetched (OpenAI's Videos API;
vLLM-Omni and gateways speak it too, and take a video that is edited as `input_reference`).

What may be paid for is sent once. A refusal (4xx) costs nothing; whatever else goes wrong after a
request was sent may have been paid for, and is counted.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import logging
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

import httpx2
from openai import APIConnectionError, APIStatusError, RequestOptions
from pydantic import BaseModel, Field, ValidationError

from agents.errors import ModelFailed
from agents.models.generators import Generated, NotGenerated, Order, Role, Terms, Watch, generated
from agents.models.openai_compatible.connection import Connection, Opener
from agents.models.openai_compatible.endpoint import Endpoint
from agents.models.openai_compatible.middleware import PLAIN, Middleware
from agents.models.openai_compatible.secrets import Secrets, blotted, no_secrets
from agents.models.openai_compatible.transport import Refused

log = logging.getLogger(__name__)

Work = Callable[[], Coroutine[Any, Any, httpx2.Response]]

MULTIPART: RequestOptions = {"headers": {"Content-Type": "multipart/form-data"}}
ASKED_AGAIN = 4
"""Times in a row that asking after a job, or fetching it, may fail."""
FORGETTING = 5.0
"""Seconds that a server gets to delete a job."""
GLANCE = 0.2
"""Seconds between two looks at whether a call was cancelled."""
NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, Refused)
"""Causes of a lost connection by which nothing reached the server."""
UNDER_WAY = ("queued", "in_progress", "pending", "processing")


class _Job(BaseModel):
    """What a server says of a job; servers leave out what OpenAI tells."""

    id: str = Field(min_length=1, max_length=2000)
    status: str
    progress: float = 0
    error: Any = None


class _Picture(BaseModel):
    b64_json: str | None = None
    url: str | None = None


class _Pictures(BaseModel):
    data: list[_Picture] = Field(min_length=1)


@dataclass(slots=True)
class EndpointGenerator:
    """A `Generator` at an endpoint. Hold one per process.

    Args:
        role: What it makes, of what.
        endpoint: Where it is; its retry policy's `timeout` bounds a call.
        terms: What it offers, and for how much.
        secrets: Resolves the name of the endpoint's secret.
        middleware: What is put around calls.
        poll: Seconds between two times of asking after a job.
    """

    role: Role
    endpoint: Endpoint
    terms: Terms
    secrets: Secrets = field(default=no_secrets, repr=False)
    middleware: Middleware = field(default=PLAIN, repr=False)
    poll: float = 3.0
    _opener: Opener = field(default_factory=Opener, init=False, repr=False)

    @property
    def name(self) -> str:
        """The model's name at its endpoint."""
        return self.endpoint.model

    def generate(self, order: Order, watch: Watch) -> Generated:
        """The file that is ordered.

        Raises:
            NotGenerated: it was refused, failed, took too long, was cancelled, or is no such file.
            ModelMissing: the endpoint's key or URL is not there.
        """
        connection = self._opener.connection(self.endpoint, self.secrets, self.middleware)
        call = _Call(self, connection, order, watch)
        data = call.picture() if self.role == "image_generator" else call.video()
        try:
            return generated(data, self.role, call.usd, watch)
        except NotGenerated as error:
            raise NotGenerated(f"{self.name}: {error}", usd=call.usd) from error

    def close(self) -> None:
        """Close the connections and the thread behind them."""
        self._opener.close()


class _Call:
    """One order on its way."""

    def __init__(
        self, own: EndpointGenerator, connection: Connection, order: Order, watch: Watch
    ) -> None:
        self.own, self.connection, self.order, self.watch = own, connection, order, watch
        self.usd = own.terms.price(order.seconds)
        self.seconds = min(own.endpoint.retry.timeout, watch.seconds)
        self.ends = time.monotonic() + self.seconds

    def picture(self) -> bytes:
        """The bytes of a picture."""
        body = self._told() | {"n": 1, "response_format": "b64_json"}
        reply = self._paid("/images/generations", body, None)
        if reply.status_code == 400 and "response_format" in _said(reply):
            # models that only ever send pictures, no links to them, refuse the parameter
            del body["response_format"]
            reply = self._paid("/images/generations", body, None)
        try:
            made = _Pictures.model_validate_json(self._fine(reply).content).data[0]
            if made.b64_json is None:
                raise self._lost("it sent a link in the place of a picture, and links are not read")
            return base64.b64decode(made.b64_json, validate=True)
        except (ValidationError, binascii.Error) as error:
            raise self._lost(f"the reply holds no picture ({type(error).__name__})") from error

    def video(self) -> bytes:
        """The bytes of a video; the job is deleted where it is, once they are here."""
        job = self._job_of(self._fine(self._created()))
        path = f"/videos/{quote(job.id, safe='')}"
        try:
            job = self._awaited(job, path)
            if job.status != "completed":
                raise self._lost(f"the job is {job.status}: {_reason(job.error)}")
        except NotGenerated as error:
            self._deleted(path)
            raise NotGenerated(str(error), error.hint, self.usd) from error
        try:
            data = self._got(f"{path}/content").content
        except NotGenerated as error:
            said = f"{error}; the video lies at the server as {job.id}"
            raise NotGenerated(said, error.hint, self.usd) from error
        self._deleted(path)
        return data

    def _told(self) -> dict[str, Any]:
        width, height = self.order.size
        own = {"model": self.own.name, "prompt": self.order.prompt, "size": f"{width}x{height}"}
        return own | ({"seconds": f"{self.order.seconds:g}"} if self.order.seconds else {})

    def _created(self) -> httpx2.Response:
        """The reply to the making of a job."""
        given = self.order.given
        if given is None:
            raise NotGenerated(f"{self.own.name} makes videos of something", "give it")
        if self.own.role == "video_editor":
            body = {"model": self.own.name, "prompt": self.order.prompt}
            reply = self._paid("/videos/edits", body, ("video", given))
            if reply.status_code not in (404, 405):
                return reply
        return self._paid("/videos", self._told(), ("input_reference", given))

    def _paid(
        self, path: str, body: dict[str, Any], file: tuple[str, Path] | None
    ) -> httpx2.Response:
        """The reply to a request that may cost something: sent once."""
        client, files, options = self.connection.client, None, RequestOptions()
        if file is not None:
            name, given = file
            if (size := given.stat().st_size) > self.own.endpoint.reply_bytes:
                most = f"at most {self.own.endpoint.reply_bytes:,} are sent"
                raise NotGenerated(
                    f"{given.name} has {size:,} bytes, and {most}", "make it smaller"
                )
            files = [(name, (f"given{given.suffix}", given.read_bytes(), _mime(given)))]
            options = MULTIPART

        def work() -> Coroutine[Any, Any, httpx2.Response]:
            kind = httpx2.Response
            return client.post(path, cast_to=kind, body=body, files=files, options=options)

        return self._run(work, paid=True)

    def _awaited(self, job: _Job, path: str) -> _Job:
        """The job when it is no longer under way."""
        while job.status in UNDER_WAY:
            self.watch.progress(min(1.0, max(0.0, job.progress / 100)))
            self._rest(self.own.poll)
            job = self._job_of(self._got(path))
        return job

    def _got(self, path: str) -> httpx2.Response:
        """What a path gives; asked for again where that may help, as it costs nothing."""
        client = self.connection.client
        for number in range(1, ASKED_AGAIN + 1):
            try:
                reply = self._run(lambda: client.get(path, cast_to=httpx2.Response))
                if reply.status_code < 400:
                    return reply
                raise self._lost(_said(reply))
            except NotGenerated as error:
                if number == ASKED_AGAIN or self.watch.cancelled():
                    raise
                log.warning("%s: %s; asking again", self.own.name, error)
                self._rest(self.own.poll)
        raise AssertionError("unreachable")

    def _deleted(self, path: str) -> None:
        """Have the server forget what it was given, as far as it can."""
        client = self.connection.client
        try:
            self.connection.run(
                lambda: client.delete(path, cast_to=httpx2.Response), FORGETTING, self.own.role
            )
        except ModelFailed as error:
            log.warning("%s was not made to forget: %s", self.own.name, error)

    def _run(self, work: Work, *, paid: bool = False) -> httpx2.Response:
        """The reply, whatever its status, as long as nobody cancels."""
        sent = False

        async def watched() -> httpx2.Response:
            nonlocal sent
            sent, task = True, asyncio.ensure_future(work())
            while not (await asyncio.wait({task}, timeout=GLANCE))[0]:
                if self.watch.cancelled():
                    task.cancel()
                    raise TimeoutError
            try:
                return task.result()
            except APIStatusError as error:
                return error.response
            except APIConnectionError as error:
                sent = not isinstance(error.__cause__, NEVER_SENT)
                raise error.__cause__ or error from None

        left = max(0.0, self.ends - time.monotonic())
        try:
            return self.connection.run(watched, left, self.own.role)
        except ModelFailed as error:
            said = f"{self.own.name}: cancelled" if self.watch.cancelled() else str(error)
            raise NotGenerated(said, error.hint, self.usd if sent and paid else 0.0) from error

    def _fine(self, reply: httpx2.Response) -> httpx2.Response:
        """A reply that is no error."""
        status = reply.status_code
        if status < 400:
            return reply
        usd = 0.0 if status < 500 and status != 408 else self.usd
        said = blotted(_said(reply), self.connection.key)
        raise NotGenerated(f"{self.own.name} refused: {said}", "change the words or the size", usd)

    def _job_of(self, reply: httpx2.Response) -> _Job:
        try:
            return _Job.model_validate_json(reply.content)
        except ValidationError as error:
            raise self._lost("the reply tells of no job") from error

    def _lost(self, what: str) -> NotGenerated:
        """Nothing came of what may have been paid for."""
        said = blotted(what, self.connection.key)
        return NotGenerated(
            f"{self.own.name} failed: {said}", "try again, or another model", self.usd
        )

    def _rest(self, seconds: float) -> None:
        """Wait, unless it is over."""
        until = min(self.ends, time.monotonic() + seconds)
        while (left := until - time.monotonic()) > 0 and not self.watch.cancelled():
            time.sleep(min(GLANCE, left))
        if self.watch.cancelled():
            raise self._lost("it was cancelled")
        if time.monotonic() >= self.ends:
            raise self._lost(f"no video within {self.seconds:g} s")


def _said(reply: httpx2.Response) -> str:
    """What a server says is wrong, on one line."""
    try:
        told: Any = json.loads(reply.content)
        if isinstance(told, dict):
            held = cast("dict[str, Any]", told)
            told = held.get("error", held)
    except ValueError:
        told = reply.text
    return f"status {reply.status_code}: {_reason(told)}"


def _reason(told: Any) -> str:  # noqa: ANN401
    """The message of an error in a reply."""
    if isinstance(told, dict):
        held = cast("dict[str, Any]", told)
        told = held.get("message") or held
    return " ".join(str(told or "no reason is given").split())[:300]


def _mime(path: Path) -> str:
    from mimetypes import guess_type

    return guess_type(path.name)[0] or "application/octet-stream"
