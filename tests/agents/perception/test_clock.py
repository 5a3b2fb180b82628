"""One clock for sound and pictures, whatever the file's own clock does."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from agents.perception.media import decode
from agents.perception.media.decode import Decoding, frame_at, frames
from agents.perception.media.probe import probe
from agents.perception.media.sound import audio, is_silent
from agents.perception.records import Probe
from memory.records import SECOND, Span
from tests.media import Picture, Shown, plain, scene, steady, tone, write_video

RED, GREEN, BLUE = (200, 20, 20), (20, 200, 20), (20, 20, 200)


def mean_at(found: Probe, seconds: float) -> int:
    """Which channel is strongest at a time: 0 red, 1 green, 2 blue."""
    frame = frame_at(found, round(seconds * SECOND))
    assert frame is not None
    return int(frame.image.mean(axis=(0, 1)).argmax())


def is_heard(found: Probe, start: float, end: float) -> bool:
    return not is_silent(audio(found, Span.of_seconds(start, end)))


def joined(path: Path, parts: int = 2, seconds: float = 8.0) -> Path:
    """Recordings of one colour each, with a tone in their second half, put one after the other."""
    raw = b""
    sound = np.concatenate([np.zeros(round(seconds * 8000), np.float32), tone(seconds / 2)])
    for number in range(parts):
        colour = (RED, GREEN, BLUE)[number % 3]
        piece = path.with_name(f"{number}.ts")
        write_video(piece, steady([(plain(colour), seconds)]), sounds=[sound], gop=10)
        raw += piece.read_bytes()
        piece.unlink()
    path.write_bytes(raw)
    return path


def test_joined_recordings_play_one_after_the_other(tmp_path: Path) -> None:
    found = probe(joined(tmp_path / "dvr.ts", parts=3))
    assert found.duration / SECOND == pytest.approx(24.0, abs=0.5)
    assert any("its clock starts again at 8.0 s, 16" in note for note in found.notes)
    assert [mean_at(found, at) for at in (0, 3, 7, 9, 14, 17, 23)] == [0, 0, 0, 1, 1, 2, 2]
    for start in (0, 8, 16):
        assert not is_heard(found, start + 1, start + 3)
        assert is_heard(found, start + 5, start + 7)


def test_every_frame_of_joined_recordings_comes_once_and_in_order(tmp_path: Path) -> None:
    found = probe(joined(tmp_path / "dvr.ts"))
    shown = [frame.span for frame in frames(found, Span(0, found.duration))]
    assert len(shown) == 160
    assert all(one.end == two.start for one, two in pairwise(shown))
    late = [frame.span for frame in frames(found, Span(12 * SECOND, 13 * SECOND))]
    assert late == [span for span in shown if span.overlap(Span(12 * SECOND, 13 * SECOND))]


def test_a_window_late_in_joined_recordings_does_not_decode_from_the_start(tmp_path: Path) -> None:
    found = probe(joined(tmp_path / "dvr.ts"))
    decoding = Decoding(found, Span(14 * SECOND, 15 * SECOND))
    assert len(list(decoding.pictures())) in (10, 11)
    assert decoding.decoded < 50


def test_a_clock_that_runs_through_is_left_alone(tmp_path: Path) -> None:
    found = probe(write_video(tmp_path / "a.ts", steady([(scene(1), 2.0)]), sounds=[tone(2.0)]))
    assert not found.pieces
    assert not found.notes


@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
def test_sound_before_the_first_picture_is_heard_in_its_place(tmp_path: Path, suffix: str) -> None:
    sound = np.concatenate([tone(1.0), np.zeros(16_000 * 5, np.float32), tone(1.0)])
    path = write_video(
        tmp_path / f"lead{suffix}", steady([(plain(RED), 3.0)]), sounds=[sound], starts_at=4.0
    )
    found = probe(path)
    assert found.duration / SECOND == pytest.approx(7.0, abs=0.2)
    assert any("begins 4.0 s before its first picture" in note for note in found.notes)
    assert is_heard(found, 0, 0.9)
    assert not is_heard(found, 1.5, 5.5)
    assert is_heard(found, 6.1, 6.9)
    assert frame_at(found, SECOND) is None
    first = next(frames(found, Span(0, found.duration)))
    assert first.span.start / SECOND == pytest.approx(4.0, abs=0.1)


def raw(path: Path, shown: list[Shown]) -> Path:
    """Pictures as a stream without container."""
    source = write_video(path.with_suffix(".mp4"), shown)
    name = {".h264": "h264", ".m4v": "m4v"}[path.suffix]
    with av.open(source) as read, av.open(path, "w", format=name) as written:
        stream = written.add_stream_from_template(read.streams.video[0])
        for packet in read.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                written.mux(packet)
    source.unlink()
    return path


def test_frames_without_times_get_those_of_an_assumed_rate(tmp_path: Path) -> None:
    found = probe(raw(tmp_path / "camera.h264", steady([(plain(RED), 2.0), (plain(BLUE), 2.0)])))
    assert any("no times" in note for note in found.notes)
    rate = found.frame_rate
    assert found.duration / SECOND == pytest.approx(40 / rate, abs=0.01)
    shown = list(frames(found, Span(0, found.duration)))
    assert len(shown) == 40
    assert mean_at(found, 19 / rate) == 0
    assert mean_at(found, 21 / rate) == 2
    assert shown[-1].span.end == found.duration


def growing(path: Path) -> Path:
    """A stream whose pictures are 160x90 for 2 s and 640x360 after."""
    pictures: list[tuple[Picture, int]] = [(scene(1, 160, 90), 20), (scene(2, 640, 360), 20)]
    number = 0
    with av.open(path, "w") as output:
        stream = output.add_stream("libvpx", rate=10)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = 160, 90, "yuv420p"
        stream.bit_rate = 2_000_000
        for picture, count in pictures:
            encoder = av.CodecContext.create("libvpx", "w")
            encoder.width, encoder.height = picture.shape[1], picture.shape[0]
            encoder.pix_fmt, encoder.time_base = "yuv420p", Fraction(1, 1000)
            encoder.bit_rate = 2_000_000
            coded: list[av.Packet[VideoStream]] = []
            for _ in range(count):
                frame = av.VideoFrame.from_ndarray(picture, "rgb24")
                frame.pts, frame.time_base = number * 100, Fraction(1, 1000)
                number += 1
                coded += encoder.encode(frame)
            coded += encoder.encode(None)
            for packet in coded:
                packet.stream = stream
                packet.time_base = Fraction(1, 1000)
                output.mux(packet)
    return path


def test_every_frame_has_its_own_size(tmp_path: Path) -> None:
    found = probe(growing(tmp_path / "call.webm"))
    shapes = {frame.image.shape[:2] for frame in frames(found, Span(0, SECOND))}
    later = {frame.image.shape[:2] for frame in frames(found, Span(3 * SECOND, 4 * SECOND))}
    assert (shapes, later) == ({(90, 160)}, {(360, 640)})
    small = frame_at(found, 3 * SECOND, max_side=320)
    assert small is not None
    assert small.image.shape == (180, 320, 3)


@pytest.mark.shared
def test_clocks_of_the_evaluation_data(odd: Path) -> None:
    dvr = probe(odd / "ts_joined" / "dvr.ts")
    assert dvr.duration / SECOND == pytest.approx(16.0, abs=0.3)
    lead = probe(odd / "lead_audio" / "lead_audio.mkv")
    assert lead.duration / SECOND == pytest.approx(16.0, abs=0.3)
    assert is_heard(lead, 0, 6)
    camera = probe(odd / "raw_h264" / "camera.h264")
    assert (camera.duration / SECOND, camera.frame_rate) == (12.0, 10.0)
    call = probe(odd / "growing_resolution" / "call.webm")
    late = frame_at(call, 8 * SECOND)
    assert late is not None
    assert late.image.shape == (720, 1280, 3)


def joined_by_force(path: Path) -> Path:
    """Matroska, whose clock may not start again, and does after two of four seconds."""
    shown = [*steady([(plain(RED), 2.0)]), *steady([(plain(BLUE), 2.0)])]
    source = write_video(
        path.with_stem("source"),
        [Shown(each.picture, number / 10) for number, each in enumerate(shown)],
        gop=5,
    )
    with av.open(source) as given, av.open(path, "w", options={"cluster_time_limit": "500"}) as out:
        stream = out.add_stream_from_template(given.streams.video[0])
        for packet in given.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                out.mux(packet)
    raw, at = bytearray(path.read_bytes()), 0
    while (at := raw.find(b"\x1f\x43\xb6\x75", at + 1)) >= 0:  # clusters
        place = raw.find(b"\xe7", at)  # their times, in milliseconds
        end = place + 2 + (raw[place + 1] & 0x7F)
        time = int.from_bytes(raw[place + 2 : end], "big")
        raw[place + 2 : end] = (time if time < 2000 else time - 2000).to_bytes(
            end - place - 2, "big"
        )
    path.write_bytes(raw)
    return path


def test_a_clock_that_jumps_where_it_may_not_is_mended(tmp_path: Path) -> None:
    found = probe(joined_by_force(tmp_path / "forced.mkv"))
    assert found.duration / SECOND == pytest.approx(4.0, abs=0.2)
    assert any("its clock starts again" in note for note in found.notes)
    assert len(list(Decoding(found, Span(0, found.duration)).pictures())) == 40
    assert [mean_at(found, at) for at in (0.5, 1.5, 2.7, 3.7)] == [0, 0, 2, 2]


def test_pictures_that_cannot_be_placed_are_told(tmp_path: Path) -> None:
    found = replace(probe(joined_by_force(tmp_path / "forced.mkv")), pieces=())
    decoding = Decoding(found, Span(0, found.duration))
    count = len(list(decoding.pictures()))
    assert count < 40
    assert decoding.note.endswith("pictures whose times jump back were left out")


def test_pictures_without_times_come_after_those_before_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = probe(write_video(tmp_path / "a.mkv", steady([(scene(1), 2.0)])))
    known = decode.presented_at
    seen: list[int] = []

    def partly(raw: VideoFrame, base: Fraction) -> int | None:
        seen.append(1)
        return None if len(seen) in (8, 9) else known(raw, base)

    monkeypatch.setattr(decode, "presented_at", partly)
    decoding = Decoding(found, Span(0, found.duration))
    times = [picture.span.start for picture in decoding.pictures()]
    known_times = [n * SECOND // 10 for n in range(20)]
    length = SECOND // 25  # the rate that its header tells
    placed = [600_000 + length, 600_000 + 2 * length]
    assert times == pytest.approx([*known_times[:7], *placed, *known_times[9:]], abs=1000)
    assert decoding.note == "2 pictures without times were placed after those before them"
