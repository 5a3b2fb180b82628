"""Planning by a model over the wire: schemas, references, one repair, refusals, a suffix."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.act.plan import ActStatus
from agents.act.planner.by_model import ModelPlanner
from agents.act.planner.embedded import EmbeddedPlanner
from agents.act.planner.reading import NotPlanned
from agents.act.planner.shortlist import shortlist
from agents.act.request import ActRequest, Equipment, act_request
from agents.budget import Budget, Meter
from agents.errors import ModelError
from agents.models.chat import ModelRoles
from agents.models.openai_compatible.client import OpenAICompatible
from agents.models.openai_compatible.endpoint import Endpoint
from agents.models.scripted import ScriptedTextEncoder
from flows.wiring import prompts
from tests.agents.act.kit import Bench
from tests.agents.act.planner.goals import CAT, DOG, chain, goal, registry
from tests.simulator.server import MODEL, WorldServer, serving
from tests.simulator.world import World

REGISTRY = registry()
WORLD = World("planning", 10.0, ())


@pytest.fixture
def server() -> Iterator[WorldServer]:
    with serving(WORLD) as own:
        yield own


@pytest.fixture
def planner(server: WorldServer) -> Iterator[ModelPlanner]:
    model = OpenAICompatible(Endpoint(server.url, MODEL))
    encode = ScriptedTextEncoder().encode
    yield ModelPlanner(ModelRoles(model), prompts().act_planner, Meter(Budget()), encode)
    model.close()


def test_a_reply_becomes_a_plan(planner: ModelPlanner, server: WorldServer) -> None:
    plan = planner.plan(goal("give me the good part, slowly"), REGISTRY)
    assert chain(plan) == ["trim dog.mp4 1 3", "speed <cut 0.5"]
    assert plan.planner == "model" and planner.meter.llm_calls == 1
    (sent,) = server.seen
    assert '$m1: video, "dog.mp4", 30.00 s, 640x360, with sound' in sent.text
    assert DOG.asset_id not in sent.text and "/x/" not in sent.text


def test_lists_of_files_are_read(planner: ModelPlanner) -> None:
    plan = planner.plan(goal("join them", DOG, CAT), REGISTRY)
    assert chain(plan) == ["concatenate dog.mp4 cat.mp4"]


def test_a_plan_that_cannot_run_is_repaired_once(
    planner: ModelPlanner, server: WorldServer
) -> None:
    plan = planner.plan(goal("repair me"), REGISTRY)
    assert chain(plan) == ["trim dog.mp4 1 3", "speed <cut 0.5"]
    assert "- step slow: there is no tool 'slower' (use " in server.seen[1].text


def test_a_step_whose_result_is_lost_is_told(planner: ModelPlanner, server: WorldServer) -> None:
    plan = planner.plan(goal("lose track"), REGISTRY)
    assert chain(plan) == ["trim dog.mp4 1 3", "speed <cut 0.5"]
    assert "- step cut: what it gives is not used" in server.seen[1].text


def test_a_plan_that_stays_wrong_is_refused(planner: ModelPlanner, server: WorldServer) -> None:
    with pytest.raises(NotPlanned, match="video is '/etc/passwd', which is no known asset"):
        planner.plan(goal("never right"), REGISTRY)
    assert len(server.seen) == 2


def test_an_unclear_goal_is_asked_about(planner: ModelPlanner) -> None:
    with pytest.raises(NotPlanned, match="the goal is not clear: what nice means"):
        planner.plan(goal("make it nice"), REGISTRY)


def test_without_the_model_the_embedded_planner_plans() -> None:
    gone = OpenAICompatible(Endpoint("http://127.0.0.1:9/v1", MODEL))
    alone = ModelPlanner(ModelRoles(gone), "plan", Meter(Budget()))
    with pytest.raises(ModelError):
        alone.plan(goal("mute it"), REGISTRY)
    helped = ModelPlanner(ModelRoles(gone), "plan", Meter(Budget()), None, EmbeddedPlanner())
    plan = helped.plan(goal("mute it"), REGISTRY)
    assert chain(plan) == ["mute dog.mp4"] and "planned without a model: " in plan.notes[-1]
    gone.close()


def test_after_a_failure_only_the_rest_is_planned_anew(
    planner: ModelPlanner, server: WorldServer, tmp_path: Path
) -> None:
    bench = Bench(tmp_path)
    equipment = Equipment(bench.registry, planner, meter=planner.meter)
    result = act_request(bench.runtime, ActRequest("say hello loudly"), equipment)
    assert result.status is ActStatus.COMPLETED and bench.text(result) == "HELLO"
    assert bench.book.runs == ["say hello", "broken", "shout hello"]
    assert 'Step b (broken) failed: "the disk is on fire"' in server.seen[-1].text
    assert result.usage["models"]["planner"]["calls"] == 2


def test_the_shortlist_is_short_and_holds_what_is_named() -> None:
    for encode in (None, ScriptedTextEncoder().encode):
        names = shortlist("flip it, then burn the subtitles into it", REGISTRY, encode)
        assert len(names) == 14 and {"flip", "burn_subtitles"} <= set(names)
        assert names == [name for name in REGISTRY.tools if name in names]
