"""How a run of a plan stands."""

from __future__ import annotations

from enum import StrEnum


class ActStatus(StrEnum):
    """How a run of a plan stands, or ended."""

    PLANNED = "planned"
    """A dry run: nothing was done."""
    RUNNING = "running"
    """Begun and not ended; a run that was killed stays so and can be gone on with."""
    COMPLETED = "completed"
    REFUSED = "refused"
    """The plan cannot run; nothing was done."""
    DECLINED = "declined"
    """Nobody approved it."""
    FAILED = "failed"
    """A step failed and could not be repaired; what is finished is kept."""
    BUDGET_EXHAUSTED = "budget_exhausted"
    """A limit was reached; what is finished is kept."""
