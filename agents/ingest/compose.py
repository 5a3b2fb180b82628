"""Captions and summaries without a model: they compose what was perceived and invent nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from agents.perception.records import Sample
from memory.details import SampleValues, WindowReport
from memory.records import Level, Memory, Node, Span

MOVING = 0.04
"""Mean luma change between samples above which a shot is called moving."""
STILL = 0.004
DARK, BRIGHT = 0.2, 0.75
SUMMARY_WORDS = {Level.SCENE: 40, Level.CHAPTER: 80, Level.VIDEO: 120}
"""Words of a summary, from the finest level up."""


def caption(node: Node, rows: Sequence[Memory], samples: Sequence[Sample]) -> str:
    """One line on a shot: what is seen, read and heard in it, how it looks and moves."""
    inside = [row for row in rows if row.span.overlap(node.span)]
    parts = [
        _part("Shows", _labels(inside), ", "),
        _part("On screen", _texts(_written(inside), 6), " | "),
        _part("Said", _texts(_said(inside), 4), " "),
        _part("Heard", _texts(_heard(inside), 4), ", "),
        _part("Happens", _texts(_happening(inside), 3), "; "),
        _look([s for s in samples if node.span.start <= s.time < node.span.end]),
    ]
    return " ".join(part for part in parts if part)


def summary(node: Node, rows: Sequence[Memory], words: int) -> str:
    """The most telling lines of a longer stretch, at most about `words` words, in time order."""
    inside = [row for row in rows if row.span.overlap(node.span)]
    spoken = _leading(_said(inside), words // 2)
    written = _leading(_written(inside), words // 2)
    parts = [
        _part("Shows", _labels(inside), ", "),
        _part("On screen", written, " | "),
        _part("Said", spoken, " "),
    ]
    return " ".join(part for part in parts if part)


def _part(name: str, texts: Sequence[str], joint: str) -> str:
    if not texts:
        return ""
    said = joint.join(texts)
    return f"{name}: {said}" if said.endswith((".", "!", "?")) else f"{name}: {said}."


def _written(rows: Iterable[Memory]) -> list[Memory]:
    return [_clear(row) for row in rows if row.kind.is_verbatim and row.kind.is_visual]


def _clear(row: Memory) -> Memory:
    """A row of text on screen without the lines that may be none."""
    lines = row.details.get("lines", [])
    if not any(line.get("doubtful") for line in lines):
        return row
    return replace(row, text="\n".join(x["text"] for x in lines if not x.get("doubtful")))


def _said(rows: Iterable[Memory]) -> list[Memory]:
    return [row for row in rows if row.kind.is_verbatim and row.kind.is_audible]


def _heard(rows: Iterable[Memory]) -> list[Memory]:
    """Sounds that are no words."""
    return [row for row in rows if row.kind.is_audible and not row.kind.is_verbatim]


def _happening(rows: Iterable[Memory]) -> list[Memory]:
    """What lasts as it happens; instants are told by rows of their own."""
    return [row for row in rows if row.kind.is_event and not row.kind.is_instant]


def _texts(rows: Iterable[Memory], most: int) -> list[str]:
    lines = [row.text.replace("\n", " / ") for row in rows if row.text]
    return list(dict.fromkeys(lines))[:most]


def _labels(rows: Iterable[Memory], most: int = 6) -> list[str]:
    """Words for recognised things: what was seen long and surely first, narrow before wide.

    A row lists its words from the likeliest and narrowest on, so a word counts the less the later
    it stands; among equals the one that came first goes first.
    """
    seen: Counter[str] = Counter()
    for row in rows:
        if row.kind.is_thing and row.text:
            for place, word in enumerate(row.text.split("; ")):
                seen[word] += round(row.span.length * row.confidence / (1 + place))
    return [word for word, _ in seen.most_common(most)]


def _leading(rows: Sequence[Memory], words: int) -> list[str]:
    """Whole rows, those with the most distinct words first, back in time order."""
    own = [row for row in rows if row.text]
    ranked = sorted(own, key=lambda row: (-len(set((row.text or "").lower().split())), row.span))
    chosen: dict[str, Span] = {}
    left = words
    for row in ranked:
        text = (row.text or "").replace("\n", " / ")
        if text not in chosen and len(text.split()) <= left:
            chosen[text] = row.span
            left -= len(text.split())
    return sorted(chosen, key=lambda text: chosen[text])


def _look(samples: Sequence[Sample]) -> str:
    """Dominant colours, light and motion, in words."""
    if not samples:
        return ""
    colours = Counter(name for sample in samples for name in sample.colours[:2])
    light = sum(sample.brightness for sample in samples) / len(samples)
    motion = sum(sample.motion for sample in samples) / len(samples)
    words = [name for name, _ in colours.most_common(2)]
    words += ["dark"] if light < DARK else ["bright"] if light > BRIGHT else []
    words += ["still"] if motion < STILL else ["moving"] if motion > MOVING else []
    return f"Picture: {', '.join(words)}." if words else ""


def sample_values(samples: Sequence[Sample]) -> list[SampleValues]:
    """Samples as plain values for the ledger."""
    return [(s.time, round(s.brightness, 3), round(s.motion, 4), list(s.colours)) for s in samples]


def samples_of(report: WindowReport) -> list[Sample]:
    """Samples back from a ledger report."""
    rows = report.get("samples", [])
    return [Sample(time, light, motion, tuple(names)) for time, light, motion, names in rows]
