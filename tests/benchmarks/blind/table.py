"""The blind protocol's tables in Markdown: who found what, and what confidence is worth."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence

from tests.benchmarks.blind.measures import (
    area_under_risk,
    auc,
    calibration_error,
    over_clips,
    reliability,
    risk_coverage,
)
from tests.benchmarks.blind.protocol import Record

COVERAGES = (0.2, 0.4, 0.6, 0.8, 1.0)
BRIEF = 12
"""Words of a short answer, at most."""
Measure = Callable[[Sequence[Record]], float]


def share(rows: Sequence[Record], of: Callable[[Record], bool | None]) -> float:
    """The share of rows for which it holds, among those for which it is known."""
    known = [value for row in rows if (value := of(row)) is not None]
    return statistics.fmean(known) if known else float("nan")


def is_brief(row: Record) -> bool:
    """Whether the answer is short: a whole card holds most answers, but answers nobody."""
    return len((row.answer or "").split()) <= BRIEF


def precision(rows: Sequence[Record]) -> float:
    """Share of right ones among everything that is `answered`, also where there is no answer."""
    return share([row for row in rows if row.is_answered], lambda row: row.right)


def coverage(rows: Sequence[Record]) -> float:
    """Share of the answerable questions that are `answered`."""
    return share([row for row in rows if row.answerable], lambda row: row.is_answered)


MEASURES: dict[str, Measure] = {
    "first moment": lambda rows: share(rows, lambda row: row.hit),
    "one of five": lambda rows: share(rows, lambda row: row.five),
    "words": lambda rows: share(rows, lambda row: row.words),
    "words, in brief": lambda rows: share(rows, lambda row: row.words and is_brief(row)),
    "precision of answered": precision,
    "the same, answerable": lambda rows: precision([row for row in rows if row.answerable]),
    "coverage of answered": coverage,
    "absent refused": lambda rows: share(
        [row for row in rows if not row.answerable], lambda row: row.is_refused
    ),
}


def tables(records: Sequence[Record], seed: int = 0) -> str:
    """All tables."""
    who = list(dict.fromkeys(record.who for record in records))
    parts = [
        _numbers(records),
        "## All questions: mean over folds [95 % over clips]",
        _all(records, who, seed),
        "## First moment by capability",
        _by_capability(records, who, "first moment"),
        "## Words by capability",
        _by_capability(records, who, "words"),
        "## What confidence is worth, over the answers given",
        _confidence(records, who, seed),
        "## Reliability of the product",
        _reliability([record for record in records if record.who == who[-1]]),
    ]
    return "\n\n".join(parts)


def fold_mean(rows: Sequence[Record], measure: Measure) -> float:
    """The mean of a measure over the folds in which it is defined."""
    folds = sorted({row.fold for row in rows})
    values = [measure([row for row in rows if row.fold == fold]) for fold in folds]
    known = [value for value in values if not math.isnan(value)]
    return statistics.fmean(known) if known else float("nan")


def _numbers(records: Sequence[Record]) -> str:
    first = [record for record in records if record.who == records[0].who]
    good = sum(record.answerable for record in first)
    clips = len({record.clip for record in first})
    return f"{good} questions with an answer and {len(first) - good} without, {clips} clips."


def _all(records: Sequence[Record], who: Sequence[str], seed: int) -> str:
    lines = [_row(["", *MEASURES]), _row(["---"] * (len(MEASURES) + 1))]
    for name in who:
        rows = [record for record in records if record.who == name]
        clips = [row.clip for row in rows]
        cells = [name]
        for measure in MEASURES.values():
            found = over_clips(lambda at, m=measure, own=rows: m([own[i] for i in at]), clips, seed)
            mean = fold_mean(rows, measure)
            cells.append(f"{_percent(mean)} [{_bare(found.low)}, {_bare(found.high)}]")
        lines.append(_row(cells))
    return "\n".join(lines)


def _by_capability(records: Sequence[Record], who: Sequence[str], name: str) -> str:
    measure = MEASURES[name]
    kinds = sorted({record.capability for record in records if record.answerable})
    lines = [_row(["capability", "questions", *who]), _row(["---"] * (len(who) + 2))]
    for kind in kinds:
        own = [r for r in records if r.capability == kind and r.answerable]
        number = len([r for r in own if r.who == who[0]])
        cells = [_percent(measure([r for r in own if r.who == each])) for each in who]
        lines.append(_row([kind, str(number), *cells]))
    return "\n".join(lines)


def _confidence(records: Sequence[Record], who: Sequence[str], seed: int) -> str:
    risks = [f"risk at {100 * at:.0f} %" for at in COVERAGES]
    head = ["", "answers", "right", "ECE", "AUC right/wrong", "AURC", *risks]
    lines = [_row(head), _row(["---"] * len(head))]
    for name in who:
        rows = [r for r in records if r.who == name and r.answer]
        sure, right = [r.confidence for r in rows], [r.right for r in rows]
        area = over_clips(
            lambda at, s=sure, t=right: auc([s[i] for i in at], [t[i] for i in at]),
            [r.clip for r in rows],
            seed,
        )
        curve = risk_coverage(sure, right)
        cells = [name, str(len(rows)), _percent(share(rows, lambda r: r.right))]
        cells += [f"{calibration_error(sure, right):.2f}"]
        cells += [f"{area.value:.2f} [{area.low:.2f}, {area.high:.2f}]"]
        cells += [f"{area_under_risk(sure, right):.2f}"]
        cells += [_percent(_risk(curve, at)) for at in COVERAGES]
        lines.append(_row(cells))
    return "\n".join(lines)


def _risk(curve: Sequence[tuple[float, float]], at: float) -> float:
    """The risk at the least coverage of the curve that is at least `at`."""
    return next((risk for covered, risk in curve if covered >= at - 1e-9), float("nan"))


def _reliability(rows: Sequence[Record]) -> str:
    given = [row for row in rows if row.answer]
    parts = reliability([row.confidence for row in given], [row.right for row in given])
    lines = [_row(["confidence", "answers", "mean confidence", "right"]), _row(["---"] * 4)]
    for part in parts:
        span = f"{part.low:.1f}-{part.high:.1f}"
        lines.append(_row([span, str(part.number), f"{part.confidence:.2f}", _percent(part.right)]))
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _percent(value: float) -> str:
    return "-" if math.isnan(value) else f"{100 * value:.0f} %"


def _bare(value: float) -> str:
    return "-" if math.isnan(value) else f"{100 * value:.0f}"
