"""Models named by the environment play their roles, from the command line to the result."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.models.local.server import MODEL as LOCAL_MODEL
from agents.models.local.server import missing
from tests.flows.library import backtrail, close_models, ferry, scripted_home
from tests.simulator.faults import Fault, Trouble
from tests.simulator.frames import write_video
from tests.simulator.server import MODEL, WorldServer, serving
from tests.simulator.world import world_of

KEY = "sk-nobody-may-see-this"
QUESTION = "which colour is the hatch?"
WORLD = world_of(
    {
        "name": "deck",
        "seconds": 16,
        "background": "the deck of a ship",
        "facts": [
            {"id": "hatch", "text": "the hatch is orange", "start": 9, "end": 12, "fps": 2,
             "side": 600},
            {"id": "gull", "text": "a gull lands twice", "start": 3, "end": 5, "fps": 2,
             "side": 600},
        ],
        "questions": [
            {"question": QUESTION, "answer": "orange", "needs": ["hatch"]},
            {"question": "what lands on the deck?", "answer": "a gull", "needs": ["gull"]},
        ],
    }
)  # fmt: skip


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WorldServer]:
    """A home with one video of the deck, and an environment that names a model for it."""
    with scripted_home(tmp_path), serving(WORLD, KEY) as own:
        assert backtrail("ingest", write_video(WORLD, tmp_path / "deck.mp4")).code == 0
        monkeypatch.setenv("BACKTRAIL_LLM__BASE_URL", own.url)
        monkeypatch.setenv("BACKTRAIL_LLM__MODEL", MODEL)
        monkeypatch.setenv("BACKTRAIL_LLM__API_KEY", KEY)
        monkeypatch.setenv("BACKTRAIL_LLM__INPUT_USD", "1.0")
        monkeypatch.setenv("BACKTRAIL_VLM__MODEL", MODEL)
        monkeypatch.setenv("BACKTRAIL_LOOK__LOOKS", "8")
        yield own
        close_models()


def test_a_question_is_answered_by_the_models(
    server: WorldServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said = backtrail("ask", QUESTION, "--json")
    result = said.object
    assert (result["status"], result["answer"], result["phase"]) == (
        "answered", "orange", "backtrack",
    )  # fmt: skip
    assert result["evidence"][0]["kind"] == "caption"
    assert 8 <= result["evidence"][0]["start"] < result["evidence"][0]["end"] <= 12.5
    usage = result["usage"]
    assert usage["llm_calls"] >= 4 and usage["vlm_calls"] >= 1 and usage["usd"] > 0
    assert result["models"]["reader"] == result["models"]["captioner"] == MODEL
    again = backtrail("ask", QUESTION, "--json").object
    assert (again["answer"], again["usage"]["llm_calls"], again["usage"]["vlm_calls"]) == (
        "orange", 0, 0,
    )  # fmt: skip
    written = "".join(p.read_text() for p in (tmp_path / "cache" / "replies").rglob("*.json"))
    assert written and KEY not in written + said.out + said.err + caplog.text


def test_a_model_that_sees_is_enough(server: WorldServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKTRAIL_VLM__BASE_URL", server.url)
    monkeypatch.setenv("BACKTRAIL_VLM__API_KEY", KEY)
    for name in ("BASE_URL", "MODEL", "API_KEY"):
        monkeypatch.delenv(f"BACKTRAIL_LLM__{name}", raising=False)
    said = backtrail("ask", QUESTION, "--json").object
    assert said["status"] == "answered" and said["models"]["reader"] == MODEL
    assert said["usage"]["vlm_calls"] > 0


def test_no_cache_pays_again_and_keeps_nothing(server: WorldServer, tmp_path: Path) -> None:
    backtrail("ask", QUESTION, "--no-cache", "--json")
    before = server.requests
    assert backtrail("ask", QUESTION, "--no-cache", "--json").object["answer"] == "orange"
    assert server.requests > before
    assert not list((tmp_path / "cache" / "replies").rglob("*.json"))


def test_forgetting_a_video_forgets_the_replies(server: WorldServer, tmp_path: Path) -> None:
    backtrail("ask", QUESTION, "--json")
    assert list((tmp_path / "cache" / "replies").rglob("*.json"))
    gone = backtrail("forget", "deck.mp4", "--json").object["removed"]
    assert gone["replies"] > 3
    assert not list((tmp_path / "cache" / "replies").rglob("*.json"))


def test_roles_can_name_other_models(server: WorldServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKTRAIL_ROLES__READER", "a-bigger-one")
    models = backtrail("ask", QUESTION, "--json").object["models"]
    assert (models["reader"], models["planner"]) == ("a-bigger-one", MODEL)
    close_models()
    monkeypatch.setenv("BACKTRAIL_ROLES__PAINTER", "x")
    said = backtrail("ask", QUESTION, "--json")
    assert said.code != 0 and "painter" in said.object["error"]["message"]
    monkeypatch.delenv("BACKTRAIL_ROLES__PAINTER")


def test_a_broken_endpoint_costs_the_answer_but_no_crash(server: WorldServer) -> None:
    server.trouble = Trouble(Fault.REFUSES)
    said = backtrail("ask", QUESTION, "--json")
    assert said.code == 0
    assert said.object["status"] in ("abstained", "budget_exhausted")
    assert "captioner: scripted-world failed" in said.object["fallback"]
    assert KEY not in said.out + said.err


@pytest.mark.parametrize("name", ["single_pass", "retrieval_only"])
def test_strategies_are_chosen_by_name(server: WorldServer, name: str) -> None:
    result = backtrail("ask", QUESTION, "--strategy", name, "--json").object
    assert (result["status"], result["usage"]["vlm_calls"]) == ("abstained", 0)
    assert len(result["rounds"]) == 1


def test_models_lists_who_plays_the_roles_of_language(
    server: WorldServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def listed() -> dict[str, tuple[str, bool]]:
        roles = backtrail("models", "--json").object["models"]
        return {role["role"]: (role["model"], role["ready"]) for role in roles}

    assert listed()["captioner"] == listed()["reader"] == (MODEL, True)
    monkeypatch.setenv("BACKTRAIL_ROLES__PAINTER", "x")
    assert listed()["planner"] == ("rules", False)
    monkeypatch.delenv("BACKTRAIL_ROLES__PAINTER")


def test_an_unknown_strategy_or_one_without_a_model_is_refused(tmp_path: Path) -> None:
    with scripted_home(tmp_path):
        assert backtrail("ingest", ferry(tmp_path)).code == 0
        for name, said in (("single_pass", "needs a language model"), ("luck", "no strategy")):
            out = backtrail("ask", "When does the ferry leave?", "--strategy", name, "--json")
            assert said in out.object["error"]["message"]


def test_usage_is_told_by_role_with_the_price_of_each_model(
    server: WorldServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKTRAIL_ROLES__READER", "a-bigger-one")
    monkeypatch.setenv(
        "BACKTRAIL_PRICES", '{"a-bigger-one": {"input_usd": 10.0, "output_usd": 50.0}}'
    )
    page = tmp_path / "answer.html"
    usage = backtrail("ask", QUESTION, "--json", "--report", page).object["usage"]
    roles = usage["roles"]
    assert set(roles) == {"planner", "navigator", "captioner", "reader", "verifier"}
    for total, part in (("input_tokens",) * 2, ("output_tokens",) * 2, ("usd",) * 2):
        assert usage[total] == pytest.approx(sum(spent[part] for spent in roles.values()))
    calls = sum(spent["calls"] for spent in roles.values())
    assert calls == usage["llm_calls"] + usage["vlm_calls"] == server.requests
    assert roles["captioner"]["frames"] >= 8 and roles["reader"]["frames"] == 0
    reader, verifier = roles["reader"], roles["verifier"]
    dear = (10 * reader["input_tokens"] + 50 * reader["output_tokens"]) / 1e6
    assert reader["usd"] == pytest.approx(dear)
    assert verifier["usd"] == pytest.approx(verifier["input_tokens"] / 1e6)
    assert 0 < sum(spent["seconds"] for spent in roles.values()) <= usage["seconds"]
    assert "a-bigger-one" in page.read_text("utf-8") and "captioner" in page.read_text("utf-8")
    said = backtrail("ask", QUESTION, "--no-cache")
    assert "models: " in said.err and "reader 1 call" in said.err and "in all $0." in said.err
    close_models()


@pytest.mark.parametrize("budget", ["", "calls=5", "looks=1", "tokens=4000,usd=0.002"])
def test_an_estimate_asks_no_model_and_holds(server: WorldServer, budget: str) -> None:
    asked = ("ask", QUESTION, "--budget", budget, "--json")
    told = backtrail(*asked, "--estimate").object
    assert server.requests == 0
    assert told["models"]["captioner"] == MODEL
    usage = backtrail(*asked).object["usage"]
    spent = {
        "calls": usage["llm_calls"] + usage["vlm_calls"],
        "tokens": usage["input_tokens"] + usage["output_tokens"],
        "usd": usage["usd"],
        "frames": sum(role["frames"] for role in usage["roles"].values()),
    }
    for name, value in spent.items():
        least, likely, most = (told[name][key] for key in ("least", "expected", "most"))
        assert least <= likely <= most
        assert value <= most, name
        assert value >= least or budget, name
    if "calls" in budget:
        assert told["calls"]["most"] == 5


def test_an_estimate_is_told_in_a_line(
    server: WorldServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said = backtrail("ask", QUESTION, "--estimate")
    assert said.code == 0 and "calls" in said.out and "$" in said.out
    strange = tmp_path / "new.mp4"
    strange.write_bytes(b"x")
    refused = backtrail("ask", QUESTION, "--estimate", "--video", strange, "--json").object
    assert "not remembered yet" in refused["error"]["message"]
    assert server.requests == 0
    monkeypatch.setenv("BACKTRAIL_LLM__BASE_URL", "")
    assert "no language model" in backtrail("ask", QUESTION, "--estimate").out
    monkeypatch.setenv("BACKTRAIL_LLM__BASE_URL", server.url)


@pytest.mark.skipif(bool(missing()), reason="not installed: the extra `local`, or libgomp1")
def test_the_local_model_takes_part(server: WorldServer, monkeypatch: pytest.MonkeyPatch) -> None:
    close_models()
    monkeypatch.setenv("BACKTRAIL_LLM__BASE_URL", "local")
    monkeypatch.setattr("flows.endpoints.LOCAL_REPLY", 24)
    for name in ("BACKTRAIL_LLM__MODEL", "BACKTRAIL_LLM__API_KEY", "BACKTRAIL_VLM__MODEL"):
        monkeypatch.delenv(name)
    roles = {r["role"]: r for r in backtrail("models", "--json").object["models"]}
    assert roles["reader"]["model"] == LOCAL_MODEL and roles["reader"]["ready"]
    result = backtrail("ask", QUESTION, "--budget", "calls=1", "--json").object
    assert result["models"]["planner"] == LOCAL_MODEL
    assert result["usage"]["roles"]["planner"]["output_tokens"] > 0
    assert server.requests == 0
