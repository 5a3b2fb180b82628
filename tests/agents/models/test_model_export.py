from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from agents.errors import ModelFailed, ModelMissing
from agents.models.embedded import graphs, weights
from agents.models.embedded.efficientnet import EfficientNetRecogniser
from agents.models.embedded.minilm import MiniLMEncoder, batches
from agents.models.export import bert, lite0, lite3, reference, ssd, tflite_file
from agents.models.export.onnx_graph import Array
from agents.models.export.run import export, is_current
from agents.models.export.tflite_file import Network


@pytest.fixture
def copied(models_cache: Path, tmp_path: Path) -> Path:
    """A cache of its own, with links to the graphs."""
    shutil.copytree(models_cache / graphs.FOLDER, tmp_path / graphs.FOLDER, copy_function=_link)
    return tmp_path


def _link(source: str, target: str) -> None:
    Path(target).symlink_to(Path(source).resolve())


def test_text_encoder_agrees_with_published_similarities(models_cache: Path) -> None:
    # sentence-transformers documentation, "Quickstart", for all-MiniLM-L6-v2
    encoder = MiniLMEncoder(models_cache, 2)
    vectors = encoder.encode(
        ["The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."]
    )
    expected = [[1.0, 0.6660, 0.1046], [0.6660, 1.0, 0.1411], [0.1046, 0.1411, 1.0]]
    np.testing.assert_allclose(vectors @ vectors.T, expected, atol=1e-3)


def test_second_run_does_nothing(models_cache: Path) -> None:
    said: list[str] = []
    assert export(models_cache, said.append) is False
    assert "up to date" in said[0]


def test_second_run_imports_no_torch(models_cache: Path) -> None:
    code = (
        "import sys; from agents.models.export.run import export; from pathlib import Path; "
        f"export(Path({str(models_cache)!r})); "
        "print(sorted({'torch', 'timm', 'onnx'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_other_version_sources_or_sizes_are_exported_again(copied: Path) -> None:
    path = copied / graphs.FOLDER / graphs.MANIFEST
    good = json.loads(path.read_text())
    assert is_current(copied)
    for bad in (
        {**good, "version": -1},
        {**good, "sources": {}},
        {**good, "bytes": {**good["bytes"], graphs.TEXT_GRAPH: 1}},
        {**good, "bytes": {}},
        [],
    ):
        path.unlink()
        path.write_text(json.dumps(bad))
        assert not is_current(copied)
    path.write_text("{")
    assert not is_current(copied)


def test_graphs_of_other_weights_are_refused(copied: Path) -> None:
    path = copied / graphs.FOLDER / graphs.MANIFEST
    other = path.read_text().replace("53aa", "54aa")
    path.unlink()
    path.write_text(other)
    with pytest.raises(ModelMissing, match="made from other weights") as caught:
        MiniLMEncoder(copied, 1)
    assert "make setup" in caught.value.hint


def test_missing_file_is_noticed(copied: Path) -> None:
    (copied / graphs.FOLDER / graphs.TOKENIZER).unlink()
    assert not is_current(copied)


def test_parity_check_refuses_other_numbers(
    models_cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    graph = models_cache / graphs.FOLDER / graphs.TEXT_GRAPH
    reference.check(graph, reference.text_inputs(), reference.TEXT_OUTPUTS)
    with np.load(reference.REFERENCE) as told:
        right = told["vectors"]
    for wrong in (1e-3, float("nan")):
        other = right.copy()
        other[2, -1] += wrong
        np.savez(tmp_path / "other.npz", vectors=other)
        monkeypatch.setattr(reference, "REFERENCE", tmp_path / "other.npz")
        with pytest.raises(ModelFailed, match="other vectors than torch"):
            reference.check(graph, reference.text_inputs(), reference.TEXT_OUTPUTS)


@pytest.mark.parametrize(
    ("module", "constant", "value", "output"),
    [
        (bert, "MASKED", 0.0, "vectors"),
        (bert, "EPSILON", 1e-2, "vectors"),
        (lite0, "EPSILON", 1e-5, "features"),
    ],
)
def test_a_graph_that_computes_something_else_is_not_kept(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    module: ModuleType,
    constant: str,
    value: float,
    output: str,
) -> None:
    monkeypatch.setattr(module, constant, value)
    with pytest.raises(ModelFailed, match=f"other {output} than torch"):
        export(tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_detector_that_computes_something_else_than_opencv_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = ssd.outputs_of

    def other(network: object, pictures: Array) -> dict[str, Array]:
        told = real(network, pictures)
        return {**told, "scores": told["scores"] + 1e-3}

    monkeypatch.setattr(ssd, "outputs_of", other)
    with pytest.raises(ModelFailed, match="other scores than OpenCV"):
        export(tmp_path)
    assert not list(tmp_path.iterdir())


def one_scale(network: Network) -> Network:
    """With the mean of the scales of one layer's kernel in their place."""
    kernels = [layer.inputs[1] for layer in network.layers if layer.operator == "CONV_2D"]
    kernel = network.constants[kernels[20]]
    mean = replace(kernel, scale=np.full_like(kernel.scale, kernel.scale.mean()))
    return replace(network, constants={**network.constants, kernels[20]: mean})


def unbounded(network: Network) -> Network:
    """Without one of its ReLU6."""
    layers = list(network.layers)
    tenth = [number for number, layer in enumerate(layers) if layer.bounded][10]
    layers[tenth] = replace(layers[tenth], bounded=False)
    return replace(network, layers=tuple(layers))


@pytest.mark.parametrize("fault", [one_scale, unbounded])
def test_parity_check_refuses_another_second_classifier(
    fault: Callable[[Network], Network], tmp_path: Path
) -> None:
    network = tflite_file.read_network(weights.read_verified(weights.LITE3))
    graph = tmp_path / "graph.onnx"
    lite3.write_graph(network, graph)
    reference.check_quantised(graph)
    lite3.write_graph(fault(network), graph)
    with pytest.raises(ModelFailed, match="other probabilities than TensorFlow Lite"):
        reference.check_quantised(graph)


def test_a_second_classifier_that_computes_something_else_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = tflite_file.read_network
    monkeypatch.setattr(tflite_file, "read_network", lambda content: one_scale(real(content)))
    with pytest.raises(ModelFailed, match="other probabilities than TensorFlow Lite"):
        export(tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("cut", [0, 7, 100, 5000, 4_000_000])
def test_a_quantised_file_that_is_cut_or_of_another_kind_is_refused(cut: int) -> None:
    whole = weights.read_verified(weights.LITE3)
    for content in (whole[:cut], b"x" * 64 + whole[:cut]):
        with pytest.raises(ModelMissing, match="cannot be read"):
            tflite_file.read_network(content)


def test_a_second_classifier_of_other_layers_is_refused(tmp_path: Path) -> None:
    network = tflite_file.read_network(weights.read_verified(weights.LITE3))
    with pytest.raises(ModelMissing, match="not the 96"):
        lite3.write_graph(replace(network, layers=network.layers[1:]), tmp_path / "graph.onnx")
    strange = (*network.layers[:-1], replace(network.layers[-1], operator="TANH"))
    with pytest.raises(ModelMissing, match="a layer TANH"):
        lite3.write_graph(replace(network, layers=strange), tmp_path / "graph.onnx")


def test_graphs_are_written_without_torch(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['torch'] = sys.modules['timm'] = None; "
        "from agents.models.export.run import export; from pathlib import Path; "
        f"print(export(Path({str(tmp_path)!r})))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"


def test_another_architecture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="not the 247"):
        lite0.write_graph({"a": np.zeros(3)}, tmp_path / "graph.onnx")


def test_adapters_say_what_to_run_when_nothing_is_exported(tmp_path: Path) -> None:
    for adapter in (MiniLMEncoder, EfficientNetRecogniser):
        with pytest.raises(ModelMissing) as caught:
            adapter(tmp_path, 1)
        assert "make setup" in caught.value.hint


def test_broken_graph_is_reported(copied: Path) -> None:
    path = copied / graphs.FOLDER / graphs.TEXT_GRAPH
    path.unlink()
    path.write_bytes(b"not a graph")
    with pytest.raises(ModelMissing, match="not a usable graph"):
        MiniLMEncoder(copied, 1).encode(["text"])


def test_long_texts_are_cut(models_cache: Path) -> None:
    encoder = MiniLMEncoder(models_cache, 2)
    one, two = encoder.encode(["word " * 400 + "cat", "word " * 400 + "dog"])
    np.testing.assert_allclose(one, two, atol=1e-6)


def test_batches_hold_every_text_once_within_the_budget() -> None:
    lengths = [3, 200, 5, 4, 256, 1, 90, 90]
    grouped = batches(lengths, 256)
    assert sorted(i for group in grouped for i in group) == list(range(len(lengths)))
    for group in grouped:
        assert len(group) == 1 or len(group) * max(lengths[i] for i in group) <= 256
