"""Who and what is named over all videos: aliases, misread names, moments, notes, walls."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from memory.errors import MemoryLayerError
from memory.organise.entities import about, entities, mentions_of
from memory.organise.lifecycle import TooLong, note, profiles
from memory.organise.parts import ALL_ON
from memory.organise.profiles import alike
from memory.organise.records import Mention, plain
from memory.organise.timescope import time_range
from memory.organise.verbs import about_whom
from memory.records import Kind, Memory
from tests.memory.organise.library import TENANT, film, open_at, said, shown, told

FILLER = "we talked about the weather and nothing else of note happened here".split()


def planted(videos: int = 10) -> tuple[list[list[Memory]], set[tuple[str, int]]]:
    """Videos in which Katharina Brandt is named in four ways, and a near namesake in others."""
    draw = random.Random(3)  # reproducible
    ways = ("{} arrived late", "we met {} there", "ask {} about it")
    names = ("Katharina Brandt", "KATHARINA BRANDT", "Katarina Brandt", "Kathi")
    films: list[list[Memory]] = []
    moments: set[tuple[str, int]] = set()
    for number in range(videos):
        rows: list[Memory] = []
        for second in range(0, 200, 10):
            text = " ".join(draw.sample(FILLER, 8))
            if draw.random() < 0.2:
                text = draw.choice(ways).format(draw.choice(names)) + " " + text
                moments.add((f"v{number}", second * 1_000_000))
            elif draw.random() < 0.2:
                text = draw.choice(ways).format("Konrad Brandt") + " " + text
            rows.append(said(second, text, f"v{number}"))
        films.append(rows)
    return films, moments


def test_about_somebody_over_ten_videos(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    films, moments = planted()
    for rows in films:
        film(store, *rows)
    film(store, said(0, "Katharina Brandt is somebody else's", tenant="other"))
    note(store, TENANT, "Katharina Brandt", "", ALL_ON, aliases=["Kathi"])
    found, names = about(store, TENANT, "kathi")
    told = {(moment.video_id, moment.start) for moment in found}
    assert len(told & moments) >= 0.95 * len(moments)
    assert told <= moments, "a near namesake and another workspace are foreign"
    assert {"Katharina Brandt", "Katarina Brandt", "Kathi"} <= set(names)
    exact, _ = about(store, TENANT, "kathi", fuzzy=False)
    assert len({(m.video_id, m.start) for m in exact}) < len(told), "misread names are lost"


def test_off_takes_no_names_and_misses_the_misread_ones(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    row = said(0, "we met Katarina Brandt there")
    film(store, row, parts=replace(ALL_ON, entities=False))
    assert about(store, TENANT, "Katharina Brandt")[0] == []
    film(store, row)
    assert len(about(store, TENANT, "Katharina Brandt")[0]) == 1


def test_names_lines_things_and_speakers_are_mentioned() -> None:
    rows = [
        said(0, "Anna: The bridge of Captain Morgan is closed"),
        shown(0, 5, ("HARBOUR MUSEUM", 0.1), ("a line that is much too long to be a name", 0.3)),
        told(Kind.OBJECTS, 0, 5, "tabby; cat", details={"labels": [("tabby", 0.8), ("cat", 0.9)]}),
    ]
    found = {(mention.name, mention.sort) for mention in mentions_of(rows)}
    assert {("Anna", "speaker"), ("Captain Morgan", "name"), ("HARBOUR MUSEUM", "line"),
            ("tabby", "thing")} <= found  # fmt: skip
    assert not any("too long" in name for name, _ in found)


def test_a_name_is_found_as_whole_words_only(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    film(store, said(0, "the annals of the town"), said(5, "then Ann came"))
    assert [m.start for m in about(store, TENANT, "Ann")[0]] == [5_000_000]


def test_what_recurs_is_listed_the_most_frequent_first(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    film(store, said(0, "we saw Otto and Zoe"), said(5, "there was Otto"))
    film(store, said(0, "again Otto came", "v2"))
    assert [(e["name"], e["mentions"], e["videos"]) for e in entities(store.notebook, TENANT)] == [
        ("Otto", 3, 2)
    ]


def test_about_tells_first_and_last_facts_and_notes(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    film(store, said(3, "Otto's address is Dock Street."), recorded_at="2026-03-03T10:00:00")
    film(store, said(7, "there was Otto", "v0"), recorded_at="2026-03-01T10:00:00")
    note(store, TENANT, "Otto", "the neighbour", ALL_ON)
    found = about_whom(store, TENANT, "otto")
    shape = found.to_json({"v0": "old.mp4", "v1": "new.mp4"})
    assert shape["first"]["video"] == "old.mp4" and shape["last"]["video"] == "new.mp4"  # type: ignore[index]
    assert shape["notes"] == ["the neighbour"]
    assert [fact.value for fact in found.facts] == ["Dock Street"]
    sunday = time_range("last Sunday", datetime(2026, 3, 4))
    assert [m.video_id for m in about_whom(store, TENANT, "Otto", when=sunday).moments] == ["v0"]


def test_a_note_replaces_the_one_before_and_keeps_its_other_names(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    note(store, TENANT, "Otto", "a friend", ALL_ON, aliases=["Ottokar"])
    note(store, TENANT, "otto", "a neighbour", ALL_ON)
    (held,) = profiles(store, TENANT)
    assert (held.text, held.aliases) == ("a neighbour", ("Ottokar",))
    assert profiles(store, "other") == []


def test_a_note_that_is_too_long_is_refused_not_cut(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    with pytest.raises(TooLong, match="6 words"):
        note(store, TENANT, "Otto", "a b c d e f", replace(ALL_ON, core_words=5))
    with pytest.raises(MemoryLayerError, match="name"):
        note(store, TENANT, " ", "text", ALL_ON)
    assert profiles(store, TENANT) == []


def test_forgetting_a_video_takes_its_mentions(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    film(store, said(0, "there was Otto"))
    store.forget(TENANT, "v1")
    assert store.notebook.find(Mention, TENANT) == [] == about(store, TENANT, "Otto")[0]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("katharina", "katarina", True),
        ("typsecript", "typescript", True),
        ("mango", "mongo", False),
        ("ann", "anna", False),
        ("room12", "room13", False),
        ("brandt", "konrad", False),
    ],
)
def test_names_are_alike_by_an_edit_after_an_equal_beginning(
    one: str, other: str, same: bool
) -> None:
    assert alike(one, other) is same


def test_plain_names_have_no_case_accents_or_punctuation() -> None:
    assert plain("  Éa-Müller's\u00a0 Café!") == "ea muller s cafe"
    assert plain("東京") == "東京" and plain("!?") == "!?"
