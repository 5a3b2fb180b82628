"""Facts over a video: told again they gain sources, contradicted they stay beside each other."""

from __future__ import annotations

from agents.ingest.facts import consolidated, fact_rows, normalised
from memory.details import ToldFact
from memory.records import Kind, Memory, Owner
from tests.rows import row

FIRST, AGAIN, LATER = (
    row(Kind.CAPTION, start, start + 10, text)
    for start, text in ((0, "the gate is open"), (20, "a gate stands open"), (40, "it is shut"))
)


def told(subject: str, thing: str, *sources: Memory) -> ToldFact:
    return {
        "subject": subject,
        "predicate": "is",
        "object": thing,
        "sources": [
            {
                "id": own.memory_id,
                "kind": str(own.kind),
                "start": own.span.start,
                "end": own.span.end,
                "known_at": own.span.end,
            }
            for own in sources
        ],
    }


def test_a_fact_told_twice_is_one_fact_with_both_sources() -> None:
    facts = consolidated(
        [told("Gate", "open", AGAIN), told("the gate", "open.", FIRST)], [FIRST, AGAIN]
    )
    assert [[source["id"] for source in fact["sources"]] for fact in facts] == [
        [FIRST.memory_id, AGAIN.memory_id]
    ]


def test_what_contradicts_a_fact_stays_a_fact_with_its_own_source_and_time() -> None:
    facts = consolidated(
        [told("the gate", "shut", LATER), told("the gate", "open", FIRST)], [FIRST, LATER]
    )
    rows = fact_rows(facts, Owner("t", "v", "p"), "model")
    assert [(r.text, r.span, r.source_ids) for r in rows] == [
        ("the gate is open", FIRST.span, (FIRST.memory_id,)),
        ("the gate is shut", LATER.span, (LATER.memory_id,)),
    ]
    assert all(r.details.get("sources") for r in rows)


def test_a_source_that_was_joined_over_a_windows_edge_is_found_again() -> None:
    joined = row(Kind.CAPTION, 0, 30, "the gate is open")
    (fact,) = consolidated([told("the gate", "open", FIRST)], [joined])
    assert [source["id"] for source in fact["sources"]] == [joined.memory_id]


def test_phrases_are_the_same_but_for_case_articles_and_points() -> None:
    assert normalised("The  Gate.") == normalised("gate") != normalised("gates")
    assert normalised("the") == "the"
