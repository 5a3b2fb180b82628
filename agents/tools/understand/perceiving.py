"""What media hold, by the senses of the product: transcribe, read_text, recognise, find_cuts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import pairwise
from typing import Annotated, Any

from pydantic import Field

from agents.models.ports import Models, Recogniser, TextReader, Transcriber
from agents.perception.media.decode import Decoding, frame_at, frames
from agents.perception.media.probe import probe as probed
from agents.perception.media.sound import audio
from agents.perception.records import Parameters, Percept, Probe
from agents.perception.speech import hear
from agents.tools.base import (
    Arguments,
    Assets,
    Estimate,
    HeardInput,
    Made,
    MediaKind,
    Output,
    Place,
    SeenInput,
    Tool,
    ToolFailed,
    VideoInput,
)
from agents.tools.ffmpeg import go_on
from agents.tools.registry import Powers
from agents.tools.render.cues import Cue, written
from agents.tools.render.moments import Moment, write_moments
from agents.tools.render.needs import SUBTITLES
from agents.tools.render.source import source_of
from memory.records import SECOND, Span

MOMENTS = (Output("moments", MediaKind.MOMENTS),)
WINDOW = 300 * SECOND
"""Sound that is held at once."""
BEFORE, AFTER = 3 * SECOND, 5 * SECOND
"""Sound around a window, so that nothing said is cut at its edge."""
READ_AT = 1280
"""Longest side, in pixels, of pictures that are read."""
CUE = 84
"""Characters of a cue: two lines of subtitles."""
CUT = Parameters().cut_threshold


class Heard(Arguments):
    """Whose speech."""

    source: HeardInput


class Seen(Arguments):
    """Whose pictures."""

    source: SeenInput


class Recognise(Arguments):
    """Whose pictures, and how often to look."""

    source: SeenInput
    every: Annotated[float, Field(ge=0.1, le=60)] = 1.0


class Cuts(Arguments):
    """The video."""

    video: VideoInput


def transcribe(arguments: Heard, place: Place, *, transcriber: Transcriber) -> Made:
    """What is said, as subtitles."""
    source = source_of(place.assets[arguments.source], sound=True)
    said: list[Percept] = []
    for start in range(0, source.probe.duration, WINDOW):
        go_on(place, start / source.probe.duration)
        window = Span(start, min(start + WINDOW, source.probe.duration))
        around = Span(max(0, start - BEFORE), min(window.end + AFTER, source.probe.duration))
        sound = audio(source.probe, around)
        said += hear(sound, around.start, transcriber, keep=window)[0]
    if not said:
        raise ToolFailed(f"nothing is said in {source.name}", "Give something with speech.")
    cues = [cue for percept in said for cue in cues_of(percept)]
    path = written(cues, place.new("subtitles", ".srt"))
    return Made({"subtitles": (path,)}, model=transcriber.name)


def cues_of(percept: Percept) -> Iterator[Cue]:
    """An utterance as cues of at most two lines; its time is shared out by characters."""
    text = percept.text or ""
    parts = _parted(text)
    total, begin = sum(map(len, parts)), percept.span.start / SECOND
    for part in parts:
        end = begin + len(part) / total * percept.span.length / SECOND
        yield Cue(begin, end, _in_lines(part))
        begin = end


def _parted(text: str) -> list[str]:
    """Text in parts of even length, none longer than a cue."""
    count = -(-len(text) // CUE)
    aim, parts = len(text) / max(1, count), [""]
    for word in text.split():
        longer = f"{parts[-1]} {word}".strip()
        if parts[-1] and (len(longer) > CUE or len(longer) > aim + len(word) / 2):
            parts.append(word)
        else:
            parts[-1] = longer
    return parts


def _in_lines(text: str) -> str:
    """One line, or two of about the same length."""
    if len(text) <= CUE // 2:
        return text
    spaces = [n for n, character in enumerate(text) if character == " "]
    if not spaces:
        return text
    middle = min(spaces, key=lambda n: abs(n - len(text) / 2))
    return f"{text[:middle]}\n{text[middle + 1 :]}"


def read_text(arguments: Seen, place: Place, *, reader: TextReader) -> Made:
    """Text in pictures: each line with the time for which it is there."""
    found = probed(place.assets[arguments.source].path)
    if found.media == "image":
        moments = _read_still(found, reader)
    else:
        moments = _read_moving(found, reader, place)
    if not moments:
        raise ToolFailed("no text is seen", "Give pictures with text that is large enough.")
    path = write_moments(moments, place.new("moments", ".json"))
    return Made({"moments": (path,)}, model=reader.name)


def _read_still(found: Probe, reader: TextReader) -> list[Moment]:
    frame = frame_at(found, 0)
    lines = reader.read(frame.image) if frame is not None else []
    return [Moment(0.0, 0.0, line.text, score=line.confidence) for line in lines]


def _read_moving(found: Probe, reader: TextReader, place: Place) -> list[Moment]:
    from agents.perception.screen_text import TextTracker

    tracker = TextTracker(reader, Parameters())
    for frame in frames(found, Span(0, found.duration), step=SECOND // 2, max_side=READ_AT):
        go_on(place, frame.span.start / found.duration)
        tracker.see(frame, False)
    percepts = sorted(tracker.finish(found.duration), key=lambda percept: percept.span)
    return [
        Moment(p.span.start / SECOND, p.span.end / SECOND, p.text or "", score=p.confidence)
        for p in percepts
    ]


def recognise(arguments: Recognise, place: Place, *, recogniser: Recogniser) -> Made:
    """Things in pictures: each with the stretches in which it was seen whenever looked for."""
    found = probed(place.assets[arguments.source].path)
    step = round(arguments.every * SECOND)
    seen: dict[str, list[Moment]] = {}
    length = found.duration if found.media != "image" else 1
    for frame in frames(found, Span(0, length), step=step, max_side=READ_AT):
        go_on(place, frame.span.start / length)
        [told] = recogniser.recognise([frame.image])
        at = frame.span.start / SECOND
        for label in told.labels:
            end = min(at + arguments.every, length / SECOND) if length > 1 else 0.0
            moment = Moment(at, end, label.words[0] if label.words else label.name, (), 0.0)
            _extend(seen.setdefault(moment.text, []), moment, label.confidence)
    moments = sorted((m for each in seen.values() for m in each), key=lambda m: (m.start, -m.score))
    if not moments:
        raise ToolFailed("nothing known is seen", "It knows what ImageNet and COCO name.")
    path = write_moments(moments, place.new("moments", ".json"))
    return Made({"moments": (path,)}, model=recogniser.name)


def _extend(moments: list[Moment], new: Moment, score: float) -> None:
    """Go on with the last moment where it reaches the new one."""
    last = moments[-1] if moments else None
    if last is not None and new.start - last.end < 1e-3:
        moments[-1] = Moment(last.start, new.end, new.text, (), max(last.score, score))
    else:
        moments.append(Moment(new.start, new.end, new.text, (), score))


def find_cuts(arguments: Cuts, place: Place) -> Made:
    """The shots of a video: from one hard cut (a new slide among them) to the next."""
    from agents.perception.media.convert import FrameConverter
    from agents.perception.shots import HEIGHT, WIDTH, CutDetector

    source = source_of(place.assets[arguments.video], pictures=True)
    detector = CutDetector(CUT)
    tiny = FrameConverter(source.probe, size=(WIDTH, HEIGHT))
    for picture in Decoding(source.probe, Span(0, source.probe.duration)).pictures():
        go_on(place, picture.span.start / source.probe.duration)
        detector.see(picture.span.start, tiny.image(picture.raw))
    detector.finish()
    edges = [0, *(time for time in detector.cuts if time > 0), source.probe.duration]
    moments = [
        Moment(start / SECOND, end / SECOND, f"shot {number}")
        for number, (start, end) in enumerate(pairwise(edges), 1)
    ]
    return Made({"moments": (write_moments(moments, place.new("moments", ".json")),)})


def _listens(arguments: Heard, assets: Assets) -> Estimate:
    return Estimate(seconds=2 + assets[arguments.source].facts.seconds / 5, bytes=100_000)


def _reads(arguments: Seen, assets: Assets) -> Estimate:
    return Estimate(seconds=2 + assets[arguments.source].facts.seconds / 3, bytes=100_000)


def _looks(arguments: Recognise, assets: Assets) -> Estimate:
    count = assets[arguments.source].facts.seconds / arguments.every + 1
    return Estimate(seconds=1 + 0.1 * count, bytes=100_000)


def _watches(arguments: Cuts, assets: Assets) -> Estimate:
    return Estimate(seconds=1 + assets[arguments.video].facts.seconds / 10, bytes=100_000)


def _bound(run: Any, name: str, models: Models | None) -> Any:  # noqa: ANN401
    """A run with its model, which is there whenever the tool is not listed as missing."""
    role = {"reader": "text_reader"}.get(name, name)
    return partial(run, **{name: getattr(models, role)}) if models is not None else run


def tools(powers: Powers) -> Sequence[Tool[Any]]:
    """The tools of this module."""
    lack = "" if powers.models is not None else "the models of perception were not handed in"
    models = powers.models
    return (
        Tool(
            "transcribe",
            "Write down English speech as subtitles.",
            Heard,
            SUBTITLES,
            _bound(transcribe, "transcriber", models),
            estimate=_listens,
            models=("transcriber",),
            missing=lack,
            family="understand",
        ),
        Tool(
            "read_text",
            "Read the text in a picture or a video, with its times.",
            Seen,
            MOMENTS,
            _bound(read_text, "reader", models),
            estimate=_reads,
            models=("text_reader",),
            missing=lack,
            family="understand",
        ),
        Tool(
            "recognise",
            "Name the things in a picture or a video, with their times.",
            Recognise,
            MOMENTS,
            _bound(recognise, "recogniser", models),
            estimate=_looks,
            models=("recogniser",),
            missing=lack,
            family="understand",
        ),
        Tool(
            "find_cuts",
            "Find where a video cuts or a slide changes: its shots as moments.",
            Cuts,
            MOMENTS,
            find_cuts,
            estimate=_watches,
            family="understand",
        ),
    )
