"""What a file holds, proven by decoding its first frame: headers alone lie too often."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import cast

from av.audio.frame import AudioFrame
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from agents.errors import NothingToPerceive, UnreadableMedia
from agents.perception.media.boxes import is_cut_short, is_encrypted
from agents.perception.media.clock import with_one_clock
from agents.perception.media.convert import HDR
from agents.perception.media.decode import ASSUMED_RATE, microseconds, only, presented_at, ticks
from agents.perception.media.opening import opened
from agents.perception.media.playlist import UNREAD, is_playlist, missing_note
from agents.perception.media.seeking import seeks_well
from agents.perception.media.streams import chosen, notes_on, pictures_of, resolved
from agents.perception.media.tags import chapters_of, tags_of
from agents.perception.records import Probe, StreamChoice
from memory.records import SECOND

log = logging.getLogger(__name__)

TAIL = 5 * SECOND
"""How much before its declared end a file's last packets are looked for."""
FIRST_PACKETS = 400
"""Packets in which the first decodable frame must appear."""
LEADS = SECOND // 5
"""By how much sound must begin before the first picture for the video to begin with it."""
EARLY = SECOND
"""By how much a file must end before its header says, for its clock to be looked through."""
STILLS = ("heic", "heix", "mif1")
"""Brands of files that hold a photograph in a container of films."""
SQUARE = Fraction(1, 50)
"""Pixels this little out of square are shown as they are."""


@dataclass(frozen=True, slots=True)
class _Found:
    """The first decoded frame of a stream and where the stream starts (container's clock)."""

    index: int
    start: int
    frame: VideoFrame | AudioFrame
    aspect: Fraction | None = None
    """Width of a pixel divided by its height."""
    rate: float = 0.0
    codec: str = ""
    untimed: float = 0.0
    """Frames per second that are assumed, where frames have no times."""


def probe(path: Path, choice: StreamChoice | None = None) -> Probe:
    """Find out what a file holds: streams, size, start, real end, and whether seeking works.

    Stream numbers in `choice` count the streams of that type from 0.

    Raises:
        UnreadableMedia: missing, empty, not permitted, not media, broken from the start, or a
            chosen stream is not there.
        NothingToPerceive: readable, but neither picture nor sound.
    """
    _check_file(path)
    choice = choice or StreamChoice()
    foreign = _by_other_decoders(path)
    if foreign is not None:
        return foreign
    with opened(path) as container:
        kinds = (pictures_of(container), container.streams.audio, container.streams.subtitles)
        names, wanted = (
            ("video", "audio", "subtitle"),
            (choice.video, choice.audio, choice.subtitle),
        )
        picked = [
            chosen(streams, number, name, path, choice.language)
            for streams, number, name in zip(kinds, wanted, names, strict=True)
        ]
        video, audio, subtitle = (
            streams[number].index if number is not None else None
            for streams, number in zip(kinds, picked, strict=True)
        )
        if video is None and audio is None:
            raise NothingToPerceive(
                f"{path.name} holds neither a picture nor a sound stream",
                "Give a file with video, pictures or sound.",
            )
        is_still = _is_still(container, video)
        notes = (*_file_notes(path, container), *chain(*map(notes_on, names, kinds, picked)))
        declared, tags = container.duration, tags_of(container)
        found = _described(path, video, audio, subtitle, is_still, notes)
        chapters = chapters_of(container, found.start)
    found = replace(found, streams=resolved(choice, *picked), tags=tags, chapters=chapters)
    if is_still:
        return found
    found = _with_seeking(_timed(found, declared))
    if choice.decoder == "pyav" or found.media != "video":
        return found
    from agents.perception.media.decoders.by_decord import taken

    return taken(found)


def _timed(found: Probe, declared: int | None) -> Probe:
    """The probe with its length, and the pieces of its clock where that jumps.

    Where a format's clock may not start again but the file ends long before its header says, it is
    looked through all the same: it may have been joined by force.
    """
    rising = with_one_clock(found)
    if rising.pieces:
        return rising
    ended = _with_end(found, declared)
    if not declared or ended.frame_rate or ended.duration > declared - EARLY:
        return ended
    forced = with_one_clock(found, is_forced=True)
    return forced if forced.pieces else ended


def _check_file(path: Path) -> None:
    """Refuse what cannot be a media file before any library touches it."""
    if not path.exists():
        raise UnreadableMedia(f"{path} does not exist", "Check the path.")
    if not path.is_file():
        raise UnreadableMedia(f"{path} is not a file", "Give a media file.")
    if path.suffix.lower() in UNREAD:
        raise UnreadableMedia(
            f"{path.name} is a playlist of DASH, which cannot be followed",
            "Make one file of it (ffmpeg -i LIST.mpd -c copy video.mkv), or give the parts.",
        )
    if not os.access(path, os.R_OK):
        raise UnreadableMedia(
            f"{path} may not be read by this user", "Change its permissions (chmod +r)."
        )
    if path.stat().st_size == 0:
        raise UnreadableMedia(
            f"{path.name} is empty (0 bytes)", "Copy or download it again: nothing arrived."
        )


def _by_other_decoders(path: Path) -> Probe | None:
    """The probe of a picture in a form that PyAV does not decode by itself."""
    from agents.perception.media.decoders import by_pillow, heif, tiles

    if by_pillow.is_for_pillow(path):
        return by_pillow.probed(path)
    grid = heif.grid_of(path)
    return tiles.probed(path, grid) if grid is not None else None


def _file_notes(path: Path, container: InputContainer) -> tuple[str, ...]:
    """A word on what is missing of a playlist or a picture.

    Raises:
        UnreadableMedia: the file is encrypted.
    """
    if is_playlist(path):
        note = missing_note(path)
        return (note,) if note else ()
    if container.format.name.startswith("mov") and is_encrypted(path):
        raise UnreadableMedia(
            f"{path.name} is encrypted",
            "Backtrail has no keys: give a copy without protection against copying.",
        )
    if container.format.name in ("image2", "jpeg_pipe", "gif") and is_cut_short(path):
        return ("it is cut short: a part of its picture is missing",)
    return ()


def _is_still(container: InputContainer, video: int | None) -> bool:
    """Whether the container is that of a single picture."""
    name = container.format.name
    if video is None or container.streams.audio:
        return False
    if container.metadata.get("major_brand") in STILLS:
        return container.streams[video].frames <= 1
    return name.endswith("_pipe") or name == "image2"


def _first(path: Path, index: int | None) -> _Found | None:
    """The first frame of a stream that decodes; None when none of the first packets gives one."""
    if index is None:
        return None
    with opened(path) as container:
        stream = container.streams[index]
        only(container, index)
        base = stream.time_base or Fraction(1, SECOND)
        try:
            for number, packet in enumerate(container.demux(stream)):
                for frame in _decoded(packet):
                    return _found(stream, frame, base)
                if number > FIRST_PACKETS:
                    break
        except FFmpegError as error:
            log.info("no frame of stream %d of %s decodes: %s", index, path.name, error)
    return None


def _found(stream: Stream, frame: VideoFrame | AudioFrame, base: Fraction) -> _Found:
    """What a stream's first frame and its header tell."""
    start = _start(frame, base)
    if not isinstance(stream, VideoStream):
        return _Found(stream.index, start, frame)
    untimed = isinstance(frame, VideoFrame) and presented_at(frame, base) is None
    rate = float(stream.codec_context.framerate or stream.guessed_rate or 0) or ASSUMED_RATE
    return _Found(
        stream.index,
        start,
        frame,
        stream.sample_aspect_ratio or stream.codec_context.sample_aspect_ratio,
        round(float(stream.average_rate or stream.guessed_rate or 0), 3),
        stream.codec_context.name,
        round(rate, 3) if untimed else 0.0,
    )


def _decoded(packet: Packet[Stream]) -> list[VideoFrame | AudioFrame]:
    """The frames of a packet, none when it is damaged."""
    try:
        frames = cast("list[object]", packet.decode())
    except FFmpegError as error:
        log.debug("a packet cannot be decoded: %s", error)
        return []
    return [frame for frame in frames if isinstance(frame, VideoFrame | AudioFrame)]


def _start(frame: VideoFrame | AudioFrame, base: Fraction) -> int:
    """When a frame is presented, in microseconds of the container's clock."""
    if isinstance(frame, VideoFrame):
        return presented_at(frame, base) or 0
    return microseconds(frame.pts or 0, frame.time_base or base)


def _described(
    path: Path,
    video: int | None,
    audio: int | None,
    subtitle: int | None,
    is_still: bool,
    notes: tuple[str, ...],
) -> Probe:
    """The probe of a file whose streams are chosen; proves that they decode."""
    picture, sound = _first(path, video), _first(path, audio)
    for name, index, found in (("picture", video, picture), ("sound", audio, sound)):
        if index is not None and found is None:
            notes = (*notes, f"the {name} stream cannot be decoded and is left out")
    if picture is None and sound is None:
        raise UnreadableMedia(
            f"{path.name} is recognised, but not one frame of it can be decoded",
            "It is damaged or cut short: copy it again."
            if is_still
            else "It is damaged or uses a codec that is not built in; convert it to H.264 and AAC.",
        )
    base = picture or sound
    assert base is not None
    if picture and sound and not is_still and sound.start < picture.start - LEADS:
        base = sound
        lead = (picture.start - sound.start) / SECOND
        notes = (*notes, f"its sound begins {lead:.1f} s before its first picture")
    found = Probe(
        path=path,
        media="image" if is_still else "video" if picture else "audio",
        duration=SECOND,
        start=base.start,
        video_stream=picture.index if picture else None,
        audio_stream=sound.index if sound else None,
        subtitle_stream=subtitle,
        notes=notes,
    )
    if picture is not None:
        found = _with_picture(found, picture)
    return found


def as_shown(frame: VideoFrame, aspect: Fraction | None) -> tuple[tuple[int, int], int, float]:
    """Width and height as shown, turns clockwise in degrees, and width by height of a pixel."""
    rotation = round(-frame.rotation / 90) * 90 % 360
    width, height, stretch = frame.width, frame.height, 1.0
    if aspect and abs(aspect - 1) > SQUARE and Fraction(1, 8) <= aspect <= 8:
        stretch = float(aspect)
        width = max(1, round(width * stretch))
    return ((height, width) if rotation % 180 else (width, height)), rotation, stretch


def _with_picture(found: Probe, picture: _Found) -> Probe:
    """Size as shown, rotation, rate and codec, from the first decoded frame."""
    frame, aspect = picture.frame, picture.aspect
    assert isinstance(frame, VideoFrame)
    (width, height), rotation, stretch = as_shown(frame, aspect)
    notes = list(found.notes)
    if frame.color_trc in HDR:
        notes.append("its pictures have a high dynamic range; they are shown as on other screens")
    if picture.untimed:
        notes.append(f"its frames have no times; {picture.untimed:g} per second are assumed")
    if stretch != 1.0:
        notes.append(f"its pixels are not square ({aspect}); pictures are stretched to look right")
    if rotation:
        notes.append(f"its pictures are turned by {rotation} degrees")
    return replace(
        found,
        width=width,
        height=height,
        rotation=rotation,
        fps=0.0 if found.media == "image" else picture.untimed or picture.rate,
        frame_rate=0.0 if found.media == "image" else picture.untimed,
        pixel_aspect=stretch,
        codec=picture.codec,
        notes=tuple(notes),
    )


def _with_end(found: Probe, declared: int | None) -> Probe:
    """The real end: that of the last packet of picture or sound, not what the header says."""
    used = [i for i in (found.video_stream, found.audio_stream) if i is not None]
    if found.frame_rate:
        return replace(found, duration=_counted(found))
    end = _last_end(found.path, used, declared, found.start)
    if end is None:
        end = _last_end(found.path, used, None, found.start)
    duration = max(1, (end if end is not None else found.start + SECOND) - found.start)
    notes = list(found.notes)
    if not declared:
        notes.append("its header gives no duration; it was measured")
    elif abs(duration - declared) > max(2 * SECOND, declared // 20):
        notes.append(
            f"its header says {declared / SECOND:.1f} s, but it ends at {duration / SECOND:.1f} s"
        )
    return replace(found, duration=duration, notes=tuple(notes))


def _counted(found: Probe) -> int:
    """How long pictures without times last, by their number."""
    count = 0
    with opened(found.path) as container:
        try:
            count = sum(packet.size > 0 for packet in container.demux(video=0))
        except FFmpegError as error:
            log.info("%s cannot be read to its end: %s", found.path.name, error)
    return max(1, round(count * SECOND / found.frame_rate))


def _last_end(path: Path, used: Sequence[int], declared: int | None, start: int) -> int | None:
    """The end of the last packet, found near the declared end, or by reading all packets."""
    ends: list[int] = []
    with opened(path) as container:
        streams = [container.streams[i] for i in used]
        try:
            if declared and declared > 2 * TAIL:
                main = streams[0]
                target = start + declared - TAIL
                container.seek(ticks(target, main.time_base or Fraction(1, SECOND)), stream=main)
            for packet in container.demux(*streams):
                if packet.pts is not None and packet.stream.index in used:
                    base = packet.time_base
                    last = microseconds(packet.pts + (packet.duration or 0), base)
                    ends = [max([last, *ends])]
        except FFmpegError as error:
            log.info("the end of %s cannot be read: %s", path.name, error)
            if declared:
                return None
        return ends[0] if ends else None


def _with_seeking(found: Probe) -> Probe:
    """Note when pictures after a seek are not those of sequential decoding."""
    if found.frame_rate or (found.pieces and not found.restarts):
        return replace(found, seekable=False)  # decoding counts from the start
    if found.video_stream is None or found.pieces or seeks_well(found):
        return found
    note = "frames after a seek come out wrong; it is decoded from the start each time"
    return replace(found, seekable=False, notes=(*found.notes, note))
