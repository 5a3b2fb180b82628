"""Planning, measured: goals with reference plans, by set; three ways to act, with planted faults.

`python -m tests.benchmarks.act.run [--data FILE] [--write]`; FILE is `parsed_gt-v3.json` of
fesiib/video-editing-pipeline: real instructions, which are not part of the repository.
"""

from __future__ import annotations

import argparse
import os
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

from agents.act.hands import Goal
from agents.act.plan import PlanGraph
from agents.act.planner.embedded import EmbeddedPlanner
from agents.act.planner.reading import NotPlanned
from agents.act.planner.scene import ANYTHING
from agents.act.validate import examine
from agents.tools.registry import Registry
from tests.benchmarks.act.generate import generated
from tests.benchmarks.act.goals import REAL, TOOLS_OF, real, sets, written
from tests.benchmarks.act.measure import TAKES_AWAY, Score, likeness, score
from tests.benchmarks.act.reference import Item, file_named, whole_registry
from tests.benchmarks.act.report import kept
from tests.benchmarks.act.strategies import FAULTS, WAYS, planted

HEADS = (
    "set", "goals", "accepted", "right of accepted", "valid of accepted", "wPED of accepted",
    "wPED of all", "dependencies", "edges F1", "values", "must refuse", "destructive mistakes",
)  # fmt: skip


def planned(item: Item, registry: Registry) -> PlanGraph | None:
    """The embedded planner's plan of a goal; None where it refuses."""
    planner = EmbeddedPlanner()
    try:
        before = planner.plan(Goal(item.before, item.media), registry) if item.before else None
        goal = Goal(item.text, item.media, before, "act_1" if before else "")
        return planner.plan(goal, registry)
    except NotPlanned:
        return None


def is_valid(plan: PlanGraph, item: Item, registry: Registry) -> bool:
    """Whether nothing is wrong with a plan, besides memories that nobody was asked for."""
    assets = {asset.asset_id: asset for asset in item.media}
    found, _ = examine(plan, registry, assets, ANYTHING)
    return all("memory has no moment" in one.what for one in found)


def row_of(name: str, items: Sequence[Item], registry: Registry) -> list[str]:
    """One set, by the embedded planner."""
    wanted = [item for item in items if not item.must_refuse]
    scores: list[Score] = []
    valid = harm = 0
    for item in wanted:
        plan = planned(item, registry)
        if plan is not None:
            scores.append(score(plan, item.reference, registry, item.media))
            valid += is_valid(plan, item, registry)
    refused = 0
    unclear = [item for item in items if item.must_refuse]
    for item in unclear:
        plan = planned(item, registry)
        refused += plan is None
        harm += plan is not None and any(s.tool in TAKES_AWAY for s in plan.steps)
    count = len(scores)
    shared, mine, theirs = (sum(s.edges[n] for s in scores) for n in range(3))
    return [
        name,
        str(len(items)),
        of(count, len(wanted)),
        of(sum(s.is_right for s in scores), count),
        of(valid, count),
        f"{sum(s.wped for s in scores) / count:.3f}" if count else "-",
        f"{sum(s.wped for s in scores) / len(wanted):.3f}" if wanted else "-",
        of(*(sum(s.dependencies[n] for s in scores) for n in range(2))),
        f"{2 * shared / (mine + theirs):.3f}" if mine + theirs else "-",
        of(*(sum(s.values[n] for s in scores) for n in range(2))),
        of(refused, len(unclear)),
        str(harm + sum(s.harm for s in scores)),
    ]


def of(part: int, whole: int) -> str:
    """A count of a count, with its share."""
    return f"{part} of {whole} ({100 * part / whole:.0f} %)" if whole else "-"


def real_lines(path: Path | None, registry: Registry) -> list[str]:
    """What the embedded planner makes of what real people said."""
    if path is None or not path.is_file():
        return ["Real instructions: not measured, the file is not there (`--data FILE`)."]
    rows, accepted, likenesses, harm = real(path), 0, list[float](), 0
    video = file_named(REAL)
    for _, text, operations in rows:
        try:
            plan = EmbeddedPlanner().plan(Goal(text, (video,)), registry)
        except NotPlanned:
            continue
        accepted += 1
        kinds = [next((o for o, t in TOOLS_OF.items() if s.tool in t), s.tool) for s in plan.steps]
        likenesses.append(likeness(sorted(kinds), sorted(operations)))
        harm += any(s.tool in TAKES_AWAY for s in plan.steps) and "cut" not in operations
    mean = sum(likenesses) / len(likenesses) if likenesses else 0.0
    people = len({who for who, _, _ in rows})
    return [
        f"Real instructions ({len(rows)} by {people} people, fesiib/video-editing-pipeline): "
        f"accepted {of(accepted, len(rows))}, the rest is refused; likeness of operations "
        f"{mean:.2f} of what is accepted; destructive mistakes {harm}."
    ]


def ways_table(items: Sequence[Item], registry: Registry) -> list[str]:
    """Three ways to act beside each other, by planted fault."""
    cases = planted(items)
    right: dict[str, Counter[str]] = defaultdict(Counter)
    counts = Counter(name for name, _, _ in cases)
    for name, item, faulty in cases:
        for way, run in WAYS.items():
            plan, walk = run(faulty, item, registry)
            told = score(plan, item.reference, registry, item.media)
            right[way][name] += walk.failed is None and told.is_right
    lines = [f"| fault | {' | '.join(WAYS)} |", f"|---|{'---|' * len(WAYS)}"]
    for name in FAULTS:
        cells = " | ".join(of(right[way][name], counts[name]) for way in WAYS)
        lines.append(f"| {name} | {cells} |")
    total = " | ".join(of(right[way].total(), counts.total()) for way in WAYS)
    return [*lines, f"| all | {total} |"]


def embedded_repairs(items: Sequence[Item], registry: Registry) -> str:
    """How many steps have something else to try when they fail, without a model."""
    steps = [s for item in items if (plan := planned(item, registry)) for s in plan.steps]
    found = sum(bool(registry.tool(step.tool).fallbacks) for step in steps)
    return (
        "Without a model a failed step is repaired only where its tool has a fallback: "
        f"{of(found, len(steps))} steps of the plans that are accepted."
    )


def main() -> None:
    """Measure, print, and write the report if that is wished."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--data", type=Path)
    arguments.add_argument("--write", action="store_true")
    chosen = arguments.parse_args()
    shared = Path(os.environ.get("BACKTRAIL_SHARED", "../shared"))
    data = chosen.data or next(iter(sorted(shared.rglob("parsed_gt-v3.json"))), None)
    registry, items = whole_registry(), sets()
    every = [item for group in items.values() for item in group]
    lines = [f"| {' | '.join(HEADS)} |", f"|{'---|' * len(HEADS)}"]
    lines += [f"| {' | '.join(row_of(name, of_set, registry))} |" for name, of_set in items.items()]
    lines += ["", *real_lines(data, registry), "", embedded_repairs(every, registry), ""]
    lines += ways_table([*written(), *generated("fit", 1, each=1, chains=16)], registry)
    kept("planning", lines, write=chosen.write)


if __name__ == "__main__":
    main()
