"""Facts: subject, predicate and object, with the rows that tell them.

Facts are extracted from numbered rows and name those rows. Over a video, what is told several times
becomes one fact with all its sources and their times; what contradicts it stays a fact of its own.
After the semantic memory of WorldMM (arXiv 2512.02425), which merges facts by model and loses
where they came from.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from agents.budget import Meter
from agents.models.chat import ChatModel, Prompt
from agents.reasoning.channel import fenced
from agents.reasoning.replies import Triple, TriplesReply
from agents.remember import PIPELINE
from agents.tree import Owner
from memory.asof import KNOWN_AT, known_at
from memory.records import Kind, Level, Memory, Producer, Span, memory_id

WORD = re.compile(r"[^\W_]+")
ARTICLES = frozenset(("a", "an", "the"))


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact and the rows that tell it."""

    triple: Triple
    rows: tuple[Memory, ...]

    @property
    def text(self) -> str:
        """The fact as a phrase."""
        return f"{self.triple.subject} {self.triple.predicate} {self.triple.object}"


def extracted(
    rows: Sequence[Memory], lines: Sequence[str], model: ChatModel, told: str, meter: Meter
) -> list[Fact]:
    """The facts that rows tell; `lines` are those rows as numbered lines, `told` is what to do.

    Raises:
        ModelFailed: the model gave no valid reply.
        BudgetExhausted: there is nothing left to pay it with.
    """
    videos = tuple(dict.fromkeys(row.video_id for row in rows))
    prompt = Prompt("summariser", told, fenced(lines), video_ids=videos)
    reply = model.ask(prompt, TriplesReply, meter)
    facts = (_fact(triple, rows) for triple in reply.triples)
    return [fact for fact in facts if fact.rows and _is_whole(fact.triple)]


def fact_json(fact: Fact, seen: Sequence[Memory]) -> dict[str, Any]:
    """A fact for the ledger; `seen` are all rows that the model saw when it told it."""
    known = max(known_at(row) or row.span.end for row in seen)
    triple = fact.triple
    sources = [
        {
            "id": row.memory_id,
            "kind": str(row.kind),
            "start": row.span.start,
            "end": row.span.end,
            KNOWN_AT: known,
        }
        for row in fact.rows
    ]
    said = {"subject": triple.subject, "predicate": triple.predicate, "object": triple.object}
    return {**said, "sources": sources}


def consolidated(told: Iterable[dict[str, Any]], rows: Sequence[Memory]) -> list[dict[str, Any]]:
    """One fact per normalised triple, its sources united and the one known first in front.

    `rows` are those that now exist: a source that was joined with another over the edge of a window
    is found again by its kind and time.
    """
    find = _finder(rows)
    merged: dict[tuple[str, ...], dict[str, Any]] = {}
    for fact in sorted(told, key=_first_known):
        key = tuple(normalised(fact[part]) for part in ("subject", "predicate", "object"))
        one = merged.setdefault(key, {**fact, "sources": []})
        known = {(source["id"], source["start"]) for source in one["sources"]}
        sources = [{**source, "id": find(source)} for source in fact["sources"]]
        one["sources"] += [s for s in sources if (s["id"], s["start"]) not in known]
    for fact in merged.values():
        fact["sources"].sort(key=_order)
    return sorted(merged.values(), key=_first_known)


def fact_rows(facts: Sequence[dict[str, Any]], owner: Owner, model: str) -> list[Memory]:
    """Memory rows of consolidated facts; each has the time of its first telling."""
    producer = Producer(model, "", PIPELINE)
    return [_row(fact, owner, producer) for fact in facts]


def normalised(text: str) -> str:
    """A phrase without case, punctuation and articles, as far as anything is left of it then."""
    words = WORD.findall(text.casefold())
    return " ".join(w for w in words if w not in ARTICLES) or " ".join(words) or text.casefold()


def _row(fact: dict[str, Any], owner: Owner, producer: Producer) -> Memory:
    first = fact["sources"][0]
    span = Span(first["start"], first["end"])
    text = " ".join(f"{fact['subject']} {fact['predicate']} {fact['object']}".split())
    made_for = f"{owner.perception_key} {normalised(text)}"
    level = Level.SHOT
    key = memory_id(
        owner.tenant, owner.video_id, level, Kind.FACT, span, producer, instruction=made_for
    )
    return Memory(
        memory_id=key,
        tenant=owner.tenant,
        video_id=owner.video_id,
        perception_key=owner.perception_key,
        window_id="",
        node_id="",
        level=level,
        kind=Kind.FACT,
        span=span,
        text=text,
        producer=producer,
        source_ids=tuple(dict.fromkeys(source["id"] for source in fact["sources"])),
        details=json.dumps(fact | {KNOWN_AT: first[KNOWN_AT]}, ensure_ascii=False, sort_keys=True),
    )


def _finder(rows: Sequence[Memory]) -> Callable[[dict[str, Any]], str]:
    """Finds the id under which a source is there now; the id it had when nothing fits."""
    there = {row.memory_id for row in rows}

    def find(source: dict[str, Any]) -> str:
        if source["id"] in there:
            return str(source["id"])
        span = Span(source["start"], source["end"])
        near = [r for r in rows if str(r.kind) == source["kind"] and r.span.overlap(span)]
        best = max(near, key=lambda row: (row.span.overlap(span), row.memory_id), default=None)
        return best.memory_id if best is not None else str(source["id"])

    return find


def _fact(triple: Triple, rows: Sequence[Memory]) -> Fact:
    numbers = [n for n in dict.fromkeys(triple.rows) if 1 <= n <= len(rows)]
    return Fact(triple, tuple(rows[n - 1] for n in numbers))


def _is_whole(triple: Triple) -> bool:
    return all(part.strip() for part in (triple.subject, triple.predicate, triple.object))


def _order(source: dict[str, Any]) -> tuple[int, int, int, str]:
    return source[KNOWN_AT], source["start"], source["end"], source["id"]


def _first_known(fact: dict[str, Any]) -> tuple[tuple[int, int, int, str], str]:
    first = min(map(_order, fact["sources"]))
    return first, f"{fact['subject']} {fact['predicate']} {fact['object']}"
