"""A model behind an endpoint: typed replies, one repair round, then an explicit failure."""

from __future__ import annotations

import logging
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_ai import Agent, BinaryContent, NativeOutput, PromptedOutput, UsageLimits
from pydantic_ai.capabilities import AgentCapability
from pydantic_ai.exceptions import UnexpectedModelBehavior
from pydantic_ai.messages import UserContent
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.profiles import ModelProfile
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.settings import ModelSettings
from pydantic_ai.usage import RunUsage

from agents.budget import Meter
from agents.captions import clock
from agents.errors import BudgetExhausted, ModelFailed
from agents.models.cache import ReplyCache, reply_key
from agents.models.chat import Prompt, Reply
from agents.models.openai_compatible.endpoint import Endpoint
from agents.models.openai_compatible.secrets import Secrets, blotted, key_of, no_secrets
from agents.models.openai_compatible.transport import http_client
from agents.models.openai_compatible.worker import Worker

log = logging.getLogger(__name__)

REPAIRS = 1
"""Times an invalid reply is sent back with what is wrong with it."""
LEAST_REPLY = 64
"""Tokens of budget below which no reply is asked for."""
DETAIL = 300
"""Characters of a server's error that are passed on."""


@dataclass(slots=True)
class OpenAICompatible:
    """A `ChatModel` at an OpenAI-compatible endpoint. Hold one per endpoint; close it at the end.

    Args:
        endpoint: Where the model is.
        secrets: Resolves the name of the endpoint's secret.
        cache: Where replies are kept; None pays for every call.
        capabilities: Handed to the pydantic-ai agent (durable execution, for instance).
    """

    endpoint: Endpoint
    secrets: Secrets = field(default=no_secrets, repr=False)
    cache: ReplyCache | None = field(default=None, repr=False)
    capabilities: Sequence[AgentCapability[object]] = field(default=(), repr=False)
    _open: _Connection | None = field(default=None, init=False, repr=False)

    @property
    def name(self) -> str:
        """The model's name at its endpoint."""
        return self.endpoint.model

    def ask(self, prompt: Prompt, schema: type[Reply], meter: Meter) -> Reply:
        """A reply that fits `schema`, from the cache or from the model.

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
        self._refuse_pictures(prompt)
        reply = self._paid(prompt, schema, meter)
        if self.cache is not None:
            self.cache.put(key, reply.model_dump_json(), prompt.video_ids)
        return reply

    def close(self) -> None:
        """Close the connections and the thread behind them."""
        if self._open is not None:
            self._open.worker.close(self._open.close())
            self._open = None

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
        if self._open is None:
            self._open = _Connection(self.endpoint, self.secrets)
        connection, usage = self._open, RunUsage()
        before = connection.wire.requests
        seconds = _seconds_left(meter, self.endpoint.patience.timeout)
        work = connection.run(prompt, schema, usage, tokens, _calls(meter), self.capabilities)
        try:
            return connection.worker.run(work, seconds)
        except Exception as error:
            # Servers break the protocol in more ways than the client has errors for; whatever it
            # was, it is this call that failed. The cause is left out: it may quote the key.
            reason = blotted(_reason(error, seconds), connection.key)
            log.warning("%s failed as %s: %s", self.name, prompt.role, reason)
            raise ModelFailed(f"{self.name} failed: {reason}", _hint(error)) from None
        finally:
            asked = max(usage.requests, min(1, connection.wire.requests - before))
            _count(meter, prompt, usage, asked, self.endpoint)


class _Connection:
    """A client on its own thread, with the key that only it knows."""

    def __init__(self, endpoint: Endpoint, secrets: Secrets) -> None:
        self.endpoint = endpoint.checked()
        self.key = key_of(endpoint, secrets)
        self.worker = Worker()
        self.http, self.wire = http_client(endpoint)
        self._agents: dict[type[BaseModel], Agent[object, Any]] = {}
        self.model = self._model()

    def _model(self) -> OpenAIChatModel:
        from openai import AsyncOpenAI

        client = AsyncOpenAI(
            base_url=self.endpoint.base_url,
            api_key=self.key,
            http_client=self.http,
            max_retries=0,
        )
        native = self.endpoint.output == "native"
        profile = ModelProfile(
            supports_json_schema_output=native,
            supports_json_object_output=False,
            native_output_requires_schema_in_instructions=True,
        )
        provider = OpenAIProvider(openai_client=client)
        return OpenAIChatModel(self.endpoint.model, provider=provider, profile=profile)

    def run(
        self,
        prompt: Prompt,
        schema: type[Reply],
        usage: RunUsage,
        tokens: int,
        calls: int,
        capabilities: Sequence[AgentCapability[object]],
    ) -> Coroutine[Any, Any, Reply]:
        """One call, with its repair round where `calls` allows one."""
        settings = ModelSettings(temperature=self.endpoint.temperature, max_tokens=tokens)

        async def work() -> Reply:
            result = await self._agent(schema, capabilities).run(
                _content(prompt),
                instructions=prompt.instructions,
                model_settings=settings,
                usage=usage,
                usage_limits=UsageLimits(request_limit=min(1 + REPAIRS, calls)),
            )
            return result.output

        return work()

    def _agent(
        self, schema: type[Reply], capabilities: Sequence[AgentCapability[object]]
    ) -> Agent[object, Reply]:
        if schema not in self._agents:
            native = self.endpoint.output == "native"
            self._agents[schema] = Agent[object, Any](
                self.model,
                output_type=NativeOutput(schema) if native else PromptedOutput(schema),
                retries=REPAIRS,
                name=schema.__name__.lower(),
                capabilities=list(capabilities),
            )
        return self._agents[schema]

    async def close(self) -> None:
        await self.http.aclose()


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


def _count(meter: Meter, prompt: Prompt, usage: RunUsage, asked: int, endpoint: Endpoint) -> None:
    """Add what a call cost; servers that do not say are charged by the length of what was sent."""
    if not asked:
        return
    if prompt.pictures:
        meter.vlm_calls += asked
    else:
        meter.llm_calls += asked
    sent = usage.input_tokens or prompt.estimated_tokens * asked
    got = usage.output_tokens
    meter.input_tokens += sent
    meter.output_tokens += got
    if endpoint.price is not None:
        meter.usd = round((meter.usd or 0.0) + endpoint.price.of(sent, got), 9)


def _reason(error: Exception, seconds: float) -> str:
    if isinstance(error, TimeoutError):
        return f"no reply within {seconds:g} s"
    said = str(error) or type(error).__name__
    cause = error.__cause__
    if isinstance(error, UnexpectedModelBehavior) and cause is not None:
        said = f"{said} ({type(cause).__name__})"
    return " ".join(said.split())[:DETAIL]


def _hint(error: Exception) -> str:
    if isinstance(error, UnexpectedModelBehavior):
        return "the model does not keep to the JSON asked for; try another model"
    return "check that the endpoint is up and the key is valid: backtrail models"
