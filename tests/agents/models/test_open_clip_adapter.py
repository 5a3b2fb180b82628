# pyright: reportMissingImports=false
# torch and OpenCLIP are there with the extra only.

from __future__ import annotations

import json
import socket
import time
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from agents.errors import ModelMissing
from agents.models import open_clip as adapter
from agents.models.open_clip import OpenClipEncoder, pull
from tests.clip_checkpoint import TINY, needs_open_clip, write_file, write_tiny

PICTURE = np.random.default_rng(0).integers(0, 255, (60, 80, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny(tmp_path_factory.mktemp("clip") / "tiny")


@needs_open_clip
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


def test_without_the_extra_it_is_said_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "find_spec", lambda _: None)
    for attempt in (
        lambda: OpenClipEncoder("ViT-B-32", tmp_path, 1),
        lambda: pull("ViT-B-32", "laion2b_s34b_b79k", tmp_path),
    ):
        with pytest.raises(ModelMissing, match="OpenCLIP is not installed") as caught:
            attempt()
        assert "make setup-all" in caught.value.hint


@needs_open_clip
def test_unknown_architecture_is_refused(tiny: Path) -> None:
    with pytest.raises(ModelMissing, match="no architecture 'ViT-Z'"):
        OpenClipEncoder("ViT-Z", tiny / "open_clip_model.bin", 1)


@needs_open_clip
def test_a_file_that_is_no_checkpoint_is_refused_without_unsafe_advice(tmp_path: Path) -> None:
    file = tmp_path / "weights.pt"
    file.write_bytes(b"junk" * 100)
    with pytest.raises(ModelMissing, match="is no checkpoint of") as caught:
        OpenClipEncoder("ViT-S-32-alt", file, 1).encode_query(["text"])
    assert "weights_only" not in str(caught.value)


@needs_open_clip
def test_config_without_weights_is_not_filled_with_random_numbers(tmp_path: Path) -> None:
    (tmp_path / "open_clip_config.json").write_text(json.dumps({"model_cfg": TINY}))
    with pytest.raises(ModelMissing):
        OpenClipEncoder("", tmp_path, 1).encode([PICTURE], [])


@needs_open_clip
def test_weights_that_lack_a_tensor_are_refused(tiny: Path, tmp_path: Path) -> None:
    import torch

    state = torch.load(tiny / "open_clip_model.bin", weights_only=True)
    state.pop("text_projection")
    (tmp_path / "open_clip_config.json").write_text(json.dumps({"model_cfg": TINY}))
    torch.save(state, tmp_path / "open_clip_model.bin")
    with pytest.raises(ModelMissing, match="is no checkpoint"):
        OpenClipEncoder("", tmp_path, 1).encode([PICTURE], [])


@needs_open_clip
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


@needs_open_clip
def test_pull_of_an_unknown_tag_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="knows no 'nope' of ViT-B-32") as caught:
        pull("ViT-B-32", "nope", tmp_path)
    assert "laion2b_s34b_b79k" in caught.value.hint


@needs_open_clip
def test_pull_without_network_says_so_in_seconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_module("open_clip")  # so that only the network is waited for

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    began = time.monotonic()
    with pytest.raises(ModelMissing, match="cannot fetch ViT-B-32 laion2b_s34b_b79k") as caught:
        pull("ViT-B-32", "laion2b_s34b_b79k", tmp_path)
    assert time.monotonic() - began < 15
    assert "network" in caught.value.hint
    assert not list(tmp_path.glob(".pull-*"))
