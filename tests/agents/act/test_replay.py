"""Replaying: deterministic steps give their bytes again; what does not is told with where."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from agents.act.history.graph import history_of
from agents.act.history.replay import Again, Verdict, first_difference, replay
from agents.act.plan import Ref
from agents.act.validate import Limits
from agents.errors import UsageError
from agents.tools.base import Made
from agents.tools.registry import Registry
from memory.errors import UnknownMemory
from tests.agents.act.kit import Bench, graph, step, written
from tests.agents.act.timeline.studio import Studio, use
from tests.agents.tools.bench import clicks, counting

PLAN = graph(
    step("one", "say", text="$hello"),
    step("two", "dice", text="there"),
    step("loud", "shout", source=Ref("one")),
    step("all", "join", parts=(Ref("loud"), Ref("two"))),
)


def changed(registry: Registry, name: str, run: Callable[..., Made], **more: Any) -> Registry:
    """A registry in which one tool does something else."""
    other = replace(registry.tool(name), run=run, **more)
    return replace(registry, tools=registry.tools | {name: other})


def told(bench: Bench | Studio, reference: str, registry: Registry | None = None) -> list[Again]:
    done = replay(bench.runtime, reference, registry or bench.registry, Limits())
    assert done.is_good is (not {str(s.verdict) for s in done.steps} & {"different", "not done"})
    return list(done.steps)


def test_steps_run_again_without_the_cache_and_give_the_same_bytes(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    result = bench.act(PLAN)
    bench.book.runs.clear()
    steps = {one.step: one for one in told(bench, "last")}
    assert {name: str(one.verdict) for name, one in steps.items()} == {
        "one": "equal", "two": "not deterministic", "loud": "equal", "all": "equal",
    }  # fmt: skip
    assert sorted(bench.book.runs) == ["join 2", "say $hello", "shout $hello"]
    assert list(steps) != [] and list(steps)[-1] == "all"
    assert len(bench.runtime.store.actions("default")) == 1  # nothing is kept of it
    assert len(bench.runtime.store.artefacts("default")) == 4
    assert list((tmp_path / "store/made/work").iterdir()) == []
    assert [one.step for one in told(bench, result.outputs[0].artefact_id)] == list(steps)
    loud = next(r for r in bench.runtime.store.artefacts("default") if r.step == "loud")
    assert [one.step for one in told(bench, loud.artefact_id)] == ["one", "loud"]


def test_a_difference_is_told_where_it_arises_and_not_in_what_follows(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.act(PLAN)

    def longer(arguments: Any, place: Any) -> Made:
        return written(place, "$HELLO!!")

    def other(arguments: Any, place: Any) -> Made:
        return written(place, "$HELlO")

    steps = told(bench, "last", changed(bench.registry, "shout", longer))
    found = {one.step: (one.verdict, one.why) for one in steps if one.step in ("loud", "all")}
    assert found == {
        "loud": (Verdict.DIFFERENT, "text: 8 bytes instead of 6"),
        "all": (Verdict.EQUAL, ""),
    }
    registry = replace(changed(bench.registry, "shout", other, version="2"), engine="2")
    (why,) = [one.why for one in told(bench, "last", registry) if one.step == "loud"]
    assert why == ("text: byte 4 of 6 differs (the tool is shout@2 now; made with 1, now 2)")


def test_what_cannot_be_done_again_is_told(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    note = tmp_path / "note.txt"
    note.write_text("a note", encoding="utf-8")
    plan = graph(use("loud", "shout", source=note), step("all", "join", parts=(Ref("loud"),)))
    result = bench.act(plan, media=(str(note),))
    loud = next(r for r in bench.runtime.store.artefacts("default") if r.step == "loud")
    note.write_text("another", encoding="utf-8")
    assert [one.why for one in told(bench, "last")] == ["note.txt has changed", ""]
    note.unlink()
    (tmp_path / "store/made" / loud.path).write_text("x", encoding="utf-8")
    assert [one.why for one in told(bench, "last")] == [
        "note.txt is not where it was",
        "loud.text is gone or damaged",
    ]
    missing = changed(bench.registry, "shout", written, missing="install the extra y")
    assert told(bench, "last", missing)[0].why == "install the extra y"
    broken = changed(bench.registry, "join", bench.registry.tool("broken").run)
    result.outputs[0].path.unlink()
    assert told(bench, "last", broken)[1].verdict is Verdict.NOT_DONE
    with pytest.raises(UnknownMemory, match="nothing that was made"):
        told(bench, "a_unknown")


def test_a_run_that_made_nothing_is_refused(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.act(graph(use("bad", "say", text="x"), step("no", "broken", source=Ref("bad"))))
    assert [one.step for one in told(bench, "last")] == ["bad"]
    other = Bench(tmp_path / "other")
    other.act(graph(step("no", "broken", source="0" * 64)))
    with pytest.raises((UsageError, UnknownMemory)):
        told(other, "last")


def test_paid_steps_are_not_repeated(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    plan = graph(step("one", "say", text="a"), step("dear", "paid", source=Ref("one")))
    bench.act(plan, approver=lambda *_: True, budget="usd=9")
    bench.book.runs.clear()
    found = told(bench, "last")
    assert found[1].why == "paid is paid: it is not repeated only to compare"
    assert bench.book.runs == ["say a"]


def test_a_history_holds_each_step_once_however_often_it_is_used(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    steps = [step("s0", "say", text="a")]
    for n in range(1, 25):  # as a tree: 2 to the power of 24 nodes
        steps.append(step(f"s{n}", "join", parts=(Ref(f"s{n - 1}"), Ref(f"s{n - 1}"))))
    bench.act(graph(*steps[:14]))
    history = history_of(bench.runtime.store, "default", "last")
    assert [one.first.step for one in history.steps] == [f"s{n}" for n in range(14)]


def test_the_first_difference_is_found_beyond_the_first_piece(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    data = bytearray(3_000_000)
    one.write_bytes(data)
    assert first_difference(one, one) is None
    data[2_500_000] = 1
    other.write_bytes(data)
    assert first_difference(one, other) == 2_500_000
    other.write_bytes(data[:10])
    assert first_difference(one, other) == 10


@pytest.mark.skipif(find_spec("imageio_ffmpeg") is None, reason="the extra `edit` is not installed")
@pytest.mark.parametrize("fuses", [True, False])
def test_a_real_edit_gives_its_bytes_again_unless_a_tool_differs(
    tmp_path: Path, fuses: bool
) -> None:
    studio = Studio(tmp_path, fuses=fuses)
    dog = counting(tmp_path / "dog.mp4", 2.0, sounds=[clicks(2, [0.5])])
    plan = graph(
        use("keep", "trim", video=dog, start=0.4, end=1.6),
        use("slow", "speed", video=Ref("keep"), factor=0.5),
        use("over", "overlay_text", video=Ref("slow"), text="Fetch"),
    )
    studio.act(plan, dog)
    assert [str(one.verdict) for one in told(studio, "last")] == [
        *["fused" if fuses else "equal"] * 2,
        "equal",
    ]
    assert studio.runs == {"trim": 2, "speed": 2, "overlay_text": 2}
    speed = studio.registry.tool("speed").run

    def slower(arguments: Any, place: Any) -> Made:
        return speed(arguments.model_copy(update={"factor": 0.4}), place)

    verdicts = told(studio, "last", changed(studio.registry, "speed", slower))
    early, late = ("fused", "different") if fuses else ("equal", "equal")
    assert [str(one.verdict) for one in verdicts] == [early, "different", late]
    assert "3.000 s instead of 2.400 s" in verdicts[1].why
