"""Commands that keep a store well: `doctor`, `forget`, `reembed` and `migrate`."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.flows.cli.homes import empty as empty
from tests.flows.cli.homes import library as library
from tests.flows.library import backtrail, ferry, scripted_home
from tests.media import scene, steady, write_video


def test_forgetting_alone_leaves_nothing_that_an_interrupted_write_left(tmp_path: Path) -> None:
    """A copy of the data under a name that no commit has stays otherwise."""
    with scripted_home(tmp_path):
        assert backtrail("ingest", ferry(tmp_path)).code == 0
        data = next(tmp_path.rglob("texts_*.lance/data"))
        left = data / "interrupted.lance"
        left.write_bytes(next(data.glob("*.lance")).read_bytes())
        assert backtrail("forget", "ferry.mp4", "--alone").code == 0
        assert not left.exists()


def test_doctor_finds_all_well_and_says_what_is_not(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = backtrail("doctor", "--json")
    assert told.code == 0
    assert told.object["well"]
    assert {"versions", "FFmpeg", "store"} <= {check["what"] for check in told.object["checks"]}
    monkeypatch.setenv("BACKTRAIL_HOME", str(library / "ferry.mp4"))
    said = backtrail("doctor")
    assert said.code == 1
    assert "BAD store" in said.out


def test_doctor_finds_a_file_that_was_cut_and_says_how_to_get_it_back(empty: Path) -> None:
    video = ferry(empty, "it's a ferry.mp4")
    assert backtrail("ingest", video).code == 0
    assert "all read" in backtrail("doctor").out
    for path in (empty / "store").glob("texts*.lance/data/*.lance"):
        path.write_bytes(path.read_bytes()[:40])
    _forget_models()
    said = backtrail("doctor", "--deep")
    assert said.code == 1
    line = next(line for line in said.out.splitlines() if line.startswith("BAD store"))
    assert "the table of texts cannot be read" in line
    (cure,) = re.findall(r"mv (\S+) (\S+) && backtrail (ingest .*)$", line)
    Path(cure[0]).rename(cure[1])
    _forget_models()
    assert backtrail(*shlex.split(cure[2])).code == 0
    assert "ok  store" in backtrail("doctor").out
    assert "nine thirty" in backtrail("ask", "When does the ferry leave?").out


def test_doctor_finds_what_was_cut_in_a_store_that_cannot_be_opened(empty: Path) -> None:
    assert backtrail("ingest", ferry(empty, "ferry.mp4")).code == 0
    for path in (empty / "store").glob("meta.lance/data/*.lance"):
        path.write_bytes(path.read_bytes()[:40])
    _forget_models()
    said = backtrail("doctor")
    assert said.code == 1
    line = next(line for line in said.out.splitlines() if line.startswith("BAD store"))
    assert "meta.lance" in line and "ends after 40 bytes" in line and "put back a copy" in line


def test_forget_takes_everything_with_it(library: Path, tmp_path: Path) -> None:
    ferry(tmp_path, "gone.mp4")
    video = write_video(tmp_path / "gone.mp4", steady([(scene(3), 2.0)]))
    assert backtrail("ingest", video).code == 0
    (entry,) = (
        v for v in backtrail("videos", "--json").object["videos"] if v["video"] == "gone.mp4"
    )
    removed = backtrail("forget", "gone.mp4", "--json").object["removed"]
    assert removed["videos"] == 1
    assert removed["thumbnails"] >= 1
    assert not list((library / "store" / "thumbnails" / entry["video_id"]).glob("*"))
    assert backtrail("show", "gone.mp4").code == 2


def test_reembed_brings_a_store_to_another_encoder(
    empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = ferry(empty)
    assert backtrail("ingest", video).code == 0
    monkeypatch.setattr("agents.models.scripted.ScriptedTextEncoder.name", "another")
    _forget_models()
    refused = backtrail("search", "ferry")
    assert refused.code == 1
    assert "backtrail reembed" in refused.err
    done = backtrail("reembed", "--json").object["reembedded"]
    assert done["texts"] >= 5
    assert done["keyframes"] >= 3
    assert backtrail("search", "ferry", "--json").object["hits"]
    assert backtrail("ingest", video, "--json").object["videos"][0]["status"] == "unchanged"
    monkeypatch.undo()
    _forget_models()


def test_migrate_has_nothing_to_do(library: Path) -> None:
    assert backtrail("migrate").out == "nothing to migrate\n"
    assert backtrail("migrate", "--json").object == {"migrated": []}


def test_a_store_of_another_version_is_refused(empty: Path) -> None:
    from memory.lance.connection import connect, read_layout, write_layout

    backtrail("ingest", ferry(empty))
    db = connect(str(empty / "store"))
    layout = read_layout(db)
    assert layout is not None
    from dataclasses import replace

    write_layout(db, replace(layout, schema=layout.schema + 1))
    _forget_models()
    said = backtrail("videos")
    assert said.code == 1
    assert "newer program" in said.err


def _forget_models() -> None:
    from agents.models.build import build_models
    from agents.runtime import open_runtime

    build_models.cache_clear()
    open_runtime.cache_clear()


def test_runs_that_went_to_no_server_are_forgotten_too(
    empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, str]] = []
    monkeypatch.setattr("flows.runs.forget_runs", lambda *about: asked.append(about) or 3)
    for kept, runs in ((False, 0), (True, 3)):
        (entry,) = backtrail("ingest", ferry(empty), "--json").object["videos"]
        if kept:
            (empty / "prefect").mkdir(exist_ok=True)
            (empty / "prefect" / "prefect.db").touch()
        said = backtrail("forget", "ferry.mp4", "--json")
        assert said.object["removed"]["flow runs"] == runs
        assert ("no server is running" in said.err) == kept
    assert asked == [("default", entry["video_id"])]
