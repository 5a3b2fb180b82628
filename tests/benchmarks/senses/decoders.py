"""Compares PyAV, OpenCV and decord2 on a folder of clips: speed, and whether the frames are right.

    python -m tests.benchmarks.senses.decoders CLIP... [--markdown FILE]

Speed: processor seconds of all threads relative to PyAV decoding every frame of the same clip (wall
time tells little on a busy machine). Correctness: the frame
on show at ten instants, compared with PyAV's sequential decoding.
"""

# pyright: reportMissingTypeStubs=false, reportMissingImports=false
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# decord has no types, and is there with the extra `decord` only.

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from agents.models.ports import Image
from agents.perception.media.convert import FrameConverter
from agents.perception.media.decode import Decoding, frame_at, frames
from agents.perception.media.probe import probe
from agents.perception.records import Frame, Probe, StreamChoice
from agents.perception.shots import HEIGHT, WIDTH, CutDetector
from memory.records import SECOND, Span

INSTANTS = 10
SIDE = 64
STEP = SECOND // 2


def main() -> None:
    """Run all comparisons and print, or write, two markdown tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("clips", nargs="+", type=Path)
    parser.add_argument("--markdown", type=Path)
    given = parser.parse_args()
    lines = [*_speed_table(given.clips), "", *_truth_table(given.clips)]
    text = "\n".join(lines) + "\n"
    if given.markdown:
        given.markdown.write_text(text, encoding="utf-8")
    print(text)


def every_frame(media: Probe) -> None:
    """Decode all, convert none."""
    for _ in Decoding(media, Span(0, media.duration)).pictures():
        pass


def samples(media: Probe) -> None:
    """Decode all, convert two frames a second at 736 pixels."""
    for _ in frames(media, Span(0, media.duration), step=STEP, max_side=736):
        pass


def quick_samples(media: Probe) -> None:
    """The same without frames that no other refers to."""
    for _ in frames(media, Span(0, media.duration), step=STEP, max_side=736, thorough=False):
        pass


def quick_with_cuts(media: Probe) -> None:
    """What a window's pass costs without its models: quick samples, and cuts on tiny pictures."""
    tiny, small = FrameConverter(media, size=(WIDTH, HEIGHT)), FrameConverter(media, 736)
    detector, due = CutDetector(27.0), 0
    for picture in Decoding(media, Span(0, media.duration), thorough=False).pictures():
        detector.see(picture.span.start, tiny.image(picture.raw))
        if picture.span.end > due:
            due += STEP
            small.image(picture.raw)


def opencv_samples(media: Probe) -> None:
    """OpenCV: grab all, retrieve two a second."""
    reader = cv2.VideoCapture(str(media.path))
    due = 0.0
    while reader.grab():
        if reader.get(cv2.CAP_PROP_POS_MSEC) >= due:
            due += 500
            reader.retrieve()
    reader.release()


def decord_samples(media: Probe) -> None:
    """decord2: a batch of every half second's frame, scaled by it."""
    import decord

    reader = decord.VideoReader(str(media.path), width=736, height=414, num_threads=2)
    stride = max(1, round(reader.get_avg_fps() / 2))
    for start in range(0, len(reader), stride * 16):
        reader.get_batch(range(start, min(len(reader), start + stride * 16), stride)).asnumpy()


def pyav_random(media: Probe) -> None:
    """Ten single frames by PyAV, each with its own opening and seek."""
    for at in _instants(media):
        frame_at(media, at, 736)


def decord_random(media: Probe) -> None:
    """The same ten frames by decord2, one opening."""
    import decord

    reader = decord.VideoReader(str(media.path), width=736, height=414, num_threads=2)
    fps = reader.get_avg_fps()
    for at in _instants(media):
        reader[min(len(reader) - 1, int(at / SECOND * fps))].asnumpy()


WAYS: tuple[Callable[[Probe], None], ...] = (
    every_frame,
    samples,
    quick_samples,
    quick_with_cuts,
    opencv_samples,
    decord_samples,
    pyav_random,
    decord_random,
)


def _speed_table(clips: list[Path]) -> list[str]:
    head = ["| clip | " + " | ".join(way.__name__.replace("_", " ") for way in WAYS) + " |"]
    rows = [*head, "|" + "---|" * (len(WAYS) + 1)]
    for clip in clips:
        media = probe(clip, StreamChoice())
        took = [_seconds(way, media) for way in WAYS]
        cells = ["-" if t is None else f"{t / (took[0] or 1):.2f}" for t in took]
        rows.append(f"| {clip.name} | " + " | ".join(cells) + " |")
    return rows


def _seconds(way: Callable[[Probe], None], media: Probe) -> float | None:
    """Processor seconds; None when the library fails on the clip."""
    begin = time.process_time()
    try:
        way(media)
    except Exception as error:  # a foreign library's own errors
        print(f"{way.__name__} on {media.path.name}: {type(error).__name__}")
        return None
    return time.process_time() - begin


def _truth_table(clips: list[Path]) -> list[str]:
    rows = [
        "| clip | PyAV right | decord right | decord's largest time error, s |",
        "|---|---|---|---|",
    ]
    for clip in clips:
        media = probe(clip, StreamChoice())
        truth = [_tiny(frame) for frame in _sequential(media)]
        ours = [_tiny(frame_at(media, at, SIDE * 4)) for at in _instants(media)]
        right = sum(_same(a, b) for a, b in zip(ours, truth, strict=True))
        theirs, error = _decord_truth(media, truth)
        rows.append(f"| {clip.name} | {right}/{INSTANTS} | {theirs} | {error} |")
    return rows


def _decord_truth(media: Probe, truth: list[Image | None]) -> tuple[str, str]:
    """How many frames decord2 gets right, in upright pictures, when asked by its own times."""
    import decord

    try:
        reader = decord.VideoReader(str(media.path), num_threads=2)
        begins = np.array([reader.get_frame_timestamp(i)[0] for i in range(len(reader))])
        right = 0
        for at, wanted in zip(_instants(media), truth, strict=True):
            place = int(np.searchsorted(begins - begins[0], at / SECOND, side="right")) - 1
            right += _same(_shrunk(reader[max(0, place)].asnumpy()), wanted)
    except Exception as error:  # a foreign library's own errors
        return f"fails ({type(error).__name__})", "-"
    real = [f.span.start / SECOND for f in frames(media, Span(0, media.duration), max_side=16)]
    if len(real) != len(begins):
        return f"{right}/{INSTANTS}", f"{len(begins)} frames instead of {len(real)}"
    return f"{right}/{INSTANTS}", f"{np.abs(begins - begins[0] - np.array(real)).max():.3f}"


def _instants(media: Probe) -> list[int]:
    """Ten instants, not in order, as a question would jump about."""
    return [int(media.duration * (0.05 + 0.9 * ((i * 7) % INSTANTS) / INSTANTS)) for i in range(10)]


def _sequential(media: Probe) -> list[Frame | None]:
    """The frames at the instants from one pass without any seek."""
    wanted: list[Frame | None] = [None] * INSTANTS
    instants = _instants(media)
    for frame in frames(media, Span(0, media.duration), max_side=SIDE * 4):
        for place, at in enumerate(instants):
            if frame.span.start <= at < frame.span.end:
                wanted[place] = frame
    return wanted


def _tiny(frame: Frame | None) -> Image | None:
    return None if frame is None else _shrunk(frame.image)


def _shrunk(image: Image) -> Image:
    return cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.uint8)


def _same(one: Image | None, other: Image | None) -> bool:
    """Alike but for scaling: mean difference below 3 of 255."""
    if one is None or other is None:
        return False
    return float(np.abs(one.astype(int) - other.astype(int)).mean()) < 3


if __name__ == "__main__":
    main()
