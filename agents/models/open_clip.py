"""Image encoder over an OpenCLIP checkpoint on this machine (Radford et al. 2021; Ilharco et al.).

Only weights that are there are used: without them OpenCLIP would start from random numbers and
merely log it, so whatever does not load completely is refused.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportMissingTypeStubs=false
# pyright: reportUnknownParameterType=false, reportMissingImports=false
# open_clip is typed in part only; it and torch are there with the extra `open-clip` only, and the
# check of types must pass without.

from __future__ import annotations

import hashlib
import json
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from importlib.metadata import distribution
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from agents.errors import ModelMissing
from agents.models.ports import Image, ImageVectors, Recognition
from memory.records import Vector

if TYPE_CHECKING:
    from torch import Tensor

BATCH = 8
"""Pictures or texts in one run."""

PIECE = 1 << 20
"""Bytes read at the start, middle and end of a checkpoint to tell it from others."""

CONFIG = "open_clip_config.json"
"""In a folder: architecture and how pictures are prepared. OpenCLIP's own format."""

REACH_SECONDS = 5.0
"""How long the place of published checkpoints may take to answer, before a download is tried."""

PULL_HINT = "`backtrail models pull open-clip` fetches one, or unset BACKTRAIL_CLIP__CHECKPOINT"


@dataclass(frozen=True, slots=True)
class _Loaded:
    model: Any
    prepare: Any
    tokenize: Any


class OpenClipEncoder:
    """Pictures and texts in one space. Torch is imported and the model loaded at the first use.

    Args:
        architecture: A name that OpenCLIP registers, e.g. `ViT-B-32`; not needed with a folder.
        checkpoint: A file of weights, or a folder that holds one beside `open_clip_config.json`.
        threads: CPU threads to use; torch has one number for the whole process.

    Raises:
        ModelMissing: when there is no such checkpoint or architecture, or no OpenCLIP.
    """

    def __init__(self, architecture: str, checkpoint: Path, threads: int) -> None:
        if not checkpoint.exists():
            raise ModelMissing(f"there is no OpenCLIP checkpoint at {checkpoint}", PULL_HINT)
        _require_extra()
        config = _config(architecture, checkpoint)
        self.image_dimension = self.aligned_dimension = int(config["embed_dim"])
        self.name = f"open_clip/{architecture or checkpoint.name}@{_fingerprint(checkpoint)}"
        self._architecture = architecture
        self._checkpoint = checkpoint
        self._threads = threads
        self._lock = threading.Lock()

    def encode(
        self, images: Sequence[Image], recognitions: Sequence[Recognition]
    ) -> list[ImageVectors]:
        """One pair per picture; both are the same vector. `recognitions` are not needed.

        Raises:
            ModelMissing: when the checkpoint does not fit the architecture.
        """
        vectors = [
            self._encode_images(images[start : start + BATCH])
            for start in range(0, len(images), BATCH)
        ]
        return [ImageVectors(vector, vector) for batch in vectors for vector in batch]

    def encode_query(self, texts: Sequence[str]) -> Vector:
        """Shape `(len(texts), aligned_dimension)`.

        Raises:
            ModelMissing: when the checkpoint does not fit the architecture.
        """
        vectors = [
            self._encode_texts(texts[start : start + BATCH])
            for start in range(0, len(texts), BATCH)
        ]
        empty = np.zeros((0, self.aligned_dimension), dtype=np.float32)
        return np.concatenate([empty, *vectors])

    def _encode_images(self, images: Sequence[Image]) -> Vector:
        import torch
        from PIL import Image as Pillow

        loaded = self._ready
        batch = torch.stack([loaded.prepare(Pillow.fromarray(image)) for image in images])
        with torch.inference_mode():
            return _array(loaded.model.encode_image(batch, normalize=True))

    def _encode_texts(self, texts: Sequence[str]) -> Vector:
        import torch

        loaded = self._ready
        with torch.inference_mode():
            return _array(loaded.model.encode_text(loaded.tokenize(list(texts)), normalize=True))

    @property
    def _ready(self) -> _Loaded:
        with self._lock:
            return self._loaded

    @cached_property
    def _loaded(self) -> _Loaded:
        import torch

        open_clip = _library()
        torch.set_num_threads(self._threads)
        in_folder = self._checkpoint.is_dir()
        source = f"local-dir:{self._checkpoint}" if in_folder else self._architecture
        try:
            created: Any = open_clip.create_model_from_pretrained(
                source, pretrained=None if in_folder else str(self._checkpoint)
            )
            tokenize = open_clip.get_tokenizer(source)
        except Exception as error:  # a wrong file fails in torch, pickle, safetensors or open_clip
            # the first sentence only: torch goes on to advise loading files unsafely
            reason = str(error).strip().splitlines()[:1] or [type(error).__name__]
            raise ModelMissing(
                f"{self._checkpoint} is no checkpoint of {self._architecture or 'its config'}: "
                f"{reason[0].split('. ')[0]}",
                "name the architecture that the checkpoint was trained with; " + PULL_HINT,
            ) from error
        model, prepare = created
        return _Loaded(model.eval(), prepare, tokenize)


def pull(architecture: str, tag: str, destination: Path) -> Path:
    """Download a published checkpoint by OpenCLIP's own means, when a user asks for it.

    Returns:
        The folder to use as `checkpoint`: weights and `open_clip_config.json`.

    Raises:
        ModelMissing: when OpenCLIP is not installed, knows no such checkpoint, or cannot fetch it;
            without a network that takes seconds.
    """
    _require_extra()
    open_clip = _library()
    published = open_clip.get_pretrained_cfg(architecture, tag)
    if not published:
        known = ", ".join(open_clip.list_pretrained_tags_by_model(architecture)) or "none"
        raise ModelMissing(f"OpenCLIP knows no {tag!r} of {architecture}", f"its tags are: {known}")
    folder = destination / f"{architecture}-{tag}"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".pull-", dir=destination) as scratch:
        try:
            _reach(published)
            fetched = Path(
                open_clip.pretrained.download_pretrained(published, cache_dir=scratch)
            ).resolve()
        except Exception as error:  # hub, HTTP and file errors have nothing in common
            raise ModelMissing(
                f"cannot fetch {architecture} {tag}: {error}",
                "this step needs the network; a checkpoint file from elsewhere works too",
            ) from error
        suffix = ".safetensors" if fetched.suffix == ".safetensors" else ".bin"
        fetched.replace(folder / f"open_clip_model{suffix}")
    prepared = {k: published[k] for k in ("mean", "std", "interpolation", "resize_mode")}
    model = (open_clip.get_model_config(architecture) or {}) | {
        "quick_gelu": bool(published.get("quick_gelu"))
    }
    text = json.dumps({"model_cfg": model, "preprocess_cfg": prepared}, indent=2)
    (folder / CONFIG).write_text(text + "\n", encoding="utf-8")
    return folder


def _require_extra() -> None:
    if find_spec("open_clip") is None:
        raise ModelMissing(
            "OpenCLIP is not installed",
            "`make setup-all` installs it, the extra `open-clip`: with PyTorch, 7 GB",
        )


def _library() -> Any:  # noqa: ANN401 - a module that is there with the extra only
    """OpenCLIP, by its name: without the extra, the check of types finds this very file instead."""
    return import_module("open_clip")


def _reach(published: dict[str, Any]) -> None:
    """Ask for the checkpoint's page once: a download would try again for two minutes."""
    from huggingface_hub import HfApi

    repository = str(published.get("hf_hub", "")).rpartition("/")[0]
    if repository:
        HfApi().model_info(repository, timeout=REACH_SECONDS)


def _config(architecture: str, checkpoint: Path) -> dict[str, Any]:
    """The architecture's settings, read without importing OpenCLIP (and with it torch)."""
    if checkpoint.is_dir():
        path = checkpoint / CONFIG
    else:
        file = f"open_clip/model_configs/{architecture.replace('/', '-')}.json"
        path = Path(str(distribution("open-clip-torch").locate_file(file)))
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        config = config["model_cfg"] if checkpoint.is_dir() else config
        int(config["embed_dim"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelMissing(
            f"OpenCLIP has no architecture {architecture!r} (no usable {path.name})",
            "use a name such as ViT-B-32; `open_clip.list_models()` lists them",
        ) from error
    return config


def _fingerprint(checkpoint: Path) -> str:
    """Tells checkpoints apart without reading gigabytes: size and three pieces of each file."""
    digest = hashlib.sha256()
    files = sorted(checkpoint.iterdir()) if checkpoint.is_dir() else [checkpoint]
    for file in (f for f in files if f.is_file()):
        size = file.stat().st_size
        digest.update(str(size).encode())
        with file.open("rb") as handle:
            for offset in (0, size // 2, max(0, size - PIECE)):
                handle.seek(offset)
                digest.update(handle.read(PIECE))
    return digest.hexdigest()[:8]


def _array(vectors: Tensor) -> NDArray[np.float32]:
    return vectors.float().cpu().numpy()
