"""Facts as models tell them: subject, predicate and object, with the rows that tell them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, Field

from agents.budget import Meter
from agents.models.chat import ChatModel, Prompt
from agents.prompting.evidence import fenced
from agents.prompting.schemas import Line, Numbers
from memory.records import Memory


class Triple(BaseModel):
    """A fact and the rows that tell it."""

    subject: Line
    predicate: Line
    object: Line
    rows: Numbers


class TriplesReply(BaseModel):
    """Facts."""

    triples: Annotated[list[Triple], Field(max_length=200)]


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact and the rows that tell it."""

    triple: Triple
    rows: tuple[Memory, ...]

    @property
    def text(self) -> str:
        """The fact as a phrase."""
        return f"{self.triple.subject} {self.triple.predicate} {self.triple.object}"


def extracted(
    rows: Sequence[Memory], lines: Sequence[str], model: ChatModel, told: str, meter: Meter
) -> list[Fact]:
    """The facts that rows tell; `lines` are those rows as numbered lines, `told` is what to do.

    Raises:
        ModelFailed: the model gave no valid reply.
        BudgetExhausted: there is nothing left to pay it with.
    """
    videos = tuple(dict.fromkeys(row.video_id for row in rows))
    prompt = Prompt("summariser", told, fenced(lines), video_ids=videos)
    reply = model.ask(prompt, TriplesReply, meter)
    facts = (_fact(triple, rows) for triple in reply.triples)
    return [fact for fact in facts if fact.rows and _is_whole(fact.triple)]


def _fact(triple: Triple, rows: Sequence[Memory]) -> Fact:
    numbers = [n for n in dict.fromkeys(triple.rows) if 1 <= n <= len(rows)]
    return Fact(triple, tuple(rows[n - 1] for n in numbers))


def _is_whole(triple: Triple) -> bool:
    return all(part.strip() for part in (triple.subject, triple.predicate, triple.object))
