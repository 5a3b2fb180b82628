"""Ingests a video in forks of itself that die at chosen steps; run by `test_crash`.

Arguments: folder, video, number of kills, seed. Prints a JSON object. One process with everything
imported forks for each run, since imports would take most of the time; a fork has no store open.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agents.ingest import windows as ingesting
from agents.ingest.file import ingest_file
from agents.perception import rows as remember
from agents.runtime import Runtime
from memory.lance import upkeep, write
from memory.lance.store import LanceStore
from tests.end_to_end.scripted_bench import remembered, scripted_bench

Hooked = tuple[Any, str]

HOOKED: tuple[Hooked, ...] = (
    (write, "merge"),
    (write, "activate"),
    (upkeep, "drop_superseded"),
    (upkeep, "compact"),
    (remember, "save_thumbnail"),
    (LanceStore, "replace_window"),
    (LanceStore, "exchange_memories"),
    (LanceStore, "mark_window"),
)
"""Everything that writes; a run can die before and after each call."""


def main() -> None:
    """Count the steps of an undisturbed run, then die at some of them and go on each time."""
    warnings.filterwarnings("ignore", message=".*fork.*")
    folder, video = Path(sys.argv[1]), Path(sys.argv[2])
    kills, seed = int(sys.argv[3]), int(sys.argv[4])
    whole = _forked(folder / "whole", video, 0)
    steps: list[str] = whole["steps"]
    trials: list[dict[str, Any]] = []
    for at in _chosen(steps, kills, seed):
        place = folder / f"killed_{at}"
        signal_number = _forked(place, video, at)["signal"]
        again = _forked(place, video, 0)
        same = {key: again["memory"][key] == whole["memory"][key] for key in whole["memory"]}
        trials.append({"at": at, "step": steps[at - 1], "signal": signal_number, "same": same})
    print(json.dumps({"steps": steps, "trials": trials, "memory": whole["memory"]}))


def _chosen(steps: list[str], kills: int, seed: int) -> list[int]:
    """Step numbers from 1: always those between a window's rows and its ledger entry."""
    between = [n for n, step in enumerate(steps, 1) if step == "after replace_window"]
    others = [n for n in range(1, len(steps) + 1) if n not in between]
    return sorted(between + random.Random(seed).sample(others, kills - len(between)))


def _forked(folder: Path, video: Path, kill_at: int) -> dict[str, Any]:
    """Run in a fork; its answer, or the signal it died of."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        with os.fdopen(writing, "w", encoding="utf-8") as out:
            json.dump(_run(folder, video, kill_at), out)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as answer:
        said = answer.read()
    _, status = os.waitpid(child, 0)
    return json.loads(said) if said else {"signal": os.WTERMSIG(status)}


def _run(folder: Path, video: Path, kill_at: int) -> dict[str, Any]:
    steps: list[str] = []

    def step(label: str) -> None:
        steps.append(label)
        if len(steps) == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    for owner, name in HOOKED:
        setattr(owner, name, _hooked(getattr(owner, name), name, step))
    assert ingesting.written_rows is remember.written_rows
    bench: Runtime = scripted_bench(folder)
    report = ingest_file(bench, video, lambda *_: None)
    assert report.fine, report.error
    return {"steps": steps, "memory": remembered(bench)}


def _hooked(call: Callable[..., Any], name: str, step: Callable[[str], None]) -> Callable[..., Any]:
    def hooked(*arguments: Any, **named: Any) -> Any:
        step(f"before {name}")
        result = call(*arguments, **named)
        step(f"after {name}")
        return result

    return hooked


if __name__ == "__main__":
    main()
