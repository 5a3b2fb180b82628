"""The page that shows an answer with its evidence."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from flows.output.report import MediaFile, find_media, render, write_report
from flows.output.timeline import clock, ticks, timelines
from memory.errors import UnknownVideo
from memory.records import SECOND, Video

SCRIPT = "<script>alert('x')</script>"
JPEG = b"\xff\xd8\xff\xe0 a small picture"


def evidence(**changes: Any) -> dict[str, Any]:
    row = {
        "memory_id": "m_1",
        "video_id": "v_1",
        "video": "talk.mp4",
        "start": 38.2,
        "end": 41.2,
        "level": "frame",
        "kind": "screen_text",
        "text": "Repair ticket\nRT-73164",
        "thumbnail": "aa/b.jpg",
    }
    return row | changes


def hit(start: float, end: float, level: str = "scene", **changes: Any) -> dict[str, Any]:
    place = {"memory_id": "m_2", "video_id": "v_1", "start": start, "end": end, "level": level}
    return place | {"kind": "speech", "text": "its ticket number", "score": 0.7} | changes


def round_of(number: int, move: str, level: str, place: Any, **changes: Any) -> dict[str, Any]:
    segment = {"video_id": "v_1", "start": place[0], "end": place[1]} if place else None
    entry: dict[str, Any] = {
        "number": number,
        "move": move,
        "level": level,
        "segment": segment,
        "reason": "cold",
    }
    return entry | {"found": 2, "looked": False, "cached": False, "hits": []} | changes


def result(**changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "question": "What is the ticket number?",
        "answer": "RT-73164",
        "status": "answered",
        "choice": None,
        "confidence": 0.91,
        "phase": "backtrack",
        "evidence": [evidence()],
        "usage": {"llm_calls": 0, "looks": 2, "seconds": 3.25, "usd": None},
        "rounds": [
            round_of(1, "recall", "video", None, hits=[hit(30.2, 44.2), hit(62, 68, "shot")]),
            round_of(2, "down", "scene", (30.2, 44.2), looked=True),
            round_of(3, "sideways", "frame", (38, 42), cached=True),
        ],
        "run_id": "r_1",
    }
    return made | changes


def media(**changes: Any) -> dict[str, MediaFile]:
    return {"v_1": MediaFile("talk.mp4", 100.0, **changes)}


class Tags(HTMLParser):
    """Collects start tags, and checks that the tags are balanced."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def tags(page: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Tags()
    parser.feed(page)
    return parser.found


def test_what_was_read_heard_or_asked_is_text_and_never_markup() -> None:
    hostile = result(
        question=SCRIPT,
        answer=SCRIPT,
        evidence=[evidence(text=SCRIPT, video=f'"{SCRIPT}', memory_id=SCRIPT)],
        rounds=[round_of(1, "recall", "video", None, reason=SCRIPT, hits=[hit(1, 2, text=SCRIPT)])],
    )
    page = render(hostile, {"v_1": MediaFile(f'"{SCRIPT}.mp4', 100.0)}, {})
    assert SCRIPT not in page
    assert page.count("&lt;script&gt;") > 5
    assert [tag for tag, _ in tags(page)].count("script") == 1


def test_the_page_asks_nobody_for_anything() -> None:
    page = render(result(), media(embed=b"a video"), {"aa/b.jpg": JPEG})
    assert "http:" not in page
    assert "https:" not in page
    for tag, attributes in tags(page):
        assert tag not in {"link", "iframe", "object"}
        for name in ("src", "href"):
            assert (attributes.get(name) or "data:").startswith("data:")


def test_the_policy_allows_this_script_and_style_and_no_other() -> None:
    page = render(result(), media(), {})
    policy = dict(tags(page)[3][1])["content"] or ""
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert " style=" not in page
    assert not re.search(r"\son\w+=", page)
    for tag in ("script", "style"):
        body = re.search(rf"<{tag}>(.*?)</{tag}>", page, re.S)
        assert body
        digest = base64.b64encode(hashlib.sha256(body[1].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_evidence_is_shown_with_its_picture_words_and_place() -> None:
    page = render(result(), media(), {"aa/b.jpg": JPEG})
    assert base64.b64encode(JPEG).decode() in page
    assert "RT-73164</blockquote>" in page
    assert "0:38.2 to 0:41.2" in page
    assert "<code>m_1</code>" in page
    buttons = [a for tag, a in tags(page) if tag == "button"]
    assert [(b["data-video"], b["data-start"], b["data-end"]) for b in buttons] == [
        ("v_1", "38.2", "41.2")
    ]


def test_times_become_places_on_the_line() -> None:
    (line,) = timelines(result(), {"v_1": 100.0}, {"v_1": "talk.mp4"})
    (proof,) = line.evidence
    assert (proof.x, proof.lane) == (38.2, 4)
    assert proof.width == pytest.approx(3.0)
    assert [stop.number for stop in line.stops] == [1, 2, 3]
    assert [stop.kind for stop in line.stops] == ["read", "looked", "cached"]
    assert [stop.lane for stop in line.stops] == [2, 2, 4]
    assert line.stops[2].x == 40.0
    assert len(line.legs) == 2
    assert [(bar.x, bar.lane) for bar in line.hits] == [(30.2, 2), (62.0, 3)]


def test_marks_of_rounds_at_one_place_do_not_cover_each_other() -> None:
    rounds = [round_of(n, "look", "shot", (99, 100), looked=True) for n in range(1, 8)]
    (line,) = timelines(result(rounds=rounds), {"v_1": 100.0}, {})
    places = sorted(stop.x for stop in line.stops)
    assert all(two - one >= 2.5 for one, two in pairwise(places))
    assert all(0 < place < 100 for place in places)


def test_a_span_beyond_the_end_stays_on_the_line() -> None:
    (line,) = timelines(result(evidence=[evidence(start=99.9, end=120.0)]), {"v_1": 100.0}, {})
    assert line.evidence[0].x + line.evidence[0].width <= 100


def test_every_video_gets_its_own_line_and_player() -> None:
    both = result(evidence=[evidence(), evidence(video_id="v_2", video="walk.mp4")])
    page = render(both, media(), {})
    assert [a.get("data-video") for tag, a in tags(page) if tag == "figure" and "data-video" in a]
    assert page.count('class="timeline"') == 2
    assert "walk.mp4" in page


def test_an_abstention_says_what_was_searched() -> None:
    none = result(answer=None, status="abstained", phase=None, evidence=[], confidence=0.1)
    page = render(
        none | {"reason": "no row names it", "searched": "speech of 1 video"}, media(), {}
    )
    assert "No proven answer" in page
    assert "What was searched: speech of 1 video" in page
    assert "no row names it" in page
    assert '<h2 id="evidence-title">' not in page


def test_an_abstention_without_any_trace_is_still_a_page() -> None:
    page = render(result(answer=None, status="abstained", evidence=[], rounds=[]), {}, {})
    assert "No round was run." in page
    assert "<svg" not in page


def test_a_forced_guess_is_called_one() -> None:
    assert "A guess, not proven" in render(result(status="forced", phase="forced"), media(), {})


def test_missing_media_are_said_to_be_missing() -> None:
    page = render(result(), {}, {})
    assert "The file is not at hand" in page
    assert "<video" not in page
    assert "no picture kept" in page


def test_media_below_the_page_are_linked_relatively_and_others_absolutely(tmp_path: Path) -> None:
    file = tmp_path / "a b" / "talk #1.mp4"
    near = render(result(), media(path=file), {}, tmp_path)
    assert 'src="a%20b/talk%20%231.mp4"' in near
    far = render(result(), media(path=file), {}, tmp_path / "elsewhere")
    assert f'src="{file.as_uri()}"' in far


class Shelf:
    """As much of a store as a report needs."""

    def __init__(self, videos: list[Video], thumbnails: Path | None = None) -> None:
        self._videos, self.thumbnails = videos, thumbnails

    def video(self, tenant: str, video_id: str) -> Video:
        for video in self._videos:
            if (video.tenant, video.video_id) == (tenant, video_id):
                return video
        raise UnknownVideo(video_id)


def a_video(*paths: Path) -> Video:
    names = tuple(str(path) for path in paths)
    return Video("v_1", "me", "d", names, 100 * SECOND, 4, {}, None)


def test_small_media_are_embedded_and_large_ones_linked(tmp_path: Path) -> None:
    file = tmp_path / "talk.mp4"
    file.write_bytes(b"1234")
    shelf: Any = Shelf([a_video(tmp_path / "moved.mp4", file)])
    small, large = (find_media(shelf, "me", ["v_1"], limit)["v_1"] for limit in (4, 3))
    assert small.embed == b"1234"
    assert (large.embed, large.path) == (None, file)
    assert find_media(shelf, "another", ["v_1"]) == {}


def test_a_report_is_written_with_the_pictures_of_the_store(tmp_path: Path) -> None:
    (tmp_path / "aa").mkdir()
    (tmp_path / "aa" / "b.jpg").write_bytes(JPEG)
    shelf: Any = Shelf([a_video(tmp_path / "gone.mp4")], tmp_path)
    write_report(result(), shelf, tmp_path / "new" / "page.html", "me")
    page = (tmp_path / "new" / "page.html").read_text(encoding="utf-8")
    assert base64.b64encode(JPEG).decode() in page
    assert "The file is not at hand" in page


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0:00.0"), (59.96, "1:00.0"), (61.25, "1:01.2"), (3723.4, "1:02:03.4")],
)
def test_times_are_shown_as_people_write_them(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown


@pytest.mark.parametrize("duration", [0.5, 7, 60, 146.4, 5400, 40000])
def test_an_axis_has_a_few_round_marks(duration: float) -> None:
    marks = ticks(duration)
    assert 1 <= len(marks) <= 9
    assert all(0 <= x <= 100 for x, _ in marks)
