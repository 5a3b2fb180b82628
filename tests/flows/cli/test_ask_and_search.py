"""`ask` and `search`, and what shows, exports and cuts what they find."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.flows.cli.homes import library as library
from tests.flows.library import backtrail, ferry
from tests.media import plain, scene, write_image


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
