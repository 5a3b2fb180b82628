"""Whether a hit has anything to do with what was searched for: a search always has a best hit.

Words decide for themselves: a row that holds one of them was asked for. Nearness in meaning has no
scale of its own (0.3 is much for one encoder and nothing for another), so a row counts only where
it stands out from what texts about other things have with the same row (test normalisation, as in
speaker verification: Auckenthaler et al. 2000). Pictures are measured between the typical picture
of the same memory and identity.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agents.models.ports import Models, can_read
from agents.runtime import Runtime
from memory.records import Hit, Memory, Scope, Vector
from memory.retrieve import Query
from memory.store import Store

OTHER_THINGS = """
    a tax form for small companies | a volcano throws ash over an island | violin lessons
    for beginners | the football league announces its fixtures | a recipe for lentil soup |
    how glaciers carve a valley | a lawyer explains a rental contract | bees return to the
    hive | repairing a bicycle chain | the stock market fell today | a wedding dress in a
    shop window | surgery on a broken knee | a spacecraft leaves orbit | chess opening
    theory | painting a kitchen wall | the history of printing | a dog learns to sit |
    electric guitar solo | planting tomatoes in spring | a crowded railway station | the
    parliament votes on a law | a child builds a sand castle | knitting a woollen scarf | an
    archaeologist brushes a bone | coffee beans are roasted | a software update failed |
    penguins on the ice | the dentist recommends brushing | a firefighter climbs a ladder |
    a poem about the moon | an elevator is out of order | learning to swim in a lake | a
    desert caravan at noon | microscopes and bacteria | a bank robbery in a film | the price
    of diesel rose | a choir sings in church | a tailor measures a sleeve | solar panels on
    a roof | a hotel room with two beds | quarterly sales figures | a referee shows a red
    card | stars seen through a telescope | a potter turns a bowl | traffic on the motorway
    | a passport photograph | the orchestra tunes its instruments | a storm over the sea | a
    mathematical proof | a birthday cake with candles | an old map of the city | a goat on a
    farm | rules of a board game | a job interview | how vaccines work | a ballet rehearsal
    | a broken window | a cup of tea | blue | number 4471 | page 12 | xq zrt vlo | hjk wpe |
    kllm 88 zz | 3f9a bb | mmm aah | Settings | OK Cancel | click here | welcome
"""
"""Short texts about as many things as possible, some of them noise as readers of text make it. A
row that is about one of them is about none of the others."""

STANDS_OUT = 4.0
"""Standard deviations above what other things have with a row, from which it is about the query.
The least round one that kept no wrong pair of the even half of `tests/agents/ask/relevance.toml`
(68 % of the right ones stay, which share no word); on the odd half none and 92 %."""

LEAST_SPREAD = 0.02
"""Cosine; below this, rows have the same with everything and the least nearness would stand out."""

ALIKE, RECOGNISED = 0.35, 0.65
"""Nearness from which a picture is like another, and from which it shows the same: 0 for the
typical picture of the memory, 1 for identity. Fitted on photographs of scikit-image."""

DEPTH = 200
"""Most pictures that are compared with an example."""

TYPICAL = 0.5
"""Most that the typical picture is taken to have, so that a memory of one scene recognises it."""


def relevant(runtime: Runtime, hits: Sequence[Hit], text: str, like: Sequence[Hit]) -> list[Hit]:
    """The hits that have to do with the words, or are among the pictures `like` the example."""
    near = _near_in_meaning(runtime, [hit for hit in hits if "text" not in hit.parts], text)
    near |= {hit.memory.memory_id for hit in like if hit.score >= ALIKE}
    return [hit for hit in hits if "text" in hit.parts or hit.memory.memory_id in near]


def readable(models: Models, query: Query) -> Query:
    """The query without vectors of words that an encoder cannot read: to it, all such are alike."""
    texts, pictures = models.text_encoder, models.image_encoder
    return replace(
        query,
        text_vector=query.text_vector if can_read(texts, query.text) else None,
        aligned_vector=query.aligned_vector if can_read(pictures, query.text) else None,
    )


def pictures_like(store: Store, image: Vector | None, scope: Scope) -> list[Hit]:
    """Keyframes, nearest to a picture first; the score is 0 for the typical one, 1 for identity."""
    found = [] if image is None else store.search_image(image, scope, DEPTH)
    typical = min(float(np.median([hit.score for hit in found] or [0.0])), TYPICAL)
    return [replace(hit, score=(hit.score - typical) / (1 - typical)) for hit in found]


def other_things() -> list[str]:
    """The texts that a row is compared with."""
    return [" ".join(text.split()) for text in OTHER_THINGS.split("|")]


def stand_out(query: Vector, rows: Vector, others: Vector) -> NDArray[np.float64]:
    """How far each row's cosine with the query lies above its cosines with other things.

    Args:
        query: Shape (d,).
        rows: Shape (n, d).
        others: Shape (m, d), texts about other things.

    Returns:
        Shape (n,), in standard deviations.
    """
    usual = _unit(rows) @ _unit(others).T
    spread = np.maximum(usual.std(axis=1), LEAST_SPREAD)
    own = _unit(rows) @ _unit(query[None])[0]
    return ((own - usual.mean(axis=1)) / spread).astype(np.float64)


def _near_in_meaning(runtime: Runtime, hits: Sequence[Hit], text: str) -> set[str]:
    """Ids of the rows whose text, or whose picture in the space of texts, is about `text`."""
    if not text or not hits:
        return set()
    tenant = runtime.spec.tenant
    rows = runtime.store.with_vectors(tenant, [hit.memory.memory_id for hit in hits])
    models = runtime.models
    texts = [(row, row.text_vector) for row in rows if row.text_vector is not None]
    frames = [(row, row.text_aligned_vector) for row in rows if row.text_aligned_vector is not None]
    folder = Path(runtime.spec.cache) / "models"
    found: set[str] = set()
    if can_read(models.text_encoder, text):
        found |= _about(text, texts, models.text_encoder.encode, models.text_encoder.name, folder)
    if can_read(models.image_encoder, text):
        encode = models.image_encoder.encode_query
        found |= _about(text, frames, encode, models.image_encoder.name, folder)
    return found


def _about(
    text: str,
    rows: Sequence[tuple[Memory, Vector]],
    encode: Callable[[Sequence[str]], Vector],
    name: str,
    folder: Path,
) -> set[str]:
    if not rows:
        return set()
    others = _kept(folder, name, lambda: encode(other_things()))
    apart = stand_out(encode([text])[0], np.stack([vector for _, vector in rows]), others)
    return {row.memory_id for (row, _), z in zip(rows, apart, strict=True) if z >= STANDS_OUT}


def _kept(folder: Path, name: str, make: Callable[[], Vector]) -> Vector:
    """Vectors of the other things by one encoder, made once per machine."""
    digest = hashlib.sha256("\n".join((name, *other_things())).encode()).hexdigest()[:16]
    path = folder / f"other_things_{digest}.npy"
    if path.is_file():
        return np.load(path, allow_pickle=False)
    vectors = make()
    folder.mkdir(parents=True, exist_ok=True)
    descriptor, scratch = tempfile.mkstemp(prefix=".other_things_", dir=folder)
    with os.fdopen(descriptor, "wb") as handle:
        np.save(handle, vectors)
    Path(scratch).replace(path)
    return vectors


def _unit(vectors: Vector) -> NDArray[np.float32]:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
