"""Found things in rows: how many there are in a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agents.ask.answer import Cited, Context, Draft
from agents.ask.plan import Plan
from agents.ask.reader.thresholds import PROVEN, STANDS_FOR
from agents.ask.reader.units import Weights, in_focus, meanwhile
from agents.text.words import stem
from memory.records import SECOND, Kind, Memory, Span

PEOPLE = frozenset(
    stem(word)
    for word in "person people man men woman women boy girl child children kid guy lady human "
    "someone somebody player".split()
)
BEING = frozenset(
    stem(word)
    for word in "stand sit lie be see visible show appear present there picture frame image scene "
    "screen view clip video colour color coloured colored wear".split()
)
"""Words that say no more than that a thing is there."""


@dataclass(frozen=True, slots=True)
class Found:
    """A found thing and the row that tells of it."""

    name: str
    words: tuple[str, ...]
    row: Memory

    def is_called(self, noun: str) -> bool:
        """Whether a person would call it so."""
        if self.name in ("person", "face") and stem(noun) in PEOPLE:
            return True
        return any(stem(noun) == stem(word) for word in self.words)


def found_in(row: Memory) -> list[Found]:
    """The things that a row's details tell of."""
    return [
        Found(str(each["name"]), tuple(each["words"]), row) for each in row.details.get("found", [])
    ]


def read_number(plan: Plan, context: Context) -> Draft | None:
    """How many of the named things are in one picture: the most that were found at once.

    At a named time the pictures before and after it must agree. Nothing where none was found.
    """
    if posed := _posed(plan, context):
        return posed
    nouns = plan.target.lower().split()[-1:]
    rows = _around(context) if context.focus else _pictures(context.rows)
    counts = [(sum(each.is_called(n) for n in nouns for each in found_in(r)), r) for r in rows]
    most, row = max(counts, key=lambda item: (item[0], -item[1].span.start), default=(0, None))
    if not most or row is None:
        return None
    others = [term for term in plan.terms if stem(term) not in {*map(stem, nouns), *BEING}]
    agreed = len({count for count, _ in counts}) == 1
    fits = agreed if context.focus else _fit(others, row, context) >= PROVEN
    reason = f"{most} of them were found at once"
    shown = _at_focus(context) or cited(row, context)
    return Draft(str(most), (shown,), 0.6, fits, reason)


def _posed(plan: Plan, context: Context) -> Draft | None:
    """How many people are in the pose that is asked for, where rows tell of one."""
    asked = {stem(word) for term in plan.terms for word in term.split()}
    own = [row for row in in_focus(context.rows, context.focus) if row.kind is Kind.POSES]
    fits = [row for row in own if stem(row.details.get("pose", "")) in asked]
    if not fits:
        return None
    most = max(fits, key=lambda row: (row.details.get("count", 0), -row.span.start))
    count = most.details.get("count", 0)
    return Draft(str(count), (Cited(most, most.span),), 0.6, True, f"{count} were seen so at once")


def _at_focus(context: Context) -> Cited | None:
    """The named time itself as evidence, where a row of recognised things covers it."""
    for video, span in context.focus:
        near = Span(max(0, span.start - SECOND), span.end + SECOND)
        for row in context.rows:
            same = row.kind is Kind.OBJECTS and row.video_id == video
            if same and row.span.overlap(span) and (part := near.clipped(row.span)):
                return Cited(row, part)
    return None


def _around(context: Context) -> list[Memory]:
    """Pictures in the focus; where there are none, the last one before and the first one after."""
    inside = _pictures(in_focus(context.rows, context.focus))
    inside = [row for row in inside if found_in(row)]
    if inside:
        return inside
    chosen: list[Memory] = []
    for video, span in context.focus:
        own = [row for row in _pictures(context.rows) if row.video_id == video and found_in(row)]
        chosen += sorted((r for r in own if r.span.start < span.start), key=_start)[-1:]
        chosen += sorted((r for r in own if r.span.start >= span.end), key=_start)[:1]
    return chosen


def _start(row: Memory) -> int:
    return row.span.start


def cited(row: Memory, context: Context) -> Cited:
    """A picture as evidence, together with the seconds that it stands for.

    A keyframe is an instant; the row of recognised things around it says how long they were seen.
    """
    if not row.kind.is_picture:
        return Cited(row, row.span)
    later = Span(row.span.start, row.span.start + STANDS_FOR)
    for other in context.rows:
        same = other.kind is Kind.OBJECTS and other.video_id == row.video_id
        if same and other.span.contains(row.span):
            return Cited(other, later.clipped(other.span) or other.span)
    return Cited(row, row.span)


def _fit(words: Sequence[str], row: Memory, context: Context) -> float:
    """Weighted share of words perceived while a row lasts."""
    return Weights(words, context.rows).share(meanwhile(row, context.rows))


def _pictures(rows: Sequence[Memory]) -> list[Memory]:
    return [row for row in rows if row.kind.is_thing or row.kind is Kind.FACES]
