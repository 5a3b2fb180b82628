"""Models inside flow runs: queues that all runs share, and replies that a retry finds again."""

from __future__ import annotations

import contextvars
import json
import threading
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path

import pytest
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.testing.utilities import prefect_test_harness
from pydantic import BaseModel

from agents.budget import Budget, Meter
from agents.errors import ModelFailed, ModelsGone
from agents.models.chat import Prompt
from agents.models.openai_compatible.client import OpenAICompatible
from agents.models.openai_compatible.embeddings import EndpointTextEncoder
from agents.models.openai_compatible.endpoint import Endpoint, RetryPolicy
from agents.models.openai_compatible.middleware import PLAIN, Middleware, queue_name
from configs.settings import load_settings
from flows.ask import ask
from flows.endpoints import replies_folder
from tasks.models import make_limit, middleware_in_flows
from tests.flows.library import backtrail, close_models, scripted_home
from tests.flows.test_ask_with_models import KEY, WORLD
from tests.simulator.faults import Fault, Trouble
from tests.simulator.frames import write_video
from tests.simulator.server import MODEL, WorldServer, serving

QUESTION = "what lands on the deck?"

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


class Reading(BaseModel):
    answer: str
    cited: list[int]
    confident: bool


@pytest.fixture(scope="module")
def prefect_server() -> Iterator[None]:
    with prefect_test_harness(server_startup_timeout=180):
        yield


@pytest.fixture
def server(prefect_server: None) -> Iterator[WorldServer]:
    with serving(WORLD) as own:
        yield own


def at_once(
    server: WorldServer, folder: Path, around: Middleware, places: int, runs: int = 3
) -> int:
    """Most requests at once of so many flow runs, each with a client of its own."""
    server.pause, server.most_at_once = 0.15, 0
    failures: list[BaseException] = []
    together = threading.Barrier(runs)

    @flow
    def asks(number: int) -> None:
        endpoint = Endpoint(server.url, MODEL, concurrency=places, retry=RetryPolicy(timeout=60))
        model = OpenAICompatible(endpoint, middleware=around)
        encoder = EndpointTextEncoder(endpoint, folder / str(number), 64, middleware=around)
        together.wait(60)
        for turn in range(2):
            prompt = Prompt("reader", "Answer from the rows.", f"{number} {turn}")
            model.ask(prompt, Reading, Meter(Budget()))
            encoder.encode([f"{number} {turn}"])
        model.close()
        encoder.close()

    def run(number: int) -> None:
        try:
            asks(number)
        except BaseException as error:
            failures.append(error)

    threads = [
        threading.Thread(target=contextvars.copy_context().run, args=(run, number))
        for number in range(runs)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    return server.most_at_once


@pytest.mark.slow
def test_runs_of_flows_share_the_places_of_an_endpoint(server: WorldServer, tmp_path: Path) -> None:
    around = middleware_in_flows(tmp_path / "replies")
    assert at_once(server, tmp_path / "a", around, 1) == 1
    name = queue_name(Endpoint(server.url, MODEL))
    with get_client(sync_client=True) as client:
        assert client.read_global_concurrency_limit_by_name(name).limit == 1
    assert at_once(server, tmp_path / "b", PLAIN, 1) > 1


def test_who_finds_no_place_in_time_says_so(server: WorldServer, tmp_path: Path) -> None:
    endpoint = Endpoint(server.url, MODEL, retry=RetryPolicy(timeout=1.0))
    make_limit(queue_name(endpoint), 0)
    make_limit(queue_name(endpoint), 5)
    model = OpenAICompatible(endpoint, middleware=middleware_in_flows(tmp_path))

    @flow
    def asks() -> None:
        model.ask(Prompt("reader", "", "x"), Reading, Meter(Budget()))

    with pytest.raises(ModelFailed):
        asks()
    assert server.requests == 0
    with get_client(sync_client=True) as client:
        client.delete_global_concurrency_limit_by_name(queue_name(endpoint))
    model.ask(Prompt("reader", "", "x"), Reading, Meter(Budget()))
    assert server.requests == 1  # outside of a flow there is no queue
    model.close()


@pytest.fixture
def deck(server: WorldServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home with one video, and an environment that names the scripted model."""
    with scripted_home(tmp_path):
        assert backtrail("ingest", write_video(WORLD, tmp_path / "deck.mp4")).code == 0
        monkeypatch.setenv("BACKTRAIL_LLM__BASE_URL", server.url)
        monkeypatch.setenv("BACKTRAIL_LLM__MODEL", MODEL)
        monkeypatch.setenv("BACKTRAIL_LLM__API_KEY", KEY)
        monkeypatch.setenv("BACKTRAIL_VLM__MODEL", MODEL)
        yield tmp_path
        close_models()


def test_a_retried_run_pays_each_call_once(
    deck: Path, server: WorldServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = [RuntimeError("the power went")]

    def artifacts(*_: object) -> None:
        if failing:
            raise failing.pop()

    monkeypatch.setattr("flows.ask.answer_artifacts", artifacts)
    result = ask.with_options(retries=1)(QUESTION, cached=False)
    assert (result.answer, failing) == ("a gull", [])
    assert server.requests >= 5
    assert len(server.seen) == len(set(map(str, server.seen))), "a call was paid twice"
    assert "Model Request" in " ".join(tasks_of(result.flow_run_id))


def test_replies_for_retries_go_with_the_run_or_with_the_video(
    deck: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = replies_folder(load_settings())
    ask(QUESTION, cached=False)
    assert not list(folder.glob("*"))

    def artifacts(*_: object) -> None:
        raise RuntimeError("the power went")

    monkeypatch.setattr("flows.ask.answer_artifacts", artifacts)
    with pytest.raises(RuntimeError):
        ask(QUESTION, cached=False)
    kept = list(folder.glob("*"))
    assert len(kept) >= 3
    replies = b"".join(b64decode(json.loads(path.read_text())["result"]) for path in kept)
    assert b"gull" in replies and KEY.encode() not in replies
    assert backtrail("forget", "deck.mp4").code == 0
    assert not list(folder.glob("*"))


def tasks_of(flow_run_id: str | None) -> list[str]:
    with get_client(sync_client=True) as client:
        runs = client.read_task_runs(
            flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=[flow_run_id]))  # type: ignore[arg-type]
        )
    return [run.name for run in runs]


@pytest.mark.parametrize("fault", [Fault.PROSE, Fault.REFUSES, Fault.STALL])
def test_a_call_that_fails_in_a_flow_is_one_error_and_the_flow_goes_on(
    server: WorldServer, tmp_path: Path, fault: Fault
) -> None:
    endpoint = Endpoint(server.url, MODEL, retry=RetryPolicy(attempts=1, timeout=3.0))
    model = OpenAICompatible(endpoint, middleware=middleware_in_flows(tmp_path))

    @flow
    def asks() -> str:
        server.trouble = Trouble(fault, seconds=20)
        with pytest.raises(ModelFailed):
            model.ask(Prompt("reader", "", "x"), Reading, Meter(Budget()))
        failed = server.requests
        server.trouble = None
        model.ask(Prompt("reader", "", "y"), Reading, Meter(Budget()))
        return f"{failed} {server.requests}"

    assert asks() == ("2 3" if fault is Fault.PROSE else "1 2")
    model.close()


@pytest.mark.parametrize("setting", ["fail", "fallback"])
def test_a_run_whose_models_are_dead_shows_it(
    server: WorldServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    with scripted_home(tmp_path):
        assert backtrail("ingest", write_video(WORLD, tmp_path / "deck.mp4")).code == 0
        monkeypatch.setenv("BACKTRAIL_LLM__BASE_URL", server.url)
        monkeypatch.setenv("BACKTRAIL_LLM__MODEL", MODEL)
        monkeypatch.setenv("BACKTRAIL_FAILED_MODELS", setting)
        server.trouble = Trouble(Fault.REFUSES)
        state = ask(QUESTION, return_state=True)
        close_models()
    run_id = state.state_details.flow_run_id
    assert run_id is not None
    with get_client(sync_client=True) as client:
        run = client.read_flow_run(run_id)
    assert "models gone" in run.tags
    assert run.state is not None
    if setting == "fail":
        assert run.state.is_failed() and "401" in str(run.state.message)
        with pytest.raises(ModelsGone, match="reader"):
            state.result()
    else:
        assert run.state.is_completed() and state.result().fallback
