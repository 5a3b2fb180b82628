"""What perception hands to memory, and what it needs to know about a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agents.models.ports import Image
from memory.details import Details
from memory.records import Kind, Level, Span, Vector


@dataclass(frozen=True, slots=True)
class StreamChoice:
    """Which stream to use where a file has several (None: the container's best), and by what."""

    video: int | None = None
    audio: int | None = None
    subtitle: int | None = None
    language: str = ""
    """Code of the language to prefer (`en`) where none is named; empty for the file's default."""
    decoder: str = "pyav"
    """What decodes the pictures of videos: `pyav` or `decord`."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """Everything that decides what ingest perceives; hashed into the perception key."""

    window_seconds: float = 60.0
    sample_fps: float = 2.0
    """Rate at which a window's pictures are examined."""
    cut_threshold: float = 27.0
    """PySceneDetect's content score above which a cut is declared."""
    keyframe_seconds: float = 10.0
    """A still shot gets a keyframe at least this often."""
    text_side: int = 736
    """Longest side, in pixels, at which text is looked for while ingesting."""
    text_seconds: float = 1.0
    """Shortest time between two readings of a changing picture."""
    speech: bool = True
    speech_model: str = ""
    """`multilingual`, or the folder of a CTranslate2 Whisper model; empty for English alone."""
    sounds: bool = False
    """Whether music, singing, silence and speech without words get rows."""
    voices: bool = False
    """Whether it is told which voice speaks when."""
    faces: bool = False
    """Whether faces get rows: how many at once, and where."""
    poses: bool = False
    """Whether raised hands and people who sit, lie or bend get rows."""
    motion_seconds: float = 0.5
    """Shortest time between two looks for things in motion; 0 for none at all."""
    changes: bool = True
    """Whether what appears, disappears or is replaced gets rows of its own."""
    streams: StreamChoice = StreamChoice()
    captions: str = "none"
    """Which pictures a model describes: `none`, `keyframes`, or `dense` (one per second)."""
    captioner: str = ""
    """Name of the model that describes them; empty without captions."""
    summariser: str = ""
    """Name of the model that then writes summaries and facts."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a file within which its own clock runs on; times in microseconds."""

    first: int
    """Earliest time on the container's clock."""
    last: int
    """Latest time on the container's clock."""
    shift: int
    """What is added to the container's times, so that they rise over all pieces."""


@dataclass(frozen=True, slots=True)
class Restart:
    """A keyframe from which decoding may start again, in a file whose clock jumps."""

    time: int
    """Microseconds of the rising clock."""
    position: int
    """Byte in the file."""
    piece: int


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter that the file names; its span is on the video's clock."""

    span: Span
    title: str


@dataclass(frozen=True, slots=True)
class Probe:
    """What a file holds, as far as its headers and first packets tell.

    `start` is the first presented frame (or first sample) in microseconds of the container's
    clock, or the first sample where sound leads: everything else in Backtrail is relative to it.
    """

    path: Path
    media: str
    """`video`, `image` or `audio`."""
    duration: int
    """Microseconds from `start` to the end of the last frame or sample."""
    start: int
    width: int = 0
    """Pixels as shown, after rotation and pixel aspect."""
    height: int = 0
    rotation: int = 0
    """Degrees clockwise by which decoded pictures must be turned."""
    fps: float = 0.0
    """Average frames per second; only for information and estimates."""
    codec: str = ""
    video_stream: int | None = None
    audio_stream: int | None = None
    subtitle_stream: int | None = None
    streams: StreamChoice = StreamChoice()
    """The streams above as they are counted by kind, from 0."""
    seekable: bool = True
    """False when decoding after a seek differs from decoding from the start."""
    pixel_aspect: float = 1.0
    """Width of a pixel divided by its height, as far as pictures are stretched for it."""
    frame_rate: float = 0.0
    """Frames per second that give frames without time stamps theirs; 0 where they have some."""
    pieces: tuple[Piece, ...] = ()
    """The pieces of a clock that jumps; empty where it runs through."""
    restarts: tuple[Restart, ...] = ()
    """Where decoding may start in such a file."""
    chapters: tuple[Chapter, ...] = ()
    """The file's own chapters."""
    tags: tuple[tuple[str, str], ...] = ()
    """Names and values of what the file says about itself."""
    decoder: str = "pyav"
    """What decodes its pictures: `pyav`, or one of `media/decoders`."""
    notes: tuple[str, ...] = ()
    """What is odd about the file, in words for the user."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A decoded picture and the time it is shown: `[span.start, next frame's start)`."""

    span: Span
    image: Image


@dataclass(frozen=True, slots=True)
class Percept:
    """One thing perceived in a window, not yet a memory: no id, no tenant, no node."""

    kind: Kind
    level: Level
    span: Span
    text: str | None
    model: str
    confidence: float = 1.0
    details: Details = field(default_factory=Details)
    image: Image | None = None
    """The keyframe's picture, for its thumbnail."""
    image_vector: Vector | None = None
    text_aligned_vector: Vector | None = None
    image_hash: str | None = None


@dataclass(frozen=True, slots=True)
class HeardVoice:
    """How the voice of an utterance sounds."""

    span: Span
    """Of the utterance."""
    vector: Vector


@dataclass(frozen=True, slots=True)
class Sample:
    """Cheap measures of one examined picture."""

    time: int
    """Microseconds."""
    brightness: float
    """Mean luma, 0 to 1."""
    motion: float
    """Mean absolute luma difference to the sample before, 0 to 1 (0 at a cut)."""
    colours: tuple[str, ...]
    """Names of the dominant colours, most frequent first."""


@dataclass(frozen=True, slots=True)
class WindowPercepts:
    """Everything perceived in one window, plus what the whole video's tree is built from."""

    percepts: tuple[Percept, ...]
    cuts: tuple[int, ...]
    """Times of hard cuts, in microseconds; 0 is never one."""
    samples: tuple[Sample, ...]
    end: int
    """Where decoding ended: less than the window's end when the stream broke off."""
    notes: tuple[str, ...] = ()
    voices: tuple[HeardVoice, ...] = ()
    """Of the utterances that are long enough to tell."""


Thumb = NDArray[np.uint8]
"""A tiny picture used to measure change, shape (36, 64, 3) RGB."""
