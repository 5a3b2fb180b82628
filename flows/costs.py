"""What asking memory costs, and whether models elsewhere are asked: told before a step asks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

from agents.models.openai_compatible.endpoint import LOCAL, Endpoint
from agents.runtime import RuntimeSpec
from agents.tools.base import Effect
from agents.tools.registry import Cost

LONG_INPUT = 50_000
"""Tokens that one call is foreseen to send: the pictures of a look, or pages of evidence."""
DESCRIBED_BY = ("captioner", "summariser")
"""Roles that are asked while a video is remembered."""


def cost_of_asking(spec: RuntimeSpec, roles: Sequence[str], *, remembers: bool) -> Cost:
    """What asking memory does besides, and about how much it costs: one call of each model.

    Args:
        spec: Which models play which role.
        roles: Those that are asked.
        remembers: Whether a file is remembered first, whose description costs nobody knows what.
    """
    describing = DESCRIBED_BY if remembers and spec.parameters.captions != "none" else ()
    played = spec.roles.by_role() if spec.roles else {}
    asked = [played[role] for role in roles if role in played]
    others = [played[role] for role in describing if role in played]
    vectors = [model.endpoint for model in spec.models if model.endpoint is not None]
    effect = effect_of([*asked, *others, *vectors])
    return Cost(effect, round(sum(map(_call_usd, asked)), 6))


def effect_of(endpoints: Iterable[Endpoint]) -> Effect:
    """Money first; a model elsewhere that has no price still gets what it is shown."""
    asked = list(endpoints)
    if any(one.price and (one.price.input or one.price.output) for one in asked):
        return Effect.PAID
    return Effect.PURE if all(is_here(one.base_url) for one in asked) else Effect.OUTSIDE


def _call_usd(endpoint: Endpoint) -> float:
    return endpoint.price.of(LONG_INPUT, endpoint.max_tokens) if endpoint.price else 0.0


def is_here(url: str) -> bool:
    """Whether an endpoint is in this process or on this machine."""
    return url == LOCAL or is_of_this_machine(urlsplit(url).hostname or "")


def is_of_this_machine(host: str) -> bool:
    """Whether only this machine can reach an address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
