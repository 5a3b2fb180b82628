"""Worlds made ready to be asked: their videos, and a coarse memory that strategies start from.

Everything is kept under data/cache/bench by a digest of the world and of the code that makes it.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from agents.ask.executor.segments import cells
from agents.ask.strategies import videolucy
from agents.models.embedded.minilm import MiniLMEncoder
from agents.models.ports import Models, TextEncoder
from agents.models.scripted import (
    ScriptedImageEncoder,
    ScriptedRecogniser,
    ScriptedTextReader,
    ScriptedTranscriber,
)
from agents.perception.media.source import Files, FrameSource
from agents.perception.records import Frame
from agents.perception.rows import embed_texts, look_rows
from agents.prompting.captions import CaptionReply, percepts_of
from agents.runtime import encoder_tags
from memory.backtrack import Segment
from memory.lance.store import LanceStore
from memory.records import SECOND, Level, Memory, Span, Vector, Video
from memory.store import Store
from tests.benchmarks.strategies.worlds import Generated, generated
from tests.simulator import remembered
from tests.simulator.frames import Rendered, write_stand_in, write_video
from tests.simulator.mind import Sent, caption
from tests.simulator.server import MODEL
from tests.simulator.world import World

ROOT = Path(__file__).resolve().parents[3]
KEPT = ROOT / "data" / "cache" / "bench"
REAL = 3600.0
"""Seconds up to which a world is written as a video; frames of longer ones are made on demand."""
FPS, WIDTH, HEIGHT = 10, 480, 270
VERSION = "1"
"""Raise it when the same world would be remembered differently."""
SHOWN = np.zeros((9, 16, 3), np.uint8)


class Known:
    """A text encoder that remembers: many captions are the same."""

    def __init__(self, encoder: TextEncoder) -> None:
        self.encoder = encoder
        self.name, self.dimension = encoder.name, encoder.dimension
        self.vectors: dict[str, Vector] = {}

    def encode(self, texts: Sequence[str]) -> Vector:
        """Vectors, those that are known without computing."""
        new = [text for text in dict.fromkeys(texts) if text not in self.vectors]
        self.vectors |= dict(zip(new, self.encoder.encode(new), strict=True))
        return np.stack([self.vectors[text] for text in texts])


@dataclass(frozen=True)
class Ready:
    """A world that can be asked."""

    made: Generated
    folder: Path
    video: Video
    models: Models
    source: FrameSource

    @property
    def world(self) -> World:
        """The world."""
        return self.made.world

    def store(self, name: str, into: Path) -> Store:
        """A fresh copy of a coarse memory: `plain`, or `clips` with VideoLucy's captions too."""
        shutil.rmtree(into, ignore_errors=True)
        shutil.copytree(self.folder / name, into)
        return opened(into, self.models)


def models() -> Models:
    """Real sentence vectors; no model that looks, for the scripted one does."""
    text = Known(MiniLMEncoder(ROOT / "data" / "cache" / "models", 1))
    recogniser = ScriptedRecogniser()
    image = ScriptedImageEncoder(text, recogniser)
    return Models(ScriptedTextReader(), ScriptedTranscriber(), recogniser, text, image)


def opened(folder: Path, own: Models) -> Store:
    """The store in a folder."""
    text, image = encoder_tags(own)
    return LanceStore.open(str(folder), text=text, image=image)


def ready(seed: int, own: Models) -> Ready:
    """The world of a seed with its coarse memories, from the cache where it is there."""
    made = generated(seed)
    folder = KEPT / f"{made.world.name}-{digest(made.world)}"
    if not (folder / "done").exists():
        _prepare(made.world, folder, own)
    video = opened(folder / "plain", own).videos("t")[0]
    is_real = made.world.seconds <= REAL
    source: FrameSource = Files() if is_real else Rendered(made.world, WIDTH, HEIGHT)
    return Ready(made, folder, video, own, source)


def digest(world: World) -> str:
    """Names what a world is and how it is remembered."""
    ways = (VERSION, world, FPS, WIDTH, HEIGHT, remembered.COARSE_FPS, remembered.SHOT)
    return hashlib.sha256(repr(ways).encode()).hexdigest()[:12]


def _prepare(world: World, folder: Path, own: Models) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    clip = folder / "clip.mp4"
    if world.seconds <= REAL:
        write_video(world, clip, fps=FPS, width=WIDTH, height=HEIGHT)
    else:
        write_stand_in(world, clip)
    plain = opened(folder / "plain", own)
    video = remembered.remember(world, clip, plain, own)
    plain.optimise()
    shutil.copytree(folder / "plain", folder / "clips")
    clips = opened(folder / "clips", own)
    clips.put_memories(embed_texts(lucy_rows(world, video), own.text_encoder))
    clips.optimise()
    (folder / "done").touch()


def lucy_rows(world: World, video: Video) -> list[Memory]:
    """The rows that VideoLucy's first pass would make: each 60 s at 1 fps, 448 pixels.

    Its model sees the times and sizes of the frames, as if they had been sent.
    """
    detail = videolucy.COARSE
    told = f"{detail.name}, {detail.fps:g} fps, {detail.side} px: {videolucy.GENERAL}"
    rows: list[Memory] = []
    facts = sorted(world.facts, key=lambda fact: fact.start)
    for span in cells(video.span, videolucy.COARSE_CLIP):
        near = [f for f in facts if f.start * SECOND < span.end and f.end * SECOND > span.start]
        part = replace(world, facts=tuple(near), questions=())
        ends = [min(at + SECOND, span.end) for at in range(span.start, span.end, SECOND)]
        frames = [
            Frame(Span(at, end), SHOWN)
            for at, end in zip(range(span.start, span.end, SECOND), ends, strict=True)
        ]
        pictures = tuple((frame.span.start / SECOND, detail.side) for frame in frames)
        reply = caption(part, Sent("", "", pictures, frozenset()))
        segment = Segment(video.video_id, Level.SCENE, span)
        percepts = percepts_of(CaptionReply.model_validate(reply), frames, segment, MODEL)
        rows += look_rows(percepts, "t", video.video_id, told, None)
    return rows
