"""How many wordings of facts by other people the grammar of sentences understands.

    python -m tests.benchmarks.memory.wordings FOLDER

`FOLDER` holds ParaRel's patterns: a file of JSON lines per relation, each with a `pattern` in which
[X] stands for the subject and [Y] for the value (Elazar et al. 2021; mParaRel has them too). A
wording is understood when some assertion has that subject and that value, and misread when there is
one with another value or subject.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from memory.organise.records import plain
from memory.organise.telling import assertions_of
from tests.memory.organise.library import said

SUBJECT, VALUE = "Tamilo", "Dirafo"


def counted(path: Path) -> tuple[int, int, list[str]]:
    """How many wordings of a relation there are and are understood, and those that are misread."""
    wordings = [json.loads(line)["pattern"] for line in path.read_text("utf-8").splitlines()]
    understood, misread = 0, list[str]()
    for wording in wordings:
        text = wording.replace("[X]", SUBJECT).replace("[Y]", VALUE)
        found = assertions_of([said(0, text[0].upper() + text[1:] + ".")])
        right = [
            one
            for one in found
            if plain(one.subject) == plain(SUBJECT) and plain(VALUE) in plain(one.value).split()
        ]
        understood += bool(right)
        misread += [wording] if len(right) < len(found) else []
    return len(wordings), understood, misread


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    files = sorted(parser.parse_args().folder.glob("*.jsonl"))
    total = [0, 0, 0]
    print("| relation | wordings | understood | misread |\n|---|---|---|---|")
    for path in files:
        count, right, misread = counted(path)
        total = [a + b for a, b in zip(total, (count, right, len(misread)), strict=True)]
        print(f"| {path.stem} | {count} | {right} | {len(misread)} |")
    print(f"| all | {total[0]} | {total[1]} | {total[2]} |")


if __name__ == "__main__":
    main()
