"""A dead endpoint of a model is told as what it is, and `doctor --probe` finds it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agents.models.openai_compatible.endpoint import Endpoint
from agents.models.ports import ModelSpec
from agents.models.probe import probe_vectors
from flows.endpoints import secret
from flows.wiring import runtime_of
from tests.flows.library import backtrail, close_models, ferry, scripted_home
from tests.flows.test_ask_with_models import KEY, QUESTION, WORLD
from tests.simulator.faults import Fault, Trouble
from tests.simulator.frames import write_video
from tests.simulator.server import MODEL, WorldServer, serving

KNOWN = "When does the ferry leave?"
"""A question that the embedded agents answer."""
TOLD = "Note: language models failed, so the embedded agents answered (reader"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WorldServer]:
    """A home with the ferry and the deck, and an environment that names a model for both."""
    with scripted_home(tmp_path), serving(WORLD, KEY) as own:
        assert backtrail("ingest", ferry(tmp_path)).code == 0
        assert backtrail("ingest", write_video(WORLD, tmp_path / "deck.mp4")).code == 0
        monkeypatch.setenv("BACKTRAIL_LLM__BASE_URL", own.url)
        monkeypatch.setenv("BACKTRAIL_LLM__MODEL", MODEL)
        monkeypatch.setenv("BACKTRAIL_LLM__API_KEY", KEY)
        yield own
        close_models()


@pytest.fixture
def closed_port() -> str:
    """The URL of an endpoint at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}/v1"


def test_the_embedded_agents_answer_for_a_dead_endpoint_and_the_result_says_so(
    server: WorldServer, closed_port: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("BACKTRAIL_LLM__BASE_URL", closed_port)
    page = tmp_path / "answer.html"
    asked = ("ask", KNOWN, "--video", "ferry.mp4")
    result = backtrail(*asked, "--json", "--report", page).object
    assert (result["status"], "nine thirty" in result["answer"]) == ("answered", True)
    assert result["fallback"].startswith("reader: scripted-world failed: ")
    assert set(result["failed_roles"]) >= {"planner", "reader"}
    assert result["models"]["reader"] == "learned ranking"
    assert TOLD in page.read_text("utf-8")
    said = backtrail(*asked)
    assert said.code == 0 and "nine thirty" in said.out and TOLD in said.out
    close_models()


def test_nothing_found_by_a_dead_endpoint_does_not_look_like_nothing_there(
    server: WorldServer,
) -> None:
    server.trouble = Trouble(Fault.REFUSES)
    said = backtrail("ask", QUESTION, "--video", "deck.mp4")
    assert "No answer" in said.out and TOLD in said.out
    assert KEY not in said.out + said.err


def test_an_honest_abstention_of_a_model_names_no_failure(server: WorldServer) -> None:
    said = backtrail("ask", "what hides below the violin?", "--json").object
    assert (said["status"], said["fallback"], said["failed_roles"]) == ("abstained", None, {})
    assert said["models"]["reader"] == MODEL


def test_the_embedded_agents_spend_what_is_left_of_the_budget(server: WorldServer) -> None:
    server.trouble = Trouble(Fault.REFUSES)
    asked = ("ask", QUESTION, "--video", "deck.mp4", "--budget", "looks=1", "--json")
    result = backtrail(*asked).object
    assert result["fallback"] and result["usage"]["looks"] <= 1


def test_by_a_setting_it_is_an_error_with_an_exit_code_of_its_own(
    server: WorldServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKTRAIL_FAILED_MODELS", "fail")
    server.trouble = Trouble(Fault.REFUSES)
    said = backtrail("ask", KNOWN, "--video", "ferry.mp4", "--json")
    assert (said.code, said.object["error"]["code"]) == (3, "models_gone")
    assert "reader: scripted-world failed: status_code: 401" in said.object["error"]["message"]
    assert "doctor --probe" in said.object["error"]["hint"]
    assert KEY not in said.out + said.err
    assert not runtime_of().store.runs("default"), "nothing is kept of it"
    server.trouble = None
    assert backtrail("ask", KNOWN, "--video", "ferry.mp4", "--no-cache", "--json").code == 0


def test_a_probe_asks_each_role_for_one_word(
    server: WorldServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKTRAIL_VLM__MODEL", MODEL)
    found = {check["role"]: check for check in probed()}
    assert set(found) == {
        *("planner", "navigator", "reader", "verifier", "summariser", "captioner"),
    }
    assert all(check["well"] and 0 < check["seconds"] < 10 for check in found.values())
    assert (found["reader"]["answer"], found["reader"]["model"]) == ("ready", MODEL)
    assert found["captioner"]["answer"] == "blue", "it was shown a picture"
    again = server.requests
    probed()
    assert server.requests == again + 6, "no answer is kept"
    assert f"asked: reader: {MODEL}, " in backtrail("doctor", "--probe").out


def test_a_probe_asks_an_encoder_at_an_endpoint_too(server: WorldServer) -> None:
    at = Endpoint(server.url, "vectors", "BACKTRAIL_LLM__API_KEY")
    specs = (ModelSpec("text_encoder", "openai_compatible", "vectors", (), at),)
    (well,) = probe_vectors(specs, secret)
    assert (well.role, well.model, well.error) == ("text_encoder", "vectors", "")
    assert well.answer.endswith(" numbers")
    server.trouble = Trouble(Fault.NULL)
    (broken,) = probe_vectors(specs, secret)
    assert "vectors failed" in broken.error and not broken.answer
    assert probe_vectors((ModelSpec("text_encoder", "embedded"),), secret) == []


def probed() -> list[dict[str, Any]]:
    """What a probe found of each role."""
    checks = backtrail("doctor", "--probe", "--json").object["checks"]
    return [check for check in checks if check["what"].startswith("asked")]


def test_a_probe_names_the_model_that_does_not_answer(
    server: WorldServer, closed_port: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.trouble = Trouble(Fault.REFUSES)
    said = backtrail("doctor", "--probe")
    assert said.code == 1
    assert f"BAD asked: reader: {MODEL}, " in said.out and "401" in said.out
    assert KEY not in said.out + said.err
    assert server.requests == 5, "each role is tried once"
    monkeypatch.setenv("BACKTRAIL_LLM__BASE_URL", closed_port)
    assert all("Connection error" in str(check["error"]) for check in probed())


def test_without_endpoints_a_probe_asks_nobody(tmp_path: Path) -> None:
    with scripted_home(tmp_path):
        said = backtrail("doctor", "--probe", "--json").object
    (check,) = [check for check in said["checks"] if check["what"] == "asked"]
    assert check["well"] and "none was asked" in check["found"]
