"""Standing questions: the flow `watch`, and adding, listing and removing them from programs.

from flows.watch import add_watch, watch

add_watch("What is the price of tea?")
for change in watch()["changed"]:
print(change["answer"])
"""

from __future__ import annotations

from typing import Any

from agents.watch import add
from agents.watch import watch as ask_all
from flows.engine import flow, flow_run, get_run_logger
from flows.output.words import changed_line
from flows.runs import completed, tag_run
from flows.watch.telling import tell_change
from flows.wiring import runtime_of
from memory.standing import watches as kept
from memory.standing.records import Watch
from memory.standing.watches import Standing
from tasks.titled import titled
from tasks.watch import ask_standing

CHANGED = "answer changed"
"""Tag of runs in which an answer changed."""


@flow(name="watch", persist_result=False)
def watch(workspace: str | None = None) -> dict[str, Any]:
    """Ask the standing questions of the videos they were not asked of yet; tell changed answers.

    A change is an event `backtrail.answer.changed`, an artifact and a log line. Done again it asks
    nothing.

    Args:
        workspace: Whose questions; the configured workspace when empty.
    """
    runtime = runtime_of(workspace)
    run_id = str(flow_run.get_id() or "") or None
    done = ask_all(
        runtime,
        run=titled(ask_standing),
        tell=lambda change: tell_change(runtime, change),
        flow_run_id=run_id,
    )
    log = get_run_logger()
    for change in done["changed"]:
        log.info("%s", changed_line(change))
    about = [(change["video_id"], change["video"]) for change in done["changed"]]
    tag_run(runtime.spec.tenant, [CHANGED] if about else [], about)
    failed = f", {len(done['failed'])} failed" if done["failed"] else ""
    return completed(done, f"{done['asked']} asked, {len(about)} answers changed{failed}")


def add_watch(
    question: str,
    videos: list[str] | None = None,
    workspace: str | None = None,
    *,
    proven: bool = False,
    budget: str = "",
) -> list[Watch]:
    """Keep a question that is asked of every new video; the same one again changes nothing.

    Args:
        question: What to ask, in English.
        videos: Ids, names or paths of remembered videos that it is about alone: one watch each.
        workspace: Whose question; the configured workspace when empty.
        proven: Whether only proven answers count, or likely ones too.
        budget: Limits of each asking, e.g. `looks=0`.

    Raises:
        QuestionError: nothing can be searched for, or no limit can be read.
        UnknownVideo: a video is not remembered.
    """
    return add(runtime_of(workspace), question, videos or (), proven=proven, budget=budget)


def list_watches(workspace: str | None = None) -> list[Standing]:
    """The standing questions of a workspace, each with the answer that holds."""
    runtime = runtime_of(workspace)
    return kept.standing(runtime.store, runtime.spec.tenant)


def remove_watch(reference: str, workspace: str | None = None) -> Watch:
    """No longer ask a question, named by its id, the beginning of one, or its words.

    Raises:
        UnknownMemory: none, or more than one, answers to it.
    """
    runtime = runtime_of(workspace)
    return kept.remove_watch(runtime.store, runtime.spec.tenant, reference)
