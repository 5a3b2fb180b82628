"""What was paid for once is not paid for again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from agents.ask.answer import Observation, Phase, Status
from agents.ask.executor.look import Looker
from agents.ask.executor.perceivers import ModelPerceiver
from agents.budget import Budget, Meter
from agents.models.cache import forget_video
from agents.models.chat import Prompt, Reply
from agents.models.openai_compatible.client import OpenAICompatible
from agents.prompting.prompts import aim
from memory.backtrack import Segment
from memory.lance.store import LanceStore
from memory.records import Kind, Level, Span
from tests.agents.ask.conftest import WORLD, Bench, prompts
from tests.simulator.server import serving
from tests.simulator.world import Asked, Fact

NOTE = "what does the note on the fridge say?"


def test_the_same_question_costs_no_call_and_no_look(bench: Bench) -> None:
    first, paid = bench.ask(NOTE)
    assert paid.llm_calls and paid.vlm_calls
    again, meter = bench.ask(NOTE, budget=Budget(calls=0, looks=0))
    assert (meter.llm_calls, meter.vlm_calls, meter.looks) == (0, 0, 0)
    assert (again.status, again.draft.text) == (Status.ANSWERED, first.draft.text)
    assert again.draft.cited == first.draft.cited


def test_what_was_looked_at_since_does_not_make_it_pay_again(bench: Bench) -> None:
    first, _ = bench.ask(NOTE)
    bench.ask("which colour is the collar of the dog?")
    bench.ask("how often does the guard at the gate wink?")
    again, meter = bench.ask(NOTE, budget=Budget(calls=0, looks=0))
    assert (again.status, again.draft.cited) == (Status.ANSWERED, first.draft.cited)
    assert meter.llm_calls + meter.vlm_calls == 0


def test_a_paraphrase_costs_at_most_half(bench: Bench) -> None:
    _, paid = bench.ask(NOTE)
    out, meter = bench.ask("what number is on the note on the fridge?")
    assert (out.status, out.phase, out.draft.text) == (Status.ANSWERED, Phase.COARSE, "4711")
    assert meter.llm_calls + meter.vlm_calls <= (paid.llm_calls + paid.vlm_calls) / 2
    assert (meter.looks, meter.frames) == (0, 0)


def test_without_the_cache_a_look_is_still_in_memory(bench: Bench) -> None:
    bench.ask(NOTE, cached=False)
    out, meter = bench.ask(NOTE, cached=False)
    assert out.status is Status.ANSWERED
    assert (meter.looks, meter.vlm_calls) == (0, 0)
    assert not list(bench.cache.entries())


def test_an_answer_whose_rows_are_gone_is_looked_for_again(bench: Bench) -> None:
    first, _ = bench.ask(NOTE)
    gone = [item.memory.memory_id for item in first.draft.cited]
    bench.plain.store.delete_memories("t", gone)
    out, meter = bench.ask(NOTE)
    assert "before" not in out.draft.reason
    assert meter.llm_calls > 0


def test_looks_are_rows_with_their_aim_model_and_times(bench: Bench) -> None:
    bench.ask(NOTE)
    looks = bench.plain.store.looks("t", bench.video.video_id)
    assert looks
    assert {row.kind for row in looks} == {Kind.CAPTION}
    assert {row.producer.model for row in looks} == {bench.model.name}
    assert all("fine, 2 fps, 768 px: everything" in row.instruction for row in looks)
    assert any(row.thumbnail for row in looks)
    told = [row for row in looks if "4711" in (row.text or "")]
    assert min(row.span.length for row in told) < 4_000_000


def test_forgetting_a_video_forgets_every_reply_about_it(bench: Bench) -> None:
    bench.ask(NOTE)
    assert len(list(bench.cache.entries())) > 3
    forget_video(bench.cache, bench.video.video_id)
    assert not list(bench.cache.entries())


TAG = "what does the tag of the dog say?"


@pytest.mark.parametrize("kept", [True, False])
def test_a_different_question_that_needs_the_same_look_costs_none(
    make_bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch, kept: bool
) -> None:
    tag = Fact("tag", "the tag of the dog says rex", 46, 49, fps=2, side=600)
    asked = Asked(TAG, "rex", ("tag",))
    world = replace(WORLD, facts=(*WORLD.facts, tag), questions=(*WORLD.questions, asked))
    with serving(world) as server:
        bench = make_bench(server, world)
        if not kept:
            monkeypatch.setattr(LanceStore, "put_memories", lambda *_: None)
        first, paid = bench.ask("which colour is the collar of the dog?", cached=False)
        assert first.draft.text == "red" and paid.looks
        second, meter = bench.ask(TAG, cached=False)
        assert second.draft.text == "rex"
        assert (meter.looks == 0 and meter.vlm_calls == 0) is kept


@pytest.mark.parametrize("frame", [True, False])
def test_another_model_detail_or_aim_is_another_look(bench: Bench, frame: bool) -> None:
    own, meter = bench.plain, Meter(Budget())

    def look(at: Segment, look_for: int, name: str) -> Observation:
        told, model = prompts().captioner, Named(bench.model, name)
        perceiver = ModelPerceiver(model, told, aim(look_for))
        return Looker(own.store, own.models.text_encoder, perceiver).look("t", at, meter)

    level = Level.FRAME if frame else Level.SHOT
    segment = Segment(bench.video.video_id, level, Span.of_seconds(46, 49))
    for look_for, looks in ((1, 1), (1, 1), (2, 2), (2, 2)):
        rows = look(segment, look_for, bench.model.name).rows
        assert meter.looks == looks
        assert any("red collar" in (row.text or "") for row in rows)
    look(segment, 1, "another")
    look(replace(segment, level=Level.SCENE), 1, "another")
    assert (meter.looks, meter.cached_looks) == (4, 2)


@dataclass(frozen=True)
class Named:
    """A model under another name."""

    model: OpenAICompatible
    name: str

    def ask(self, prompt: Prompt, schema: type[Reply], meter: Meter) -> Reply:
        return self.model.ask(prompt, schema, meter)
