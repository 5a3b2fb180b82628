"""The generated worlds stay as they are: what was tuned and published rests on them."""

from __future__ import annotations

import hashlib

import pytest

from tests.benchmarks.strategies.worlds import KINDS, generated


@pytest.mark.parametrize(("seed", "digest"), [(0, "d33c4460ff53295e"), (1009, "8f1d62e9114448ea")])
def test_the_generator_is_frozen(seed: int, digest: str) -> None:
    made = generated(seed)
    assert hashlib.sha256(repr(made).encode()).hexdigest()[:16] == digest


def test_answers_follow_from_the_facts_they_need() -> None:
    made = generated(2)
    for case in made.cases:
        asked = case.main
        told = " ".join(made.world.fact(name).text for name in asked.needs)
        assert bool(asked.needs) == (case.kind != "absent")
        if case.kind not in ("order", "count", "absent"):
            assert asked.answer in told
        if asked.counts:
            assert len(asked.needs) == int(asked.answer)
        assert case.paraphrase.answer == asked.answer
        assert case.paraphrase.question != asked.question
        assert asked.lured == "" or asked.lured not in told


def test_held_out_worlds_ask_at_least_a_hundred_questions_of_each_kind() -> None:
    kinds = [case.kind for seed in range(1000, 1020) for case in generated(seed).cases]
    assert all(kinds.count(kind) >= 100 for kind in KINDS)
