"""A video as a list of pieces of others: the one way in which anything that changes times is made.

Pictures are counted in frames and sound in samples, all in one command and one encoding, so that
nothing drifts however many pieces there are. Cues of subtitles move with their pieces.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from agents.tools.base import Made, Part, Place, ToolFailed
from agents.tools.render.cues import Cue, cues_inside, written
from agents.tools.render.graph import (
    SAMPLES,
    SILENCE,
    Graph,
    counted,
    fit,
    samples_at,
    upright,
    write,
)
from agents.tools.render.pending import Pending, put_off
from agents.tools.render.source import Source

RUN_UP = Fraction(1)
"""Seconds before a piece from which decoding may begin."""
SOFT = Fraction(1, 200)
"""Seconds over which sound fades at a cut, against clicks."""
MOST = 400
"""Pieces of one video."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a source, by the number of frames that it gives."""

    source: Source
    start: Fraction
    """Seconds of the source; where its frame begins."""
    frames: int
    """Of the result."""
    speed: Fraction = Fraction(1)
    """2 is twice as fast."""
    is_smooth: bool = False
    """Whether pictures are invented between those that there are."""
    is_still: bool = False
    """Whether its first picture stands for all of it, in silence."""


@dataclass(frozen=True, slots=True)
class Canvas:
    """What all pieces are brought to."""

    size: tuple[int, int]
    rate: Fraction
    has_sound: bool

    @classmethod
    def of(cls, sources: Sequence[Source]) -> Canvas:
        """Size and rate of the first, with sound if any has some."""
        first = sources[0]
        return cls(first.size, first.rate, any(source.has_sound for source in sources))


@dataclass(frozen=True, slots=True)
class Laid:
    """Labels of pieces in a graph."""

    pictures: list[str]
    sounds: list[str]


def piece_of(source: Source, start: float, end: float, speed: Fraction = Fraction(1)) -> Piece:
    """The piece from the frame on show at `start` to the one at `end`, without that.

    Raises:
        ToolFailed: nothing lies between them.
    """
    rate = source.rate
    first = source.frame(start)
    if Fraction(end) >= source.seconds:
        last = round(source.seconds * rate)
    else:  # the end is found as the start is, so that stretches that follow each other fit
        last = max(source.frame(end), min(first + 1, round(Fraction(end) * rate)))
    if last <= first:
        raise ToolFailed(
            f"{source.name} has no frame between {start:g} and {end:g} s",
            f"It is {float(source.seconds):.2f} s long.",
        )
    return Piece(source, first / rate, max(1, round((last - first) / speed)), speed)


def told(
    path: Path,
    pieces: Sequence[Piece],
    overlap: int = 0,
    notes: tuple[str, ...] = (),
    evidence: tuple[str, ...] = (),
) -> Made:
    """A video that was made of pieces, each sharing so many frames with the one before."""
    parts = [
        Part(p.source.asset_id, p.start, p.frames, p.speed, p.is_still, overlap if number else 0)
        for number, p in enumerate(pieces)
    ]
    return Made({"video": (path,)}, notes=notes, evidence=evidence, parts=tuple(parts))


def join(
    pieces: Sequence[Piece],
    place: Place,
    canvas: Canvas | None = None,
    extra: Sequence[Cue] = (),
) -> Path:
    """Write pieces one after the other as a video.

    Raises:
        ToolFailed: there are none, or too many.
        Otherwise as `agents.tools.ffmpeg.render`.
    """
    canvas = canvas or Canvas.of([piece.source for piece in pieces])
    graph, laid = lay(pieces, canvas)
    picture, sound = laid.pictures[0], (laid.sounds or [""])[0]
    if len(pieces) > 1:
        # by number: concat lets the last frame of a piece of one frame last no time, and frames at
        # one time are dropped
        times = f"setpts=N/({canvas.rate})/TB"
        picture = graph.chain("".join(laid.pictures), f"concat=n={len(pieces)}:v=1:a=0", times)
        if laid.sounds:
            sound = graph.chain("".join(laid.sounds), f"concat=n={len(pieces)}:v=0:a=1")
    frames = sum(piece.frames for piece in pieces)
    cues = [*extra, *moved_cues(pieces, canvas.rate)]
    return finish(graph, picture, sound, frames, canvas, place, cues)


def finish(
    graph: Graph,
    picture: str,
    sound: str,
    frames: int,
    canvas: Canvas,
    place: Place,
    cues: Sequence[Cue] = (),
) -> Path:
    """Encode one picture stream of so many frames, one sound, and cues.

    Raises: as `agents.tools.ffmpeg.render`.
    """
    seconds = frames / canvas.rate
    pending = Pending(graph, picture, sound, canvas.size, canvas.rate, seconds, frames=frames)
    if not cues:
        held = put_off(place, "video", pending)
        return held or pending.written(place.new("video", ".mp4"), place)
    number = graph.read(written(cues, place.folder / "work_cues.srt"), "-f", "srt")
    labels = [picture, sound] if sound else [picture]
    options = [*pending.options(), "-map", f"{number}:0", "-c:s", "mov_text"]
    return write(graph, labels, place.new("video", ".mp4"), place, float(seconds), options)


def lay(pieces: Sequence[Piece], canvas: Canvas, *, soft: bool = True) -> tuple[Graph, Laid]:
    """A graph in which each piece has its labels; neighbours of one source are read once."""
    if not 0 < len(pieces) <= MOST:
        raise ToolFailed(
            f"{len(pieces)} pieces cannot be joined", f"Give 1 to {MOST}; join others in turns."
        )
    graph, laid = Graph(), Laid([], [])
    starts = _starts(pieces, canvas.rate)
    done, runs = 0, _runs(pieces)
    pending = _pending(graph, runs)
    for run in runs:
        lengths = [b - a for a, b in pairwise(starts[done : done + len(run) + 1])]
        done += len(run)
        read = _read(graph, run[0], pending)
        laid.pictures.extend(_pictures(graph, read, run, canvas))
        if canvas.has_sound:
            sounds = _sounds(graph, read, run, lengths)
            if soft and len(pieces) > 1:
                sounds = [_soft(graph, s, n) for s, n in zip(sounds, lengths, strict=True)]
            laid.sounds.extend(sounds)
    return graph, laid


def _starts(pieces: Sequence[Piece], rate: Fraction) -> list[int]:
    """Samples at which pieces begin, and the end; rounded from frames, so no error adds up."""
    frames = [0]
    for piece in pieces:
        frames.append(frames[-1] + piece.frames)
    return [samples_at(count, rate) for count in frames]


def _runs(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Neighbours that one pass over one source gives."""
    runs: list[list[Piece]] = []
    for piece in pieces:
        last = runs[-1][-1] if runs else None
        if (
            last is not None
            and last.source == piece.source
            and last.speed == piece.speed == 1
            and not last.is_still
            and not piece.is_still
            and piece.start >= last.start + last.frames / piece.source.rate
        ):
            runs[-1].append(piece)
        else:
            runs.append([piece])
    return runs


@dataclass(frozen=True, slots=True)
class _Read:
    """Labels of a source in a graph, and where a piece begins in it."""

    picture: str
    sound: str
    shift: Fraction


_Labels = dict[str, tuple[Iterator[str], Iterator[str]]]
"""Labels of pending videos, by asset id: pictures for each run of pieces, sound where it sounds."""


def _pending(graph: Graph, runs: Sequence[Sequence[Piece]]) -> _Labels:
    """The graphs of pending sources, each once."""
    shown = Counter(run[0].source.asset_id for run in runs)
    heard = Counter(run[0].source.asset_id for run in runs if not run[0].is_still)
    known = {run[0].source.asset_id: run[0].source.pending for run in runs}
    labels = {
        one: p.copied(graph, shown[one], heard[one]) for one, p in known.items() if p is not None
    }
    return {one: (iter(pictures), iter(sounds)) for one, (pictures, sounds) in labels.items()}


def _read(graph: Graph, piece: Piece, pending: _Labels) -> _Read:
    """Read a source from shortly before a piece."""
    source, begin = piece.source, piece.start + piece.source.origin
    if source.pending is not None:
        pictures, sounds = pending[source.asset_id]
        return _Read(next(pictures), "" if piece.is_still else next(sounds), begin)
    options: tuple[str, ...] = ()
    if begin > RUN_UP and source.probe.seekable:
        seek = f"{float((begin - RUN_UP).limit_denominator(1000)):.3f}"
        options, begin = ("-noaccurate_seek", "-ss", seek), begin - Fraction(seek)
    number = graph.read(source.path, *options)
    streams = source.probe.video_stream, source.probe.audio_stream
    picture, sound = (f"[{number}:{stream}]" for stream in streams)
    return _Read(picture, sound, begin)


def _pictures(graph: Graph, read: _Read, run: Sequence[Piece], canvas: Canvas) -> list[str]:
    """Labels of the pictures of a run, each of exactly its frames."""
    first, source = run[0], run[0].source
    if not source.has_picture:
        raise ToolFailed(f"{source.name} holds no pictures", "Give a video.")
    place = [round((piece.start - first.start) * canvas.rate) for piece in run]
    end = place[-1] + run[-1].frames
    whole = graph.chain(
        read.picture,
        f"setpts=(PTS-{float(read.shift):.6f}/TB)/{float(first.speed):.9f}",
        f"minterpolate=fps={canvas.rate}:mi_mode=mci:vsbmc=1" if first.is_smooth else "",
        f"fps=fps={canvas.rate}:start_time=0:round=near",
        upright(source),
        fit(canvas.size) if source.size != canvas.size else "",
        "format=yuv420p",
        "trim=end_frame=1" if first.is_still else "",
        "tpad=stop=-1:stop_mode=clone",
        f"trim=end_frame={end}",
    )
    return [
        graph.chain(
            label,
            f"trim=start_frame={begin}:end_frame={begin + piece.frames}",
            "setpts=PTS-STARTPTS",
        )
        for label, begin, piece in zip(graph.split(whole, len(run)), place, run, strict=True)
    ]


def _sounds(graph: Graph, read: _Read, run: Sequence[Piece], lengths: Sequence[int]) -> list[str]:
    """Labels of the sound of a run, each of exactly its samples."""
    first, source = run[0], run[0].source
    if not source.has_sound or first.is_still:
        return [graph.chain("", SILENCE, f"atrim=end_sample={n}") for n in lengths]
    place = [round((piece.start - first.start) * SAMPLES) for piece in run]
    whole = counted(
        graph,
        read.sound,
        place[-1] + lengths[-1],
        f"asetpts=PTS-{float(read.shift):.6f}/TB",
        f"aresample={SAMPLES}:async=1:first_pts=0",
        tempo(first.speed),
    )
    return [
        graph.chain(
            label, f"atrim=start_sample={begin}:end_sample={begin + n}", "asetpts=PTS-STARTPTS"
        )
        for label, begin, n in zip(
            graph.split(whole, len(run), sound=True), place, lengths, strict=True
        )
    ]


def _soft(graph: Graph, label: str, samples: int) -> str:
    """Sound that rises and falls over a few milliseconds at its ends."""
    soft = min(float(SOFT), samples / SAMPLES / 4)
    out = samples / SAMPLES - soft
    return graph.chain(label, f"afade=t=in:d={soft:.6f}", f"afade=t=out:st={out:.6f}:d={soft:.6f}")


def tempo(speed: Fraction) -> str:
    """Filters that play sound faster or slower at its pitch."""
    parts: list[str] = []
    while speed < Fraction(1, 2):
        parts.append("atempo=0.5")
        speed *= 2
    return ",".join([*parts, f"atempo={float(speed):.9f}"] if speed != 1 else parts)


def moved_cues(pieces: Sequence[Piece], rate: Fraction) -> list[Cue]:
    """Cues inside the sources, at the times at which their pieces come."""
    found: list[Cue] = []
    begin = Fraction(0)
    known: dict[Path, list[Cue]] = {}
    for piece in pieces:
        source = piece.source
        if source.path not in known:
            known[source.path] = cues_inside(source) if source.has_text else []
        length = piece.frames / rate
        if piece.is_still:
            begin += length
            continue
        for cue in known[source.path]:
            start = max(Fraction(0), (Fraction(cue.start) - piece.start) / piece.speed)
            end = min(length, (Fraction(cue.end) - piece.start) / piece.speed)
            if end - start > Fraction(1, 20):
                found.append(Cue(float(begin + start), float(begin + end), cue.text))
        begin += length
    return joined(found)


def joined(cues: Sequence[Cue]) -> list[Cue]:
    """Cues in order, with halves of one that a cut had parted put together."""
    made: list[Cue] = []
    for cue in sorted(cues, key=lambda cue: (cue.start, cue.end)):
        last = made[-1] if made else None
        if last is not None and last.text == cue.text and cue.start - last.end < 0.05:
            made[-1] = Cue(last.start, cue.end, cue.text)
        else:
            made.append(cue)
    return made
