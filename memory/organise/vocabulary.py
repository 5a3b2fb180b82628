"""Every kind of thing that is remembered, on the axes of the surveys of memory.

The axes: whose it is (the person's or the system's own), how it is held (in a store or in weights),
for how long, its form, its function, its dynamics, and how it is told. After the survey of human
and machine memory (eight quadrants), that of forms, functions and dynamics, and A-Hippocampus
(implicit, explicit, agentic). `memory/organise/README.md` shows the table; a test keeps both whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, fields

from memory.records import Kind


@dataclass(frozen=True, slots=True)
class Place:
    """Where a kind stands on the axes."""

    kind: str
    whose: str
    """`personal`: what a person's videos and words tell; `system`: what the system did."""
    held: str
    """`store` (non-parametric); nothing of ours is held in weights."""
    lasts: str
    """`long`, or `short` for what only one question has."""
    form: str
    """`token`, `vector` or `record`."""
    function: str
    """`factual` or `experiential`, or `working` for one question."""
    dynamics: str
    """`formation`, `evolution` or `retrieval`: what it comes from."""
    telling: str
    """`explicit`, `implicit` or `agentic`."""

    @property
    def quadrant(self) -> str:
        """Of the eight of whose, how and how long."""
        return f"{self.whose}, {self.held}, {self.lasts}"


def _perceived(kind: Kind, form: str = "token", dynamics: str = "formation") -> Place:
    return Place(kind, "personal", "store", "long", form, "factual", dynamics, "explicit")


_PLACES = (
    _perceived(Kind.SPEECH),
    _perceived(Kind.SCREEN_TEXT),
    _perceived(Kind.OBJECTS),
    _perceived(Kind.METADATA),
    _perceived(Kind.MOTION),
    _perceived(Kind.AUDIO),
    _perceived(Kind.FACES),
    _perceived(Kind.POSES),
    _perceived(Kind.CHANGE, dynamics="evolution"),
    _perceived(Kind.KEYFRAME, form="vector"),
    _perceived(Kind.CAPTION, dynamics="evolution"),
    _perceived(Kind.SUMMARY, dynamics="evolution"),
    _perceived(Kind.FACT, dynamics="evolution"),
    Place("look", "personal", "store", "long", "token", "factual", "retrieval", "agentic"),
    Place("assertion", "personal", "store", "long", "record", "factual", "evolution", "explicit"),
    Place("mention", "personal", "store", "long", "record", "factual", "evolution", "implicit"),
    Place("profile", "personal", "store", "long", "record", "factual", "formation", "explicit"),
    Place("entry", "system", "store", "long", "record", "experiential", "evolution", "explicit"),
    Place("grant", "system", "store", "long", "record", "working", "retrieval", "explicit"),
    Place("watch", "personal", "store", "long", "record", "working", "retrieval", "explicit"),
    Place("finding", "personal", "store", "long", "record", "factual", "retrieval", "agentic"),
    Place("preference", "personal", "store", "long", "record", "factual", "formation", "explicit"),
    Place(
        "recipemark", "personal", "store", "long", "record", "experiential", "evolution", "explicit"
    ),
    Place(
        "experience", "system", "store", "long", "vector", "experiential", "retrieval", "agentic"
    ),
    Place("run", "system", "store", "long", "record", "experiential", "retrieval", "agentic"),
    Place("trail", "system", "store", "short", "record", "working", "retrieval", "agentic"),
)
VOCABULARY: Mapping[str, Place] = {place.kind: place for place in _PLACES}
"""The place of each kind: memory rows, what is kept beside them, and a question's trail."""


def table() -> str:
    """The vocabulary as a table in Markdown."""
    names = [field.name for field in fields(Place)]
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    lines += [f"| {' | '.join(map(str, astuple(place)))} |" for place in VOCABULARY.values()]
    return "\n".join(lines) + "\n"


def by_quadrant(counts: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Counts of kinds as counts of quadrants.

    Raises:
        KeyError: when the vocabulary lacks a kind.
    """
    found: dict[str, int] = {}
    for kind, count in counts:
        quadrant = VOCABULARY[kind].quadrant
        found[quadrant] = found.get(quadrant, 0) + count
    return dict(sorted(found.items()))
