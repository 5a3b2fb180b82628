"""`backtrail memory stats`: what there is, in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from flows.cli.shell import DONE, print_json
from flows.output.terminal import say
from flows.output.words import counted
from flows.wiring import runtime_of
from memory.organise import verbs

GROUPS = (
    ("kinds", "rows by kind"),
    ("levels", "rows by level"),
    ("beside", "beside rows"),
    ("quadrants", "whose, where held, for how long"),
)


def run_stats(workspace: str | None, as_json: bool) -> int:
    """Print the counts; what there is none of is left out, but not of the object."""
    runtime = runtime_of(workspace)
    found = cast("dict[str, Any]", verbs.stats(runtime.store, runtime.spec.tenant))
    if as_json:
        print_json(found)
        return DONE
    say(f"{counted(found['videos'], 'video')}, {found['dated']} of them dated")
    say(f"{counted(found['rows'], 'row')}: {found['duplicates']} say the same as another, "
        f"{found['behind_others']} stand behind another, {found['looks']} are of looks, "
        f"{found['pinned']} pinned")  # fmt: skip
    for name, title in GROUPS:
        _say_group(title, found[name])
    late = {name: count for name, count in found["index_lag"].items() if count}
    _say_group("not in an index yet; found all the same", late)
    return DONE


def _say_group(title: str, counts: Mapping[str, int]) -> None:
    present = {name: count for name, count in counts.items() if count}
    if not present:
        return
    say(f"{title}:")
    for name, count in sorted(present.items(), key=lambda each: (-each[1], each[0])):
        say(f"  {count:>7}  {name}")
