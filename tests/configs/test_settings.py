"""Settings: one dial, the environment over it, arguments over both."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from configs.settings import (
    Settings,
    load_settings,
    prefect_api,
    prepare_prefect,
    server_environment,
    server_file,
)
from flows.wiring import runtime_spec


def test_every_setting_says_what_it_does() -> None:
    def check(model: type[BaseModel]) -> None:
        for name, field in model.model_fields.items():
            inner = field.annotation
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                check(inner)
            else:
                assert field.description and field.description.endswith("."), name

    check(Settings)


def test_the_preset_fills_what_nothing_else_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKTRAIL_PRESET", "quick")
    monkeypatch.setenv("BACKTRAIL_PERCEPTION__TEXT_SIDE", "800")
    quick = load_settings()
    assert (quick.perception.sample_fps, quick.perception.text_side) == (1.0, 800)
    assert load_settings(preset="thorough").perception.sample_fps == 4.0
    assert load_settings(preset="balanced").perception.sample_fps == 2.0


def test_balanced_is_the_defaults() -> None:
    assert load_settings(preset="balanced") == load_settings()


@pytest.mark.parametrize(
    ("name", "value"), [("PRESET", "bogus"), ("PERCEPTION__SAMPLE_FPS", "0"), ("THREADS", "-1")]
)
def test_a_wrong_value_is_refused(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"BACKTRAIL_{name}", value)
    with pytest.raises(ValidationError):
        load_settings()


def test_settings_reach_the_work_spec(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKTRAIL_LOOK__FRAMES", "7")
    monkeypatch.setenv("BACKTRAIL_LOOK__SECONDS", "9")
    monkeypatch.setenv("BACKTRAIL_WORKSPACE", "mine")
    spec = runtime_spec()
    assert (spec.limits.frames, spec.limits.seconds, spec.tenant) == (7, 9.0, "mine")
    assert runtime_spec("other").tenant == "other"


def test_a_server_counts_only_while_it_listens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    settings = load_settings(cache=tmp_path)
    assert prefect_api(settings) == ""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        server_file(settings).parent.mkdir(parents=True)
        noted = json.dumps({"port": port, "pid": 1})
        server_file(settings).write_text(noted, encoding="utf-8")
        assert prefect_api(settings) == f"http://127.0.0.1:{port}/api"
    assert prefect_api(settings) == ""
    assert prefect_api(load_settings(cache=tmp_path, api_url="http://x/api")) == "http://x/api"


def test_prefect_is_prepared_without_overriding_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "environ", {"PREFECT_HOME": "/mine", "HOME": str(tmp_path)})
    prepare_prefect(load_settings(cache=tmp_path))
    assert os.environ["PREFECT_HOME"] == "/mine"
    assert int(os.environ["PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS"]) >= 120
    assert server_environment(77)["PREFECT_SERVER_UI_API_URL"] == "http://127.0.0.1:77/api"
