"""What models cost, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def spent_line(usage: Mapping[str, Any]) -> str:
    """All roles and the money in one line; empty when no model at an endpoint was asked."""
    parts = [f"{role} {words}" for role, words in spent_by_role(usage)]
    if not parts:
        return ""
    usd = usage.get("usd")
    return "; ".join(parts) + (f"; in all {money(usd)}" if usd is not None else "")


def spent_by_role(usage: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Each role and what it spent, dearest first."""
    roles: Mapping[str, Mapping[str, Any]] = usage.get("roles") or {}
    ranked = sorted(roles.items(), key=lambda item: (-_tokens(item[1]), item[0]))
    return [(role, _words(spent)) for role, spent in ranked]


def money(usd: float) -> str:
    """US dollars; fractions of a cent are shown as far as they matter."""
    return f"${usd:.2f}" if usd >= 1 else f"${usd:.4f}"


def _tokens(spent: Mapping[str, Any]) -> int:
    return int(spent["input_tokens"]) + int(spent["output_tokens"])


def _words(spent: Mapping[str, Any]) -> str:
    calls = spent["calls"]
    parts = [f"{calls} call{'' if calls == 1 else 's'}", f"{_tokens(spent)} tokens"]
    if spent["frames"]:
        parts.append(f"{spent['frames']} frames")
    parts.append(f"{spent['seconds']:.1f} s")
    if spent["usd"] is not None:
        parts.append(money(spent["usd"]))
    return ", ".join(parts)
