# pyright: reportMissingImports=false
# OpenCLIP and torch are an extra that may be absent.

from __future__ import annotations

import json
import socket
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from agents.errors import ModelMissing
from agents.models import open_clip
from agents.models.open_clip import OpenClipEncoder, pull
from tests.clip_checkpoint import TINY, write_file, write_tiny

needs_extra = pytest.mark.skipif(
    find_spec("open_clip") is None, reason="the extra `open-clip` is not installed"
)
PICTURE = np.random.default_rng(0).integers(0, 255, (60, 80, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny(tmp_path_factory.mktemp("clip") / "tiny")


@needs_extra
def test_file_of_a_registered_architecture(tmp_path: Path) -> None:
    file = write_file("ViT-S-32-alt", tmp_path / "weights.pt")
    encoder = OpenClipEncoder("ViT-S-32-alt", file, 2)
    assert encoder.image_dimension == encoder.aligned_dimension == 256
    assert encoder.encode([PICTURE], [])[0].image.shape == (256,)
    with pytest.raises(ModelMissing, match="is no checkpoint of ViT-S-32:"):
        OpenClipEncoder("ViT-S-32", file, 2).encode([PICTURE], [])


def test_no_checkpoint_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="no OpenCLIP checkpoint at") as caught:
        OpenClipEncoder("ViT-B-32", tmp_path / "absent.pt", 1)
    assert "pull" in caught.value.hint


@needs_extra
def test_unknown_architecture_is_refused(tiny: Path) -> None:
    with pytest.raises(ModelMissing, match="no architecture 'ViT-Z'"):
        OpenClipEncoder("ViT-Z", tiny / "open_clip_model.bin", 1)


@needs_extra
def test_a_file_that_is_no_checkpoint_is_refused_without_unsafe_advice(tmp_path: Path) -> None:
    file = tmp_path / "weights.pt"
    file.write_bytes(b"junk" * 100)
    with pytest.raises(ModelMissing, match="is no checkpoint of") as caught:
        OpenClipEncoder("ViT-S-32-alt", file, 1).encode_query(["text"])
    assert "weights_only" not in str(caught.value)


@needs_extra
def test_config_without_weights_is_not_filled_with_random_numbers(tmp_path: Path) -> None:
    (tmp_path / "open_clip_config.json").write_text(json.dumps({"model_cfg": TINY}))
    with pytest.raises(ModelMissing):
        OpenClipEncoder("", tmp_path, 1).encode([PICTURE], [])


@needs_extra
def test_weights_that_lack_a_tensor_are_refused(tiny: Path, tmp_path: Path) -> None:
    import torch

    state = torch.load(tiny / "open_clip_model.bin", weights_only=True)
    state.pop("text_projection")
    (tmp_path / "open_clip_config.json").write_text(json.dumps({"model_cfg": TINY}))
    torch.save(state, tmp_path / "open_clip_model.bin")
    with pytest.raises(ModelMissing, match="is no checkpoint"):
        OpenClipEncoder("", tmp_path, 1).encode([PICTURE], [])


@needs_extra
def test_name_follows_the_weights(tiny: Path, tmp_path: Path) -> None:
    other = tmp_path / "tiny"
    other.mkdir()
    for file in tiny.iterdir():
        content = bytearray(file.read_bytes())
        if file.suffix == ".bin":
            content[-100_000] ^= 255
        (other / file.name).write_bytes(bytes(content))
    assert OpenClipEncoder("", tiny, 1).name == OpenClipEncoder("", tiny, 1).name
    assert OpenClipEncoder("", tiny, 1).name != OpenClipEncoder("", other, 1).name


@needs_extra
def test_pull_of_an_unknown_tag_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="knows no 'nope' of ViT-B-32") as caught:
        pull("ViT-B-32", "nope", tmp_path)
    assert "laion2b_s34b_b79k" in caught.value.hint


@needs_extra
def test_pull_without_network_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub.constants

    monkeypatch.setattr(open_clip, "require_hub", lambda: None)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ModelMissing, match="cannot fetch ViT-B-32 laion2b_s34b_b79k") as caught:
        pull("ViT-B-32", "laion2b_s34b_b79k", tmp_path)
    assert "network" in caught.value.hint
    assert not list(tmp_path.glob(".pull-*"))


def test_a_hub_that_does_not_answer_is_told_in_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setattr(open_clip, "HUB", closed.getsockname())
        with pytest.raises(ModelMissing, match="there is no network") as caught:
            open_clip.require_hub()
    assert "a checkpoint file from elsewhere" in caught.value.hint


def test_without_the_extra_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_clip, "find_spec", lambda _: None)
    (tmp_path / "weights.pt").write_bytes(b"weights")
    for use in (
        lambda: OpenClipEncoder("ViT-B-32", tmp_path / "weights.pt", 1),
        lambda: pull("ViT-B-32", "laion2b_s34b_b79k", tmp_path),
    ):
        with pytest.raises(ModelMissing, match="extra `open-clip`") as caught:
            use()
        assert "requirements-all.lock" in caught.value.hint
