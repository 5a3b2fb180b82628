"""Where a proof lies in a picture: boxes of rows, the part that is enlarged, real pixels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from flows.output.outline import outline_of
from flows.output.proof import boxes_of, drawn, joined, proofs_of
from flows.output.report import write_report
from flows.wiring import runtime_of
from memory.details import Details
from memory.records import Kind, Level, Memory, Producer, Scope, Span
from tests.flows.library import backtrail, ferry, scripted_home

SMALL = (0.7, 0.78, 0.76, 0.8)


def row(kind: Kind, **details: Any) -> Memory:
    return Memory(
        *("m", "t", "v", "key", "w", "n"),
        *(Level.SHOT, kind, Span(0, 1_000_000), "words", Producer("reader")),
        details=cast(Details, details),
    )


def white(image: bytes) -> NDArray[np.bool_]:
    return np.asarray(cv2.imdecode(np.frombuffer(image, np.uint8), cv2.IMREAD_COLOR)) > 128


def test_lines_of_the_answer_are_marked_and_all_lines_where_none_is_in_it() -> None:
    lines = [
        {"text": "Harbour museum", "box": [0.1, 0.1, 0.5, 0.2]},
        {"text": "Closed on Monday", "box": [0.1, 0.5, 0.4, 0.6]},
    ]
    slide = row(Kind.SCREEN_TEXT, lines=lines)
    assert boxes_of(slide, {"monday"}, {"monday", "museum"}) == [(0.1, 0.5, 0.4, 0.6)]
    assert len(boxes_of(slide, {"violin"}, {"violin"})) == 2
    assert boxes_of(row(Kind.SPEECH), {"monday"}, {"monday"}) == []


def test_things_are_marked_that_are_asked_for_or_answered() -> None:
    found = [
        {"words": ["cup", "dishes"], "box": [0.2, 0.2, 0.4, 0.4]},
        {"words": ["person", "people"], "box": [0.6, 0.1, 0.9, 0.9]},
    ]
    seen = row(Kind.KEYFRAME, found=found)
    assert boxes_of(seen, set(), {"person"}) == [(0.6, 0.1, 0.9, 0.9)]
    assert boxes_of(seen, set(), {"violin"}) == []


def test_boxes_that_overlap_are_one() -> None:
    label = [(0.717, 0.785, 0.763, 0.806), (0.717, 0.804, 0.752, 0.824)]
    assert joined(label) == [(0.717, 0.785, 0.763, 0.824)]
    assert len(joined([(0.1, 0.1, 0.2, 0.2), (0.1, 0.5, 0.2, 0.6)])) == 2


def test_a_small_box_is_enlarged_and_lies_in_the_crop_where_it_lies_in_the_picture() -> None:
    image = np.zeros((720, 1280, 3), np.uint8)
    image[round(0.78 * 720) : round(0.8 * 720), round(0.7 * 1280) : round(0.76 * 1280)] = 255
    made = drawn(image, [SMALL])
    assert made.zoom is not None and made.times > 5
    lit = white(made.zoom.jpeg)[:, :, 0]
    rows, columns = np.flatnonzero(lit.any(1)), np.flatnonzero(lit.any(0))
    height, width = lit.shape
    ((x, y, wide, high),) = made.zoom.boxes
    assert x <= 100 * columns[0] / width and 100 * columns[-1] / width <= x + wide
    assert y <= 100 * rows[0] / height and 100 * rows[-1] / height <= y + high
    assert wide < 2 * 100 * len(columns) / width and high < 3 * 100 * len(rows) / height


def test_a_large_box_is_shown_in_the_whole_picture_only() -> None:
    made = drawn(np.zeros((90, 160, 3), np.uint8), [(0.1, 0.0, 0.9, 1.0)])
    assert made.zoom is None
    assert made.whole.boxes == ((9.6, -0.4, 80.8, 100.8),)


def test_a_box_at_the_edge_is_enlarged_inside_the_picture() -> None:
    made = drawn(np.zeros((720, 1280, 3), np.uint8), [(0.97, 0.98, 1.0, 1.0)])
    assert made.zoom is not None
    ((x, y, wide, high),) = made.zoom.boxes
    assert x + wide > 95 and y + high > 95
    assert white(made.zoom.jpeg).size


@pytest.fixture
def library(tmp_path: Path) -> Any:
    with scripted_home(tmp_path):
        assert backtrail("ingest", ferry(tmp_path)).code == 0
        yield tmp_path


def asked(question: str) -> dict[str, Any]:
    return backtrail("ask", question, "--json").object


def test_the_report_of_a_question_shows_the_transcript_and_the_scenes(library: Path) -> None:
    result = asked("Who waves from the bridge?")
    store = runtime_of().store
    outline = outline_of(store, "default", result["evidence"][0]["video_id"], result)
    assert [(line.text, line.is_cited) for line in outline.lines] == [
        ("The ferry leaves at nine thirty.", False),
        ("Captain Morgan waves from the bridge.", True),
    ]
    tiles = [tile for chapter in outline.chapters for tile in chapter.tiles]
    assert outline.chapters[0].title
    assert tiles and sum(tile.is_cited for tile in tiles) == 1
    assert all(tile.thumbnail for tile in tiles) and len(outline.pictures) == len(tiles)
    page = library / "page.html"
    write_report(result, store, page, "default")
    text = page.read_text("utf-8")
    assert 'class="line cited"' in text and 'class="tile' in text
    assert "“Captain Morgan waves from the bridge.” is said" in text


def test_what_comes_later_than_as_of_is_in_no_outline(library: Path) -> None:
    result = asked("When does the ferry leave?")
    known = runtime_of().store.as_of(5_000_000)
    outline = outline_of(known, "default", result["evidence"][0]["video_id"], result)
    assert [line.text for line in outline.lines] == ["The ferry leaves at nine thirty."]
    assert all(tile.end <= 5 for chapter in outline.chapters for tile in chapter.tiles)


@pytest.mark.parametrize("is_there", [True, False], ids=["video", "thumbnail"])
def test_the_place_of_a_row_is_cut_out_of_the_video_or_of_what_was_kept(
    library: Path, is_there: bool
) -> None:
    result = asked("When does the ferry leave?")
    store = runtime_of().store
    video = store.videos("default")[0]
    (first, *_) = store.memories(Scope("default", (video.video_id,), (Kind.KEYFRAME,)))
    seen = {"words": ["ferry"], "box": SMALL}
    marked = replace(first, details=cast(Details, {"found": [seen]}), image_vector=None)
    store.put_memories([marked])
    if not is_there:
        (library / "ferry.mp4").unlink()
    cited = dict(result["evidence"][0], memory_id=first.memory_id, kind="keyframe")
    proofs = proofs_of(result | {"evidence": [cited]}, store, "default")
    proof = proofs[first.memory_id]
    assert proof.zoom is not None and white(proof.zoom.jpeg).shape[0] > 0
    assert store.thumbnails is not None and first.thumbnail is not None
    kept = cv2.imread(str(store.thumbnails / first.thumbnail))
    assert kept is not None
    shown = cv2.imdecode(np.frombuffer(proof.whole.jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert np.abs(np.mean(kept, (0, 1)) - np.mean(np.asarray(shown), (0, 1))).max() < 12
