"""What kinds of memory rows may have in common."""

from __future__ import annotations

from enum import Flag, auto


class Trait(Flag):
    """What kinds of memory have in common; the rest of the program asks for these."""

    COMPOSED = auto()
    """Made of other rows: it tells of a moment, but is not where it is."""
    DESCRIPTION = auto()
    """Describes a stretch of the video in sentences."""
    VERBATIM = auto()
    """The video's own words, which can be quoted."""
    VISUAL = auto()
    """Seen in the picture."""
    AUDIBLE = auto()
    """Heard in the sound."""
    PICTURE = auto()
    """A picture itself: it has vectors of its own and no words."""
