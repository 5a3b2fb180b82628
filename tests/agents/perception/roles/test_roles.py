"""What lines on screen are for, by where they stand, how large they are and when they change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

import agents.ingest.finish as finishing
from agents.ingest.events.changes import change_rows
from agents.ingest.events.titles import titles_of
from agents.ingest.finish import finish
from agents.ingest.windows import prepare, run_window
from agents.models.build import ROLES, build_models
from agents.models.ports import Image, ModelSpec, TextLine
from agents.perception.records import Parameters
from agents.perception.roles import captions, doubt, lists, roles
from agents.perception.roles.roles import with_roles
from agents.runtime import encoder_tags
from memory.details import Details
from memory.lance.store import LanceStore
from memory.records import SECOND, Kind, Memory, Owner, Scope
from tests.agents.perception.roles.slides import (
    BULLETS,
    PLAIN,
    SAID,
    TEXT,
    TITLE,
    Line,
    box_of,
    cues,
    shown,
)
from tests.media import plain, steady, write_video
from tests.rows import KEY, TENANT, VIDEO, row, shots


def told(rows: Iterable[Memory]) -> dict[str, str]:
    """The role of each text; a text that has none is left out."""
    lines = [line for each in with_roles(list(rows)) for line in each.details.get("lines", [])]
    return {line["text"]: line["role"] for line in lines if "role" in line}


def test_a_slide_has_a_title_and_items_and_a_wrapped_line_goes_on_with_its_item() -> None:
    assert told([shown(0, 10, TITLE, *BULLETS)]) == {
        "Budget review": "title",
        "• Rent went up": "item",
        "• New machines for the packing": "item",
        "hall and the garage": "wrapped",
        "• Two people were hired": "item",
    }


def test_items_that_come_one_by_one_are_one_list() -> None:
    first, second, wrapped, third = BULLETS
    rows = [shown(0, 10, TITLE), shown(2, 10, first), shown(4, 10, second, wrapped)]
    rows.append(shown(6, 10, third))
    assert told(rows) == told([shown(0, 10, TITLE, *BULLETS)])


def test_a_list_needs_no_markers_where_its_items_are_evenly_apart() -> None:
    found = told([shown(0, 10, TITLE, *PLAIN)])
    assert found["New machines for the packing"] == "item"
    assert found["hall and the garage"] == "wrapped"


@pytest.mark.parametrize(
    "lines",
    [
        TEXT,
        [("Anna  12", 0.07, 0.2, 0.06), ("• one", 0.07, 0.3, 0.06)],
        [(name, 0.0, 0.1 * n, 0.06) for n, name in enumerate(("Anna Bell", "Otto", "Eva Lind"))],
        [("one", 0.1, 0.2, 0.06), ("two", 0.1, 0.3, 0.06), ("three", 0.1, 0.62, 0.06)],
    ],
    ids=["a paragraph", "a single marker", "centred names", "unevenly apart"],
)
def test_what_only_stands_below_each_other_is_no_list(lines: Sequence[Line]) -> None:
    assert told([shown(0, 10, *lines)]) == {}


def test_two_lists_side_by_side_keep_their_items_apart() -> None:
    left = {"text": "• tea", "confidence": 0.9, "box": [0.1, 0.2, 0.2, 0.26]}
    right = {"text": "• milk", "confidence": 0.9, "box": [0.4, 0.2, 0.5, 0.26]}
    joined = {"text": "• tea  • milk", "box": [0.1, 0.2, 0.5, 0.26], "parts": [left, right]}
    below = shown(0, 10, ("• salt", 0.1, 0.3, 0.06), ("• rice", 0.4, 0.3, 0.06))
    both = replace(shown(0, 10), details=cast("Details", {"lines": [joined]}))
    [line] = with_roles([both, below])[0].details.get("lines", [])
    assert [part.get("role") for part in line.get("parts", [])] == ["item", "item"]


@pytest.mark.parametrize(
    ("rows", "is_title"),
    [
        ([shown(0, 10, TITLE, *TEXT)], True),
        ([shown(0, 10, ("Budget review", 0.06, 0.8, 0.1), *BULLETS)], False),
        ([shown(0, 10, ("Budget review", 0.07, 0.12, 0.065), *BULLETS)], False),
        ([shown(4, 5, TITLE), shown(0, 10, *BULLETS)], False),
        ([shown(0, 10, TITLE)], False),
    ],
    ids=["large and above", "below", "no larger", "does not stay", "alone"],
)
def test_a_title_is_large_above_and_stays(rows: list[Memory], is_title: bool) -> None:
    assert (told(rows).get("Budget review") == "title") == is_title


def test_what_runs_upwards_takes_no_part() -> None:
    page = shown(0, 10, TITLE, *BULLETS)
    turned = {"text": "Drawing KX-7315", "confidence": 0.95, "box": [0.92, 0.2, 0.97, 0.7]}
    lines = [*page.details.get("lines", []), turned]
    assert told([replace(page, details=cast("Details", {"lines": lines}))]) == told([page])


def test_a_title_may_have_two_lines() -> None:
    second = ("and the plan for next year", 0.06, 0.16, 0.095)
    assert told([shown(0, 10, TITLE, second, *BULLETS)])[second[0]] == "title"


def test_lines_that_give_way_to_each_other_below_a_slide_are_subtitles() -> None:
    slide = shown(0, 10, TITLE, *BULLETS)
    found = told([slide, *cues(*SAID)])
    assert {found[text] for text in SAID} == {"subtitle"}
    assert found["Budget review"] == "title"
    assert told(cues(*SAID)).keys() == set(SAID), "nor need there be other text"


@pytest.mark.parametrize(
    "rows",
    [
        cues(*SAID[:2]),
        cues(*SAID, top=0.45),
        cues(*SAID, lasts=12),
        cues(*(f"Round {n}" for n in range(6))),
        [shown(0, 10, (text, 0, 0.85, 0.06)) for text in SAID],
        [shown(2 * n, 2 * n + 2, (text, 0.05, 0.9, 0.06)) for n, text in enumerate(SAID)],
        [
            shown(5 * n, 5 * n + 5, place)
            for n, text in enumerate(SAID)
            for place in ((text, 0, 0.9, 0.06), (text[::-1], 0.1, 0.4, 0.06))
        ],
    ],
    ids=["two", "in the middle", "too long", "a counter", "at once", "not centred", "with pages"],
)
def test_other_lines_at_the_edge_are_no_subtitles(rows: list[Memory]) -> None:
    assert "subtitle" not in told(rows).values()


def test_texts_and_ids_stay_and_roles_are_told_anew() -> None:
    rows = [shown(0, 10, TITLE, *BULLETS), *cues(*SAID), row(Kind.SPEECH, 0, 2, "hello")]
    once = with_roles(rows)
    plainly = [(r.memory_id, r.text, r.confidence, r.span) for r in rows]
    assert [(r.memory_id, r.text, r.confidence, r.span) for r in once] == plainly
    assert with_roles(once) == once
    assert told(once[1:3]) == {}, "a run that is cut short is none any more"
    bare = replace(rows[0], details={}).identified("k")
    assert bare.memory_id == rows[0].identified("k").memory_id


@pytest.mark.parametrize(
    ("module", "name", "value", "lost"),
    [
        (roles, "LARGER", 9.0, {"title"}),
        (captions, "LEAST", 99, {"subtitle"}),
        (lists, "LEAST_MARKED", 99, {"item", "wrapped"}),
        (lists, "INDENT", -1.0, {"wrapped"}),
    ],
)
def test_each_role_hangs_on_its_rule(
    monkeypatch: pytest.MonkeyPatch, module: object, name: str, value: float, lost: set[str]
) -> None:
    rows = [shown(0, 10, TITLE, *BULLETS), *cues(*SAID)]
    before = set(told(rows).values())
    monkeypatch.setattr(module, name, value)
    assert before - set(told(rows).values()) == lost


def test_subtitles_name_no_stretch_and_are_no_changes() -> None:
    rows = [shown(0, 10, TITLE, *BULLETS), *cues(*SAID)]
    film = cues(*SAID)
    assert titles_of(shots(0, 10), with_roles(film)) == {}
    assert list(titles_of(shots(0, 10), film).values()) == [SAID[0]]
    owner = Owner(TENANT, VIDEO, KEY)
    assert change_rows(with_roles(rows), (), (), 20 * SECOND, owner) != change_rows(
        rows, (), (), 20 * SECOND, owner
    )
    named = [r.text or "" for r in change_rows(with_roles(rows), (), (), 20 * SECOND, owner)]
    assert not any(text in said for text in SAID for said in named)


class Slide:
    """A reader that sees one slide."""

    name = "slide"

    def __init__(self) -> None:
        lines = [
            (text, box_of(text, left, top, high)) for text, left, top, high in (TITLE, *BULLETS)
        ]
        self.lines = {(b[0], b[1], b[2], b[3]): text for text, b in lines}

    def find(self, image: Image) -> list[tuple[float, float, float, float]]:
        return list(self.lines)

    def read(
        self, image: Image, boxes: Sequence[tuple[float, float, float, float]] | None = None
    ) -> list[TextLine]:
        places = list(self.lines) if boxes is None else boxes
        return [TextLine(self.lines[box], 0.99, box) for box in places]


def test_rows_of_an_ingested_file_have_roles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = write_video(tmp_path / "slide.mp4", steady([(plain((200, 200, 200)), 4.0)]))
    specs = tuple(ModelSpec(role, "scripted") for role in ROLES)
    models = replace(build_models(specs, tmp_path, 1), text_reader=Slide())
    text_tag, image_tag = encoder_tags(models)
    store = LanceStore.open(str(tmp_path / "store"), text=text_tag, image=image_tag)
    job = prepare(store, film, TENANT, Parameters(), models)
    for window in job.windows:
        run_window(store, job, window, models)

    def kept() -> list[Memory]:
        video = finish(store, job, models)
        return store.memories(Scope(TENANT, (video.video_id,), (Kind.SCREEN_TEXT,)))

    with_them = kept()
    lines = [line for each in with_them for line in each.details.get("lines", [])]
    assert lines[0].get("role") == "title"
    monkeypatch.setattr(finishing, "words_of", lambda _: frozenset(("rent", "hall")))
    monkeypatch.setattr(doubt, "SURE", 1.0)
    marks = [line.get("doubtful", False) for r in kept() for line in r.details.get("lines", [])]
    assert marks == [True, False, True, False, True], "marked where no word is known"
    monkeypatch.setattr(finishing, "with_roles", list)
    assert [r.memory_id for r in kept()] == [r.memory_id for r in with_them]
