"""Set-up step: turn the packaged weights into ONNX graphs, once (`python -m agents.models.export`).

The graphs are written node by node from the packages' arrays and compared with numbers that torch
computed; torch itself is not needed. What is written to `<cache>/graphs` appears there in one
rename, so a killed export leaves nothing half-done.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from agents.errors import ModelError
from agents.models.embedded import graphs, weights
from agents.models.embedded.conse import ConseEncoder
from agents.models.embedded.efficientnet import EfficientNetRecogniser
from agents.models.embedded.minilm import MiniLMEncoder
from agents.models.export import reference
from agents.models.export.tensors import read_safetensors, read_torch

CLASS_NAMES = Path(__file__).with_name("imagenet_classes.txt")
"""Names of ImageNet's 1000 classes, as timm (Apache-2.0) lists them: WordNet's words for each."""

Progress = Callable[[str], None]


def export(cache: Path, progress: Progress = lambda _: None) -> bool:
    """Write the graphs of the default models to `cache`, unless they are there already.

    Returns:
        Whether anything was written.

    Raises:
        ModelMissing: when the packaged weights are absent or not the expected ones.
        ModelFailed: when a graph does not compute what torch computed.
    """
    if is_current(cache):
        progress(f"{cache / graphs.FOLDER}: up to date")
        return False
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".export-", dir=cache) as scratch:
        folder = Path(scratch) / graphs.FOLDER
        folder.mkdir()
        _export_minilm(folder, progress)
        _export_efficientnet(folder, progress)
        _export_ssd(folder, progress)
        _export_lite3(folder, progress)
        content = graphs.identity() | {"bytes": _sizes(folder)}
        manifest = json.dumps(content, indent=2, sort_keys=True)
        (folder / graphs.MANIFEST).write_text(manifest + "\n", encoding="utf-8")
        _publish(folder, cache / graphs.FOLDER)
    _embed_class_words(cache, progress)
    progress(f"{cache / graphs.FOLDER}: written")
    return True


def is_current(cache: Path) -> bool:
    """Whether `cache` holds complete graphs of these weights, by this version."""
    folder = cache / graphs.FOLDER
    return graphs.read_manifest(cache) == graphs.identity() | {"bytes": _sizes(folder)}


def _sizes(folder: Path) -> dict[str, int]:
    files = [folder / name for name in sorted(graphs.FILES)]
    return {file.name: file.stat().st_size for file in files if file.is_file()}


def _publish(folder: Path, target: Path) -> None:
    """Put `folder` in the place of `target`; only the swap itself is not atomic."""
    if target.exists():
        target.replace(folder.with_name("replaced"))
    folder.replace(target)


def _export_minilm(folder: Path, progress: Progress) -> None:
    from agents.models.export import bert

    progress(f"text encoder: reading {weights.MINILM.package}")
    published = read_safetensors(weights.read_verified(weights.MINILM))
    progress("text encoder: writing its graph")
    bert.write_graph(published, folder / graphs.TEXT_GRAPH)
    reference.check(folder / graphs.TEXT_GRAPH, reference.text_inputs(), reference.TEXT_OUTPUTS)
    (folder / graphs.TOKENIZER).write_bytes(weights.read_member(weights.MINILM, "tokenizer.json"))


def _export_efficientnet(folder: Path, progress: Progress) -> None:
    from agents.models.export import lite0

    progress(f"recogniser: reading {weights.EFFICIENTNET.package}")
    published = read_torch(weights.read_verified(weights.EFFICIENTNET))
    progress("recogniser: writing its graph")
    graph = folder / graphs.IMAGE_GRAPH
    lite0.write_graph(published, graph)
    reference.check(graph, reference.image_inputs(), reference.IMAGE_OUTPUTS)
    shutil.copyfile(CLASS_NAMES, folder / graphs.CLASSES)


def _export_ssd(folder: Path, progress: Progress) -> None:
    from agents.models.export import ssd

    progress(f"detector: reading {weights.SSD_GRAPH.package}")
    network, graph = ssd.opencv_network(), folder / graphs.DETECTOR_GRAPH
    told = ssd.outputs_of(network, ssd.shapes()["pictures"])
    progress("detector: writing its graph")
    ssd.write_graph(network, told.pop("priors"), graph)
    reference.compare(graph, ssd.shapes(), told, of="OpenCV")


def _export_lite3(folder: Path, progress: Progress) -> None:
    from agents.models.export import lite3
    from agents.models.export.tflite_file import read_network

    progress(f"second recogniser: reading {weights.LITE3.package}")
    network = read_network(weights.read_verified(weights.LITE3))
    progress("second recogniser: writing its graph")
    lite3.write_graph(network, folder / graphs.SECOND_GRAPH)
    reference.check_quantised(folder / graphs.SECOND_GRAPH)


def _embed_class_words(cache: Path, progress: Progress) -> None:
    """Spare the first video the seconds that this takes; it would be done then otherwise."""
    progress("image encoder: embedding the class names")
    threads = os.cpu_count() or 1
    recogniser, texts = EfficientNetRecogniser(cache, threads), MiniLMEncoder(cache, threads)
    ConseEncoder(recogniser, texts, cache).prepare()


def main() -> int:
    """Command line of the set-up step; the exit code is 0 when the graphs are there."""
    parser = argparse.ArgumentParser(prog="python -m agents.models.export", description=__doc__)
    parser.add_argument("--cache", type=Path, required=True, help="folder to write to")
    parser.add_argument("--again", action="store_true", help="export even when up to date")
    arguments = parser.parse_args()
    if arguments.again:
        shutil.rmtree(arguments.cache / graphs.FOLDER, ignore_errors=True)
    try:
        export(arguments.cache, lambda line: print(line, file=sys.stderr, flush=True))
    except ModelError as error:
        print(f"export failed: {error}\n{error.hint}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
