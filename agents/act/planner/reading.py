"""How a goal is read: quoted text and file names are set apart, and clauses divided.

Marks stand in their places, so that no word inside a quotation is ever taken for an operation.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from agents.act.planner.order import ordered
from agents.act.planner.wording import usual
from agents.errors import QuestionError

QUOTED = re.compile(r"\"([^\"]*)\"|“([^”]*)”|‘([^’]*)’|(?<!\w)'([^']*)'(?!\w)|«([^»]*)»")
_MARKS = re.compile("[\ue000-\ue00f]")
QUOTE = "\ue000(\\d+)\ue001"
MEDIA = "\ue002(\\d+)\ue003"

_LISTED = re.compile("(\ue003)(?:, ?and |,? and |, ?)(?=(?:of |from )?\ue002)")
_BREAKS = re.compile(r"\s*(?:[;,]\s*(?:and\s+)?(?:then\s+)?|\.\s+|\s+and then\s+|\s+then\s+)\s*")
_COURTESY = re.compile(
    r"(?:please|kindly|now|also|next|first|finally|lastly|afterwards?|after that|then|and|just|"
    r"(?:can|could|would|will) you|i(?:'d| would) (?:like|love)(?: you)? to|"
    r"(?:i|we) (?:want|need)(?: you)? to|let'?s|go ahead and|"
    r"(?:make|be) sure (?:that |to )?(?:you )?|help me(?: to)?|try to|you should|"
    r"simply|this time)\s*(?<=\s)"
)
_SHOULD = re.compile(
    rf"({MEDIA}|it|(?:the|this|my) (?:video|clip|film|result)) "
    r"(?:should|must|shall|has to) ([a-z]+)"
)
"""A wish whose object comes first: "it should begin with" is "begin it with"."""
_POLITE_END = re.compile(
    r"\s*(?:,?\s*please|,?\s*thanks?(?: you)?(?: a lot)?|\bfor me|"
    r"\bif (?:you can|possible)|\bas well|\btoo|[.!?])$"
)


class NotPlanned(QuestionError):
    """A part of a goal is not understood, or may mean two things; nothing was done."""

    code = "not_planned"


@dataclass(frozen=True, slots=True)
class Read:
    """A goal with marks in the places of quotations and files."""

    clauses: tuple[str, ...]
    quotes: tuple[str, ...]
    names: tuple[str, ...]
    """Of files, as they were written."""

    def shown(self, text: str) -> str:
        """A piece of it as the person wrote it."""
        text = re.sub(QUOTE, lambda m: f'"{self.quotes[int(m[1])]}"', text)
        return re.sub(MEDIA, lambda m: self.names[int(m[1])], text)


@dataclass(slots=True)
class _Marks:
    quotes: list[str] = field(default_factory=list[str])
    names: list[str] = field(default_factory=list[str])


def read(goal: str, names: Sequence[str]) -> Read:
    """Read a goal; `names` are those of the files that were given.

    A quotation that is the name of a file is that file. Names are found wherever they stand, the
    longest first.
    """
    marks, text = _Marks(names=list(names)), _MARKS.sub(" ", goal)
    lower = [name.lower() for name in names]

    def quoted(found: re.Match[str]) -> str:
        inside = next(group for group in found.groups() if group is not None)
        if inside.lower() in lower:
            return f"\ue002{lower.index(inside.lower())}\ue003"
        marks.quotes.append(inside)
        return f"\ue000{len(marks.quotes) - 1}\ue001"

    text = QUOTED.sub(quoted, text)
    for number in sorted(range(len(names)), key=lambda n: -len(names[n])):
        named = rf"(?<![\w.-])(?:[^\s,;:]*/)?{re.escape(names[number])}(?![\w-])"
        text = re.sub(named, f"\ue002{number}\ue003", text, flags=re.IGNORECASE)
    text = _LISTED.sub(r"\1 & ", " ".join(text.split()))
    pieces = [plain(piece) for piece in _BREAKS.split(text)]
    return Read(tuple(filter(None, pieces)), tuple(marks.quotes), tuple(marks.names))


def plain(clause: str) -> str:
    """A clause without courtesies, in small letters."""
    text = _POLITE_END.sub("", clause.strip().lower())
    while (found := _COURTESY.match(text)) is not None:
        text = text[found.end() :]
    return _SHOULD.sub(r"\3 \1", usual(ordered(text.strip())), count=1)


def halves(clause: str) -> list[tuple[str, str]]:
    """The ways to divide a clause at an "and", the earliest first."""
    return [
        (plain(clause[: found.start()]), plain(clause[found.end() :]))
        for found in re.finditer(r"\s+and\s+", clause)
    ]
