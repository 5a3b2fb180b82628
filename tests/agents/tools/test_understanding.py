"""What media hold: said, written, shown; and moments of memory as videos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from agents.models.build import build_models
from agents.tools.assets import asset_of
from agents.tools.base import Asset, MediaKind, ToolFailed
from agents.tools.registry import Answered, Found, Powers
from agents.tools.render.cues import read_cues
from agents.tools.render.moments import Moment, read_moments, write_moments
from tests.agents.tools.bench import Bench, bursts_of, counting, numbers_of, photograph, picture_of
from tests.default_models import models_cache as models_cache
from tests.media import Shown, plain, scene, steady, write_image, write_video
from tests.voice import lay_out, speak

FOUND = [
    Found("video", 2.0, 2.6, "a harbour", 0.9, ("m_1",)),
    Found("video", 0.4, 1.0, "a boat", 0.7, ("m_2", "m_3"), is_proven=False),
    Found("elsewhere", 0.0, 9.0, "another video", 1.0, ("m_9",)),
]


def found(query: str, videos: Sequence[str]) -> list[Found]:
    """The port of memory: what it holds of a video, under the id that was asked for."""
    if query != "boats":
        return []
    return [replace(f, video=videos[0]) if f.video == "video" else f for f in FOUND]


def alike(picture: Path, videos: Sequence[str]) -> list[Found]:
    """The port of memory for pictures: nothing is like a grey one."""
    shown = picture_of(picture)
    return found("boats", videos) if int(shown.max()) - int(shown.min()) > 50 else []


def answered(question: str, videos: Sequence[str]) -> Answered:
    if "launch" in question and videos:
        return Answered("Because of strong wind.", ("m_5",))
    return Answered(reason="nothing was said about it")


@pytest.fixture
def senses(tmp_path: Path, models_cache: Path) -> Bench:
    return Bench(tmp_path, Powers(build_models((), models_cache, 2), answered, found, alike))


def test_speech_becomes_subtitles(senses: Bench, tmp_path: Path) -> None:
    lines = ["The harbour museum opens at nine.", "Please bring your ticket."]
    parts = [(0.5, speak(lines[0])), (4.5, speak(lines[1]))]
    video = asset_of(
        counting(tmp_path / "t.mp4", 7.0, 5, sounds=[lay_out(parts, 7.0)], size=(160, 90))
    )
    [made], told = senses.run_fully("transcribe", [video], source=video.asset_id)
    cues = read_cues(made.path)
    assert "museum" in cues[0].text.lower()
    assert "ticket" in cues[-1].text.lower()
    assert cues[0].start == pytest.approx(0.5, abs=0.4)
    assert cues[-1].start == pytest.approx(4.5, abs=0.4)
    assert told.model
    silent = asset_of(counting(tmp_path / "s.mp4", 1.0, 5, sounds=[np.zeros(16_000, "f4")]))
    with pytest.raises(ToolFailed, match="nothing is said"):
        senses.run("transcribe", [silent], source=silent.asset_id)


def test_text_is_read_with_its_times(senses: Bench, tmp_path: Path) -> None:
    shown = [
        (scene(1, 480, 270, "FIRST TICKET 41"), 2.0),
        (scene(2, 480, 270, "SECOND GATE B"), 2.0),
    ]
    video = asset_of(write_video(tmp_path / "r.mp4", steady(shown, 10)))
    [made] = senses.run("read_text", [video], source=video.asset_id)
    moments = read_moments(made.path)
    assert [m.text for m in moments] == ["FIRST TICKET 41", "SECOND GATE B"]
    assert moments[0].start < 0.6 and moments[0].end == pytest.approx(2.0, abs=0.6)
    assert moments[1].start == pytest.approx(2.0, abs=0.6)
    image = asset_of(write_image(tmp_path / "i.png", shown[0][0]))
    [made] = senses.run("read_text", [image], source=image.asset_id)
    assert [m.text for m in read_moments(made.path)] == ["FIRST TICKET 41"]


def test_things_are_named(senses: Bench, tmp_path: Path) -> None:
    cat, cup = photograph("chelsea.png"), photograph("coffee.png")
    frames = [Shown(np.ascontiguousarray(cat[:300, :400]), n / 5) for n in range(10)]
    frames += [Shown(np.ascontiguousarray(cup[:300, :400]), 2 + n / 5) for n in range(10)]
    video = asset_of(write_video(tmp_path / "v.mp4", frames, last_for=0.2))
    [made] = senses.run("recognise", [video], source=video.asset_id, every=0.5)
    moments = {moment.text: moment for moment in read_moments(made.path)}
    assert moments["cat"].end <= 2.1
    assert any("cup" in text or "coffee" in text or "espresso" in text for text in moments)


def test_shots_begin_at_cuts(senses: Bench, tmp_path: Path) -> None:
    shown = [(scene(seed), 1.2) for seed in (1, 5, 9)]
    video = asset_of(write_video(tmp_path / "c.mp4", steady(shown, 10)))
    [made] = senses.run("find_cuts", [video], video=video.asset_id)
    moments = read_moments(made.path)
    assert [m.start for m in moments] == pytest.approx([0, 1.2, 2.4], abs=0.01)
    assert [m.text for m in moments] == ["shot 1", "shot 2", "shot 3"]


def test_memory_gives_moments_with_evidence_and_a_video_of_them(
    senses: Bench, video: Asset
) -> None:
    pytest.importorskip("imageio_ffmpeg", reason="needs the extra `edit`")
    [made], told = senses.run_fully(
        "find_moments", [video], video=video.asset_id, query="boats", count=5
    )
    assert told.evidence == ("m_2", "m_3", "m_1")
    assert [m.text for m in read_moments(made.path)] == ["a boat", "a harbour"]
    assert told.notes == ("1 of 2 moments are likely, not proven",)
    [cut], told = senses.run_fully(
        "keep_moments",
        [video, made],
        video=video.asset_id,
        moments=made.asset_id,
        padding=0.2,
    )
    assert told.evidence == ("m_2", "m_3", "m_1")
    assert numbers_of(cut.path) == [*range(5, 30), *range(45, 70)]
    assert bursts_of(cut.path) == pytest.approx([0.3, 1.2], abs=0.01)
    with pytest.raises(ToolFailed, match="memory holds nothing for 'trains'"):
        senses.run("find_moments", [video], video=video.asset_id, query="trains")


def test_a_picture_gives_moments_with_evidence(senses: Bench, video: Asset, tmp_path: Path) -> None:
    like = asset_of(write_image(tmp_path / "like.png", scene(1)))
    [made], told = senses.run_fully(
        "find_like", [video, like], video=video.asset_id, image=like.asset_id
    )
    assert told.evidence == ("m_2", "m_3", "m_1")
    assert [m.text for m in read_moments(made.path)] == ["a boat", "a harbour"]
    grey = asset_of(write_image(tmp_path / "grey.png", plain((90, 90, 90))))
    with pytest.raises(ToolFailed, match="memory holds nothing that looks like the picture"):
        senses.run("find_like", [video, grey], video=video.asset_id, image=grey.asset_id)


def test_the_best_moments_fill_what_time_there_is(
    senses: Bench, video: Asset, tmp_path: Path
) -> None:
    pytest.importorskip("imageio_ffmpeg", reason="needs the extra `edit`")
    given = [Moment(0.0, 1.0, score=0.2), Moment(1.0, 1.6, score=0.9), Moment(3.0, 3.8, score=0.5)]
    moments = asset_of(write_moments(given, tmp_path / "m.json"), MediaKind.MOMENTS)
    [cut] = senses.run(
        "keep_moments",
        [video, moments],
        video=video.asset_id,
        moments=moments.asset_id,
        padding=0,
        longest=1.4,
    )
    assert numbers_of(cut.path) == [*range(25, 40), *range(75, 95)]


def test_an_answer_has_evidence_or_is_none(senses: Bench, video: Asset) -> None:
    [made], told = senses.run_fully(
        "answer", [video], question="Why was the launch moved?", videos=[video.asset_id]
    )
    assert made.path.read_text() == "Because of strong wind.\n"
    assert told.evidence == ("m_5",)
    with pytest.raises(ToolFailed, match="nothing was said about it"):
        senses.run("answer", [video], question="Who is it?", videos=[video.asset_id])


def test_without_powers_tools_are_listed_as_missing(bench: Bench) -> None:
    missing = {t.name for t in bench.registry.tools.values() if "handed in" in t.missing}
    senses = {"transcribe", "read_text", "recognise", "find_things", "find_this", "remove_text"}
    assert missing == {*senses, "find_moments", "find_like", "answer", "describe"}


def test_long_speech_is_shared_out_over_cues() -> None:
    from agents.perception.records import Percept
    from agents.tools.understand.perceiving import cues_of
    from memory.records import SECOND, Kind, Level, Span

    text = " ".join(f"word{n}" for n in range(40))
    percept = Percept(Kind.SPEECH, Level.SHOT, Span(SECOND, 11 * SECOND), text, "m")
    cues = list(cues_of(percept))
    assert " ".join(" ".join(cue.text.split()) for cue in cues) == text
    assert all(len(line) <= 50 for cue in cues for line in cue.text.splitlines())
    assert cues[0].start == 1 and cues[-1].end == pytest.approx(11)


def test_plain_pictures_hold_nothing(senses: Bench, tmp_path: Path) -> None:
    image = asset_of(write_image(tmp_path / "p.png", plain((90, 90, 90))))
    with pytest.raises(ToolFailed, match="no text is seen"):
        senses.run("read_text", [image], source=image.asset_id)
