"""A run of five slow steps in a process of its own, which notes what it did."""

from __future__ import annotations

import sys
from pathlib import Path

from agents.act.plan import PlanGraph, Ref
from tests.agents.act.kit import Bench, Book, graph, step

PAUSE = 0.15


def plan() -> PlanGraph:
    """Five texts, one after another, and all of them joined."""
    says = [step(f"s{n}", "say", text=f"word{n}", pause=PAUSE) for n in range(5)]
    return graph(*says, step("all", "join", parts=tuple(Ref(f"s{n}") for n in range(5))))


class NotedRuns(list[str]):
    """A list of what ran that is a file too."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path

    def append(self, item: str) -> None:
        """Note one."""
        super().append(item)
        with self.path.open("a", encoding="utf-8") as handle:
            handle.write(item + "\n")


if __name__ == "__main__":
    home = Path(sys.argv[1])
    book = Book(runs=NotedRuns(home / "runs.txt"))
    result = Bench(home, book).act(plan(), continues=sys.argv[2] if len(sys.argv) > 2 else "")
    print(result.status, result.usage["steps_reused"], result.outputs[0].asset_id)
