"""`backtrail ingest`: plainly, or through a Prefect server when one is configured."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from agents.errors import UnreadableMedia
from agents.workbench import Workbench, open_workbench
from configs.settings import load_settings, prefect_api, prepare_prefect
from flows.commands.shell import DONE, FAILED, USAGE, print_json
from flows.estimate import estimate_files
from flows.ingesting import FileReport, ingest_file
from flows.progress import ProgressBar
from flows.wiring import media_files, with_streams, work_spec

Streams = tuple[int | None, int | None, int | None]


def run_ingest(
    paths: list[Path], workspace: str | None, preset: str | None, streams: Streams, as_json: bool
) -> int:
    """Ingest, show a line per file and a summary; the exit code says whether all went well."""
    files = _files(paths)
    if prefect_api() and streams == (None, None, None):
        return _through_flow(files, workspace, preset, as_json)
    bench = _bench(workspace, preset, streams)
    began = time.monotonic()
    reports: list[FileReport] = []
    with ProgressBar(len(files), quiet=as_json) as bar:
        for file in files:
            report = ingest_file(bench, file, bar.update)
            reports.append(report)
            bar.finish_file(_line(report))
    if as_json:
        print_json({"videos": [report.to_json() for report in reports]})
    else:
        _summary(reports, time.monotonic() - began)
    return _exit_code(reports)


def _through_flow(
    files: list[Path], workspace: str | None, preset: str | None, as_json: bool
) -> int:
    """Run the flow, so that the ingest shows in the UI."""
    prepare_prefect(load_settings())
    from flows.ingest import ingest

    used = preset or load_settings().preset
    done = ingest([str(file.resolve()) for file in files], workspace=workspace, preset=used)
    if as_json:
        print_json(done)
    for entry in done["videos"]:
        said = entry.get("error", {}).get("message", f"{sum(entry['memories'].values())} memories")
        if not as_json:
            print(f"{entry['status']:<10} {entry['path']}: {said}", file=sys.stderr)
    fine = all(entry["status"] in ("ingested", "unchanged") for entry in done["videos"])
    return DONE if fine else FAILED


def run_estimate(
    paths: list[Path], workspace: str | None, preset: str | None, streams: Streams, as_json: bool
) -> int:
    """Predict time and disk use from the ledger of what was ingested before."""
    bench = _bench(workspace, preset, streams)
    forecast = estimate_files(bench, _files(paths))
    if as_json:
        print_json(forecast)
        return DONE
    for entry in forecast["videos"]:
        print(f"{entry['path']}: about {entry['seconds']:.0f} s, {entry['bytes'] / 1e6:.1f} MB")
    total = forecast["total"]
    print(
        f"in all about {total['seconds']:.0f} s, {total['bytes'] / 1e6:.1f} MB ({forecast['basis']})"
    )
    return DONE


def _files(paths: list[Path]) -> list[Path]:
    """The media files named.

    Raises:
        UnreadableMedia: folders without any.
    """
    files = media_files(paths)
    if not files:
        named = ", ".join(str(path) for path in paths)
        raise UnreadableMedia(f"there are no media files in {named}", "name a video or its folder")
    return files


def _bench(workspace: str | None, preset: str | None, streams: Streams) -> Workbench:
    settings = load_settings(**({"preset": preset} if preset else {}))
    return open_workbench(with_streams(work_spec(workspace, settings), *streams))


def _line(report: FileReport) -> str:
    if report.error:
        hint = f" ({report.error['hint']})" if report.error["hint"] else ""
        return f"failed     {report.path}: {report.error['message']}{hint}"
    counts = ", ".join(f"{n} {kind}" for kind, n in report.memories.items())
    failed = report.windows["failed"]
    lost = f"; {failed} windows failed: {'; '.join(report.notes)}" if failed else ""
    return f"{report.status:<10} {report.path} in {report.seconds:.1f} s: {counts}{lost}"


def _summary(reports: list[FileReport], seconds: float) -> None:
    fine = sum(report.fine for report in reports)
    print(f"{fine} of {len(reports)} remembered in {seconds:.1f} s", file=sys.stderr)


def _exit_code(reports: list[FileReport]) -> int:
    if all(report.fine for report in reports):
        return DONE
    unreadable = ("unreadable_media", "nothing_to_perceive")
    if all(report.error and report.error["code"] in unreadable for report in reports):
        return USAGE
    return FAILED
