"""Strategies side by side on generated worlds: python -m tests.benchmarks.strategies --help.

Each world is a real video whose pictures carry machine-readable marks, remembered by a coarse
captioner, and a scripted model over HTTP that can only tell what the frames it was sent show. So
differences are those of the control flow: where a strategy looks, how closely, and when it stops.
An absent thing is answered right by not answering. Prints one row per strategy.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

from agents.answer import Question, Status
from agents.budget import Budget, Meter
from agents.models.chat import Panel
from agents.models.openai_compatible.client import OpenAICompatible
from agents.models.openai_compatible.endpoint import Endpoint
from agents.models.world.frames import write_video
from agents.models.world.remembered import remember
from agents.models.world.server import MODEL, serving
from agents.models.world.world import Asked, Fact, World
from agents.reasoning.steps import ModelSteps
from agents.steps import LookParameters, PlainSteps
from agents.strategies.registry import STRATEGIES
from agents.workbench import encoder_tags
from memory.lance.store import Store
from memory.records import Span, iou
from tests.agents.reasoning.conftest import prompts, scripted_models

PEOPLE = "baker pilot nurse tailor miner judge clerk diver".split()
PLACES = "bridge cellar garden market tower harbour station chapel".split()
THINGS = "lantern kettle ladder barrel mirror basket anchor ribbon".split()
COLOURS = "red blue green yellow orange purple white black".split()
ABSENT = "dragon submarine volcano piano".split()
SLOT = 15.0
"""Seconds between one event and the next."""


@dataclass
class Score:
    """Sums over the questions of one strategy."""

    right: dict[str, list[bool]] = field(default_factory=dict[str, list[bool]])
    overlap: list[float] = field(default_factory=list[float])
    calls: int = 0
    tokens: int = 0
    frames: int = 0
    looks: int = 0
    coarse: int = 0
    seconds: float = 0.0


def generated(seed: int, seconds: float) -> tuple[World, dict[str, str]]:
    """A world and the type of each of its questions."""
    rng = random.Random(seed)
    facts: list[Fact] = []
    asked: list[Asked] = []
    types: dict[str, str] = {}
    pairs = [(who, place) for who in PEOPLE for place in PLACES]
    rng.shuffle(pairs)

    def ask(kind: str, text: str, answer: str, *needs: str) -> None:
        asked.append(Asked(text, answer, needs))
        types[text] = kind

    for number in range(int(seconds // SLOT)):
        start, (who, place) = number * SLOT, pairs[number]
        thing, colour = rng.choice(THINGS), rng.choice(COLOURS)
        facts.append(Fact(f"e{number}", f"the {who} is at the {place}", start, start + 12))
        at = round(start + rng.uniform(1, 8), 1)
        kind = ("coarse", "fine", "ultra", "said")[number % 4]
        if kind == "coarse":
            ask(kind, f"where is the {who} near the {place}?", f"at the {place}", f"e{number}")
            continue
        text = f"the {who} at the {place} holds a {colour} {thing}"
        if kind == "said":
            text = f"the {who} said meet me at the {place} with {number + 20} coins"
            facts.append(Fact(f"d{number}", text, at, at + 2, heard=True))
            ask(kind, f"how many coins does the {who} at the {place} want?", str(number + 20),
                f"d{number}")  # fmt: skip
            continue
        fps, last = (2.0, 3.0) if kind == "fine" else (6.0, 0.6)
        facts.append(Fact(f"d{number}", text, at, round(at + last, 2), fps=fps, side=600))
        ask(kind, f"which colour is the {thing} that the {who} at the {place} holds?", colour,
            f"d{number}")  # fmt: skip
    for thing in rng.sample(ABSENT, 2):
        ask("absent", f"which colour is the {thing} at the {rng.choice(PLACES)}?", "none")
    return World(f"w{seed}", seconds, tuple(facts), tuple(asked), "an old town"), types


def run(world: World, types: dict[str, str], scores: dict[str, Score], patience: int) -> None:
    """Ask every question of a world by every strategy; each strategy has a store of its own."""
    models = scripted_models()
    text, image = encoder_tags(models)
    with tempfile.TemporaryDirectory() as folder, serving(world) as server:
        clip = write_video(world, Path(folder) / "clip.mp4", fps=20)
        model = OpenAICompatible(Endpoint(server.url, MODEL))
        for name, score in scores.items():
            store = Store.open(f"{folder}/{name}", text=text, image=image)
            video = remember(world, clip, store, models)
            plain = PlainSteps(store, models, LookParameters(span_seconds=8.0), "t")
            for asked in world.questions:
                meter = Meter(Budget())
                steps = ModelSteps(plain, Panel(model, sees=model), prompts(), meter)
                question = Question(asked.question, "t", (video.video_id,))
                began = perf_counter()
                out = STRATEGIES[name](question, steps, meter, patience)
                score.seconds += perf_counter() - began
                _add(score, types[asked.question], asked, world, out.status, out.draft, meter)
                score.coarse += str(out.phase) == "coarse"
        model.close()


def _add(
    score: Score, kind: str, asked: Asked, world: World, status: Status, draft: object, meter: Meter
) -> None:
    answered = status is Status.ANSWERED
    said = str(getattr(draft, "text", None) or "")
    right = (answered and asked.answer in said) if asked.needs else not answered
    score.right.setdefault(kind, []).append(right)
    if asked.needs:
        fact = world.fact(asked.needs[-1])
        cited = getattr(draft, "cited", ()) if answered else ()
        spans = [iou(item.span, Span.of_seconds(fact.start, fact.end)) for item in cited]
        score.overlap.append(max(spans, default=0.0))
    score.calls += meter.llm_calls + meter.vlm_calls
    score.tokens += meter.input_tokens + meter.output_tokens
    score.frames += meter.frames
    score.looks += meter.looks


def table(scores: dict[str, Score]) -> str:
    """The scores as a Markdown table, per question."""
    kinds = ("coarse", "fine", "ultra", "said", "absent")
    lines = [
        f"| strategy | right | {' | '.join(kinds)} | IoU | calls | tokens | frames | coarse |",
        "|---" * (7 + len(kinds)) + "|",
    ]
    for name, score in scores.items():
        every = [right for rights in score.right.values() for right in rights]
        count = len(every)
        parts = [_share(score.right.get(kind, ())) for kind in kinds]
        overlap = sum(score.overlap) / max(1, len(score.overlap))
        lines.append(
            f"| {name} | {_share(every)} | {' | '.join(parts)} | {overlap:.2f} "
            f"| {score.calls / count:.1f} | {score.tokens / count:.0f} "
            f"| {score.frames / count:.0f} | {score.coarse / count:.0%} |"
        )
    return "\n".join(lines)


def _share(rights: Sequence[bool]) -> str:
    return f"{sum(rights) / len(rights):.0%}" if rights else "-"


def main() -> None:
    """Run it from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0, help="first seed")
    parser.add_argument("--seconds", type=float, default=240.0, help="length of a world")
    parser.add_argument("--patience", type=int, default=6, help="most looks of ours")
    parser.add_argument("--only", nargs="*", default=list(STRATEGIES))
    own = parser.parse_args()
    scores = {name: Score() for name in own.only}
    for seed in range(own.seed, own.seed + own.worlds):
        world, types = generated(seed, own.seconds)
        run(world, types, scores, own.patience)
    print(table(scores))


if __name__ == "__main__":
    main()
