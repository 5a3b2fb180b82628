"""Facts: subject, predicate and object, with the rows that tell them.

Facts are extracted from numbered rows and name those rows. Over a video, what is told several times
becomes one fact with all its sources and their times; what contradicts it stays a fact of its own.
After the semantic memory of WorldMM (arXiv 2512.02425), which merges facts by model and loses
where they came from.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from agents.perception.rows import PIPELINE
from agents.prompting.facts import Fact
from memory.as_of import known_at
from memory.details import FactSource, ToldFact
from memory.records import Kind, Level, Memory, Owner, Producer, Span

WORD = re.compile(r"[^\W_]+")
ARTICLES = frozenset(("a", "an", "the"))


def fact_json(fact: Fact, seen: Sequence[Memory]) -> ToldFact:
    """A fact for the ledger; `seen` are all rows that the model saw when it told it."""
    known = max(known_at(row) or row.span.end for row in seen)
    triple = fact.triple
    sources: list[FactSource] = [
        {
            "id": row.memory_id,
            "kind": str(row.kind),
            "start": row.span.start,
            "end": row.span.end,
            "known_at": known,
        }
        for row in fact.rows
    ]
    return {
        "subject": triple.subject,
        "predicate": triple.predicate,
        "object": triple.object,
        "sources": sources,
    }


def consolidated(told: Iterable[ToldFact], rows: Sequence[Memory]) -> list[ToldFact]:
    """One fact per normalised triple, its sources united and the one known first in front.

    `rows` are those that now exist: a source that was joined with another over the edge of a window
    is found again by its kind and time.
    """
    find = _finder(rows)
    merged: dict[tuple[str, ...], ToldFact] = {}
    for fact in sorted(told, key=_first_known):
        key = tuple(map(normalised, (fact["subject"], fact["predicate"], fact["object"])))
        one = merged.setdefault(key, {**fact, "sources": []})
        known = {(source["id"], source["start"]) for source in one["sources"]}
        sources: list[FactSource] = [{**s, "id": find(s)} for s in fact["sources"]]
        one["sources"] += [s for s in sources if (s["id"], s["start"]) not in known]
    for fact in merged.values():
        fact["sources"].sort(key=_order)
    return sorted(merged.values(), key=_first_known)


def fact_rows(facts: Sequence[ToldFact], owner: Owner, model: str) -> list[Memory]:
    """Memory rows of consolidated facts; each has the time of its first telling."""
    producer = Producer(model, "", PIPELINE)
    return [_row(fact, owner, producer) for fact in facts]


def normalised(text: str) -> str:
    """A phrase without case, punctuation and articles, as far as anything is left of it then."""
    words = WORD.findall(text.casefold())
    return " ".join(w for w in words if w not in ARTICLES) or " ".join(words) or text.casefold()


def _row(fact: ToldFact, owner: Owner, producer: Producer) -> Memory:
    first = fact["sources"][0]
    span = Span(first["start"], first["end"])
    text = " ".join(f"{fact['subject']} {fact['predicate']} {fact['object']}".split())
    return Memory.make(
        owner,
        Level.SHOT,
        Kind.FACT,
        span,
        text,
        producer,
        made_for=f"{owner.perception_key} {normalised(text)}",
        source_ids=tuple(dict.fromkeys(source["id"] for source in fact["sources"])),
        details={**fact, "known_at": first["known_at"]},
    )


def _finder(rows: Sequence[Memory]) -> Callable[[FactSource], str]:
    """Finds the id under which a source is there now; the id it had when nothing fits."""
    there = {row.memory_id for row in rows}

    def find(source: FactSource) -> str:
        if source["id"] in there:
            return source["id"]
        span = Span(source["start"], source["end"])
        near = [r for r in rows if str(r.kind) == source["kind"] and r.span.overlap(span)]
        best = max(near, key=lambda row: (row.span.overlap(span), row.memory_id), default=None)
        return best.memory_id if best is not None else source["id"]

    return find


def _order(source: FactSource) -> tuple[int, int, int, str]:
    return source["known_at"], source["start"], source["end"], source["id"]


def _first_known(fact: ToldFact) -> tuple[tuple[int, int, int, str], str]:
    first = min(map(_order, fact["sources"]))
    return first, f"{fact['subject']} {fact['predicate']} {fact['object']}"
