"""The wall-clock time that a question is about: understood once, and used by recall."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from agents.ask.answer import Cited
from agents.ask.ask import Request, answer_request
from agents.ask.when import Timed, clipped, is_untimely, timed
from agents.errors import QuestionError
from agents.runtime import Runtime
from flows.wiring import runtime_of
from memory.records import SECOND, Span, Video
from tests.flows.library import backtrail, ferry, scripted_home
from tests.rows import speech

NOW = datetime(2026, 11, 27, 7, 30)
"""A Friday."""


def film(name: str, recorded_at: str, seconds: float = 600) -> Video:
    return Video(name, "t", "d", (f"/films/{name}",), round(seconds * SECOND), 1, {}, "k",
                 recorded_at=recorded_at)  # fmt: skip


STANDUP = film("standup.mp4", "2026-11-24T09:00:00")
MEETING = film("Team_Meeting_20261125.mp4", "2026-11-25T09:00:00")
KITCHEN = film("kitchen.mp4", "")
FILMS = [STANDUP, MEETING, KITCHEN]


def read(question: str, films: list[Video] = FILMS, when: str = "") -> Timed:
    return timed(question, when, films, NOW)


@pytest.mark.parametrize(
    ("question", "left", "films"),
    [
        ("What did Anna say last Tuesday about tea?", "What did Anna say about tea?", [STANDUP]),
        ("On 24 November, what was decided?", "what was decided?", [STANDUP]),
        ("What did she cook two days ago?", "What did she cook?", [MEETING]),
        ("What did Bob say before the meeting?", "What did Bob say?", [STANDUP]),
        ("What did Bob say after the standup?", "What did Bob say?", [MEETING]),
        ("What was said during the meeting about cats?", "What was said about cats?", [MEETING]),
        ("Who spoke since 2026-11-25?", "Who spoke?", [MEETING]),
        ("What happened last Tuesday?", "What happened?", [STANDUP]),
        ("What was there last Tuesday?", "What happens in the video?", [STANDUP]),
        ("What was shown on 24 November at 9:05 am?", "What was shown at 5:00.0?", [STANDUP]),
    ],
)
def test_words_that_mean_one_time_choose_videos(
    question: str, left: str, films: list[Video]
) -> None:
    found = read(question)
    assert (found.text, list(found.videos)) == (left, films)
    assert found.when is not None and found.when.asked == question
    assert "of 3 videos 1 was recorded" in found.when.told
    assert "of 1 nobody knows when" in found.when.told


@pytest.mark.parametrize(
    "question",
    [
        "What happened in the last minute?",
        "What is said in the past 2 hours?",
        "What is written at 0:30?",
        "What is planned for next Friday?",
        "What was said before the concert?",
        "What stands on the sign?",
    ],
)
def test_a_videos_own_clock_and_what_is_ahead_are_no_time_of_recording(question: str) -> None:
    assert read(question) == Timed(question, FILMS)


def test_what_may_be_told_about_stays_in_the_question_and_is_preferred() -> None:
    found = read("Why is the launch on Wednesday?")
    assert found.text == "Why is the launch on Wednesday?" and found.videos == FILMS
    assert found.when is not None and found.when.is_met
    near = found.when.nearness
    assert near[MEETING.video_id] == 1 > near[STANDUP.video_id] > 0
    assert KITCHEN.video_id not in near


def test_where_nothing_is_from_then_the_nearest_is_preferred_and_proves_nothing() -> None:
    found = read("Which price was shown yesterday?")
    assert found.videos == FILMS and found.when is not None and not found.when.is_met
    assert "no video is known to be recorded yesterday (2026-11-26)" in found.when.told
    near = found.when.nearness
    assert near[MEETING.video_id] > near[STANDUP.video_id]
    other, told = speech(0, 2, "it is 3 euros"), speech(0, 2, "yesterday it was 3 euros")
    assert is_untimely(found.when, [Cited(other, other.span)])
    assert not is_untimely(found.when, [Cited(told, told.span)]), "it tells of that time"


def test_without_any_date_it_says_so() -> None:
    found = read("What did Anna say last Tuesday?", [KITCHEN])
    assert found.when is None and found.text == "What did Anna say last Tuesday?"
    assert "'last Tuesday' is not used: nobody knows when" in found.note
    assert "memory date" in found.note


def test_a_time_that_is_given_chooses_or_is_refused() -> None:
    found = read("What happened before the meeting?", when="on November 25")
    assert list(found.videos) == [MEETING] and found.text == "What happened before the meeting?"
    with pytest.raises(QuestionError, match="no video was recorded in 2020"):
        read("What was said?", when="in 2020")
    with pytest.raises(QuestionError, match="no time"):
        read("What was said?", when="some day")


def test_a_range_within_a_video_is_a_part_of_it() -> None:
    found = read("What was said between 9:05 and 9:07 on 24 November?")
    assert found.when is not None
    ((video_id, span),) = found.when.parts
    assert video_id == STANDUP.video_id and span.start == 300 * SECOND
    assert abs(span.end - 420 * SECOND) <= 1
    here = [(STANDUP.video_id, Span(0, 310 * SECOND)), (MEETING.video_id, Span(0, SECOND))]
    assert clipped(here, found.when.parts) == ((video_id, Span(300 * SECOND, 310 * SECOND)),)
    assert clipped(here, ()) == tuple(here)


# --- the whole question, over a real store ---------------------------------------------------

CODE = """1
00:00:01,000 --> 00:00:03,000
The code of the cellar is {code}.

2
00:00:09,000 --> 00:00:12,000
Captain Morgan waves from the bridge.
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Two recordings that differ in one word, a month apart."""
    folder = tmp_path_factory.mktemp("dated")
    with scripted_home(folder):
        for name, code in (("VID_20260301_142233.mp4", 4711), ("VID_20260401_090000.mp4", 1234)):
            video = ferry(folder, name)
            with video.open("ab") as file:
                file.write(bytes([code % 256]))  # other content is another video
            video.with_suffix(".srt").write_text(CODE.format(code=code), encoding="utf-8")
            assert backtrail("ingest", video).code == 0
        yield folder


@pytest.fixture
def runtime(library: Path) -> Runtime:
    return runtime_of()


def never(path: Path) -> Video:
    raise AssertionError(path)


def test_recall_uses_only_what_was_recorded_then(runtime: Runtime) -> None:
    for when, code, other in (("1 March 2026", "4711", "1234"), ("1 April 2026", "1234", "4711")):
        asked = f"What was the code of the cellar on {when}?"
        result = answer_request(runtime, Request(asked), never)
        shown = " ".join(item.text or "" for item in (*result.evidence, *result.moments))
        assert code in shown and other not in shown
        assert result.question == asked and "of 2 videos 1 was recorded" in result.reason
        assert result.moments and all("; recorded 2026-0" in m.why for m in result.moments)
        told = result.to_json()["when"]
        assert told["words"] == when and told["from"].startswith("2026-0")
        assert runtime.store.run("default", result.run_id).question == asked


def test_off_tells_what_was_recorded_at_another_time(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKTRAIL_MEMORY__TIME_SCOPE", "false")
    asked = "What was the code of the cellar on 1 March 2026?"
    result = answer_request(runtime_of(), Request(asked), never)
    shown = " ".join(item.text or "" for item in result.moments)
    assert "1234" in shown, "the later video's"
    assert result.when is None and "recorded" not in result.reason


def test_the_command_takes_a_time_and_says_what_it_did(library: Path) -> None:
    asked = ("ask", "What is the code of the cellar?")
    one = backtrail(*asked, "--when", "in April 2026", "--json")
    assert one.code == 0 and {m["video"][:12] for m in one.object["moments"]} == {"VID_20260401"}
    assert one.object["when"]["to"].startswith("2026-05-01")
    none = backtrail(*asked, "--when", "in May 2020")
    assert none.code == 2 and "memory date" in none.err


def test_the_nearest_is_only_likely(runtime: Runtime) -> None:
    day = datetime.now() - timedelta(days=1)
    result = answer_request(
        runtime, Request(f"What was the code of the cellar on {day:%Y-%m-%d}?"), never
    )
    assert str(result.status) != "answered" and "no video is known" in result.reason
