"""Every tool keeps its contract and stands in the table of its folder, with what it needs."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import pytest

from agents.models.generators import ROLES as GENERATORS
from agents.tools.base import Tool
from agents.tools.registry import FAMILIES, Powers, faults, registry_of

ROW = re.compile(r"^\|(?P<tools>[^|]*`[^|]*)\|[^|]*\|(?P<default>[^|]*)\|(?P<needs>[^|]*)\|", re.M)
TOOLS = list(registry_of(Powers(), FAMILIES).tools.values())


def rows_of(tool: Tool[Any]) -> list[re.Match[str]]:
    """The rows that name a tool in the README of the folder that it comes from."""
    folder = Path(inspect.getfile(tool.arguments)).parent
    table = (folder / "README.md").read_text(encoding="utf-8")
    return [row for row in ROW.finditer(table) if f"`{tool.name}`" in row["tools"]]


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_a_tool_stands_in_one_row_with_its_needs(tool: Tool[Any]) -> None:
    assert faults(tool) == []
    [row] = rows_of(tool)
    needs = set(re.findall(r"`([\w-]+)`", row["needs"]))
    assert needs == {*tool.extras, *tool.models}, (needs, tool)
    is_named = set(tool.models) & set(GENERATORS)
    assert row["default"].strip() == ("no" if tool.extras or is_named else "yes")


@pytest.mark.parametrize("family", FAMILIES)
def test_the_table_names_no_tool_that_is_not_there(family: str) -> None:
    folder = Path(*family.split(".")[:-1])
    table = (Path(__file__).parents[3] / folder / "README.md").read_text(encoding="utf-8")
    named = {n for row in ROW.finditer(table) for n in re.findall(r"`(\w+)`", row["tools"])}
    assert named <= {tool.name for tool in TOOLS}


def test_every_argument_tells_planners_what_it_takes() -> None:
    for tool in TOOLS:
        schema = tool.arguments.model_json_schema()["properties"]
        for name in tool.inputs:
            assert schema[name]["takes"], (tool.name, name)
