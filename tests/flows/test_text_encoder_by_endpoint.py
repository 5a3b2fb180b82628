"""A text encoder at an endpoint: named by the environment, known to the store, shown, forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.models.build import build_models
from agents.models.openai_compatible.connection import Opener
from agents.runtime import open_runtime
from configs.settings import Settings
from flows.wiring import text_encoder_spec
from tests.end_to_end.scripted_bench import MODELS
from tests.flows.library import backtrail, ferry, scripted_home
from tests.simulator.faults import Fault, Trouble
from tests.simulator.server import WorldServer, serving
from tests.simulator.world import world_of

KEY = "sk-vectors-4711"
QUESTION = "When does the ferry leave?"


def specs(settings: Settings) -> tuple[object, ...]:
    """Scripted models, and the text encoder that the settings name."""
    own = text_encoder_spec(settings)
    if own.adapter == "embedded":
        return MODELS
    return (*(spec for spec in MODELS if spec.role != "text_encoder"), own)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[WorldServer]:
    opened: list[Opener] = []

    def opener() -> Opener:
        opened.append(Opener())
        return opened[-1]

    world = world_of({"name": "w", "seconds": 1})
    # a context within that of the home, as what is put in place last is taken away first
    with scripted_home(tmp_path), serving(world, KEY) as own, pytest.MonkeyPatch.context() as patch:
        patch.setattr("agents.models.openai_compatible.embeddings.Opener", opener)
        patch.setattr("flows.wiring.model_specs", specs)
        patch.setenv("BACKTRAIL_EMBEDDING__BASE_URL", own.url)
        patch.setenv("BACKTRAIL_EMBEDDING__MODEL", "words-of-theirs")
        patch.setenv("BACKTRAIL_EMBEDDING__API_KEY", KEY)
        patch.setenv("BACKTRAIL_EMBEDDING__INPUT_USD", "1.0")
        yield own
        for each in opened:
            each.close()
        build_models.cache_clear()
        open_runtime.cache_clear()


def test_texts_are_encoded_at_the_endpoint(server: WorldServer, tmp_path: Path) -> None:
    assert backtrail("ingest", ferry(tmp_path)).code == 0
    before = server.requests
    assert before > 0
    result = backtrail("ask", QUESTION, "--json").object
    assert "nine thirty" in result["answer"]
    assert result["models"]["text_encoder"] == "words-of-theirs"
    spent = result["usage"]["roles"]["text_encoder"]
    assert spent["calls"] == server.requests - before >= 1
    assert result["usage"]["usd"] == spent["usd"] > 0
    assert result["usage"]["llm_calls"] == 0
    again = backtrail("ask", QUESTION, "--json").object["usage"]
    assert (again["roles"], again["usd"]) == ({}, None)
    kept = "".join(path.read_text() for path in (tmp_path / "cache").rglob("*.json"))
    assert kept and KEY not in kept
    assert backtrail("forget", "ferry.mp4").code == 0
    assert not list((tmp_path / "cache" / "models" / "vectors").rglob("*.json"))


def test_a_store_of_another_encoder_is_refused_until_reembedded(
    server: WorldServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BACKTRAIL_EMBEDDING__BASE_URL")
    assert backtrail("ingest", ferry(tmp_path)).code == 0
    monkeypatch.setenv("BACKTRAIL_EMBEDDING__BASE_URL", server.url)
    refused = backtrail("ask", QUESTION, "--json")
    assert refused.code != 0
    error = refused.object["error"]
    assert "words-of-theirs" in error["message"] and "reembed" in error["hint"]
    assert backtrail("reembed", "--json").object["reembedded"]["texts"] > 0
    assert "nine thirty" in backtrail("ask", QUESTION, "--json").object["answer"]


def test_models_and_doctor_show_it_and_whether_it_answers(
    server: WorldServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def listed() -> tuple[str, bool, str]:
        roles = {r["role"]: r for r in backtrail("models", "--json").object["models"]}
        own = roles["text_encoder"]
        return own["model"], own["ready"], own["why"]

    assert listed() == ("words-of-theirs", True, "named by BACKTRAIL_EMBEDDING__BASE_URL")
    monkeypatch.setenv("BACKTRAIL_EMBEDDING__MODEL", "another")
    server.trouble = Trouble(Fault.REFUSES)
    name, ready, why = listed()
    assert (name, ready) == ("another", False)
    assert "incorrect key" in why and KEY not in why
    checks = {c["what"]: c for c in backtrail("doctor", "--json").object["checks"]}
    assert not checks["model: text_encoder"]["well"]


def test_a_question_survives_an_endpoint_that_fails(server: WorldServer, tmp_path: Path) -> None:
    assert backtrail("ingest", ferry(tmp_path)).code == 0
    server.trouble = Trouble(Fault.REFUSES)
    said = backtrail("ask", QUESTION, "--json")
    assert said.code == 0, said.out
    assert "nine thirty" in said.object["answer"]
    assert "words-of-theirs failed" in said.object["searched"]
