"""All strategies, by the name under which a user asks for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from agents.answer import Question
from agents.budget import Meter
from agents.loop import Outcome, pursue
from agents.reasoning.steps import ModelSteps
from agents.strategies.single import retrieval_only, single_pass
from agents.strategies.videolucy import videolucy
from agents.strategies.worldmm import worldmm

Strategy = Callable[[Question, ModelSteps, Meter, int], Outcome]
"""Question, steps, meter, and most segments to look at."""

STRATEGIES: Mapping[str, Strategy] = MappingProxyType(
    {
        "backtrail": pursue,
        "retrieval_only": retrieval_only,
        "single_pass": single_pass,
        "videolucy": videolucy,
        "worldmm": worldmm,
    }
)
