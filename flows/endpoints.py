"""Endpoints of models from the settings: plain values here, keys and limits at call time.

What was kept of calls to them is forgotten from here too.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from agents.errors import ModelMissing
from agents.models.cache import ReplyCache, forget_video
from agents.models.generators import ROLES as GENERATOR_ROLES
from agents.models.generators import Generators, GeneratorSpec, Role, Terms, open_generators
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
from configs.generators import GeneratorSettings
from configs.settings import EndpointSettings, PriceSettings, Settings, load_settings
from tasks.models import drop_replies, middleware_in_flows

LOCAL_REPLY = 400
"""Most tokens of a reply of the local model, whose whole context is small."""

SCRIPTED = "scripted"
"""Stands for the URL of the double that draws."""

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
        price=price_of(model, prices, price or known_price(model, own.base_url)),
        retry=RetryPolicy(timeout=own.timeout),
        settings=secret_name.removesuffix("__API_KEY"),
    )


def generators_of(settings: Settings) -> Generators:
    """The models that make pictures and videos, as far as they are configured.

    Raises:
        ModelMissing: one cannot be used, or what it costs is not told.
    """
    named: dict[Role, GeneratorSettings] = {r: getattr(settings, r) for r in GENERATOR_ROLES}
    specs = tuple(generator_spec(role, own) for role, own in named.items() if own.base_url)
    return open_generators(specs, secret, middleware_of(settings))


def generator_spec(role: Role, own: GeneratorSettings) -> GeneratorSpec:
    """What plays a role of generating, free of secrets.

    Raises:
        ModelMissing: its endpoint cannot be used, or what it costs is not told.
    """
    prefix = f"BACKTRAIL_{role.upper()}"
    if own.usd is None and own.usd_second is None:
        raise ModelMissing(
            f"what {own.model or own.base_url} costs as {role} is not told",
            f"set {prefix}__USD or {prefix}__USD_SECOND; 0 for a server of your own",
        )
    sizes = tuple((int(wide), int(high)) for wide, high in (s.split("x") for s in own.sizes))
    prices = own.usd or 0.0, own.usd_second or 0.0
    terms = Terms(*prices, own.most_usd, sizes, own.lengths, own.longest)
    if own.base_url == SCRIPTED:
        return GeneratorSpec(role, terms)
    key = f"{prefix}__API_KEY"
    endpoint = Endpoint(
        own.base_url,
        own.model,
        key if own.api_key.get_secret_value() else "",
        concurrency=own.concurrency,
        retry=RetryPolicy(attempts=1, timeout=own.timeout),  # what may be paid for is sent once
        reply_bytes=own.bytes,
        settings=prefix,
    )
    return GeneratorSpec(role, terms, endpoint.checked())


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
    spoken, seeing = speaking(settings), vision(settings)
    if not spoken[0].base_url:
        return None

    def at(own: EndpointSettings, secret_name: str, model: str = "") -> Endpoint:
        named = own.model_copy(update={"model": model}) if model else own
        return endpoint_of(named, secret_name, settings.prices)

    named = tuple(
        (role, at(*(seeing if role == "captioner" and seeing else spoken), model))
        for role, model in sorted(settings.roles.items())
    )
    return RoleSpec(at(*spoken), at(*seeing) if seeing else None, named)


def vision(settings: Settings) -> tuple[EndpointSettings, str] | None:
    """The endpoint that sees and the name of its key, or None.

    Where only a model is named, it is at the language model's server.
    """
    own = settings.vlm
    if own.base_url:
        return own, "BACKTRAIL_VLM__API_KEY"
    if not own.model:
        return None
    return settings.llm.model_copy(update={"model": own.model}), "BACKTRAIL_LLM__API_KEY"


def price_of(model: str, prices: Prices, otherwise: Price | None) -> Price | None:
    """A model's price: of the table, else the one of its endpoint."""
    own = prices.get(model)
    return otherwise if own is None else Price(own.input_usd, own.output_usd)


def known_price(model: str, base_url: str) -> Price | None:
    """A model's list price at a vendor that genai-prices knows by its URL; None elsewhere.

    A server of one's own is known by no URL, whatever its models are called.
    """
    from genai_prices import Usage, calc_price

    def usd(usage: Usage) -> float:
        return 1000 * float(calc_price(usage, model, provider_api_url=base_url).total_price)

    try:
        return Price(usd(Usage(input_tokens=1000)), usd(Usage(output_tokens=1000)))
    except LookupError:
        return None


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
    known |= {f"BACKTRAIL_{r.upper()}__API_KEY": getattr(own, r).api_key for r in GENERATOR_ROLES}
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
