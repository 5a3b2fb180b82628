"""The locks serve every Python that the project names, and set-up takes no other."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PYTHONS = ("3.11", "3.12", "3.13")
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-all.lock")
DROPPED = {
    canonicalize_name(Requirement(text).name)
    for text in PROJECT["tool"]["uv"]["override-dependencies"]
}
"""Asked for, and left out on purpose."""
STATED = {
    each["name"]: each["requires-dist"] for each in PROJECT["tool"]["uv"]["dependency-metadata"]
}
"""What packages need of which only a file is used."""


def environment(python: str, extra: str = "") -> dict[str, str]:
    """What markers are evaluated by, on Linux as here but under another Python."""
    named = {str(name): str(value) for name, value in default_environment().items()}
    return named | {"python_version": python, "python_full_version": f"{python}.5", "extra": extra}


def pins(lock: str, python: str) -> dict[str, str]:
    """Names and versions that a lock installs under a Python."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    lines = re.findall(r"^([\w.-]+==[^\n\\]*)", text, re.MULTILINE)
    wanted = [Requirement(line) for line in lines]
    here = environment(python)
    kept = [each for each in wanted if each.marker is None or each.marker.evaluate(here)]
    assert len(kept) == len({each.name for each in kept}), "one version of each"
    return {canonicalize_name(each.name): str(each.specifier).lstrip("=") for each in kept}


def asked_for(name: str, extras: set[str], python: str) -> list[Requirement]:
    """What a package says that it needs; nothing of one that is not installed here."""
    if canonicalize_name(name) in STATED:
        return [Requirement(line) for line in STATED[canonicalize_name(name)]]
    try:
        lines = distribution(name).requires or []
    except PackageNotFoundError:
        return []
    known = [environment(python, extra) for extra in ("", *extras)]
    wanted = [Requirement(line) for line in lines]
    return [each for each in wanted if each.marker is None or any(map(each.marker.evaluate, known))]


def missing(lock: str, extras: set[str], python: str) -> set[str]:
    """Requirements that packages of a lock have under a Python, and that it does not meet."""
    held = pins(lock, python)
    unmet: set[str] = set()
    todo, seen = [("backtrail", extras)], set[tuple[str, frozenset[str]]]()
    while todo:
        name, wanted = todo.pop()
        if (name, frozenset(wanted)) in seen:
            continue
        seen.add((name, frozenset(wanted)))
        for each in asked_for(name, wanted, python):
            needed = canonicalize_name(each.name)
            if needed in DROPPED:
                continue
            if needed != "backtrail" and not each.specifier.contains(held.get(needed, "0")):
                unmet.add(f"{name}: {each}")
            todo.append((needed, each.extras))
    return unmet


@pytest.mark.parametrize("python", PYTHONS)
def test_the_lock_holds_what_its_packages_ask_for(python: str) -> None:
    assert missing("requirements-dev.lock", {"dev"}, python) == set()


@pytest.mark.parametrize("python", PYTHONS)
def test_each_lock_holds_the_smaller_one(python: str) -> None:
    default, dev, everything = (pins(lock, python).items() for lock in LOCKS)
    assert default < dev < everything


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_registry(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    lines = {line.split("==")[0] for line in text.splitlines() if not line.startswith("    --hash")}
    assert all(re.fullmatch(r"[\w.-]+", line) for line in lines), "packages and hashes alone"


def test_the_project_names_the_same_versions_everywhere() -> None:
    project = PROJECT["project"]
    allowed = SpecifierSet(project["requires-python"])
    assert [f"3.{n}" for n in range(20) if f"3.{n}" in allowed] == list(PYTHONS)
    named = re.findall(r"Python :: (3\.\d+)", "\n".join(project["classifiers"]))
    assert named == list(PYTHONS)


@pytest.mark.parametrize("python", ["3.10", *PYTHONS, "3.14"])
def test_set_up_takes_these_versions_and_no_other(python: str, tmp_path: Path) -> None:
    fake = tmp_path / "python"
    told = f"import sys; sys.version_info = ({python.replace('.', ', ')}, 1)"
    fake.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{told}; $2"\n', encoding="utf-8")
    fake.chmod(0o755)
    done = subprocess.run(
        ["bash", str(ROOT / ".ci" / "python.sh")],
        env={"PATH": "/usr/bin:/bin", "PYTHON": str(fake)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.strip() == (str(fake) if python in PYTHONS else "")
    assert (done.returncode == 0) == (python in PYTHONS)
    assert python in PYTHONS or "apt-get install" in done.stderr
