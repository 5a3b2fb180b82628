"""The value of something: as facts over time tell it, and as the first row that tells one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from agents.runtime import Runtime
from memory.organise.records import plain
from memory.organise.verbs import facts
from memory.records import Memory


def value_by_facts(
    runtime: Runtime,
    subject: str,
    predicate: str,
    at: int | datetime | None = None,
    *,
    first: bool = False,
) -> str:
    """The value that holds (then), or the first there was; empty where none or several are told."""
    told = facts(runtime.store, runtime.spec.tenant, words=subject, at=at, history=first)
    own = [fact for fact in told if plain(fact.predicate).endswith(plain(predicate))]
    if first:
        own = sorted(own, key=lambda fact: fact.start)[:1]
    return plain(own[0].value) if len(own) == 1 else ""


def value_in(rows: Sequence[Memory], subject: str, predicate: str, values: Sequence[str]) -> str:
    """The value in the first row that names subject and predicate and holds one of the values.

    A reader that knows the values is a generous stand-in for a language model: what it gets wrong
    is the row's fault.
    """
    for row in rows:
        said = plain(row.text or "").split()
        is_named = plain(subject) in said and plain(predicate) in said
        if is_named and (told := [each for each in said if each in values]):
            return told[0]
    return ""
