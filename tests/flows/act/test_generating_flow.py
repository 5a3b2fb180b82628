"""Pictures by models from the command line: settings, money before it is spent, and the trace."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from configs.settings import load_settings
from flows.endpoints import generators_of
from tests.contracts.generators.server import painting
from tests.flows.library import backtrail, scripted_home

GOAL = 'generate an image of "a red fox" 64x64'
KEY = "sk-pictures-4711"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("BACKTRAIL_IMAGE_GENERATOR__BASE_URL", "scripted")
    monkeypatch.setenv("BACKTRAIL_IMAGE_GENERATOR__USD", "0.04")
    with scripted_home(tmp_path):
        yield tmp_path


def test_a_dry_run_shows_the_money_and_nothing_is_done(home: Path) -> None:
    told = backtrail("act", GOAL, "--dry-run", "--budget", "usd=1")
    assert told.code == 0
    assert "generate_image(prompt a red fox, width 64, height 64)" in told.out
    assert "0.04 US dollars; paid" in told.out
    assert not list((home / "store/made").rglob("*.png"))


def test_without_a_budget_for_money_it_is_refused(home: Path) -> None:
    told = backtrail("act", GOAL)
    assert told.code != 0
    assert "it would take 0.04 US dollars, and 0 are allowed (raise --budget usd=N)" in told.out


def test_nobody_at_the_terminal_is_no_approval(home: Path) -> None:
    told = backtrail("act", GOAL, "--budget", "usd=1", "--json")
    assert told.object["status"] == "declined"
    assert not list((home / "store/made").rglob("*.png"))


def test_a_setting_allows_it_and_the_trace_tells_what_it_cost(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKTRAIL_ACT__ALLOW", '["paid"]')
    monkeypatch.setenv("BACKTRAIL_ACT__USD", "1")
    made = backtrail("act", GOAL, "--json").object
    [output] = made["outputs"]
    assert (output["kind"], output["width"], output["height"]) == ("image", 64, 64)
    assert made["usage"]["usd"] == 0.04
    trace = backtrail("trace", output["artefact_id"]).out
    assert "0.04 US dollars; model scripted-pictures" in trace


def test_a_real_endpoint_gets_its_key_and_nobody_else_sees_it(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with painting(tmp_path) as server:
        monkeypatch.setenv("BACKTRAIL_IMAGE_GENERATOR__BASE_URL", server.url)
        monkeypatch.setenv("BACKTRAIL_IMAGE_GENERATOR__MODEL", "fox-1")
        monkeypatch.setenv("BACKTRAIL_IMAGE_GENERATOR__API_KEY", KEY)
        monkeypatch.setenv("BACKTRAIL_ACT__ALLOW", '["paid"]')
        made = backtrail("act", GOAL, "--budget", "usd=0.1", "--json")
        assert made.object["status"] == "completed"
        assert [sent.key for sent in server.seen] == [KEY]
        assert KEY not in made.out + made.err
        texts = [path for path in (home / "store").rglob("*") if path.is_file()]
        assert not any(KEY.encode() in path.read_bytes() for path in texts)
        generators_of(load_settings()).close()


def test_what_it_costs_must_be_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BACKTRAIL_IMAGE_GENERATOR__USD")
    told = backtrail("act", GOAL)
    assert told.code != 0 and "BACKTRAIL_IMAGE_GENERATOR__USD" in told.out + told.err
    [own] = [r for r in roles() if r["role"] == "image_generator"]
    assert not own["ready"] and "BACKTRAIL_IMAGE_GENERATOR__USD" in own["fix"]


def test_the_models_are_listed_with_their_prices(home: Path) -> None:
    told = {role["role"]: role for role in roles()}
    assert told["image_generator"]["why"] == "named by the environment; 0.04 US dollars a call"
    assert told["video_editor"]["model"] == "none"
    assert told["video_editor"]["why"] == "BACKTRAIL_VIDEO_EDITOR__BASE_URL is not set"


def test_tools_tell_which_model_makes_their_pictures_and_for_how_much(home: Path) -> None:
    lines = backtrail("tools").out.splitlines()
    [paints] = [line for line in lines if line.startswith("generate_image ")]
    [moves] = [line for line in lines if line.startswith("animate_image ")]
    assert "ready, by scripted-pictures; 0.04 US dollars a call" in paints
    assert "missing: no model plays video_generator: set BACKTRAIL_VIDEO_GENERATOR__" in moves
    told = {tool["name"]: tool for tool in backtrail("tools", "--json").object["tools"]}
    assert told["generate_image"]["models"] == {"image_generator": "scripted-pictures"}
    assert told["animate_image"]["models"] == {}


def test_doctor_names_them_and_asks_them_for_nothing(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with painting(tmp_path) as server:
        monkeypatch.setenv("BACKTRAIL_IMAGE_GENERATOR__BASE_URL", server.url)
        monkeypatch.setenv("BACKTRAIL_IMAGE_GENERATOR__MODEL", "fox-1")
        told = backtrail("doctor", "--probe").out
        assert "ok  model: image_generator: fox-1" in told
        assert "asked: image_generator: fox-1 was not asked: what it makes may cost" in told
        assert server.seen == []
    monkeypatch.delenv("BACKTRAIL_IMAGE_GENERATOR__USD")
    told = backtrail("doctor").out
    assert "BAD model: image_generator: fox-1 -> set BACKTRAIL_IMAGE_GENERATOR__USD" in told


def roles() -> list[dict[str, str]]:
    return json.loads(backtrail("models", "--json").out)["models"]
