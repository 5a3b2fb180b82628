"""Values beside their labels: "Total  17 %", in a line, in a table or on a dashboard."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from agents.ask.answer import Cited, Context, Draft
from agents.ask.plan import Plan
from agents.ask.reader.thresholds import ALL_THERE, LABELLED, LEGIBLE, PROVEN, VALUE_PROVEN
from agents.ask.reader.units import (
    Unit,
    Weights,
    holds,
    in_focus,
    lines,
    meanwhile,
    topic_words,
    type_words,
    wanted_words,
)
from agents.text.words import stem
from memory.records import Memory

RAISED = "[⁰¹²³⁴-⁹½¼¾⅓⅔⅛]*"
"""Exponents and fractions that belong to the number before them."""

PATTERNS = {
    "number": r"\b[A-Z]{1,4}-?\d[\w-]*|"
    rf"(?:\d[\d.,:/]*{RAISED}|[½¼¾⅓⅔⅛])\s?%?[A-Za-z]{{0,3}}{RAISED}",
    "percentage": r"\d[\d.,]*\s?%",
    "price": r"(?:[$€£]\s?\d[\d.,]*|\d[\d.,]*\s?(?:[$€£]|dollars?|euros?|pounds?))",
    "duration": r"\d[\d.,]*\s?(?:ms|s|sec\w*|min\w*|h|hours?|days?|weeks?|months?|years?)?\b",
    "time": r"\d{1,2}:\d{2}(?::\d{2})?(?:\s?[ap]m)?",
    "date": r"\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}|\d{1,2}\.? [A-Z][a-z]+ \d{4}|"
    r"[A-Z][a-z]+ \d{1,2},? \d{4}",
    "file": r"[\w-]+\.[A-Za-z]\w{1,4}\b",
    "url": r"(?:https?://|www\.)\S+",
    "link": r"(?:https?://|www\.)\S+",
    "website": r"(?:https?://|www\.)\S+|\b[\w-]+\.(?:com|org|net|io|ai|edu|gov)\b",
    "email": r"[\w.+-]+@[\w-]+\.[\w.]+",
    "year": r"\b(?:1[5-9]|20)\d\d\b",
}
"""What a value of a kind looks like."""
SPECIFIC = frozenset("file url link website email date percentage price year".split())
"""Kinds whose values are so rare that one alone needs few other words to prove it."""
TIMETABLE = re.compile(
    r"\bwhat time\b|\bon (?:mon|tues|wednes|thurs|fri|satur|sun)days?\b", re.IGNORECASE
)
"""A question after a time that may be written somewhere, not after a time in the video."""
CLOSING = frozenset(stem(word) for word in ("close", "end", "shut", "until", "finish"))
"""Words that ask for the later of two times."""
NUMERIC = frozenset(
    ["number", "value", "count", "amount", "score", "digit", "figure", "many", "much", "total"]
)


@dataclass(frozen=True, slots=True)
class Match:
    """A line, and how well it and its moment fit the question."""

    unit: Unit
    own: float
    """Share of the wanted words in the line itself."""
    near: float
    """The same for line and neighbours together."""
    moment: float
    """The same for everything perceived at that time."""

    @property
    def score(self) -> float:
        """Words in the line itself count most."""
        return 0.5 * self.own + 0.3 * self.near + 0.2 * self.moment


def value_pattern(target: str) -> re.Pattern[str] | None:
    """The pattern that an answer of this type must fit, None for free text."""
    said = target.lower().split()
    if said[-1:] == ["time"] and len(said) > 1:
        return re.compile(f"{PATTERNS['time']}|{PATTERNS['duration']}")
    for word in reversed(said):
        if word in PATTERNS:
            return re.compile(PATTERNS[word])
        if word in NUMERIC:
            return re.compile(PATTERNS["number"])
    return None


def matched(plan: Plan, rows: Sequence[Memory], units: Sequence[Unit]) -> list[Match]:
    """Lines by how well they and their moments fit the question, best first."""
    typed = type_words(plan)
    weights = Weights([word for word in wanted_words(plan) if word not in typed], rows)
    topic = Weights(topic_words(plan), rows)
    found: list[Match] = []
    moments: dict[str, float] = {}
    for unit in units:
        key = unit.row.memory_id
        if key not in moments:
            moments[key] = weights.share(meanwhile(unit.row, rows))
        own = topic.share(unit.text) if topic_words(plan) else 0.0
        near = weights.share(unit.row.text or "")
        found.append(Match(unit, own, near, moments[key]))
    return sorted(found, key=lambda m: (-m.score, m.unit.row.span, -m.unit.height, m.unit.text))


def read_value(plan: Plan, matches: Sequence[Match], units: Sequence[Unit]) -> Draft | None:
    """A typed value in the best line, or beside it in the picture."""
    pattern = value_pattern(plan.target)
    if pattern is None:
        return None
    asked = {name.lower() for name in plan.names} | set(plan.terms)
    lone = _lone_value(plan, matches)
    if lone is not None:
        return lone
    for match in matches[:6]:
        if match.moment < VALUE_PROVEN or match.own == 0:
            break
        for unit in (match.unit, *beside(match.unit, units, plan)):
            found = [m.group().strip() for m in pattern.finditer(unit.text)]
            values = [v for v in found if v.lower() not in asked]
            if values:
                best = _nearest(values, unit.text, plan)
                return drafted(best, unit.row, match, VALUE_PROVEN)
    return None


def read_timetable(plan: Plan, context: Context) -> Draft:
    """A time that is written beside what is asked about: opening hours, departures."""
    if not TIMETABLE.search(plan.question):
        return Draft(None, reason="no written time is asked for")
    rows = in_focus(context.rows, context.focus)
    asked = replace(plan, target="time")
    units = lines(rows)
    every = matched(asked, context.rows, units)
    on_day = [m for m in every if plan.names and all(holds(m.unit.text, n) for n in plan.names)]
    for match in on_day:
        times = re.findall(PATTERNS["time"], match.unit.text)
        if times and match.moment >= VALUE_PROVEN:
            value = _nearest(times, match.unit.text, asked)
            return drafted(value, match.unit.row, match, VALUE_PROVEN)
    found = read_value(asked, every, units) if not on_day else None
    return found or Draft(None, reason="no time is written there")


def _lone_value(plan: Plan, matches: Sequence[Match]) -> Draft | None:
    """The only value of a rare kind among all lines."""
    kinds = set(plan.target.lower().split()) & SPECIFIC
    if len(kinds) != 1:
        return None
    pattern = re.compile(PATTERNS[kinds.pop()])
    found = {v.group().strip(): m for m in matches for v in pattern.finditer(m.unit.text)}
    if len(found) != 1:
        return None
    value, match = found.popitem()
    reason = f"the only {plan.target} that was read"
    return Draft(value, (Cited(match.unit.row, match.unit.row.span),), 0.65, True, reason)


def _nearest(values: Sequence[str], text: str, plan: Plan) -> str:
    """The value that stands closest behind the asked-for words."""
    low = text.lower()
    if plan.target == "time" and CLOSING & {stem(term) for term in plan.terms}:
        return values[-1]
    ends = [low.find(term) + len(term) for term in plan.terms if term in low]
    if not ends:
        return values[0]
    return min(values, key=lambda v: (abs(low.find(v.lower()) - max(ends)), low.find(v.lower())))


def beside(unit: Unit, units: Sequence[Unit], plan: Plan) -> list[Unit]:
    """Texts right of and below a line's label in the same picture, nearest first."""
    label = _label(unit, plan)
    if label.box is None:
        return []
    _, top, right, bottom = label.box
    height = max(bottom - top, 0.01)
    found: list[tuple[float, Unit]] = []
    for other in (piece for each in units for piece in each.parts or (each,)):
        apart = other not in (label, unit) and other.row.span.overlap(unit.row.span)
        if other.box is None or not apart:
            continue
        same_row = abs((other.box[1] + other.box[3]) / 2 - (top + bottom) / 2) < height * 0.7
        if same_row and other.box[0] >= right - 0.01:
            found.append((other.box[0] - right, other))
        elif other.box[1] >= bottom - height * 0.3 and _shared(label.box, other.box) > 0:
            found.append(((other.box[1] - bottom) * 2 + 0.05, other))
    return [u for gap, u in sorted(found, key=lambda item: item[0]) if gap < 6 * height][:2]


def _label(unit: Unit, plan: Plan) -> Unit:
    """The piece of a joined line that says what is asked for: the head of a table's column."""
    words = topic_words(plan)
    held = [(sum(holds(part.text, word) for word in words), part) for part in unit.parts]
    most, part = max(held, key=lambda item: item[0], default=(0, unit))
    return part if most else unit


def _shared(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Overlap of two boxes from left to right."""
    return min(one[2], other[2]) - max(one[0], other[0])


def drafted(text: str, row: Memory, match: Match, enough: float = PROVEN) -> Draft:
    """A draft from a match; proven when enough of the question's words are at that moment."""
    strong = max(match.own, match.near, match.moment)
    confidence = min(1.0, 0.5 * strong + 0.3 * match.own + 0.2 * row.confidence)
    proven = match.moment >= enough and (match.near > LABELLED or match.moment > ALL_THERE)
    proven = proven and row.confidence >= LEGIBLE
    found = f"{match.moment:.0%} of the question's words are at that moment"
    return Draft(text, (Cited(row, row.span),), confidence, proven, found)
