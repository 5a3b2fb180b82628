"""A program that uses the installed package sees its types: the wheel says that it has some."""

from __future__ import annotations

import json
import shutil
import site
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.slow

PACKAGES = ("agents", "configs", "flows", "memory", "tasks")
BUILD = "from setuptools import build_meta; print(build_meta.build_wheel('dist'))"
CALLER = """
from agents.ask.answer import Result, Status
from flows.ask import aask, ask
from flows.results import kept_result


def first_words(question: str) -> str:
    result = ask(question)
    if result.status is not Status.ANSWERED:
        nearest = [(m.video, m.start, m.probability, m.why) for m in result.moments]
        return f"no answer; nearest: {nearest}"
    times: list[float] = [time for item in result.evidence for time in (item.start, item.end)]
    words: str | None = result.evidence[0].text
    return f"{words} {times}"


async def asked(question: str) -> Result:
    return await aask(question, videos=["talk.mp4"], must_answer=True)


def later(flow_run_id: str) -> str:
    return kept_result(flow_run_id).evidence[0].video
"""
WRONG = """
from flows.ask import aask, ask

reveal_type(ask("what?").evidence)
print(ask("what?").evidence[0]["text"])
print(ask("what?", vidoes=["talk.mp4"]).answer)
print(aask("what?").answer)
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment where the wheel lies beside this one's packages."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in PACKAGES:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in (*ROOT.glob("pyproject.toml"), *ROOT.glob("README.md"), *ROOT.glob("LICENSE")):
        shutil.copy(path, folder)
    _run([sys.executable, "-c", BUILD], folder)
    _run([sys.executable, "-m", "venv", "--without-pip", "venv"], folder)
    (packages,) = (folder / "venv" / "lib").glob("python*/site-packages")
    (wheel,) = (folder / "dist").glob("*.whl")
    zipfile.ZipFile(wheel).extractall(packages)
    (packages / "beside.pth").write_text("\n".join(site.getsitepackages()), encoding="utf-8")
    return folder / "venv" / "bin" / "python"


def _run(command: list[str], folder: Path, code: int = 0) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def checked(script: str, python: Path, folder: Path, code: int, mode: str) -> list[str]:
    """What the checker says of a script: rule (or kind) and message."""
    (folder / "caller.py").write_text(script, encoding="utf-8")
    settings = {"typeCheckingMode": mode, "include": ["caller.py"]}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    checker = [sys.executable, "-m", "basedpyright", "--outputjson", "--pythonpath", str(python)]
    found = json.loads(_run(checker, folder, code))["generalDiagnostics"]
    return [f"{each.get('rule', each['severity'])}: {each['message']}" for each in found]


def test_a_callers_script_is_fully_typed(installed: Path, tmp_path: Path) -> None:
    assert checked(CALLER, installed, tmp_path, 0, "strict") == []


def test_mistakes_of_a_caller_are_found(installed: Path, tmp_path: Path) -> None:
    told = checked(WRONG, installed, tmp_path, 1, "standard")
    assert [each.split(":")[0] for each in told] == [
        *("information", "reportIndexIssue", "reportCallIssue", "reportAttributeAccessIssue"),
    ], told
    assert "tuple[Evidence, ...]" in told[0]


def test_every_package_of_the_wheel_says_that_it_is_typed(installed: Path) -> None:
    (packages,) = (installed.parents[1] / "lib").glob("python*/site-packages")
    assert all((packages / name / "py.typed").is_file() for name in PACKAGES)
    assert (packages / "flows" / "output" / "templates" / "report.html.j2").is_file()
