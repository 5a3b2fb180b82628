"""The embedded reader: quotes and points at evidence, and does not pretend to reason.

Each kind of question has its reader; this file only decides who reads. A reader returns a `Draft`
that is proven when enough of the question's words, weighted by how telling they are, are found at
one moment together with an answer of the asked-for type.
"""

from __future__ import annotations

from collections.abc import Callable

from agents.answer import Draft, Material
from agents.plan import Asked, Plan, Relation
from agents.reader.choices import read_choices
from agents.reader.counts import read_count, read_yes_no
from agents.reader.moments import read_keywords, read_when
from agents.reader.order import neighbour, read_order
from agents.reader.spoken import read_spoken
from agents.reader.things import read_things
from agents.reader.written import read_written, value_pattern
from memory.records import Kind

Reader = Callable[[Plan, Material], Draft]

READERS: dict[Asked, tuple[Reader, ...]] = {
    Asked.WRITTEN: (read_written,),
    Asked.SAID: (read_spoken,),
    Asked.WHEN: (read_when,),
    Asked.ORDER: (read_order, read_written),
    Asked.COUNT: (read_count,),
    Asked.YES_NO: (read_yes_no,),
    Asked.WHAT: (read_things, read_written, read_spoken),
    Asked.WHO: (read_written, read_spoken, read_things),
    Asked.WHERE: (read_things, read_written, read_spoken),
    Asked.KEYWORDS: (read_keywords,),
}
ASKS_FOR_NEIGHBOUR = (Asked.WHAT, Asked.WHO, Asked.WRITTEN, Asked.ORDER, Asked.SAID)
BY_KIND: dict[Kind, Reader] = {
    Kind.SCREEN_TEXT: read_written,
    Kind.SPEECH: read_spoken,
    Kind.OBJECTS: read_things,
}


def read(plan: Plan, material: Material) -> Draft:
    """The best draft: the first proven one in the plan's order, else the most confident."""
    if not material.rows:
        return Draft(None, reason="nothing was remembered that could answer this")
    drafts: list[Draft] = []
    for reader in _readers(plan):
        draft = reader(plan, material)
        drafts.append(draft)
        if draft.proven:
            break
    best = max(drafts, key=lambda d: (d.proven, d.confidence))
    if plan.choices and plan.asked is not Asked.ORDER:
        return read_choices(plan, material, best)
    return best


def _readers(plan: Plan) -> list[Reader]:
    """Readers for a plan: by what is asked, those for its preferred kinds first."""
    readers = list(READERS[plan.asked])
    if plan.asked in (Asked.WHAT, Asked.WHO, Asked.WHERE):
        preferred = [BY_KIND[kind] for kind in plan.kinds if kind in BY_KIND]
        readers = list(dict.fromkeys(preferred or readers))
        if value_pattern(plan.target) is None and not {Kind.OBJECTS} & set(plan.kinds):
            readers = list(dict.fromkeys([*readers, *READERS[plan.asked]]))
    beside = plan.anchor is not None and plan.anchor.relation in (Relation.AFTER, Relation.BEFORE)
    if beside and plan.anchor and plan.anchor.text and plan.asked in ASKS_FOR_NEIGHBOUR:
        readers.insert(0, neighbour)
    return readers
