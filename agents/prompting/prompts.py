"""What models are told, as plain strings that flows read from files."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Prompts:
    """Instructions per role; each field has a file of its name."""

    planner: str = ""
    act_planner: str = ""
    reader: str = ""
    navigator: str = ""
    captioner: str = ""
    verifier: str = ""
    periods: str = ""
    locate: str = ""
    memories: str = ""
    facts: str = ""
    summariser: str = ""


LOOK_FOR = (
    "everything that can be seen, in order",
    "text, numbers and signs, read exactly",
    "people: who they are, what they wear and do",
    "how many things of each sort there are",
    "colours, shapes and where things are",
    "actions and changes, and in which order they happen",
)
"""What a look can be told to look for. A fixed list, chosen from by number: so that different
questions share their looks, and nothing that a video says can become an instruction."""


def numbered_aims() -> str:
    """The list as it stands in a prompt."""
    return "\n".join(f"({number}) {aim}" for number, aim in enumerate(LOOK_FOR, 1))


def aim(number: int) -> str:
    """What a number of the list stands for; the first for numbers that are not on it."""
    return LOOK_FOR[number - 1] if 1 <= number <= len(LOOK_FOR) else LOOK_FOR[0]
