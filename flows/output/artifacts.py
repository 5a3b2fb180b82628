"""What a run shows in the Prefect UI: progress, plan, rounds, and evidence with pictures."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from agents.ask.answer import Result
from agents.ask.result.evidence import Evidence
from agents.ingest.report import FileReport
from agents.runtime import Runtime
from flows.output.cost import spent_line
from flows.output.words import fallback_line, moment_line
from memory.file_names import displayed

MARKUP = re.compile(r"([\\`*_{}\[\]()#+!|>~.:@-])")
"""Letters that mean something in Markdown."""


class WindowProgress:
    """A progress artifact that counts windows."""

    def __init__(self, name: str, total: int) -> None:
        from prefect.artifacts import create_progress_artifact

        self._done, self._total = 0, max(total, 1)
        made = create_progress_artifact(0.0, description=f"windows of {name}")
        self._artifact = cast(UUID, made)

    def step(self) -> None:
        """One more window was tried."""
        from prefect.artifacts import update_progress_artifact

        self._done += 1
        update_progress_artifact(self._artifact, progress=100 * self._done / self._total)


def ingest_table(reports: Sequence[FileReport]) -> None:
    """One line per file."""
    rows = [
        {
            "file": displayed(report.path.name),
            "status": report.status,
            "windows": _windows(report),
            "memories": ", ".join(f"{n} {kind}" for kind, n in report.memories.items()),
            "seconds": round(report.seconds, 1),
            "error": (report.error or {}).get("message", ""),
        }
        for report in reports
    ]
    from prefect.artifacts import create_table_artifact

    create_table_artifact(rows, key="ingested", description="What became of each file")


def _windows(report: FileReport) -> str:
    """How many windows came to what; degraded ones are done, but models failed to describe them."""
    lost = report.windows["degraded"]
    told = f"{report.windows['done']} done, {report.windows['failed']} failed"
    return f"{told}, {lost} degraded" if lost else told


def answer_artifacts(runtime: Runtime, result: Result) -> None:
    """The answer with its evidence as a page, the plan and the rounds as tables."""
    from prefect.artifacts import create_markdown_artifact, create_table_artifact

    create_markdown_artifact(
        _page(runtime, result), key="answer", description=f"{result.status}: {result.question}"
    )
    create_table_artifact([_plan_row(result)], key="plan", description="How it was understood")
    create_table_artifact(
        [_round_row(entry) for entry in result.rounds],
        key="rounds",
        description="Where the search went",
    )


def _page(runtime: Runtime, result: Result) -> str:
    lines = [
        f"# {inert(result.question)}",
        "",
        f"**{inert(result.answer or 'No answer')}** ({result.status})",
        "",
    ]
    lines += [inert(f"{result.reason}. Searched: {result.searched}."), ""]
    lines += [inert(fallback_line(result.fallback)), ""] if result.fallback else []
    for number, item in enumerate(result.evidence, start=1):
        when = f"{item.start:.1f}-{item.end:.1f} s"
        lines += [f"### [{number}] {inert(item.video)}, {when}, {item.sort}", ""]
        lines += [_picture(runtime, item), ""]
        lines += [f"> {inert(line)}  " for line in (item.text or "").splitlines()]
        lines += ["", f"`{item.memory_id}`", ""]
    if result.moments:
        lines += ["### Closest moments", ""]
        lines += [f"{n}. {inert(moment_line(m))}" for n, m in enumerate(result.moments, start=1)]
        lines += [""]
    spent = spent_line(result.usage)
    lines += [f"Models: {spent}", ""] if spent else []
    return "\n".join(lines)


def inert(text: str) -> str:
    """Text as Markdown that shows its very letters: what a video shows may be a link or a tag."""
    return MARKUP.sub(r"\\\1", text.replace("&", "&amp;").replace("<", "&lt;"))


def _picture(runtime: Runtime, item: Evidence) -> str:
    """The thumbnail inline, as the UI shows no file of ours."""
    folder, name = runtime.store.thumbnails, item.thumbnail
    if folder is None or not name or not (folder / name).is_file():
        return ""
    data = base64.b64encode((folder / name).read_bytes()).decode()
    return f'<img src="data:image/jpeg;base64,{data}" width="200">'


def _plan_row(result: Result) -> dict[str, Any]:
    plan = result.plan
    return {
        "asked": str(plan.asked),
        "terms": ", ".join(plan.terms),
        "target": plan.target,
        "anchor": f"{plan.anchor.relation} {plan.anchor.text}" if plan.anchor else "",
        "kinds": ", ".join(str(kind) for kind in plan.kinds),
        "notes": "; ".join(plan.notes),
    }


def _round_row(entry: dict[str, Any]) -> dict[str, Any]:
    place = entry["segment"]
    return {
        "round": entry["number"],
        "move": entry["move"],
        "where": f"{place['start']:.1f}-{place['end']:.1f} s" if place else "all",
        "looked": "looked" if entry["looked"] else "from memory" if entry["cached"] else "",
        "found": entry["found"],
        "then": entry["reason"],
    }
