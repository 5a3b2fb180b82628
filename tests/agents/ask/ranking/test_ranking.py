"""The learned reader: cards that no rule was written for, moments, and what confidence means."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from agents.ask.answer import Draft
from agents.ask.planner.rules import plan as understand
from agents.ask.ranking import learned
from agents.ask.ranking.candidates import UNNAMED, candidates_of
from agents.ask.ranking.comparison import Comparison, Prepared, Relate
from agents.ask.ranking.features import FEATURES, GROUPS
from agents.ask.ranking.learned import compared, fitted, read_by_rank
from agents.ask.ranking.logistic import Logistic
from agents.ask.ranking.sureness import KEPT, MOMENTS, SURENESS, rank
from agents.ask.reader.read import read
from agents.ask.result.evidence import ClosestMoment
from agents.ask.trace import closest_moments
from agents.models.embedded.minilm import MiniLMEncoder
from memory.details import Details
from memory.records import Kind, Memory
from tests.default_models import models_cache as models_cache
from tests.rows import context, row, speech, text, thing

CARDS = [
    text(0, 4, "CAMERA ONE\nGate code 1182\nFloor 1"),
    text(4, 8, "CAMERA TWO\nLocker code 4471\nFloor 3"),
    text(8, 12, "Coffee break\n20 min"),
    text(12, 16, "Opening hours\nMonday 9:30 - 17:00\nSunday closed"),
    speech(16, 19, "The ferry to the island was cancelled because of fog."),
    speech(19, 22, "We had lunch at the harbour instead."),
    thing(22, 26, "refrigerator; fridge; appliance"),
    thing(26, 30, "spaniel; dog; pet; mammal; animal"),
]


@pytest.fixture(scope="module")
def encoder(models_cache: Path) -> MiniLMEncoder:
    return MiniLMEncoder(models_cache, threads=1)


def relating(encoder: MiniLMEncoder) -> Relate:
    def relate(asked: str, texts: Sequence[str]) -> list[float]:
        vectors = encoder.encode([asked, *texts])
        return [float(value) for value in vectors[1:] @ vectors[0]]

    return relate


def ask(encoder: MiniLMEncoder, question: str, rows: Sequence[Memory], sure: float = 0.5) -> Draft:
    plan, known = understand(question), context(rows)
    known = replace(known, hits=known.hits[:0])
    return read_by_rank(plan, known, relating(encoder), read(plan, known), sure)


@pytest.mark.parametrize(
    ("question", "words", "at"),
    [
        ("What is the locker code?", "4471", 4),
        ("locker code", "4471", 4),
        ("which code opens the gate", "1182", 0),
        ("how long is the coffee break", "20 min", 8),
        ("why was the ferry cancelled", "fog", 16),
        ("where did they eat lunch", "harbour", 19),
        ("fridge", "refrigerator", 22),
        ("Which animal is shown?", "dog", 26),
        ("when do they open on monday", "9:30", 12),
    ],
)
def test_cards_answer_questions_in_any_words(
    encoder: MiniLMEncoder, question: str, words: str, at: float
) -> None:
    draft = ask(encoder, question, CARDS)
    assert draft.moments[0].span.seconds[0] == at
    assert words in (draft.text or "")


def test_without_the_fitted_numbers_it_finds_nothing(
    encoder: MiniLMEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = fitted()
    flat = Logistic(own.ranking.mean, own.ranking.scale, (0.0,) * len(FEATURES))
    monkeypatch.setattr(learned, "fitted", lambda: replace(own, ranking=flat))
    found = [
        ask(encoder, question, CARDS).moments[0].span.seconds[0] == at
        for question, at in (("where did they eat lunch", 19), ("which code opens the gate", 0))
    ]
    assert not all(found)


def test_moments_are_distinct_probable_first_and_say_why(encoder: MiniLMEncoder) -> None:
    draft = ask(encoder, "What is the locker code?", [*CARDS, text(4.5, 7.5, "Locker code 4471")])
    spans = [moment.span for moment in draft.moments]
    assert len(spans) == MOMENTS
    assert not any(a.overlap(b) for i, a in enumerate(spans) for b in spans[:i])
    chances = [moment.probability for moment in draft.moments]
    assert chances == sorted(chances, reverse=True)
    assert all(0 < chance < 1 for chance in chances)
    assert draft.moments[0].why == "there: locker, code"
    assert "not there: locker" in draft.moments[-1].why or "nearest" in draft.moments[-1].why


def test_what_is_there_is_surer_than_what_is_not(encoder: MiniLMEncoder) -> None:
    there = ask(encoder, "What is the locker code?", CARDS)
    absent = ask(encoder, "Which airline does the pilot work for?", CARDS)
    assert there.confidence > 2 * absent.confidence
    assert absent.confidence < 0.3


@pytest.mark.parametrize(("sure", "proven"), [(0.0, True), (1.0, False)])
def test_an_answer_is_proven_from_a_probability_on(
    encoder: MiniLMEncoder, sure: float, proven: bool
) -> None:
    draft = ask(encoder, "What is the locker code?", CARDS, sure)
    assert (draft.proven, draft.likely) == (proven, True)


def test_more_precision_asks_for_more_probability() -> None:
    thresholds = [fitted().answered_from(precision) for precision in (0.5, 0.7, 0.8, 0.9)]
    assert thresholds == sorted(thresholds)
    assert thresholds[0] < thresholds[-1]


def test_the_numbers_were_fitted_on_these_very_features() -> None:
    path = Path(learned.__file__).with_name("fitted.json")
    told = json.loads(path.read_text(encoding="utf-8"))
    assert tuple(told["features"]) == FEATURES
    assert tuple(told["sureness"]) == (*SURENESS, *KEPT)
    own = fitted()
    for part in (own.ranking, own.moment, own.answer):
        assert len(part.mean) == len(part.scale) == len(part.weights)
        assert min(part.scale) > 0
        assert np.isfinite(part.weights).all()


def test_nothing_remembered_stays_the_rules_answer(encoder: MiniLMEncoder) -> None:
    draft = ask(encoder, "What is the locker code?", [])
    assert (draft.text, draft.moments, draft.likely) == (None, (), False)


def test_every_group_names_what_it_gives_and_the_parts_add_up(encoder: MiniLMEncoder) -> None:
    assert len(set(FEATURES)) == len(FEATURES)
    question, known = "What is the locker code?", replace(context(CARDS), hits=())
    plan = understand(question)
    every, features = compared(plan, known, relating(encoder), read(plan, known))
    asked = Comparison.of(Prepared.of(plan, known), every, relating(encoder))
    for group in GROUPS:
        assert {len(group.of(asked, each)) for each in every} == {len(group.features)}
    scores = rank(every, features, fitted().ranking).scores
    draft = ask(encoder, question, CARDS)
    for moment in draft.moments:
        own = [
            float(score)
            for each, score in zip(every, scores, strict=True)
            if each.row is moment.memory
        ]
        assert any(abs(sum(moment.parts.values()) - score) < 1e-9 for score in own)
    assert {"words", "meaning"} <= set(draft.moments[0].parts)
    (told, *_) = closest_moments(draft.moments, known)
    assert told.points == pytest.approx(sum(told.score_parts.values()), abs=1e-9)
    assert ClosestMoment.from_json(told.to_json()) == told


def test_a_picture_of_nothing_known_is_a_moment_too() -> None:
    shown = row(Kind.KEYFRAME, 4, 4.1, "")
    known = replace(shown, details=Details(labels=[("dog", 0.9)]))
    assert [each.text for each in candidates_of([shown])] == [UNNAMED]
    assert [each.text for each in candidates_of([known])] == ["dog"]


def test_the_first_moment_of_a_video_is_rarely_meant(encoder: MiniLMEncoder) -> None:
    people = [thing(at, at + 0.1, "person; people; human") for at in (0, 20, 59.9)]
    edges = [FEATURES.index("near the start"), FEATURES.index("near the end")]

    def near(question: str) -> list[list[float]]:
        plan, known = understand(question), context(people)
        _, features = compared(plan, known, relating(encoder), Draft(None))
        return [[round(float(value), 1) for value in row[edges]] for row in features]

    assert near("When does he raise an arm?") == [[1.0, 0.0], [0.0, 0.0], [0.0, 1.0]]
    assert near("Who is there at the start?")[0] == [0.0, 0.0], "that is what is asked about"
    assert near("What is shown first?")[0] == [0.0, 0.0]
    draft = ask(encoder, "When does he raise an arm?", people)
    assert draft.moments[0].span.seconds[0] == 20


@pytest.mark.parametrize(
    ("question", "is_offered"),
    [
        ("How many people can be seen?", False),
        ("What is he doing?", False),
        ("What is the title?", True),
        ("When was this video made?", True),
    ],
)
def test_what_a_file_says_of_itself_answers_only_what_is_asked_of_it(
    encoder: MiniLMEncoder, question: str, is_offered: bool
) -> None:
    tags = row(Kind.METADATA, 0, 30, "Title: Review Q3\nCreation time: 2026-11-24T09:00:00Z")
    known = context([tags, *CARDS])
    found, _ = compared(understand(question), known, relating(encoder), Draft(None))
    assert any(each.row is tags for each in found) is is_offered


def test_how_many_is_told_by_a_number_of_what_is_asked_for(encoder: MiniLMEncoder) -> None:
    far = text(0, 4, "Fluffy kitten does not fit Wallpaper No 5")
    beside = text(8, 12, "3 kittens")
    seen = thing(16, 20, "kitten; cat; pet")
    question = "How many kittens are there?"
    plan, known = understand(question), context([far, beside, seen])
    found, features = compared(plan, known, relating(encoder), Draft(None))
    held = features[:, FEATURES.index("value of the type asked for")]
    assert {each.row.memory_id for each, is_held in zip(found, held, strict=True) if is_held} == {
        beside.memory_id
    }
    draft = ask(encoder, question, [seen, text(40, 44, "3 of them")])
    assert draft.moments[0].memory.memory_id == seen.memory_id, "where kittens are"
    assert draft.text == '"3 of them"', "but a kitten is no number"
