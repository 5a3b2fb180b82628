"""Groups of kinds: what a kind has in common with others stands on it, and nowhere else."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.ask.ranking.candidates import candidates_of
from agents.ask.search import moments
from agents.ingest.compose import caption
from flows.output.export import export_video
from memory.lance.store import LanceStore
from memory.records import Kind, Level, Node, Scope, Span
from memory.traits import Trait
from tests.store_rows import IMAGE, TENANT, TEXT, active, row

ROOT = Path(__file__).resolve().parents[2]
MOST = 2
"""Kinds that may stand in one list outside the records; more of them are a group."""


def test_each_kind_has_its_traits() -> None:
    def having(trait: Trait) -> set[str]:
        return {kind for kind in Kind if trait in kind.traits}

    assert having(Trait.COMPOSED) == {"caption", "summary", "fact"}
    assert having(Trait.DESCRIPTION) == {"caption", "summary"}
    assert having(Trait.VERBATIM) == {"speech", "screen_text"}
    assert having(Trait.VISUAL) == {
        "screen_text",
        "objects",
        "keyframe",
        "motion",
        "faces",
        "poses",
    }
    assert having(Trait.AUDIBLE) == {"speech", "audio"}
    assert having(Trait.PICTURE) == {"keyframe"}
    assert having(Trait.DECLARED) == {"metadata"}
    assert {kind for kind in Kind if kind.is_thing} == {"objects", "keyframe"}
    assert having(Trait.EVENT) == {"change", "motion", "faces", "poses"}
    assert having(Trait.INSTANT) == {"change"}
    derived = having(Trait.COMPOSED) | having(Trait.DECLARED) | {"change"}
    assert {kind for kind in Kind if kind.is_perceived} == set(Kind) - derived
    beside = {"speech", "screen_text", "audio"}
    assert {kind for kind in Kind if kind.is_beside_pictures} == beside
    assert {kind for kind in Kind if kind.is_quotable} == {"speech", "screen_text", "metadata"}
    perceived = {
        "speech",
        "audio",
        "screen_text",
        "objects",
        "keyframe",
        "motion",
        "faces",
        "poses",
    }
    assert {kind for kind in Kind if kind.is_perceived} == perceived


def lists_of_kinds(path: Path) -> Iterator[str]:
    """Places of a module where more than `MOST` kinds are written one after the other."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Tuple | ast.List | ast.Set):
            named = [n for n in node.elts if ast.unparse(n).startswith("Kind.")]
            if len(named) > MOST:
                yield f"{path.relative_to(ROOT)}:{node.lineno}"


def test_no_module_lists_kinds_by_hand() -> None:
    rooms = ("agents", "flows", "tasks", "memory", "configs")
    modules = [path for room in rooms for path in (ROOT / room).rglob("*.py")]
    assert len(modules) > 100
    assert [place for path in modules for place in lists_of_kinds(path)] == []


@pytest.fixture
def sound(monkeypatch: pytest.MonkeyPatch) -> Kind:
    """A kind of a new sense: sounds that are neither words nor to be seen."""
    made = str.__new__(Kind, "sound")
    made._value_, made.traits = "sound", Trait.AUDIBLE
    monkeypatch.setattr(made, "_name_", "SOUND", raising=False)
    monkeypatch.setattr(Kind, "_member_names_", [*Kind._member_names_, "SOUND"])
    monkeypatch.setitem(Kind._member_map_, "SOUND", made)
    monkeypatch.setitem(Kind._value2member_map_, "sound", made)
    return made


def test_a_new_sense_is_stored_found_read_told_and_exported_as_it_is(
    sound: Kind, tmp_path: Path
) -> None:
    store = LanceStore.open(str(tmp_path / "store"), text=TEXT, image=IMAGE)
    active(store)
    store.put_memories(
        [row("a foghorn blows", 5, 8, kind=sound), row("Heard: a foghorn blows.", 0, 30)]
    )
    (kept,) = store.memories(Scope(TENANT, kinds=(sound,)))
    assert kept.kind is sound and kept.text == "a foghorn blows"

    found = store.search_text("foghorn", Scope(TENANT), 9)
    (moment,) = moments(found, {})
    assert moment.hit.memory.kind is sound, "what was perceived leads before what tells of it"
    assert [r.kind for r in moment.joined] == [Kind.CAPTION]

    video = store.video(TENANT, "v1")
    assert [each.text for each in candidates_of([kept])] == ["a foghorn blows"]

    node = Node("n", TENANT, "v1", "k1", Level.SHOT, Span.of_seconds(0, 30), 0, None)
    assert "Heard: a foghorn blows" in caption(node, [kept], [])
    _, told, _ = export_video(store, video, tmp_path)
    assert '"kind": "sound"' in told.read_text(encoding="utf-8")
