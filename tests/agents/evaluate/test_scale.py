"""Searches at many rows: measured against a scan, in a store that is removed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agents.errors import UsageError
from agents.evaluate.scale import rows
from agents.evaluate.scale.measure import scale_report
from memory.store import EncoderTag
from tests.agents.evaluate.evaluation_bench import spec


@pytest.mark.slow
def test_times_are_told_as_ratios_and_what_is_found_is_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    with pytest.raises(UsageError, match="384 numbers"):
        scale_report(tmp_path / "out", (1_000,), 3, said.append, spec(tmp_path / "models"))
    monkeypatch.setattr(rows, "DIMENSION", 64)  # of the encoder that hashes words
    monkeypatch.setattr(rows, "TEXT", EncoderTag("made-up", 64))
    models = spec(tmp_path / "models")
    text, told = scale_report(tmp_path / "out", (1_000, 3_000), 3, said.append, models)
    assert [one["rows"] for one in told["scale"]] == [1_000, 1_000, 3_000, 3_000]
    assert all(one["recall"] == 1 for one in told["scale"]), "small scopes are searched exactly"
    assert "From 1,000 to 3,000 rows" in text and "small (1%)" in text
    kept = [json.loads(line) for line in (tmp_path / "out/scale.jsonl").read_text().splitlines()]
    assert [one for one in kept if "recall" in one] == json.loads(json.dumps(told["scale"]))
    assert [one for one in kept if "processor" in one] == told["asking"]
    assert all(one["seconds"] > 0 and one["processor"] > 0 for one in told["asking"])
    assert [one["rows"] for one in told["asking"]] == [1_000, 1_000, 3_000, 3_000]
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["scale.jsonl"], "none is left"
    assert said == ["scale: 1,000 rows", "scale: 3,000 rows"]
