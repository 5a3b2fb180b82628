"""Consolidation: rows that stand for others, searched in their place, told with them, undone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from agents.organise import organise
from agents.runtime import Runtime
from flows.wiring import runtime_of
from memory.errors import UnknownMemory
from memory.organise.consolidate import consolidate_video, stand_ins
from memory.organise.lifecycle import VERBS, entry_of, history, note, pin, profiles, undo
from memory.organise.organise import organise_video
from memory.organise.parts import ALL_ON
from memory.organise.records import Entry
from memory.organise.verbs import stats
from memory.records import Hit, Kind, Level, Memory, Scope, Span, Vector
from memory.store import Store
from tests.memory.organise.library import TENANT, film, open_at, said, shown, told


def slides() -> list[Memory]:
    """A title that comes back twice, once misread; a slide that differs by its number; a name."""
    return [
        shown(0, 5, ("Guess the Sound of Nature", 0.1)),
        shown(10, 15, ("Guess the Sound of Nature", 0.1)),
        shown(20, 25, ("Guess the Sonud of Nature", 0.1)),
        shown(30, 35, ("Names for Stuff and other things slide 49", 0.1)),
        shown(40, 45, ("Names for Stuff and other things slide 50", 0.1)),
        said(50, "please thank Anna for all of the work she did on this big project"),
        said(60, "please thank Berta for all of the work she did on this big project"),
    ]


def found(hits: list[Hit]) -> list[int]:
    return sorted(hit.memory.span.start // 1_000_000 for hit in hits)


def behind(rows: list[Memory], chosen: dict[str, str]) -> list[int]:
    return sorted(row.span.start // 1_000_000 for row in rows if row.memory_id in chosen)


def test_only_what_says_the_same_stands_behind() -> None:
    rows = slides()
    assert behind(rows, stand_ins(rows, "exact")) == [10]
    assert behind(rows, stand_ins(rows, "near")) == [10, 20], "no name and no number merges"
    assert stand_ins(rows, "off") == {}


def test_rows_of_another_kind_video_or_level_stand_for_themselves() -> None:
    rows = [
        said(0, "the ferry leaves"),
        said(5, "the ferry leaves", "v2"),
        shown(10, 12, ("the ferry leaves", 0.1)),
        told(Kind.SPEECH, 20, 25, "the ferry leaves", level=Level.SCENE),
    ]
    assert stand_ins(rows, "near") == {}


def test_a_summary_is_told_by_the_widest_that_says_the_same() -> None:
    rows = [
        told(Kind.SUMMARY, 0, 9, "a harbour", level=level)
        for level in (Level.SCENE, Level.CHAPTER, Level.VIDEO)
    ]
    assert set(stand_ins(rows, "exact").values()) == {rows[2].memory_id}


def test_looks_and_pinned_rows_stand_for_themselves() -> None:
    rows = [said(0, "the ferry"), replace(said(5, "the ferry"), pinned=True)]
    assert stand_ins(rows, "near") == {}


def test_a_search_finds_one_and_tells_every_moment(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    film(store, *slides())
    before = found(store.search_text("guess nature", Scope(TENANT), 9))
    consolidate_video(store, TENANT, "v1", "near")
    hits = store.search_text("guess nature", Scope(TENANT), 1)
    assert found(hits) == before == [0, 10, 20], "one place of the list holds all three moments"
    assert len({hit.score for hit in hits}) == 1
    off = open_at(tmp_path, consolidated=False)
    assert found(off.search_text("guess nature", Scope(TENANT), 1)) == [0], "off, one is one"
    assert found(off.search_text("guess nature", Scope(TENANT), 9)) == before


def test_vectors_find_the_moments_too(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    vector: Vector = np.ones(16, np.float32)
    film(store, said(0, "the ferry", text_vector=vector), said(9, "the ferry", text_vector=vector))
    consolidate_video(store, TENANT, "v1", "exact")
    assert found(store.search_vector(vector, Scope(TENANT), 1)) == [0, 9]
    kept = store.with_vectors(TENANT, [row.memory_id for row in store.memories(Scope(TENANT))])
    assert all(row.text_vector is not None for row in kept), "setting a column keeps the others"


@pytest.mark.parametrize(
    "scope",
    [
        Scope(TENANT, within=Span.of_seconds(9, 30)),
        Scope(TENANT, until=16_000_000),
        Scope(TENANT, levels=(Level.SHOT,)),
        Scope(TENANT, ("v1",), (Kind.SCREEN_TEXT,)),
    ],
)
def test_a_narrow_scope_finds_what_stands_behind_others(tmp_path: Path, scope: Scope) -> None:
    store = open_at(tmp_path)
    film(store, *slides())
    wanted = found(store.search_text("guess nature", scope, 9))
    consolidate_video(store, TENANT, "v1", "near")
    assert found(store.search_text("guess nature", scope, 9)) == wanted != []


def test_every_row_is_still_read_and_cited(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    film(store, *slides())
    before = store.memories(Scope(TENANT))
    consolidate_video(store, TENANT, "v1", "near")
    after = store.memories(Scope(TENANT))
    assert [row.memory_id for row in after] == [row.memory_id for row in before]
    assert all(store.memory(TENANT, row.memory_id).text == row.text for row in before)
    sources = [row.superseded_by for row in after if row.superseded_by]
    assert len(sources) == 2 and all(store.memory(TENANT, key) for key in sources)


def test_a_second_run_and_a_dry_one_change_nothing(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    film(store, *slides())
    dry = consolidate_video(store, TENANT, "v1", "near", dry=True)
    assert len(dry.changed) == 2 and history(store, TENANT) == []
    assert not any(row.superseded_by for row in store.memories(Scope(TENANT)))
    assert consolidate_video(store, TENANT, "v1", "near").changed == dry.changed
    version = store.stats()["tables"]["texts"]["version"]
    assert consolidate_video(store, TENANT, "v1", "near").changed == {}
    assert store.stats()["tables"]["texts"]["version"] == version
    assert len(history(store, TENANT)) == 1


def test_what_lost_its_stand_in_stands_for_itself(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    video = film(store, *slides())
    consolidate_video(store, TENANT, "v1", "near")
    store.delete_memories(TENANT, [slides()[0].memory_id])
    assert organise_video(store, video, ALL_ON)["reopened"] == 2
    assert found(store.search_text("guess nature", Scope(TENANT), 9)) == [10, 20]


def test_undo_takes_back_what_is_as_it_was_left(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    film(store, *slides())
    plain_rows = store.memories(Scope(TENANT))
    consolidate_video(store, TENANT, "v1", "near")
    pin(store, TENANT, [slides()[1].memory_id])
    consolidation = next(e for e in history(store, TENANT) if e.verb == "consolidate")
    done = undo(store, TENANT, consolidation.entry_id)
    assert (len(done.changed), done.left) == (1, [slides()[1].memory_id])
    assert not any(row.superseded_by for row in store.memories(Scope(TENANT)))
    again = undo(store, TENANT, history(store, TENANT)[0].entry_id)
    assert again.entry.verb == "undo" and len(again.changed) == 1
    assert sum(bool(row.superseded_by) for row in store.memories(Scope(TENANT))) == 1
    undo(store, TENANT, history(store, TENANT)[0].entry_id)
    undo(store, TENANT, next(e.entry_id for e in history(store, TENANT) if e.verb == "pin"))
    assert store.memories(Scope(TENANT)) == plain_rows


def test_what_is_pinned_is_never_put_behind(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    film(store, *slides())
    key = slides()[1].memory_id
    assert pin(store, TENANT, [key]) == [key] and pin(store, TENANT, [key]) == []
    consolidate_video(store, TENANT, "v1", "near")
    assert store.memory(TENANT, key).superseded_by == "" and store.memory(TENANT, key).pinned
    pin(store, TENANT, [key], pinned=False)
    assert len(consolidate_video(store, TENANT, "v1", "near").changed) == 1


def test_a_note_is_undone_to_the_one_before(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    note(store, TENANT, "Otto", "a friend", ALL_ON)
    note(store, TENANT, "Otto", "a neighbour", ALL_ON)
    undo(store, TENANT)
    assert [held.text for held in profiles(store, TENANT)] == ["a friend"]
    undo(store, TENANT)
    assert profiles(store, TENANT) == []
    with pytest.raises(UnknownMemory, match="nothing is to undo"):
        undo(store, TENANT)


def test_the_log_knows_its_verbs_and_holds_no_text(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="knows no verb"):
        entry_of(TENANT, "", "tidy", {}, {})
    store = open_at(tmp_path)
    film(store, *slides())
    consolidate_video(store, TENANT, "v1", "near")
    pin(store, TENANT, [slides()[1].memory_id])
    note(store, TENANT, "Otto", "a zanzibarly friend", ALL_ON)
    for entry in store.notebook.find(Entry, TENANT):
        assert entry.verb in VERBS
        assert "zanzibarly" not in repr(entry) and "Guess" not in repr(entry)
    with pytest.raises(UnknownMemory):
        undo(store, "other", history(store, TENANT)[0].entry_id)
    assert history(store, "other") == []


def test_stats_count_by_kind_level_and_quadrant(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    film(store, *slides())
    before = stats(store, TENANT)
    assert before["duplicates"] == 1 and before["behind_others"] == 0
    consolidate_video(store, TENANT, "v1", "exact")
    after = stats(store, TENANT)
    assert after["duplicates"] == 0 and after["behind_others"] == 1
    assert after["kinds"] == {"screen_text": 5, "speech": 2} and after["levels"] == {"shot": 7}
    assert sum(after["quadrants"].values()) == 7 + sum(after["beside"].values())  # type: ignore[attr-defined]
    assert after["index_lag"]["texts"] >= 0  # type: ignore[index]


def test_a_forgotten_video_takes_its_log_along(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    film(store, *slides())
    consolidate_video(store, TENANT, "v1", "near")
    assert store.forget(TENANT, "v1")["audit"] == 1
    assert history(store, TENANT) == []


def test_the_setting_switches_it_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agents.models.build.build_models", lambda *_: None)
    monkeypatch.setattr("agents.runtime.encoder_tags", lambda _: (open_at_tags(), open_at_tags()))
    monkeypatch.setenv("BACKTRAIL_HOME", str(tmp_path / "store"))
    monkeypatch.setenv("BACKTRAIL_WORKSPACE", TENANT)
    film(open_at(tmp_path), *slides())
    assert organise(_runtime(monkeypatch, "near"))["total"]["changed"] == 2
    on, off = _runtime(monkeypatch, "near").store, _runtime(monkeypatch, "off").store
    assert _listed(on) == [0, 10, 20] and _listed(off) == [0]
    assert organise(_runtime(monkeypatch, "off"))["total"]["changed"] == 2, "off, none stands"
    assert not any(row.superseded_by for row in off.memories(Scope(TENANT)))


def open_at_tags() -> object:
    from tests.memory.organise.library import TAG

    return TAG


def _listed(store: Store) -> list[int]:
    return found(store.search_text("guess nature", Scope(TENANT), 1))


def _runtime(monkeypatch: pytest.MonkeyPatch, merging: str) -> Runtime:
    monkeypatch.setenv("BACKTRAIL_MEMORY__CONSOLIDATE", merging)
    return runtime_of()
