"""The verb watch: standing questions are asked of what is new, and only changed answers are told.

Each question is asked of each new video alone, and what it came to is kept under that video. An
answer is told when the one that holds has become another; what was kept and not told, because this
process ended in between, is told by the next run.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from agents.ask.answer import Result, Status
from agents.ask.ask import Request, answer_request, refuse_empty, refuse_long
from agents.budget import parse_budget
from agents.errors import KNOWN_ERRORS, error_json
from agents.runtime import Run, Runtime, directly
from memory.errors import UnknownVideo
from memory.organise.records import now
from memory.records import SECOND, Video, content_id
from memory.standing.records import Finding, Watch
from memory.standing.watches import add_watch, due, findings, holding, is_other, watches

log = logging.getLogger(__name__)

LEAST = 0.3
"""Probability below which a likely answer counts as none: a guess is told to nobody, and does not
take the place of an answer. The benchmarks count it as refused too."""


@dataclass(frozen=True, slots=True)
class Change:
    """An answer that is another than it was."""

    watch: Watch
    finding: Finding
    video: str
    """Name of the video that gives it."""
    before: str
    """The answer until now; empty where there was none."""

    def to_json(self) -> dict[str, Any]:
        """The documented object, times in seconds."""
        found = self.finding
        return {
            "watch_id": self.watch.watch_id,
            "question": self.watch.question,
            "answer": found.answer,
            "before": self.before,
            "status": found.status,
            "confidence": round(found.confidence, 3),
            "video_id": found.video_id,
            "video": self.video,
            "start": found.start / SECOND,
            "end": found.end / SECOND,
            "evidence": list(found.source_ids),
            "run_id": found.run_id,
        }


Tell = Callable[[Change], None]
"""Tells a change to whoever listens."""


def silent(change: Change) -> None:
    """Telling nobody."""


def add(
    runtime: Runtime,
    question: str,
    videos: Sequence[str] = (),
    *,
    proven: bool = False,
    budget: str = "",
) -> list[Watch]:
    """Keep a question that is asked of every new video; the same one again changes nothing.

    Args:
        runtime: Whose memory.
        question: What to ask, in English.
        videos: Ids, names or paths of remembered videos that it is about alone: one watch each.
        proven: Whether only proven answers count, or likely ones too.
        budget: Limits of each asking, e.g. `looks=0`.

    Raises:
        QuestionError: nothing can be searched for, or no limit can be read.
        UnknownVideo: a video is not remembered.
    """
    refuse_long(question)
    refuse_empty(Request(question))
    parse_budget(budget, runtime.spec.limits)
    store, tenant = runtime.store, runtime.spec.tenant
    ids = [store.find_video(tenant, each).video_id for each in videos] or [""]
    return [
        add_watch(store, tenant, question, key, proven=proven, budget=budget)
        for key in dict.fromkeys(ids)
    ]


def watch(
    runtime: Runtime,
    *,
    run: Run = directly,
    tell: Tell = silent,
    flow_run_id: str | None = None,
) -> dict[str, Any]:
    """Ask every standing question of the videos that it was not asked of yet.

    Done again it asks nothing. What goes wrong with one asking is told, and tried again by the next
    run.

    Returns:
        The documented object: how often was `asked`, the answers that `changed`, what `failed`.
    """
    done: dict[str, Any] = {"asked": 0, "changed": [], "failed": []}
    for one in watches(runtime.store, runtime.spec.tenant):
        videos = runtime.store.videos(runtime.spec.tenant)
        _tell_what_was_not(runtime, one, videos, done, tell)
        for video in due(one, findings(runtime.store, one), videos):
            title = f"ask of {video.name}: {one.question}"[:200]
            step = _step(runtime, one, video, flow_run_id)
            try:
                result: Result = run(title, step)
            except KNOWN_ERRORS as error:
                log.warning("%s: %s", title, error)
                where = {"watch_id": one.watch_id, "video_id": video.video_id}
                done["failed"].append({**where, "error": error_json(error)})
                continue
            done["asked"] += 1
            _found(runtime, one, video, result, videos, done, tell)
    return done


def _step(
    runtime: Runtime, one: Watch, video: Video, flow_run_id: str | None
) -> Callable[[], Result]:
    request = Request(one.question, (video.video_id,), budget=one.budget)
    return lambda: answer_request(runtime, request, _nothing_new, flow_run_id=flow_run_id)


def _nothing_new(path: Path) -> Video:
    raise UnknownVideo(f"{path} is a file", "standing questions are asked of remembered videos")


def _found(
    runtime: Runtime,
    one: Watch,
    video: Video,
    result: Result,
    videos: Sequence[Video],
    done: dict[str, Any],
    tell: Tell,
) -> None:
    """Keep what a question came to, and tell it where the answer that holds is another now."""
    told = findings(runtime.store, one)
    made = finding_of(one, video, result)
    rest = [each for each in told if each.finding_id != made.finding_id]
    # what is asked anew of a video replaces what it said before, also as the answer until now
    before, after = holding(told, videos), holding([*rest, made], videos)
    changes = is_other(before, after) and after is made
    runtime.store.notebook.put([replace(made, told=not changes)])
    if changes:
        _tell(runtime, Change(one, made, video.name, before.answer if before else ""), done, tell)


def finding_of(one: Watch, video: Video, result: Result) -> Finding:
    """What a result is to a standing question; an answer that does not count is none."""
    counts = (Status.ANSWERED,) if one.proven else (Status.ANSWERED, Status.LIKELY)
    is_guess = result.status is Status.LIKELY and result.confidence < LEAST
    is_answer = result.status in counts and bool(result.evidence) and not is_guess
    first = result.evidence[0] if is_answer else None
    edges = (first.start, first.end) if first else (0.0, 0.0)
    return Finding(
        finding_id=content_id("d", one.watch_id, video.video_id),
        tenant=one.tenant,
        video_id=video.video_id,
        watch_id=one.watch_id,
        active_key=video.active_key or "",
        status=str(result.status),
        answer=(result.answer or "") if is_answer else "",
        confidence=result.confidence,
        start=round(edges[0] * SECOND),
        end=round(edges[1] * SECOND),
        source_ids=tuple(item.memory_id for item in result.evidence) if is_answer else (),
        run_id=result.run_id,
        at=now(),
        told=False,
    )


def _tell_what_was_not(
    runtime: Runtime, one: Watch, videos: Sequence[Video], done: dict[str, Any], tell: Tell
) -> None:
    """Tell an answer that an earlier run kept and did not come to tell."""
    told = findings(runtime.store, one)
    held = holding(told, videos)
    names = {video.video_id: video.name for video in videos}
    for each in told:
        if each.told:
            continue
        if each is held:
            before = holding([other for other in told if other is not each], videos)
            change = Change(one, each, names[each.video_id], before.answer if before else "")
            _tell(runtime, change, done, tell)
        else:  # a later video says something else by now
            runtime.store.notebook.put([replace(each, told=True)])


def _tell(runtime: Runtime, change: Change, done: dict[str, Any], tell: Tell) -> None:
    tell(change)
    done["changed"].append(change.to_json())
    runtime.store.notebook.put([replace(change.finding, told=True)])
