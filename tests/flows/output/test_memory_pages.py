"""Pages about organised memory: superseded values struck through, everything escaped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from prefect.client.orchestration import get_client
from prefect.testing.utilities import prefect_test_harness

from flows.organise import about, facts
from flows.output.memory_pages import about_markdown, about_page, facts_markdown, facts_page
from flows.output.proof import parts_of
from flows.output.report import render
from memory.organise import verbs
from memory.records import Video
from memory.store import Store
from tests.flows.library import backtrail, ferry, scripted_home
from tests.flows.output.test_report import MOMENT, media, result
from tests.memory.organise.library import TENANT, film, open_at, said, shown

SCRIPT = "<script>alert(1)</script>"
SUBTITLES = """1
00:00:01,000 --> 00:00:03,000
The code of the cellar is 4711.

2
00:00:09,000 --> 00:00:12,000
The code of the cellar is now 1234.
"""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = open_at(tmp_path)
    film(store, said(0, "The code of the cellar is kiwi."), said(90, "Captain Morgan waves."),
         recorded_at="2026-03-01T10:00:00")  # fmt: skip
    film(store, said(0, "The code of the cellar is now mango.", "v2"),
         shown(10, 15, (f"Price: {SCRIPT}", 0.1), video="v2"),
         shown(20, 25, ("Price: 7 EUR", 0.1), ("Price: 8 EUR", 0.5), video="v2"),
         recorded_at="2026-03-02T10:00:00")  # fmt: skip
    return store


def films(store: Store) -> list[Video]:
    return store.videos(TENANT)


def test_superseded_values_are_struck_through_and_conflicts_marked(store: Store) -> None:
    page = facts_page(verbs.facts(store, TENANT, history=True), films(store))
    assert "<s>kiwi</s>" in page and "<s>mango</s>" not in page and "mango" in page
    assert "v1.mp4 from 0:00.0 to 0:00.0 of v2.mp4" in page
    assert page.count('class="mark-conflict"') == 2, "two prices at once"
    assert 'class="old"' in page and 'class="conflict"' in page and 'class="now"' in page


def test_bars_lie_where_the_values_held(store: Store) -> None:
    page = facts_page(verbs.facts(store, TENANT, words="cellar", history=True), films(store))
    bars = re.findall(r'<rect class="(\w+)" x="([\d.]+)%" y="2" width="([\d.]+)%"', page)
    whole = sum(video.duration for video in films(store))
    edge = 100 * films(store)[0].duration / whole
    assert [name for name, *_ in bars] == ["old", "now"]
    assert float(bars[0][1]) == 0 and float(bars[0][2]) == pytest.approx(edge, abs=0.01)
    assert float(bars[1][1]) == pytest.approx(edge, abs=0.01)
    assert float(bars[1][2]) == pytest.approx(100 - edge, abs=0.01)


def test_a_profile_tells_notes_facts_and_moments_by_video(store: Store) -> None:
    found = verbs.about_whom(store, TENANT, "cellar")
    page = about_page(found, films(store))
    assert "<h1>cellar</h1>" in page and "<s>kiwi</s>" in page
    assert "recorded 2026-03-01 10:00" in page and "v2.mp4" in page
    assert "Nothing names it" in about_page(verbs.about_whom(store, TENANT, "nobody"), [])


def test_whatever_is_shown_is_text(store: Store) -> None:
    every = verbs.facts(store, TENANT, history=True)
    about_it = verbs.about_whom(store, TENANT, "Price")
    names = {"v2": SCRIPT}
    for page in (facts_page(every, films(store)), about_page(about_it, films(store))):
        assert SCRIPT not in page and "&lt;script&gt;" in page
        assert "default-src &#39;none&#39;" in page
    for text in (facts_markdown(every, names), about_markdown(about_it, names)):
        assert "<script" not in text
    assert "~~kiwi~~" in facts_markdown(every, names)


def test_the_report_shows_the_parts_of_a_rank_and_their_sum() -> None:
    parts = {"words": 1.5, "kind": -0.5}
    moment = MOMENT | {"score_parts": parts, "points": 1.0}
    page = render(result(moments=[moment]), media(), {})
    assert "Why this rank: +1.00" in page
    assert "<td>words</td><td>+1.50</td>" in page and "<td>kind</td><td>-0.50</td>" in page
    bars = parts_of(moment)
    assert [(bar.x, bar.width) for bar in bars] == [(50, 50), (33.33, 16.67)]
    assert "Why this rank" not in render(result(moments=[MOMENT]), media(), {})


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    with scripted_home(tmp_path):
        video = ferry(tmp_path, "VID_20260301_142233.mp4")
        video.with_suffix(".srt").write_text(SUBTITLES, encoding="utf-8")
        assert backtrail("ingest", video).code == 0
        yield tmp_path


def test_commands_write_pages_and_tell_why(home: Path) -> None:
    page = home / "pages" / "cellar.html"
    told = backtrail("memory", "about", "cellar", "--html", page)
    assert told.code == 0 and "page:" in told.err and "<s>4711</s>" in page.read_text("utf-8")
    assert backtrail("memory", "facts", "--html", page, "--json").object["facts"]
    assert "<s>4711</s>" in page.read_text("utf-8"), "a page tells what held, too"
    searched = backtrail("search", "cellar", "code", "--why")
    lines = [line for line in searched.out.splitlines() if " = " in line and " + " in line]
    assert lines
    for line in lines:
        parts, total = line.rsplit(" = ", 1)
        added = sum(float(part.split()[-1]) for part in parts.split(" + "))
        assert added == pytest.approx(float(total), abs=0.05), "rounded for people"
    assert " + " not in backtrail("search", "cellar", "code").out
    for hit in backtrail("search", "cellar", "code", "--json").object["hits"]:
        assert hit["score"] == pytest.approx(sum(hit["score_parts"].values()), abs=1e-3)


def test_flows_show_them_as_artifacts(home: Path) -> None:
    with prefect_test_harness(server_startup_timeout=600):
        assert about("cellar")["facts"] and facts("cellar")["facts"]
        with get_client(sync_client=True) as client:
            shown = {artifact.key: str(artifact.data) for artifact in client.read_artifacts()}
            tags = [tag for run in client.read_flow_runs() for tag in run.tags]
        assert "~~4711~~" in shown["about"] and "~~4711~~" in shown["facts"]
        assert any(tag.startswith("default/v_") for tag in tags), "so that forget finds them"
