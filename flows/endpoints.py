"""Endpoints of models from the settings: plain values here, keys and limits at call time.

What was kept of calls to them is forgotten from here too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from agents.errors import ModelMissing
from agents.models.cache import ReplyCache, forget_video
from agents.models.local.server import MODEL as LOCAL_MODEL
from agents.models.openai_compatible.endpoint import (
    LOCAL,
    LONGEST_REPLY,
    Endpoint,
    Price,
    RetryPolicy,
)
from agents.models.openai_compatible.middleware import Middleware
from agents.models.roles import RoleSpec
from configs.settings import EndpointSettings, PriceSettings, Settings, load_settings
from tasks.models import drop_replies, middleware_in_flows

LOCAL_REPLY = 400
"""Most tokens of a reply of the local model, whose whole context is small."""

Prices = Mapping[str, PriceSettings]
"""Prices by model name."""


def endpoint_of(own: EndpointSettings, secret_name: str, prices: Prices) -> Endpoint:
    """An endpoint as plain values, not checked yet; its key stays behind as a secret's name."""
    local = own.base_url == LOCAL
    model = own.model or (LOCAL_MODEL if local else "")
    price = None
    if own.input_usd is not None or own.output_usd is not None:
        price = Price(own.input_usd or 0.0, own.output_usd or 0.0)
    return Endpoint(
        own.base_url,
        model,
        secret_name if own.api_key.get_secret_value() else "",
        output=own.output,
        max_tokens=LOCAL_REPLY if local else LONGEST_REPLY,
        concurrency=own.concurrency,
        price=price_of(model, prices, price),
        retry=RetryPolicy(timeout=own.timeout),
    )


def speaking(settings: Settings) -> tuple[EndpointSettings, str]:
    """The endpoint that speaks and the name of its key: what sees can speak where nothing else is.

    Its URL is empty when no language model is configured.
    """
    if settings.llm.base_url or not settings.vlm.base_url:
        return settings.llm, "BACKTRAIL_LLM__API_KEY"
    return settings.vlm, "BACKTRAIL_VLM__API_KEY"


def role_spec(settings: Settings) -> RoleSpec | None:
    """The endpoint that speaks, the one that sees, and those of roles that name another model.

    None where no language model is configured.
    """
    own, secret_name = speaking(settings)
    if not own.base_url:
        return None
    spoken = endpoint_of(own, secret_name, settings.prices)
    seeing = vision_endpoint(settings)
    named = tuple(
        (role, naming(seeing if role == "captioner" and seeing else spoken, model, settings.prices))
        for role, model in sorted(settings.roles.items())
    )
    return RoleSpec(spoken, seeing, named)


def vision_endpoint(settings: Settings) -> Endpoint | None:
    """The endpoint that sees; the language model's server where only a model is named."""
    own = settings.vlm
    if own.base_url:
        return endpoint_of(own, "BACKTRAIL_VLM__API_KEY", settings.prices)
    if not own.model:
        return None
    shared = settings.llm.model_copy(update={"model": own.model})
    return endpoint_of(shared, "BACKTRAIL_LLM__API_KEY", settings.prices)


def naming(endpoint: Endpoint, model: str, prices: Prices) -> Endpoint:
    """The same endpoint with another model, at that model's own price where the table has one."""
    return replace(endpoint, model=model, price=price_of(model, prices, endpoint.price))


def price_of(model: str, prices: Prices, otherwise: Price | None) -> Price | None:
    """A model's price: of the table, else the one of its endpoint."""
    own = prices.get(model)
    return otherwise if own is None else Price(own.input_usd, own.output_usd)


def middleware_of(settings: Settings) -> Middleware:
    """What is put around calls: inside a flow run, shared queues and durable execution."""
    return middleware_in_flows(replies_folder(settings))


def replies_folder(settings: Settings) -> Path:
    """Where replies are kept for retries of a flow run."""
    return Path(settings.cache) / "prefect" / "replies"


def secret(name: str) -> str:
    """The value of a secret, read when it is needed; empty when it is not set.

    Raises:
        ModelMissing: there is no secret of that name.
    """
    own = load_settings()
    known = {
        "BACKTRAIL_LLM__API_KEY": own.llm.api_key,
        "BACKTRAIL_VLM__API_KEY": own.vlm.api_key,
        "BACKTRAIL_EMBEDDING__API_KEY": own.embedding.api_key,
    }
    if name not in known:
        raise ModelMissing(f"there is no secret {name}", f"use one of {', '.join(known)}")
    return known[name].get_secret_value()


def forget_retries(flow_run_id: str | None) -> None:
    """Delete the replies that were kept for retries of a flow run: it is over."""
    if flow_run_id:
        drop_replies(replies_folder(load_settings()), flow_run_id)


def forget_replies(video_id: str) -> int:
    """Delete every kept reply about a video; returns how many there were.

    Vectors of texts, and replies that Prefect keeps for retries, do not say of which video they
    are: all of them go.
    """
    from agents.models.openai_compatible.embeddings import forget_vectors

    settings = load_settings()
    forget_vectors(Path(settings.cache) / "models")
    drop_replies(replies_folder(settings))
    return forget_video(ReplyCache(Path(settings.cache) / "replies"), video_id)
