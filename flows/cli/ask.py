"""`backtrail ask`: plain steps, or the flow when a Prefect server is configured."""

from __future__ import annotations

from pathlib import Path

from agents.ask.answer import Result, Status
from agents.ask.ask import Remember, Request, answer_request, time_of
from agents.perception.media.source import changed_note
from agents.runtime import Runtime
from configs.settings import Preset, load_settings, prefect_api
from flows.cli.prefect_server import ready_server, watched
from flows.cli.shell import DONE, print_json
from flows.output.cost import spent_line
from flows.output.terminal import say, say_lines
from flows.output.words import fallback_line, graded, moment_line, when
from flows.wiring import preset_spec, runtime_of
from memory.file_names import storable
from memory.records import Video


def run_ask(
    request: Request,
    workspace: str | None,
    preset: Preset | None,
    report: Path | None,
    as_json: bool,
) -> int:
    """Ask, print the answer with its evidence, and write the report when one is wanted."""
    runtime = runtime_of(workspace, preset)

    def remember(path: Path) -> Video:
        return _remember(runtime, path, len(request.videos), as_json)

    result = asked(request, workspace, preset, remember, as_json)
    if report is not None:
        from flows.output.report import write_report

        known = runtime.store.as_of(time_of(request.as_of))
        write_report(result.to_json(), known, report, runtime.spec.tenant)
    if as_json:
        print_json(result.to_json())
    else:
        print_answer(result, runtime)
        if report is not None:
            say(f"report: {report}", err=True)
    return DONE


def asked(
    request: Request,
    workspace: str | None,
    preset: Preset | None,
    remember: Remember,
    quiet: bool,
) -> Result:
    """The result: through the flow where a Prefect server is configured, else in this process."""
    if prefect_api():
        return _through_flow(request, workspace, preset, quiet)
    return answer_request(runtime_of(workspace, preset), request, remember)


def _remember(runtime: Runtime, path: Path, files: int, quiet: bool) -> Video:
    """Ingest a file that a question names, with a bar; only this needs rich."""
    from agents.ingest.file import remember
    from flows.cli.progress import ProgressBar

    with ProgressBar(files, quiet=quiet) as bar:
        return remember(runtime, path, bar.update)


def run_ask_estimate(
    request: Request, workspace: str | None, preset: Preset | None, as_json: bool
) -> int:
    """Say what a question will cost; no model is asked."""
    from agents.ask.estimate import estimate_question
    from agents.cost import told

    spec = preset_spec(workspace, preset)
    found = estimate_question(spec, request)
    if as_json:
        print_json(found)
    elif not found["models"]:
        say("no call: no language model is configured")
    else:
        say_lines(told(found))
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
        when=request.when,
    )


def _absolute(reference: str) -> str:
    """A path as seen from anywhere; ids and names stay."""
    path = Path(reference)
    return storable(str(path.absolute()) if path.exists() else reference)


def print_answer(result: Result, runtime: Runtime) -> None:
    """The answer and its evidence for a person; what it cost goes to stderr."""
    _print_status(result)
    if result.fallback:
        say(fallback_line(result.fallback))
    _print_evidence(result, runtime)
    if result.status is not Status.ANSWERED and result.moments:
        say("Closest moments:")
        for number, item in enumerate(result.moments, start=1):
            say(f"  {number}. {moment_line(item)}")
    usage = result.usage
    say(
        f"  {usage['looks']} looks ({usage['cached_looks']} from memory), "
        f"{usage['frames_decoded']} frames, {usage['seconds']:.1f} s",
        err=True,
    )
    if spent := spent_line(usage):
        say(f"  models: {spent}", err=True)


def _print_status(result: Result) -> None:
    """The answer with how sure it is, or why there is none."""
    if result.status is Status.ANSWERED:
        say_lines(f"{result.answer}   (confidence {result.confidence:.2f}, {result.phase})")
    elif result.status is Status.LIKELY:
        sure = f"{graded(result.confidence)}, probability {result.confidence:.2f}"
        say_lines(f"{result.answer}   (likely, not proven: {sure})")
    elif result.status is Status.FORCED:
        say_lines(f"{result.answer}   (a guess, not proven: {result.reason})")
    else:
        word = "out of budget" if result.status is Status.BUDGET_EXHAUSTED else "no proven answer"
        say(f"No answer ({word}): {result.reason}.")
        say(f"Searched: {result.searched}.")


def _print_evidence(result: Result, runtime: Runtime) -> None:
    """Each cited row with its picture, then what is to be said of their files."""
    for number, item in enumerate(result.evidence, start=1):
        text = " / ".join((item.text or "").splitlines())
        quote = f": {text[:110]}" if text else ""
        say(f"  [{number}] {item.video} {when(item)} {item.sort}{quote}")
        if item.sources:
            say(f"      told at {', '.join(dict.fromkeys(map(when, item.sources)))}")
        say(f"      {item.memory_id}" + _picture(runtime, item.thumbnail))
    for video_id in dict.fromkeys(item.video_id for item in result.evidence):
        if note := changed_note(runtime.store.video(runtime.spec.tenant, video_id)):
            say(f"  note: {note}")


def _picture(runtime: Runtime, thumbnail: str | None) -> str:
    folder = runtime.store.thumbnails
    return f"  picture: {folder / thumbnail}" if folder and thumbnail else ""
