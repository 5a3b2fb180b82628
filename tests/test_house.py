"""The shape of the house: docs name what exists, and no room is too full to be read."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("agents", "configs", "data", "flows", "memory", "tasks", "tests")
MOST_FILES = 14
"""Python files of a folder; more are several rooms."""

LONGEST_FUNCTION = 50
"""Lines of a function of the product, its signature and docstring among them."""
LONGEST_MODULE = 400
"""Lines of a module of the product."""

PATH = re.compile(r"[\w*.-]+(?:/[\w*.-]+)*/?")
SUFFIXES = (".py", ".md", ".toml", ".lock", ".yaml", ".j2")
MADE_BY_USE = ("data/store", "data/cache", "data/samples/", "pyproject.toml")
"""Where runs and set-up write; what lies there is not part of the project."""
OF_USERS = {"answer.html", "talk.mp4", "backtrail.toml", "prefect.yaml", "server.json"}
"""Files that examples make or a user writes."""


def sources() -> list[Path]:
    """Every document, and every module for its docstrings."""
    kept: list[Path] = [*ROOT.glob("*.md")]
    for room in ROOMS:
        kept += [p for p in (ROOT / room).rglob("*.md") if "cache" not in p.parts]
        kept += [p for p in (ROOT / room).rglob("*.py") if "cache" not in p.parts]
    return sorted(p for p in kept if "store" not in p.relative_to(ROOT).parts[:2])


def named_in(path: Path) -> set[str]:
    """Paths of ours that a document names in backticks, or a module in its docstrings."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        text = "\n".join(re.findall(r'"""[\s\S]*?"""', text))
    quoted = re.findall(r"`([^`\s]+)`", text)
    paths = [name for name in quoted if PATH.fullmatch(name)]
    starts = tuple(f"{room}/" for room in ROOMS)
    return {name for name in paths if name.startswith(starts) or name.endswith(SUFFIXES)}


def exists(name: str, beside: Path) -> bool:
    """Whether a name is a path from the root, or from the folder or a folder above."""
    if name.startswith(MADE_BY_USE) or name in OF_USERS:
        return True
    places = [beside, *beside.parents]
    places = [p for p in places if p == ROOT or ROOT in p.parents]
    clean = name.rstrip("/")
    return any(list(place.glob(clean)) for place in places)


@pytest.mark.parametrize("path", sources(), ids=lambda p: str(p.relative_to(ROOT)))
def test_every_path_that_is_named_exists(path: Path) -> None:
    missing = {name for name in named_in(path) if not exists(name, path.parent)}
    assert not missing


def test_no_folder_has_more_files_than_a_reader_can_hold() -> None:
    found = [p for room in ROOMS for p in (ROOT / room).rglob("*.py") if "cache" not in p.parts]
    counts = Counter(p.parent.relative_to(ROOT) for p in found)
    assert {folder: n for folder, n in counts.items() if n > MOST_FILES} == {}


def product() -> list[Path]:
    """Every module of the product."""
    found = [p for room in ROOMS if room != "tests" for p in (ROOT / room).rglob("*.py")]
    return [p for p in found if "cache" not in p.parts]


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """The functions of a module, with their lines."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def test_no_function_or_module_of_the_product_is_longer_than_a_reader_can_hold() -> None:
    longer: set[str] = set()
    for path in product():
        name = path.relative_to(ROOT).as_posix()
        if len(path.read_text(encoding="utf-8").splitlines()) > LONGEST_MODULE:
            longer.add(name)
        longer |= {f"{name}: {what}" for what, n in functions(path) if n > LONGEST_FUNCTION}
    assert not longer


def test_every_folder_of_the_product_says_what_lives_there() -> None:
    folders = {path.parent for path in product()}
    missing = {f.relative_to(ROOT) for f in folders if not (f / "README.md").is_file()}
    assert not missing
