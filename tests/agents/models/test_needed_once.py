"""What the graphs are made from is removed after set-up: nothing of it is read afterwards."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from agents.models.embedded import weights

ROOT = Path(__file__).resolve().parents[3]

RUN = """
import json, sys
from importlib import metadata
import numpy as np

gone = set({gone!r})
sys.modules.update(dict.fromkeys(["onnx", "ml_dtypes", "tflite"]))
find = metadata.Distribution.from_name.__func__
def from_name(cls, name):
    if name in gone:
        raise metadata.PackageNotFoundError(name)
    return find(cls, name)
metadata.Distribution.from_name = classmethod(from_name)

from pathlib import Path
from agents.errors import ModelMissing
from agents.models.build import build_models, describe_models
from agents.models.embedded.weights import MINILM, locate
from agents.models.ports import ModelSpec

cache = Path({cache!r})
try:
    locate(MINILM)
except ModelMissing as error:
    missing = error.hint
models = build_models((), cache, 2)
picture = np.zeros((240, 320, 3), np.uint8)
seen = models.recogniser.recognise([picture])
vectors = models.image_encoder.encode([picture], seen[:1])[0]
both = build_models((ModelSpec("recogniser", "embedded", "ensemble"),), cache, 2)
seen += both.recogniser.recognise([picture])
ready = all(status.ready for status in describe_models((), cache))
text = models.text_encoder.encode(["a cup"]).shape
shapes = [text, vectors.image.shape, vectors.text_aligned.shape]
print(json.dumps([missing, ready, len(seen), *shapes]))
"""


def removed() -> set[str]:
    """What set-up removes after the graphs are made."""
    script = (ROOT / ".ci" / "graphs.sh").read_text(encoding="utf-8")
    (names,) = re.findall(r"^once=\((.+)\)$", script, re.MULTILINE)
    return set(names.split())


def test_what_is_removed_is_the_extra_and_what_it_alone_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extra = {name.split("==")[0] for name in project["optional-dependencies"]["graphs"]}
    assert {each.package for each in weights.PACKAGED} < extra
    assert removed() == extra | {"ml-dtypes"}
    assert not removed() & {re.split(r"[=<>]", name)[0] for name in project["dependencies"]}


def test_the_default_models_work_without_what_they_were_made_from(models_cache: Path) -> None:
    code = RUN.format(gone=sorted(removed()), cache=str(models_cache))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    missing, *worked = json.loads(done.stdout)
    assert "make setup" in missing
    assert worked == [True, 2, [1, 384], [1280], [384]]
