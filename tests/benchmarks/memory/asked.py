"""What facts are worth to `ask`: the streams of facts that change, asked in English, on and off.

    python -m tests.benchmarks.memory.asked --text FOLDER [--sizes 6000]

The default models, over the product's own recall and ranking, without looks. An answer is right
where it holds the value that is true and none that is not. Prints rows of the table.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from agents.ask.answer import Question
from agents.ask.executor.embedded import EmbeddedSteps
from agents.evaluate.sets.invented import prose
from agents.evaluate.sets.stream import FIT, HELD_OUT, Wanted, generated
from agents.evaluate.transcripts import TURN
from agents.models.build import build_models
from agents.models.ports import Models
from agents.runtime import LookParameters, encoder_tags
from agents.text.clock import clock
from configs.settings import ROOT, load_settings
from flows.wiring import model_specs
from memory.lance.store import LanceStore
from memory.organise.organise import organise_video
from memory.organise.parts import ALL_ON
from memory.organise.records import plain
from memory.records import Kind, Level, Memory, Owner, Producer, Span, Video
from memory.store import Store

TENANT = "stream"


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--text", type=Path, required=True)
    arguments.add_argument("--sizes", type=int, nargs="*", default=[6_000])
    given = arguments.parse_args()
    models = build_models(model_specs(load_settings()), ROOT / "data" / "cache" / "models", 2)
    words = prose(given.text)
    for name, wordings in (("wordings to fit on", FIT), ("wordings held out", HELD_OUT)):
        for size in given.sizes:
            for line in measured(models, size, wordings, words, f"{size:,} words, {name}"):
                print(line, flush=True)


def measured(
    models: Models, size: int, wordings: Sequence[str], words: Sequence[str], name: str
) -> list[str]:
    """Rows of the table for one stream."""
    text, image = encoder_tags(models)
    with tempfile.TemporaryDirectory() as folder:
        store = LanceStore.open(str(Path(folder) / "store"), text=text, image=image)
        made = generated(size, size, wordings, words)
        vectors = models.text_encoder.encode(made.turns)
        length = len(made.turns) * TURN
        store.put_video(Video("v", TENANT, "d", ("/stream.mp4",), length, 1, {}, "k"))
        rows = map(spoken, range(len(made.turns)), made.turns)
        store.put_memories([replace(r, text_vector=v) for r, v in zip(rows, vectors, strict=True)])
        store.optimise()
        organise_video(store, store.video(TENANT, "v"), ALL_ON)
        told = [
            (case, *(answer(store, models, case, facts=on) for on in (True, False)))
            for ability, case in made.asked
            if ability != "learning" and case.which == "last"
        ]
    lines: list[str] = []
    for what, cases in (
        ("ask: current value", [each for each in told if each[0].at is None]),
        ("ask: value at a time", [each for each in told if each[0].at is not None]),
    ):
        on, off = (sum(is_right(c, each[n]) for c, *each in cases) for n in (0, 1))
        count = max(1, len(cases))
        lines.append(
            f"| facts | stream of {name} | {what} | {100 * on / count:.1f} % of {len(cases)} | "
            f"{100 * off / count:.1f} % |"
        )
    on, off = (sum(is_stale(c, each[n]) for c, *each in told) for n in (0, 1))
    return [*lines, f"| facts | stream of {name} | ask: stale values told | {on} | {off} |"]


def spoken(at: int, text: str) -> Memory:
    """A turn of the stream, as a row of speech."""
    span = Span(at * TURN, (at + 1) * TURN)
    owner = Owner(TENANT, "v", "k")
    told = Producer("generated")
    return Memory.make(owner, Level.SHOT, Kind.SPEECH, span, text, told, made_for="", ordinal=at)


def answer(store: Store, models: Models, case: Wanted, *, facts: bool) -> str:
    """What is answered, by coarse memory alone."""
    at = "" if case.at is None else f" at {clock(case.at).removesuffix('.0')}"
    said = f"What is the {case.predicate} of {case.subject}{at}?"
    steps = EmbeddedSteps(store, models, LookParameters(), TENANT, tells_facts=facts)
    question = Question(said, TENANT, ("v",))
    planned = steps.plan(question)
    return steps.answer(planned, steps.recall(question, planned)).text or ""


def is_right(case: Wanted, said: str) -> bool:
    """Whether an answer holds the value that is true, and none that is not."""
    return case.value in plain(said).split() and not is_stale(case, said)


def is_stale(case: Wanted, said: str) -> bool:
    """Whether an answer holds a value that is not true then."""
    return bool(set(case.stale) & set(plain(said).split()))


if __name__ == "__main__":
    main()
