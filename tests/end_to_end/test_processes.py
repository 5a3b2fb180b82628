"""Real processes: two at the same file, one that is interrupted, one whose reader goes away."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from agents.ingest.file import ingest_file
from memory.records import Scope
from tests.conftest import ROOT
from tests.end_to_end.scripted_bench import colours, remembered, scripted_bench

SLOW = """
import sys, time
from agents.perception import window
from tests.end_to_end.scripted_bench import MODELS
import flows.wiring
flows.wiring.model_specs = lambda _: MODELS
perceive = window.perceive
def slowly(*a, **k):
    print("perceiving", file=sys.stderr, flush=True)
    time.sleep({pause})
    return perceive(*a, **k)
window.perceive = slowly
from flows.cli.app import main
sys.argv = ["backtrail", *sys.argv[1:]]
main()
"""
"""The command line over scripted models, with a pause before each window."""


def start(folder: Path, *arguments: str, pause: float = 0.3) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "BACKTRAIL_HOME": str(folder / "store"),
        "BACKTRAIL_CACHE": str(folder / "cache"),
        "BACKTRAIL_PERCEPTION__WINDOW_SECONDS": "5",
        "BACKTRAIL_PERCEPTION__SPEECH": "0",
        "BACKTRAIL_WORKSPACE": "t",
        "OMP_NUM_THREADS": "1",
    }
    return subprocess.Popen(
        [sys.executable, "-c", SLOW.format(pause=pause), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=environment,
        start_new_session=True,
    )


def test_two_ingests_of_one_file_at_once_write_every_row_once(tmp_path: Path) -> None:
    video = colours(tmp_path / "colours.mp4")
    ingest = ("ingest", str(video), "--json")
    with start(tmp_path, *ingest) as one, start(tmp_path, *ingest) as other:
        said = [process.communicate(timeout=240) for process in (one, other)]
        assert (one.returncode, other.returncode) == (0, 0), said
    statuses = sorted('"ingested"' in out for out, _ in said)
    assert statuses == [False, True]
    assert sum(err.count("perceiving") for _, err in said) == 3
    bench = scripted_bench(tmp_path)
    rows = bench.store.memories(Scope("t"))
    assert len({row.memory_id for row in rows}) == len(rows)
    assert len({(r.kind, r.level, r.span, r.text) for r in rows}) == len(rows)


def test_an_interrupted_ingest_stops_at_once_leaves_nobody_and_goes_on_later(
    tmp_path: Path,
) -> None:
    video = colours(tmp_path / "colours.mp4")
    with start(tmp_path, "ingest", str(video), pause=60.0) as process:
        assert process.stderr is not None
        assert "perceiving" in process.stderr.readline()
        children = psutil.Process(process.pid).children(recursive=True)
        group = [process.pid, *(child.pid for child in children)]
        began = time.monotonic()
        os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert time.monotonic() - began < 20
    assert "stopped; what was done is kept" in err
    assert "Traceback" not in err
    assert not [pid for pid in group if psutil.pid_exists(pid)]
    bench, undisturbed = scripted_bench(tmp_path), scripted_bench(tmp_path / "whole")
    assert ingest_file(bench, video, lambda *_: None).status == "ingested"
    assert ingest_file(undisturbed, video, lambda *_: None).status == "ingested"
    assert remembered(bench) == remembered(undisturbed)


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    with start(tmp_path, "videos", "--json") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        err = process.stderr.read()
        assert process.wait(timeout=120) == 0, err
        assert err == ""


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another user")
def test_a_store_that_may_not_be_written_is_told(tmp_path: Path) -> None:
    for folder in (tmp_path, *tmp_path.parents):
        if folder not in (Path("/"), Path("/tmp")):
            folder.chmod(0o755)
    video = colours(tmp_path / "colours.mp4")
    script = (
        "import os\n"
        "from pathlib import Path\n"
        "from tests.end_to_end.scripted_bench import scripted_bench\n"
        "from agents.ingest.file import ingest_file\n"
        "os.setgid(65534)\n"
        "os.setuid(65534)\n"
        f"bench = scripted_bench(Path({str(tmp_path)!r}))\n"
        f"print(ingest_file(bench, Path({str(video)!r}), lambda *_: None).error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    assert "ermission denied" in done.stdout
    assert not (tmp_path / "store").exists()
