from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from agents.errors import ModelMissing
from agents.models.build import ROLES, build_models, describe_models
from agents.models.ports import SAMPLE_RATE, ModelSpec, Transcript, Utterance
from agents.models.scripted import ScriptedTranscriber
from memory.records import Span

SCRIPTED = tuple(ModelSpec(role, "scripted") for role in ROLES)
HEAVY = ("torch", "timm", "open_clip", "prefect", "lancedb", "rapidocr", "faster_whisper", "cv2")


def test_models_are_built_once(models_cache: Path) -> None:
    assert build_models((), models_cache, 2) is build_models((), models_cache, 2)
    assert build_models(SCRIPTED, models_cache, 2) is not build_models((), models_cache, 2)


def test_asking_imports_only_the_text_encoder(models_cache: Path) -> None:
    code = f"""
import json, sys
from pathlib import Path
from agents.models.build import build_models
models = build_models((), Path({str(models_cache)!r}), 2)
names = [getattr(models, role).name for role in {ROLES!r}]
dimensions = (models.image_encoder.image_dimension, models.image_encoder.aligned_dimension)
light = sorted(set({(*HEAVY, "onnxruntime", "tokenizers")!r}) & set(sys.modules))
models.text_encoder.encode(["a question"])
models.image_encoder.encode_query(["a question"])
heavy = sorted(set({HEAVY!r}) & set(sys.modules))
print(json.dumps([len(set(names)), dimensions, light, heavy]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [6, [1280, 384], [], []]


def test_scripted_set_works_without_any_weights(tmp_path: Path) -> None:
    models = build_models(SCRIPTED, tmp_path, 1)
    picture = np.zeros((8, 8, 3), dtype=np.uint8)
    recognitions = models.recogniser.recognise([picture])
    assert models.image_encoder.encode([picture], recognitions)[0].text_aligned.shape == (64,)
    assert models.text_reader.read(picture) == []
    assert models.transcriber.transcribe(np.ones(10, dtype=np.float32)).utterances == ()


def test_every_role_is_described(models_cache: Path) -> None:
    found = describe_models((), models_cache)
    assert [status.role for status in found] == list(ROLES)
    assert all(status.ready and status.model and status.why for status in found)


def test_missing_graphs_are_described_role_by_role(tmp_path: Path) -> None:
    ready = {status.role: status for status in describe_models((), tmp_path)}
    assert ready["text_reader"].ready
    assert ready["transcriber"].ready
    for role in ("recogniser", "text_encoder", "image_encoder"):
        assert not ready[role].ready
        assert "make setup" in ready[role].fix


def test_missing_checkpoint_concerns_its_role_only(models_cache: Path) -> None:
    clip = ModelSpec("image_encoder", "open_clip", "ViT-B-32", (("checkpoint", "/absent.pt"),))
    ready = {status.role: status.ready for status in describe_models((clip,), models_cache)}
    assert ready == {role: role != "image_encoder" for role in ROLES}


@pytest.mark.parametrize("role", ROLES)
def test_unknown_adapters_are_refused(role: str, models_cache: Path) -> None:
    with pytest.raises(ModelMissing, match=f"no adapter 'magic' can play the role {role}"):
        build_models((ModelSpec(role, "magic"),), models_cache, 1)


def test_unknown_roles_are_refused(models_cache: Path) -> None:
    with pytest.raises(ModelMissing, match="no role poet"):
        build_models((ModelSpec("poet", "embedded"),), models_cache, 1)


def test_conse_needs_the_embedded_recogniser(models_cache: Path) -> None:
    with pytest.raises(ModelMissing, match="built on the embedded recogniser"):
        build_models((ModelSpec("recogniser", "scripted"),), models_cache, 1)


def test_scripted_transcriber_hears_nothing_in_silence_or_beyond_the_end() -> None:
    said = (
        Utterance(Span.of_seconds(0, 1), "hello", 1.0),
        Utterance(Span.of_seconds(5, 6), "late", 1.0),
    )
    transcriber = ScriptedTranscriber(Transcript(said, "en"))
    sound = np.full(2 * SAMPLE_RATE, 0.1, dtype=np.float32)
    assert [u.text for u in transcriber.transcribe(sound).utterances] == ["hello"]
    assert transcriber.transcribe(sound * 0).utterances == ()
