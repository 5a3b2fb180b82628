"""What an ingest or a question will take, before it is made; no model is asked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from agents.budget import Budget, parse_budget
from agents.errors import QuestionError, UnreadableMedia
from agents.models.chat import TOKEN
from agents.perception.media.probe import probe
from agents.runtime import Runtime, RuntimeSpec, open_runtime
from configs.settings import load_settings
from flows.forecast import forecast, ingest_calls, question_calls
from flows.language import STRATEGY, endpoint_by_role, prompts
from memory.records import SECOND, Kind, Scope

if TYPE_CHECKING:
    from flows.asking import Request

DEFAULT_RATE = 0.15
"""Seconds of work per second of video on two cores, where nothing was ingested yet."""
DEFAULT_BYTES = 15_000
"""Bytes of memory per second of video, where nothing was ingested yet."""
UNKNOWN = DEFAULT_RATE, DEFAULT_BYTES, "no ingest yet to learn from: defaults for two cores"


def estimate_files(spec: RuntimeSpec, files: Sequence[Path]) -> dict[str, Any]:
    """Expected seconds and bytes per file and in all, and what the estimate rests on.

    `models` says what models at endpoints will cost, as ranges.
    """
    rate, size, basis = _rates(open_runtime(spec)) if is_openable(spec) else UNKNOWN
    entries: list[dict[str, Any]] = []
    media = [probe(file, spec.parameters.streams) for file in files]
    for file, found in zip(files, media, strict=True):
        seconds = found.duration / SECOND
        entries.append(
            {
                "path": str(file),
                "duration": seconds,
                "seconds": round(seconds * rate, 1),
                "bytes": round(seconds * size),
            }
        )
    total = {key: sum(entry[key] for entry in entries) for key in ("seconds", "bytes")}
    shown = [found.duration / SECOND for found in media if found.video_stream is not None]
    heard = [found.duration / SECOND for found in media if found.video_stream is None]
    models = _describing(spec, shown, heard)
    return {"videos": entries, "total": total, "basis": basis, "models": models}


def is_openable(spec: RuntimeSpec) -> bool:
    """Whether the store can be opened without asking an endpoint how long its vectors are."""
    from agents.models.openai_compatible.embeddings import EndpointTextEncoder

    for model in spec.models:
        if model.role == "text_encoder" and model.endpoint is not None:
            dimension = int(dict(model.options).get("dimension", "0"))
            cache = Path(spec.cache) / "models"
            return EndpointTextEncoder(model.endpoint, cache, dimension).is_known
    return True


def _describing(
    spec: RuntimeSpec, shown: Sequence[float], heard: Sequence[float]
) -> dict[str, Any]:
    """What models will cost; files with pictures are `shown`, those without `heard`, in seconds."""
    endpoints = endpoint_by_role(load_settings())
    encoders = [m.endpoint for m in spec.models if m.role == "text_encoder" and m.endpoint]
    endpoints |= dict.fromkeys(("text_encoder",), encoders[0]) if encoders else {}
    own, mode = spec.parameters, spec.parameters.captions
    told = prompts()
    sizes = {
        role: SCHEMA + len(getattr(told, role)) // TOKEN for role in ("captioner", "summariser")
    }
    cases = [
        ingest_calls(seconds, own.window_seconds, mode if seen else "none", sizes)
        for files, seen in ((shown, True), (heard, False))
        for seconds in files
    ]
    best, likely, worst = (
        [calls for case in cases for calls in case[number]] for number in range(3)
    )
    return forecast((best, likely, worst), endpoints, Budget())


def _rates(runtime: Runtime) -> tuple[float, float, str]:
    """Seconds and bytes per second of video, and where these come from."""
    tenant, store = runtime.spec.tenant, runtime.store
    rates: list[float] = []
    length = 0.0
    for video in store.videos(tenant):
        for window in store.windows(tenant, video.video_id, video.active_key or ""):
            spent = json.loads(window.report).get("seconds")
            if spent and window.span.length:
                rates.append(spent * SECOND / window.span.length)
        length += video.duration / SECOND
    if not rates or not length:
        return UNKNOWN
    return median(rates), store.size_bytes / length, f"from {len(rates)} windows ingested before"


def estimate_question(spec: RuntimeSpec, request: Request) -> dict[str, Any]:
    """Expected calls, tokens, frames and US dollars of a question, as ranges.

    Least is an answer from coarse memory; most is every look that max_looks and budget allow, with
    a repair round for each call. A question that was asked before costs nothing.

    Raises:
        QuestionError: the strategy is one whose course cannot be foreseen.
        UnreadableMedia: a video is a file that is not remembered yet.
    """
    from agents.ask.executor.perceivers import FINE, ULTRA
    from flows.asking import max_looks_for

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
    settings = load_settings()
    limits = parse_budget(request.budget, runtime.spec.limits)
    endpoints = endpoint_by_role(settings)
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
SCHEMA = 300
"""Tokens in which the shape of a reply is told."""


def _sizes(runtime: Runtime, request: Request, videos: Sequence[str]) -> dict[str, int]:
    """Tokens of text that each role is sent, by what is remembered of the videos."""
    told = prompts()
    asked = len(request.question) + sum(map(len, request.choices))
    scope = Scope(runtime.spec.tenant, tuple(videos))
    lengths = [
        len(row.text or "") + 40
        for row in runtime.store.memories(scope, limit=2000)
        if row.text and row.kind is not Kind.KEYFRAME
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
    return [
        video.video_id for video in runtime.store.videos(runtime.spec.tenant) if video.active_key
    ]


def _known(runtime: Runtime, name: str) -> bool:
    path = str(Path(name).resolve())
    return any(path in video.paths for video in runtime.store.videos(runtime.spec.tenant))
