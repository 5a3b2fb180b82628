"""What was chosen at ingest is what looks and clips use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from agents.ask.ask import resolve_videos
from agents.ask.executor.embedded import EmbeddedSteps
from agents.ask.planner.rules import plan
from agents.budget import Budget, Meter
from agents.ingest.file import remember, silent
from agents.perception.media.decode import frame_at
from agents.perception.media.probe import probe
from agents.perception.media.source import Files, streams_of
from flows.wiring import runtime_of
from memory.backtrack import Segment
from memory.records import LOOKS_KEY, SECOND, Level, Scope, Span, Video
from tests.end_to_end.scripted_bench import BLUE, RED, scripted_models
from tests.flows.library import backtrail, scripted_home
from tests.media import plain, steady, write, write_video
from tests.store_rows import row


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    with scripted_home(tmp_path):
        yield tmp_path


def two_cameras(path: Path) -> Path:
    """Red in the first picture stream, blue in the second."""
    shown = [steady([(write(plain(colour), "E", (8, 40)), 6.0)]) for colour in (RED, BLUE)]
    return write_video(path, shown[0], others=shown[1:])


def channel_of(image: np.ndarray) -> int:
    """The strongest channel: 0 for red, 2 for blue."""
    return int(image.mean(axis=(0, 1)).argmax())


@pytest.mark.parametrize(("chosen", "channel"), [(0, 0), (1, 2)])
def test_looks_and_clips_use_the_stream_of_the_memory(
    home: Path, chosen: int, channel: int
) -> None:
    path = two_cameras(home / "two.mkv")
    assert backtrail("ingest", path, "--video-stream", str(chosen)).code == 0
    runtime = runtime_of()
    video = runtime.store.find_video(runtime.spec.tenant, "two.mkv")
    assert streams_of(video).video == chosen
    footage, _ = Files().open(video)
    assert footage is not None
    assert channel_of(next(iter(footage.frames(Span(0, SECOND), SECOND, 320))).image) == channel
    cited = runtime.store.memories(Scope(video.tenant, (video.video_id,)))[0]
    assert backtrail("clip", cited.memory_id, "--out", home / "clip.mp4").code == 0
    shown = frame_at(probe(home / "clip.mp4"), 0)
    assert shown is not None
    assert channel_of(shown.image) == channel


def test_a_look_sees_the_chosen_camera(home: Path) -> None:
    assert backtrail("ingest", two_cameras(home / "two.mkv"), "--video-stream", "1").code == 0
    runtime = runtime_of()
    video = runtime.store.find_video(runtime.spec.tenant, "two.mkv")
    steps = EmbeddedSteps(runtime.store, scripted_models(), runtime.spec.look, video.tenant)
    segment = Segment(video.video_id, Level.SHOT, Span(0, 2 * SECOND))
    seen = steps.look(plan("What is on the card?"), segment, Meter(Budget()))
    said = " ".join(look.text or "" for look in seen.rows)
    assert "Thank you" in said
    assert "Welcome aboard" not in said


def test_another_camera_forgets_what_looks_saw(home: Path) -> None:
    path = two_cameras(home / "two.mkv")
    assert backtrail("ingest", path).code == 0
    runtime = runtime_of()
    store, tenant = runtime.store, runtime.spec.tenant
    video = store.find_video(tenant, "two.mkv")
    look = row("red", video=video.video_id, tenant=tenant, key=LOOKS_KEY, instruction="look")
    store.put_memories([look])
    assert backtrail("ingest", path, "--audio-stream", "0").code != 0
    assert store.looks(tenant, video.video_id)
    assert backtrail("ingest", path, "--video-stream", "1").code == 0
    assert not store.looks(tenant, video.video_id)


@pytest.mark.shared
def test_the_second_camera_of_the_evaluation_data(home: Path, odd: Path) -> None:
    path = odd / "two_cameras" / "two.mkv"
    assert backtrail("ingest", path, "--video-stream", "1").code == 0
    runtime = runtime_of()
    footage, _ = Files().open(runtime.store.find_video(runtime.spec.tenant, "two.mkv"))
    assert footage is not None
    frame = next(iter(footage.frames(Span(0, SECOND), SECOND, 2000)))
    assert frame.image.shape[:2] == (720, 1280)


def card(path: Path, colour: tuple[int, int, int], seconds: float) -> Path:
    """A film of one colour, whose scripted text depends on it."""
    return write_video(path, steady([(write(plain(colour), "E", (8, 40)), seconds)]))


def test_a_replaced_file_is_what_lies_there_now(home: Path) -> None:
    path = card(home / "daily.mp4", RED, 6.0)
    assert backtrail("ingest", path).code == 0
    runtime = runtime_of()
    old = runtime.store.find_video(runtime.spec.tenant, "daily.mp4")
    card(path, BLUE, 8.0)
    told = backtrail("ask", "When is thank you shown?", "--json").object
    assert "daily.mp4 was changed since: ingest it again" in told["searched"]
    assert backtrail("ingest", path).code == 0
    new = runtime.store.find_video(runtime.spec.tenant, "daily.mp4")
    assert new.video_id != old.video_id
    for named in ([], ["daily.mp4"], [str(path)]):
        meant = resolve_videos(runtime, named, lambda path: remember(runtime, path, silent))
        assert [video.video_id for video in meant] == [new.video_id]
    found = backtrail("search", "thank you", "--json").object["hits"]
    assert {hit["video_id"] for hit in found} <= {new.video_id}
    assert resolve_videos(runtime, [old.video_id], _refuse)[0].is_replaced
    listed = {v["video_id"]: v["status"] for v in backtrail("videos", "--json").object["videos"]}
    assert listed == {old.video_id: "replaced", new.video_id: "ready"}


def _refuse(path: Path) -> Video:
    raise AssertionError(f"{path} is ingested")
