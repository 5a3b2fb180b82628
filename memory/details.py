"""What records hold beyond their fields: typed mappings of plain values, JSON text in a store.

Any key may be missing where the mapping says so: senses tell different things, and older stores
told less. A key that is not named here is kept, and nothing asks for it.
"""

from __future__ import annotations

from typing import Any, Required, TypedDict

Share = tuple[str, float]
"""A name and its part: belief in a label, or the fraction of a picture that a colour covers."""

SampleValues = tuple[int, float, float, list[str]]
"""Time in microseconds, brightness, motion and the names of the dominant colours."""


VoiceValues = tuple[int, int, str]
"""Start and end of an utterance in microseconds, and how its voice sounds: bytes in base64."""


class ShownLine(TypedDict, total=False):
    """A line of text on screen."""

    text: Required[str]
    confidence: float
    box: list[float]
    """Left, top, right and bottom, as fractions of the picture."""
    colours: list[str]
    """Of the ground that it stands on and of its letters."""
    doubtful: bool
    """Whether it may be no text at all: read unsurely, once, and without a word that is known."""
    role: str
    """`title`, `subtitle` (burnt in), `item` of a list, or `wrapped`, which goes on with an item.

    Missing where nothing shows what a line is for.
    """
    parts: list[ShownLine]
    """The pieces of a line that was joined from several texts on one row."""


class FoundThing(TypedDict):
    """A thing that a detector found in a picture."""

    name: str
    words: list[str]
    confidence: float
    box: list[float]
    colours: list[str]


class ToldChange(TypedDict):
    """One change: what came, went, or gave way to what; a side that does not apply is empty."""

    what: str
    """`text`, `slide`, `thing`, `motion`, `voice`, `sound` or `picture`."""
    how: str
    """`appears`, `disappears`, `replaced`; of voices `begins`, `stops`; of pictures in words."""
    before: list[str]
    after: list[str]


class Step(TypedDict):
    """What a thing in motion does: `enters from the left`, `stops`."""

    at: int
    """Microseconds."""
    how: str


class FactSource(TypedDict):
    """A row that tells a fact, and the time by which all that it was told from was over."""

    id: str
    kind: str
    start: int
    end: int
    known_at: int


class ToldFact(TypedDict):
    """A fact and the rows that tell it."""

    subject: str
    predicate: str
    object: str
    sources: list[FactSource]


class Details(TypedDict, total=False):
    """What else was measured, by the kind of the row."""

    lines: list[ShownLine]
    """Of text on screen."""
    labels: list[Share]
    """Of things and keyframes, likeliest first."""
    colours: list[Share]
    """Of keyframes and looks, most frequent first."""
    found: list[FoundThing]
    """Of keyframes and looks, and of rows of faces."""
    language: str
    """Of speech."""
    voice: str
    """Of speech: the letter of the voice in its video, A for the one that speaks first."""
    changes: list[ToldChange]
    """Of a change row: all that happens at its instant."""
    thing: str
    """What moves, as the detector calls it; this and the next four of motion rows."""
    name: str
    """The same with its colour."""
    steps: list[Step]
    places: list[tuple[int, list[float]]]
    """Times in microseconds and boxes: left, top, right and bottom, as fractions of the picture."""
    count: int
    """How often things of this name move, where a row counts them; of faces and poses: how many."""
    pose: str
    """Of rows of poses: `raise`, `lift` (a hand, before the chest), `sit`, `lie` or `bend`."""
    known_at: int
    """Microseconds by which all that the row was made from was over."""
    subject: str
    predicate: str
    object: str
    sources: list[FactSource]
    """These four of facts."""


class Media(TypedDict, total=False):
    """What probing found in a file."""

    media: str
    width: int
    height: int
    fps: float
    codec: str
    audio: bool
    notes: list[str]
    was: str
    """The path at which it lay, once other content lies at all of its paths."""


class Told(TypedDict):
    """What models said of a window."""

    captions: int
    """How many rows."""
    facts: list[ToldFact]
    failed: list[str]
    """Why something is missing, in words."""


class WindowReport(TypedDict, total=False):
    """What finishing a video needs to know of a window; empty until it is done."""

    cuts: list[int]
    samples: list[SampleValues]
    end: int
    """Where decoding ended, in microseconds."""
    notes: list[str]
    voices: list[VoiceValues]
    """Missing where voices are not told apart."""
    seconds: float
    """How long perceiving it took."""
    told: Told


class KeyParameters(TypedDict, total=False):
    """What a perception key stands for; `used` and `faults` are added when its memory is active."""

    parameters: dict[str, Any]
    models: list[str]
    sidecars: list[str]
    """Digests of the files of subtitles."""
    pipeline: str
    used: dict[str, Any]
    """The streams that were used."""
    faults: list[str]
    """What could not be derived, in words."""
