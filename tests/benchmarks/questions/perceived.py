"""What perception would make of a made-up world, and the product's own ingest from there on.

Lines are grouped, named and stitched, and things are put into words by the product's functions;
the rows go through its write path, and its end of ingest builds tree, captions and summaries. What
models see is imitated in `eyes`.
"""

from __future__ import annotations

import random
import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from agents.perception.records import Parameters, Probe
from memory.details import WindowReport
from memory.records import Memory, Node, Scope, Video, Window, WindowStatus, content_id
from tests.benchmarks.questions.scenario import Scenario, scenario
from tests.benchmarks.questions.values import Split

if TYPE_CHECKING:
    from agents.runtime import Runtime
    from tests.benchmarks.questions.eyes import Eyes

TENANT = "worlds"


@dataclass(frozen=True)
class World:
    """A remembered world."""

    name: str
    video: Video
    rows: tuple[Memory, ...]
    """All rows of the active memory with their vectors, in order of time."""
    nodes: tuple[Node, ...]


class WorldStore:
    """A store of worlds, written by the product's own ingest."""

    def __init__(self, home: Path, remove: bool = False) -> None:
        from agents.runtime import open_runtime
        from configs.settings import load_settings
        from flows.wiring import runtime_spec

        self._home, self._remove = home, remove
        settings = load_settings(home=str(home), look={"looks": 0})
        self.runtime: Runtime = open_runtime(runtime_spec(TENANT, settings))

    @classmethod
    def temporary(cls) -> WorldStore:
        """A store that is removed at the end of the `with` block."""
        return cls(Path(tempfile.mkdtemp(prefix="worlds_")), remove=True)

    def __enter__(self) -> WorldStore:
        return self

    def __exit__(self, *_: object) -> None:
        if self._remove:
            shutil.rmtree(self._home, ignore_errors=True)

    def add(self, number: int, split: Split) -> World:
        """Remember the world of a seed; one that is there already is only read."""
        world = scenario(number, split)
        known = [v for v in self.runtime.store.videos(TENANT) if v.name == world.name]
        video = known[0] if known and known[0].active_key else self._remember(world, number)
        rows = self.runtime.store.memories(Scope(TENANT, (video.video_id,)), with_vectors=True)
        nodes = self.runtime.store.nodes(TENANT, video.video_id)
        ordered = sorted(rows, key=lambda row: (row.span, row.kind, row.memory_id))
        return World(world.name, video, tuple(ordered), tuple(nodes))

    def _remember(self, world: Scenario, number: int) -> Video:
        from agents.ingest.finish import finish
        from agents.ingest.windows import Job, plan_windows
        from tests.benchmarks.questions.eyes import Eyes

        store, models = self.runtime.store, self.runtime.models
        video = Video(
            content_id("v", TENANT, world.name), TENANT, world.name, (f"/{world.name}",),
            world.span.end, 1, {"media": "video", "audio": bool(world.spoken)}, None,
        )  # fmt: skip
        key = content_id("p", TENANT, world.name)
        windows = plan_windows(video, key, Parameters())
        store.put_video(video)
        store.put_windows(windows)
        eyes = Eyes(self.runtime.models, random.Random(f"{world.name} seen"))
        for window in windows:
            self._window(eyes, world, window)
        probe = Probe(Path(video.paths[0]), "video", world.span.end, 0, 1280, 720)
        job = Job(video, probe, key, Parameters(), tuple(windows), {}, complete=False)
        return finish(store, job, models)

    def _window(self, eyes: Eyes, world: Scenario, window: Window) -> None:
        from agents.perception.rows import embed_texts, rows_of

        store, encoder = self.runtime.store, self.runtime.models.text_encoder
        cuts = [s.span.start for s in world.segments if s.span.start > 0]
        inside = [cut for cut in cuts if window.span.start <= cut < window.span.end]
        percepts = eyes.percepts(world, window.span, inside)
        store.replace_window(window, embed_texts(rows_of(percepts, window, None), encoder))
        starts = [s.span.start for s in world.segments]
        report: WindowReport = {
            "cuts": inside,
            "samples": [
                (start, 0.7, 0.001, ["white", "black"])
                for start in starts
                if window.span.start <= start < window.span.end
            ],
            "end": window.span.end,
            "notes": [],
        }
        store.mark_window(replace(window, status=WindowStatus.DONE, report=report))
