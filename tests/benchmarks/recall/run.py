"""Fits the weights of retrieval across folds, and measures recall on what they were not fitted on.

    python -m tests.benchmarks.recall.run [--write] [--ablate] [--only NAME]... [--every SET=N,...]
                                           [--collected FOLDER] [--out FILE]

Sets: `clip` (each question in its own clip), `hour`, `library`, `dialogue` and `dialogues` (all ten
at once). One vector of weights serves all of them; in each of five folds, over clips and over
conversations, it is fitted on the other four. `--write` fits on everything and puts the weights
into `memory/retrieve.py`.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from agents.evaluate.intervals import paired_bootstrap
from memory import retrieve as retrieval
from tests.benchmarks.quality.clips import RESULTS
from tests.benchmarks.recall.measure import PARTS, Case, Numbers, found_in

SETS = ("clip", "hour", "library", "dialogue", "dialogues")
FOLDS = 5
PENALTY = 0.02
"""L2 penalty on weights of parts that have a standard deviation of 1; as first chosen."""
BY_HAND = ("image", "anchor", "dated")
"""Parts that no question here has."""
GROUPS = {
    "words": ("text", "words", "beside", "near", "around", "segment"),
    "vectors": ("vector", "meaning", "aligned"),
    "windows": ("beside", "near", "around", "segment", "meaning"),
    "levels": ("shot", "scene", "chapter", "video"),
    "what a row is": ("brief", "perceived", "verbatim", "picture", "asked"),
}
"""Parts that are left out together."""


def fit(cases: Sequence[Case], off: Sequence[str] = ()) -> Numbers:
    """Weights (parts,) of a conditional logit, none negative: the right rows against the others.

    Those of the parts `off` are 0.

    Each set counts as much as any other, however many questions it has.
    """
    known = [case for case in cases if case.right.any() and not case.right.all()]
    parts = np.concatenate([case.parts for case in known])
    scale = np.where(parts.std(axis=0) > 1e-3, parts.std(axis=0), 1.0)
    standard, right = parts / scale, np.concatenate([case.right for case in known])
    sizes = np.asarray([len(case.right) for case in known])
    starts, owner = np.r_[0, np.cumsum(sizes)[:-1]], np.repeat(np.arange(len(known)), sizes)
    counts = {name: sum(case.name == name for case in known) for name in {c.name for c in known}}
    share = np.asarray([1 / counts[case.name] / len(counts) for case in known])

    def loss(weights: Numbers) -> tuple[float, Numbers]:
        scores = standard @ weights
        raised = np.exp(scores - np.maximum.reduceat(scores, starts)[owner])
        inside = np.where(right, raised, 0.0)
        every, held = np.add.reduceat(raised, starts), np.add.reduceat(inside, starts)
        slope = standard.T @ ((raised / every[owner] - inside / held[owner]) * share[owner])
        penalty = PENALTY * weights
        total = -float(share @ np.log(held / every)) + float(penalty @ weights) / 2
        return total, slope + penalty

    bounds = [(0.0, 0.0) if name in (*BY_HAND, *off) else (0.0, None) for name in PARTS]
    found = minimize(loss, np.zeros(len(PARTS)), jac=True, method="L-BFGS-B", bounds=bounds).x
    return np.asarray(found / scale)


def held_out(cases: Sequence[Case], off: Sequence[str] = ()) -> list[tuple[float, float]]:
    """Recall of each case by weights that were fitted on the other folds."""
    made = dict[int, tuple[float, float]]()
    for fold in range(FOLDS):
        weights = fit([case for case in cases if case.fold % FOLDS != fold], off)
        for place, case in enumerate(cases):
            if case.fold % FOLDS == fold:
                made[place] = case.recall(weights)
    return [made[place] for place in range(len(cases))]


def table(cases: Sequence[Case], ours: Sequence[tuple[float, float]]) -> str:
    """Recall per set beside plain search, with the interval of the difference, in Markdown."""
    lines = ["| set | questions | search | R@1 | R@5 | ours - it at 1 | at 5 |", "|---" * 7 + "|"]
    for name in dict.fromkeys(case.name for case in cases):
        own = [place for place, case in enumerate(cases) if case.name == name]
        mine = np.asarray([ours[place] for place in own])
        lines.append(_line(name, "recall, held out", mine, mine))
        for who in cases[own[0]].plain:
            lines.append(_line(name, who, np.asarray([cases[p].plain[who] for p in own]), mine))
    return "\n".join(lines)


def ablations(cases: Sequence[Case], ours: Sequence[tuple[float, float]]) -> str:
    """Recall per set without each group of parts, fitted anew without them, in Markdown."""
    names = list(dict.fromkeys(case.name for case in cases))
    lines = [f"| without | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    made = {"nothing": ours, **{what: held_out(cases, off) for what, off in GROUPS.items()}}
    for what, scores in made.items():
        own = [
            np.mean([s for s, c in zip(scores, cases, strict=True) if c.name == name], axis=0)
            for name in names
        ]
        cells = [f"{100 * one:.1f} / {100 * five:.1f}" for one, five in own]
        lines.append(f"| {what} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _line(name: str, who: str, scores: Numbers, ours: Numbers) -> str:
    told = [f"{100 * value:.1f}" for value in scores.mean(axis=0)]
    gaps = ["", ""]
    if scores is not ours:
        both = [paired_bootstrap(list(ours[:, k]), list(scores[:, k])) for k in (0, 1)]
        gaps = [f"{100 * d.mean:+.1f} ({100 * d.low:.1f} to {100 * d.high:.1f})" for d in both]
    return f"| {name} | {len(scores)} | {who} | {' | '.join([*told, *gaps])} |"


def write(weights: Mapping[str, float], path: Path) -> None:
    """Put fitted weights into the lines of `Fusion`."""
    text = path.read_text(encoding="utf-8")
    for name, value in weights.items():
        if name not in BY_HAND:
            text = re.sub(rf"(?m)^(    {name}: float = ).*$", rf"\g<1>{value:.3g}", text, count=1)
    path.write_text(text, encoding="utf-8")


def main() -> None:
    """Collect, fit, print and write."""
    parser = argparse.ArgumentParser(description="Fits and measures retrieval.")
    parser.add_argument("--only", action="append", choices=SETS, default=[], help="sets")
    parser.add_argument("--ablate", action="store_true", help="leave groups of parts out, too")
    parser.add_argument("--write", action="store_true", help="put the weights into the product")
    parser.add_argument(
        "--every", type=_every, default={}, help="ask every n-th: library=3,dialogue=16"
    )
    parser.add_argument("--collected", type=Path, help="where what was found is kept, and read")
    parser.add_argument("--out", type=Path, default=RESULTS / "recall.md")
    options = parser.parse_args()
    cases = [
        case
        for name in options.only or SETS
        for case in found_in(name, options.every.get(name, 1), options.collected)
    ]
    ours = held_out(cases)
    found = table(cases, ours)
    if options.ablate:
        found += f"\n\nR@1 / R@5, held out:\n\n{ablations(cases, ours)}"
    print(found)
    weights = dict(zip(PARTS, fit(cases).tolist(), strict=True))
    print({name: round(value, 3) for name, value in weights.items()})
    if options.write:
        write(weights, Path(retrieval.__file__))
    if not options.only:
        _keep(options.out, found)


def _every(text: str) -> dict[str, int]:
    return {name: int(number) for name, _, number in (e.partition("=") for e in text.split(","))}


def _keep(path: Path, found: str) -> None:
    """Replace the table in the results, and leave what is written around it."""
    mark = "<!-- measured -->"
    text = path.read_text(encoding="utf-8") if path.is_file() else f"# Recall\n\n{mark}\n{mark}\n"
    before, _, after = text.split(mark)
    path.write_text(f"{before}{mark}\n{found}\n{mark}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
