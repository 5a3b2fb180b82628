"""Cutting and joining: frames by their numbers, sound by its bursts."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.tools.assets import asset_of
from agents.tools.base import Asset, ToolFailed
from tests.agents.tools.bench import (
    Bench,
    bursts_of,
    clicks,
    counting,
    frames_of,
    number_of,
    numbers_of,
    sound_packets,
)

pytest.importorskip("imageio_ffmpeg", reason="needs the extra `edit`")


def test_trim_keeps_exactly_the_frames_and_samples(bench: Bench, video: Asset) -> None:
    [made] = bench.run("trim", [video], video=video.asset_id, start=1.4, end=3.2)
    assert numbers_of(made.path) == list(range(35, 80))
    assert bursts_of(made.path) == pytest.approx([0.6, 1.6], abs=0.01)


def test_trim_by_keyframes_copies_packets(bench: Bench, video: Asset) -> None:
    [made] = bench.run("trim", [video], video=video.asset_id, start=1.5, end=2.5, mode="keyframe")
    numbers = numbers_of(made.path)
    assert numbers[0] == 36  # a keyframe every 12 frames, the last before 37.5
    assert numbers == list(range(36, 36 + len(numbers)))
    assert set(sound_packets(made.path)) <= set(sound_packets(video.path))


def test_trim_of_nothing_is_refused(bench: Bench, video: Asset) -> None:
    with pytest.raises(ToolFailed, match=r"no frame between 9 and 10 s"):
        bench.run("trim", [video], video=video.asset_id, start=9, end=10)


def test_remove_closes_the_gap(bench: Bench, video: Asset) -> None:
    [made] = bench.run("remove", [video], video=video.asset_id, start=1.0, end=2.4)
    assert numbers_of(made.path) == [*range(25), *range(60, 100)]
    assert bursts_of(made.path) == pytest.approx([0.5, 1.6], abs=0.01)


def test_many_pieces_do_not_drift(bench: Bench, tmp_path: Path) -> None:
    clips = [
        asset_of(
            counting(
                tmp_path / f"{n}.mp4", 0.52, first=n, sounds=[clicks(0.52, [0.2])], size=(160, 90)
            )
        )
        for n in range(20)
    ]
    [made] = bench.run("concatenate", clips, clips=[clip.asset_id for clip in clips])
    assert numbers_of(made.path) == [n + k for n in range(20) for k in range(13)]
    assert bursts_of(made.path) == pytest.approx([0.52 * n + 0.2 for n in range(20)], abs=0.007)


def test_clips_of_other_shapes_and_rates_are_brought_to_the_first(
    bench: Bench, video: Asset, tmp_path: Path
) -> None:
    tall = asset_of(counting(tmp_path / "tall.mp4", 1.0, 10, size=(160, 240)))
    [made], told = bench.run_fully(
        "concatenate", [video, tall], clips=[video.asset_id, tall.asset_id]
    )
    frames = frames_of(made.path)
    assert len(frames) == 100 + round(tall.facts.seconds * 25)
    assert (made.facts.width, made.facts.height) == (320, 180)
    assert number_of(frames[-1][:, 100:220]) == 9
    assert told.notes == ("tall.mp4 has another shape: it stands between black bars",)


@pytest.mark.parametrize("kind", ["fade", "black", "slide"])
def test_transitions_overlap(bench: Bench, video: Asset, tmp_path: Path, kind: str) -> None:
    other = asset_of(counting(tmp_path / "b.mp4", 2.0, first=128, sounds=[clicks(2, [1.0])]))
    [made] = bench.run(
        "transition", [video, other], clips=[video.asset_id, other.asset_id], kind=kind, seconds=0.4
    )
    numbers = numbers_of(made.path)
    assert len(numbers) == 140
    assert numbers[:90] == list(range(90))
    assert numbers[100:] == list(range(138, 178))
    assert bursts_of(made.path) == pytest.approx([0.5, 2.0, 3.0, 4.6], abs=0.01)


def test_one_video_alone_is_joined_as_it_is(bench: Bench, video: Asset) -> None:
    [made] = bench.run("concatenate", [video], clips=[video.asset_id])
    assert numbers_of(made.path) == numbers_of(video.path)
