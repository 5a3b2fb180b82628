"""What goes wrong at an endpoint that generates: paid once, told clearly, nothing left behind."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agents.errors import ModelMissing
from agents.models.generators import Generated, NotGenerated, Order, Role, Terms, Watch
from agents.models.openai_compatible.endpoint import Endpoint, RetryPolicy
from agents.models.openai_compatible.generator import EndpointGenerator
from tests.agents.tools.bench import counting, photograph
from tests.contracts.generators.server import PictureServer, Reply, Sent, painting, told
from tests.media import write_image

KEY = "sk-pictures-4711"
PRICE = 0.25
ORDER = Order("a red fox", (64, 64))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PictureServer]:
    with painting(tmp_path) as own:
        yield own


def at(server: PictureServer, role: Role = "image_generator", **changes: Any) -> EndpointGenerator:
    retry = RetryPolicy(attempts=1, timeout=changes.pop("timeout", 30.0))
    url = changes.pop("url", server.url)
    endpoint = Endpoint(url, "fox-1", "THE_KEY", retry=retry, **changes)
    secrets = {"THE_KEY": KEY}.__getitem__
    return EndpointGenerator(role, endpoint, Terms(usd=PRICE), secrets, poll=0.02)


def made(own: EndpointGenerator, order: Order = ORDER) -> Generated:
    try:
        return own.generate(order, Watch())
    finally:
        own.close()


def refused(own: EndpointGenerator, order: Order = ORDER) -> NotGenerated:
    with pytest.raises(NotGenerated) as caught:
        made(own, order)
    assert KEY not in str(caught.value)
    return caught.value


def moving(tmp_path: Path) -> Order:
    given = write_image(tmp_path / "cat.png", photograph("chelsea.png"))
    return Order("it looks up", (64, 64), 1.0, given)


def test_the_request_is_what_servers_know(server: PictureServer, tmp_path: Path) -> None:
    made(at(server))
    [sent] = server.seen
    assert (sent.path, sent.key) == ("/v1/images/generations", KEY)
    assert sent.fields == {
        "model": "fox-1", "prompt": "a red fox", "size": "64x64", "n": 1,
        "response_format": "b64_json",
    }  # fmt: skip
    server.seen.clear()
    order = moving(tmp_path)
    made(at(server, "video_generator"), order)
    first = server.seen[0]
    name, data = first.fields.pop("input_reference")
    assert (first.path, name.rsplit(".")[-1]) == ("/v1/videos", "png")
    assert order.given and data == order.given.read_bytes()
    assert first.fields == {
        "model": "fox-1", "prompt": "it looks up", "size": "64x64", "seconds": "1"
    }  # fmt: skip
    assert [s.method for s in server.seen] == ["POST", "GET", "GET", "GET", "DELETE"]
    assert server.jobs == {}, "the server was asked to forget"


def test_a_server_that_refuses_the_form_is_asked_without_it(server: PictureServer) -> None:
    def fussy(sent: Sent) -> Reply | None:
        if sent.fields.get("response_format"):
            return told(400, {"error": {"message": "Unknown parameter: 'response_format'."}})
        sent.fields["response_format"] = "b64_json"
        return None

    server.trouble = fussy
    assert made(at(server)).suffix == ".png"
    assert len(server.seen) == 2


def test_a_server_without_edits_gets_the_video_as_a_reference(tmp_path: Path) -> None:
    given = counting(tmp_path / "given.mp4", 1.0)
    with painting(tmp_path, edits=False) as server:
        order = Order("at night", (320, 180), 1.0, given)
        assert made(at(server, "video_editor"), order).suffix == ".mp4"
        assert [s.path for s in server.asked("POST")] == ["/v1/videos/edits", "/v1/videos"]


@pytest.mark.parametrize(
    ("status", "usd"), [(400, 0.0), (401, 0.0), (429, 0.0), (408, PRICE), (500, PRICE)]
)
def test_a_refusal_is_told_sent_once_and_costs_what_it_may(
    server: PictureServer, status: int, usd: float
) -> None:
    said = {"error": {"message": f"not with the key {KEY}"}}
    server.trouble = lambda sent: told(status, said)
    error = refused(at(server))
    assert f"status {status}: not with the key" in str(error)
    assert error.usd == usd
    assert len(server.seen) == 1


def test_nobody_at_the_address_costs_nothing(server: PictureServer) -> None:
    assert refused(at(server, url="http://127.0.0.1:9/v1")).usd == 0.0


def test_a_reply_that_is_waited_for_too_long_may_have_cost_something(
    server: PictureServer,
) -> None:
    def slow(sent: Sent) -> None:
        time.sleep(1.5)

    server.trouble = slow
    assert refused(at(server, timeout=0.5)).usd == PRICE


@pytest.mark.parametrize(
    "body",
    [
        {"data": []},
        {"data": [{"b64_json": "no base64!"}]},
        {"data": [{"b64_json": "PGh0bWw+"}]},
        {"data": [{"url": "http://127.0.0.1:9/fox.png"}]},
        ["something else"],
    ],
)
def test_what_is_no_picture_is_refused_and_counted(server: PictureServer, body: Any) -> None:
    server.trouble = lambda sent: told(200, body)
    assert refused(at(server)).usd == PRICE
    assert len(server.seen) == 1, "links are not followed"


def test_a_flood_is_not_read_to_its_end(server: PictureServer) -> None:
    server.trouble = lambda sent: (200, "application/json", b" " * 300_000)
    error = refused(at(server, reply_bytes=100_000))
    assert "more than 100,000 bytes" in str(error) and error.usd == PRICE


def test_a_job_that_fails_says_why_and_is_forgotten(tmp_path: Path) -> None:
    with painting(tmp_path, failing="the words are not allowed") as server:
        error = refused(at(server, "video_generator"), moving(tmp_path))
        assert "the job is failed: the words are not allowed" in str(error)
        assert error.usd == PRICE and server.jobs == {}


def test_a_job_that_takes_too_long_is_given_up_and_forgotten(tmp_path: Path) -> None:
    with painting(tmp_path, looks=10_000) as server:
        error = refused(at(server, "video_generator", timeout=1.0), moving(tmp_path))
        assert "no video within 1 s" in str(error)
        assert error.usd == PRICE and server.jobs == {}


def test_asking_after_a_job_may_fail_for_a_while(server: PictureServer, tmp_path: Path) -> None:
    odd: list[str] = []

    def shaky(sent: Sent) -> Reply | None:
        if sent.method != "GET" or odd.count(sent.path) >= 2:
            return None
        odd.append(sent.path)
        return told(503, {"error": "busy"})

    server.trouble = shaky
    assert made(at(server, "video_generator"), moving(tmp_path)).suffix == ".mp4"
    assert len(odd) == 4 and len(server.asked("POST")) == 1


def test_a_video_that_cannot_be_fetched_stays_at_the_server(
    server: PictureServer, tmp_path: Path
) -> None:
    server.trouble = lambda s: told(500, {}) if s.path.endswith("content") else None
    error = refused(at(server, "video_generator"), moving(tmp_path))
    assert "lies at the server as video/job 0=" in str(error) and error.usd == PRICE
    assert server.jobs and not server.asked("DELETE")


def test_without_its_key_nothing_is_sent(server: PictureServer) -> None:
    endpoint = Endpoint(server.url, "fox-1", "THE_KEY")
    own = EndpointGenerator("image_generator", endpoint, Terms())
    with pytest.raises(ModelMissing, match="THE_KEY"):
        own.generate(ORDER, Watch())
    assert server.seen == []


def test_what_is_larger_than_is_sent_stays_here(server: PictureServer, tmp_path: Path) -> None:
    order = moving(tmp_path)
    assert order.given is not None
    size = order.given.stat().st_size
    error = refused(at(server, "video_generator", reply_bytes=size - 1), order)
    assert f"has {size:,} bytes, and at most {size - 1:,} are sent" in str(error)
    assert (error.usd, server.seen) == (0.0, [])


def test_a_call_ends_with_the_time_that_is_left_for_its_step(tmp_path: Path) -> None:
    with painting(tmp_path, looks=10_000) as server:
        own = at(server, "video_generator", timeout=600.0)
        begun = time.monotonic()
        with pytest.raises(NotGenerated, match="no video within 1 s"):
            own.generate(moving(tmp_path), Watch(seconds=1.0))
        own.close()
        assert time.monotonic() - begun < 30
