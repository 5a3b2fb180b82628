"""What a question asks, as a typed value: the planner writes it, everything after it reads it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from memory.records import Kind, Span

SUMMARY = "summary"
"""The target of a question about all of a video."""


class Asked(StrEnum):
    """What kind of answer would settle the question."""

    WHAT = "what"
    WHEN = "when"
    WHERE = "where"
    WHO = "who"
    COUNT = "count"
    ORDER = "order"
    SAID = "said"
    WRITTEN = "written"
    YES_NO = "yes_no"
    KEYWORDS = "keywords"
    """No question at all: find the moment these words are about."""


class Relation(StrEnum):
    """How the asked-for moment lies to the anchor."""

    AFTER = "after"
    BEFORE = "before"
    WHILE = "while"
    BETWEEN = "between"
    AT = "at"


@dataclass(frozen=True, slots=True)
class Anchor:
    """An event or a time that the question hangs on ("after the printer", "at 5 s")."""

    relation: Relation
    text: str = ""
    """Words of the anchoring event; empty when the anchor is a plain time."""
    span: Span | None = None
    """The anchoring time, when the question names one."""
    from_end: bool = False
    """`span` counts back from the end of the video ("the last four seconds")."""

    @property
    def is_beside_event(self) -> bool:
        """Whether what is asked for comes before or after an event: not what is with it."""
        return self.relation in (Relation.BEFORE, Relation.AFTER) and bool(self.text)


@dataclass(frozen=True, slots=True)
class Plan:
    """A question, understood."""

    question: str
    asked: Asked
    terms: tuple[str, ...]
    """Content words of what is asked about (not of the anchor), lower case, unstemmed, in order."""
    phrases: tuple[str, ...] = ()
    """Quoted strings, verbatim."""
    target: str = ""
    """The noun that types the answer: "animal" in "which animal", "colour", "title", "number"."""
    anchor: Anchor | None = None
    voice: int | None = None
    """Who speaks: 2 for voice B, the second to speak, -1 for the last, 0 for any but the first."""
    position: int | None = None
    """1 for first, 3 for third, -1 for last, -2 for the last but one."""
    boundary: str = ""
    """`start` ("appear", "begin"), `end` ("disappear", "leave") or empty, for when-questions."""
    choices: tuple[str, ...] = ()
    """Alternatives given as options, or named in the question ("A or B")."""
    notes: tuple[str, ...] = ()
    """What the planner did not understand, in words for the user."""

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """Memory kinds in which an answer that was said or written stands; empty for all."""
        own = {Asked.SAID: (Kind.SPEECH,), Asked.WRITTEN: (Kind.SCREEN_TEXT,)}
        return own.get(self.asked, ())

    @property
    def is_overview(self) -> bool:
        """Whether it is about all of a video."""
        return self.target == SUMMARY

    @property
    def is_empty(self) -> bool:
        """Whether nothing can be searched for: only stop words and no time."""
        has_words = self.terms or self.phrases or self.choices or self.target
        is_bound = self.voice is not None or self.position is not None
        return not has_words and self.anchor is None and not is_bound
