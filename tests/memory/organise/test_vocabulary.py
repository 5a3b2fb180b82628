"""The table of kinds is whole, and the docs show it."""

from __future__ import annotations

import pytest

from memory.organise.lifecycle import VERBS
from memory.organise.records import RECORDS
from memory.organise.vocabulary import VOCABULARY, by_quadrant, table
from memory.records import Kind
from tests.conftest import ROOT

AXES = {
    "whose": {"personal", "system"},
    "held": {"store"},
    "lasts": {"long", "short"},
    "form": {"token", "vector", "record"},
    "function": {"factual", "experiential", "working"},
    "dynamics": {"formation", "evolution", "retrieval"},
    "telling": {"explicit", "implicit", "agentic"},
}


def test_every_kind_has_its_place() -> None:
    kinds = {str(kind) for kind in Kind} | {record.__name__.lower() for record in RECORDS}
    assert kinds | {"look", "run", "trail"} == set(VOCABULARY)


@pytest.mark.parametrize("axis", sorted(AXES))
def test_every_place_is_on_every_axis(axis: str) -> None:
    assert {getattr(place, axis) for place in VOCABULARY.values()} <= AXES[axis]


def test_the_docs_show_the_table() -> None:
    assert table() in (ROOT / "memory" / "organise" / "README.md").read_text(encoding="utf-8")


def test_every_verb_is_of_one_of_the_three_dynamics() -> None:
    assert set(VERBS.values()) <= AXES["dynamics"]


def test_counts_of_an_unknown_kind_are_refused() -> None:
    assert by_quadrant([("speech", 2), ("run", 1)]) == {
        "personal, store, long": 2, "system, store, long": 1
    }  # fmt: skip
    with pytest.raises(KeyError):
        by_quadrant([("smell", 1)])
