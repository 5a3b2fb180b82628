"""What the speed benchmark measures with: processes, their processor time and memory, a server."""

from __future__ import annotations

import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tests.benchmarks.quality.clips import ROOT

MODELS = ROOT / "data" / "cache" / "models"
CLI = str(Path(sys.executable).with_name("backtrail"))
WORKER = str(Path(__file__).with_name("work.py"))
EVERY = 0.3
"""Seconds between two samples of memory."""

Environment = Mapping[str, str]


@dataclass(frozen=True)
class Run:
    """A finished process: wall seconds, processor seconds of its whole tree, what it printed."""

    seconds: float
    cpu: float
    out: str

    @property
    def told(self) -> dict[str, Any]:
        """The object on the last line of its output."""
        return json.loads(self.out.splitlines()[-1])


def environment(home: Path, cache: Path, **more: str) -> dict[str, str]:
    """Of this process, without what would change ours; models come from the set-up's cache."""
    cache.mkdir(parents=True, exist_ok=True)
    link = cache / "models"
    if not link.exists():
        link.symlink_to(MODELS, target_is_directory=True)
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("BACKTRAIL_", "PREFECT_"))
    }
    own = {"BACKTRAIL_HOME": str(home), "BACKTRAIL_CACHE": str(cache)}
    return {**kept, **own, "PREFECT_HOME": str(cache / "prefect"), **more}


def run(command: Sequence[str], env: Environment | None = None) -> Run:
    """Run to the end; fails loudly.

    Raises:
        RuntimeError: it did not end well.
    """
    before, began = os.times(), time.perf_counter()
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    seconds, after = time.perf_counter() - began, os.times()
    if done.returncode:
        said = f"{' '.join(command)} ended with {done.returncode}: {done.stderr[-3000:]}"
        raise RuntimeError(said)
    spent = after.children_user + after.children_system
    cpu = spent - before.children_user - before.children_system
    return Run(seconds, cpu, done.stdout)


def work(task: str, *arguments: str, env: Environment) -> dict[str, Any]:
    """What the worker reports: see `work.py`."""
    return run([sys.executable, WORKER, task, *arguments], env).told


def peak_pss(command: Sequence[str], env: Environment) -> tuple[float, float]:
    """Most proportional memory (PSS) of a process with all its descendants, in MB, and seconds.

    Shared pages count once over all processes that share them.

    Raises:
        RuntimeError: it did not end well.
    """
    began, peak = time.perf_counter(), 0.0
    with subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        root = psutil.Process(process.pid)
        while process.poll() is None:
            peak = max(peak, _tree_pss(root))
            time.sleep(EVERY)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
    return peak / 1e6, time.perf_counter() - began


def _tree_pss(root: psutil.Process) -> float:
    total = 0.0
    with suppress(psutil.Error):
        for each in [root, *root.children(recursive=True)]:
            with suppress(psutil.Error):
                total += each.memory_full_info().pss
    return total


@contextmanager
def server(home: Path, cache: Path) -> Generator[dict[str, str]]:
    """A Prefect server of `backtrail up`; gives the environment that goes through it."""
    env = environment(home, cache)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    try:
        url = run([CLI, "up", "--port", str(port), "--json"], env).told["api"]
        yield {**env, "PREFECT_API_URL": url}
    finally:
        run([CLI, "down", "--json"], env)


def alternating(
    commands: Mapping[str, tuple[Sequence[str], Environment]], times: int, *, cpu: bool = False
) -> dict[str, list[float]]:
    """Wall (or processor) seconds of commands, run in turns after a round that does not count."""
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(times + 1):
        for name, (command, env) in commands.items():
            done = run(command, env)
            if turn:
                taken[name].append(done.cpu if cpu else done.seconds)
    return taken


def median(values: Sequence[float]) -> float:
    """The middle value."""
    return statistics.median(values)


def load() -> str:
    """The machine's load average over the last minute."""
    return f"{os.getloadavg()[0]:.1f}"


def machine() -> str:
    """Processor, cores, memory and versions."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        lines = info.read_text(encoding="utf-8").splitlines()
        model = next((li.split(":")[1].strip() for li in lines if "model name" in li), model)
    memory = psutil.virtual_memory().total / 2**30
    system = f"{platform.system()}, Python {platform.python_version()}"
    return f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB, {system}"
