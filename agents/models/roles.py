"""Which language model plays which role: plain values become open models, once per process."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from agents.errors import ModelMissing
from agents.models.cache import ReplyCache
from agents.models.chat import ModelRoles
from agents.models.openai_compatible.endpoint import LOCAL, Endpoint
from agents.models.openai_compatible.middleware import Middleware
from agents.models.openai_compatible.secrets import Secrets

ROLES = ("planner", "captioner", "navigator", "reader", "verifier", "summariser")


@dataclass(frozen=True, slots=True)
class RoleSpec:
    """The endpoints of language models as plain values, not checked yet."""

    spoken: Endpoint
    """Plays every role that no other endpoint plays."""
    seeing: Endpoint | None = None
    """Looks at pictures; None where no model does."""
    named: tuple[tuple[str, Endpoint], ...] = ()
    """Roles with a model of their own."""

    def checked(self) -> RoleSpec:
        """The spec itself.

        Raises:
            ModelMissing: a role is named that there is not, or an endpoint cannot be used.
        """
        unknown = sorted({role for role, _ in self.named} - set(ROLES))
        if unknown:
            raise ModelMissing(f"there is no role {unknown[0]!r}", f"use one of {', '.join(ROLES)}")
        for endpoint in self.by_role().values():
            if endpoint.base_url == LOCAL:
                from agents.models.local.server import require

                require()
            endpoint.checked()
        return self

    def by_role(self) -> dict[str, Endpoint]:
        """Where each role is played; the captioner is left out where no model sees."""
        played = {role: self.spoken for role in ROLES if role != "captioner"}
        seeing = {"captioner": self.seeing} if self.seeing is not None else {}
        return played | seeing | dict(self.named)


@lru_cache(maxsize=8)
def open_roles(
    spec: RoleSpec, replies: ReplyCache | None, secrets: Secrets, middleware: Middleware
) -> ModelRoles:
    """The models of a spec, once per process so that all runs share their limits and breakers.

    `replies` keeps what models answered; None keeps nothing.

    Raises:
        ModelMissing: a role is named that there is not, or an endpoint cannot be used.
    """
    from agents.models.openai_compatible.client import OpenAICompatible

    spec.checked()

    def at(endpoint: Endpoint) -> OpenAICompatible:
        return OpenAICompatible(endpoint, secrets, replies, middleware)

    named = tuple((role, at(endpoint)) for role, endpoint in spec.named)
    seeing = at(spec.seeing) if spec.seeing is not None else None
    return ModelRoles(at(spec.spoken), named, seeing)


def role_names(roles: ModelRoles | None) -> dict[str, str]:
    """Which model plays which role of language, for results."""
    if roles is None:
        return {"planner": "rules", "reader": "learned ranking"}
    names = {role: roles.of(role).name for role in ROLES if role != "captioner"}
    return names | ({"captioner": roles.captioner.name} if roles.captioner is not None else {})
