"""Perceives a file's windows ahead, in processes of their own.

Processes, not threads: perception is as much Python as libraries. Each is a fresh interpreter that
imports nothing of the caller's script, so any program may ingest without guarding its main module.
"""

from __future__ import annotations

import logging
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from queue import SimpleQueue

from agents.ingest.windows import Job
from agents.models.openai_compatible.middleware import PLAIN
from agents.models.openai_compatible.secrets import no_secrets
from agents.runtime import Runtime, RuntimeSpec
from memory.records import Window, WindowStatus

log = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parents[3]
COMMAND = (sys.executable, "-m", "agents.ingest.workers.child")

Ready = Callable[[int], Job]
"""The job with the window of an index as it is after a worker tried it."""


@contextmanager
def perceived_ahead(runtime: Runtime, job: Job) -> Generator[Ready]:
    """Perceive open windows in `workers` processes; with one, or one window, nothing is done ahead.

    A window that a worker could not finish is as it was: the caller tries it, and hears why.
    """
    windows = [window for window in job.windows if window.status != WindowStatus.DONE]
    count = min(runtime.spec.workers, len(windows))
    if count < 2 or _asks_endpoints(runtime.spec):
        yield lambda _: job
        return
    order = partial(_order, _spec_of_worker(runtime.spec, count), job)
    idle: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()
    children = [_started() for _ in range(count)]
    for child in children:
        idle.put(child)
    with ThreadPoolExecutor(count) as threads:
        done = {each.index: threads.submit(_perceived, idle, order, each) for each in windows}
        try:
            yield partial(_ready, job, done)
        finally:
            for future in done.values():
                future.cancel()
            _stop(children)


def _asks_endpoints(spec: RuntimeSpec) -> bool:
    return any(model.endpoint is not None for model in spec.models)


def _spec_of_worker(spec: RuntimeSpec, count: int) -> RuntimeSpec:
    """The cores are shared out; what endpoints need is left out."""
    threads = max(1, spec.threads // count)
    return replace(spec, threads=threads, workers=1, secrets=no_secrets, middleware=PLAIN)


def _started() -> subprocess.Popen[bytes]:
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH", ""))))
    environment = {**os.environ, "PYTHONPATH": path}
    pipe = subprocess.PIPE
    return subprocess.Popen(COMMAND, stdin=pipe, stdout=pipe, env=environment)  # noqa: S603


def _order(spec: RuntimeSpec, job: Job, window: Window) -> bytes:
    return pickle.dumps((spec, job, window))


def _perceived(
    idle: SimpleQueue[subprocess.Popen[bytes]], order: Callable[[Window], bytes], window: Window
) -> Window:
    """The window after a worker perceived it; as it was, where none could."""
    child = idle.get()
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        child.stdin.write(order(window))
        child.stdin.flush()
        done: Window | None = pickle.load(child.stdout)  # noqa: S301 - from a process of ours
    except (OSError, EOFError, pickle.UnpicklingError) as error:
        log.warning("a worker ended at window %d: %s", window.index, error)
        done = None
    finally:
        idle.put(child)
    return done if done is not None and done.status == WindowStatus.DONE else window


def _ready(job: Job, done: Mapping[int, Future[Window]], index: int) -> Job:
    if index not in done:
        return job
    tried = done[index].result()
    windows = (tried if window.index == index else window for window in job.windows)
    return replace(job, windows=tuple(windows))


def _stop(children: list[subprocess.Popen[bytes]]) -> None:
    """End the workers; what one was still at stays open in the ledger."""
    for child in children:
        child.terminate()
    for child in children:
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):  # an order that it did not live to read
                    pipe.close()
