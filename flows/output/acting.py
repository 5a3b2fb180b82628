"""Plans and runs of plans as people read them: lines for terminals."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from agents.act.history.replay import Again
from agents.act.history.trace import Trace
from agents.act.plan import ActStatus, PlanGraph, Recall, Ref, Step
from agents.act.result import ActResult, Output, StepReport, forecast_of
from agents.act.validate import Forecast
from agents.text.clock import clock_at
from agents.tools.assets import Asset, MediaKind
from agents.tools.base import ASSET_ID, Tool
from agents.tools.registry import Registry
from flows.output.terminal import say

ASSET = re.compile(ASSET_ID)
LONGEST = 60
"""Characters of a value."""
MOST_TEXT = 4000
"""Characters of a text that was made."""


def plan_lines(
    plan: PlanGraph, forecast: Forecast | None = None, inputs: Sequence[Asset] = ()
) -> list[str]:
    """A plan, step by step, and what it will take; files by their names where they are known."""
    names = {asset.asset_id: asset.name for asset in inputs}
    lines = [f"{step.step_id}: {_used(step, names)}" for step in plan.steps]
    lines += [f"note: {note}" for note in plan.notes]
    if forecast is not None:
        lines.append(forecast_line(forecast_of(forecast)))
    return lines


def forecast_line(forecast: Mapping[str, Any]) -> str:
    """What a plan will take."""
    line = f"about {forecast['seconds']:.0f} s"
    if forecast["usd"]:
        line += f", {dollars(forecast['usd'])}"
    return "; ".join((line, *forecast["effects"]))


def dollars(usd: float) -> str:
    """Money for people: cents, and more digits where there are none."""
    return f"{usd:.2f} US dollars" if usd >= 0.1 else f"{usd:.2g} US dollars"


def _used(step: Step, names: Mapping[str, str]) -> str:
    values = [f"{name} {_value(value, names)}" for name, value in step.arguments.items()]
    each = f", for each moment of {step.each!r}" if step.each else ""
    cited = f"  [{', '.join(step.evidence)}]" if step.evidence else ""
    return f"{step.tool}({', '.join(values)}){each}{cited}"


def _value(value: object, names: Mapping[str, str]) -> str:
    if isinstance(value, Ref | Recall):
        return str(value)
    if isinstance(value, tuple | list):
        return "[" + ", ".join(_value(item, names) for item in value) + "]"  # pyright: ignore
    text = f"{value:g}" if isinstance(value, float) else str(value)
    if ASSET.fullmatch(text):
        return names.get(text, text[:12])
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def step_line(report: StepReport) -> str:
    """How a step went."""
    cost = f", {dollars(report.usd)}" if report.usd else ""
    took = f" ({report.seconds:.1f} s{cost})" if report.status == "done" else ""
    notes = "".join(f"; {note}" for note in report.notes)
    return f"{report.step_id}: {report.tool} {report.status}{took}{notes}"


def output_line(output: Output) -> str:
    """A file that was made, and how to ask where it comes from."""
    length = f" {clock_at(output.seconds)}" if output.seconds else ""
    size = f" {output.width}x{output.height}" if output.width else ""
    return f"{output.path}  ({output.kind}{length}{size}, {output.artefact_id})"


def result_lines(result: ActResult) -> list[str]:
    """A run, for a person."""
    if result.status in (ActStatus.PLANNED, ActStatus.REFUSED):
        lines = [*plan_lines(result.plan, None, result.inputs), forecast_line(result.forecast)]
        return lines + [f"problem: {problem}" for problem in result.problems]
    lines = [f"  {step_line(report)}" for report in result.steps]
    lines += [f"  repaired: {why}" for why in result.repairs]
    lines += [f"  note: {note}" for note in result.plan.notes]
    if result.status is not ActStatus.COMPLETED:
        lines.append(f"{result.status}: {result.reason}")
    return [*lines, *(line for output in result.outputs for line in _shown(output))]


def _shown(output: Output) -> list[str]:
    """A file that was made; of a text what it says, too."""
    lines = [output_line(output)]
    if output.kind == MediaKind.TEXT:
        with Path(output.path).open(encoding="utf-8", errors="replace") as file:
            lines += [f"    {line}" for line in file.read(MOST_TEXT).splitlines()]
    return lines


def trace_lines(trace: Trace, depth: int = 0) -> list[str]:
    """A trace as an indented list, from the file back to what was given; each step once."""
    indent = "  " * depth
    if trace.made is None:
        return [f"{indent}{trace.name}  (given, {trace.asset_id[:12]})"]
    if trace.is_told:
        return [f"{indent}{trace.name}  (above, {trace.made.artefact_id})"]
    row, told = trace.made, trace.made.details
    names = {source.asset_id: source.name for source in trace.sources}
    values = ", ".join(f"{n} {_value(v, names)}" for n, v in told["arguments"].items())
    lines = [f"{indent}{trace.name}  {row.tool}({values})"]
    more = [f"{row.artefact_id}, run {row.run_id}, {told['seconds']:.1f} s"]
    more += [dollars(told["usd"])] if told["usd"] else []
    more += [f"model {told['model']}"] if told["model"] else []
    more += [f"evidence {', '.join(told['evidence'])}"] if told["evidence"] else []
    lines.append(f"{indent}    {'; '.join((*more, *told['notes']))}")
    for source in trace.sources:
        lines += trace_lines(source, depth + 1)
    return lines


def again_line(again: Again) -> str:
    """A step that was done again."""
    took = f" ({again.seconds:.1f} s)" if again.seconds else ""
    why = f": {again.why}" if again.why else ""
    return f"{again.step}  {again.tool}  {again.verdict}{took}{why}"


def tool_lines(registry: Registry) -> list[str]:
    """The capability table: what there is, what it takes and gives, what it lacks or asks here."""
    lines: list[str] = []
    for tool in registry.tools.values():
        takes = sorted({str(kind) for kinds in tool.inputs.values() for kind in kinds})
        gives = [f"{o.kind}{'s' if o.many else ''}" for o in tool.gives]
        state = _ready(tool, registry) if not tool.missing else f"missing: {tool.missing}"
        kinds = f"{', '.join(takes) or 'nothing'} -> {', '.join(gives)}"
        lines.append(f"{tool.name:<18} {tool.family:<10} {kinds:<28} {state}  {tool.description}")
    return lines


def _ready(tool: Tool[Any], registry: Registry) -> str:
    """That a tool can be used, by which model, and for how much where that is somebody else's."""
    names = ", ".join(dict.fromkeys(registry.players(tool).values()))
    terms = [spec.terms for spec in registry.generators.specs if spec.role in tool.models]
    return "; ".join(filter(None, [f"ready, by {names}" if names else "ready", *map(str, terms)]))


def approved_by_terminal(plan: PlanGraph, forecast: Forecast) -> bool:
    """Show the plan and ask; nobody at the terminal is a no."""
    for line in plan_lines(plan, forecast):
        say(line, err=True)
    if not sys.stdin.isatty():
        say("not approved: nobody is at this terminal", err=True)
        return False
    say("do this? [y/N]", err=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")
