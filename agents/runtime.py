"""A store and the models of one process, opened from plain values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from agents.budget import Budget
from agents.models.cache import ReplyCache
from agents.models.chat import ModelRoles
from agents.models.openai_compatible.middleware import PLAIN, Middleware
from agents.models.openai_compatible.secrets import Secrets, no_secrets
from agents.models.ports import Models, ModelSpec
from agents.models.roles import RoleSpec, open_roles
from agents.perception.records import Parameters
from agents.prompting.prompts import Prompts
from memory.organise.parts import ALL_ON, Parts
from memory.sharing.access import SharedStore
from memory.store import EncoderTag, Store

Run = Callable[[str, Callable[[], Any]], Any]
"""Runs a step: gets a title for people and the step itself, gives what the step gives."""


def directly(title: str, step: Callable[[], Any]) -> Any:  # noqa: ANN401
    """Run a step in place."""
    del title
    return step()


@dataclass(frozen=True, slots=True)
class LookParameters:
    """How questions look; plain values from the settings."""

    fps: float = 4.0
    span_seconds: float = 12.0
    text_side: int = 1280
    recall: int = 40
    max_looks: int = 6
    """Most segments a question is followed into."""
    precision: float = 0.8
    """Share of the answers called answered that are to be right."""


@dataclass(frozen=True, slots=True)
class RuntimeSpec:
    """Everything a task needs to know, free of secrets and of open handles."""

    uri: str
    cache: str
    threads: int
    tenant: str
    parameters: Parameters
    look: LookParameters
    models: tuple[ModelSpec, ...]
    workers: int = field(default=1, compare=False)
    """Processes that perceive the windows of a file."""
    organise: Parts = ALL_ON
    """Which parts organise what is remembered."""
    limits: Budget = field(default_factory=Budget)
    """What a question may spend when it does not say."""
    roles: RoleSpec | None = None
    """The language models' endpoints; None where none is configured."""
    falls_back: bool = True
    """Whether the embedded agents answer where language models failed; else that is an error."""
    prompts: Prompts = field(default_factory=Prompts)
    """What language models are told."""
    secrets: Secrets = field(default=no_secrets, compare=False, repr=False)
    """Resolves the names of endpoints' secrets; a function, never a value."""
    middleware: Middleware = field(default=PLAIN, compare=False, repr=False)
    """What is put around calls of endpoints."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """An open store, the models of this process, and what they were opened from."""

    spec: RuntimeSpec
    store: Store
    models: Models

    def roles(self, *, cached: bool = True) -> ModelRoles | None:
        """The language models by role, opened when first asked for; None where there are none.

        `cached` says whether their replies are kept and reused.

        Raises:
            ModelMissing: a role is named that there is not, or an endpoint cannot be used.
        """
        spec = self.spec
        if spec.roles is None:
            return None
        return open_roles(
            spec.roles, self.replies if cached else None, spec.secrets, spec.middleware
        )

    @property
    def replies(self) -> ReplyCache:
        """Where replies of language models and what questions came to are kept."""
        return ReplyCache(Path(self.spec.cache) / "replies")


@lru_cache(maxsize=8)
def open_runtime(spec: RuntimeSpec) -> Runtime:
    """Open once per process; models load when they are first used."""
    from agents.models.build import build_models
    from memory.lance.store import LanceStore

    cache = Path(spec.cache) / "models"
    models = build_models(spec.models, cache, spec.threads, spec.secrets, spec.middleware)
    text, image = encoder_tags(models)
    store = LanceStore.open(
        spec.uri,
        text=text,
        image=image,
        thumbnails=folder_of(spec, "thumbnails"),
        workshop=folder_of(spec, "made"),
        consolidated=spec.organise.consolidate != "off",
    )
    return Runtime(spec, SharedStore(store), models)


def encoder_tags(models: Models) -> tuple[EncoderTag, EncoderTag]:
    """What the store must know of the text encoder and the image encoder."""
    text, image = models.text_encoder, models.image_encoder
    return (
        EncoderTag(text.name, text.dimension),
        EncoderTag(image.name, image.image_dimension, image.aligned_dimension),
    )


def folder_of(spec: RuntimeSpec, name: str) -> Path:
    """Files lie beside a local store, and in the cache for one elsewhere."""
    local = "://" not in spec.uri
    return Path(spec.uri if local else spec.cache) / name


def is_openable(spec: RuntimeSpec) -> bool:
    """Whether the store can be opened without asking an endpoint how long its vectors are."""
    from agents.models.openai_compatible.embeddings import EndpointTextEncoder

    for model in spec.models:
        if model.role == "text_encoder" and model.endpoint is not None:
            dimension = int(dict(model.options).get("dimension", "0"))
            cache = Path(spec.cache) / "models"
            return EndpointTextEncoder(model.endpoint, cache, dimension).is_known
    return True
