"""What a question will take, before it is asked; no model is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from agents.ask.ask import STRATEGY, Request, max_looks_for
from agents.budget import parse_budget
from agents.cost import REPAIRED, SCHEMA, SHORT, Calls, Scenarios, forecast
from agents.errors import QuestionError, UnreadableMedia
from agents.models.chat import TOKEN
from agents.runtime import Runtime, RuntimeSpec, is_openable, open_runtime
from memory.records import Scope


def estimate_question(spec: RuntimeSpec, request: Request) -> dict[str, Any]:
    """Expected calls, tokens, frames and US dollars of a question, as ranges.

    Least is an answer from coarse memory; most is every look that max_looks and budget allow, with
    a repair round for each call. A question that was asked before costs nothing.

    Raises:
        QuestionError: the strategy is one whose course cannot be foreseen.
        UnreadableMedia: a video is a file that is not remembered yet.
    """
    from agents.ask.executor.perceivers import FINE, ULTRA

    if not is_openable(spec):
        raise UnreadableMedia(
            "nothing is remembered yet with this text encoder",
            "ingest a video first: backtrail ingest PATH",
        )
    runtime = open_runtime(spec)
    if request.strategy != STRATEGY:
        raise QuestionError(
            f"what the strategy {request.strategy} costs cannot be foreseen",
            f"estimate {STRATEGY}, or set a budget: --budget calls=N",
        )
    limits = parse_budget(request.budget, runtime.spec.limits)
    endpoints = spec.roles.checked().by_role() if spec.roles is not None else {}
    most = max_looks_for(runtime, limits)
    most = most if limits.looks is None else min(most, limits.looks)
    videos = _asked_videos(runtime, request)
    usual = max(1, round(min(FINE.most, runtime.spec.look.span_seconds * FINE.fps)))
    longest = max((endpoint.max_tokens for endpoint in endpoints.values()), default=0)
    scenarios = question_calls(
        _sizes(runtime, request, videos), (min(1, most), most), (usual, ULTRA.most), longest
    )
    return {
        "question": request.question,
        "videos": len(videos),
        "models": {role: endpoint.model for role, endpoint in sorted(endpoints.items())},
        **forecast(scenarios, endpoints, limits),
    }


SHOWN = 16_000
"""Characters of rows that a reader is shown at most."""


def _sizes(runtime: Runtime, request: Request, videos: Sequence[str]) -> dict[str, int]:
    """Tokens of text that each role is sent, by what is remembered of the videos."""
    told = runtime.spec.prompts
    asked = len(request.question) + sum(map(len, request.choices))
    scope = Scope(runtime.spec.tenant, tuple(videos))
    lengths = [
        len(row.text or "") + 40
        for row in runtime.store.memories(scope, limit=2000)
        if row.text and not row.kind.is_picture
    ]
    rows = min(SHOWN, sum(lengths))
    cited = 3 * round(median(lengths)) if lengths else 0
    sent = {"planner": 0, "navigator": rows // 2, "captioner": 0, "reader": rows, "verifier": cited}
    return {
        role: SCHEMA + (len(getattr(told, role)) + asked + characters) // TOKEN
        for role, characters in sent.items()
    }


def _asked_videos(runtime: Runtime, request: Request) -> list[str]:
    """Ids of the videos asked; nothing is ingested."""
    new = [name for name in request.videos if Path(name).exists() and not _known(runtime, name)]
    if new:
        raise UnreadableMedia(
            f"{new[0]} is not remembered yet",
            "estimate that first: backtrail ingest --estimate PATH",
        )
    if request.videos:
        return [
            runtime.store.find_video(runtime.spec.tenant, name).video_id for name in request.videos
        ]
    known = runtime.store.videos(runtime.spec.tenant)
    return [video.video_id for video in known if video.active_key and not video.is_replaced]


def _known(runtime: Runtime, name: str) -> bool:
    path = str(Path(name).resolve())
    return any(path in video.paths for video in runtime.store.videos(runtime.spec.tenant))


def question_calls(
    sizes: Mapping[str, int], looks: tuple[int, int], frames: tuple[int, int], longest: int
) -> Scenarios:
    """The calls of one question.

    Args:
        sizes: Tokens of text that each role is sent.
        looks: Looks that are expected, and the most there may be.
        frames: Pictures of an expected look, and the most a look may have.
        longest: Most tokens of a reply.
    """
    likely, most = looks
    coarse = [
        Calls("planner", 1, sizes["planner"] // 2, SHORT),
        Calls("reader", 1, sizes["reader"] // 4, SHORT),
        Calls("verifier", 1, sizes["verifier"] // 4, SHORT),
    ]
    expected = [
        Calls("planner", 1, sizes["planner"]),
        Calls("navigator", min(1, likely), sizes["navigator"]),
        Calls("captioner", likely, sizes["captioner"], frames=frames[0]),
        Calls("reader", likely + 1, sizes["reader"] // 2),
        Calls("verifier", 1, sizes["verifier"]),
    ]
    worst = [
        Calls("planner", REPAIRED, 2 * sizes["planner"], longest),
        Calls("navigator", REPAIRED * min(1, most), 2 * sizes["navigator"], longest),
        Calls("captioner", REPAIRED * most, sizes["captioner"] + longest, longest, frames[1]),
        Calls("reader", REPAIRED * (most + 1), sizes["reader"] + longest, longest),
        Calls("verifier", REPAIRED * (most + 1), sizes["verifier"] + longest, longest),
    ]
    return coarse, expected, worst
