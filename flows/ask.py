"""The ask flow: the loop with each step as a task, its evidence as artifacts."""

from __future__ import annotations

from agents.ask.answer import Result
from agents.ask.ask import STRATEGY, Request, answer_request
from agents.ask.steps import Chain
from agents.errors import ModelsGone
from agents.ingest.file import remember
from agents.runtime import Runtime
from configs.settings import Preset
from flows.endpoints import forget_retries
from flows.engine import flow, flow_run, get_run_logger
from flows.output.artifacts import answer_artifacts
from flows.output.rounds import round_line
from flows.output.words import fallback_line
from flows.runs import awaitable, completed, failed, log_progress, tag_run, videos_of
from flows.wiring import runtime_of
from memory.file_names import restored
from tasks.ask import answer, look, navigate, plan, recall
from tasks.titled import titled

MODELS_GONE = "models gone"
"""Tag of runs whose language models failed."""


def _run_name() -> str:
    """The question, as far as it fits into a list of runs."""
    question = " ".join(str(flow_run.parameters["question"]).split())
    return f"ask: {question if len(question) <= 80 else question[:79] + '…'}"


@flow(name="ask", flow_run_name=_run_name, persist_result=False)
def ask(
    question: str,
    videos: list[str] | None = None,
    workspace: str | None = None,
    choices: list[str] | None = None,
    image: str | None = None,
    budget: str = "",
    must_answer: bool = False,
    preset: Preset | None = None,
    strategy: str = STRATEGY,
    cached: bool = True,
    as_of: str | float | None = None,
    when: str = "",
) -> Result:
    """Answer a question about videos, with evidence.

    Args:
        question: What to find out, in English.
        videos: Ids, names or paths of videos; all of the workspace when empty.
        workspace: Whose memory is asked; the configured workspace when empty.
        choices: Options of a multiple-choice question.
        image: Path of a picture that the question is about.
        budget: Hard limits, e.g. `looks=3,seconds=20`.
        must_answer: Give the best guess, marked as one, when nothing is proven.
        preset: How much is looked at: quick, balanced or thorough; the configured one when empty.
        strategy: How the question is pursued: backtrail, or one to compare it with.
        cached: Whether replies of language models are kept and reused.
        as_of: Time in the video up to which anything may be used: seconds, `m:ss` or `h:mm:ss`;
            everything when empty.
        when: Wall-clock time, in words or as a date: only what was recorded then may be used.
    """
    runtime = runtime_of(workspace, preset)
    until = "" if as_of is None else str(as_of)
    named = tuple(restored(videos or [])), tuple(choices or ()), restored(image)
    request = Request(question, *named, budget, must_answer, until, strategy, cached, when)

    chain = Chain(
        plan=titled(plan),  # planner: what is asked
        recall=titled(recall),  # executor: coarse memories first
        answer=titled(answer),  # proven: done; else ...
        navigate=titled(navigate),  # ... where the evidence points,
        look=titled(look),  # and the pixels again; then answer once more
    )
    try:
        result = _answered(runtime, request, chain)
    except ModelsGone as error:
        tag_run(runtime.spec.tenant, [MODELS_GONE], [])
        return failed(error)
    _show(runtime, result)
    return completed(result, _ended(result))


def _answered(runtime: Runtime, request: Request, chain: Chain) -> Result:
    """The result; a file that the question names is remembered first."""
    progress, run_id = log_progress(get_run_logger()), str(flow_run.get_id() or "") or None
    return answer_request(
        runtime, request, lambda path: remember(runtime, path, progress), chain, run_id
    )


def _show(runtime: Runtime, result: Result) -> None:
    """Tags, artifacts and log lines of an answered run."""
    log, tenant = get_run_logger(), runtime.spec.tenant
    about = [runtime.store.video(tenant, video_id) for video_id in sorted(videos_of(result))]
    ends = [str(result.status), *([MODELS_GONE] if result.fallback else [])]
    tag_run(tenant, ends, [(video.video_id, video.name) for video in about])
    answer_artifacts(runtime, result)
    forget_retries(result.flow_run_id)
    for entry in result.rounds:
        log.info("%s", round_line(entry))
    if result.fallback:
        log.warning("%s", fallback_line(result.fallback))
    log.info("%s", _ended(result))


def _ended(result: Result) -> str:
    """The message of the run's state."""
    return f"{result.status}: {result.answer or result.reason}"


aask = awaitable(ask)
"""`ask` for async callers: `result = await aask("...")`."""
