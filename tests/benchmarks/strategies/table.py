"""Tables of how the strategies did, with paired intervals of ours minus the best of the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agents.evaluate.intervals import paired_bootstrap

OURS, LUCY = "backtrail", "videolucy"
Row = Mapping[str, Any]

HEAD = """# Strategies

Generated worlds (`tests/benchmarks/strategies/worlds.py`, frozen before anything was tuned; these
seeds were kept for this table). Every question starts from a fresh copy of the same coarse memory.
The model
is a scripted server over HTTP that tells only what the frames it was sent show, reads only what the
rows it was sent prove, is lured by a fifth of the details' look-alikes, and chooses by words. So
what is compared is control flow, not models. Worlds of up to an hour are real video; frames of
longer ones are rendered when a look asks.

An absent thing is answered right by not answering; no strategy is made to guess. Half of the
ultra-fine details last 0.6 s and show from 6 fps on: VideoLucy's constants (2 fps) cannot see them.
Nor has it an audio path, as published. IoU is that of cited spans with the spans of the facts.
"""


@dataclass(frozen=True)
class Answers:
    """The rows of a run."""

    rows: Sequence[Row]

    def of(self, strategy: str, kind: str = "", asked: str = "main") -> list[Row]:
        """Rows of a strategy, of one kind or of all."""
        return [
            row
            for row in self.rows
            if row["strategy"] == strategy and row["asked"] == asked and kind in ("", row["kind"])
        ]

    @property
    def strategies(self) -> list[str]:
        """Names, ours first."""
        return list(dict.fromkeys(row["strategy"] for row in self.rows))

    @property
    def kinds(self) -> list[str]:
        """Kinds of questions, in the order in which they were asked."""
        return list(dict.fromkeys(row["kind"] for row in self.rows))


def percent(rows: Sequence[Row], of: Callable[[Row], bool] = lambda row: bool(row["right"])) -> str:
    """Share of rows, in per cent."""
    return f"{100 * sum(map(of, rows)) / len(rows):.1f}" if rows else "-"


def mean(rows: Sequence[Row], name: str) -> float:
    """Mean of a number; 0 without rows."""
    return sum(row[name] for row in rows) / len(rows) if rows else 0.0


def by_type(found: Answers) -> str:
    """Accuracy per type and overall."""
    lines = ["| strategy | all | " + " | ".join(found.kinds) + " |"]
    lines.append("|---" * (2 + len(found.kinds)) + "|")
    for name in found.strategies:
        parts = [percent(found.of(name, kind)) for kind in ("", *found.kinds)]
        lines.append(f"| {name} | " + " | ".join(parts) + " |")
    counts = [str(len(found.of(found.strategies[0], kind))) for kind in ("", *found.kinds)]
    lines.append("| questions | " + " | ".join(counts) + " |")
    return "\n".join(lines)


def by_cost(found: Answers) -> str:
    """What a question costs, and where its evidence lies."""
    lines = [
        "| strategy | IoU | calls | tokens | frames | frames / VideoLucy's | looks | seconds |",
        "|---" * 8 + "|",
    ]
    theirs = mean(found.of(LUCY), "frames")
    for name in found.strategies:
        rows = found.of(name)
        needing = [row for row in rows if row["kind"] != "absent"]
        share = f"{mean(rows, 'frames') / theirs:.2f}" if theirs else "-"
        lines.append(
            f"| {name} | {mean(needing, 'overlap'):.2f} | {mean(rows, 'calls'):.1f} "
            f"| {mean(rows, 'tokens'):.0f} | {mean(rows, 'frames'):.0f} | {share} "
            f"| {mean(rows, 'looks'):.1f} | {mean(rows, 'took'):.2f} |"
        )
    return "\n".join(lines)


def by_phase(found: Answers) -> str:
    """How right the answers were that were given at once, and those after looking on."""
    lines = ["| strategy | answered coarsely | of these right | after looking on | right |"]
    lines.append("|---" * 5 + "|")
    for name in found.strategies:
        rows = found.of(name)
        parts: list[str] = []
        for phase in ("coarse", "backtrack"):
            own = [row for row in rows if row["answered"] and row["phase"] == phase]
            parts += [f"{100 * len(own) / max(1, len(rows)):.1f} %", percent(own)]
        lines.append(f"| {name} | " + " | ".join(parts) + " |")
    return "\n".join(lines)


def against_best(found: Answers) -> str:
    """Ours minus the best of the others in points, with paired bootstrap intervals of 95 %."""
    lines = ["| type | n | best of the others | ours - best | 95 % interval | target | |"]
    lines.append("|---" * 7 + "|")
    for kind in ("", *found.kinds):
        ours = [bool(row["right"]) for row in found.of(OURS, kind)]
        others = {
            name: [bool(row["right"]) for row in found.of(name, kind)]
            for name in found.strategies
            if name != OURS
        }
        if not others:
            return ""
        best = max(others, key=lambda name: sum(others[name]))
        gap = paired_bootstrap(ours, others[best])
        limit = -5 if kind else 0
        fine = "reached" if 100 * gap.low > limit else "missed"
        lines.append(
            f"| {kind or 'all'} | {len(ours)} | {best} {percent(found.of(best, kind))} "
            f"| {100 * gap.mean:+.1f} | {100 * gap.low:+.1f} to {100 * gap.high:+.1f} "
            f"| > {limit} | {fine} |"
        )
    return "\n".join(lines)


def by_reuse(found: Answers) -> str:
    """What asking ours again costs: the same, in other words, and for more of the same look."""
    lines = [
        "| asked | n | right | calls | tokens | frames | looks | no look | no call |",
        "|---" * 9 + "|",
    ]
    parts = {a: found.of(OURS, asked=a) for a in ("main", "repeat", "paraphrase", "partner")}
    parts["partner, where the first found it by looking"] = after_a_find(found)
    for asked, rows in parts.items():
        lines.append(
            f"| {asked} | {len(rows)} | {percent(rows)} | {mean(rows, 'calls'):.2f} "
            f"| {mean(rows, 'tokens'):.0f} | {mean(rows, 'frames'):.2f} "
            f"| {mean(rows, 'looks'):.2f} "
            f"| {percent(rows, lambda r: not r['looks'])} "
            f"| {percent(rows, lambda r: not r['calls'])} |"
        )
    return "\n".join(lines)


def after_a_find(found: Answers) -> list[Row]:
    """Questions that need the look of the one before them, where that one looked and found it."""
    kept: list[Row] = []
    did = False
    for row in (row for row in found.rows if row["strategy"] == OURS):
        did = bool(row["looks"] and row["right"]) if row["asked"] == "main" else did
        kept += [row] if row["asked"] == "partner" and did else []
    return kept


def paraphrases(found: Answers) -> str:
    """Cost of a paraphrase as a share of the first asking's, per type."""
    lines = ["| type | calls | tokens | frames |", "|---" * 4 + "|"]
    for kind in ("", *found.kinds):
        first, again = found.of(OURS, kind), found.of(OURS, kind, "paraphrase")
        parts = [
            f"{mean(again, name) / mean(first, name):.2f}" if mean(first, name) else "-"
            for name in ("calls", "tokens", "frames")
        ]
        lines.append(f"| {kind or 'all'} | " + " | ".join(parts) + " |")
    return "\n".join(lines)


def summary(rows: Sequence[Row]) -> str:
    """All tables."""
    found = Answers(rows)
    parts = [("Right, %", by_type(found)), ("Cost per question", by_cost(found))]
    parts += [("Phases", by_phase(found)), ("Ours and the best of the others", against_best(found))]
    if found.of(OURS):
        parts.append(("Asked again (ours, with the cache)", by_reuse(found)))
        parts.append(("Cost of a paraphrase, as a share of the first", paraphrases(found)))
    return "\n\n".join(f"## {title}\n\n{table}" for title, table in parts if table)


def report(rows: Sequence[Row], command: str) -> str:
    """The results file."""
    worlds = len({row["seed"] for row in rows})
    lengths = sorted({row["seconds"] / 60 for row in rows})
    told = f"{worlds} worlds of {lengths[0]:g} to {lengths[-1]:g} minutes. Made by `{command}`."
    return f"{HEAD}\n{told}\n\n{summary(rows)}\n"
