"""Kinds of memory rows, and what they may have in common."""

from __future__ import annotations

from enum import Flag, StrEnum, auto
from typing import Self


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
    DECLARED = auto()
    """Told by the file about itself: nobody saw or heard it."""
    PICTURE = auto()
    """A picture itself: it has vectors of its own and no words."""
    EVENT = auto()
    """Something that happens, told in a sentence: not a thing that is there."""
    INSTANT = auto()
    """What it tells of is over as it happens: nothing lasts while it does."""
    PEOPLE = auto()
    """Of people: how many there are, and what they do."""


class Kind(StrEnum):
    """What a memory row says about its span, and what it has in common with other kinds.

    A new sense is a member here and nothing in the lists of others: those are made by traits.
    """

    CAPTION = "caption", Trait.COMPOSED | Trait.DESCRIPTION
    SPEECH = "speech", Trait.VERBATIM | Trait.AUDIBLE
    SCREEN_TEXT = "screen_text", Trait.VERBATIM | Trait.VISUAL
    OBJECTS = "objects", Trait.VISUAL
    SUMMARY = "summary", Trait.COMPOSED | Trait.DESCRIPTION
    KEYFRAME = "keyframe", Trait.VISUAL | Trait.PICTURE
    AUDIO = "audio", Trait.AUDIBLE
    """What is heard besides words: music, singing, silence, speech that was not understood."""
    MOTION = "motion", Trait.VISUAL | Trait.EVENT
    """A thing on its way through the picture; `details` holds its steps and places."""
    FACES = "faces", Trait.VISUAL | Trait.EVENT | Trait.PEOPLE
    """How many faces are visible at once, and where; `details` holds their number and boxes."""
    POSES = "poses", Trait.VISUAL | Trait.EVENT | Trait.PEOPLE
    """Somebody raises hands, sits, lies or bends; `details` holds the pose and how many do."""
    CHANGE = "change", Trait.EVENT | Trait.INSTANT
    """Something appears, disappears or is replaced; `details` holds what and by what."""
    METADATA = "metadata", Trait.DECLARED
    """What the file says about itself, or of one of its chapters: `name: value` lines."""
    FACT = "fact", Trait.COMPOSED
    """Subject, predicate and object; `details` holds them and the `sources` that tell it."""

    traits: Trait

    def __new__(cls, name: str, traits: Trait) -> Self:
        """A member is its name, so it is read and written as that."""
        kind = str.__new__(cls, name)
        kind._value_ = name
        kind.traits = traits
        return kind

    @property
    def is_composed(self) -> bool:
        """Whether it is made of other rows."""
        return Trait.COMPOSED in self.traits

    @property
    def is_perceived(self) -> bool:
        """Whether it was seen or heard at its time."""
        return self.is_visual or self.is_audible

    @property
    def is_description(self) -> bool:
        """Whether it describes a stretch in sentences."""
        return Trait.DESCRIPTION in self.traits

    @property
    def is_verbatim(self) -> bool:
        """Whether its text are the video's own words, said or written."""
        return Trait.VERBATIM in self.traits

    @property
    def is_quotable(self) -> bool:
        """Whether its text is quoted as it stands: words of the video, or of its file."""
        return bool(self.traits & (Trait.VERBATIM | Trait.DECLARED))

    @property
    def is_visual(self) -> bool:
        """Whether it was seen in the picture: text, things, and pictures themselves."""
        return Trait.VISUAL in self.traits

    @property
    def is_audible(self) -> bool:
        """Whether it was heard: words and other sounds."""
        return Trait.AUDIBLE in self.traits

    @property
    def is_picture(self) -> bool:
        """Whether it is a picture without words."""
        return Trait.PICTURE in self.traits

    @property
    def is_thing(self) -> bool:
        """Whether it tells what is in the picture by names instead of words that stand there."""
        return self.is_visual and not self.is_verbatim and not self.is_event

    @property
    def is_event(self) -> bool:
        """Whether it tells of something that happens."""
        return Trait.EVENT in self.traits

    @property
    def is_of_people(self) -> bool:
        """Whether it tells of people: how many there are, and what they do."""
        return Trait.PEOPLE in self.traits

    @property
    def is_instant(self) -> bool:
        """Whether it marks a point in time instead of a stretch of it."""
        return Trait.INSTANT in self.traits

    @property
    def is_beside_pictures(self) -> bool:
        """Whether it tells what a model does not see by itself in pictures: words and sounds."""
        return self.is_verbatim or self.is_audible
