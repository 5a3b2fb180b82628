"""Readings that may be none: which are marked, and what the mark keeps them from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

import agents.ask.ranking.sureness as sureness
from agents.ask.planner.rules import plan as understand
from agents.ask.ranking.learned import read_by_rank
from agents.ask.reader.read import UNSETTLED
from agents.ingest.compose import summary
from agents.ingest.events.titles import titles_of
from agents.models.embedded.minilm import MiniLMEncoder
from agents.models.ports import words_of
from agents.perception.roles import doubt
from agents.perception.roles.doubt import is_doubtful, with_doubts
from memory.details import Details
from memory.organise.telling import assertions_of
from memory.records import Kind, Memory
from tests.default_models import models_cache as models_cache
from tests.rows import context, row, shots

KNOWN = frozenset("opening hours price boulangerie straße".split())


def read(start: float, *lines: tuple[str, float], lasts: float = 4) -> Memory:
    """A row of lines with the confidence of each."""
    told = row(Kind.SCREEN_TEXT, start, start + lasts, "\n".join(text for text, _ in lines))
    values = [
        {"text": text, "confidence": sure, "box": [0.1, 0.1 * n, 0.6, 0.1 * n + 0.06]}
        for n, (text, sure) in enumerate(lines)
    ]
    sure = min(each for _, each in lines)
    return replace(told, confidence=sure, details=cast("Details", {"lines": values}))


def marked(rows: Sequence[Memory]) -> list[str]:
    told = with_doubts(rows, lambda: KNOWN)
    lines = [line for each in told for line in each.details.get("lines", [])]
    return [line["text"] for line in lines if line.get("doubtful")]


@pytest.mark.parametrize(
    ("rows", "doubtful"),
    [
        ([read(0, ("Llxwq vvn", 0.7))], True),
        ([read(0, ("Llxwq vvn", 0.9))], False),
        ([read(0, ("Opening llxwq", 0.7))], False),
        ([read(0, ("KX-7315", 0.97))], False),
        ([read(0, ("Llxwq vvn", 0.7)), read(9, ("LLXWQ VVN", 0.65))], False),
        ([read(0, ("開門時間", 0.7))], False),
        ([read(0, ("Straßen", 0.7))], False),
        ([read(0, ("Boulangèrie", 0.7))], False),
        ([read(0, ("op ho 7", 0.7))], True),
    ],
    ids=["junk", "surely read", "a word", "a code", "read twice", "a script that has no words here",
         "letters that no dictionary has", "accents", "pieces of words"],
)  # fmt: skip
def test_a_reading_is_doubtful_only_where_all_speaks_against_it(
    rows: list[Memory], doubtful: bool
) -> None:
    assert bool(marked(rows)) == doubtful


def test_marks_are_told_anew_and_change_nothing_else() -> None:
    rows = [read(0, ("Llxwq vvn", 0.7), ("Opening hours", 0.95))]
    once = with_doubts(rows, lambda: KNOWN)
    assert marked(once) == ["Llxwq vvn"] and not is_doubtful(once[0])
    assert (once[0].text, once[0].memory_id) == (rows[0].text, rows[0].memory_id)
    assert with_doubts(once, frozenset[str]) == rows, "without words nothing can be judged"
    assert is_doubtful(with_doubts([read(0, ("Llxwq", 0.7))], lambda: KNOWN)[0])


def test_no_dictionary_is_opened_where_all_was_read_surely() -> None:
    def opened() -> frozenset[str]:
        raise AssertionError

    assert with_doubts([read(0, ("Llxwq", 0.9))], opened)


def test_the_dictionary_is_the_vocabulary_of_the_text_encoder(models_cache: Path) -> None:
    words = words_of(MiniLMEncoder(models_cache, threads=1))
    assert {"opening", "hours", "bridge"} <= words
    assert words.isdisjoint({"llxwq", "dogic", "##ing", "7"})


JUNK = read(0, ("Llxwq: 4471", 0.7), ("Prcvn", 0.65))
CLEAR = read(5, ("Opening hours 9:30", 0.95))


def test_doubtful_lines_are_no_facts_no_summary_and_no_title() -> None:
    rows = [JUNK, read(0, ("Price: 5", 0.95)), CLEAR]
    told = with_doubts(rows, lambda: KNOWN)
    assert {one.subject for one in assertions_of(rows)} == {"Llxwq", "Price"}
    assert {one.subject for one in assertions_of(told)} == {"Price"}
    [node] = shots(0, 10)
    assert "Prcvn" in summary(node, rows, 40) and "Prcvn" not in summary(node, told, 40)
    assert "Opening hours" in summary(node, told, 40)
    named = [read(0, ("Llxwq", 0.83))]
    assert titles_of([node], named) == {node.node_id: "Llxwq"}
    assert titles_of([node], with_doubts(named, lambda: KNOWN)) == {}


def first(rows: Sequence[Memory], question: str) -> str:
    """What is answered where meaning speaks for the first row."""

    def relate(asked: str, texts: Sequence[str]) -> list[float]:
        return [1.0 if "Llxwq" in text else 0.0 for text in texts]

    plan = understand(question)
    return read_by_rank(plan, context(rows), relate, UNSETTLED, 0.5).text or ""


def test_junk_never_stands_before_what_was_read_clearly(monkeypatch: pytest.MonkeyPatch) -> None:
    question = "What is the llxwq number?"
    told = with_doubts([JUNK, CLEAR], lambda: KNOWN)
    assert "Opening hours" in first(told, question)
    assert "4471" in first(told[:1], question), "alone it is the best there is"
    monkeypatch.setattr(sureness.Ranked, "stands_back", lambda *_: False)
    assert "4471" in first(told, question)


def test_a_reading_counts_as_sure_from_one_confidence_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doubt, "SURE", 0.5)
    assert marked([JUNK]) == []
