"""`serve`: questions stay in its process, and its inbox makes runs only for what is new."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID, uuid4

import anyio
import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun
from prefect.deployments import run_deployment
from prefect.flow_engine import run_flow
from prefect.settings import PREFECT_API_URL
from prefect.testing.utilities import prefect_test_harness

from agents.ingest.sources.folders import listing
from flows.ask import ask
from flows.deployments import POOL, Inbox, deploy, make_pool, tell_cut_off
from flows.ingest import ingest
from flows.results import kept_result
from flows.wiring import new_files, runtime_of
from tasks.worker import WarmWorker
from tests.conftest import ROOT
from tests.default_models import models_cache as models_cache
from tests.flows.library import ferry, scripted_home

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with prefect_test_harness(server_startup_timeout=180):
        yield str(PREFECT_API_URL.value())


@pytest.fixture
def deployed(server: str) -> tuple[UUID, UUID]:
    """The deployments of asking and ingesting."""

    async def made() -> tuple[UUID, UUID]:
        async with get_client() as client:
            await make_pool(client)
        return await deploy()

    return anyio.run(made)


def test_a_served_question_is_answered_in_the_worker_itself(
    deployed: tuple[UUID, UUID], tmp_path: Path
) -> None:
    asking, _ = deployed

    async def served() -> FlowRun:
        async with get_client() as client:
            asked = {"question": "When does the ferry leave?"}
            made = await client.create_flow_run_from_deployment(asking, parameters=asked)
            await WarmWorker(POOL, {asking: ask}, 2).start(run_once=True)
            return await client.read_flow_run(made.id)

    with scripted_home(tmp_path):  # a process of its own would have other models
        ingest([str(ferry(tmp_path))])
        run = anyio.run(served)
        assert run.state and run.state.is_completed(), run.state
        assert "nine thirty" in str(run.state.message)
        assert kept_result(run.id).models["text_reader"].startswith("scripted")


def test_the_inbox_makes_a_run_only_for_what_is_new_and_one_at_a_time(
    deployed: tuple[UUID, UUID], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.wiring.STILL_WRITTEN", -1.0)
    folder = tmp_path / "inbox"
    folder.mkdir()
    inbox = Inbox(folder, deployed[1])

    def look() -> UUID | None:
        async def looked() -> UUID | None:
            async with get_client() as client:
                return await inbox.look(client)

        return anyio.run(looked)

    with scripted_home(tmp_path):
        assert look() is None
        first = ferry(folder)
        (run,) = [look()]
        assert run is not None
        (folder / "broken.mp4").write_bytes(b"\0" * 100)
        assert look() is None  # the first has not ended yet
        assert _ended(run).parameters == {"paths": [str(first)], "new_only": True}
        again = look()
        assert again is not None and "broken.mp4" in str(_ended(again).parameters)
        assert look() is None  # what is broken is not tried for ever ...
        (folder / "broken.mp4").write_bytes(b"\0" * 200)
        assert look() is not None  # ... but again when it changes


def _ended(run_id: UUID) -> FlowRun:
    """The run, after it was run here."""
    with get_client(sync_client=True) as client:
        run = client.read_flow_run(run_id)
        run_flow(ingest, flow_run=run, return_type="state")
        return client.read_flow_run(run_id)


def test_a_file_from_the_future_is_new_as_soon_as_nobody_writes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scripted_home(tmp_path):
        film = ferry(tmp_path)
        later = time.time() + 1e8
        os.utime(film, (later, later))
        files = list(listing([film]).files)
        assert new_files(runtime_of(), files) == []
        monkeypatch.setattr("flows.wiring.STILL_WRITTEN", 0.1)
        time.sleep(0.2)
        assert new_files(runtime_of(), files) == [film]
        past = time.time() - 1e8
        os.utime(film, (past, past))  # as a copy that keeps the time of its original
        assert new_files(runtime_of(), files) == []


def test_of_scheduled_runs_that_find_nothing_only_the_last_is_kept(
    deployed: tuple[UUID, UUID], tmp_path: Path
) -> None:
    with scripted_home(tmp_path), get_client(sync_client=True) as client:
        parameters = {"paths": [], "new_only": True}
        ended: list[FlowRun] = []
        for _ in range(3):
            made = client.create_flow_run_from_deployment(deployed[1], parameters=parameters)
            ended.append(_ended(made.id))
        last = ended[-1]
        assert last.state and last.state.message == "nothing new"
        left = [run for run in client.read_flow_runs() if "idle" in run.tags]
        assert [run.id for run in left] == [last.id]


@pytest.mark.slow
def test_serve_ingests_what_comes_answers_and_says_goodbye(
    server: str, tmp_path: Path, models_cache: Path
) -> None:
    (tmp_path / "inbox").mkdir()
    environment = {
        **os.environ,
        "PREFECT_API_URL": server,
        "BACKTRAIL_HOME": str(tmp_path / "store"),
        "BACKTRAIL_CACHE": str(models_cache.parent),
        "BACKTRAIL_WORKSPACE": f"w{uuid4().hex[:8]}",
    }
    command = [sys.executable, "-m", "flows.cli.app", "serve", "--inbox", str(tmp_path / "inbox")]
    child = subprocess.Popen(
        [*command, "--every", "1"], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
    )
    try:
        film = ferry(tmp_path / "inbox", "harbour.mp4")
        later = time.time() + 1e8
        os.utime(film, (later, later))
        _wait(lambda: any(_state(run) == "COMPLETED" for run in _runs("ingest harbour.mp4")))
        time.sleep(4)  # several looks at an inbox without anything new
        assert len(_runs("ingest harbour.mp4")) == 1
        asked = {"question": "When does the ferry leave?"}
        answered = run_deployment("ask/ask", parameters=asked, poll_interval=0.2, timeout=120)
        assert isinstance(answered, FlowRun) and answered.state
        assert "nine thirty" in str(answered.state.message)
    finally:
        child.send_signal(signal.SIGTERM)
        _, said = child.communicate(timeout=60)
    assert child.returncode == 143, said
    assert "what was done is kept" in said and "Traceback" not in said


@pytest.mark.slow
def test_an_ingest_that_ends_with_serve_is_crashed_and_goes_on_with_the_next(
    deployed: tuple[UUID, UUID], tmp_path: Path
) -> None:
    """The process of the run is a sleep in the place of an ingest that takes long."""

    async def cut() -> FlowRun:
        async with get_client() as client:
            made = await client.create_flow_run_from_deployment(
                deployed[1], parameters={"paths": []}, job_variables={"command": "sleep 60"}
            )
            worker = WarmWorker(POOL, {}, 2)
            with anyio.move_on_after(60):
                async with anyio.create_task_group() as group:
                    group.start_soon(worker.start)
                    while made.id not in worker.cut_off:
                        await anyio.sleep(0.1)
                    group.cancel_scope.cancel()
            assert worker.cut_off == {made.id}
            await tell_cut_off(client, worker.cut_off)
            return await client.read_flow_run(made.id)

    run = anyio.run(cut)
    assert run.state and run.state.is_crashed()
    assert "serve` was stopped" in str(run.state.message)


def test_errors_through_a_server_are_one_line_too(
    server: str, tmp_path: Path, models_cache: Path
) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"\0" * 100)
    own = {"BACKTRAIL_HOME": str(tmp_path / "s"), "BACKTRAIL_CACHE": str(models_cache.parent)}
    environment = {**os.environ, "PREFECT_API_URL": server, **own}
    command = [sys.executable, "-m", "flows.cli.app", "ingest", str(broken)]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    where, failed = done.stderr.splitlines()
    assert where.startswith("running through Prefect, see ")
    assert failed.startswith(f"failed     {broken}: ")
    assert (done.returncode, done.stdout) == (2, "")


def _runs(name: str) -> list[FlowRun]:
    with get_client(sync_client=True) as client:
        return [run for run in client.read_flow_runs() if run.name == name]


def _state(run: FlowRun) -> str:
    return run.state.type.value if run.state else ""


def _wait(done: Callable[[], bool], seconds: float = 240) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "it takes too long"
        time.sleep(0.5)
