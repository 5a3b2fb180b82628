"""Models describe what is ingested: captions, summaries and facts, paid once, told when missing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from flows.wiring import runtime_of
from memory.records import Kind, Level
from tests.flows.describing import (
    BIRD,
    GREEN,
    asked_for,
    film,
    ingest,
    rows,
    server,
    texts,
)
from tests.flows.library import backtrail, close_models
from tests.simulator.faults import Fault, Trouble
from tests.simulator.server import MODEL, WorldServer

__all__ = ["film", "server"]


def test_captions_are_rows_with_model_level_span_and_sources(
    server: WorldServer, film: Path
) -> None:
    entry = ingest(film)
    assert entry["status"] == "ingested"
    assert entry["described"] == {
        "captions": "keyframes", "captioner": MODEL, "summariser": MODEL,
    }  # fmt: skip
    captions = rows(Kind.CAPTION)
    assert {row.producer.model for row in captions} == {MODEL}, "no shot needs a composed one"
    whole = [row for row in captions if row.level is Level.SCENE]
    assert [row.span.seconds for row in whole] == [(0, 12), (12, 24)]
    spoken = {row.memory_id for row in rows(Kind.SPEECH)}
    assert whole[0].source_ids and set(whole[0].source_ids) <= spoken
    heron = next(r for r in captions if r.level is Level.SHOT and "heron" in (r.text or ""))
    assert 1 <= heron.span.start / 1e6 < heron.span.end / 1e6 <= 12
    assert heron.thumbnail
    assert entry["usage"]["roles"]["captioner"]["calls"] == 2
    assert entry["usage"]["vlm_calls"] == 2


def test_the_density_decides_what_is_seen(
    server: WorldServer, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest(film)
    assert "heron" in texts(Kind.CAPTION) and "lamp" not in texts(Kind.CAPTION)
    monkeypatch.setenv("BACKTRAIL_PERCEPTION__CAPTIONS", "dense")
    assert ingest(film)["described"]["captions"] == "dense"
    assert "lamp" in texts(Kind.CAPTION)
    assert ingest(film)["status"] == "unchanged"


def test_without_a_model_that_sees_nothing_is_paid_and_nothing_changes(
    server: WorldServer, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BACKTRAIL_VLM__MODEL")
    first = ingest(film)
    monkeypatch.delenv("BACKTRAIL_LLM__BASE_URL")
    assert ingest(film)["status"] == "unchanged"
    monkeypatch.setenv("BACKTRAIL_LLM__BASE_URL", server.url)
    monkeypatch.setenv("BACKTRAIL_VLM__MODEL", MODEL)
    monkeypatch.setenv("BACKTRAIL_PERCEPTION__CAPTIONS", "none")
    assert ingest(film)["status"] == "unchanged"
    assert (server.requests, first["described"]["captioner"]) == (0, "")
    assert first["usage"]["vlm_calls"] == 0


@pytest.mark.parametrize(("preset", "captions"), [("quick", "none"), ("thorough", "dense")])
def test_presets_say_how_much_is_described(
    server: WorldServer, film: Path, preset: str, captions: str
) -> None:
    assert ingest(film, "--preset", preset)["described"]["captions"] == captions


def test_another_model_makes_a_new_memory_and_the_old_one_stays_until_it_is_complete(
    server: WorldServer, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest(film)
    assert ingest(film)["status"] == "unchanged"
    close_models()
    monkeypatch.setenv("BACKTRAIL_ROLES__CAPTIONER", "another-eye")
    assert ingest(film)["described"]["captioner"] == "another-eye"
    assert {row.producer.model for row in rows(Kind.CAPTION)} == {"another-eye"}


def test_a_failing_captioner_leaves_composed_captions_and_is_tried_again(
    server: WorldServer, film: Path
) -> None:
    server.trouble = Trouble(Fault.NULL)
    first = backtrail("ingest", film, "--json")
    entry = first.object["videos"][0]
    assert (first.code, entry["status"]) == (1, "partial")
    assert entry["windows"] == {"done": 2, "failed": 0, "degraded": 2}
    assert any(f"no captions by {MODEL}" in note for note in entry["notes"])
    assert any("no summary" in note for note in entry["notes"])
    assert {row.producer.model for row in rows(Kind.CAPTION, Kind.SUMMARY)} == {"composed"}
    assert "Cranes are green" in texts(Kind.CAPTION)
    server.trouble = None
    perceived = {row.memory_id: row.created_at for row in rows(Kind.SPEECH, Kind.KEYFRAME)}
    again = ingest(film)
    assert (again["status"], again["windows"]) == ("ingested", {"done": 2, "failed": 0})
    assert "heron" in texts(Kind.CAPTION)
    assert {r.memory_id: r.created_at for r in rows(Kind.SPEECH, Kind.KEYFRAME)} == perceived
    assert {row.producer.model for row in rows(Kind.CAPTION, Kind.SUMMARY)} == {MODEL}


def test_what_succeeded_is_not_paid_again_when_the_rest_is_retried(
    server: WorldServer, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = {"now": True}
    heard = WorldServer.heard

    def writes_prose(own: WorldServer, body: dict[str, Any]) -> dict[str, Any]:
        sees = "image_url" in json.dumps(body)
        own.trouble = Trouble(Fault.PROSE) if sees and failing["now"] else None
        return heard(own, body)

    monkeypatch.setattr(WorldServer, "heard", writes_prose)
    assert ingest(film)["status"] == "partial"
    failing["now"] = False
    server.seen.clear()
    assert ingest(film)["status"] == "ingested"
    assert len(asked_for(server, "moments")) == 2
    server.seen.clear()
    assert ingest(film)["status"] == "unchanged"
    assert not server.seen


def test_summaries_go_upward_and_name_their_sources(server: WorldServer, film: Path) -> None:
    ingest(film)
    by_level = {row.level: row for row in rows(Kind.SUMMARY)}
    scene, chapter, video = (by_level[n] for n in (Level.SCENE, Level.CHAPTER, Level.VIDEO))
    assert {scene.producer.model, chapter.producer.model, video.producer.model} == {MODEL}
    captions = {row.memory_id for row in rows(Kind.CAPTION)}
    assert captions & set(scene.source_ids)
    assert set(scene.source_ids) <= captions | {row.memory_id for row in rows(Kind.SPEECH)}
    assert chapter.source_ids == (scene.memory_id,)
    assert video.source_ids == (chapter.memory_id,)
    assert "heron" in (video.text or "")
    assert len(asked_for(server, "summary")) == 1, "the only part below is taken over"


def test_facts_are_united_over_windows_with_all_their_sources(
    server: WorldServer, film: Path
) -> None:
    ingest(film)
    green = [row for row in rows(Kind.FACT) if "cranes are green" in (row.text or "").lower()]
    assert len(green) == 1
    spoken = {r.memory_id for r in rows(Kind.SPEECH) if "green" in (r.text or "")}
    assert set(green[0].source_ids) >= spoken and len(spoken) == 2
    sources = green[0].details.get("sources", [])
    starts = {source["start"] // 1_000_000 for source in sources if source["kind"] == "speech"}
    assert starts == {1, 20}
    assert green[0].span.end <= 12_000_000, "it has the time of its first telling"
    known = {row.memory_id for row in rows()}
    assert all(set(row.source_ids) <= known for row in rows(Kind.FACT))


def test_a_cited_fact_shows_where_it_comes_from(server: WorldServer, film: Path) -> None:
    ingest(film)
    from agents.ask.answer import Cited, Context
    from agents.ask.result.evidence import Evidence
    from agents.ask.trace import evidence_of

    bench = runtime_of()
    (green,) = [row for row in rows(Kind.FACT) if "cranes are green" in (row.text or "").lower()]
    context = Context((), (), videos=tuple(bench.store.videos("default")))
    (shown,) = evidence_of((Cited(green, green.span),), context)
    assert shown.kind is Kind.FACT
    assert {1.0, 20.0} <= {source.start for source in shown.sources}
    told = json.loads(json.dumps(shown.to_json()))
    assert told["kind"] == "fact" and told["sources"][0]["kind"] in ("speech", "caption")
    assert Evidence.from_json(told) == shown
    hits = backtrail("search", "cranes green", "--kind", "fact", "--json").object["hits"]
    assert hits and hits[0]["memory_id"] == green.memory_id


def test_an_answer_may_rest_on_a_fact(
    server: WorldServer, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest(film)
    bench = runtime_of()
    spoken = [row.memory_id for row in rows(Kind.SPEECH, Kind.SUMMARY)]
    bench.store.delete_memories("default", spoken)
    said = backtrail("ask", GREEN, "--json").object
    assert (said["answer"], said["evidence"][0]["kind"]) == ("green", "fact")
    assert {source["memory_id"] for source in said["evidence"][0]["sources"]} <= set(spoken)
    told = backtrail("ask", GREEN).out
    assert "told at 0:01.0-0:04.0, 0:20.0-0:22.0" in told


def test_questions_are_answered_from_the_captions_without_a_look(
    server: WorldServer, film: Path
) -> None:
    ingest(film)
    said = backtrail("ask", BIRD, "--json").object
    assert (said["answer"], said["phase"], said["usage"]["looks"]) == ("a heron", "coarse", 0)
    assert said["evidence"][0]["kind"] in ("caption", "summary", "fact")


def test_worldmm_uses_the_facts_of_ingest(server: WorldServer, film: Path) -> None:
    from agents.ask.strategies.worldmm import WorldMM

    ingest(film)
    assert WorldMM.semantic.__doc__
    server.seen.clear()
    backtrail("ask", BIRD, "--strategy", "worldmm", "--json")
    assert not asked_for(server, "triples")


def test_it_is_shown_who_described_a_video(server: WorldServer, film: Path) -> None:
    ingest(film)
    assert f"described by {MODEL}" in backtrail("show", film.name).out
    shown = backtrail("show", film.name, "--json").object
    assert shown["described"]["captioner"] == MODEL
    assert all(node["text"] for node in shown["tree"])
    listed = backtrail("videos", "--json").object["videos"][0]
    assert listed["described"]["summariser"] == MODEL
    assert f"described by {MODEL}" in backtrail("ingest", film).err
