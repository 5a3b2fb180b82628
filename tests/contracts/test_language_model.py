"""Language models: whatever the server does, a call ends with a checked reply or one clear error.

Real HTTP on this machine, against the scripted server that ships.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from pydantic import BaseModel

from agents.budget import Budget, Meter
from agents.errors import AgentsError, BudgetExhausted, ModelFailed, ModelMissing
from agents.models.cache import ReplyCache, forget_video
from agents.models.chat import Picture, Prompt
from agents.models.openai_compatible.client import OpenAICompatible
from agents.models.openai_compatible.endpoint import Endpoint, Price, RetryPolicy
from agents.models.openai_compatible.pictures import as_picture
from agents.models.openai_compatible.transport import Refused, http_client
from tests.simulator.faults import Fault, Trouble
from tests.simulator.server import WorldServer, serving
from tests.simulator.world import world_of

KEY = "sk-very-secret-4711"
WORLD = world_of(
    {
        "name": "office",
        "seconds": 60,
        "facts": [{"id": "note", "text": "the note says 4711", "start": 30, "end": 33}],
        "questions": [
            {"question": "what is on the note?", "answer": "4711", "needs": ["note"]},
        ],
    }
)
CONTENT = (
    'Question: "what is on the note?"\n[1] video 1, 0:30.0-0:33.0, caption: "the note says 4711"'
)


class Reading(BaseModel):
    answer: str
    cited: list[int]
    confident: bool


PROMPT = Prompt("reader", "Answer from the rows.", CONTENT, video_ids=("v_1",))
Connect = Callable[..., OpenAICompatible]


def retry_policy(**changes: float) -> RetryPolicy:
    return RetryPolicy(**({"attempts": 3, "first_wait": 0.01, "timeout": 5.0} | changes))  # type: ignore[arg-type]


@pytest.fixture
def server() -> Iterator[WorldServer]:
    with serving(WORLD, KEY) as own:
        yield own


@pytest.fixture
def connect(server: WorldServer) -> Iterator[Connect]:
    opened: list[OpenAICompatible] = []

    def make(cache: ReplyCache | None = None, **changes: object) -> OpenAICompatible:
        values: dict[str, object] = {"secret": "THE_KEY", "retry": retry_policy()} | changes
        endpoint = Endpoint(server.url, "scripted-world", **values)  # type: ignore[arg-type]
        opened.append(OpenAICompatible(endpoint, {"THE_KEY": KEY}.__getitem__, cache))
        return opened[-1]

    yield make
    for model in opened:
        model.close()


def ask(model: OpenAICompatible, meter: Meter | None = None) -> Reading:
    return model.ask(PROMPT, Reading, meter or Meter(Budget()))


@pytest.mark.parametrize("output", ["native", "prompted"])
def test_a_reply_is_a_checked_value_and_is_paid_for(
    connect: Connect, server: WorldServer, output: str
) -> None:
    meter = Meter(Budget())
    reply = ask(connect(output=output, price=Price(1.0, 2.0)), meter)
    assert reply == Reading(answer="4711", cited=[1], confident=True)
    assert (meter.llm_calls, meter.vlm_calls, server.requests) == (1, 0, 1)
    assert meter.input_tokens > 10 and meter.output_tokens > 5
    assert meter.usd == pytest.approx((meter.input_tokens + 2 * meter.output_tokens) / 1e6)


def test_pictures_arrive_with_their_number_time_and_size(
    connect: Connect, server: WorldServer
) -> None:
    image = np.zeros((400, 800, 3), np.uint8)
    prompt = Prompt("captioner", "Describe.", "x", (as_picture(image, 1_500_000, 320),))
    meter = Meter(Budget())
    connect().ask(prompt, Reading, meter)
    assert server.seen[0].pictures == ((None, 320),)
    assert "Picture 1, at 0:01.5:" in server.seen[0].text
    assert (meter.llm_calls, meter.vlm_calls) == (0, 1)


@pytest.mark.parametrize("fault", [Fault.STORM, Fault.ERROR, Fault.RESET, Fault.CUT_BODY])
def test_a_passing_failure_of_the_wire_is_retried(
    connect: Connect, server: WorldServer, fault: Fault
) -> None:
    server.trouble = Trouble(fault, times=2, seconds=0.02)
    meter = Meter(Budget())
    assert ask(connect(), meter).answer == "4711"
    assert (server.requests, meter.llm_calls) == (3, 1)


def test_retry_after_is_honoured(connect: Connect, server: WorldServer) -> None:
    server.trouble = Trouble(Fault.STORM, times=1, seconds=0.6)
    started = time.monotonic()
    assert ask(connect()).answer == "4711"
    assert time.monotonic() - started >= 0.6


def test_a_server_that_asks_for_too_long_a_wait_is_given_up(
    connect: Connect, server: WorldServer
) -> None:
    server.trouble = Trouble(Fault.STORM, seconds=3600)
    with pytest.raises(ModelFailed):
        ask(connect())
    assert server.requests == 1


UNTRUE = {Fault.BRACES, Fault.CONFIDENT, Fault.NEVER, Fault.SAME_SEGMENT, Fault.BAD_NUMBERS}
"""Faults whose replies are well formed."""
PERSISTENT = [fault for fault in Fault if fault not in UNTRUE | {Fault.STALL}]


@pytest.mark.parametrize("fault", PERSISTENT)
def test_what_does_not_pass_ends_as_one_error_soon(
    connect: Connect, server: WorldServer, fault: Fault
) -> None:
    server.trouble = Trouble(fault, seconds=0.01)
    meter = Meter(Budget())
    with pytest.raises(ModelFailed) as failure:
        ask(connect(), meter)
    assert KEY not in f"{failure.value} {failure.value.hint} {failure.value.__cause__}"
    assert server.requests <= 3
    assert 1 <= meter.llm_calls <= 2


@pytest.mark.parametrize("fault", [Fault.TRUNCATED, Fault.WRONG_TYPES, Fault.NULL, Fault.PROSE])
def test_an_invalid_reply_is_repaired_once(
    connect: Connect, server: WorldServer, fault: Fault
) -> None:
    server.trouble = Trouble(fault, times=1)
    meter = Meter(Budget())
    assert ask(connect(), meter).answer == "4711"
    assert (server.requests, meter.llm_calls) == (2, 2)
    server.trouble = Trouble(fault, times=2)
    with pytest.raises(ModelFailed):
        ask(connect())
    assert server.requests == 4


def test_braces_quotes_and_fences_do_no_harm(connect: Connect, server: WorldServer) -> None:
    server.trouble = Trouble(Fault.BRACES)
    assert ask(connect()).answer == "4711 {as 'shown'}"
    assert server.requests == 1


def test_a_stall_ends_at_the_wall_clock(connect: Connect, server: WorldServer) -> None:
    server.trouble = Trouble(Fault.STALL, seconds=20)
    started = time.monotonic()
    with pytest.raises(ModelFailed, match="no reply within"):
        ask(connect(retry=retry_policy(timeout=0.5)))
    with pytest.raises(ModelFailed, match="no reply within"):
        ask(connect(), Meter(Budget(seconds=0.4)))
    assert time.monotonic() - started < 5


def test_a_failing_endpoint_is_left_alone_and_tried_again_later(
    connect: Connect, server: WorldServer
) -> None:
    server.trouble = Trouble(Fault.ERROR, times=3)
    model = connect(retry=retry_policy(trip_after=3, rest=0.5))
    meter = Meter(Budget())
    with pytest.raises(ModelFailed):
        ask(model, meter)
    with pytest.raises(ModelFailed, match=r"rests|Connection"):
        ask(model, meter)
    assert (server.requests, meter.llm_calls) == (3, 1)
    time.sleep(0.55)
    assert ask(model, meter).answer == "4711"


def test_a_redirect_to_another_host_is_not_followed(connect: Connect, server: WorldServer) -> None:
    with serving(WORLD) as other:
        for elsewhere in (f"{other.url}/chat/completions", f"{server.url}/elsewhere"):
            server.trouble = Trouble(Fault.REDIRECT, elsewhere=elsewhere)
            with pytest.raises(ModelFailed):
                ask(connect())
        assert (server.requests, other.requests) == (2, 0)


def test_no_request_goes_to_a_host_that_is_not_configured(server: WorldServer) -> None:
    async def go(url: str) -> None:
        client, _ = http_client(Endpoint(server.url, "m", retry=retry_policy()))
        async with client:
            await client.get(url)

    with serving(WORLD) as other:
        for url in (other.url, server.url.replace("http:", "https:"), "http://localhost:9/v1"):
            with pytest.raises(Refused):
                asyncio.run(go(url))
        assert (server.requests, other.requests) == (0, 0)


def test_an_interrupted_call_really_stops(connect: Connect, server: WorldServer) -> None:
    server.trouble = Trouble(Fault.STALL, seconds=20)
    model = connect(retry=retry_policy(timeout=20))

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 1.0)
    try:
        with pytest.raises(KeyboardInterrupt):
            ask(model)
    finally:
        signal.signal(signal.SIGALRM, before)
    connection = model._opener._open
    assert connection is not None
    deadline = time.monotonic() + 5
    while asyncio.all_tasks(connection._worker._loop) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not asyncio.all_tasks(connection._worker._loop)
    assert server.requests == 1


@pytest.mark.parametrize(
    "limit",
    [Budget(calls=0), Budget(tokens=20), Budget(seconds=0.0), Budget(usd=1e-9)],
)
def test_a_call_that_the_budget_does_not_allow_is_not_made(
    connect: Connect, server: WorldServer, limit: Budget
) -> None:
    with pytest.raises(BudgetExhausted):
        ask(connect(price=Price(1.0, 1.0)), Meter(limit))
    assert server.requests == 0


def test_the_repair_round_needs_budget_too(connect: Connect, server: WorldServer) -> None:
    server.trouble = Trouble(Fault.PROSE)
    meter = Meter(Budget(calls=1))
    with pytest.raises(AgentsError):
        ask(connect(), meter)
    assert (server.requests, meter.llm_calls) == (1, 1)


def test_a_kept_reply_costs_nothing_and_is_forgotten_with_its_video(
    connect: Connect, server: WorldServer, tmp_path: Path
) -> None:
    cache = ReplyCache(tmp_path)
    first = ask(connect(cache))
    meter = Meter(Budget(calls=0))
    assert ask(connect(cache), meter) == first
    assert (server.requests, meter.llm_calls, meter.input_tokens) == (1, 0, 0)
    connect(cache).ask(Prompt("reader", "", CONTENT, video_ids=("v_2",)), Reading, Meter(Budget()))
    assert forget_video(cache, "v_1") == 1
    ask(connect(cache))
    assert server.requests == 3
    owners = sorted(entry["videos"] for _, entry in cache.entries())
    assert owners == [["v_1"], ["v_2"]]


def test_any_difference_is_another_call(
    connect: Connect, server: WorldServer, tmp_path: Path
) -> None:
    cache = ReplyCache(tmp_path)
    meter = Meter(Budget())
    one = Picture(as_picture(np.zeros((64, 64, 3), np.uint8), 0, 64).jpeg, 0)
    two = Picture(as_picture(np.full((64, 64, 3), 90, np.uint8), 0, 64).jpeg, 0)
    for prompt in (
        PROMPT,
        Prompt("reader", "Otherwise.", CONTENT),
        Prompt("reader", PROMPT.instructions, CONTENT, (one,)),
        Prompt("reader", PROMPT.instructions, CONTENT, (two,)),
    ):
        connect(cache).ask(prompt, Reading, meter)
    ask(connect(cache, temperature=0.5))
    assert server.requests == 5


def test_a_damaged_kept_reply_is_asked_for_again(
    connect: Connect, server: WorldServer, tmp_path: Path
) -> None:
    cache = ReplyCache(tmp_path)
    ask(connect(cache))
    for path in tmp_path.rglob("*.json"):
        path.write_text('{"version": "1", "videos": [], "reply": "{}"}')
    assert ask(connect(cache)).answer == "4711"
    for path in tmp_path.rglob("*.json"):
        path.write_text("{")
    assert ask(connect(cache)).answer == "4711"
    assert server.requests == 3


def test_keys_are_nowhere(
    connect: Connect, server: WorldServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    model = connect(ReplyCache(tmp_path))
    ask(model)
    server.trouble = Trouble(Fault.REFUSES)
    with pytest.raises(ModelFailed, match=r"\[key\]"):
        model.ask(Prompt("reader", "", CONTENT), Reading, Meter(Budget()))
    kept = "".join(path.read_text() for path in tmp_path.rglob("*.json"))
    assert kept
    assert KEY not in kept + caplog.text + repr(model) + repr(model.endpoint)


def test_a_missing_key_or_a_url_with_credentials_is_refused() -> None:
    for endpoint in (
        Endpoint("http://127.0.0.1:9/v1", "m", secret="NO_SUCH_KEY"),
        Endpoint("http://me:pw@127.0.0.1:9/v1", "m"),
        Endpoint("ftp://127.0.0.1/v1", "m"),
        Endpoint("http://127.0.0.1:9/v1", ""),
    ):
        with pytest.raises(ModelMissing) as refusal:
            OpenAICompatible(endpoint, lambda name: "").ask(PROMPT, Reading, Meter(Budget()))
        assert "pw" not in str(refusal.value)


def test_pictures_that_are_too_many_or_too_large_are_not_sent(
    connect: Connect, server: WorldServer
) -> None:
    picture = as_picture(np.zeros((64, 64, 3), np.uint8), 0, 64)
    for model in (connect(most_pictures=1), connect(picture_bytes=100)):
        with pytest.raises(ModelFailed, match="too"):
            model.ask(Prompt("r", "", "x", (picture, picture)), Reading, Meter(Budget()))
    assert server.requests == 0
    noise = np.random.default_rng(0).integers(0, 255, (900, 900, 3), np.uint8)
    assert len(as_picture(noise, 0, 900, 50_000).jpeg) <= 50_000
