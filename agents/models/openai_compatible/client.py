"""A model behind an endpoint: typed replies, one repair round, then an explicit failure."""

from __future__ import annotations

import logging
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_ai import Agent, BinaryContent, NativeOutput, PromptedOutput, UsageLimits
from pydantic_ai.messages import UserContent
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.profiles import ModelProfile
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.settings import ModelSettings
from pydantic_ai.usage import RunUsage

from agents.budget import Meter, Spent
from agents.errors import BudgetExhausted, ModelError, ModelFailed
from agents.models.cache import ReplyCache, reply_key
from agents.models.chat import Prompt, Reply
from agents.models.openai_compatible.connection import Connection, Opener
from agents.models.openai_compatible.endpoint import Endpoint
from agents.models.openai_compatible.middleware import PLAIN, Middleware
from agents.models.openai_compatible.secrets import Secrets, no_secrets
from agents.text.clock import clock

log = logging.getLogger(__name__)

REPAIRS = 1
"""Times an invalid reply is sent back with what is wrong with it."""
LEAST_REPLY = 64
"""Tokens of budget below which no reply is asked for."""


@dataclass(slots=True)
class OpenAICompatible:
    """A `ChatModel` at an OpenAI-compatible endpoint. Hold one per endpoint; close it at the end.

    Args:
        endpoint: Where the model is.
        secrets: Resolves the name of the endpoint's secret.
        cache: Where replies are kept; None pays for every call.
        middleware: What is put around calls: a queue that runs share, durable execution.
    """

    endpoint: Endpoint
    secrets: Secrets = field(default=no_secrets, repr=False)
    cache: ReplyCache | None = field(default=None, repr=False)
    middleware: Middleware = field(default=PLAIN, repr=False)
    _opener: Opener = field(default_factory=Opener, init=False, repr=False)
    _agents: _Agents = field(default_factory=lambda: _Agents(), init=False, repr=False)

    @property
    def name(self) -> str:
        """The model's name at its endpoint."""
        return self.endpoint.model

    def ask(self, prompt: Prompt, schema: type[Reply], meter: Meter) -> Reply:
        """A reply that fits `schema`, from the cache or from the model; the meter notes a failure.

        Raises:
            ModelFailed: no valid reply after one repair round, no connection, or too slow.
            ModelMissing: the endpoint's key or URL is not there.
            BudgetExhausted: the meter does not allow the call.
        """
        key = self._key(prompt, schema)
        kept = None if self.cache is None else self.cache.get(key, prompt.video_ids)
        if kept is not None:
            with suppress(ValidationError):
                return schema.model_validate_json(kept)
            log.warning("a kept reply of %s does not fit any more; asking again", self.name)
        try:
            self._refuse_pictures(prompt)
            reply = self._paid(prompt, schema, meter)
        except ModelError as error:
            meter.failed[prompt.role] = str(error)
            raise
        if self.cache is not None:
            self.cache.put(key, reply.model_dump_json(), prompt.video_ids)
        return reply

    def close(self) -> None:
        """Close the connections and the thread behind them."""
        self._opener.close()
        self._agents = _Agents()

    def _key(self, prompt: Prompt, schema: type[BaseModel]) -> str:
        own = self.endpoint
        pictures = [(picture.digest, picture.at) for picture in prompt.pictures]
        sent = (prompt.instructions, prompt.content, pictures, schema.model_json_schema())
        return reply_key(sent, own.base_url, own.model, own.output, own.max_tokens, own.temperature)

    def _refuse_pictures(self, prompt: Prompt) -> None:
        most, size = self.endpoint.most_pictures, self.endpoint.picture_bytes
        if len(prompt.pictures) > most:
            raise ModelFailed(
                f"{len(prompt.pictures)} pictures are too many for {self.name}, which takes {most}",
                "look at a shorter span",
            )
        largest = max((len(picture.jpeg) for picture in prompt.pictures), default=0)
        if largest > size:
            raise ModelFailed(
                f"a picture of {largest} bytes is too large for {self.name}, which takes {size}",
                "send it smaller",
            )

    def _paid(self, prompt: Prompt, schema: type[Reply], meter: Meter) -> Reply:
        tokens = _allowed(prompt, meter, self.endpoint)
        connection = self._opener.connection(self.endpoint, self.secrets, self.middleware)
        agent = self._agents.of(connection, schema, self.middleware)
        usage, before, began = RunUsage(), connection.wire.requests, time.monotonic()
        settings = ModelSettings(temperature=self.endpoint.temperature, max_tokens=tokens)
        limits = UsageLimits(request_limit=min(1 + REPAIRS, _calls(meter)))

        async def work() -> Reply:
            result = await agent.run(
                _content(prompt),
                instructions=prompt.instructions,
                model_settings=settings,
                usage=usage,
                usage_limits=limits,
            )
            return result.output

        try:
            seconds = _seconds_left(meter, self.endpoint.retry.timeout)
            return connection.run(work, seconds, prompt.role)
        finally:
            asked = max(usage.requests, min(1, connection.wire.requests - before))
            spent = _spent(prompt, usage, asked, self.endpoint)
            spent.seconds = time.monotonic() - began
            meter.charge(prompt.role, spent, sees=bool(prompt.pictures))


class _Agents:
    """The pydantic-ai agents of one connection, by schema and by what is put around calls."""

    def __init__(self) -> None:
        self._made: dict[tuple[type[BaseModel], bool], Agent[object, Any]] = {}
        self._lock = threading.Lock()

    def of(
        self, connection: Connection, schema: type[Reply], middleware: Middleware
    ) -> Agent[object, Reply]:
        """The agent that replies in a schema."""
        capabilities = middleware.capabilities()
        key = (schema, bool(capabilities))
        with self._lock:
            if key not in self._made:
                native = connection.endpoint.output == "native"
                self._made[key] = Agent[object, Any](
                    _model(connection),
                    output_type=NativeOutput(schema) if native else PromptedOutput(schema),
                    retries=REPAIRS,
                    name=f"{connection.endpoint.model} {schema.__name__.lower()}",
                    capabilities=list(capabilities),
                )
            return self._made[key]


def _model(connection: Connection) -> OpenAIChatModel:
    profile = ModelProfile(
        supports_json_schema_output=connection.endpoint.output == "native",
        supports_json_object_output=False,
        native_output_requires_schema_in_instructions=True,
    )
    provider = OpenAIProvider(openai_client=connection.client)
    return OpenAIChatModel(connection.endpoint.model, provider=provider, profile=profile)


def _content(prompt: Prompt) -> list[UserContent]:
    """The text, then each picture after its number and time."""
    parts: list[UserContent] = [prompt.content]
    for number, picture in enumerate(prompt.pictures, 1):
        parts.append(f"Picture {number}, at {clock(picture.at)}:")
        parts.append(BinaryContent(picture.jpeg, media_type="image/jpeg"))
    return parts


def _allowed(prompt: Prompt, meter: Meter, endpoint: Endpoint) -> int:
    """Tokens that the reply may have.

    Raises:
        BudgetExhausted: a limit is reached, or would be by sending the prompt.
    """
    meter.check()
    budget, sent = meter.budget, prompt.estimated_tokens
    reply = endpoint.max_tokens
    if budget.tokens is not None:
        left = budget.tokens - meter.input_tokens - meter.output_tokens - sent
        reply = min(reply, left)
    if budget.usd is not None and endpoint.price is not None:
        left_usd = budget.usd - (meter.usd or 0.0) - endpoint.price.of(sent, 0)
        if endpoint.price.output > 0:
            reply = min(reply, int(left_usd * 1_000_000 / endpoint.price.output))
        elif left_usd < 0:
            reply = 0
    if reply < min(LEAST_REPLY, endpoint.max_tokens):
        raise BudgetExhausted(
            f"the budget does not allow the next call, about {sent} tokens as {prompt.role}",
            "raise it with --budget tokens=N or usd=X",
        )
    return reply


def _calls(meter: Meter) -> int:
    """Calls that the budget still allows."""
    limit = meter.budget.calls
    return 1 + REPAIRS if limit is None else max(1, limit - meter.llm_calls - meter.vlm_calls)


def _seconds_left(meter: Meter, timeout: float) -> float:
    limit = meter.budget.seconds
    return timeout if limit is None else max(0.05, min(timeout, limit - meter.seconds))


def _spent(prompt: Prompt, usage: RunUsage, asked: int, endpoint: Endpoint) -> Spent:
    """What a call cost; servers that do not say are charged by the length of what was sent."""
    if not asked:
        return Spent()
    sent = usage.input_tokens or prompt.estimated_tokens * asked
    got = usage.output_tokens
    usd = None if endpoint.price is None else endpoint.price.of(sent, got)
    return Spent(asked, sent, got, len(prompt.pictures) * asked, 0.0, usd)
