"""How the scripted model plans: by a table of goals, each with a first reply and a repaired one."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.simulator.mind import Sent


def step(name: str, tool: str, **arguments: str) -> dict[str, Any]:
    """A step as a reply has it."""
    values = [{"name": n, "value": v} for n, v in arguments.items()]
    return {"id": name, "tool": tool, "arguments": values, "each": "", "why": ""}


def graph(*steps: dict[str, Any], unclear: str = "") -> dict[str, Any]:
    """A plan as a reply has it; it gives its last step."""
    outputs = [f"${steps[-1]['id']}"] if steps else []
    return {"steps": list(steps), "outputs": outputs, "unclear": unclear}


CUT = step("cut", "trim", video="$m1", start="1", end="3")
PLANS: dict[str, tuple[dict[str, Any], ...]] = {
    "give me the good part, slowly": (
        graph(CUT, step("slow", "speed", video="$cut.video", factor="0.5")),
    ),
    "repair me": (
        graph(CUT, step("slow", "slower", video="$cut.video", factor="0.5")),
        graph(CUT, step("slow", "speed", video="$cut", factor="0.5")),
    ),
    "lose track": (
        graph(CUT, step("slow", "speed", video="$m1", factor="0.5")),
        graph(CUT, step("slow", "speed", video="$cut", factor="0.5")),
    ),
    "never right": (graph(step("cut", "trim", video="/etc/passwd", start="1", end="3")),),
    "make it nice": (graph(unclear="what nice means"),),
    "say hello loudly": (
        graph(step("a", "say", text="hello"), step("b", "broken", source="$a.text")),
        graph(step("a", "say", text="other"), step("c", "shout", source="$a")),
    ),
    "join them": (graph(step("all", "concatenate", clips='["$m1", "$m2"]')),),
}
"""Replies by goal: the second one where the first came back with problems or a failure."""


def planned(sent: Sent) -> dict[str, Any]:
    """The reply to a request for a plan; nothing but the table is known."""
    found = re.search(r"^Goal: (.*)$", sent.text, re.MULTILINE)
    replies = PLANS.get(json.loads(found[1]) if found else "", (graph(unclear="the goal"),))
    is_again = "cannot run. Problems:" in sent.text or " failed: " in sent.text
    return replies[-1] if is_again else replies[0]
