"""A real small model in this process, and its recorded traffic where it is not installed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from agents.budget import Budget, Meter
from agents.errors import ModelFailed, ModelMissing
from agents.models.local import server
from agents.models.openai_compatible.client import OpenAICompatible
from agents.models.openai_compatible.endpoint import LOCAL, Endpoint
from agents.models.roles import RoleSpec
from configs.settings import load_settings
from flows.wiring import text_encoder_spec
from tests.contracts.wire import recorded, replaying
from tests.contracts.wire_scenarios import PROMPT, RETRY, SCENARIOS, Thing, connected

needs_model = pytest.mark.skipif(
    bool(server.missing()),
    reason=f"not installed: {', '.join(server.missing())} (extra `local`, libgomp1)",
)


@pytest.fixture(params=[pytest.param("real", marks=needs_model), "recorded"])
def serve(request: pytest.FixtureRequest) -> Iterator[Callable[[str], str]]:
    """The URL at which a scenario finds its model."""
    opened: list[object] = []

    def url(name: str) -> str:
        if request.param == "real":
            return server.local_url().removesuffix("/v1")
        opened.append(replaying(recorded(name)))
        return opened[-1].__enter__()  # type: ignore[attr-defined]

    yield url
    for each in opened:
        each.__exit__(None, None, None)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_client_speaks_the_protocol(serve: Callable[[str], str], name: str) -> None:
    SCENARIOS[name](serve(name))


def test_what_was_never_recorded_is_refused() -> None:
    exchanges = recorded("schema")
    exchanges[0]["request"]["messages"][-1]["content"] = "another question"
    with (
        replaying(exchanges) as url,
        connected(url) as model,
        pytest.raises(ModelFailed, match="never recorded"),
    ):
        model.ask(PROMPT, Thing, Meter(Budget()))


def test_recordings_hold_no_place_and_no_key() -> None:
    text = json.dumps([recorded(name) for name in SCENARIOS])
    for word in ("/home", "/work", "/root", "api_key", "Bearer"):
        assert word not in text


@needs_model
def test_local_is_a_name_for_it() -> None:
    model = OpenAICompatible(Endpoint(LOCAL, server.MODEL, max_tokens=160, retry=RETRY))
    meter = Meter(Budget())
    assert isinstance(model.ask(PROMPT, Thing, meter), Thing)
    assert (meter.llm_calls, model.endpoint.base_url) == (1, LOCAL)
    model.close()


@pytest.mark.parametrize(
    ("kind", "name"), [("PACKAGES", "no_such_package"), ("LIBRARIES", "libnosuch.so.1")]
)
def test_without_what_it_needs_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, kind: str, name: str
) -> None:
    monkeypatch.setattr(server, kind, (*getattr(server, kind), name))
    server._served.cache_clear()
    for use in (
        lambda: OpenAICompatible(Endpoint(LOCAL, "m")).ask(PROMPT, Thing, Meter(Budget())),
        lambda: RoleSpec(Endpoint(LOCAL, "m")).checked(),
    ):
        with pytest.raises(ModelMissing, match=name) as refusal:
            use()
        assert "`local`" in refusal.value.hint and "libgomp1" in refusal.value.hint


def test_it_makes_no_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKTRAIL_EMBEDDING__BASE_URL", LOCAL)
    with pytest.raises(ModelMissing, match="no vectors"):
        text_encoder_spec(load_settings())
