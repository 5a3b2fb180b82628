"""Runs an evaluation case by case; each answer is on disk before the next question is asked.

The raw file is JSON lines: a head that says what is measured, then a record per case. What a crash
cut off is a last line without its end, which is dropped when the run goes on.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from agents.errors import UsageError
from agents.evaluate.cases import OURS, Bench, Case, Evaluation, Told, Unit
from agents.evaluate.parts import NONE, PARTS
from agents.perception.rows import PIPELINE
from agents.runtime import RuntimeSpec
from memory.records import content_id, file_digest
from memory.retrieve import Fusion

Progress = Callable[[int, int], None]
"""Called with how many cases are answered, and how many there are."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a user wants measured."""

    data: Path | None = None
    limit: int | None = None
    """Most cases, spread evenly over all."""
    without: tuple[str, ...] = ()
    """Parts that are switched off, one at a time, beside the whole."""
    resume: bool = False


@dataclass(slots=True)
class Record:
    """One answered case: per way the measures, and what was told."""

    case: str
    group: str
    unit: str
    scores: dict[str, dict[str, float]]
    told: dict[str, list[str]] = field(default_factory=dict[str, list[str]])


def evaluate(
    evaluation: Evaluation, spec: RuntimeSpec, out: Path, request: Request, progress: Progress
) -> list[Record]:
    """Answer every case that is not answered yet; gives all records, in the order of the set.

    Raises:
        UsageError: the data cannot be used, a part is unknown or not touched, or `out` holds
            an unfinished run that is not to be resumed, or one of something else.
    """
    _refuse_parts(evaluation, request.without)
    units = limited(list(evaluation.load(request.data)), request.limit)
    total = sum(len(unit.cases) for unit in units)
    head = _head(evaluation, spec, request, total)
    path = out / f"{evaluation.name}.jsonl"
    known = _begun(path, head, resume=request.resume)
    bench = Bench(spec, out / f"{evaluation.name}.stores")
    with path.open("ab") as raw:
        for record in _answered(units, bench, request.without, known):
            _append(raw.fileno(), asdict(record))
            known[record.case] = record
            progress(len(known), total)
    return [known[case.case_id] for unit in units for case in unit.cases]


def limited(units: Sequence[Unit[Any]], most: int | None) -> list[Unit[Any]]:
    """Units with at most so many cases in all, spread evenly; units without a case are left out."""
    every = [(unit, case) for unit in units for case in unit.cases]
    if most is None or most >= len(every):
        return [unit for unit in units if unit.cases]
    kept = {every[int(at * len(every) / most)][1].case_id for at in range(most)}
    chosen = [(u, tuple(c for c in u.cases if c.case_id in kept)) for u in units]
    return [Unit(unit.name, cases, unit.open) for unit, cases in chosen if cases]


def read_records(path: Path) -> tuple[dict[str, Any], list[Record]]:
    """The head of a raw file and its records; a last line that was cut off is passed over.

    Raises:
        UsageError: the file holds no results of ours.
    """
    whole = path.read_bytes()
    lines = whole[: whole.rfind(b"\n") + 1].splitlines()
    try:
        head, *records = [json.loads(line) for line in lines]
        return head, [Record(**record) for record in records]
    except (ValueError, TypeError) as error:
        said = f"{path} holds no results of an evaluation: {error}"
        raise UsageError(said, "remove it, or name another folder with --out") from error


def _answered(
    units: Sequence[Unit[Any]], bench: Bench, without: Sequence[str], known: Mapping[str, Record]
) -> Iterator[Record]:
    for unit in units:
        open_cases = [case for case in unit.cases if case.case_id not in known]
        if not open_cases:
            continue
        ways = dict(unit.open(bench, NONE))
        for part in without:
            ways[off_name(part)] = unit.open(bench, frozenset((part,)))[OURS]
        for case in open_cases:
            yield _record(unit, case, {name: ask(case) for name, ask in ways.items()})
        bench.clear()


def off_name(part: str) -> str:
    """The way of the product with one part off."""
    return f"without {part}"


def _record(unit: Unit[Any], case: Case[Any], told: Mapping[str, Told]) -> Record:
    scores = {
        way: {measure: round(float(value), 6) for measure, value in one.scores.items()}
        for way, one in told.items()
    }
    said = {way: list(one.what) for way, one in told.items() if one.what}
    return Record(case.case_id, case.group, unit.name, scores, said)


def _head(
    evaluation: Evaluation, spec: RuntimeSpec, request: Request, total: int
) -> dict[str, Any]:
    """What decides the numbers: records under another head are not mixed with these."""
    memory = content_id("memory", asdict(Fusion()), PIPELINE, [asdict(m) for m in spec.models])
    return {
        "evaluation": evaluation.name,
        "data": _digest(request.data),
        "cases": total,
        "without": list(request.without),
        "memory": memory,
    }


def _digest(data: Path | None) -> str:
    """The content of what was given; of a folder that of its files."""
    if data is None:
        return "generated"
    files = [data] if data.is_file() else sorted(p for p in data.rglob("*") if p.is_file())
    return content_id("data", [(path.name, file_digest(path)) for path in files])


def _begun(path: Path, head: dict[str, Any], *, resume: bool) -> dict[str, Record]:
    """The raw file with its head, and the records that it holds already."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_file() and (resume or path.stat().st_size):
        old, records = read_records(path) if path.stat().st_size else (head, [])
        if resume:
            return _resumed(path, head, old, records)
        if len(records) < old.get("cases", 0):
            said = f"{path} has {len(records)} of {old['cases']} answers of a run that was stopped"
            raise UsageError(said, "go on with --resume, or remove the file")
    fresh = path.with_suffix(".part")
    fresh.write_text(json.dumps(head) + "\n", encoding="utf-8")
    fresh.replace(path)
    return {}


def _resumed(
    path: Path, head: dict[str, Any], old: dict[str, Any], records: Sequence[Record]
) -> dict[str, Record]:
    if old != head:
        differ = ", ".join(key for key in head if old.get(key) != head[key])
        said = f"{path} was begun with another {differ}"
        raise UsageError(said, "give what it was begun with, or name another folder with --out")
    whole = path.read_bytes()
    os.truncate(path, whole.rfind(b"\n") + 1)
    return {record.case: record for record in records}


def _append(file: int, record: dict[str, Any]) -> None:
    os.write(file, (json.dumps(record) + "\n").encode())
    os.fsync(file)


def _refuse_parts(evaluation: Evaluation, without: Sequence[str]) -> None:
    for part in without:
        if part not in PARTS:
            raise UsageError(f"there is no part {part!r}", f"use one of {', '.join(PARTS)}")
        if part not in evaluation.parts:
            said = f"{evaluation.name} does not touch the part {part!r}"
            raise UsageError(said, f"it touches {', '.join(evaluation.parts) or 'none'}")
