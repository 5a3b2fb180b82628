"""`backtrail memory export|import|fuse`: a workspace's memory moved between stores."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from flows.cli.shell import DONE, print_json
from flows.output.terminal import say
from flows.output.words import counted
from flows.wiring import runtime_of
from memory.cubes import export_memory, import_memory


def run_export(folder: Path, workspace: str | None, as_json: bool) -> int:
    """Write a workspace to a folder."""
    runtime = runtime_of(workspace)
    made = export_memory(runtime.store, runtime.spec.tenant, folder)
    if as_json:
        print_json(made)
        return DONE
    rows = sum(about["rows"] for about in made["files"].values())
    files = counted(len(made["files"]), "file")
    say(f"{folder}: {rows:,} rows in {files}, {counted(made['pictures'], 'picture')}")
    say(f"content {made['content']}")
    return DONE


def run_import(folder: Path, workspace: str | None, as_json: bool, *, fuse: bool) -> int:
    """Take a folder into a workspace."""
    runtime = runtime_of(workspace)
    done = import_memory(runtime.store, runtime.spec.tenant, folder, fuse=fuse)
    if as_json:
        print_json(asdict(done))
        return DONE
    others = f"{done.others} notes and traces of {done.workspace}"
    came = f"{counted(len(done.videos), 'video')} and {others} came in"
    say(f"{came}, {len(done.same)} were here")
    for key in done.conflicts:
        say(f"CONFLICT {key}: here with something else, which stays")
    return DONE
