"""`act/act` of `serve`: a goal is reached in a process of its own, by the worker of `serve`."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import anyio
import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun
from prefect.settings import PREFECT_API_URL
from prefect.testing.utilities import prefect_test_harness

from flows.deployments import POOL, deploy, make_pool
from tasks.worker import WarmWorker
from tests.agents.tools.bench import counting
from tests.default_models import models_cache as models_cache

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.skipif(
        find_spec("imageio_ffmpeg") is None, reason="the extra `edit` is not installed"
    ),
]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with prefect_test_harness(server_startup_timeout=180):
        yield str(PREFECT_API_URL.value())


def served(parameters: dict[str, object]) -> FlowRun:
    """A run of the deployment, as the worker left it."""

    async def run() -> FlowRun:
        async with get_client() as client:
            await make_pool(client)
            await deploy()
            acting = await client.read_deployment_by_name("act/act")
            made = await client.create_flow_run_from_deployment(acting.id, parameters=parameters)
            await WarmWorker(POOL, {}, 2).start(run_once=True)
            return await client.read_flow_run(made.id)

    return anyio.run(run)


def test_a_goal_is_reached_and_one_that_is_not_understood_is_a_failed_run(
    server: str, tmp_path: Path, models_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", server)
    monkeypatch.setenv("BACKTRAIL_HOME", str(tmp_path / "store"))
    monkeypatch.setenv("BACKTRAIL_CACHE", str(models_cache.parent))
    film = counting(tmp_path / "dog.mp4", 2.0)
    run = served({"goal": "keep 0:00-0:01 of dog.mp4", "media": [str(film)]})
    assert run.state and run.state.is_completed(), run.state
    assert run.name == "act: keep 0:00-0:01 of dog.mp4"
    assert str(run.state.message).startswith("completed: trim")
    assert len(list((tmp_path / "store" / "made").rglob("*.mp4"))) == 1
    run = served({"goal": "make it pop", "media": [str(film)]})
    assert run.state and run.state.is_failed(), run.state
