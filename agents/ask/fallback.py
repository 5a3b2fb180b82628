"""What becomes of a question whose language models failed: a dead endpoint is no abstention."""

from __future__ import annotations

from agents.ask.answer import Question, Status
from agents.ask.loop import Outcome, pursue
from agents.ask.steps import Chain, ChainedSteps
from agents.budget import Meter
from agents.errors import ModelsGone
from agents.runtime import Runtime

DECISIVE = ("reader", "verifier", "captioner")
"""Roles without which nothing is read or seen; planner and navigator have rules beside them."""


def without_models(
    runtime: Runtime, question: Question, by_models: Outcome, meter: Meter, looks: int, chain: Chain
) -> tuple[Outcome, str | None]:
    """The outcome to tell, and what failed if the embedded agents had to find it.

    They go on with what is left of the same budget, and read what was looked at already.

    Raises:
        ModelsGone: models failed and the settings ask for an error then.
    """
    from agents.ask.executor.embedded import embedded_steps

    lost = told(meter)
    if by_models.status is Status.ANSWERED or not lost:
        return by_models, None
    if not runtime.spec.falls_back:
        raise ModelsGone(
            f"not answered, as models failed: {lost}",
            "`backtrail doctor --probe` asks each of them; with BACKTRAIL_FAILED_MODELS=fallback "
            "the embedded agents answer instead",
        )
    steps = ChainedSteps(embedded_steps(runtime), chain)
    return pursue(question, steps, meter, looks), lost


def told(meter: Meter) -> str:
    """Which decisive roles failed and why; empty if none did. One reason is told once."""
    roles: dict[str, list[str]] = {}
    for role in DECISIVE:
        if role in meter.failed:
            roles.setdefault(meter.failed[role], []).append(role)
    return "; ".join(f"{' and '.join(names)}: {reason}" for reason, names in roles.items())
