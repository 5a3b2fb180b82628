"""Asking without Prefect: resolve what is asked of, pursue the question, keep the run."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agents.ask.answer import Moment, Question, Result, Status
from agents.ask.fallback import without_models
from agents.ask.loop import Outcome, pursue
from agents.ask.result.run_record import record_of
from agents.ask.steps import PLAIN, Chain, ChainedSteps, Steps
from agents.ask.trace import closest_moments, evidence_of
from agents.ask.when import Timed, is_untimely, timed, timely_why
from agents.budget import Budget, Meter, parse_budget
from agents.cost import charged_for_vectors
from agents.errors import QuestionError, UnreadableMedia
from agents.models.chat import ModelRoles
from agents.models.roles import role_names
from agents.runtime import Runtime
from memory.errors import UnknownVideo
from memory.records import SECOND, Run, Span, Video

STRATEGY = "backtrail"
"""What is used when none is named."""

LONGEST = 4_000
"""Most characters of a question, a choice or a search: some 600 words, more than twice what the
text encoder reads."""

TIME = re.compile(
    r"(?:(?:(?P<h>\d{1,4}):(?=[0-5]?\d:))?(?P<m>\d{1,5}):(?=[0-5]\d(?:\.|$)))?"
    r"(?P<s>\d{1,7}(?:\.\d+)?)"
)
"""Seconds, `m:ss` or `h:mm:ss`."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a user typed, before anything is looked up."""

    question: str
    videos: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    image: str | None = None
    budget: str = ""
    must_answer: bool = False
    as_of: str = ""
    """Time in the video, as typed, up to which anything may be used; empty for all of it."""
    strategy: str = STRATEGY
    cached: bool = True
    """Whether replies of models are kept and reused."""
    when: str = ""
    """Wall-clock time, in words or as a date: only what was recorded then may be used."""


Remember = Callable[[Path], Video]
"""Ingests a file that a question names; raises what was wrong with it."""


def answer_request(
    runtime: Runtime,
    request: Request,
    remember: Remember,
    chain: Chain = PLAIN,
    flow_run_id: str | None = None,
) -> Result:
    """Answer a request and keep the result; `chain` runs the steps, as Prefect tasks for instance.

    Raises:
        QuestionError: nothing can be searched for, no time can be read, or the strategy cannot be
            used.
        UnknownVideo: a video is named that is neither known nor a file, or the store is empty.
        MediaError: a file is named that cannot be ingested.
        ModelsGone: language models failed, and the settings ask for an error then.
    """
    for text in (request.question, *request.choices):
        refuse_long(text)
    refuse_empty(request)
    until = time_of(request.as_of)
    videos = resolve_videos(runtime, request.videos, remember)
    runtime = replace(runtime, store=runtime.store.as_of(until))
    known = timed(
        request.question.strip(), request.when, videos, datetime.now(),  # as people here say it
        reads=runtime.spec.organise.time_scope,
    )  # fmt: skip
    question = question_of(runtime, request, known.videos, until, known)
    limits = parse_budget(request.budget, runtime.spec.limits)
    meter = Meter(limits)
    with charged_for_vectors(meter, runtime.models):
        steps = steps_for(runtime, meter, cached=request.cached)
        most = max_looks_for(runtime, limits)
        outcome = pursue_by(request.strategy, question, steps, meter, most, chain)
        outcome, lost = without_models(runtime, question, outcome, meter, most, chain)
    outcome = untimely_is_unproven(question, outcome)
    result = result_of(runtime, question, outcome, meter, flow_run_id, lost)
    result = replace(result, reason=_joined(result.reason, known.note))
    keep(runtime, question, result)
    return result


def question_of(
    runtime: Runtime,
    request: Request,
    videos: Sequence[Video],
    until: int | None,
    known: Timed | None = None,
) -> Question:
    """The question that the loop pursues; `known` is what its words about time mean."""
    return Question(
        known.text if known else request.question.strip(),
        runtime.spec.tenant,
        tuple(video.video_id for video in videos),
        request.choices,
        request.must_answer,
        None if until is None else Span(0, until),
        image_vector_of(runtime, request.image),
        known.when if known else None,
    )


def untimely_is_unproven(question: Question, outcome: Outcome) -> Outcome:
    """An answer from another time than the one asked about is the nearest there is, not proven."""
    when = question.when
    if outcome.status is not Status.ANSWERED or not is_untimely(when, outcome.draft.cited):
        return outcome
    draft = replace(outcome.draft, proven=False)
    return replace(outcome, draft=draft, status=Status.LIKELY)


def _joined(reason: str, note: str) -> str:
    return "; ".join(filter(None, (reason, note)))


def steps_for(runtime: Runtime, meter: Meter, *, cached: bool = True) -> Steps:
    """The steps of one question: by models where an endpoint is configured, else embedded.

    Raises:
        ModelMissing: an endpoint is configured that cannot be used.
    """
    from agents.ask.executor.embedded import embedded_steps

    roles = runtime.roles(cached=cached)
    if roles is None:
        return embedded_steps(runtime)
    from agents.ask.executor.by_model.steps import ModelSteps

    replies = runtime.replies if cached else None
    return ModelSteps(embedded_steps(runtime), roles, runtime.spec.prompts, meter, replies)


def pursue_by(
    strategy: str, question: Question, steps: Steps, meter: Meter, max_looks: int, chain: Chain
) -> Outcome:
    """Pursue a question by a strategy.

    Raises:
        QuestionError: there is no such strategy, or it needs a language model and there is none.
    """
    if strategy == STRATEGY:
        return pursue(question, ChainedSteps(steps, chain), meter, max_looks)
    from agents.ask.executor.by_model.steps import ModelSteps
    from agents.ask.strategies.registry import STRATEGIES

    if strategy not in STRATEGIES:
        known = ", ".join(STRATEGIES)
        raise QuestionError(f"there is no strategy {strategy!r}", f"use one of {known}")
    if not isinstance(steps, ModelSteps):
        raise QuestionError(
            f"the strategy {strategy} needs a language model",
            "set BACKTRAIL_LLM__BASE_URL and BACKTRAIL_LLM__MODEL",
        )
    return STRATEGIES[strategy](question, steps, meter, max_looks, chain)


def max_looks_for(runtime: Runtime, limits: Budget) -> int:
    """Most segments to follow: as set, or as many looks as the user granted if that is more."""
    max_looks = runtime.spec.look.max_looks
    return max(max_looks, limits.looks + 1) if limits.looks is not None else max_looks


def time_of(text: str) -> int | None:
    """Microseconds of `75`, `1:15` or `0:01:15`, fractions of a second allowed; None for no text.

    Raises:
        QuestionError: it is no time after the start.
    """
    if not text.strip():
        return None
    found = TIME.fullmatch(text.strip())
    time = 0
    if found is not None:
        hours, minutes, seconds = (float(found[name] or 0) for name in ("h", "m", "s"))
        time = round((hours * 3600 + minutes * 60 + seconds) * SECOND)
    if not time:
        raise QuestionError(
            f"{text!r} is no time after the start of a video", "give seconds, m:ss or h:mm:ss"
        )
    return time


def refuse_long(text: str) -> None:
    """Refuse what is too long to be a question: time grows with its square, and it is never one.

    Raises:
        QuestionError: it has more than `LONGEST` characters.
    """
    if len(text) > LONGEST:
        raise QuestionError(
            f"{len(text):,} characters are too many for a question: at most {LONGEST:,} are read",
            "ask about one thing in a few sentences",
        )


def refuse_empty(request: Request) -> None:
    """Refuse a question that names nothing, and an option that says nothing.

    Raises:
        QuestionError: only stop words, or no words at all.
    """
    if any(not choice.strip() for choice in request.choices):
        raise QuestionError("one of the options to choose from is empty", "give each one a word")
    from agents.ask.planner.rules import plan as plan_by_rules

    plan = plan_by_rules(request.question.strip(), choices=request.choices)
    if plan.is_empty and request.image is None:
        said = f"{request.question!r} names nothing that can be searched for"
        raise QuestionError(said, 'name a thing, a word or a time, e.g. "what is on the slide?"')


def resolve_videos(runtime: Runtime, references: Sequence[str], remember: Remember) -> list[Video]:
    """The videos meant: all of the workspace, or those named by id, name or path.

    One whose file was replaced answers only to its id.
    """
    if not references:
        known = runtime.store.videos(runtime.spec.tenant)
        videos = [video for video in known if video.active_key and not video.is_replaced]
        if not videos:
            raise _nothing_to_ask(runtime.spec.tenant, known)
        return videos
    found = [_resolve(runtime, reference, remember) for reference in references]
    return list({video.video_id: video for video in found}.values())


def _nothing_to_ask(tenant: str, known: Sequence[Video]) -> UnknownVideo:
    """Why a workspace has no video that can be asked: none at all, or none that is finished."""
    begun = ", ".join(video.name for video in known if not video.is_replaced)
    if not begun:
        said = f"the workspace {tenant!r} remembers no video yet"
        return UnknownVideo(said, "ingest one first: backtrail ingest PATH")
    said = f"no video of the workspace {tenant!r} is finished: {begun}"
    return UnknownVideo(said, "the same `backtrail ingest` goes on where it was stopped")


def _resolve(runtime: Runtime, reference: str, remember: Remember) -> Video:
    path = Path(reference)
    if path.exists():
        return remember(path)
    return runtime.store.find_video(runtime.spec.tenant, reference)


def image_vector_of(runtime: Runtime, image: str | None) -> Any:  # noqa: ANN401
    """The image vector of an example picture, or None without one."""
    if image is None:
        return None
    from agents.perception.media.decode import frame_at
    from agents.perception.media.probe import probe
    from agents.perception.records import StreamChoice

    frame = frame_at(probe(Path(image), StreamChoice()), 0, 640)
    if frame is None:
        raise UnreadableMedia(f"{image} holds no picture", "give a PNG, JPEG or WebP file")
    recognitions = runtime.models.recogniser.recognise([frame.image])
    return runtime.models.image_encoder.encode([frame.image], recognitions)[0].image


def result_of(
    runtime: Runtime,
    question: Question,
    outcome: Outcome,
    meter: Meter,
    flow_run_id: str | None,
    lost: str | None = None,
) -> Result:
    """The documented result of an outcome; `lost` says which models failed it, if any."""
    draft = outcome.draft
    answer = draft.text
    if answer and len(outcome.context.videos) > 1 and draft.cited:
        cited = outcome.context.video(draft.cited[0].memory.video_id)
        answer = f"{answer} (in {cited.name})"
    given = outcome.status in (Status.ANSWERED, Status.LIKELY, Status.FORCED)
    moments = closest_moments(moments_of(runtime, outcome), outcome.context)
    if when := question.when:
        by_id = {video.video_id: video for video in outcome.context.videos}
        moments = tuple(replace(m, why=timely_why(m.why, by_id[m.video_id])) for m in moments)
    return Result(
        question=question.asked,
        plan=outcome.plan,
        status=outcome.status,
        answer=answer,
        choice=draft.choice if given else None,
        confidence=min(1.0, draft.confidence),
        phase=outcome.phase,
        evidence=evidence_of(draft.cited if given else (), outcome.context),
        moments=moments,
        usage=meter.usage(),
        rounds=tuple(outcome.trace.rounds),
        reason=_joined(draft.reason, when.told if when else ""),
        searched=searched(outcome, meter),
        models=model_names(runtime, None if lost else runtime.roles()),
        as_of=question.within.seconds[1] if question.within else None,
        run_id=f"r_{uuid.uuid4().hex[:20]}",
        flow_run_id=flow_run_id,
        fallback=lost,
        failed_roles=dict(meter.failed),
        when=when.to_json() if when else None,
    )


def moments_of(runtime: Runtime, outcome: Outcome) -> tuple[Moment, ...]:
    """The best moments: those of the draft, or ranked now where a model at an endpoint read."""
    from agents.ask.executor.embedded import embedded_steps
    from agents.ask.ranking.learned import read_by_rank

    if outcome.draft.moments or not outcome.context.rows:
        return outcome.draft.moments
    relate = embedded_steps(runtime).relate
    return read_by_rank(outcome.plan, outcome.context, relate, outcome.draft, 1.0).moments


def searched(outcome: Outcome, meter: Meter) -> str:
    """What was searched, in a sentence."""
    videos, rows = outcome.context.videos, outcome.context.rows
    names = ", ".join(video.name for video in videos[:3])
    more = f" and {len(videos) - 3} more" if len(videos) > 3 else ""
    looks = meter.looks + meter.cached_looks
    return (
        f"{len(rows)} memories of {names}{more}, "
        f"{looks} closer look{'' if looks == 1 else 's'} ({meter.frames} frames)"
        f"{', ' if outcome.context.note else ''}{outcome.context.note}"
    )


def model_names(runtime: Runtime, roles: ModelRoles | None) -> dict[str, str]:
    """Which model played which role; `roles` are those of language, None for the embedded ones."""
    models = runtime.models
    return {
        **role_names(roles),
        "text_reader": models.text_reader.name,
        "transcriber": models.transcriber.name,
        "recogniser": models.recogniser.name,
        "text_encoder": models.text_encoder.name,
        "image_encoder": models.image_encoder.name,
    }


def keep(runtime: Runtime, question: Question, result: Result) -> None:
    """Keep the run, so that it can be shown later and forgotten with its videos."""
    made = datetime.now(UTC).isoformat(timespec="seconds")
    body = record_of(result)
    run = Run(result.run_id, question.tenant, question.video_ids, question.asked, body, made)
    runtime.store.put_run(run)
