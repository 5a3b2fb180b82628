"""What a real small model is asked: each runs against any URL that speaks its protocol."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from pydantic import BaseModel, Field, field_validator

from agents.budget import Budget, Meter
from agents.errors import ModelFailed
from agents.models.chat import Prompt
from agents.models.local.server import MODEL
from agents.models.openai_compatible.client import OpenAICompatible
from agents.models.openai_compatible.endpoint import Endpoint, RetryPolicy
from agents.models.openai_compatible.pictures import as_picture

RETRY = RetryPolicy(attempts=2, first_wait=0.01, timeout=120)


class Thing(BaseModel):
    name: str = Field(max_length=20)
    number: int = Field(ge=0, le=99)
    seen: bool


class Never(BaseModel):
    name: str = Field(max_length=12)

    @field_validator("name")
    @classmethod
    def refuse(cls, name: str) -> str:
        raise ValueError("it must be the name of a colour that nobody ever saw")


PROMPT = Prompt("reader", "Describe the thing as JSON.", "There are 3 red cups on a table.")


@contextmanager
def connected(url: str, **changes: Any) -> Generator[OpenAICompatible]:
    values: dict[str, Any] = {"max_tokens": 160, "retry": RETRY} | changes
    model = OpenAICompatible(Endpoint(f"{url}/v1", MODEL, **values))
    try:
        yield model
    finally:
        model.close()


def schema(url: str) -> None:
    """A schema as a parameter is obeyed, and tokens are counted."""
    meter = Meter(Budget())
    with connected(url) as model:
        reply = model.ask(PROMPT, Thing, meter)
    assert isinstance(reply, Thing)
    assert meter.llm_calls == 1
    assert meter.input_tokens > 30 and 5 < meter.output_tokens <= 160


def too_long(url: str) -> None:
    """A prompt that does not fit is an error of the server, told in its words, not tried again."""
    meter = Meter(Budget())
    with connected(url) as model, pytest.raises(ModelFailed, match="context size"):
        model.ask(Prompt("reader", "", "word " * 4200), Thing, meter)
    assert meter.llm_calls == 1


def pictures(url: str) -> None:
    """A model without eyes says so."""
    picture = as_picture(np.zeros((32, 32, 3), np.uint8), 0, 32)
    with connected(url) as model, pytest.raises(ModelFailed, match="image"):
        model.ask(Prompt("captioner", "Describe.", "x", (picture,)), Thing, Meter(Budget()))


def repair(url: str) -> None:
    """A reply that is JSON but not valid goes back once, then the step fails."""
    meter = Meter(Budget())
    with connected(url) as model, pytest.raises(ModelFailed, match="retries"):
        model.ask(PROMPT, Never, meter)
    assert meter.llm_calls == 2


def cut_off(url: str) -> None:
    """A reply that ends at the limit of tokens is no valid JSON: repaired once, then it fails."""
    meter = Meter(Budget())
    with connected(url, max_tokens=6) as model, pytest.raises(ModelFailed):
        model.ask(PROMPT, Thing, meter)
    assert 1 <= meter.llm_calls <= 2


def streaming(url: str) -> None:
    """Pieces of a reply add up to JSON of the schema."""
    from openai import AsyncOpenAI

    form = {"name": "thing", "schema": Thing.model_json_schema()}

    async def pieces() -> list[str]:
        async with AsyncOpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0) as client:
            stream = await client.chat.completions.create(
                model=MODEL,
                messages=[{"role": "user", "content": "There are 3 red cups. As JSON:"}],
                response_format={"type": "json_schema", "json_schema": form},  # type: ignore[typeddict-item]
                temperature=0,
                max_tokens=160,
                stream=True,
            )
            return [c.choices[0].delta.content or "" async for c in stream if c.choices]

    said = asyncio.run(pieces())
    assert len([piece for piece in said if piece]) > 5
    Thing.model_validate(json.loads("".join(said)))


SCENARIOS: dict[str, Callable[[str], None]] = {
    run.__name__: run for run in (schema, too_long, pictures, repair, cut_off, streaming)
}
