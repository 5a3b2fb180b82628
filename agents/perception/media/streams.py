"""Which of a file's streams are used, where it has several of a kind."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

from av.codec.context import CodecContext
from av.container import InputContainer
from av.stream import Disposition, Stream
from av.video.stream import VideoStream

from agents.errors import UnreadableMedia
from agents.perception.records import StreamChoice

SIDE_TRACKS = Disposition.comment | Disposition.visual_impaired | Disposition.descriptions
"""Commentary and descriptions for the blind: not what is said in the film."""
PICTURES_OF_TEXT = frozenset({"hdmv_pgs_subtitle", "dvd_subtitle", "dvb_subtitle", "xsub"})
"""Codecs of subtitles that are pictures."""
SAME_LANGUAGE = (
    "ar ara|cs ces cze|da dan|de deu ger|el ell gre|en eng|es spa|fa fas per|fi fin|fr fra fre|"
    "he heb|hi hin|hu hun|id ind|it ita|ja jpn|ko kor|nl nld dut|no nor nob|pl pol|pt por|"
    "ro ron rum|ru rus|sv swe|th tha|tr tur|uk ukr|vi vie|zh zho chi"
)
"""Codes of ISO 639-1 and 639-2 that mean the same, for the commonest languages."""


def language_of(stream: Stream) -> str:
    """The language that a stream says it is in, as written in the file; empty when unknown."""
    said = stream.metadata.get("language", "").lower()
    return "" if said == "und" else said


def is_language(code: str, wanted: str) -> bool:
    """Whether two codes mean the same language: `eng` and `en-GB` are `en`."""
    one, other = (each.lower().replace("_", "-").partition("-")[0] for each in (code, wanted))
    return one == other or any({one, other} <= set(g.split()) for g in SAME_LANGUAGE.split("|"))


def pictures_of(container: InputContainer) -> list[VideoStream]:
    """The video streams; a cover picture inside a sound file is none."""
    cover = Disposition.attached_pic | Disposition.timed_thumbnails
    return [s for s in container.streams.video if not s.disposition & cover]


def chosen(
    streams: Sequence[Stream], wanted: int | None, kind: str, path: Path, language: str = ""
) -> int | None:
    """Which of the streams of a kind to use, counted from 0; None when there are none.

    Raises:
        UnreadableMedia: the wanted one is not there.
    """
    if wanted is not None:
        if not 0 <= wanted < len(streams):
            raise UnreadableMedia(
                f"{path.name} has no {kind} stream {wanted} (it has {len(streams)})",
                f"Choose one from 0 to {len(streams) - 1}." if streams else "Leave the choice out.",
            )
        return wanted
    order = sorted(range(len(streams)), key=lambda i: (_unfit(streams[i], language), i))
    return order[0] if order else None


def _unfit(stream: Stream, language: str) -> tuple[bool, ...]:
    """What speaks against a stream, the gravest first."""
    return (
        _codec(stream) in PICTURES_OF_TEXT,
        bool(stream.disposition & (Disposition.forced | SIDE_TRACKS)),
        bool(language) and not is_language(language_of(stream) or language, language),
        not stream.disposition & Disposition.default,
    )


def _codec(stream: Stream) -> str:
    """The name of a stream's codec; empty where FFmpeg has none for it."""
    context = cast("CodecContext | None", stream.codec_context)
    return context.name if context is not None else ""


def notes_on(kind: str, streams: Sequence[Stream], used: int | None) -> list[str]:
    """A word on streams that are left unused, and how to have another."""
    if len(streams) < 2 or used is None:
        return []
    names = [language_of(stream) or "no language" for stream in streams]
    told = f" ({', '.join(names)})" if any(map(language_of, streams)) else ""
    return [
        f"the file has {len(streams)} {kind} streams{told}; number {used} is used, "
        f"--{kind}-stream chooses another"
    ]


def resolved(choice: StreamChoice, *used: int | None) -> StreamChoice:
    """The choice with the streams that are used: video, audio, subtitle, each from 0."""
    return StreamChoice(*used, language=choice.language, decoder=choice.decoder)
