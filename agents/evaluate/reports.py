"""Reports in Markdown: what was measured, by which command, and the table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from agents.errors import UsageError
from agents.evaluate.cases import OURS, Evaluation
from agents.evaluate.parts import PARTS
from agents.evaluate.registry import EVALUATIONS
from agents.evaluate.runner import Request, read_records
from agents.evaluate.tables import Line, Worth, ablation_table, results_table, worths


def report_of(evaluation: Evaluation, lines: Sequence[Line], request: Request) -> str:
    """The report of one evaluation."""
    rivals = [f"*{name}*: {what}" for name, what in evaluation.rivals.items()]
    measures = [f"*{name}*: {what}" for name, what in evaluation.measures.items()]
    some = f"At most {request.limit:,} questions, spread over all. " if request.limit else ""
    told = (
        f"# {evaluation.name}",
        f"`backtrail evaluate {evaluation.name}{' --data ...' if request.data else ''}`",
        evaluation.about,
        f"{some}Figures are per cent. Beside {OURS} stand other ways, in brackets ours minus "
        "theirs with its 95 % interval (paired bootstrap over questions, 10,000 rounds).",
        f"Measures: {'; '.join(measures)}.",
        f"Ways: {'; '.join(rivals)}.",
        results_table(lines),
    )
    return "\n\n".join(told) + "\n"


def worths_in(folder: Path) -> list[Worth]:
    """What parts are worth, from the raw answers of a folder.

    Raises:
        UsageError: there are none that were taken without some part.
    """
    found: list[Worth] = []
    for name, evaluation in EVALUATIONS.items():
        path = folder / f"{name}.jsonl"
        if path.is_file():
            _, records = read_records(path)
            found += worths(name, records, list(evaluation.measures))
    if not found:
        said = f"{folder} holds no results without some part"
        raise UsageError(said, "take some: backtrail evaluate NAME --without all")
    return found


def ablation_report(found: Sequence[Worth]) -> str:
    """The table of parts, negative results first."""
    named = dict.fromkeys(worth.part for worth in found)
    parts = [f"*{name}*: {PARTS[name].about}" for name in PARTS if name in named]
    told = (
        "# Parts of memory, on and off",
        "`backtrail evaluate NAME --without all`, then `backtrail evaluate ablations`",
        "Each part alone is switched off, and the same questions are asked of the same memory. "
        "First come lines where off is clearly better, then those whose interval holds 0 (from the "
        "most negative on), then clear gains. Of *stale*, *wrong* and *invented* less is better, "
        "and a negative difference a gain. Weights of retrieval are not fitted anew without a "
        "part; `recall.md` has that. Groups in which nothing changes are left out.",
        f"Parts: {'; '.join(parts)}.",
        ablation_table(found),
    )
    return "\n\n".join(told) + "\n"
