"""How well probabilities tell right from wrong, and what a ranking found, by kind of question."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from tests.benchmarks.quality.fit import Judged

Numbers = NDArray[np.float64]
Truths = NDArray[np.bool_]

BINS = 10
KINDS = {"own": "first", "fresh": "fresh", "more": "more"}
"""How the sets of questions are called, by the kind of their items."""
SURE_ENOUGH = 0.3
"""An answer to a question without one should not be surer than this."""


def auc(chance: Numbers, right: Truths) -> float:
    """Share of (right, wrong) pairs in which the right one is surer; ties count half."""
    good, bad = chance[right], chance[~right]
    if not len(good) or not len(bad):
        return float("nan")
    above = (good[:, None] > bad[None, :]).mean()
    return float(above + (good[:, None] == bad[None, :]).mean() / 2)


def calibration_error(chance: Numbers, right: Truths, bins: int = BINS) -> float:
    """Expected calibration error over bins of equal size (Naeini et al., AAAI 2015)."""
    parts = np.array_split(np.argsort(chance, kind="stable"), bins)
    gaps = [abs(chance[p].mean() - right[p].mean()) * len(p) for p in parts if len(p)]
    return float(sum(gaps) / len(chance))


def table(found: Sequence[Judged], answer: Numbers) -> str:
    """Moments, words and sureness per set and kind of question, in Markdown."""
    lines = [
        "| questions | number | first moment | in five | words | mean probability |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    groups: dict[str, list[int]] = {}
    for number, each in enumerate(found):
        item = each.case.item
        own = "worlds" if each.case.is_made else KINDS.get(item.kind, "second reading")
        if not item.answerable:
            where = "worlds" if each.case.is_made else "clips"
            groups.setdefault(f"{where}: without an answer", []).append(number)
            continue
        groups.setdefault(f"{own}: all", []).append(number)
        groups.setdefault(f"{own}: {item.capability}", []).append(number)
    for name in sorted(groups):
        lines.append(_row(name, [found[n] for n in groups[name]], answer[groups[name]]))
    for where in ("clips", "worlds"):
        absent = answer[groups.get(f"{where}: without an answer", [])]
        if not len(absent):
            continue
        share = float((absent < SURE_ENOUGH).mean())
        lines.append(f"\n{where} without an answer: {share:.0%} are told below {SURE_ENOUGH:g}.")
    return "\n".join(lines)


def _row(name: str, found: Sequence[Judged], chance: Numbers) -> str:
    hit = [bool(each.case.hit[each.top]) for each in found]
    five = [bool(each.case.hit[list(each.places)].any()) for each in found]
    said = [each.says for each in found if each.case.item.answers]
    words = f"{np.mean(said):.0%} of {len(said)}" if said else "-"
    cells = (name, len(found), f"{np.mean(hit):.0%}", f"{np.mean(five):.0%}", words)
    return f"| {' | '.join(map(str, cells))} | {chance.mean():.2f} |"
