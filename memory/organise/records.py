"""What is kept beside memory rows: what they assert and mention, notes, and what was done.

Nothing here is a conclusion. Assertions and mentions say what one row told, under the row's id, and
conclusions (which value holds, who is who) are drawn when they are read: so nothing is ever
overwritten, and what was forgotten leaves no conclusion behind.

Times are microseconds on the video's own clock, as everywhere.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

from memory.standing.records import Finding, Watch

_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Assertion:
    """A value of something that a row tells."""

    KEY: ClassVar[str] = "assertion_id"

    assertion_id: str
    tenant: str
    video_id: str
    subject: str
    """What it is about, as shown; a changing place on screen has its text with `#` for numbers."""
    predicate: str
    value: str
    start: int
    end: int
    """While it was shown or said; it may hold for longer."""
    known_at: int
    """When all that it was told from was over."""
    how: str
    """`slot`, `line`, `sentence` or `model`."""
    local: bool
    """Whether it speaks of its video alone; else later videos may give another value."""
    confidence: float
    source_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mention:
    """A row that names somebody or something, or shows or sounds like it."""

    KEY: ClassVar[str] = "mention_id"

    mention_id: str
    tenant: str
    video_id: str
    key: str
    """The name without case, punctuation and accents."""
    name: str
    """As it was shown or said."""
    sort: str
    """`name`, `line`, `thing`, `speaker` or `subject`."""
    start: int
    end: int
    known_at: int
    source_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """What is held about somebody or something for good: written by people or programs."""

    KEY: ClassVar[str] = "profile_id"

    profile_id: str
    tenant: str
    video_id: str
    """Empty: profiles belong to a workspace, and stay when a video is forgotten."""
    name: str
    aliases: tuple[str, ...]
    sort: str
    """`entity`, `preference`, `decision`, `open_question` or `relation`."""
    text: str
    scopes: tuple[str, ...]
    """Where it counts; the first of a question's scopes is its own."""
    status: str
    pinned: bool
    uses: int
    superseded_by: str
    resolved_at: str
    """When an open question was settled; empty while it is open."""
    created_at: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was done to memory, and how to undo it; ids only, never text."""

    KEY: ClassVar[str] = "entry_id"

    entry_id: str
    tenant: str
    video_id: str
    """The one video it concerns, with which it is forgotten; empty for none."""
    at: str
    """ISO 8601 in UTC."""
    verb: str
    by: str
    targets: tuple[str, ...]
    before: tuple[str, ...]
    """For each target what its changed field was."""
    after: tuple[str, ...]
    undoes: str
    """The entry that this one undid; empty otherwise."""


@dataclass(frozen=True, slots=True)
class Grant:
    """One workspace may read what another remembers, until it is revoked."""

    KEY: ClassVar[str] = "grant_id"

    grant_id: str
    tenant: str
    """Who may read."""
    video_id: str
    """The one video that may be read; empty for all, later ones too."""
    owner: str
    """Whose memory it is."""
    kinds: tuple[str, ...]
    """The kinds of rows that may be read; empty for all."""
    at: str
    """ISO 8601 in UTC."""


@dataclass(frozen=True, slots=True)
class Preference:
    """How a person likes what plans make. Only their own words and commands write one."""

    KEY: ClassVar[str] = "preference_id"

    preference_id: str
    tenant: str
    video_id: str
    """Empty: preferences belong to a workspace, and stay when a video is forgotten."""
    thing: str
    """What it is about, as people say it: `titles`."""
    argument: str
    """Of the tools that make such things: `color`."""
    value: str
    """As JSON."""
    source: str
    """`goal` where a goal stated it, `command` where it was set by hand."""
    run_id: str
    """The run of that goal; empty for a command."""
    confidence: float
    """0 to 1: of a command 1, of what was said in passing less."""
    at: str
    """ISO 8601 in UTC."""


@dataclass(frozen=True, slots=True)
class RecipeMark:
    """What a person decided of a chain that recurs: its name, or that it is no recipe."""

    KEY: ClassVar[str] = "recipe_id"

    recipe_id: str
    """Of the chain's shape; the chain itself is read from the runs that have it."""
    tenant: str
    video_id: str
    """Empty: they belong to a workspace."""
    name: str
    status: str
    """`named` or `deleted`."""
    at: str


@dataclass(frozen=True, slots=True)
class Experience:
    """Where the goal of a run lies among goals; the run itself says what was done."""

    KEY: ClassVar[str] = "run_id"

    run_id: str
    tenant: str
    video_id: str
    """Empty: it is forgotten with its run."""
    encoder: str
    """Whose vector it is; one of another encoder is made anew."""
    vector: tuple[float, ...]


Record = (
    Assertion
    | Mention
    | Profile
    | Entry
    | Grant
    | Preference
    | RecipeMark
    | Experience
    | Watch
    | Finding
)
RECORDS: tuple[type[Record], ...] = (
    Assertion, Mention, Profile, Entry, Grant, Preference, RecipeMark, Experience,
    Watch, Finding,
)  # fmt: skip


def plain(text: str) -> str:
    """Words without case, accents and punctuation, with single spaces: what names are compared by.

    A text without any word is only folded.
    """
    folded = unicodedata.normalize("NFKD", text.casefold())
    folded = "".join(c for c in folded if not unicodedata.combining(c))
    return " ".join(_WORD.findall(folded)) or folded.strip()


def now() -> str:
    """The present time, ISO 8601 in UTC, to the microsecond: entries are ordered by it."""
    return datetime.now(UTC).isoformat(timespec="microseconds")
