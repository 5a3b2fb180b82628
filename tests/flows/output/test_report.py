"""The page that shows an answer with its evidence."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from agents.text.clock import clock_at
from flows.output.outline import Chapter, Line, Outline, Tile
from flows.output.proof import Framed, Proof, why
from flows.output.report import MediaFile, find_media, render, write_report
from flows.output.timeline import ticks, timelines
from memory.errors import UnknownMemory, UnknownVideo
from memory.records import SECOND, Memory, Node, Scope, Video

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
    assert badge_of(page) == "Not proven"
    assert "What was searched: speech of 1 video" in page
    assert "no row names it" in page
    assert '<h2 id="evidence-title">' not in page


def test_an_abstention_without_any_trace_is_still_a_page() -> None:
    page = render(result(answer=None, status="abstained", evidence=[], rounds=[]), {}, {})
    assert "No round was run." in page
    assert "<svg" not in page


def test_a_forced_guess_is_called_one() -> None:
    page = render(result(status="forced", phase="forced"), media(), {})
    assert badge_of(page) == "Not proven: a guess"


@pytest.mark.parametrize(
    ("status", "confidence", "badge", "doubtful"),
    [
        ("answered", 0.85, "Proven", False),
        ("answered", 0.99, "Proven", False),
        ("likely", 0.7, "Likely: probable", False),
        ("likely", 0.3, "Likely: doubtful", True),
        ("abstained", 0.9, "Not proven", False),
        ("budget_exhausted", 0.0, "Not proven: budget used up", False),
    ],
)
def test_only_an_answered_question_is_called_proven(
    status: str, confidence: float, badge: str, doubtful: bool
) -> None:
    page = render(result(status=status, confidence=confidence), media(), {})
    assert badge_of(page) == badge
    (section,) = [a for _, a in tags(page) if (a.get("class") or "").startswith("answer ")]
    assert section["class"] == f"answer {status}{' doubtful' if doubtful else ''}"


def badge_of(page: str) -> str:
    found = re.search(r'<p class="badge">(.*?)</p>', page)
    assert found
    return found[1]


MOMENT = evidence(memory_id="m_9", text="a ticket", score=0.2, probability=0.1, why="there: ticket")


def test_closest_moments_come_first_where_nothing_is_proven() -> None:
    none = result(answer=None, status="abstained", phase=None, evidence=[], moments=[MOMENT])
    page = render(none, media(), {})
    assert page.index("Closest moments") < page.index('id="media-title"')
    proven = render(result(moments=[MOMENT, MOMENT | {"memory_id": "m_1"}]), media(), {})
    assert proven.index('id="media-title"') < proven.index("Other moments that fit")
    assert proven.count('class="card small"') == 1, "its own evidence is no other moment"


def test_a_proof_is_shown_enlarged_and_whole_with_its_boxes() -> None:
    whole = Framed(JPEG, ((71.7, 78.5, 4.6, 3.9),))
    zoom = Framed(JPEG + b"zoom", ((10.0, 20.0, 60.0, 30.0),))
    page = render(result(), media(), {}, proofs={"m_1": Proof(whole, zoom, 8.3)})
    boxes = [a for tag, a in tags(page) if tag == "rect" and a.get("class") == "box"]
    assert [box["x"] for box in boxes] == ["10.0", "71.7"]
    assert base64.b64encode(JPEG + b"zoom").decode() in page
    assert "Enlarged 8.3 times; the box marks what the answer rests on." in page
    assert "no picture kept" not in page


@pytest.mark.parametrize(
    ("changes", "item", "told"),
    [
        ({}, {}, "“RT-73164” stands on the screen, from 0:38.2 to 0:41.2 of talk.mp4; of the "
         "question's words, “ticket” is there."),
        ({"status": "likely"}, {}, "“RT-73164” stands on the screen, from 0:38.2 to 0:41.2 of "
         "talk.mp4; of the question's words, “ticket” is there. That is not enough to prove it."),
        ({"question": "When?", "answer": "0:38.2"}, {"kind": "speech", "text": "Here it is."},
         "“Here it is.” is said, from 0:38.2 to 0:41.2 of talk.mp4, and the answer is read off "
         "from that."),
        ({"answer": "a cup", "question": "What is red?"},
         {"kind": "objects", "text": "cup; dishes", "end": 38.2},
         "“cup; dishes” is what the picture was recognised to show, at 0:38.2 of talk.mp4."),
    ],
)  # fmt: skip
def test_a_sentence_says_why(changes: dict[str, Any], item: dict[str, Any], told: str) -> None:
    shown = result(**changes)
    assert why(shown, evidence(**item)) == told
    page = render(shown | {"evidence": [evidence(**item)]}, media(), {})
    assert html.escape(told, quote=False).replace("'", "&#39;") in page


def test_the_outline_is_clickable() -> None:
    tile = Tile(30.0, 56.0, "Shows: a cup", "aa/b.jpg", True)
    lines = (Line(31.6, 33.0, "Back from repair.", False), Line(38.0, 40.0, "Its number.", True))
    outline = Outline((Chapter(0.0, 60.0, (tile,)),), lines, 7)
    page = render(result(), media(), {"aa/b.jpg": JPEG}, outlines={"v_1": outline})
    starts = {a.get("class"): a["data-start"] for tag, a in tags(page) if tag == "button"}
    assert starts["tile cited"] == "30.0"
    assert (starts["line"], starts["line cited"]) == ("31.6", "38.0")
    assert "7 more lines are not shown" in page


def test_chapters_are_called_by_their_titles_where_there_are_several() -> None:
    tile = Tile(0.0, 56.0, "Shows: a cup", None, False)
    chapters = Chapter(0.0, 60.0, (tile,), "Coffee & cake"), Chapter(60.0, 90.0, (tile,))
    page = render(result(), media(), {}, outlines={"v_1": Outline(chapters)})
    assert "Chapter 1, 0:00.0: Coffee &amp; cake</h3>" in page and "Chapter 2, 1:00.0</h3>" in page


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

    def memory(self, tenant: str, memory_id: str) -> Memory:
        raise UnknownMemory(memory_id)

    def memories(self, scope: Scope) -> list[Memory]:
        return []

    def nodes(self, tenant: str, video_id: str) -> list[Node]:
        return []


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
    assert clock_at(seconds) == shown


@pytest.mark.parametrize("duration", [0.5, 7, 60, 146.4, 5400, 40000])
def test_an_axis_has_a_few_round_marks(duration: float) -> None:
    marks = ticks(duration)
    assert 1 <= len(marks) <= 9
    assert all(0 <= x <= 100 for x, _ in marks)
