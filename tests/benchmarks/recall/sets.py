"""Where recall is measured: each clip, a video of an hour, a library, and dialogues.

The hour holds every clip once, and made-up worlds before, between and after them; the library has
the same clips and all worlds, each as a video. Rows are those of ingest, moved in time or to other
videos; of the hour, tree, captions and summaries are made anew by the product's end of ingest.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from agents.ask.executor.recall import search_words
from agents.ask.planner.rules import plan
from agents.perception.records import Parameters, Probe
from memory.details import WindowReport
from memory.records import (
    SECOND,
    Memory,
    Scope,
    Span,
    Video,
    Window,
    WindowStatus,
    content_id,
)
from memory.retrieve import Query
from memory.store import Store
from tests.benchmarks.blind.rivals import videos_by_clip
from tests.benchmarks.quality.cases import clip_questions
from tests.benchmarks.quality.clips import CACHE, Clip, dev_folder, load_clips
from tests.benchmarks.quality.longvideo import VAGUE
from tests.benchmarks.quality.scoring import is_hit
from tests.benchmarks.questions.perceived import WorldStore

if TYPE_CHECKING:
    from agents.runtime import Runtime

WORLDS = 80
"""Made-up worlds beside the clips in the library; as many as needed fill the hour."""
HOUR = 3600 * SECOND
SEED = 3
KEY = "p_recall"


@dataclass(frozen=True)
class Asked:
    """A question with the right moments, in the scope in which it is asked."""

    fold: int
    query: Query
    plain: Query
    """The question as it stands, for plain search."""
    scope: Scope
    video: str
    """The video that it is about, where several are searched."""
    spans: tuple[Span, ...]
    """Where it is answered."""
    capability: str = ""

    def right(self, row: Memory) -> bool:
        """Whether a row is at a right moment."""
        return row.video_id == self.video and any(is_hit(row.span, span) for span in self.spans)


@dataclass(frozen=True)
class Part:
    """A stretch of video that is remembered already, and where its copy begins."""

    runtime: Runtime
    video: Video
    at: int = 0


def queries(runtime: Runtime, texts: Sequence[str]) -> list[tuple[Query, Query]]:
    """What the product searches for, for each question, and the question as it stands."""
    plans = [plan(text) for text in texts]
    words = [search_words(one) or one.question for one in plans]
    near = runtime.models.text_encoder.encode([*words, *texts])
    shown = runtime.models.image_encoder.encode_query(words)
    plain = [Query(text, near[len(words) + n]) for n, text in enumerate(texts)]
    made = [
        Query(text, near[n], shown[n], question=one.question, kinds=one.kinds[:1])
        for n, (text, one) in enumerate(zip(words, plans, strict=True))
    ]
    return list(zip(made, plain, strict=True))


def runtime_at(name: str, tenant: str) -> Runtime:
    """The product over a store in the cache of the benchmarks."""
    from agents.runtime import open_runtime
    from configs.settings import load_settings
    from flows.wiring import runtime_spec

    return open_runtime(runtime_spec(tenant, load_settings(home=str(CACHE / name))))


def clip_videos(clips: Sequence[Clip]) -> tuple[Runtime, dict[str, Video]]:
    """The clips as they were ingested (ten minutes of processor time where they were not)."""
    runtime = runtime_at("store", "bench")
    found = videos_by_clip(runtime, {clip.clip_id: clip.path for clip in clips})
    return runtime, {clip: runtime.store.video("bench", key) for clip, key in found.items()}


def per_clip() -> tuple[Runtime, list[Asked]]:
    """Every question in its own clip."""
    runtime, videos = clip_videos(load_clips(dev_folder()))
    return runtime, list(_asked(runtime, "bench", videos, dict.fromkeys(videos, 0), narrow=True))


def library() -> tuple[Runtime, list[Asked]]:
    """Questions that make sense there, in all clips and worlds at once."""
    source, videos = clip_videos(load_clips(dev_folder()))
    runtime = runtime_at("recall", "library")
    parts = [Part(source, video) for video in videos.values()]
    parts += _worlds(WORLDS)
    known = {video.video_id for video in runtime.store.videos("library")}
    for part in parts:
        if part.video.video_id not in known:
            _copy(runtime.store, part)
    runtime.store.optimise()
    return runtime, list(_asked(runtime, "library", videos, dict.fromkeys(videos, 0)))


def hour() -> tuple[Runtime, list[Asked]]:
    """Questions that make sense there, in one video of an hour."""
    clips = load_clips(dev_folder())
    source, videos = clip_videos(clips)
    order = [Part(source, video) for video in videos.values()]
    rest = HOUR - sum(part.video.duration for part in order)
    for part in _worlds(WORLDS):
        order += [part] if rest > 0 else []
        rest -= part.video.duration
    random.Random(SEED).shuffle(order)
    placed, clock = list[Part](), 0
    for part in order:
        placed.append(replace(part, at=clock))
        clock += part.video.duration
    runtime = runtime_at("recall", "hour")
    if not any(video.active_key for video in runtime.store.videos("hour")):
        _join(runtime, placed, clock)
    starts = {part.video.video_id: part.at for part in placed}
    (joined,) = runtime.store.videos("hour")
    offsets = {clip: starts[video.video_id] for clip, video in videos.items()}
    return runtime, list(_asked(runtime, "hour", dict.fromkeys(videos, joined), offsets))


def minute() -> tuple[Runtime, Scope]:
    """The clip that is nearest to a minute, to compare the hour with."""
    runtime, videos = clip_videos(load_clips(dev_folder()))
    near = min(videos.values(), key=lambda video: abs(video.duration - 60 * SECOND))
    return runtime, Scope("bench", (near.video_id,))


def _asked(
    runtime: Runtime,
    tenant: str,
    videos: dict[str, Video],
    offsets: dict[str, int],
    narrow: bool = False,
) -> Iterable[Asked]:
    items = [item for item in clip_questions() if item.answerable and item.clip in videos]
    items = [item for item in items if narrow or not VAGUE.search(item.question)]
    for item, (query, plain) in zip(
        items, queries(runtime, [i.question for i in items]), strict=True
    ):
        video = videos[item.clip].video_id
        scope = Scope(tenant, (video,) if narrow else ())
        spans = tuple(_later(span, offsets[item.clip]) for span in item.spans)
        yield Asked(item.fold, query, plain, scope, video, spans, item.capability)


def _worlds(count: int) -> list[Part]:
    store = WorldStore(CACHE / "worlds")
    return [Part(store.runtime, store.add(number, "fit").video) for number in range(count)]


def _copy(store: Store, part: Part) -> None:
    """A video with everything that is remembered of it, in another workspace."""
    rows, nodes = (
        _remembered(part),
        part.runtime.store.nodes(part.video.tenant, part.video.video_id),
    )
    moved = [replace(row, tenant="library", perception_key=KEY) for row in rows]
    store.put_video(replace(part.video, tenant="library", active_key=KEY))
    store.put_memories(moved)
    tree = [replace(node, tenant="library", perception_key=KEY) for node in nodes]
    store.replace_nodes("library", part.video.video_id, KEY, tree)


def _remembered(part: Part) -> list[Memory]:
    scope = Scope(part.video.tenant, (part.video.video_id,))
    rows = part.runtime.store.memories(scope, with_vectors=True)
    return [row for row in rows if not row.is_look]


def _join(runtime: Runtime, parts: Sequence[Part], duration: int) -> None:
    """One video of many: their windows one after the other, then the product's end of ingest."""
    from agents.ingest.finish import finish
    from agents.ingest.windows import Job

    video = Video(
        content_id("v", "hour"), "hour", "hour", ("/hour.mp4",), duration, 1,
        {"media": "video", "audio": True}, None,
    )  # fmt: skip
    runtime.store.put_video(video)
    windows: list[Window] = []
    for part in parts:
        windows += _moved(runtime.store, part, video, len(windows))
    probe = Probe(Path("/hour.mp4"), "video", duration, 0, 1280, 720)
    job = Job(video, probe, KEY, Parameters(), tuple(windows), {}, complete=False)
    finish(runtime.store, job, runtime.models)
    runtime.store.optimise()


def _moved(store: Store, part: Part, video: Video, index: int) -> list[Window]:
    """The windows of a part with their rows, on the clock of another video."""
    own, key = part.video, part.video.active_key
    assert key is not None
    rows = _remembered(part)
    made: list[Window] = []
    for number, old in enumerate(part.runtime.store.windows(own.tenant, own.video_id, key)):
        window = Window(
            content_id("w", video.video_id, index + number), video.tenant, video.video_id, KEY,
            index + number, _later(old.span, part.at), WindowStatus.DONE,
            report=_later_report(old.report, part.at, first=number == 0),
        )  # fmt: skip
        inside = [row for row in rows if row.window_id == old.window_id]
        store.replace_window(window, [_row(row, window, part.at) for row in inside])
        store.mark_window(window)
        made.append(window)
    return made


def _row(row: Memory, window: Window, by: int) -> Memory:
    return replace(
        row,
        memory_id=content_id("m", window.video_id, row.memory_id),
        tenant=window.tenant,
        video_id=window.video_id,
        perception_key=KEY,
        window_id=window.window_id,
        node_id="",
        span=_later(row.span, by),
    )


def _later(span: Span, by: int) -> Span:
    return Span(span.start + by, span.end + by)


def _later_report(report: WindowReport, by: int, *, first: bool) -> WindowReport:
    begin = [by] if first and by else []
    made: WindowReport = {**report, "end": report.get("end", 0) + by}
    made["cuts"] = [*begin, *(cut + by for cut in report.get("cuts", []))]
    made["samples"] = [(each[0] + by, *each[1:]) for each in report.get("samples", [])]
    return made
