"""What models will cost at ingest is told before, without asking one, and holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.ingest.estimate import ingest_calls
from flows.cli.ingest import told as told_of
from tests.flows.library import backtrail, close_models, scripted_home
from tests.flows.test_ask_with_models import WORLD
from tests.simulator.frames import write_video
from tests.simulator.server import MODEL, WorldServer, serving


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WorldServer]:
    with scripted_home(tmp_path), serving(WORLD) as own:
        monkeypatch.setenv("BACKTRAIL_LLM__BASE_URL", own.url)
        monkeypatch.setenv("BACKTRAIL_LLM__MODEL", MODEL)
        monkeypatch.setenv("BACKTRAIL_LLM__INPUT_USD", "1.0")
        monkeypatch.setenv("BACKTRAIL_VLM__MODEL", MODEL)
        yield own
        close_models()


@pytest.mark.parametrize("mode", ["keyframes", "dense", "none"])
def test_an_estimate_of_an_ingest_holds(
    server: WorldServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    monkeypatch.setenv("BACKTRAIL_PERCEPTION__CAPTIONS", mode)
    video = write_video(WORLD, tmp_path / "deck.mp4")
    told = backtrail("ingest", video, "--estimate", "--json").object["models"]
    assert server.requests == 0
    if mode == "none":
        assert told["calls"]["most"] == 0 and told["roles"] == {}
        return
    (entry,) = backtrail("ingest", video, "--json").object["videos"]
    usage = entry["usage"]
    spent = {
        "calls": usage["llm_calls"] + usage["vlm_calls"],
        "tokens": usage["input_tokens"] + usage["output_tokens"],
        "usd": usage["usd"],
        "frames": sum(role["frames"] for role in usage["roles"].values()),
    }
    assert spent["calls"] == server.requests > 0
    for name, value in spent.items():
        assert told[name]["least"] <= value <= told[name]["most"], (name, value, told[name])
    lines = "\n".join(told_of(entry))
    assert "models: " in lines and "captioner " in lines
    said = backtrail("ingest", video, "--estimate")
    assert "models: " in said.out and "calls" in said.out


def test_an_endpoint_that_encodes_is_not_asked_for_an_estimate(
    server: WorldServer, tmp_path: Path
) -> None:
    from flows.wiring import text_encoder_spec
    from tests.end_to_end.scripted_bench import MODELS

    others = tuple(spec for spec in MODELS if spec.role != "text_encoder")
    video = write_video(WORLD, tmp_path / "deck.mp4")
    with pytest.MonkeyPatch.context() as patch:  # undone before what it covers is
        patch.setattr("flows.wiring.model_specs", lambda s: (*others, text_encoder_spec(s)))
        patch.setenv("BACKTRAIL_EMBEDDING__BASE_URL", server.url)
        patch.setenv("BACKTRAIL_EMBEDDING__MODEL", "vectors")
        told = backtrail("ingest", video, "--estimate", "--json").object["models"]
        assert told["roles"]["text_encoder"]["least"] >= 1
        assert backtrail("ask", "what?", "--estimate", "--json").code != 0
        assert server.requests == 0


def test_more_is_described_when_dense_and_in_longer_videos() -> None:
    sizes = {"captioner": 400, "summariser": 400}

    def expected(seconds: float, mode: str) -> tuple[int, int]:
        likely = ingest_calls(seconds, 60, mode, sizes)[1]
        calls = sum(each.count for each in likely if each.role != "text_encoder")
        return calls, sum(each.count * each.frames for each in likely)

    for mode in ("keyframes", "dense"):
        one, ten = expected(600, mode), expected(6000, mode)
        assert 8 * one[0] < ten[0] < 12 * one[0] and ten[1] == 10 * one[1]
    assert expected(600, "dense") > expected(600, "keyframes") > expected(600, "none") == (0, 0)
