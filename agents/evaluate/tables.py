"""Tables of results in Markdown: the product beside other ways, and its parts on and off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from agents.evaluate.cases import OURS
from agents.evaluate.intervals import Difference, paired_bootstrap
from agents.evaluate.runner import Record, off_name

EVERYTHING = "all"
LESS_IS_BETTER = frozenset(("stale", "wrong", "invented"))
"""Measures of what should not be."""


@dataclass(frozen=True, slots=True)
class Line:
    """One measure of one group: what each way reaches, and ours minus theirs."""

    group: str
    measure: str
    count: int
    means: Mapping[str, float]
    gaps: Mapping[str, Difference]

    def to_json(self) -> dict[str, object]:
        """As the documented object."""
        gaps = {way: [gap.mean, gap.low, gap.high] for way, gap in self.gaps.items()}
        told = {"measure": self.measure, "group": self.group, "questions": self.count}
        return {**told, "means": dict(self.means), "ours_minus": gaps}


def lines_of(records: Sequence[Record], measures: Iterable[str]) -> list[Line]:
    """A line per measure and group; all groups together come last where there are several."""
    groups = list(dict.fromkeys(record.group for record in records))
    made: list[Line] = []
    for measure in measures:
        for group in [*groups, *([EVERYTHING] if len(groups) > 1 else [])]:
            own = [r for r in records if group in (EVERYTHING, r.group)]
            if line := _line(own, group, measure):
                made.append(line)
    return made


def _line(records: Sequence[Record], group: str, measure: str) -> Line | None:
    kept = [record for record in records if measure in record.scores[OURS]]
    if not kept:
        return None
    means: dict[str, float] = {}
    gaps: dict[str, Difference] = {}
    for way in kept[0].scores:
        own = [record for record in kept if measure in record.scores.get(way, {})]
        if not own:
            continue
        theirs = [record.scores[way][measure] for record in own]
        means[way] = float(np.mean(theirs))
        if way != OURS:
            gaps[way] = paired_bootstrap([r.scores[OURS][measure] for r in own], theirs)
    return Line(group, measure, len(kept), means, gaps)


def results_table(lines: Sequence[Line]) -> str:
    """The product and every other way; beside theirs, ours minus theirs with its 95 % interval."""
    longest = sorted(lines, key=lambda line: -len(line.means))  # the order of those with most ways
    ways = list(dict.fromkeys(w for line in longest for w in line.means if not _is_off(w)))
    head = ["measure", "group", "questions", *ways]
    rows = [
        [line.measure, line.group, f"{line.count:,}", *(_cell(line, way) for way in ways)]
        for line in lines
    ]
    return markdown(head, rows)


def _cell(line: Line, way: str) -> str:
    if way not in line.means:
        return ""
    said = f"{100 * line.means[way]:.1f}"
    gap = line.gaps.get(way)
    return said if gap is None else f"{said} ({_interval(gap)})"


def _interval(gap: Difference) -> str:
    return f"{100 * gap.mean:+.1f}: {100 * gap.low:+.1f} to {100 * gap.high:+.1f}"


@dataclass(frozen=True, slots=True)
class Worth:
    """What a part is worth on a measure of a set."""

    part: str
    evaluation: str
    line: Line

    @property
    def gap(self) -> Difference:
        """On minus off."""
        return self.line.gaps[off_name(self.part)]

    @property
    def gain(self) -> Difference:
        """The same where more is better; turned round where less is."""
        gap = self.gap
        is_less = self.line.measure in LESS_IS_BETTER
        return Difference(-gap.mean, -gap.high, -gap.low) if is_less else gap

    def to_json(self) -> dict[str, object]:
        """As the documented object."""
        gap = [self.gap.mean, self.gap.low, self.gap.high]
        told = {"part": self.part, "evaluation": self.evaluation, "on_minus_off": gap}
        return {**told, "measure": self.line.measure, "group": self.line.group}


def worths(evaluation: str, records: Sequence[Record], measures: Sequence[str]) -> list[Worth]:
    """The worth of every part that was switched off, over all and per group that it changes."""
    lines = lines_of(records, measures)
    groups = {line.group for line in lines} - {EVERYTHING}
    prefix = len(off_name(""))
    return [
        Worth(way[prefix:], evaluation, line)
        for line in lines
        for way, gap in line.gaps.items()
        if _is_off(way) and (line.group == EVERYTHING or len(groups) == 1 or _changes(gap))
    ]


def _changes(gap: Difference) -> bool:
    return (gap.mean, gap.low, gap.high) != (0, 0, 0)


def ablation_table(found: Sequence[Worth]) -> str:
    """Parts on and off: first what a part costs, then what it is not shown to bring, then gains."""
    head = ["part", "set", "measure", "group", "questions", "on", "off", "on - off"]
    rows = [
        [
            worth.part, worth.evaluation, worth.line.measure, worth.line.group,
            f"{worth.line.count:,}", f"{100 * worth.line.means[OURS]:.1f}",
            f"{100 * worth.line.means[off_name(worth.part)]:.1f}", _interval(worth.gap),
        ]
        for worth in sorted(found, key=_negative_first)
    ]  # fmt: skip
    return markdown(head, rows)


def _negative_first(worth: Worth) -> tuple[int, float, str, str]:
    gain = worth.gain
    clear = 2 if gain.low > 0 else 0 if gain.high < 0 else 1
    return clear, gain.mean, worth.part, worth.evaluation


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _is_off(way: str) -> bool:
    return way.startswith(off_name(""))
