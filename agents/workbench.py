"""A store and the models of one process, opened from plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from agents.budget import Budget
from agents.models.openai_compatible.around import PLAIN, Around
from agents.models.openai_compatible.secrets import Secrets, no_secrets
from agents.models.ports import Models, ModelSpec
from agents.perception.records import Parameters
from agents.steps import LookParameters, PlainSteps

if TYPE_CHECKING:
    from memory.lance.schema import EncoderTag
    from memory.lance.store import Store


@dataclass(frozen=True, slots=True)
class WorkSpec:
    """Everything a task needs to know, free of secrets and of open handles."""

    uri: str
    cache: str
    threads: int
    tenant: str
    parameters: Parameters
    look: LookParameters
    models: tuple[ModelSpec, ...]
    limits: Budget = field(default_factory=Budget)
    """What a question may spend when it does not say."""
    secrets: Secrets = field(default=no_secrets, compare=False, repr=False)
    """Resolves the names of endpoints' secrets; a function, never a value."""
    around: Around = field(default=PLAIN, compare=False, repr=False)
    """What is put around calls of endpoints."""


@dataclass(frozen=True, slots=True)
class Workbench:
    """An open store, the models of this process, and what they were opened from."""

    spec: WorkSpec
    store: Store
    models: Models

    def steps(self) -> PlainSteps:
        """The plain steps over this store."""
        return PlainSteps(self.store, self.models, self.spec.look, self.spec.tenant)


@lru_cache(maxsize=8)
def open_workbench(spec: WorkSpec) -> Workbench:
    """Open once per process; models load when they are first used."""
    from agents.models.build import build_models
    from memory.lance.store import Store

    cache = Path(spec.cache) / "models"
    models = build_models(spec.models, cache, spec.threads, spec.secrets, spec.around)
    text, image = encoder_tags(models)
    store = Store.open(spec.uri, text=text, image=image, thumbnails=thumbnail_folder(spec))
    return Workbench(spec, store, models)


def encoder_tags(models: Models) -> tuple[EncoderTag, EncoderTag]:
    """What the store must know of the text encoder and the image encoder."""
    from memory.lance.schema import EncoderTag

    text, image = models.text_encoder, models.image_encoder
    return (
        EncoderTag(text.name, text.dimension),
        EncoderTag(image.name, image.image_dimension, image.aligned_dimension),
    )


def thumbnail_folder(spec: WorkSpec) -> Path:
    """Pictures lie beside a local store, and in the cache for one elsewhere."""
    local = "://" not in spec.uri
    return Path(spec.uri) / "thumbnails" if local else Path(spec.cache) / "thumbnails"
