"""`backtrail memory ...` and the flow behind it: what is printed, as text and as one object."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from prefect.testing.utilities import prefect_test_harness

from flows.organise import consolidate
from flows.wiring import runtime_of
from memory.records import Kind
from tests.flows.library import Said, backtrail, ferry, scripted_home

SUBTITLES = """1
00:00:01,000 --> 00:00:03,000
The code of the cellar is 4711.

2
00:00:05,000 --> 00:00:07,000
Captain Morgan waves from the bridge.

3
00:00:09,000 --> 00:00:12,000
The code of the cellar is now 1234.

4
00:00:13,000 --> 00:00:15,000
Captain Morgan waves from the bridge.
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("organised")
    with scripted_home(folder):
        video = ferry(folder, "VID_20260301_142233.mp4")
        video.with_suffix(".srt").write_text(SUBTITLES, encoding="utf-8")
        assert backtrail("ingest", video).code == 0
        yield folder


def told(*arguments: str) -> Said:
    said = backtrail("memory", *arguments)
    assert said.code == 0, said.err
    return said


def test_facts_hold_until_they_are_told_otherwise(home: Path) -> None:
    now = told("facts", "cellar", "--json").object["facts"]
    assert [(f["value"], f["status"], f["from"]) for f in now] == [("1234", "current", 9.0)]
    past = told("facts", "cellar", "--history", "--json").object["facts"]
    assert [(f["value"], f["to"]) for f in past] == [("4711", 9.0), ("1234", None)]
    then = told("facts", "cellar", "--at", "0:05", "--json").object["facts"]
    assert [f["value"] for f in then] == ["4711"]
    dated = told("facts", "cellar", "--at", "2026-03-02", "--json").object["facts"]
    assert [f["value"] for f in dated] == ["1234"], "the file's name says when it was recorded"
    assert told("facts", "cellar", "--at", "2026-02-01", "--json").object["facts"] == []
    assert "dated are 1 of 1 video (" in told("facts", "--at", "2026-02-01").out
    assert "by 0:00.5 of any video" in told("facts", "--at", "0.5").out
    assert "then 1234" in told("facts", "--history").out
    assert "--history shows 1 value that did" in told("facts", "4711").out
    assert "no fact has the words 'unicorn'" in told("facts", "unicorn").out
    wrong = backtrail("memory", "facts", "--at", "whenever")
    assert wrong.code == 2 and "m:ss" in wrong.err


def test_about_and_timeline_tell_moments_in_order(home: Path) -> None:
    found = told("about", "captain morgan", "--json").object
    assert [moment["start"] for moment in found["moments"]] == [5.0, 13.0]
    assert found["first"]["start"] == 5.0 and found["videos"] == 1
    events = told("timeline", "cellar", "--json").object["events"]
    assert [event.get("value") for event in events if "value" in event] == ["4711", "1234"]
    assert told("about", "Captain Morgan", "--when", "in 2025", "--json").object["moments"] == []
    assert "Captain Morgan" in told("about", "captain morgan").out
    assert "in 1 video  Captain Morgan" in told("entities").out
    assert "nothing names Nobody" in told("timeline", "Nobody").out
    assert backtrail("memory", "about", " ").code == backtrail("memory", "timeline", "").code == 2


def test_consolidation_is_told_before_it_is_done_and_can_be_undone(home: Path) -> None:
    dry = told("consolidate", "--dry-run", "--json").object
    assert dry["dry_run"] and dry["total"]["changed"] >= 1
    done = told("consolidate", "--json").object["total"]
    assert done["changed"] == dry["total"]["changed"]
    assert told("consolidate", "--json").object["total"]["changed"] == 0
    assert told("stats", "--json").object["behind_others"] == done["behind"]
    log = told("history", "--json").object["history"]
    assert (log[0]["verb"], log[0]["dynamics"]) == ("consolidate", "evolution")
    assert len(told("undo", "--json").object["changed"]) == done["changed"]
    assert told("stats", "--json").object["behind_others"] == 0
    entry = told("history", "--json").object["history"][0]["entry_id"]
    assert " of VID_20260301_142233.mp4" in told("history").out
    assert "of VID_20260301_142233.mp4" in told("undo", entry).out


def test_counts_are_told_a_line_each_and_nothing_that_is_not_there(home: Path) -> None:
    lines = told("stats").out.splitlines()
    rows = told("stats", "--json").object
    assert f"{rows['kinds']['speech']:>9}  speech" in lines, lines
    assert rows["beside"]["grant"] == 0 and not any(line.endswith("  grant") for line in lines)
    by_kind = lines[lines.index("rows by kind:") + 1 : lines.index("rows by level:")]
    assert sum(int(line.split()[0]) for line in by_kind) == rows["rows"]


def test_the_flow_consolidates_with_a_task_for_each_video(home: Path) -> None:
    with prefect_test_harness(server_startup_timeout=180):
        done = consolidate()
        assert done["total"]["rows"] > 0
        assert consolidate(dry_run=True)["total"]["changed"] == 0


def test_a_search_is_limited_to_when_videos_were_recorded(home: Path) -> None:
    assert backtrail("search", "bridge", "--when", "in March 2026", "--json").object["hits"]
    assert backtrail("search", "bridge", "--when", "on March 1, 2026", "--json").object["hits"]
    other = backtrail("search", "bridge", "--when", "in May 2025")
    assert other.code == 2 and "memory date" in other.err
    assert backtrail("search", "bridge", "--when", "some day").code == 2


def test_notes_pins_and_dates(home: Path) -> None:
    assert "skipper" in told("note", "Captain Morgan", "the skipper", "--alias", "the boss").out
    assert told("about", "the boss", "--json").object["notes"] == ["the skipper"]
    told("note", "Captain Morgan", "--alias", "old Morgan")  # another name, the same note
    assert told("about", "old Morgan", "--json").object["notes"] == ["the skipper"]
    assert backtrail("memory", "note", "Captain Morgan").code == 2, "it would say nothing"
    assert backtrail("memory", "note", "", "the cook").code == 2
    store, tenant = runtime_of().store, runtime_of().spec.tenant
    video = store.videos(tenant)[0]
    rows = [row for row in store.looks(tenant, video.video_id) if row.kind is Kind.SPEECH]
    hits = backtrail("search", "bridge", "--json").object["hits"]
    assert not rows and told("pin", hits[0]["memory_id"], "--json").object["changed"]
    assert told("pin", hits[0]["memory_id"], "--off", "--json").object["changed"]
    assert (
        told("date", video.name, "2026-05-01", "--json").object["recorded_at"][:10] == "2026-05-01"
    )
    assert backtrail("memory", "date", video.name, "soon").code == 2


def test_what_cannot_be_done_says_what_to_do(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert backtrail("memory", "about", "Otto", "--when", "sometime").code == 2
    assert backtrail("memory", "undo", "e_none").code == 2
    assert backtrail("memory", "pin", "m_none").code == 2
    monkeypatch.setenv("BACKTRAIL_MEMORY__FACTS", "false")
    off = backtrail("memory", "facts")
    assert off.code == 2 and "BACKTRAIL_MEMORY__FACTS" in off.err
    monkeypatch.setenv("BACKTRAIL_MEMORY__ENTITIES", "false")
    assert backtrail("memory", "about", "Otto").code == 2


def test_another_workspace_is_told_nothing(home: Path) -> None:
    for command in (
        ("facts", "--json"),
        ("about", "Captain Morgan", "--json"),
        ("history", "--json"),
    ):
        found = told(*command, "--workspace", "elsewhere").object
        assert not any(isinstance(value, list) and value for value in found.values()), command


def test_a_workspace_reads_anothers_memory_until_it_is_revoked(home: Path) -> None:
    def found(*arguments: str) -> list[object]:
        return backtrail(*arguments, "--workspace", "guests", "--json").object.get("hits", [])

    assert found("search", "bridge") == []
    assert told("grant", "guests", "--json").object["grant"]["tenant"] == "guests"
    assert found("search", "bridge")
    assert told("grants", "--json").object["given"][0]["reader"] == "guests"
    asked = backtrail("ask", "What is the code of the cellar?", "--workspace", "guests", "--json")
    assert asked.code == 0 and asked.object["moments"]
    assert backtrail("forget", "VID_20260301_142233.mp4", "--workspace", "guests").code == 2
    assert backtrail("search", "bridge", "--json").object["hits"], "guests forget nothing of ours"
    assert "guests may read everything of this workspace" in told("grants").out
    assert told("revoke", "guests", "--json").object["revoked"] == 1
    some = told("grant", "guests", "--video", "VID_20260301_142233.mp4", "--kind", "speech")
    assert "guests may read speech in VID_20260301_142233.mp4 of" in some.out
    assert "speech in VID_20260301_142233.mp4" in told("grants").out
    assert "speech in VID_20260301_142233.mp4" in told("grants", "--workspace", "guests").out
    assert told("revoke", "guests").out.startswith("1 grant of")
    assert found("search", "bridge") == []
    assert backtrail("memory", "grant", "../etc").code == 2
    assert backtrail("memory", "grant", "default").code == 2, "it reads its own memory"
    assert backtrail("memory", "grant", "guests", "--kind", "smell").code == 2


def test_memory_is_moved_and_taken_back(home: Path) -> None:
    out = told("export", str(home / "cube"), "--json").object
    assert backtrail("memory", "export", str(home / "cube")).code == 2, "it is not empty"
    (home / "file").write_text("no folder", encoding="utf-8")
    wrong = backtrail("memory", "export", str(home / "file" / "cube"))
    assert wrong.code == 2 and "cannot be made" in wrong.err and "doctor" not in wrong.err
    assert out["files"]["texts.parquet"]["rows"] > 0
    came = told("import", str(home / "cube"), "--workspace", "moved", "--json").object
    assert len(came["videos"]) == 1
    assert backtrail("search", "bridge", "--workspace", "moved", "--json").object["hits"]
    assert backtrail("memory", "import", str(home / "cube"), "--workspace", "moved").code == 2
    same = told("fuse", str(home / "cube"), "--workspace", "moved")
    assert "1 were here" in same.out
    assert "of VID_20260301_142233.mp4" in told("undo", "-w", "moved").out, "what was taken back"
    assert not backtrail("search", "bridge", "--workspace", "moved", "--json").object.get("hits")
