"""`backtrail watch add|list|remove|run`: standing questions, and what changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from agents.runtime import Runtime
from configs.settings import prefect_api
from flows.cli.prefect_server import ready_server, watched
from flows.cli.shell import DONE, FAILED, print_json
from flows.output.terminal import say
from flows.output.words import changed_line, counted
from flows.wiring import runtime_of
from memory.standing.watches import Standing, remove_watch, standing, watches


def run_add(
    question: str,
    videos: Sequence[str],
    proven: bool,
    budget: str,
    workspace: str | None,
    as_json: bool,
) -> int:
    """Keep a standing question."""
    from agents.watch import add

    made = add(runtime_of(workspace), question, videos, proven=proven, budget=budget)
    if as_json:
        print_json({"watches": [asdict(one) for one in made]})
        return DONE
    for one in made:
        say(f"{one.watch_id}  {one.question}")
    say(
        "it is asked after each ingest; `backtrail watch run` asks what is remembered now", err=True
    )
    return DONE


def run_list(workspace: str | None, as_json: bool) -> int:
    """Print the standing questions with the answers that hold."""
    runtime = runtime_of(workspace)
    found = standing(runtime.store, runtime.spec.tenant)
    if as_json:
        print_json({"watches": [_json(one) for one in found]})
        return DONE
    names = {v.video_id: v.name for v in runtime.store.videos(runtime.spec.tenant)}
    for one in found:
        own = f"  of {names.get(one.watch.video_id)}" if one.watch.video_id else ""
        say(f"{one.watch.watch_id}  {one.watch.question}{own}")
        held = one.answer
        told = (
            f"{held.answer} ({held.status}) [{names[held.video_id]}]" if held else "no answer yet"
        )
        say(f"    {told}; asked of {counted(one.asked, 'video')}")
    if not found:
        say('no standing questions: backtrail watch add "QUESTION"')
    return DONE


def run_remove(reference: str, workspace: str | None, as_json: bool) -> int:
    """No longer ask a question."""
    runtime = runtime_of(workspace)
    gone = remove_watch(runtime.store, runtime.spec.tenant, reference)
    if as_json:
        print_json({"removed": asdict(gone)})
    else:
        say(f"no longer asked: {gone.question}")
    return DONE


def run_watch(workspace: str | None, as_json: bool) -> int:
    """Ask what is due: through Prefect where there is a server, else in place."""
    if prefect_api():
        server = ready_server()
        from flows.watch import watch as flow

        done = watched(flow, server, as_json)(workspace)
    else:
        from agents.watch import watch

        done = watch(runtime_of(workspace))
    if as_json:
        print_json(done)
    else:
        for line in told(done):
            say(line)
        say(f"{done['asked']} asked, {counted(len(done['changed']), 'answer')} changed", err=True)
    return FAILED if done["failed"] else DONE


def watched_after(runtime: Runtime) -> dict[str, Any]:
    """Ask in place what an ingest made due: `watch` of the object of `ingest`, or nothing."""
    if not watches(runtime.store, runtime.spec.tenant):
        return {}
    from agents.watch import watch

    return {"watch": watch(runtime)}


def told(done: dict[str, Any]) -> list[str]:
    """What changed and what failed, in lines."""
    lines = [f"watch: {changed_line(change)}" for change in done["changed"]]
    lines += [
        f"watch: {each['watch_id']} could not be asked of {each['video_id']}: "
        f"{each['error']['message']}"
        for each in done["failed"]
    ]
    return lines


def _json(one: Standing) -> dict[str, Any]:
    held = asdict(one.answer) if one.answer else None
    return {**asdict(one.watch), "answer": held, "asked": one.asked}
