"""Vectors by endpoint: paid once, checked, retried by the transport, and one clear error else."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from agents.errors import ModelFailed, ModelMissing
from agents.models.openai_compatible.embeddings import (
    BATCH,
    LONGEST,
    EndpointTextEncoder,
    forget_vectors,
)
from agents.models.openai_compatible.endpoint import Endpoint, Price, RetryPolicy
from tests.simulator.faults import Fault, Trouble
from tests.simulator.server import WorldServer, serving
from tests.simulator.world import world_of

KEY = "sk-vectors-4711"
RETRY = RetryPolicy(attempts=3, first_wait=0.01, timeout=5.0, trip_after=4, rest=60)
TEXTS = ["a red car", "two blue boats", "a red car"]


@pytest.fixture
def server() -> Iterator[WorldServer]:
    with serving(world_of({"name": "w", "seconds": 1}), KEY) as own:
        yield own


@pytest.fixture
def encoder(server: WorldServer, tmp_path: Path) -> Iterator[EndpointTextEncoder]:
    own = connect(server, tmp_path)
    yield own
    own.close()


def connect(server: WorldServer, cache: Path, dimension: int = 0) -> EndpointTextEncoder:
    endpoint = Endpoint(server.url, "words", secret="THE_KEY", retry=RETRY, price=Price(2.0, 0.0))
    return EndpointTextEncoder(endpoint, cache, dimension, {"THE_KEY": KEY}.__getitem__)


def test_a_text_is_paid_once_across_processes(
    encoder: EndpointTextEncoder, server: WorldServer, tmp_path: Path
) -> None:
    first = encoder.encode(TEXTS)
    assert encoder.dimension == 64
    assert server.requests == 2  # the texts, and once what the dimension is
    other = connect(server, tmp_path)
    np.testing.assert_array_equal(other.encode([*TEXTS[::-1], TEXTS[0]])[:3], first[::-1])
    assert other.dimension == 64
    assert server.requests == 2
    other.encode(["a new one"])
    assert server.requests == 3
    other.close()


def test_forgetting_leaves_no_vector(
    encoder: EndpointTextEncoder, server: WorldServer, tmp_path: Path
) -> None:
    encoder.encode(TEXTS)
    assert forget_vectors(tmp_path) == 2
    assert not list((tmp_path / "vectors").rglob("*.json"))
    encoder.encode(TEXTS)
    assert server.requests == 2


def test_many_texts_go_in_batches_and_are_counted(
    encoder: EndpointTextEncoder, server: WorldServer
) -> None:
    vectors = encoder.encode([f"text {n}" for n in range(2 * BATCH + 1)])
    assert (len(vectors), server.requests) == (2 * BATCH + 1, 3)
    spent = encoder.spent
    assert spent.calls == 3
    assert spent.usd == pytest.approx(spent.input_tokens * 2e-6) and spent.input_tokens > 200


def test_a_long_text_is_cut(encoder: EndpointTextEncoder) -> None:
    one, two = encoder.encode(["word " * LONGEST, ("word " * LONGEST)[:LONGEST] + "more"])
    np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("fault", [Fault.STORM, Fault.ERROR, Fault.RESET, Fault.CUT_BODY])
def test_a_passing_failure_is_retried(
    encoder: EndpointTextEncoder, server: WorldServer, fault: Fault
) -> None:
    server.trouble = Trouble(fault, times=2, seconds=0.02)
    assert encoder.encode(TEXTS).shape == (3, 64)
    assert (server.requests, encoder.spent.calls) == (3, 1)


@pytest.mark.parametrize(
    "fault",
    [
        Fault.STORM,
        Fault.REFUSES,
        Fault.HTML,
        Fault.REDIRECT,
        Fault.EMPTY,
        Fault.TRUNCATED,
        Fault.NULL,
        Fault.WRONG_TYPES,
        Fault.BAD_NUMBERS,
        Fault.NO_CHOICES,
    ],
)
def test_what_does_not_pass_is_one_error_and_nothing_is_kept(
    encoder: EndpointTextEncoder, server: WorldServer, fault: Fault, tmp_path: Path
) -> None:
    server.trouble = Trouble(fault, seconds=0.01)
    with pytest.raises(ModelFailed) as failure:
        encoder.encode(TEXTS)
    assert KEY not in f"{failure.value} {failure.value.hint}"
    assert server.requests <= 3
    assert not list(tmp_path.rglob("*.json"))


def test_a_dead_endpoint_is_left_alone(encoder: EndpointTextEncoder, server: WorldServer) -> None:
    server.trouble = Trouble(Fault.ERROR)
    for _ in range(3):
        with pytest.raises(ModelFailed):
            encoder.encode(TEXTS)
    assert server.requests == 4


def test_another_length_than_told_is_refused(server: WorldServer, tmp_path: Path) -> None:
    told = connect(server, tmp_path, 64)
    assert told.dimension == 64 and server.requests == 0
    wrong = connect(server, tmp_path, 63)
    with pytest.raises(ModelFailed, match="64 numbers, not 63"):
        wrong.encode(TEXTS)
    told.close()
    wrong.close()


def test_a_missing_key_is_said(server: WorldServer, tmp_path: Path) -> None:
    endpoint = Endpoint(server.url, "words", secret="THE_KEY")
    with pytest.raises(ModelMissing, match="THE_KEY"):
        EndpointTextEncoder(endpoint, tmp_path).encode(TEXTS)


def test_threads_share_one_connection(encoder: EndpointTextEncoder, server: WorldServer) -> None:
    before = len(own_threads())
    threads = [threading.Thread(target=encoder.encode, args=([f"t {n}"],)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server.requests == 6
    assert len(own_threads()) == before + 1


def own_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "model-endpoint"]
