"""A store and the models of one process, opened from plain values."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from agents.models.ports import Models, ModelSpec
from agents.perception.records import Parameters
from agents.steps import LookParameters, PlainSteps

if TYPE_CHECKING:
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
    from memory.lance.store import EncoderTag, Store

    models = build_models(spec.models, Path(spec.cache) / "models", spec.threads)
    image = models.image_encoder
    store = Store.open(
        spec.uri,
        text=EncoderTag(models.text_encoder.name, models.text_encoder.dimension),
        image=EncoderTag(image.name, image.image_dimension, image.aligned_dimension),
        thumbnails=_thumbnails(spec),
    )
    return Workbench(spec, store, models)


def _thumbnails(spec: WorkSpec) -> Path:
    """Pictures lie beside a local store, and in the cache for one elsewhere."""
    local = "://" not in spec.uri
    return Path(spec.uri) / "thumbnails" if local else Path(spec.cache) / "thumbnails"
