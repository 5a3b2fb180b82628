"""Every command as a user types it: output, streams, exit codes and errors."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from flows.cli.app import app
from tests.conftest import ROOT
from tests.flows.library import Said, backtrail, ferry, scripted_home
from tests.media import plain, scene, steady, write_image, write_sound, write_video

COMMANDS = (
    "ingest ask search videos show clip export forget reembed migrate models doctor up down serve"
).split()
GROUPS = ("memory", "preferences", "recipes", "watch")
"""Commands that have commands."""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home with one video."""
    folder = tmp_path_factory.mktemp("library")
    with scripted_home(folder):
        assert backtrail("ingest", ferry(folder)).code == 0
        yield folder


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Path]:
    """A home without any."""
    with scripted_home(tmp_path):
        yield tmp_path


def test_help_names_every_command_and_explains_it() -> None:
    listed = backtrail("--help")
    assert listed.code == 0
    for command in COMMANDS:
        assert command in listed.out
        for flag in ("-h", "--help"):
            told = backtrail(command, flag)
            assert told.code == 0
            assert len(told.out.splitlines()) > 5
    for group in GROUPS:
        told = backtrail(group, "--help")
        cut = re.search(r"^  .*\w,?\.\.\.$", told.out, re.MULTILINE)
        assert "Commands:" in told.out and cut is None, f"{group}: {cut and cut.group()} is cut"
    assert "..." not in listed.out.replace("[ARGS]...", "")


def test_help_shows_words_and_not_types_of_python() -> None:
    for command in COMMANDS:
        told = backtrail(command, "-h").out
        assert not re.search(r"<(?:list|str|int|float|path|bool)|list\[", told), told


def test_forgetting_alone_leaves_nothing_that_an_interrupted_write_left(tmp_path: Path) -> None:
    """A copy of the data under a name that no commit has stays otherwise."""
    with scripted_home(tmp_path):
        assert backtrail("ingest", ferry(tmp_path)).code == 0
        data = next(tmp_path.rglob("texts_*.lance/data"))
        left = data / "interrupted.lance"
        left.write_bytes(next(data.glob("*.lance")).read_bytes())
        assert backtrail("forget", "ferry.mp4", "--alone").code == 0
        assert not left.exists()


def test_the_version_is_said() -> None:
    said = backtrail("--version")
    assert said.code == 0
    assert re.fullmatch(r"backtrail \d+\.\d+\S*\n", said.out)


def test_a_question_needs_no_quotes(library: Path) -> None:
    said = backtrail("ask", "when", "does", "the", "ferry", "leave?", "--video", "ferry.mp4")
    assert "nine thirty" in said.out
    both = backtrail("search", "captain", "morgan", "--limit", "1", "--json").object["hits"]
    assert both == backtrail("search", "captain morgan", "--limit", "1", "--json").object["hits"]
    assert "Captain Morgan" in both[0]["text"]


def test_times_are_given_as_seconds_or_as_on_a_clock(library: Path) -> None:
    def found(*times: str) -> list[str]:
        hits = backtrail("search", "bridge", "--kind", "speech", *times, "--json").object["hits"]
        return [hit["text"] for hit in hits]

    assert found("--from", "0:08") == found("--from", "8") == found("--from", "8", "--to", "1:00")
    assert found("--from", "0", "--to", "0:05") != found("--from", "0:08")
    assert backtrail("search", "x", "--from", "soon").code == 2


def test_ask_quotes_the_moment(library: Path) -> None:
    said = backtrail("ask", "When does the ferry leave?")
    assert said.code == 0
    assert "nine thirty" in said.out
    assert re.search(r"\[1\] ferry.mp4 0:0[12].\d-0:03.0 speech", said.out)
    assert "looks" in said.err


def test_ask_as_json_is_the_documented_object(library: Path) -> None:
    said = backtrail("ask", "When does the ferry leave?", "--video", "ferry.mp4", "--json")
    result = said.object
    assert (said.code, result["status"], said.err) == (0, "answered", "")
    assert set(result) >= {
        *("question", "answer", "status", "choice", "confidence", "phase", "evidence"),
        *("usage", "rounds", "run_id", "flow_run_id"),
    }
    assert set(result["evidence"][0]) == {
        *("memory_id", "video_id", "video", "start", "end", "level", "kind", "text", "thumbnail"),
    }
    assert 1.0 <= result["evidence"][0]["start"] < result["evidence"][0]["end"] <= 3.0
    assert 0 <= result["confidence"] <= 1
    assert set(result["usage"]) == {
        *("llm_calls", "vlm_calls", "input_tokens", "output_tokens", "frames_decoded"),
        *("looks", "cached_looks", "seconds", "usd", "roles"),
    }


def test_an_abstention_is_done_and_says_what_was_searched(library: Path) -> None:
    said = backtrail("ask", "What is the price of the violin?", "--budget", "looks=0")
    assert said.code == 0
    assert said.out.startswith("No answer")
    assert "memories of ferry.mp4" in said.out


def test_ask_ingests_a_path_first_and_knows_it_later(library: Path, tmp_path: Path) -> None:
    video = ferry(tmp_path, "-new näme: a film.mp4")
    arguments = ("ask", "Who waves from the bridge?", "--video", video, "-W", "fresh", "--json")
    assert "Captain Morgan" in backtrail(*arguments).object["evidence"][0]["text"]
    (known,) = backtrail("videos", "-W", "fresh", "--json").object["videos"]
    assert (known["video"], known["status"]) == (video.name, "ready")


def test_search_by_words_by_picture_and_under_filters(library: Path) -> None:
    hits = backtrail("search", "ferry", "--json").object["hits"]
    assert hits[0]["text"].startswith("The ferry leaves")
    assert {"score", "score_parts", "memory_id", "start", "end"} <= set(hits[0])
    speech = backtrail("search", "bridge", "--kind", "speech", "--from", "8", "--json")
    assert {hit["kind"] for hit in speech.object["hits"]} == {"speech"}
    assert all(hit["end"] > 8 for hit in speech.object["hits"])
    assert backtrail("search", "ferry", "--to", "0.5", "--kind", "speech").out == "nothing found\n"
    (first, *_) = backtrail("search", "ferry", "--json").object["hits"]
    assert first["thumbnail"] and (library / "store" / "thumbnails" / first["thumbnail"]).is_file()
    assert first["memory_id"] in backtrail("search", "ferry").out
    assert backtrail("search", "asdkjh", "qwpoe").out == "nothing found\n"
    blue = write_image(library / "blue.png", plain((32, 32, 224)))
    found = backtrail("search", "--image", blue, "--kind", "keyframe", "--json").object["hits"]
    assert found[0]["start"] >= 8.0
    assert len(found) == 1, "keyframes of one shot are one moment"
    assert "Picture: blue" in found[0]["text"], "what is on the picture"
    for question in ("When is this shown?", "Where does this picture appear?", "this"):
        asked = backtrail("ask", question, "--image", blue, "--json").object
        assert asked["status"] == "answered"
        told = asked["evidence"][0]
        assert told["kind"] == "keyframe"
        assert told["start"] >= 8.0, "a keyframe of the same shot"
    said = backtrail("ask", "What is said here?", "--image", blue, "--json").object
    assert "Captain Morgan" in said["answer"]
    nowhere = write_image(library / "grey.png", scene(4))
    lost = backtrail("ask", "When is this shown?", "--image", nowhere, "--budget", "looks=0")
    assert "nothing that was shown looks like the picture" in lost.out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ("search", 2, "nothing to search for"),
        ("search x --kind bogus", 2, "there is no kind 'bogus' (use one of caption, speech"),
        ("search x --level bogus", 2, "there is no level 'bogus'"),
        ("search x --from 9 --to 3", 2, "--to 3 lies before --from 9"),
        ("search x --image missing.png", 2, "missing.png does not exist"),
        ("show nothing", 2, "there is no video 'nothing'"),
        ("forget nothing", 2, "there is no video 'nothing'"),
        ("export nothing", 2, "there is no video 'nothing'"),
        ("clip m_zz", 2, "there is no memory row 'm_zz'"),
        ("ask the", 2, "names nothing that can be searched for"),
        ("ask ferry --budget looks=many", 2, "the budget's looks is 'many'"),
        ("ask ferry --video missing.mp4", 2, "there is no video 'missing.mp4'"),
        ("ask ferry --choice=", 2, "one of the options to choose from is empty"),
        ("ask ferry -W nobody", 2, "remembers no video yet (ingest one first"),
        ("search ferry -w nobody", 2, "remembers no video yet"),
        ("models bogus", 2, "models cannot 'bogus'"),
        ("models pull bogus", 2, "there is no model 'bogus'"),
        ("serve", 1, "no Prefect server is running (start one first: backtrail up)"),
    ],
)
def test_wrong_usage_is_one_line_and_an_object(
    library: Path, arguments: str, code: int, words: str
) -> None:
    said = backtrail(*arguments.split())
    assert said.code == code, said
    assert words in said.err
    assert said.err.count("\n") == 1
    assert said.out == ""
    if arguments != "serve":
        told = backtrail(*arguments.split(), "--json")
        assert told.code == code
        assert set(told.object["error"]) == {"code", "message", "hint"}
        assert told.err == ""


@pytest.mark.parametrize("command", ["ask", "search"])
def test_a_text_that_is_no_question_is_refused_by_its_length(library: Path, command: str) -> None:
    said = backtrail(command, "When does the ferry leave and why? " * 1_060)
    assert said.code == 2
    assert "37,100" in said.err and "at most 4,000 are read" in said.err
    assert len(said.err) < 300
    assert backtrail(command, "When does the ferry leave and why? " * 110).code == 0


def test_debug_shows_the_traceback(library: Path) -> None:
    said = backtrail("show", "nothing", "--debug")
    assert "Traceback" in said.err
    assert "Traceback" not in backtrail("show", "nothing").err


def test_a_wrong_setting_is_named(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKTRAIL_PRESET", "bogus")
    said = backtrail("videos")
    assert said.code == 2
    assert "the setting preset is wrong" in said.err
    assert said.err.count("\n") == 1


def test_a_name_that_sets_nothing_is_told(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert backtrail("videos").err == ""
    monkeypatch.setenv("BACKTRAIL_LOOK__LOKS", "3")
    said = backtrail("videos")
    assert said.code == 0
    assert said.err == (
        "backtrail: BACKTRAIL_LOOK__LOKS sets nothing; did you mean BACKTRAIL_LOOK__LOOKS?\n"
    )
    assert "BAD settings" in backtrail("doctor").out
    monkeypatch.setenv("BACKTRAIL_PRICES", "{")
    assert "prices" in backtrail("videos").err and backtrail("videos").code == 2


def test_a_misspelt_video_is_guessed(library: Path) -> None:
    for wrong in ("fery.mp4", "Ferry", "ferry.mkv"):
        said = backtrail("show", wrong)
        assert said.code == 2
        assert "did you mean 'ferry.mp4'?" in said.err
    assert "did you mean" not in backtrail("show", "something else").err


def test_show_export_clip_and_models(library: Path, tmp_path: Path) -> None:
    shown = backtrail("show", "ferry.mp4")
    assert "video 0:00.0-0:14.8" in shown.out
    assert backtrail("show", "ferry.mp4", "--json").object["video"] == "ferry.mp4"
    files = backtrail("export", "ferry.mp4", "-o", tmp_path, "--json").object["files"]
    assert [Path(file).suffix for file in files] == [".srt", ".json", ".parquet"]
    assert "The ferry leaves" in Path(files[0]).read_text(encoding="utf-8")
    rows = json.loads(Path(files[1]).read_text(encoding="utf-8"))["memories"]
    row = next(row for row in rows if row["kind"] == "speech")
    cut = backtrail("clip", row["memory_id"], "-o", tmp_path / "moment.mp4", "--json").object
    assert Path(cut["clip"]).stat().st_size > 500
    assert (cut["start"], cut["end"]) == (row["start"], row["end"])
    roles = [entry["role"] for entry in backtrail("models", "--json").object["models"]]
    assert roles[:5] == [
        "text_reader",
        "transcriber",
        "recogniser",
        "text_encoder",
        "image_encoder",
    ]
    assert "planner" in roles


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


def test_a_folder_goes_on_past_failures(empty: Path) -> None:
    folder = empty / "media in"
    folder.mkdir()
    ferry(folder)
    loud = scene(1).reshape(-1)[:32000].astype(np.float32)
    write_sound(folder / "sound.wav", loud / np.float32(512))
    write_image(folder / "picture.png", scene(2))
    (folder / "broken.mp4").write_bytes(b"\0" * 100)
    (folder / ".hidden.mp4").write_bytes(b"\0" * 100)
    (folder / "notes.txt").write_text("no media", encoding="utf-8")
    said = backtrail("ingest", folder, "--json")
    entries = {Path(entry["path"]).name: entry for entry in said.object["videos"]}
    assert said.code == 1
    assert set(entries) == {"ferry.mp4", "sound.wav", "picture.png", "broken.mp4"}
    assert {n for n, e in entries.items() if e["status"] == "ingested"} == {
        *("ferry.mp4", "sound.wav", "picture.png"),
    }
    assert entries["broken.mp4"]["error"]["code"] == "unreadable_media"
    again = backtrail("ingest", folder)
    assert "3 of 4 files remembered" in again.err
    assert again.err.count("unchanged") == 3


@pytest.mark.parametrize("kind", ["zero", "words", "missing", "folder"])
def test_unreadable_input_is_wrong_usage(empty: Path, kind: str) -> None:
    path = empty / "clip.mp4"
    if kind == "zero":
        path.touch()
    if kind == "words":
        path.write_text("words " * 100, encoding="utf-8")
    if kind == "folder":
        path.mkdir()
    said = backtrail("ingest", path)
    assert said.code == 2
    assert "clip.mp4" in said.err
    assert not (empty / "store").exists()


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (96, 64)])
def test_tiny_pictures_and_one_frame_are_remembered(empty: Path, size: tuple[int, int]) -> None:
    width, height = size
    picture = write_image(empty / "tiny.png", plain((10, 200, 30), width, height))
    frames = steady([(plain((10, 200, 30), width, height), 0.1)])
    video = write_video(empty / "one frame.mkv", frames, codec="ffv1", pixel_format="yuv444p")
    for path in (picture, video):
        (entry,) = backtrail("ingest", path, "--json").object["videos"]
        assert entry["status"] == "ingested", entry
        assert entry["memories"]["keyframe"] == 1


def test_estimate_writes_nothing(empty: Path) -> None:
    video = ferry(empty)
    forecast = backtrail("ingest", video, "--estimate", "--json").object
    assert forecast["videos"][0]["duration"] == pytest.approx(14.84)
    assert forecast["total"]["seconds"] > 0
    for entry in (*forecast["videos"], forecast["total"]):
        for name in ("seconds", "bytes"):
            least, most = entry["range"][name]
            assert 0 <= least <= entry[name] <= most
    said = backtrail("ingest", video, "--estimate").out
    assert re.search(r"about \d+ s \(\d+ to \d+\), [\d.]+ MB \([\d.]+ to [\d.]+\)", said)
    assert "from decoding" in said
    assert not (empty / "store").exists()


def test_wrong_usage_under_json_is_an_object_too(monkeypatch: pytest.MonkeyPatch) -> None:
    done = _run("videos", "--nope", "--json")
    assert done.code == 2
    assert done.object["error"]["code"] == "usage"
    assert "--nope" in done.object["error"]["message"]
    said = _run("serch", "x\x1b[2J")
    assert said.code == 2
    assert "Did you mean 'search'" in said.err and said.err.count("\n") == 1
    assert "\x1b" not in _run("videos", "--n\x1b[2J").err
    assert _run().out == _run("--help").out != ""


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another user")
def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path) -> None:
    video = ferry(tmp_path)
    video.chmod(0o000)
    for folder in (tmp_path, *tmp_path.parents):
        if str(folder).startswith("/tmp/") and folder != Path("/tmp"):
            folder.chmod(0o755)
    script = (
        "import os\n"
        "from pathlib import Path\n"
        "from agents.perception.media.probe import probe\n"
        "os.setgid(65534)\n"
        "os.setuid(65534)\n"
        f"probe(Path({str(video)!r}))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert "UnreadableMedia" in done.stderr
    assert "may not be read by this user" in done.stderr


def _run(*arguments: str) -> Said:
    """A command as a process of its own."""
    command = [sys.executable, "-m", "flows.cli.app", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    return Said(done.returncode, done.stdout, done.stderr)


def _forget_models() -> None:
    from agents.models.build import build_models
    from agents.runtime import open_runtime

    build_models.cache_clear()
    open_runtime.cache_clear()


def test_the_app_has_exactly_the_documented_commands() -> None:
    names = {c.name or (c.callback.__name__ if c.callback else "") for c in app.registered_commands}
    assert names == set(COMMANDS)


def test_a_prefect_server_that_does_not_answer_is_no_bug(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    for command in (
        ["ask", "When does it leave?"],
        ["ingest", "ferry.mp4"],
        ["forget", "ferry.mp4"],
    ):
        said = backtrail(*command)
        assert said.code == 1, said
        assert "127.0.0.1:9/api does not answer" in said.err and "unset" in said.err
        assert "bug" not in said.err
    monkeypatch.delenv("PREFECT_API_URL")
    assert "ferry.mp4" in backtrail("videos").out


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


def test_a_folder_of_pictures_is_tidied_on_the_way_and_at_the_end(
    empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import timedelta

    from memory.lance import upkeep

    monkeypatch.setattr(upkeep, "KEEP_IN_RUNS", timedelta(seconds=0.5))
    folder = empty / "pictures"
    folder.mkdir()
    count = 2 * upkeep.MOST_PIECES
    for number in range(count):
        write_image(folder / f"{number}.png", scene(number, 32, 32))
    assert f"{count} of {count} files remembered" in backtrail("ingest", folder).err
    files = [path for path in (empty / "store").glob("*.lance/**/*") if path.is_file()]
    assert len(files) < 25 * count, len(files)
    frames = [path for path in files if "frames" in str(path) and path.parent.name == "_versions"]
    assert len(frames) < 3 * count
    assert len(backtrail("videos", "--json").object["videos"]) == count
