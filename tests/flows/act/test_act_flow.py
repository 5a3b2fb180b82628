"""The act flow on a server of its own: tasks by name, approval in the UI, failures, forgetting."""

from __future__ import annotations

import base64
import json
import re
import threading
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from prefect.client.orchestration import get_client
from prefect.flow_runs import resume_flow_run
from prefect.testing.utilities import prefect_test_harness

from agents.act.plan import ActStatus, PlanGraph, Ref
from agents.act.request import Equipment
from flows.act import act
from flows.output.trace.artifacts import StepProgress
from flows.results import ActFailed
from flows.runs import forget_runs
from flows.wiring import runtime_of
from memory.records import content_id, file_digest
from tests.agents.act.kit import Bench, Told, graph, step
from tests.flows.library import scripted_home

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

PLAN = graph(
    step("one", "say", text="hello"),
    step("two", "say", text="there"),
    step("all", "join", parts=(Ref("one"), Ref("two"))),
)
BROKEN = graph(step("one", "say", text="hello"), step("bad", "broken", source=Ref("one")))


@pytest.fixture(scope="module")
def server() -> Iterator[None]:
    with prefect_test_harness(server_startup_timeout=180):
        yield


@pytest.fixture
def home(server: None, tmp_path: Path) -> Iterator[Path]:
    with scripted_home(tmp_path):
        yield tmp_path


def told(monkeypatch: pytest.MonkeyPatch, plan: PlanGraph, home: Path) -> Bench:
    """Let the flow work with the texts' tools and a planner that was told its plan."""
    bench = Bench(home)
    made = Equipment(bench.registry, Told([plan]))
    monkeypatch.setattr("flows.act.equipment_of", lambda *_, **__: made)
    return bench


def tasks_of(run_id: str) -> dict[str, str]:
    with get_client(sync_client=True) as client:
        from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId

        mine = FlowRunFilter(id=FlowRunFilterId(any_=[UUID(run_id)]))
        runs = client.read_task_runs(flow_run_filter=mine)
    return {run.name: run.state_type.value if run.state_type else "" for run in runs}


def run_of(run_id: str) -> Any:
    with get_client(sync_client=True) as client:
        return client.read_flow_run(UUID(run_id))


def test_steps_are_tasks_of_their_names(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told(monkeypatch, PLAN, home)
    note = home / "note.txt"
    note.write_text("a note", encoding="utf-8")
    result = act("say hello", [str(note)])
    assert result.status is ActStatus.COMPLETED
    assert result.files[0].read_text(encoding="utf-8") == "hello there"
    assert result.flow_run_id is not None
    names = {"say (one)": "COMPLETED", "say (two)": "COMPLETED", "join (all)": "COMPLETED"}
    assert tasks_of(result.flow_run_id) == names
    run = run_of(result.flow_run_id)
    assert run.name == "act: say hello" and run.state.message == "completed: all.text"
    video_id = content_id("v", "default", file_digest(note))
    assert {"completed", "note.txt", f"default/{video_id}"} <= set(run.tags)
    assert forget_runs("default", video_id) == 1


def artifacts_of(run_id: str) -> list[Any]:
    from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId

    with get_client(sync_client=True) as client:
        mine = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[UUID(run_id)]))
        return client.read_artifacts(artifact_filter=mine)


def test_a_run_shows_its_graph_a_table_of_its_steps_and_their_progress(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(monkeypatch, PLAN, home)
    result = act("say <script>hello</script>")
    found = artifacts_of(result.flow_run_id or "")
    page = next(one for one in found if one.key == "acted")
    picture = re.search(r'<img src="data:image/svg\+xml;base64,([^"]+)"', page.data)
    assert picture is not None
    svg = ET.fromstring(base64.b64decode(picture[1]))
    names = [e.text for e in svg.iter() if e.get("class") == "name"]
    assert sorted(filter(None, names)) == ["all", "one", "two"]
    assert len([e for e in svg.iter() if e.get("class") == "edge"]) == 2
    assert "<script>" not in page.data
    rows = {row["step"]: row for row in json.loads(next(o for o in found if o.key == "trace").data)}
    assert rows["all"]["inputs"] == "one.text, two.text" and rows["all"]["tool"] == "join"
    assert rows["one"]["parameters"] == "pause 0.0; text hello" and rows["one"]["usd"] == 0
    assert rows["all"]["gives"] == result.outputs[0].artefact_id
    assert {"version", "model", "evidence", "seconds"} <= rows["one"].keys()
    progress = {one.description: one.data for one in found if one.type == "progress"}
    assert progress == {"one (say)": 100.0, "two (say)": 100.0, "all (join)": 100.0}
    assert all(one.task_run_id for one in found if one.type == "progress")


def test_a_server_that_takes_no_progress_is_told_of_once_and_stops_no_step(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import httpx

    def fails(*_: Any, **__: Any) -> None:
        raise httpx.ConnectError("nobody is there")

    monkeypatch.setattr("prefect.artifacts.create_progress_artifact", fails)
    warned: list[tuple[Any, ...]] = []
    progress = StepProgress(lambda *words: warned.append(words))
    for share in (0.0, 0.5, 1.0):
        progress(PLAN.steps[0], share)
    assert [words[1] for words in warned] == ["one"]


def test_a_goal_that_is_not_reached_is_a_failed_run(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(monkeypatch, BROKEN, home)
    with pytest.raises(ActFailed, match="failed: step bad") as error:
        act("break it")
    result = error.value.result
    assert [report.status for report in result.steps] == ["done", "failed"]
    run = run_of(result.flow_run_id or "")
    assert run.state.is_failed() and "the disk is on fire" in run.state.message
    states = tasks_of(result.flow_run_id or "")
    assert states == {"say (one)": "COMPLETED", "broken (bad)": "FAILED"}


def test_a_dry_run_runs_no_step(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = told(monkeypatch, PLAN, home)
    result = act("say hello", dry_run=True)
    assert result.status is ActStatus.PLANNED and bench.book.runs == []
    assert runtime_of().store.actions("default") == []


@pytest.mark.parametrize("yes", [True, False])
def test_a_plan_is_approved_in_the_ui(
    home: Path, monkeypatch: pytest.MonkeyPatch, yes: bool
) -> None:
    bench = told(monkeypatch, PLAN, home)
    monkeypatch.setattr("flows.act.prefect_api", lambda: "http://127.0.0.1:4200/api")
    seen: list[Any] = []

    def answer() -> None:
        with get_client(sync_client=True) as client:
            for _ in range(600):
                paused = [r for r in client.read_flow_runs() if r.state and r.state.is_paused()]
                if paused:
                    seen.append(list(bench.book.runs))
                    resume_flow_run(paused[0].id, run_input={"approve": yes})
                    return
                time.sleep(0.1)

    thread = threading.Thread(target=answer)
    thread.start()
    result = act("say hello", confirm=True)
    thread.join()
    assert seen == [[]]  # nothing had run while it waited
    assert result.status is (ActStatus.COMPLETED if yes else ActStatus.DECLINED)
    assert len(bench.book.runs) == (3 if yes else 0)
