"""A tiny OpenCLIP checkpoint with random weights, for tests of the adapter."""

# pyright: reportMissingImports=false
# torch and OpenCLIP are there with the extra only.

from __future__ import annotations

import json
import warnings
from importlib.util import find_spec
from pathlib import Path

import pytest

needs_open_clip = pytest.mark.skipif(
    find_spec("open_clip") is None,
    reason="the extra open-clip is not installed (`make test-all` does)",
)

TINY = {
    "embed_dim": 32,
    "vision_cfg": {"image_size": 64, "layers": 2, "width": 64, "patch_size": 16, "head_width": 32},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 2},
}


def write_tiny(folder: Path) -> Path:
    """A folder with weights and config, as `pull` leaves it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": TINY}))
    _save(f"local-dir:{folder}", folder / "open_clip_model.bin")
    return folder


def write_file(architecture: str, path: Path) -> Path:
    """The weights of a registered architecture."""
    _save(architecture, path)
    return path


def _save(source: str, path: Path) -> None:
    with warnings.catch_warnings():
        # timm and torch warn of their own future when they are imported
        warnings.simplefilter("ignore")
        import open_clip
        import torch

    torch.manual_seed(0)
    torch.save(open_clip.create_model(source).state_dict(), path)
