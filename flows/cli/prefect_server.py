"""Going through a Prefect server: which one, and whether it answers."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, ParamSpec, TypeVar
from urllib.parse import urlsplit

from agents.errors import AgentsError
from configs.settings import load_settings, prefect_api, prefect_database
from flows.output.terminal import say

if TYPE_CHECKING:
    from prefect import Flow
    from prefect.client.schemas.objects import FlowRun

Params = ParamSpec("Params")
Value = TypeVar("Value")

ANSWERS = 5.0
"""Seconds a server may take to accept a connection."""


def ready_server() -> str:
    """URL of the server that runs go to; empty for none.

    Raises:
        AgentsError: it does not answer.
    """
    url = prefect_api()
    if url:
        _must_answer(url)
    return url


def watched(named: Flow[Params, Value], api: str, quiet: bool) -> Flow[Params, Value]:
    """The flow, telling where its run can be watched as soon as there is one."""
    page = f"{api.removesuffix('/api')}/runs/flow-run"

    def say_where(flow: object, flow_run: FlowRun, state: object) -> None:
        del flow, state
        say(f"running through Prefect, see {page}/{flow_run.id}", err=True)

    return named if quiet else named.with_options(on_running=[say_where])


def forget_in_prefect(tenant: str, video_id: str) -> int:
    """Delete what Prefect keeps of runs about a video; returns how many runs.

    Without a server the database of earlier runs is opened in this process, where there is one.

    Raises:
        AgentsError: the configured server does not answer.
    """
    if not ready_server():
        if not prefect_database(load_settings()).exists():
            return 0
        say("opening what Prefect keeps of earlier runs (no server is running)", err=True)
    from flows.runs import forget_runs

    return forget_runs(tenant, video_id)


def _must_answer(url: str) -> None:
    """Prefect's own message names neither the cause nor the way out."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        socket.create_connection((parts.hostname or "", port), ANSWERS).close()
    except OSError as error:
        raise AgentsError(
            f"the Prefect server at {url} does not answer: {error.strerror or error}",
            "start it, or unset BACKTRAIL_API_URL and PREFECT_API_URL to work without one",
        ) from error
