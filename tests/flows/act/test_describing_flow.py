"""What media show, in words: from memory, by a model that sees, and when that one fails."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from agents.act.plan import ActStatus
from agents.ask.executor.describing import described
from agents.budget import Meter
from agents.errors import ModelFailed, UsageError
from agents.models.openai_compatible.endpoint import Price
from agents.models.roles import ROLES
from agents.runtime import RuntimeSpec, open_runtime
from agents.tools.assets import asset_of
from agents.tools.base import Effect, ToolFailed
from agents.tools.registry import Cost, Powers
from flows.costs import cost_of_asking
from flows.equipment import Memories, equipment_of
from flows.mcp_server.making import Acted, NotDone, use
from flows.wiring import runtime_of, runtime_spec
from tests.agents.tools.bench import Bench, counting, photograph
from tests.default_models import models_cache as models_cache
from tests.flows.describing import film as film
from tests.flows.describing import server as server
from tests.flows.library import backtrail, close_models
from tests.media import Shown, scene, write_image, write_video
from tests.simulator.faults import Fault, Trouble
from tests.simulator.server import MODEL, WorldServer


@pytest.fixture
def home(tmp_path: Path, models_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A memory of its own, with the models of the default installation."""
    monkeypatch.setenv("BACKTRAIL_HOME", str(tmp_path / "store"))
    monkeypatch.setenv("BACKTRAIL_CACHE", str(models_cache.parent))
    monkeypatch.chdir(tmp_path)
    yield tmp_path


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A cat for two seconds, then a sign."""
    cat, sign = photograph("chelsea.png")[:288, :448], scene(2, 448, 288, "FERRY GATE 41")
    frames = [Shown(np.ascontiguousarray(cat), n / 5) for n in range(10)]
    frames += [Shown(sign, 2 + n / 5) for n in range(10)]
    return write_video(tmp_path / "clip.mp4", frames, last_for=0.2)


def test_a_clip_is_described_from_memory_with_its_times(home: Path, clip: Path) -> None:
    made = backtrail("act", "describe clip.mp4", "--json")
    assert made.object["status"] == "completed", made.out + made.err
    [output] = made.object["outputs"]
    first, second = Path(output["path"]).read_text(encoding="utf-8").splitlines()
    assert first.startswith("0:00.0-0:02.0") and "cat" in first and "FERRY" not in first
    assert second.startswith("0:02.0-") and "FERRY GATE 41" in second
    told = backtrail("trace", output["artefact_id"]).out
    assert "evidence m_" in told and "model" not in told
    shown = backtrail("act", "describe clip.mp4").out
    assert "    0:00.0-0:02.0 " in shown, "people read it without opening a file"


def test_a_moment_and_a_picture_are_described(home: Path, clip: Path) -> None:
    made = backtrail("act", "describe what happens in clip.mp4 from 0:02 to 0:04", "--json")
    [output] = made.object["outputs"]
    text = Path(output["path"]).read_text(encoding="utf-8")
    assert "FERRY GATE 41" in text and "cat" not in text
    write_image(home / "cat.png", photograph("chelsea.png"))
    made = backtrail("act", "describe cat.png", "--json")
    [output] = made.object["outputs"]
    assert "cat" in Path(output["path"]).read_text(encoding="utf-8")


def bench_of(folder: Path, memories: Memories) -> Bench:
    return Bench(folder, Powers(describe=memories.describe))


def test_a_model_that_sees_describes_it_and_is_asked_once(
    server: WorldServer, film: Path, tmp_path: Path
) -> None:
    memories, asset = Memories(runtime_of()), asset_of(film)
    memories.bring(asset)
    bench = bench_of(tmp_path, memories)
    [text], made = bench.run_fully("describe", [asset], source=asset.asset_id, start=2, end=11)
    said = text.path.read_text(encoding="utf-8")
    assert "a heron sits on the crane" in said and "lamp" not in said
    assert said.startswith("0:02.0-0:11.0 ")
    assert made.model == MODEL and made.evidence and not made.notes
    asked = len(server.seen)
    again, _ = bench.run_fully("describe", [asset], source=asset.asset_id, start=2, end=11)
    assert len(server.seen) == asked, "the look was kept"
    assert again[0].asset_id == text.asset_id


def test_what_media_say_is_never_what_the_model_is_told(
    server: WorldServer, film: Path, tmp_path: Path
) -> None:
    memories, asset = Memories(runtime_of()), asset_of(film)
    memories.bring(asset)
    bench_of(tmp_path, memories).run("describe", [asset], source=asset.asset_id)
    looks = [sent for sent in server.seen if sent.pictures]
    assert looks
    assert not any("purple elephant" in sent.instructions for sent in server.seen)


def test_where_the_model_fails_memory_tells_and_says_so(
    server: WorldServer, film: Path, tmp_path: Path
) -> None:
    memories, asset = Memories(runtime_of()), asset_of(film)
    memories.bring(asset)
    [held] = memories.videos([asset.asset_id]).values()
    server.trouble = Trouble(Fault.PROSE)
    told = memories.describe(asset.asset_id, None)
    assert "told from memory" in told.note and told.model == ""
    assert "Cranes are green here" in told.text and told.evidence
    strict = replace(runtime_spec(), falls_back=False)
    with pytest.raises(ModelFailed):
        described(open_runtime(strict), held, None, Meter(strict.limits))


def test_what_was_made_by_a_step_is_not_taken_for_remembered(home: Path) -> None:
    asset = asset_of(counting(home / "made.mp4", 1.0))
    bench = bench_of(home, Memories(runtime_of()))
    with pytest.raises(ToolFailed, match="is not remembered: it was made by a step"):
        bench.run("describe", [asset], source=asset.asset_id)


def test_a_stretch_that_is_not_there_is_refused(home: Path, clip: Path) -> None:
    asset = asset_of(clip)
    memories = Memories(runtime_of())
    memories.bring(asset)
    with pytest.raises(ToolFailed, match=r"9-10 s is no stretch of clip.mp4"):
        bench_of(home, memories).run("describe", [asset], source=asset.asset_id, start=9, end=10)


def test_it_stays_what_it_was_after_a_description(home: Path, clip: Path) -> None:
    told = backtrail("act", "describe clip.mp4, mute it", "--dry-run", "--json").object
    assert told["status"] == ActStatus.PLANNED
    assert [step["tool"] for step in told["plan"]["steps"]] == ["describe", "mute"]


def test_a_model_that_is_paid_waits_for_approval(
    server: WorldServer, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backtrail("ingest", film)
    close_models()  # those without a price
    asked, source = len(server.seen), asset_of(film).asset_id
    price = json.dumps({MODEL: {"input_usd": 1, "output_usd": 2}})
    monkeypatch.setenv("BACKTRAIL_PRICES", price)

    def describe() -> Acted:
        return use(equipment_of(runtime_of()).registry.tool("describe"), None, {"source": source})

    with pytest.raises(UsageError, match="US dollars, and 0 are allowed"):
        describe()
    monkeypatch.setenv("BACKTRAIL_ACT__USD", "1")
    with pytest.raises(NotDone, match="nobody here can approve what it does: paid"):
        describe()
    assert len(server.seen) == asked, "nothing is asked before somebody said yes"
    monkeypatch.setenv("BACKTRAIL_ACT__ALLOW", '["paid"]')
    [made] = describe().files
    assert len(server.seen) > asked
    assert "US dollars" in backtrail("trace", made.artefact_id).out


def test_remembering_a_new_file_by_such_a_model_waits_too(server: WorldServer) -> None:
    def at(**changes: object) -> RuntimeSpec:
        spec = runtime_spec()
        assert spec.roles is not None and spec.roles.seeing is not None
        other = replace(spec.roles.seeing, **changes)
        return replace(spec, roles=replace(spec.roles, spoken=other, seeing=other))

    priced, there = at(price=Price(1.0, 2.0)), at(base_url="https://models.example/v1")
    assert cost_of_asking(priced, (), remembers=True).effect is Effect.PAID
    assert cost_of_asking(priced, (), remembers=False) == Cost()
    assert cost_of_asking(there, ROLES, remembers=False) == Cost(Effect.OUTSIDE)
    assert cost_of_asking(at(), ROLES, remembers=True) == Cost(), "it is on this machine"
