"""Settings: one dial, the environment over it, arguments over both."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError
from pydantic_settings import SettingsError

from configs.settings import (
    Settings,
    load_settings,
    prefect_api,
    prepare_prefect,
    server_environment,
    server_file,
    settings_without_effect,
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


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of settings files, with nothing in it yet."""
    monkeypatch.setenv("BACKTRAIL_CONFIG", str(tmp_path))
    return tmp_path


def test_files_are_read_and_the_nearer_one_wins(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (files / "backtrail.toml").write_text(
        'preset = "quick"\nworkspace = "toml"\nthreads = 3\n[look]\nfps = 5\nlooks = 9\n'
        '[roles]\nreader = "m"\n',
        encoding="utf-8",
    )
    own = load_settings()
    assert (own.workspace, own.threads, own.look.fps, own.look.looks) == ("toml", 3, 5.0, 9)
    assert own.perception.sample_fps == 1.0, "the preset that the file names"
    (files / ".env").write_text(
        "BACKTRAIL_WORKSPACE=dotenv\nBACKTRAIL_LOOK__FPS=6\nBACKTRAIL_LLM__API_KEY=s3\n",
        encoding="utf-8",
    )
    own = load_settings()
    assert (own.workspace, own.threads, own.look.fps, own.look.looks) == ("dotenv", 3, 6.0, 9)
    assert own.llm.api_key.get_secret_value() == "s3"
    monkeypatch.setenv("BACKTRAIL_WORKSPACE", "environment")
    monkeypatch.setenv("BACKTRAIL_LOOK__FPS", "7")
    own = load_settings()
    assert (own.workspace, own.look.fps, own.look.looks) == ("environment", 7.0, 9)
    assert load_settings(workspace="argument").workspace == "argument"


def test_the_folder_of_a_command_is_not_read(
    files: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    strange = tmp_path_factory.mktemp("strange")
    (strange / ".env").write_text("BACKTRAIL_LLM__BASE_URL=http://evil/v1\n", encoding="utf-8")
    (strange / "backtrail.toml").write_text('[llm]\nbase_url = "http://evil/v1"', encoding="utf-8")
    monkeypatch.chdir(strange)
    assert load_settings().llm.base_url == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[vlm]\napi_key = "s3"\n', "vlm.api_key"),
        ('[mcp]\ntoken = "s3"\n', "mcp.token"),
        ("preset = \n", "is no TOML"),
    ],
)
def test_a_file_that_is_wrong_or_holds_a_key_is_refused(files: Path, text: str, words: str) -> None:
    (files / "backtrail.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=words) as refused:
        load_settings()
    assert "s3" not in str(refused.value)


def test_names_that_set_nothing_are_told_with_the_nearest(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert settings_without_effect() == []
    monkeypatch.setenv("BACKTRAIL_PERCEPTION__SAMPLE_FSP", "4")
    monkeypatch.setenv("BACKTRAIL_WORKSPCE", "x")
    monkeypatch.setenv("BACKTRAIL_ZZZ", "x")
    monkeypatch.setenv("BACKTRAIL_ROLES__READER", "m")
    monkeypatch.setenv("BACKTRAIL_PRICES__M__INPUT_USD", "1")
    (files / ".env").write_text("BACKTRAIL_LOK__FPS=6\nOTHER=1\n", encoding="utf-8")
    (files / "backtrail.toml").write_text("[look]\nfp = 5\n[roles]\nx = 'y'\n", encoding="utf-8")
    assert settings_without_effect() == [
        "BACKTRAIL_LOK__FPS sets nothing; did you mean BACKTRAIL_LOOK__FPS?",
        "BACKTRAIL_PERCEPTION__SAMPLE_FSP sets nothing; "
        "did you mean BACKTRAIL_PERCEPTION__SAMPLE_FPS?",
        "BACKTRAIL_WORKSPCE sets nothing; did you mean BACKTRAIL_WORKSPACE?",
        "BACKTRAIL_ZZZ sets nothing",
        "look.fp in backtrail.toml sets nothing; did you mean look.fps?",
    ]
