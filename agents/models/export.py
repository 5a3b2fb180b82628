"""Set-up step: turn the packaged weights into ONNX graphs, once (`python -m agents.models.export`).

Torch, timm and onnxscript are imported here only, and only when there is something to do: at run
time the default models need `onnxruntime` and `tokenizers` alone. What is written to
`<cache>/graphs` appears there in one rename, so a killed export leaves nothing half-done.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# torch.onnx is typed in part only.

from __future__ import annotations

import argparse
import io
import json
import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from agents.errors import ModelError, ModelFailed
from agents.models.embedded import graphs, weights
from agents.models.embedded.conse import ConseEncoder
from agents.models.embedded.efficientnet import EfficientNetRecogniser
from agents.models.embedded.minilm import MiniLMEncoder
from memory.records import Vector

if TYPE_CHECKING:
    from torch import nn

TOLERANCE = 1e-4
"""Largest difference allowed between a graph's output and torch's."""

Progress = Callable[[str], None]


def export(cache: Path, progress: Progress = lambda _: None) -> bool:
    """Write the graphs of the default models to `cache`, unless they are there already.

    Returns:
        Whether anything was written.

    Raises:
        ModelMissing: when the packaged weights are absent or not the expected ones.
        ModelFailed: when a graph does not compute what torch computes.
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
    import safetensors.torch
    import torch

    from agents.models.embedded import bert

    progress(f"text encoder: reading {weights.MINILM.package}")
    model = bert.load(safetensors.torch.load(weights.read_verified(weights.MINILM)))
    generator = torch.Generator().manual_seed(0)
    ids = torch.randint(5, bert.VOCABULARY, (3, 9), generator=generator)
    mask = torch.ones_like(ids)
    mask[1, 5:] = 0
    progress("text encoder: exporting")
    target = folder / graphs.TEXT_GRAPH
    _write_graph(model, {"ids": ids, "mask": mask}, ("vectors",), (0, 1), target)
    (folder / graphs.TOKENIZER).write_bytes(weights.read_member(weights.MINILM, "tokenizer.json"))


def _export_efficientnet(folder: Path, progress: Progress) -> None:
    import torch
    from timm.data.imagenet_info import ImageNetInfo

    from agents.models.embedded import lite0

    progress(f"recogniser: reading {weights.EFFICIENTNET.package}")
    packed = io.BytesIO(weights.read_verified(weights.EFFICIENTNET))
    model = lite0.load(torch.load(packed, map_location="cpu", weights_only=True))
    pictures = torch.rand((2, 3, 224, 224), generator=torch.Generator().manual_seed(0)) * 2 - 1
    progress("recogniser: exporting")
    target = folder / graphs.IMAGE_GRAPH
    _write_graph(model, {"pictures": pictures}, ("features", "probabilities"), (0,), target)
    names = [str(name) for name in ImageNetInfo().label_descriptions()]
    (folder / graphs.CLASSES).write_text("\n".join(names) + "\n", encoding="utf-8")


def _embed_class_words(cache: Path, progress: Progress) -> None:
    """Spare the first video the seconds that this takes; it would be done then otherwise."""
    progress("image encoder: embedding the class names")
    threads = os.cpu_count() or 1
    recogniser, texts = EfficientNetRecogniser(cache, threads), MiniLMEncoder(cache, threads)
    ConseEncoder(recogniser, texts, cache).prepare()


def _write_graph(
    model: nn.Module,
    inputs: dict[str, Any],
    outputs: tuple[str, ...],
    free_axes: tuple[int, ...],
    target: Path,
) -> None:
    """Export with the given axes left free, write one file, and compare it with torch."""
    import torch

    free = dict.fromkeys(free_axes, torch.export.Dim.DYNAMIC)
    with _quiet_exporter():
        program = torch.onnx.export(
            model,
            tuple(inputs.values()),
            dynamo=True,
            verbose=False,
            dynamic_shapes=tuple(free for _ in inputs),
            input_names=list(inputs),
            output_names=list(outputs),
        )
        assert program is not None
        program.save(str(target), external_data=False)
    with torch.no_grad():
        expected = model(*inputs.values())
    expected = expected if isinstance(expected, tuple) else (expected,)
    given = {name: tensor.numpy() for name, tensor in inputs.items()}
    check_parity(target, given, dict(zip(outputs, (e.numpy() for e in expected), strict=True)))


def check_parity(graph: Path, inputs: dict[str, Any], expected: dict[str, Vector]) -> None:
    """Run `graph` and compare its outputs with `expected`.

    Raises:
        ModelFailed: when one differs by more than `TOLERANCE`.
    """
    found = graphs.open_session(graph, threads=1).run(list(expected), inputs)
    for (name, wanted), got in zip(expected.items(), found, strict=True):
        difference = float(np.abs(wanted - np.asarray(got)).max())
        if not difference < TOLERANCE:
            raise ModelFailed(
                f"{graph.name} computes other {name} than torch (off by {difference:.2g})",
                "install the versions in requirements.lock, then run the export again",
            )


@contextmanager
def _quiet_exporter() -> Generator[None]:
    """Hide what the exporter warns of and we have checked.

    Its batch and sequence names are renamed (harmless), and it takes the wrapper's training flag
    for the model's (parity is compared afterwards). It also prints progress on stdout, which
    belongs to the caller's results.
    """
    stdout = sys.stdout
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sys.stdout = io.StringIO()
        try:
            yield
        finally:
            sys.stdout = stdout


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
