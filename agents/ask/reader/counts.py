"""How many, and yes or no: what can be counted in memory, and nothing else."""

from __future__ import annotations

from dataclasses import replace

from agents.ask.answer import Cited, Context, Draft
from agents.ask.executor.recall import CUT_WORDS, CUTS
from agents.ask.plan import Plan
from agents.ask.reader.detections import read_number
from agents.ask.reader.listed import items_asked
from agents.ask.reader.thresholds import ALL_THERE, LARGEST
from agents.ask.reader.units import (
    Unit,
    Weights,
    in_focus,
    lines,
    meanwhile,
    people,
    things,
    wanted_words,
)
from agents.text.words import stem
from memory.records import SECOND, Kind, Level, Memory, Span

LINES = frozenset(stem(word) for word in ("line", "bullet", "item", "entry", "point", "row"))
ITEMS = frozenset(stem(word) for word in ("bullet", "item", "entry", "point"))
LISTS = frozenset(stem(word) for word in ("list", "agenda", "checklist"))
WHOLE = frozenset(stem(word) for word in ("continuous", "uncut", "single"))
OF_CUTS = CUT_WORDS | WHOLE | {stem("times"), stem("different")}
"""Words of questions that count cuts and nothing else: "how many scenes show Madrid" does not."""


def read_count(plan: Plan, context: Context) -> Draft:
    """A count of cuts, shots, lines of text or things; a number that is written is a candidate."""
    nouns = {stem(word) for word in (*plan.target.lower().split(), *plan.terms)}
    if nouns & CUTS and nouns <= OF_CUTS:
        return _count_cuts(plan, context)
    if nouns & LINES:
        listed = items_asked(plan, context) if nouns & (ITEMS | LISTS) else None
        return _in_words(listed) if listed else _count_lines(plan, context)
    found = read_number(plan, context)
    return found or Draft(None, reason="nothing there can be counted")


def read_yes_no(plan: Plan, context: Context) -> Draft:
    """Yes when it was perceived; no only where memory is complete (cuts, sound)."""
    nouns = {stem(word) for word in (*plan.target.lower().split(), *plan.terms)}
    if nouns & (CUTS | WHOLE):
        return _one_shot(plan, context, asks_whole=bool(nouns & WHOLE))
    if nouns & {stem("audio"), stem("sound"), stem("soundtrack")}:
        return _has_sound(context)
    rows = in_focus(context.rows, context.focus)
    units: list[Unit] = [*lines(rows), *things(rows), *people(rows)]
    weights = Weights(wanted_words(plan), context.rows)
    best = max(units, key=lambda u: weights.share(u.text), default=None)
    if best is not None and weights.share(meanwhile(best.row, context.rows)) >= ALL_THERE:
        return Draft("Yes", (Cited(best.row, best.row.span),), 0.7, True, "it was perceived")
    return Draft(None, reason="it was not perceived, which does not prove that it is not there")


def _shots(context: Context) -> list[Span]:
    first = context.videos[0].video_id if context.videos else ""
    shots = [n for n in context.nodes if n.level is Level.SHOT and n.video_id == first]
    return sorted(node.span for node in shots)


def _whole_row(context: Context) -> Memory | None:
    """A row to cite for a statement about all of the video: its longest."""
    rows = [hit.memory for hit in context.hits if hit.memory.kind is Kind.SUMMARY]
    return max([*rows, *context.rows], key=lambda r: r.span.length, default=None)


def _count_cuts(plan: Plan, context: Context) -> Draft:
    shots, row = _shots(context), _whole_row(context)
    if not shots or row is None or len(context.videos) > 1:
        return Draft(None, reason="shots are counted in one video at a time")
    wants_cuts = stem("cut") in {stem(w) for w in (*plan.target.lower().split(), *plan.terms)}
    number = len(shots) - 1 if wants_cuts else len(shots)
    return Draft(_words(number), (Cited(row, row.span),), 0.6, True, f"{number} in the tree")


def _in_words(draft: Draft) -> Draft:
    """A number as it is told."""
    return replace(draft, text=_words(int(draft.text or 0)))


def _count_lines(plan: Plan, context: Context) -> Draft:
    """Lines of text in the picture at the named time, without the title."""
    moment = [(video, Span(s.start, min(s.end, s.start + SECOND))) for video, s in context.focus]
    shown = lines(in_focus(context.rows, moment))
    if not shown:
        return Draft(None, reason="no text was read there")
    tallest = max(unit.height for unit in shown)
    items = [u for u in shown if u.height < tallest * LARGEST or tallest == 0]
    count = len({unit.text for unit in items}) or len(shown)
    cited = tuple(Cited(r, r.span) for r in {u.row.memory_id: u.row for u in shown}.values())
    return Draft(_words(count), cited, 0.5, bool(context.focus), "lines below the largest one")


def _one_shot(plan: Plan, context: Context, *, asks_whole: bool) -> Draft:
    shots, row = _shots(context), _whole_row(context)
    if not shots or row is None:
        return Draft(None, reason="no shots are known")
    single = len(shots) == 1
    yes = single if asks_whole else not single
    said = "one shot" if single else "several shots"
    return Draft(f"{'Yes' if yes else 'No'}, {said}", (Cited(row, row.span),), 0.7, True, said)


def _has_sound(context: Context) -> Draft:
    row = _whole_row(context)
    if row is None or len(context.videos) != 1:
        return Draft(None, reason="sound is looked up in one video at a time")
    has = bool(context.videos[0].media.get("audio"))
    return Draft("Yes" if has else "No", (Cited(row, row.span),), 0.9, True, "the file's streams")


def _words(number: int) -> str:
    small = [
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
    ]
    return f"{number}" if number >= len(small) else f"{small[number]} ({number})"
