"""How often things go through the picture, and how many at once."""

from __future__ import annotations

from agents.ingest.events.counts import count_rows
from memory.records import Kind, Memory, Owner
from tests.rows import KEY, TENANT, VIDEO, row

OWNER = Owner(TENANT, VIDEO, KEY)


def way(start: float, end: float, thing: str, name: str) -> Memory:
    details = {"thing": thing, "name": name, "steps": [{"at": 0, "how": "moves to the left"}]}
    return row(Kind.MOTION, start, end, f"a {name} moves to the left", details=details)


def test_ways_of_one_name_are_counted_and_those_at_once() -> None:
    rows = [way(0, 4, "car", "red car"), way(3, 7, "car", "car"), way(9, 12, "car", "red car")]
    (found,) = count_rows([*rows, way(2, 5, "person", "person in blue")], OWNER)
    assert found.text == "cars move in the picture 3 times, at most 2 at once: red car, car"
    assert found.span.seconds == (0, 12)
    assert found.details.get("count") == 3
    assert found.source_ids == tuple(each.memory_id for each in rows)


def test_stretches_far_apart_are_counted_each_and_a_single_way_is_none() -> None:
    pairs = [way(0, 4, "person", "person"), way(5, 8, "person", "person")]
    later = [way(100, 104, "bus", "bus"), way(105, 108, "bus", "bus"), way(200, 204, "bus", "bus")]
    found = count_rows([*pairs, *later], OWNER)
    assert [(each.text or "").split(",")[0] for each in found] == [
        "buses move in the picture 2 times",
        "people move in the picture 2 times",
    ]
    assert count_rows(found, OWNER) == []


def test_things_without_a_name_are_not_counted_as_one_kind() -> None:
    rows = [way(0, 4, "something", "something"), way(5, 8, "something", "something")]
    assert count_rows(rows, OWNER) == []
