"""Which tools a model is told of: those near a goal, since no prompt should hold them all.

Words in common count by how rare they are among the tools, meaning by an encoder where there is
one. A tool whose name stands in the goal is always among them.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from agents.text.stop_words import STOP_WORDS
from agents.text.words import stem, words
from agents.tools.base import Tool
from agents.tools.registry import Registry
from memory.records import Vector

Encode = Callable[[Sequence[str]], Vector]
"""Texts to unit vectors, shape (n, d)."""

MOST = 14
"""Tools that a model is told of."""


def shortlist(goal: str, registry: Registry, encode: Encode | None, most: int = MOST) -> list[str]:
    """Names of the tools nearest to a goal, in the order of the registry."""
    tools = registry.usable
    if len(tools) <= most:
        return [tool.name for tool in tools]
    scores = _by_words(goal, tools)
    if encode is not None:
        vectors = encode([goal, *(told(tool) for tool in tools)])
        scores = scores + np.asarray(vectors[1:] @ vectors[0], dtype=np.float32)
    best = sorted(range(len(tools)), key=lambda n: (-float(scores[n]), n))[:most]
    return [tools[n].name for n in sorted(best)]


def told(tool: Tool[Any]) -> str:
    """A tool as a text: its name in words, and its sentence."""
    return f"{tool.name.replace('_', ' ')}: {tool.description}"


def _by_words(goal: str, tools: Sequence[Tool[Any]]) -> Vector:
    """How much of a goal's words each tool shares, 0 to 1; 2 where the goal names the tool."""
    wanted = {stem(word) for word in words(goal) if word not in STOP_WORDS}
    held = [{stem(word) for word in words(told(tool))} for tool in tools]
    counts = Counter(word for words_of in held for word in words_of)
    weight = {word: math.log1p(len(tools) / counts[word]) for word in wanted if counts[word]}
    total = sum(weight.values()) or 1.0
    shares = [sum(weight.get(word, 0.0) for word in words_of) / total for words_of in held]
    named = [{stem(word) for word in tool.name.split("_")} <= wanted for tool in tools]
    return np.asarray([s + 2.0 * n for s, n in zip(shares, named, strict=True)], dtype=np.float32)
