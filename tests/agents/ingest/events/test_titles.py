"""What stretches are called: the file's own name, what stands out, what is told there alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agents.ingest.events.titles import OWN, titles_of
from memory.records import Kind, Level, Memory, Node, Span
from tests.rows import KEY, TENANT, VIDEO, row, speech, thing


def stretch(name: str, start: float, end: float) -> Node:
    return Node(name, TENANT, VIDEO, KEY, Level.CHAPTER, Span.of_seconds(start, end), 0, None)


def card(start: float, end: float, *lines: tuple[str, float], sure: float = 0.9) -> Memory:
    """Text on screen, each line with its height."""
    told = row(Kind.SCREEN_TEXT, start, end, "\n".join(text for text, _ in lines))
    shown = [
        {"text": text, "confidence": sure, "box": [0.1, 0.1 * n, 0.9, 0.1 * n + height]}
        for n, (text, height) in enumerate(lines)
    ]
    return replace(told, details={"lines": shown})  # pyright: ignore[reportArgumentType]


NODES = [stretch("a", 0, 60), stretch("b", 60, 120)]
NEWS = ("HARBOUR NEWS", 0.12)
CLOSELY = replace(card(62, 118, ("Close", 0.5)), instruction="look")


@pytest.mark.parametrize(
    ("more", "titles"),
    [
        ([], ["The ferry", "HARBOUR NEWS"]),
        ([replace(row(Kind.METADATA, 60, 120, f"{OWN}Rain"), node_id="b")], ["The ferry", "Rain"]),
        ([card(62, 118, ("Storm", 0.1))], ["The ferry", "Storm"]),
        ([card(62, 118, ("St0rrn", 0.3), sure=0.5)], ["The ferry", "HARBOUR NEWS"]),
        ([CLOSELY], ["The ferry", "HARBOUR NEWS"]),
    ],
    ids=["what stands out", "own name", "what is not everywhere", "misread", "looks are left out"],
)  # fmt: skip
def test_a_title_is_the_name_or_the_line_that_stands_out(
    more: list[Memory], titles: list[str]
) -> None:
    rows = [
        card(0, 118, NEWS),
        card(2, 50, ("The ferry", 0.1), ("small print", 0.02), ("p", 0.9)),
        *more,
    ]
    assert list(titles_of(NODES, rows).values()) == titles


def test_without_text_it_is_what_is_said_there_alone_or_seen() -> None:
    rows = [
        speech(1, 5, "The ferry was late again today, the ferry to the island."),
        speech(61, 65, "Today a kitten slept; the kitten purred."),
    ]
    assert titles_of(NODES, rows) == {"a": "ferry, late, island", "b": "kitten, slept, purred"}
    assert titles_of(NODES, [thing(0, 9, "cup; tableware"), thing(3, 4, "cat; pet")]) == {
        "a": "cup, cat"
    }
    assert titles_of(NODES, []) == {}
