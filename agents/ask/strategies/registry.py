"""All strategies, by the name under which a user asks for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from agents.ask.answer import Question
from agents.ask.executor.by_model.steps import ModelSteps
from agents.ask.loop import Outcome, pursue
from agents.ask.steps import PLAIN, Chain, ChainedSteps, Steps
from agents.ask.strategies.single import retrieval_only, single_pass
from agents.ask.strategies.videolucy import videolucy
from agents.ask.strategies.worldmm import worldmm
from agents.budget import Meter

Strategy = Callable[[Question, ModelSteps, Meter, int, Chain], Outcome]
"""Question, steps, meter, most segments to look at, and how each step is run."""


def backtrail(
    question: Question, steps: Steps, meter: Meter, max_looks: int, chain: Chain = PLAIN
) -> Outcome:
    """Our own: the loop."""
    return pursue(question, ChainedSteps(steps, chain), meter, max_looks)


STRATEGIES: Mapping[str, Strategy] = MappingProxyType(
    {
        "backtrail": backtrail,
        "retrieval_only": retrieval_only,
        "single_pass": single_pass,
        "videolucy": videolucy,
        "worldmm": worldmm,
    }
)
