"""`backtrail ingest`: plainly, or through a Prefect server when one is configured."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from agents.errors import UnreadableMedia, UsageError
from agents.ingest.sources.fetch import is_url
from agents.ingest.sources.folders import Listing, listing
from agents.runtime import Runtime
from configs.settings import Preset, load_settings, prefect_api
from flows.cli.memory.watches import told as changes_told
from flows.cli.memory.watches import watched_after
from flows.cli.prefect_server import ready_server, watched
from flows.cli.shell import DONE, FAILED, USAGE, print_json
from flows.output.cost import spent_line
from flows.output.terminal import say, say_lines
from flows.wiring import Streams, fetched, runtime_with_streams, streams_spec
from memory.file_names import storable

UNREADABLE = ("media_error", "unreadable_media", "nothing_to_perceive")
"""Codes of errors that lie in the input, not in the work."""


def run_ingest(
    sources: list[str],
    workspace: str | None,
    preset: Preset | None,
    streams: Streams,
    as_json: bool,
) -> int:
    """Ingest, show a line per file and a summary; the exit code says whether all went well."""
    paths, failed = fetched(sources)
    found = _listed(paths) if paths or not failed else Listing(())
    began = time.monotonic()
    entries = [report.to_json() for report in failed]
    for line in [] if as_json else [line for entry in entries for line in told(entry)]:
        say(line, err=True)
    files = list(found.files)
    nothing: dict[str, Any] = {"videos": []}
    done = remembered(files, workspace, preset, streams, as_json) if files else nothing
    entries += done["videos"]
    more = {"watch": done["watch"]} if "watch" in done else {}
    if as_json:
        print_json({"videos": entries, "skipped": found.to_json(), **more})
        return exit_code(entries)
    for line in changes_told(more["watch"]) if more else ():
        say(line)
    if len(entries) > 1:
        fine = sum(map(is_fine, entries))
        spent = time.monotonic() - began
        say(f"{fine} of {len(entries)} files remembered in {spent:.1f} s", err=True)
    for said in found.told():
        say(said, err=True)
    return exit_code(entries)


def remembered(
    files: list[Path], workspace: str | None, preset: Preset | None, streams: Streams, quiet: bool
) -> dict[str, Any]:
    """The documented object of all files: through the flow where a Prefect server is configured."""
    run = _through_flow if prefect_api() else _plainly
    return run(files, workspace, preset, streams, quiet)


def _plainly(
    files: list[Path], workspace: str | None, preset: Preset | None, streams: Streams, as_json: bool
) -> dict[str, Any]:
    """In this process, with a progress bar; then the standing questions."""
    from agents.ingest.file import ingest_file
    from flows.cli.progress import ProgressBar

    runtime = runtime_with_streams(workspace, preset, streams)
    entries: list[dict[str, Any]] = []
    with ProgressBar(len(files), quiet=as_json) as bar:
        for file in files:
            entries.append(ingest_file(runtime, file, bar.update).to_json())
            bar.finish_file(told(entries[-1]))
        tidy_after(runtime, entries)
    return {"videos": entries, **watched_after(runtime)}


def tidy_after(runtime: Runtime, entries: list[dict[str, Any]]) -> None:
    """Compact the store once, after all files."""
    if any(entry["status"] in ("ingested", "partial") for entry in entries):
        runtime.store.optimise()


def _through_flow(
    files: list[Path], workspace: str | None, preset: Preset | None, streams: Streams, as_json: bool
) -> dict[str, Any]:
    """Run the flow, so that the ingest shows in the UI."""
    server = ready_server()
    from flows.ingest import ingest
    from flows.results import ingest_report

    paths = [storable(str(file.absolute())) for file in files]
    video, audio, subtitle = streams
    state = watched(ingest, server, as_json)(
        paths,
        workspace=workspace,
        preset=preset or load_settings().preset,
        video_stream=video,
        audio_stream=audio,
        subtitle_stream=subtitle,
        return_state=True,
    )
    report = ingest_report(state)
    for entry in report["videos"]:
        for line in [] if as_json else told(entry):
            say(line, err=True)
    return report


def run_estimate(
    sources: list[str],
    workspace: str | None,
    preset: Preset | None,
    streams: Streams,
    as_json: bool,
) -> int:
    """Predict time, disk use and what models will cost; nothing is made and no model is asked."""
    from agents.cost import told as told_models
    from agents.ingest.estimate import estimate_files

    if elsewhere := [source for source in sources if is_url(source)]:
        said = f"{elsewhere[0]} is not here: only files of this machine can be estimated"
        raise UsageError(said, "fetch it first, or ingest it at once")
    files = list(_listed([Path(source) for source in sources]).files)
    forecast = estimate_files(streams_spec(workspace, preset, streams), files)
    if as_json:
        print_json(forecast)
        return DONE
    for entry in forecast["videos"]:
        say(f"{entry['path']}: {_room(entry)}")
    say(f"in all {_room(forecast['total'])}")
    say(f"  {forecast['basis']}")
    if forecast["models"]["roles"]:
        say_lines(f"models: {told_models(forecast['models'])}")
    return DONE


def _room(entry: dict[str, Any]) -> str:
    """Time and disk use, with the ranges."""
    least, most = entry["range"]["seconds"]
    low, high = entry["range"]["bytes"]
    return (
        f"about {entry['seconds']:.0f} s ({least:.0f} to {most:.0f}), "
        f"{entry['bytes'] / 1e6:.1f} MB ({low / 1e6:.1f} to {high / 1e6:.1f})"
    )


def told(entry: dict[str, Any]) -> list[str]:
    """What became of a file, in a line, and what was odd about it in lines below."""
    error = entry.get("error")
    if error:
        hint = f" ({error['hint']})" if error["hint"] else ""
        return [f"failed     {entry['path']}: {error['message']}{hint}"]
    counts = ", ".join(f"{n} {kind}" for kind, n in entry["memories"].items()) or "nothing found"
    failed = entry["windows"]["failed"]
    lost = f"; {failed} windows failed" if failed else ""
    again = ", `ingest` again retries what failed" if entry["status"] == "partial" else ""
    by = f", described by {name}" if (name := entry["described"].get("captioner")) else ""
    took = f"in {entry['seconds']:.1f} s"
    line = f"{entry['status']:<10} {entry['path']} {took}: {counts}{by}{lost}{again}"
    spent = spent_line(entry["usage"])
    below = [f"models: {spent}"] if spent else []
    below += [f"note: {note}" for note in entry["notes"]]
    return [line, *(f"           {each}" for each in below)]


def is_fine(entry: dict[str, Any]) -> bool:
    """Whether all of the file is remembered."""
    return entry["status"] in ("ingested", "unchanged")


def exit_code(entries: list[dict[str, Any]]) -> int:
    """0 when all is remembered, 2 when nothing was readable, else 1."""
    if all(map(is_fine, entries)):
        return DONE
    errors = [entry.get("error", {}).get("code") for entry in entries]
    return USAGE if all(code in UNREADABLE for code in errors) else FAILED


def _listed(paths: list[Path]) -> Listing:
    """The media files named.

    Raises:
        UnreadableMedia: folders without any.
    """
    found = listing(paths)
    if not found.files:
        named = ", ".join(str(path) for path in paths)
        why = "; ".join(found.told())
        raise UnreadableMedia(
            f"there are no media files in {named}" + (f" ({why})" if why else ""),
            "name a video or its folder",
        )
    return found
