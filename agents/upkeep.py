"""Stores as files: encoding them again with the encoders of now, and reading broken ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from agents.models.build import build_models
from agents.models.ports import Models
from agents.runtime import Runtime, RuntimeSpec, encoder_tags, folder_of
from memory.lance.connection import Database
from memory.lance.migrate import reembed, reembed_frames
from memory.lance.store import LanceStore
from memory.records import Memory, Vector
from memory.store import Inspection


def reembed_store(spec: RuntimeSpec) -> dict[str, int]:
    """Give all texts and keyframes of a store new vectors; the old tables go when that worked.

    Keyframes are encoded from their thumbnails; one whose picture is gone keeps no vector.

    Returns:
        How many `texts` and `keyframes` were encoded.
    """
    cache = Path(spec.cache) / "models"
    models = build_models(spec.models, cache, spec.threads, spec.secrets, spec.middleware)
    text, image = encoder_tags(models)
    folder = folder_of(spec, "thumbnails")

    def pictures(rows: Sequence[Memory]) -> list[tuple[Vector, Vector] | None]:
        return [_vectors(models, folder / row.thumbnail) if row.thumbnail else None for row in rows]

    return {
        "texts": reembed(spec.uri, models.text_encoder.encode, text),
        "keyframes": reembed_frames(spec.uri, pictures, image),
    }


def inspect_store(spec: RuntimeSpec, *, deep: bool) -> Inspection:
    """Read a store that cannot be opened: what of it cannot be read is told, not raised."""
    cache = Path(spec.cache) / "models"
    models = build_models(spec.models, cache, spec.threads, spec.secrets, spec.middleware)
    text, image = encoder_tags(models)
    folder = folder_of(spec, "thumbnails")
    return LanceStore(Database(spec.uri, text, image), folder).inspect(deep=deep)


def sweep_store(runtime: Runtime) -> None:
    """Delete files of the store that no table names, where no other program works with it."""
    LanceStore(Database(runtime.spec.uri, *encoder_tags(runtime.models))).sweep()


def _vectors(models: Models, path: Path) -> tuple[Vector, Vector] | None:
    """Image vector and text-aligned vector of a thumbnail; None when the file is gone."""
    import cv2
    import numpy as np

    if not path.is_file():
        return None
    picture = cv2.imread(str(path))
    if picture is None:
        return None
    image = np.ascontiguousarray(picture[:, :, ::-1]).astype(np.uint8, copy=False)
    pair = models.image_encoder.encode([image], models.recogniser.recognise([image]))[0]
    return pair.image, pair.text_aligned
