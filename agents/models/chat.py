"""The port of language and vision-language models: a prompt goes in, a checked value comes out.

What a video shows or says only ever travels in `Prompt.content` and `Prompt.pictures`; what the
model is told to do stands in `Prompt.instructions`, which is never made from a video's content.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Protocol, TypeVar

from pydantic import BaseModel

from agents.budget import Meter

Reply = TypeVar("Reply", bound=BaseModel)

TOKEN = 4
"""Characters per token, for estimates."""
PICTURE_TOKENS = 1000
"""Tokens of a picture, for estimates."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A JPEG and the time at which it is shown, in microseconds."""

    jpeg: bytes
    at: int

    @property
    def digest(self) -> str:
        """SHA-256 of the bytes."""
        return hashlib.sha256(self.jpeg).hexdigest()


@dataclass(frozen=True, slots=True)
class Prompt:
    """One request. `role` says who asks (planner, reader, ...); it shows in logs only."""

    role: str
    instructions: str
    """What to do: trusted, from the product's own files."""
    content: str
    """The question and the evidence: data."""
    pictures: tuple[Picture, ...] = ()
    video_ids: tuple[str, ...] = ()
    """Videos whose content is in the prompt: a kept reply is forgotten with them."""

    @property
    def estimated_tokens(self) -> int:
        """Rough number of tokens that sending this takes."""
        characters = len(self.instructions) + len(self.content)
        return characters // TOKEN + PICTURE_TOKENS * len(self.pictures)


class ChatModel(Protocol):
    """A model that answers prompts with JSON of a given shape."""

    @property
    def name(self) -> str:
        """Identifies the model; goes into the ids of rows it made."""
        ...

    def ask(self, prompt: Prompt, schema: type[Reply], meter: Meter) -> Reply:
        """A reply that fits `schema`; what it cost is added to the meter.

        Raises:
            ModelFailed: no valid reply, after one repair round.
            BudgetExhausted: the meter does not allow the call.
        """
        ...


@dataclass(frozen=True, slots=True)
class ModelRoles:
    """Which model plays which role; roles that are not listed are played by `default`."""

    default: ChatModel
    roles: tuple[tuple[str, ChatModel], ...] = ()
    sees: ChatModel | None = None
    """The model that looks at pictures; None where there is none."""

    def of(self, role: str) -> ChatModel:
        """The model of a role."""
        return dict(self.roles).get(role, self.default)

    @property
    def captioner(self) -> ChatModel | None:
        """The model that describes pictures, if there is one."""
        return dict(self.roles).get("captioner", self.sees)
