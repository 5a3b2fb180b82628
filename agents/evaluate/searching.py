"""Ways of searching a memory: the product's retrieval, BM25 alone, vectors alone, the latest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from agents.ask.executor.recall import search_words
from agents.ask.planner.rules import plan
from agents.evaluate.cases import OURS
from agents.evaluate.parts import Off, fusion_without
from agents.runtime import Runtime
from memory.records import Memory, Scope
from memory.retrieve import Query, retrieve

DEPTH = 40
"""Rows that each way brings."""
BM25, VECTORS, LATEST = "BM25", "vectors", "latest"

Search = Callable[[str, Scope], list[Memory]]
"""A question in a scope: rows, best first."""

RIVALS: Mapping[str, str] = {
    BM25: "full-text search for the whole question",
    VECTORS: "the rows nearest to the question in meaning",
    LATEST: "what was said last, whatever is asked",
}


def searches(runtime: Runtime, off: Off, *, asks: bool = True) -> dict[str, Search]:
    """All ways over one memory; parts that are off count for the product's alone.

    What is searched for is a question that `ask` would plan; without `asks` words as they stand,
    as `search` takes them: of a passage with "before" in it a planner keeps what comes before.
    """
    store, encode = runtime.store, runtime.models.text_encoder.encode

    def ours(text: str, scope: Scope) -> list[Memory]:
        query = _planned(text) if asks else Query(text)
        query = replace(query, text_vector=encode([query.text])[0])
        hits = retrieve(store, query, scope, limit=DEPTH, settings=fusion_without(off))
        return [hit.memory for hit in hits]

    def by_words(text: str, scope: Scope) -> list[Memory]:
        return [hit.memory for hit in store.search_text(text, scope, DEPTH)]

    def by_vectors(text: str, scope: Scope) -> list[Memory]:
        return [hit.memory for hit in store.search_vector(encode([text])[0], scope, DEPTH)]

    def latest(text: str, scope: Scope) -> list[Memory]:
        del text
        return store.memories(scope)[::-1][:DEPTH]

    return {OURS: ours, BM25: by_words, VECTORS: by_vectors, LATEST: latest}


def _planned(text: str) -> Query:
    understood = plan(text)
    words = search_words(understood) or understood.question
    return Query(words, question=understood.question, kinds=understood.kinds[:1])
