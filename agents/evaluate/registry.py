"""Every evaluation by its name."""

from __future__ import annotations

from collections.abc import Mapping

from agents.errors import UsageError
from agents.evaluate.cases import Evaluation
from agents.evaluate.sets.books import BOOKS
from agents.evaluate.sets.dialogues import LOCOMO
from agents.evaluate.sets.precision import PRECISION
from agents.evaluate.sets.ranges import RANGES
from agents.evaluate.sets.stages import STAGES
from agents.evaluate.sets.stream import STREAM
from agents.evaluate.sets.timeline import TIMELINE

EVALUATIONS: Mapping[str, Evaluation] = {
    each.name: each for each in (LOCOMO, PRECISION, BOOKS, RANGES, STREAM, TIMELINE, STAGES)
}
SCALE, ABLATIONS = "scale", "ablations"
"""Two more names: searches at many rows, and the table of parts, made of other results."""


def evaluation_of(name: str) -> Evaluation:
    """The evaluation of a name.

    Raises:
        UsageError: there is none.
    """
    if name not in EVALUATIONS:
        known = ", ".join((*EVALUATIONS, SCALE, ABLATIONS))
        raise UsageError(f"there is no evaluation {name!r}", f"use one of {known}")
    return EVALUATIONS[name]
