"""Memories in plans: moments with their evidence, and a refusal where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from agents.act.plan import ActStatus, Recall, Ref, Step
from agents.act.recall import recalled
from agents.tools.registry import Found
from tests.agents.act.kit import Bench, graph, step

VIDEOS = ("v" * 64, "w" * 64)


def find(query: str, videos: Sequence[str], every: bool) -> list[Found]:
    table = {
        "the cat": [Found(VIDEOS[0], 2.0, 3.5, "cat", 0.9, ("m_1",))],
        "a dog": [
            Found(VIDEOS[1], 9.0, 10.0, "dog", 0.9, ("m_2",)),
            Found(VIDEOS[0], 5.0, 6.0, "dog", 0.8, ("m_3", "m_4")),
        ],
    }
    return table.get(query, [])


def test_a_moment_takes_the_place_of_a_memory_and_is_cited() -> None:
    plan = graph(
        step("a", "say", text="x", pause=Recall("the cat"), to=(Recall("the cat", "end"),))
    )
    (found,) = recalled(plan, find, VIDEOS).steps
    assert found.arguments == {"text": "x", "pause": 2.0, "to": (3.5,)}
    assert found.evidence == ("m_1",)


def test_every_moment_makes_a_step_in_the_order_of_time() -> None:
    each = Step(
        "cut", "trim", {"video": Recall("a dog", "video"), "start": Recall("a dog")}, "a dog"
    )
    plan = graph(each, step("all", "concatenate", clips=(Ref("cut", "video"),)))
    found = recalled(plan, find, VIDEOS)
    assert [(s.step_id, s.arguments.get("start"), s.evidence) for s in found.steps] == [
        ("cut_1", 5.0, ("m_3", "m_4")),
        ("cut_2", 9.0, ("m_2",)),
        ("all", None, ()),
    ]
    assert [s.arguments["video"] for s in found.steps[:2]] == list(VIDEOS)
    assert found.steps[2].arguments["clips"] == (Ref("cut_1", "video"), Ref("cut_2", "video"))


def test_outputs_of_every_moment_are_all_given() -> None:
    each = Step("cut", "trim", {"start": Recall("a dog")}, "a dog")
    assert recalled(graph(each), find, VIDEOS).outputs == (Ref("cut_1"), Ref("cut_2"))


def test_what_is_not_remembered_is_never_guessed(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    plan = graph(step("a", "say", text="x", pause=Recall("the ghost")))
    result = bench.act(plan, find=find)
    assert result.status is ActStatus.REFUSED and bench.book.runs == []
    assert "memory has no moment for 'the ghost'" in result.reason
