"""What decides which memory of a video is its current one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agents.ingest.windows import described
from agents.models.build import ROLES, build_models
from agents.models.ports import ModelSpec
from agents.perception.records import Parameters

SENSES = ("faces", "poses")
"""Switched by a parameter, and off by default."""


@pytest.mark.parametrize("sense", SENSES)
def test_a_sense_that_is_off_leaves_the_memory_what_it_was(sense: str, tmp_path: Path) -> None:
    models = build_models(tuple(ModelSpec(role, "scripted") for role in ROLES), tmp_path, 1)
    off = described(tmp_path / "a.mp4", Parameters(), models)
    asked = replace(Parameters(), **{sense: True})
    on = described(tmp_path / "a.mp4", asked, models)
    assert sense not in off.get("parameters", {})
    assert on.get("parameters", {})[sense] is True
    assert len(on.get("models", [])) == len(off.get("models", [])) + 1
