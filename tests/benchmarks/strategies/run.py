"""Strategies side by side on generated worlds: python -m tests.benchmarks.strategies.run --help."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from agents.ask.strategies.registry import STRATEGIES
from tests.benchmarks.strategies.prepare import KEPT, ROOT
from tests.benchmarks.strategies.table import report, summary
from tests.benchmarks.strategies.worlds import KINDS

HELD_OUT = 1000
"""First seed of the published table."""
RESULTS = ROOT / "data" / "results" / "strategies.md"

Job = tuple[int, tuple[str, ...], int, tuple[str, ...], int]


def work(job: Job) -> list[dict[str, object]]:
    """One world, in a process of its own."""
    import cv2

    from tests.benchmarks.strategies.ask import ask_world
    from tests.benchmarks.strategies.prepare import models, ready

    cv2.setNumThreads(1)
    seed, names, max_looks, kinds, most = job
    found: list[dict[str, object]] = []
    for answered in ask_world(ready(seed, models()), seed, names, max_looks, kinds, most):
        found += answered
        (KEPT / f"answers-{seed}.json").write_text(json.dumps(found), "utf-8")
    return found


def run(jobs: Sequence[Job], processes: int) -> list[dict[str, object]]:
    """All worlds."""
    if processes == 1:
        return [answered for job in jobs for answered in work(job)]
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        return [answered for found in pool.map(work, jobs) for answered in found]


def collected(seeds: Sequence[int]) -> list[dict[str, object]]:
    """What earlier runs kept, even interrupted ones."""
    places = [KEPT / f"answers-{seed}.json" for seed in seeds]
    return [row for path in places if path.exists() for row in json.loads(path.read_text("utf-8"))]


def main() -> None:
    """Run it from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=HELD_OUT, help="first seed; below 100 to tune")
    parser.add_argument("--max_looks", type=int, default=14, help="most looks of ours")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--most", type=int, default=99, help="questions per kind and world")
    parser.add_argument("--only", nargs="*", default=list(STRATEGIES))
    parser.add_argument("--kinds", nargs="*", default=list(KINDS))
    parser.add_argument("--write", action="store_true", help=f"write {RESULTS.name}")
    parser.add_argument(
        "--collect", action="store_true", help="ask nothing: tables of what was asked before"
    )
    own = parser.parse_args()
    seeds = range(own.seed, own.seed + own.worlds)
    jobs = [(seed, tuple(own.only), own.max_looks, tuple(own.kinds), own.most) for seed in seeds]
    KEPT.mkdir(parents=True, exist_ok=True)
    found = collected(seeds) if own.collect else run(jobs, own.processes)
    print(summary(found))
    if own.write:
        command = " ".join(["python -m tests.benchmarks.strategies.run", *sys.argv[1:]])
        RESULTS.write_text(report(found, command), "utf-8")


if __name__ == "__main__":
    main()
