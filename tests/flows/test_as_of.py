"""Asked as of a time, no answer, search, prompt or look uses what comes later."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agents.ask.ask import time_of
from agents.ask.strategies.registry import STRATEGIES
from agents.errors import QuestionError
from memory import as_of as asof
from memory.records import SECOND
from tests.flows.library import backtrail, close_models, ferry, scripted_home
from tests.simulator.frames import write_video
from tests.simulator.server import MODEL, WorldServer, serving
from tests.simulator.world import world_of

OLD, NEW = "which platform is on the sign?", "which platform is on the sign now?"
WORLD = world_of(
    {
        "name": "station",
        "seconds": 36,
        "background": "a station hall",
        "facts": [
            {"id": "old", "text": "the sign says platform four", "start": 4, "end": 8, "fps": 2,
             "side": 600},
            {"id": "new", "text": "the sign says platform nine", "start": 26, "end": 31, "fps": 2,
             "side": 600},
        ],
        "questions": [
            {"question": OLD, "answer": "four", "needs": ["old"]},
            {"question": NEW, "answer": "nine", "needs": ["new"]},
        ],
    }
)  # fmt: skip
UNTIL = 20


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_video(WORLD, tmp_path_factory.mktemp("hall") / "hall.mp4")


@pytest.fixture
def server(hall: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WorldServer]:
    """A memory in which a question without a limit has already looked at what comes later."""
    with scripted_home(tmp_path), serving(WORLD) as own:
        assert backtrail("ingest", hall).code == 0
        monkeypatch.setenv("BACKTRAIL_LLM__BASE_URL", own.url)
        monkeypatch.setenv("BACKTRAIL_LLM__MODEL", MODEL)
        monkeypatch.setenv("BACKTRAIL_VLM__MODEL", MODEL)
        try:
            assert ask(NEW)["answer"] == "nine"
            own.seen.clear()
            yield own
        finally:
            close_models()


def ask(question: str, *more: str) -> dict[str, Any]:
    return backtrail("ask", question, "--budget", "looks=25", "--json", *more).object


def shown_later(server: WorldServer) -> list[str]:
    """What of the time after the limit reached a model."""
    texts = [s.text for s in server.seen if "nine" in s.text.replace(NEW, "")]
    times = [t for s in server.seen for t, _ in s.pictures if t is not None and t >= UNTIL]
    return [*texts, *(f"picture at {time}" for time in times)]


@pytest.mark.parametrize("name", list(STRATEGIES))
def test_no_strategy_uses_what_comes_later(server: WorldServer, name: str) -> None:
    said = ask(NEW, "--as-of", str(UNTIL), "--strategy", name)
    assert (said["answer"], said["evidence"], said["as_of"]) == (None, [], UNTIL)
    assert not shown_later(server)
    reads_once = ("single_pass", "retrieval_only")
    assert server.seen or name in reads_once, "no row that they would read is over"
    told = [hit for entry in said["rounds"] for hit in entry["hits"]]
    assert all(hit["end"] <= UNTIL and "nine" not in (hit["text"] or "") for hit in told)
    places = [entry["segment"] for entry in said["rounds"] if entry["segment"]]
    assert all(place["end"] <= UNTIL for place in places)


def test_what_came_before_is_still_found_by_looking(server: WorldServer) -> None:
    said = ask(OLD, "--as-of", "0:20")
    assert (said["status"], said["answer"]) == ("answered", "four")
    assert not shown_later(server)
    assert all(item["end"] <= UNTIL for item in said["evidence"])


def test_a_kept_answer_of_a_later_time_is_not_given(server: WorldServer) -> None:
    assert ask(NEW)["answer"] == "nine"
    assert ask(NEW, "--as-of", "20")["answer"] is None
    assert ask(NEW, "--as-of", "35")["answer"] == "nine"


def test_without_the_limit_in_the_store_later_things_would_be_seen(
    server: WorldServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agents.ask.ask.time_of", lambda _: None)
    ask(NEW, "--as-of", "20", "--no-cache")
    assert shown_later(server)


CONTRADICTED = """1
00:00:01,000 --> 00:00:03,000
The ferry leaves at nine thirty.

2
00:00:09,000 --> 00:00:12,000
The ferry leaves at eleven fifteen.

3
00:00:04,000 --> 00:00:11,500
The harbour will close at eleven fifteen.
"""


@pytest.fixture
def harbour(tmp_path: Path) -> Iterator[None]:
    with scripted_home(tmp_path):
        video = ferry(tmp_path)
        video.with_suffix(".srt").write_text(CONTRADICTED, encoding="utf-8")
        assert backtrail("ingest", video).code == 0
        yield


@pytest.mark.parametrize("time", ["5", "0:05", "0:00:05", "4.5"])
def test_the_embedded_reader_knows_what_was_said_by_then(harbour: None, time: str) -> None:
    said = backtrail("ask", "When does the ferry leave?", "--as-of", time, "--json")
    assert "nine thirty" in said.object["answer"]
    assert "eleven" not in said.out


def test_the_embedded_reader_does_not_know_what_was_said_since(harbour: None) -> None:
    question = "When does the harbour close?"
    assert "eleven" in backtrail("ask", question, "--json").object["answer"]
    said = backtrail("ask", question, "--as-of", "9.5", "--json")
    assert said.object["status"] in ("likely", "abstained")
    assert "eleven" not in said.out, "nor does a caption of a shot in which it began to be said"
    assert "eleven" in backtrail("ask", question, "--as-of", "11.5", "--json").object["answer"]


def test_searches_end_there_too(harbour: None) -> None:
    words = ("search", "nine eleven", "--json")
    assert any("eleven" in (hit["text"] or "") for hit in backtrail(*words).object["hits"])
    hits = backtrail(*words, "--as-of", "9").object["hits"]
    assert hits and not any("eleven" in (hit["text"] or "") for hit in hits)
    assert all(hit["end"] <= 9 for hit in hits)


def test_a_report_shows_nothing_later(harbour: None, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    backtrail("ask", "When does the ferry leave?", "--as-of", "5", "--report", page)
    assert "nine thirty" in page.read_text("utf-8")
    assert "eleven" not in page.read_text("utf-8")


def test_composed_captions_are_held_back_until_their_parts_are_over(
    harbour: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("search", "harbour close", "--as-of", "9", "--json")
    assert not any("harbour" in (hit["text"] or "") for hit in backtrail(*words).object["hits"])
    monkeypatch.setattr(asof, "known_at", lambda row: row.span.end)
    assert any("harbour" in (hit["text"] or "") for hit in backtrail(*words).object["hits"])


def test_what_goes_on_at_the_time_is_looked_at_anew(tmp_path: Path) -> None:
    with scripted_home(tmp_path):
        assert backtrail("ingest", ferry(tmp_path)).code == 0
        said = backtrail("ask", "What does the sign say?", "--as-of", "6", "--json").object
        assert said["usage"]["looks"]
        ends = [entry["segment"]["end"] for entry in said["rounds"] if entry["segment"]]
        assert ends and max(ends) == 6


@pytest.mark.parametrize("time", ["x", "-3", "0", "0:00", "1:75", "1:99:00", "nan", "1:5"])
def test_what_is_no_time_is_wrong_usage(harbour: None, time: str) -> None:
    for command in (("ask", "When does the ferry leave?"), ("search", "ferry")):
        said = backtrail(*command, f"--as-of={time}", "--json")
        assert said.code == 2
        assert repr(time) in said.object["error"]["message"]
        assert "h:mm:ss" in said.object["error"]["hint"]


def test_times_are_read() -> None:
    given = {"75": 75, "1:15": 75, "0:01:15": 75, " 2.5 ": 2.5, "1:02.5": 62.5, "90:00": 5400}
    assert {text: (time_of(text) or 0) / SECOND for text in given} == given
    assert time_of("") is None
    with pytest.raises(QuestionError):
        time_of("soon")
