"""`backtrail ask`: plain steps, or the flow when a Prefect server is configured."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from agents.ask.answer import Result, Status
from agents.ask.ask import STRATEGY, Request, answer_request, time_of
from agents.ingest.file import remember
from agents.runtime import Runtime
from agents.text.clock import clock
from configs.settings import Preset, load_settings, prefect_api
from flows.cli.prefect_server import ready_server, watched
from flows.cli.progress import ProgressBar
from flows.cli.shell import DONE, print_json
from flows.output.cost import spent_line
from flows.wiring import preset_spec, runtime_of
from memory.records import SECOND

Asked = tuple[str, tuple[str, ...], tuple[str, ...], str | None, str, bool]


def run_ask(
    asked: Asked,
    workspace: str | None,
    preset: Preset | None,
    report: Path | None,
    as_json: bool,
    pursued: tuple[str, bool] = (STRATEGY, True),
    as_of: str = "",
) -> int:
    """Ask, print the answer with its evidence, and write the report when one is wanted.

    `pursued`: by which strategy, and whether replies of models are kept and reused. `as_of`: time
    in the video up to which anything may be used; empty for everything.
    """
    request = Request(*asked, as_of, strategy=pursued[0], cached=pursued[1])
    runtime = runtime_of(workspace, preset)
    if prefect_api():
        result = _through_flow(request, workspace, preset, as_json)
    else:
        with ProgressBar(len(request.videos), quiet=as_json) as bar:
            result = answer_request(
                runtime, request, lambda path: remember(runtime, path, bar.update)
            )
    if report is not None:
        from flows.output.report import write_report

        known = runtime.store.as_of(time_of(as_of))
        write_report(result.to_json(), known, report, runtime.spec.tenant)
    if as_json:
        print_json(result.to_json())
    else:
        print_answer(result, runtime)
        if report is not None:
            print(f"report: {report}", file=sys.stderr)
    return DONE


def run_ask_estimate(
    asked: Asked, workspace: str | None, preset: Preset | None, as_json: bool, strategy: str
) -> int:
    """Say what a question will cost; no model is asked."""
    from agents.ask.estimate import estimate_question
    from agents.cost import told

    spec = preset_spec(workspace, preset)
    found = estimate_question(spec, Request(*asked, strategy=strategy))
    if as_json:
        print_json(found)
    elif not found["models"]:
        print("no call: no language model is configured")
    else:
        print(told(found))
    return DONE


def _through_flow(
    request: Request, workspace: str | None, preset: Preset | None, as_json: bool
) -> Result:
    """Run the flow, so that the question shows in the UI."""
    server = ready_server()
    from flows.ask import ask

    return watched(ask, server, as_json)(
        request.question,
        videos=[_absolute(reference) for reference in request.videos],
        workspace=workspace,
        choices=list(request.choices),
        image=_absolute(request.image) if request.image else None,
        budget=request.budget,
        must_answer=request.must_answer,
        preset=preset or load_settings().preset,
        strategy=request.strategy,
        cached=request.cached,
        as_of=request.as_of,
    )


def _absolute(reference: str) -> str:
    """A path as seen from anywhere; ids and names stay."""
    path = Path(reference)
    return str(path.absolute()) if path.exists() else reference


def print_answer(result: Result, runtime: Runtime) -> None:
    """The answer and its evidence for a person."""
    if result.status is Status.ANSWERED:
        print(f"{result.answer}   (confidence {result.confidence:.2f}, {result.phase})")
    elif result.status is Status.FORCED:
        print(f"{result.answer}   (a guess, not proven: {result.reason})")
    else:
        word = "out of budget" if result.status is Status.BUDGET_EXHAUSTED else "no proven answer"
        print(f"No answer ({word}): {result.reason}.")
        print(f"Searched: {result.searched}.")
    for number, item in enumerate(result.evidence, start=1):
        start, end = clock(round(item["start"] * SECOND)), clock(round(item["end"] * SECOND))
        text = " / ".join((item["text"] or "").splitlines())
        quote = f": {text[:110]}" if text else ""
        print(f"  [{number}] {item['video']} {start}-{end} {item['kind']}{quote}")
        if told := item.get("sources"):
            print(f"      told at {', '.join(dict.fromkeys(map(_when, told)))}")
        print(f"      {item['memory_id']}" + _picture(runtime, item["thumbnail"]))
    usage = result.usage
    print(
        f"  {usage['looks']} looks ({usage['cached_looks']} from memory), "
        f"{usage['frames_decoded']} frames, {usage['seconds']:.1f} s",
        file=sys.stderr,
    )
    if spent := spent_line(usage):
        print(f"  models: {spent}", file=sys.stderr)


def _when(item: dict[str, Any]) -> str:
    return f"{clock(round(item['start'] * SECOND))}-{clock(round(item['end'] * SECOND))}"


def _picture(runtime: Runtime, thumbnail: str | None) -> str:
    folder = runtime.store.thumbnails
    return f"  picture: {folder / thumbnail}" if folder and thumbnail else ""
