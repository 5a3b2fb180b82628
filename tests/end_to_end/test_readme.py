"""Every command of the README, as typed and in its order, right after the demo."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.default_models import models_cache as models_cache

pytestmark = pytest.mark.slow

README = (ROOT / "README.md").read_text(encoding="utf-8")
NOT_RUN = {
    "make demo": "it installs first; what it then runs is run here",
    ". .venv/bin/activate": "the tests run in that environment",
    "uv venv -p 3.11 .venv": "another way to install, from a registry",
    "uv pip sync --require-hashes requirements.lock": "the same",
    "uv pip install --no-deps --no-build-isolation -e .": "the same",
}
"""Commands of code blocks that are not typed here, with the reason."""

PRODUCT = "import sys; from flows.cli.app import main; sys.argv[0] = 'backtrail'; main()"


def blocks() -> list[tuple[str, str]]:
    """Language and text of every code block."""
    return re.findall(r"^```(\w*)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def commands() -> list[str]:
    """What a reader types, in order: lines of blocks that begin with a command, or with `$`."""
    found: list[str] = []
    for language, text in blocks():
        lines = [] if language else text.splitlines()
        shown = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
        typed = re.compile(r"(?:make|backtrail|python|pip|git|uv|\. )\b|\. ")
        found += shown or [line for line in lines if typed.match(line)]
    return [line.split("   #")[0].strip() for line in found]


@pytest.fixture(scope="module")
def desk(models_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder like the checkout, with a memory of its own that holds what the demo leaves."""
    folder = tmp_path_factory.mktemp("readme")
    (folder / "data").symlink_to(ROOT / "data")
    os.environ["BACKTRAIL_HOME"] = str(folder / "store")
    try:
        done = run(folder, [sys.executable, "-m", "flows.demo"], ROOT)
        assert done.returncode == 0, done.stderr[-2000:]
        assert "RT-73164" in done.stdout
        yield folder
    finally:
        del os.environ["BACKTRAIL_HOME"]


def run(
    folder: Path, command: list[str], where: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """A command as a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for name in ("PREFECT_API_URL", "BACKTRAIL_WORKSPACE"):
        environment.pop(name, None)
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd=where or folder,
        env=environment,
        timeout=600,
    )


def test_the_readme_has_commands_and_every_exception_is_among_them() -> None:
    assert len([line for line in commands() if line.startswith("backtrail ")]) >= 5
    assert set(NOT_RUN) <= set(commands())


def test_every_command_works_as_typed_in_its_order(desk: Path) -> None:
    for line in commands():
        if line in NOT_RUN:
            continue
        name, *arguments = shlex.split(line)
        assert name == "backtrail", f"{line}: run it here, or name it with its reason"
        done = run(desk, [sys.executable, "-c", PRODUCT, *arguments])
        said = f"{line}\n{done.stdout[-800:]}\n{done.stderr[-800:]}"
        assert done.returncode == 0, said
        assert "No answer" not in done.stdout and "nothing found" not in done.stdout, said
    assert (desk / "answer.html").is_file()


def test_the_program_of_the_readme_runs(desk: Path) -> None:
    (program,) = [text for language, text in blocks() if language == "python"]
    done = run(desk, [sys.executable, "-c", program])
    assert done.returncode == 0, done.stderr[-2000:]
    assert "strong wind" in done.stdout
