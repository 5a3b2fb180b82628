"""Thresholds of the readers stand in one file, and each of them is used."""

from __future__ import annotations

import ast
from pathlib import Path

from agents.ask.reader import thresholds

READER = Path(thresholds.__file__).parent


def constants(path: Path) -> set[str]:
    """Numbers with a name that a module sets at its top."""
    found: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and _is_number(node.value):
            found |= {ast.unparse(target) for target in node.targets}
    return found


def _is_number(node: ast.expr) -> bool:
    """A number, or one that is worked out from `SECOND`."""
    if isinstance(node, ast.BinOp):
        return _is_number(node.left) or _is_number(node.right)
    if isinstance(node, ast.Name):
        return node.id == "SECOND"
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float)


def test_no_reader_has_a_threshold_of_its_own() -> None:
    others = [path for path in READER.glob("*.py") if path.name != "thresholds.py"]
    assert len(others) > 5
    assert {path.name: own for path in others if (own := constants(path))} == {}


def test_every_threshold_is_used_and_explained() -> None:
    named = constants(READER / "thresholds.py")
    used = {
        alias.name
        for path in READER.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module == thresholds.__name__
        for alias in node.names
    }
    assert named and named == used
    body = ast.parse((READER / "thresholds.py").read_text(encoding="utf-8")).body
    told = [isinstance(after, ast.Expr) for one, after in zip(body, [*body[1:], None], strict=True)
            if isinstance(one, ast.Assign)]  # fmt: skip
    assert len(told) == len(named) and all(told)
