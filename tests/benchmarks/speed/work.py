"""A child of the speed benchmark: imports, loads every model, then measures itself.

    python -m tests.benchmarks.speed.work ingest VIDEO WARM [--flow] [--again N]
    python -m tests.benchmarks.speed.work questions ours|plain WARM [--every N]

WARM is a short video that is worked on first, in a store of its own, so that imports and models
are no part of what is measured. One JSON object on the last line of stdout.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

if TYPE_CHECKING:
    from collections.abc import Generator

    from tests.benchmarks.quality.clips import Clip

TENANT = "bench"
Ingest = Callable[[Path], dict[str, Any]]
Answer = Callable[["Clip"], int]
"""Remembers a clip and answers its questions; returns how many."""


class Clock:
    """Wall seconds and processor seconds of this process and its children, since it was made."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), _cpu()

    def read(self) -> dict[str, float]:
        """Since then."""
        return {"seconds": time.perf_counter() - self._wall, "cpu": _cpu() - self._cpu}


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def plain_ingest() -> Ingest:
    """Ingest as `backtrail ingest` does without a server."""
    from agents.ingest.file import ingest_file, silent
    from flows.wiring import runtime_of

    return lambda path: ingest_file(runtime_of(TENANT), path, silent).to_json()


def flow_ingest() -> Ingest:
    """Ingest as `backtrail ingest` does with a server."""
    from flows.ingest import ingest

    return lambda path: ingest([str(path)], workspace=TENANT)["videos"][0]


@contextmanager
def other_home() -> Generator[None]:
    """A store for warming up, removed afterwards."""
    home = os.environ["BACKTRAIL_HOME"]
    with tempfile.TemporaryDirectory() as folder:
        os.environ["BACKTRAIL_HOME"] = folder
        yield
        os.environ["BACKTRAIL_HOME"] = home


def measure_ingest(video: Path, warm: Path, flow: bool, again: int) -> dict[str, Any]:
    """The first ingest of a video and `again` further ones."""
    ingest = flow_ingest() if flow else plain_ingest()
    imported = time.time() - psutil.Process().create_time()
    clock = Clock()
    with other_home():
        ingest(warm)
    told: dict[str, Any] = {"imports": imported, "loading": clock.read()["seconds"], "runs": []}
    for _ in range(1 + again):
        clock = Clock()
        report = ingest(video)
        told["runs"].append({**clock.read(), "status": report["status"]})
        told["memories"], told["windows"] = report["memories"], report["windows"]
    return told


def our_answers() -> Answer:
    """Ingest, then ask every question of a clip."""
    from agents.ask.ask import Request, answer_request
    from agents.errors import AgentsError
    from agents.ingest.file import remember, silent
    from flows.wiring import runtime_of

    ingest = plain_ingest()

    def answer(clip: Clip) -> int:
        ingest(clip.path)
        for question in clip.questions:
            try:
                runtime = runtime_of(TENANT)
                request = Request(question.text, (str(clip.path),))
                answer_request(runtime, request, partial(remember, runtime, progress=silent))
            except AgentsError as error:
                print(f"{question.text}: {error}", file=sys.stderr)
        return len(clip.questions)

    return answer


def plain_answers() -> Answer:
    """The plain script: a frame a second read and named, then the best second per question."""
    from flows.wiring import runtime_of
    from tests.benchmarks.quality import plain_script

    def answer(clip: Clip) -> int:
        models = runtime_of(TENANT).models
        with tempfile.TemporaryDirectory() as folder:
            rows = plain_script.read_video(clip.path, models, Path(folder), speech=False)
        for question in clip.questions:
            plain_script.answer(question.text, rows, models)
        return len(clip.questions)

    return answer


def measure_questions(who: str, warm: Path, every: int) -> dict[str, Any]:
    """All questions of every `every`-th evaluation clip, with its ingest."""
    from tests.benchmarks.quality.clips import Clip, Question, dev_folder, load_clips

    answer = our_answers() if who == "ours" else plain_answers()
    asked = Question("warm", "warm", "What is written on the page?", "ocr", None)
    with other_home():
        answer(Clip("warm", warm, 12.0, True, "", "", "", "", (asked,)))
    clips = load_clips(dev_folder())[::every]
    clock = Clock()
    questions = 0
    for number, clip in enumerate(clips, start=1):
        print(f"  {who} {number}/{len(clips)} {clip.clip_id}", file=sys.stderr)
        questions += answer(clip)
    counts = {"clips": len(clips), "questions": questions}
    return {**clock.read(), **counts, "video": sum(clip.seconds for clip in clips)}


def main() -> None:
    """Do one task and print what it took."""
    parser = argparse.ArgumentParser(description="Measures itself for the speed benchmark.")
    tasks = parser.add_subparsers(dest="task", required=True)
    ingest = tasks.add_parser("ingest")
    ingest.add_argument("video", type=Path)
    ingest.add_argument("warm", type=Path)
    ingest.add_argument("--flow", action="store_true")
    ingest.add_argument("--again", type=int, default=0)
    questions = tasks.add_parser("questions")
    questions.add_argument("who", choices=("ours", "plain"))
    questions.add_argument("warm", type=Path)
    questions.add_argument("--every", type=int, default=1)
    given = parser.parse_args()
    if given.task == "ingest":
        told = measure_ingest(given.video, given.warm, given.flow, given.again)
    else:
        told = measure_questions(given.who, given.warm, given.every)
    print(json.dumps(told))


if __name__ == "__main__":
    main()
