"""Questions about text on screen: find the line that answers, or the value beside its label."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rapidfuzz import fuzz

from agents.ask.answer import Cited, Context, Draft
from agents.ask.plan import Anchor, Plan, Relation
from agents.ask.reader.thresholds import AS_GOOD, LEGIBLE, MOST_WORDS, NEWS, TOP
from agents.ask.reader.units import (
    COLOURS,
    LINE_NOUNS,
    Unit,
    holds,
    in_focus,
    lines,
    needed_words,
    quoted,
    topic_words,
    wanted_words,
)
from agents.ask.reader.values import Match, beside, drafted, matched, read_value
from agents.text.words import coverage, stem, stems
from memory.records import SECOND, Kind, Memory, Span

OTHER_NAMES = {"gray": "grey", "violet": "purple"}
"""Colours that perception calls otherwise."""


def read_written(plan: Plan, context: Context) -> Draft:
    """The best line, value or text for a question about what is written."""
    rows = uncut(in_focus(context.rows, context.focus))
    if not lines(rows):
        return Draft(None, reason="no text was read there")
    if plan.position is not None and _is_line(plan.target or " ".join(plan.terms)):
        return _nth_line(plan, plan.position, rows)
    if plan.position is None:
        return _read_rows(plan, context, rows)
    picture = _nth_picture(plan.position, rows)
    draft = _read_rows(plan, context, picture) if picture else Draft(None, reason=TOO_FEW)
    if draft.proven or not topic_words(plan):
        return draft
    # Counted from elsewhere than the question means: its words find the picture just as well.
    return _read_rows(replace(plan, position=None), context, rows)


TOO_FEW = "fewer texts than that were read"


def uncut(rows: Sequence[Memory]) -> list[Memory]:
    """Rows but for those that are part of a fuller reading of the same time.

    A look reads a line while it is being written, and other lines apart from their neighbours.
    """
    texts = [row for row in rows if row.kind is Kind.SCREEN_TEXT and row.text]
    return [row for row in rows if not any(_is_part(row, other) for other in texts)]


def _is_part(row: Memory, other: Memory) -> bool:
    """Whether another row, there for most of a row's time, has all its lines and more."""
    if row.kind is not Kind.SCREEN_TEXT or len(other.text or "") <= len(row.text or ""):
        return False
    if row.video_id != other.video_id or not _stays(row, other):
        return False
    own, others = (row.text or "").splitlines(), (other.text or "").splitlines()
    return all(any(_extends(line, fuller) for fuller in others) for line in own)


def _extends(line: str, fuller: str) -> bool:
    return len(fuller) >= len(line) and _continues(line, fuller)


def _read_rows(plan: Plan, context: Context, rows: Sequence[Memory]) -> Draft:
    units = lines(rows)
    if not needed_words(plan) or (_is_timed(plan) and len(needed_words(plan)) == 1):
        return _coloured(plan, units) or _whole(plan, context, rows)
    found = matched(plan, context.rows, units)
    return read_value(plan, found, units) or _line(plan, found, units)


def _is_timed(plan: Plan) -> bool:
    """Whether the question names a time and no event: the text of that moment is the answer."""
    anchor = plan.anchor
    return anchor is not None and anchor.span is not None and not anchor.text


def _line(plan: Plan, matches: Sequence[Match], units: Sequence[Unit]) -> Draft:
    """The text at the best moment that adds something to the question's own words."""
    best = matches[0]
    telling = _telling(plan, matches)
    if telling is not None:
        whole = telling.unit.row.text or ""
        small = not plan.target and _is_paragraph(whole)
        return drafted(quoted(whole if small else telling.unit.text), telling.unit.row, telling)
    near = [u for u in beside(best.unit, units, plan) if _novelty(u.text, plan) >= NEWS]
    if best.own > 0 and near:
        return drafted(quoted(near[0].text), near[0].row, best)
    moment = [u for u in units if u.row.span.overlap(best.unit.row.span)]
    adding = [u for u in moment if _novelty(u.text, plan) >= NEWS]
    if not adding:
        return Draft(None, reason="the text there says no more than the question")
    if not topic_words(plan):
        adding = [u for u in adding if _novelty(u.text, plan) == 1] or adding
    tallest = max(adding, key=_prominence)
    text = tallest.text if plan.target else tallest.row.text or ""
    return drafted(quoted(text), tallest.row, best)


def _prominence(unit: Unit) -> tuple[bool, bool, float, float]:
    """Words that were read well first, the largest of them first."""
    confidence = unit.row.confidence
    return _is_name(unit.text), confidence >= LEGIBLE, unit.height, confidence


def _telling(plan: Plan, matches: Sequence[Match]) -> Match | None:
    """The best line that both holds the question's words and says more."""
    best = matches[0]
    fitting = [
        m
        for m in matches
        if m.own > 0 and m.own >= AS_GOOD * best.own and m.unit.row.span.overlap(best.unit.row.span)
    ]
    news = [m for m in fitting if _novelty(m.unit.text, plan) >= NEWS]
    return max(news, key=lambda m: _last_held(m.unit.text, plan), default=None)


def _last_held(text: str, plan: Plan) -> int:
    """Place of the last asked-for word that a text holds: English asks about what it names last."""
    held = [i for i, word in enumerate(topic_words(plan)) if holds(text, word)]
    return max(held, default=-1)


def _is_paragraph(text: str) -> bool:
    """Whether lines are one running text, short enough to be quoted whole."""
    rows = text.splitlines()
    running = all(line[:1].islower() for line in rows[1:])
    return running and len(text.split()) <= MOST_WORDS


def _novelty(text: str, plan: Plan) -> float:
    """Share of a text's content words that the question did not say."""
    said = f"{plan.question} {plan.target}"
    content = stems(NUMBERING.sub("", text))
    return 1 - coverage(content, said) if content else 0.0


NUMBERING = re.compile(r"^\W*#?\d{1,2}[.):]?\s+(?=\D)")
"""The number of an item before its text: it tells nothing."""


def _is_name(text: str) -> bool:
    """Whether a line has a word at all, as opposed to stray marks."""
    return any(len(word) > 2 and word.isalpha() for word in text.split())


def _whole(plan: Plan, context: Context, rows: Sequence[Memory]) -> Draft:
    """All text at a named moment or place in the order: the question has no other words."""
    texts = [row for row in rows if lines([row])]
    if plan.position is None and not context.focus:
        return Draft(None, reason="the question names neither words nor a time")
    row = max(texts, key=lambda r: _fit(r, context.focus))
    return _at_moment(plan, row, context)


def _coloured(plan: Plan, units: Sequence[Unit]) -> Draft | None:
    """The largest line on a ground, or in letters, of the named colour."""
    asked = {OTHER_NAMES.get(word, word) for word in wanted_words(plan)} & COLOURS
    fitting = [unit for unit in units if asked & set(unit.colours)]
    if not fitting:
        return None
    unit = max(fitting, key=lambda u: (u.height, u.row.confidence))
    reason = f"a line in or on {' and '.join(sorted(asked))}"
    whole = (Cited(unit.row, unit.row.span),)
    return Draft(quoted(unit.text), whole, 0.6, unit.row.confidence >= LEGIBLE, reason)


def _is_line(target: str) -> bool:
    """Whether the asked-for thing is a line in a picture, not a picture."""
    return any(stem(word) in LINE_NOUNS for word in target.lower().split())


def _nth_line(plan: Plan, position: int, rows: Sequence[Memory]) -> Draft:
    """The nth line to appear in the picture that has most; its title does not count."""
    units = max((lines(group) for group in _pictures(rows)), key=len)
    titles = [u.text for u in units if _is_title(u, units)]
    items = [u for u in units if not any(_continues(u.text, title) for title in titles)] or units
    ordered = _grown(sorted(items, key=lambda u: (u.row.span.start, u.box[1] if u.box else 0.0)))
    place = position - 1 if position > 0 else position
    if not -len(ordered) <= place < len(ordered):
        return Draft(None, reason=f"only {len(ordered)} lines were read")
    unit = ordered[place]
    start = unit.row.span.start
    span = Span(start, min(unit.row.span.end, start + 2 * SECOND))
    reason = f"line {position} of {len(ordered)} in the order of appearance"
    plain = not topic_words(plan)
    return Draft(quoted(unit.text), (Cited(unit.row, span),), 0.6, plain, reason)


def _is_title(unit: Unit, units: Sequence[Unit]) -> bool:
    """Whether a line stands above all others and was there before them."""
    top = min((u.box[1] for u in units if u.box), default=0.0)
    first = min(u.row.span.start for u in units)
    above = unit.box is not None and unit.box[1] <= top + TOP
    return above and unit.row.span.start == first and len(units) > 1


def _grown(units: Sequence[Unit]) -> list[Unit]:
    """Lines by onset; a line that was first read in part counts once, with its whole text."""
    kept: list[Unit] = []
    for unit in units:
        at = next((i for i, old in enumerate(kept) if _continues(old.text, unit.text)), None)
        if at is None:
            kept.append(unit)
        elif len(unit.text) > len(kept[at].text):
            kept[at] = Unit(unit.text, kept[at].row, unit.box)
    return kept


def _continues(one: str, other: str) -> bool:
    """Whether two readings are of the same line, one perhaps cut short."""
    short, long = sorted((one.lower(), other.lower()), key=len)
    return fuzz.ratio(short, long[: len(short)]) >= 85


def _nth_picture(position: int, rows: Sequence[Memory]) -> list[Memory]:
    """The texts of the nth picture of text, none when there are fewer."""
    pictures = _pictures(_main_texts(rows))
    place = position - 1 if position > 0 else position
    return pictures[place] if -len(pictures) <= place < len(pictures) else []


def _pictures(rows: Sequence[Memory]) -> list[list[Memory]]:
    """Texts grouped into pictures: a new one begins when all text before is (all but) gone."""
    pictures: list[list[Memory]] = []
    end = 0
    for row in sorted((r for r in rows if lines([r])), key=lambda r: r.span):
        if pictures and row.span.start < end - SECOND:
            pictures[-1].append(row)
        else:
            pictures.append([row])
            end = 0
        end = max(end, row.span.end)
    return pictures


def _main_texts(rows: Sequence[Memory]) -> list[Memory]:
    """Texts without small print that stays beside larger text, such as a footer."""
    texts = [row for row in rows if lines([row])]
    tall = {row.memory_id: max(u.height for u in lines([row])) for row in texts}
    return [
        row
        for row in texts
        if 2 * tall[row.memory_id] >= max(tall[o.memory_id] for o in texts if _stays(row, o))
    ]


def _stays(row: Memory, other: Memory) -> bool:
    """Whether a row is on screen beside another for half of its time."""
    return 2 * row.span.overlap(other.span) >= row.span.length


def _fit(row: Memory, focus: Sequence[tuple[str, Span]]) -> tuple[float, float, float]:
    """How well a row fills the focus: shared time first, then how large its text is."""
    shared = sum(row.span.overlap(span) for video, span in focus if video == row.video_id)
    focal = sum(span.length for _, span in focus) or 1
    tallest = max((unit.height for unit in lines([row])), default=0.0)
    return (round(shared / focal, 1), tallest, row.confidence)


def _at_moment(plan: Plan, row: Memory, context: Context) -> Draft:
    units = lines([row])
    if "title" in plan.target or plan.target in ("word", "heading", "name", "number", "digit"):
        unit = max(units, key=lambda u: (u.height, -(u.box[1] if u.box else 0)))
        text = unit.text
    else:
        text = row.text or ""
    span = row.span
    for video, part in context.focus:
        if video == row.video_id:
            span = row.span.clipped(part) or span
    exact = settled(plan.anchor, row) and not (plan.position in (1, -1) and _is_brief(row))
    exact = exact and not (plan.anchor is not None and plan.anchor.is_beside_event)
    reason = "the text at that moment" if exact else "the text at that moment may change faster"
    return Draft(quoted(text), (Cited(row, span),), row.confidence, exact, reason)


def _is_brief(row: Memory) -> bool:
    """Whether a coarse row is so short that others may have come before or after unseen."""
    return row.span.length <= SECOND and not row.is_look


def settled(anchor: Anchor | None, row: Memory) -> bool:
    """Whether a row says surely what was on screen at a named instant.

    Rows of the coarse pass are as sharp as its sampling; a row that lasts a second around the
    instant is sure, a shorter one needs a look.
    """
    if anchor is None or anchor.span is None or anchor.relation is not Relation.AT:
        return True
    return row.is_look or row.span.length >= SECOND
