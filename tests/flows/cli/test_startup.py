"""What an interactive command may import: neither Prefect nor torch, and little for `--help`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT
from tests.default_models import models_cache as models_cache
from tests.flows.library import ferry

HEAVY = ("prefect", "torch", "timm", "open_clip", "faster_whisper", "scenedetect", "pydantic_ai")

MATCHING = ("rapidfuzz", "snowballstemmer", "filelock")
"""What only ingesting and answering need."""

SCRIPT = """
import contextlib, io, json, sys
from flows.cli.app import app
for arguments in json.loads(sys.argv[1]):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        try:
            app(arguments)
        except SystemExit as end:
            assert end.code == 0, (arguments, end.code, out.getvalue())
print(json.dumps(sorted({name.split(".")[0] for name in sys.modules})))
"""


def imported(folder: Path, cache: Path, *commands: list[str]) -> set[str]:
    """Top-level modules that a process has loaded after some commands."""
    environment = {
        **os.environ,
        "BACKTRAIL_HOME": str(folder / "store"),
        "BACKTRAIL_CACHE": str(cache.parent),
        "OMP_NUM_THREADS": "1",
    }
    environment.pop("PREFECT_API_URL", None)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, json.dumps(commands)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=environment,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_help_loads_next_to_nothing(tmp_path: Path) -> None:
    heavy = {*HEAVY, "lancedb", "numpy", "onnxruntime", "av", "cv2"}
    assert not imported(tmp_path, tmp_path / "models", ["--help"], ["ask", "-h"]) & heavy


def test_what_only_reads_loads_no_decoder_and_no_model(tmp_path: Path, models_cache: Path) -> None:
    video = ferry(tmp_path)
    decoders = {"av", "cv2"}
    assert decoders <= imported(tmp_path, models_cache, ["ingest", str(video)])
    listed = imported(tmp_path, models_cache, ["videos"], ["show", "ferry.mp4"])
    assert not listed & {*HEAVY, *decoders, *MATCHING, "onnxruntime", "tokenizers"}
    searched = imported(tmp_path, models_cache, ["search", "ferry"])
    # words are compared by their stems in searching too
    assert not searched & {*HEAVY, *decoders, *MATCHING} - {"snowballstemmer"}
    asked = imported(tmp_path, models_cache, ["ask", "When does the ferry leave?"])
    assert not asked & {*HEAVY, "rich"}


def test_interactive_commands_load_neither_prefect_nor_torch(
    tmp_path: Path, models_cache: Path
) -> None:
    video = ferry(tmp_path)
    loaded = imported(
        tmp_path,
        models_cache,
        ["ingest", str(video)],
        ["videos"],
        ["show", "ferry.mp4"],
        ["search", "ferry"],
        ["ask", "When does the ferry leave?"],
        ["models"],
        ["doctor"],
    )
    assert {"lancedb", "onnxruntime"} <= loaded
    assert not loaded & set(HEAVY)
