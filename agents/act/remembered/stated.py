"""Preferences that a goal states: "from now on titles in red", "I prefer yellow subtitles".

Only the words of the goal itself are read, none inside quotation marks or names of files, and
nothing that a video shows or says. A statement must be understood whole; else it stays in the goal.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from agents.act.planner.options import taken
from agents.act.planner.reading import QUOTED, plain
from agents.act.remembered.things import THINGS, Thing, values_of

EXPLICIT = 0.9
"""Confidence in what is said to hold from now on."""
PASSING = 0.6
"""Confidence in what is said of all things of a sort, but not for how long."""

_LASTING = r"from now on|from here on|in (?:the )?future|by default|always|as a rule|every time"
_PREFER = r"i (?:always |generally |usually |really )?prefer|i like|remember(?: that)?"
_BEGIN = re.compile(rf"(?:and )?(?:{_LASTING}|{_PREFER})[,:]?(?: |$)")
_END = re.compile(rf" (?:{_LASTING})$")
_INSIDE = re.compile(r" (?:should |must |shall )?always ")
_SPLIT = re.compile(
    r"\s*[;,]\s*(?:and\s+)?(?:then\s+)?|\.\s+|\s+and then\s+|\s+then\s+|"
    rf"\s+and\s+(?=(?:{_LASTING}|{_PREFER})\b)",
    re.IGNORECASE,
)
_VERBS = re.compile(
    r"(?:(?:make|have|use|show|put|write|keep|set|render|give|want|draw|place|burn in|burn|add|"
    r"to have|having|with|all|my|the|every|any|each|new|me) )+"
)
_GLUE = re.compile(r"(?:(?:should|must|shall|are|is|to be|be|always|have|last|stay|being) )+")
_LOOSE = re.compile(r"(?: ?\b(?:for|of|on|all|my|the|every))+$")
_PLURAL = "|".join(thing.pattern for thing in THINGS.values())
_BARE = re.compile(rf"(?:and |all (?:the |my )?|my )?(?:{_PLURAL})(?<=s) .+")


@dataclass(frozen=True, slots=True)
class Stated:
    """One preference as it was said."""

    thing: str
    argument: str
    value: str
    """As JSON."""
    confidence: float

    @property
    def read(self) -> object:
        """The value itself."""
        return json.loads(self.value)

    @property
    def is_passing(self) -> bool:
        """Whether it was said without saying for how long."""
        return self.confidence <= PASSING

    def __str__(self) -> str:
        return f"{self.thing}: {self.argument} {self.read}"


@dataclass(frozen=True, slots=True)
class Heard:
    """What a goal states, and what it asks for besides."""

    stated: tuple[Stated, ...] = ()
    rest: str = ""
    unclear: tuple[str, ...] = ()
    """Pieces that say that something is to last, and are not understood; they are in the rest."""


@dataclass(slots=True)
class _Piece:
    """A piece of a goal, and what stands before it."""

    text: str
    before: str
    stated: tuple[Stated, ...] = field(default=())


def heard_in(goal: str, names: Sequence[str], *, passing: bool = True) -> Heard:
    """What a goal states about later ones; `names` are those of the files that were given.

    With `passing` also what is said of all things of a sort without saying for how long.
    """
    pieces = _pieces(goal, masked(goal, names))
    unclear: list[str] = []
    lasting = False
    for number, piece in enumerate(pieces):
        words = plain(masked(piece.text, names))
        if _BEGIN.fullmatch(f"{words} ") or _BEGIN.fullmatch(words):
            lasting = number + 1 < len(pieces)
            continue
        said = statement(f"always {words}" if lasting else words)
        piece.stated = said if passing else tuple(s for s in said if s.confidence > PASSING)
        if not words and number:
            piece.stated = pieces[number - 1].stated  # a "please" goes with what it is said of
        if not piece.stated and (lasting or _BEGIN.match(words) or _END.search(words)):
            unclear.append(piece.text.strip())
        if lasting and piece.stated:
            pieces[number - 1].stated = piece.stated  # its "from now on" goes with it
        lasting = False
    found = tuple(dict.fromkeys(one for piece in pieces for one in piece.stated))
    if not found:
        return Heard((), goal, tuple(unclear))
    kept = [piece for piece in pieces if not piece.stated]
    texts = [(piece.before if number else "") + piece.text for number, piece in enumerate(kept)]
    rest = "".join(texts).strip()
    return Heard(found, "" if not re.search(r"\w", rest) else rest, tuple(unclear))


def statement(words: str) -> tuple[Stated, ...]:
    """The preferences that one piece states, in small letters; none where it is something else."""
    text, confidence = words, PASSING
    for pattern in (_BEGIN, _END):
        if (found := pattern.search(text)) and (pattern is _END or found.start() == 0):
            text, confidence = (text[: found.start()] + text[found.end() :]).strip(), EXPLICIT
    if inside := _INSIDE.search(text):
        text, confidence = f"{text[: inside.start()]} {text[inside.end() :]}", EXPLICIT
    if confidence == PASSING and not _BARE.fullmatch(text):
        return ()
    return tuple(replace(one, confidence=confidence) for one in described(text))


def described(text: str) -> tuple[Stated, ...]:
    """What is said of things: "titles and subtitles in red", "red titles", "red for titles".

    Empty where a word is left over, or something cannot be said of one of the things.
    """
    if whole := _of_things(text):
        return whole
    parts = [_of_things(part) for part in text.split(" and ")]
    return tuple(one for part in parts for one in part) if all(parts) else ()


def _of_things(text: str) -> tuple[Stated, ...]:
    rest = _VERBS.sub("", f"{text} ", count=1).strip() if _VERBS.match(f"{text} ") else text
    things: list[Thing] = []
    for thing in THINGS.values():
        found = re.search(rf"(?<![\w-]){thing.pattern}(?![\w-])", rest)
        if found is not None:
            left = _LOOSE.sub("", rest[: found.start()].strip())
            right = _GLUE.sub("", f"{rest[found.end() :].strip()} ", count=1).strip()
            right = right if not right.startswith("and ") else right[4:]
            rest = f"{left.removesuffix(' and')} {right}".strip()
            things.append(thing)
    if not things or not rest:
        return ()
    allowed = tuple(o for o in things[0].options if all(o in t.options for t in things))
    options = taken(re.sub(r" and ", " ", rest), allowed)
    if options is None or options.things or not options.found:
        return ()
    values = values_of(options)
    return tuple(
        Stated(thing.name, argument, json.dumps(value), 1.0)
        for thing in things
        for argument, value in values.items()
        if value is not None
    )


def masked(text: str, names: Sequence[str]) -> str:
    """A text of the same length without the letters of quotations and names of files."""

    def hidden(found: re.Match[str]) -> str:
        return "\ue000" * len(found[0])

    text = QUOTED.sub(hidden, text)
    for name in sorted(filter(None, names), key=len, reverse=True):
        text = re.sub(re.escape(name), hidden, text, flags=re.IGNORECASE)
    return text


def _pieces(goal: str, hidden: str) -> list[_Piece]:
    """A goal divided where clauses end, none of them inside a quotation or a name."""
    pieces: list[_Piece] = []
    at, before = 0, ""
    for found in _SPLIT.finditer(hidden):
        pieces.append(_Piece(goal[at : found.start()], before))
        at, before = found.end(), goal[found.start() : found.end()]
    pieces.append(_Piece(goal[at:], before))
    return [piece for piece in pieces if piece.text.strip()]
