"""Facts over time: changing screens, labelled lines and sentences, with intervals and conflicts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from memory.organise.parts import ALL_ON
from memory.organise.telling import assertions_of
from memory.organise.truth import Fact, Status
from memory.organise.verbs import facts
from memory.records import Kind, Memory
from tests.conftest import ROOT
from tests.default_models import models_cache as models_cache
from tests.memory.organise.library import TENANT, film, open_at, said, shown, told

SECOND = 1_000_000


def values(found: list[Fact]) -> list[tuple[str, float, float | None, str]]:
    return [
        (f.value, f.start / SECOND, None if f.end is None else f.end / SECOND, str(f.status))
        for f in found
    ]


def score() -> list[Memory]:
    """A score that changes twice, beside a line that stays."""
    return [
        shown(0, 10, ("Home 0:0 Away", 0.1), ("Friendly match", 0.8)),
        shown(10, 20, ("Home 1:0 Away", 0.1)),
        shown(20, 30, ("Home 1:1 Away", 0.1)),
    ]


def test_a_place_whose_number_changes_is_a_fact_with_intervals(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    film(store, *score())
    assert [f.value for f in facts(store, TENANT)] == ["1:1"]
    found = facts(store, TENANT, history=True)
    assert values(found) == [
        ("0:0", 0, 10, "superseded"), ("1:0", 10, 20, "superseded"), ("1:1", 20, None, "current"),
    ]  # fmt: skip
    assert {f.subject for f in found} == {"Home # Away"}
    assert [f.superseded_by for f in found] == ["1:0", "1:1", ""]
    assert all(store.memory(TENANT, key).text for f in found for key in f.source_ids)


def test_what_held_at_a_time_is_asked_by_that_time(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    film(store, *score())
    assert [f.value for f in facts(store, TENANT, at=15 * SECOND)] == ["0:0"]
    assert [f.value for f in facts(store, TENANT, at=20 * SECOND)] == ["1:0"]
    seen = store.as_of(20 * SECOND)
    assert [f.value for f in facts(seen, TENANT)] == ["1:0"], "a view as of a time knows no more"


def test_off_takes_nothing_and_what_was_taken_is_still_read(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    off = replace(ALL_ON, facts=False)
    film(store, *score(), parts=off)
    assert facts(store, TENANT) == []
    film(store, *score())
    film(store, *score(), parts=off)
    assert len(facts(store, TENANT)) == 1


def test_numbers_at_another_place_or_in_other_words_are_other_facts() -> None:
    rows = [
        shown(0, 5, ("Lap 1", 0.1), ("Lap 9", 0.5)),
        shown(5, 9, ("Lap 2", 0.1), ("Stop 9", 0.5)),
    ]
    assert [(a.subject, a.value) for a in assertions_of(rows)] == [("Lap #", "1"), ("Lap #", "2")]


def test_values_of_one_time_are_a_conflict_and_both_are_shown(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    film(store, shown(0, 9, ("Room: 12", 0.1)), shown(0, 9, ("Room: 14", 0.3)))
    found = facts(store, TENANT)
    assert {(f.value, f.status) for f in found} == {
        ("12", Status.CONFLICT), ("14", Status.CONFLICT)
    }  # fmt: skip


def test_what_is_said_holds_over_videos_until_it_is_said_otherwise(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    film(store, said(1, "The code of the cellar is 4711."), recorded_at="2026-03-02T10:00:00")
    film(store, said(3, "The code of the cellar is now 1234.", "v0"),
         recorded_at="2026-03-01T10:00:00")  # fmt: skip
    assert [f.value for f in facts(store, TENANT)] == ["4711"], "the later recording counts"
    then = datetime(2026, 3, 1, 12)
    assert [f.value for f in facts(store, TENANT, at=then)] == ["1234"]
    assert [f.value for f in facts(store, TENANT, history=True)] == ["1234", "4711"]
    store.forget(TENANT, "v1")
    assert [f.value for f in facts(store, TENANT)] == ["1234"], "nothing was overwritten"


def test_labels_of_one_video_say_nothing_of_another(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    film(store, shown(0, 5, ("Speaker: Ada", 0.1)))
    film(store, shown(0, 5, ("Speaker: Alan", 0.1), video="v2"))
    assert {f.value for f in facts(store, TENANT)} == {"Ada", "Alan"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The price of tea is four pounds.", ("tea", "price", "four pounds")),
        ("Anna's new address has been changed to Dock Street, she says.",
         ("Anna", "address", "Dock Street")),
        ("The launch was moved from Friday to Sunday because of strong wind.",
         ("launch", "moved", "Sunday")),
        ("Friday is the new deadline of the report.", ("the report", "deadline", "Friday")),
        ("As they say, Dutch is Anna's mother tongue.", ("Anna", "mother tongue", "Dutch")),
        ("Paris, which became the capital of France.", ("France", "capital", "Paris")),
        ("The password of Tamilo turned out to be rosebud.", ("Tamilo", "password", "rosebud")),
        ("Tamilo's room remains 12, as we said.", ("Tamilo", "room", "12")),
        ("It was the end of the road.", None),
        ("His own life was the life of a soldier.", None),
        ("One is the loneliest of numbers.", None),
        ("The statement that Anna made of the car was wrong.", None),
        ("The rest of the way is what we make of it", None),
        ("See https://example.com at 12:30: it is nice of you to come", None),
        ("It is cold.", None),
        ("Does anybody know? The price of tea is four pounds.", ("tea", "price", "four pounds")),
        ("The price of tea is four pounds?", None),
        ("If the price of tea is four pounds, we buy milk.", None),
        ("Nobody knows whether Anna's address was changed to Dock Street.", None),
        ("I wish the launch was moved to Sunday.", None),
    ],
)  # fmt: skip
def test_only_plain_sentences_assert(text: str, expected: tuple[str, str, str] | None) -> None:
    found = [(a.subject, a.predicate, a.value) for a in assertions_of([said(0, text)])]
    assert found == ([] if expected is None else [expected])


def test_facts_of_models_end_each_other_only_where_there_is_one_value(tmp_path: Path) -> None:
    def fact(start: float, subject: str, predicate: str, value: str) -> Memory:
        end = start + 1
        source = {"id": "m_1", "kind": "speech", "start": round(start * SECOND),
                  "end": round(end * SECOND), "known_at": round(end * SECOND)}  # fmt: skip
        details = {"subject": subject, "predicate": predicate, "object": value, "sources": [source]}
        return told(Kind.FACT, start, end, f"{subject} {predicate} {value}", details=details)

    store = open_at(tmp_path)
    film(store, fact(0, "Ann", "lives in", "Bonn"), fact(5, "Ann", "lives in", "Rome"),
         fact(0, "Ann", "likes", "tea"), fact(5, "Ann", "likes", "milk"))  # fmt: skip
    assert {f.value for f in facts(store, TENANT)} == {"Rome", "tea", "milk"}


def test_another_workspace_learns_nothing(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    film(store, *score())
    film(store, said(0, "The code of the cellar is 99.", tenant="other"))
    assert {f.value for f in facts(store, TENANT)} == {"1:1"}
    assert {f.value for f in facts(store, "other")} == {"99"}


def test_organising_again_writes_nothing(tmp_path: Path) -> None:
    store = open_at(tmp_path)
    film(store, *score())
    before = store.stats()["tables"]
    film(store, *score())
    after = store.stats()["tables"]
    assert before["facts"]["version"] == after["facts"]["version"]
    assert before["mentions"]["version"] == after["mentions"]["version"]


@pytest.mark.shared
def test_a_real_countdown_is_a_fact_that_changes(
    shared: Path, models_cache: Path, tmp_path: Path
) -> None:
    found = _counted_down(shared, models_cache, tmp_path / "on", "true")
    assert [(f["value"], f["status"]) for f in found] == [
        ("5", "superseded"),
        ("4", "superseded"),
        ("3", "current"),
    ]
    assert _counted_down(shared, models_cache, tmp_path / "off", "false") == []


def _counted_down(shared: Path, cache: Path, home: Path, on: str) -> list[dict[str, Any]]:
    """By the commands of a user, in processes of their own."""
    own = {k: v for k, v in os.environ.items() if not k.startswith(("BACKTRAIL_", "PREFECT_"))}
    own |= {"BACKTRAIL_HOME": str(home), "BACKTRAIL_CACHE": str(cache.parent)}
    own |= {"BACKTRAIL_PERCEPTION__SPEECH": "false"}
    told: dict[str, Any] = {}
    clip = str(shared / "mmcv" / "test.mp4")
    asked = ["memory", "facts", "--history", "--json"]
    for words, takes in ((["ingest", clip], on), (asked, "true")):
        command = [sys.executable, "-m", "flows.cli.app", *words]
        env = own | {"BACKTRAIL_MEMORY__FACTS": takes}
        ran = subprocess.run(
            command, env=env, capture_output=True, text=True, check=True, cwd=ROOT, timeout=300
        )
        told = json.loads(ran.stdout) if "--json" in words else {}
    return told["facts"]
