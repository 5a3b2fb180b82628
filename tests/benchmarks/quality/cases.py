"""What the learned reader is fitted on: questions with their candidates, and which are right."""

from __future__ import annotations

import random
import shutil
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from agents.ask.answer import Context
from agents.ask.answer import Question as Asking
from agents.ask.ask import Request, question_of, resolve_videos
from agents.ask.executor.embedded import embedded_steps
from agents.ask.plan import Plan
from agents.ask.ranking.candidates import Candidate
from agents.ask.ranking.learned import compared
from agents.ask.reader.read import read
from agents.ingest.file import remember, silent
from agents.runtime import Runtime, open_runtime
from configs.settings import load_settings
from flows.wiring import runtime_spec
from memory.records import Span, Video
from tests.benchmarks.blind.folds import folds_of
from tests.benchmarks.looks.kept import kept
from tests.benchmarks.looks.readings import readings
from tests.benchmarks.quality.clips import CACHE, Clip, Question, dev_folder, load_clips
from tests.benchmarks.quality.more_clips import load_more_clips
from tests.benchmarks.quality.more_clips.items import MORE, more_items
from tests.benchmarks.quality.scoring import holds_words, is_hit
from tests.benchmarks.quality.unanswerable import is_foreign, load_unanswerable
from tests.benchmarks.questions.items import Item, Split, item_of, world_items
from tests.benchmarks.questions.perceived import WorldStore
from tests.benchmarks.questions.real.clip_items import clip_items

if TYPE_CHECKING:
    from agents.ask.executor.embedded import EmbeddedSteps

Numbers = NDArray[np.float64]
Truths = NDArray[np.bool_]

FRESH = Path(__file__).with_name("fresh.toml")
WORLDS = 25
"""Made-up worlds that are fitted on: some 1,600 questions."""
HELD_OUT_WORLDS = 12
WORLD_WEIGHT = 0.1
"""What a question about a world counts beside one about a real clip."""
SEED = 0
NEVER_IN_VIEW = ("fresh", MORE)
"""Kinds of people's questions that no rule was written with."""


@dataclass(frozen=True)
class Case:
    """An item with its candidates, and which of them are right."""

    item: Item
    candidates: tuple[Candidate, ...]
    features: Numbers
    hit: Truths
    """Whether a candidate is at a right moment."""
    said: Truths
    """Whether it holds the answer's words."""
    plan: Plan
    is_looked: bool = False
    """Of what is known after all looks, not of coarse memory alone."""

    @property
    def right(self) -> Truths:
        """Candidates that are the answer: by their words where these are known."""
        return self.said if self.item.answers else self.hit

    @property
    def weight(self) -> float:
        """What it counts in a fit."""
        return WORLD_WEIGHT if self.is_made else 1.0

    @property
    def is_made(self) -> bool:
        """Whether it is about a made-up world."""
        return self.item.clip.startswith("world_")


class Collector:
    """Recalls for items, and keeps what it has recalled on disk (`looks/kept.py`).

    Args:
        home: The store with the clips.
        kept: Where cases are kept.
    """

    def __init__(self, home: Path = CACHE / "store", kept: Path = CACHE / "cases") -> None:
        self._home, self._kept = home, kept
        self._clips, self._worlds = _runtime(home), WorldStore(CACHE / "worlds")
        self._steps = embedded_steps(self._clips), embedded_steps(self._worlds.runtime)
        clips = (*load_clips(dev_folder()), *load_more_clips("fit"))
        self._names = {clip.clip_id: str(clip.path) for clip in clips}
        self._videos: dict[str, list[Video]] = {}

    def cases(self, items: Iterable[Item]) -> list[Case]:
        """A case per item, of coarse memory alone."""

        def collect(item: Item) -> Case:
            steps, asked = self._asked(item)
            plan = steps.plan(asked)
            return case_of(steps, item, plan, steps.recall(asked, plan))

        return kept(self._kept, f"coarse {self._home}", items, collect)

    def looked(self, items: Iterable[Item]) -> list[Case]:
        """A case per item, of what is known after all looks that the loop would make.

        Looks write memory, so they are made in a copy of the store, where later questions find
        them as they do at a user's.
        """
        copied = self._home.with_name(f"{self._home.name}_looked")
        if not copied.exists():
            shutil.copytree(self._home, copied)
        inside = Collector(copied, self._kept)

        def collect(item: Item) -> Case:
            steps, asked = inside._asked(item)
            plan, contexts = readings(steps, asked, inside._clips.spec.look.max_looks)
            return case_of(steps, item, plan, contexts[-1], is_looked=True)

        return kept(self._kept, f"looked {self._home}", items, collect)

    def _asked(self, item: Item) -> tuple[EmbeddedSteps, Asking]:
        made = item.clip.startswith("world_")
        runtime = self._worlds.runtime if made else self._clips
        if item.clip not in self._videos:
            remembering = partial(remember, runtime, progress=silent)
            self._videos[item.clip] = resolve_videos(runtime, (self._of(item),), remembering)
        request = Request(item.question)
        return self._steps[made], question_of(runtime, request, self._videos[item.clip], None)

    def _of(self, item: Item) -> str:
        """Id of a world's video, or path of a clip."""
        if item.clip not in self._names:
            split: Split = "fit" if item.clip.startswith("world_fit") else "held_out"
            number = int(item.clip.rsplit("_", 1)[1])
            self._names[item.clip] = self._worlds.add(number, split).video.video_id
        return self._names[item.clip]


def case_of(
    steps: EmbeddedSteps, item: Item, plan: Plan, context: Context, *, is_looked: bool = False
) -> Case:
    """The candidates of what was recalled for an item, each judged.

    Counting and ordering were once written with the clips' own questions in view, so what they
    settle there is left out.
    """
    candidates, features = compared(plan, context, steps.relate, read(plan, context))
    if item.wording_set == "own" and item.answerable and item.kind not in NEVER_IN_VIEW:
        kept = [i for i, each in enumerate(candidates) if not each.rule]
        candidates, features = tuple(candidates[i] for i in kept), features[kept]
    hit = [any(is_hit(each.moment, span) for span in item.spans) for each in candidates]
    said = [bool(item.answers) and holds_words(each.text, item.answers) for each in candidates]
    right = np.asarray(hit, dtype=bool), np.asarray(said, dtype=bool)
    return Case(item, candidates, features, *right, plan, is_looked)


def clip_questions() -> list[Item]:
    """All that is asked of real clips in a fit: own, fresh, foreign, read twice, and more clips."""
    clips = load_clips(dev_folder())
    folds = folds_of(clips)
    fresh = fresh_questions(clips)
    asked = [(q, "own") for clip in clips for q in clip.questions]
    asked += [(q, "own") for q in load_unanswerable(clips)]
    asked += [(q, "fresh") for q in fresh]
    asked += [(q, "foreign") for q in foreign_questions(fresh, clips)]
    made = [item_of(q, folds[q.clip_id], kind) for q, kind in asked]
    return [*made, *clip_items("fit"), *more_items("fit")]


def world_questions() -> list[Item]:
    """All that is asked of made-up worlds in a fit."""
    return [item for number in range(WORLDS) for item in world_items(number, "fit")]


def held_out_questions() -> list[Item]:
    """Of clips and of other worlds, in wordings that nobody reads who fits."""
    other = [item for number in range(HELD_OUT_WORLDS) for item in world_items(number, "held_out")]
    return [*clip_items("held_out"), *other]


def fresh_questions(clips: Sequence[Clip]) -> list[Question]:
    """The questions of `fresh.toml`."""
    known = {clip.clip_id for clip in clips}
    told = tomllib.loads(FRESH.read_text(encoding="utf-8"))["questions"]
    return [
        Question(f"fresh_{n}", clip, text, takes, Span.of_seconds(start, end), words)
        for n, (clip, start, end, takes, text, keywords) in enumerate(told)
        if clip in known
        for words in ((tuple(keywords),) if keywords else (),)
    ]


def foreign_questions(fresh: Sequence[Question], clips: Sequence[Clip]) -> list[Question]:
    """Fresh questions asked of a clip that does not hold their answer."""
    draw, made = random.Random(SEED), list[Question]()
    sources = {clip.clip_id: clip.source for clip in clips}
    for question in fresh:
        others = [c for c in clips if is_foreign(c, question, sources[question.clip_id])]
        if others:
            clip = draw.choice(others).clip_id
            name = f"{question.question_id}_foreign"
            made.append(Question(name, clip, question.text, "foreign", None))
    return made


def _runtime(home: Path) -> Runtime:
    return open_runtime(runtime_spec("bench", load_settings(home=str(home))))
