"""Small builders of memory rows and context, for tests of the agents."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Unpack, cast

from agents.ask.answer import Context
from memory.details import Details, Media
from memory.records import (
    SECOND,
    Hit,
    Kind,
    Level,
    Memory,
    Node,
    Owner,
    Producer,
    Span,
    Video,
)

TENANT, VIDEO, KEY = "t", "v_1", "p_1"


def row(kind: Kind, start: float, end: float, text: str, **more: object) -> Memory:
    """A row from seconds and text; lines of screen text get boxes from top to bottom."""
    span = Span.of_seconds(start, end)
    producer = Producer("test")
    details: Details = {}
    if kind is Kind.SCREEN_TEXT:
        details["lines"] = [
            {"text": line, "confidence": 0.9, "box": [0.1, 0.1 * i, 0.9, 0.1 * i + 0.05]}
            for i, line in enumerate(text.splitlines())
        ]
    if kind is Kind.OBJECTS:
        details["labels"] = [(text.split("; ")[0], 0.8)]
    details |= cast("Details", more.pop("details", {}))
    return Memory.make(
        Owner(TENANT, VIDEO, KEY),
        Level.SHOT,
        kind,
        span,
        text,
        producer,
        made_for=text,
        window_id="w_1",
        node_id="n_1",
        confidence=0.9,
        details=details,
        **more,  # type: ignore[arg-type]
    )


def text(start: float, end: float, words: str) -> Memory:
    """Text on screen."""
    return row(Kind.SCREEN_TEXT, start, end, words)


def speech(start: float, end: float, words: str) -> Memory:
    """A spoken sentence."""
    return row(Kind.SPEECH, start, end, words)


def thing(start: float, end: float, words: str) -> Memory:
    """Something recognised, words from narrow to wide joined by `; `."""
    return row(Kind.OBJECTS, start, end, words)


def video(seconds: float = 60.0, **media: Unpack[Media]) -> Video:
    """A video of some length."""
    return Video(
        video_id=VIDEO,
        tenant=TENANT,
        digest="d",
        paths=("/videos/talk.mp4",),
        duration=round(seconds * SECOND),
        size=1,
        media={"audio": True, **media},
        active_key=KEY,
    )


def shots(*edges: float) -> tuple[Node, ...]:
    """Shot nodes between the edges."""
    pairs = list(itertools.pairwise(edges))
    return tuple(
        Node(f"n_{i}", TENANT, VIDEO, KEY, Level.SHOT, Span.of_seconds(a, b), i, None)
        for i, (a, b) in enumerate(pairs)
    )


def context(
    rows: Sequence[Memory],
    focus: Sequence[Span] = (),
    anchors: Sequence[Memory] = (),
    options: Sequence[Sequence[Memory]] = (),
    nodes: Sequence[Node] = (),
    of: Video | None = None,
) -> Context:
    """Context as recall would bring it, with all rows as hits."""
    ordered = tuple(sorted(rows, key=lambda r: r.span))
    return Context(
        hits=tuple(Hit(r, 1.0) for r in ordered),
        rows=ordered,
        focus=tuple((VIDEO, span) for span in focus),
        anchors=tuple(Hit(r, 1.0) for r in anchors),
        options=tuple(tuple(Hit(r, 1.0) for r in group) for group in options),
        nodes=tuple(nodes),
        videos=(of or video(),),
    )
