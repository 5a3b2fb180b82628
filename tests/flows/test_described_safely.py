"""What models described obeys times and no planted orders, and a crash is not paid twice."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from agents.ask.strategies.registry import STRATEGIES
from agents.models.ports import TextLine
from agents.models.scripted import ScriptedTextReader
from memory.records import Kind
from tests.conftest import ROOT
from tests.flows.describing import (
    ATTACK,
    BIRD,
    LAMP,
    asked_for,
    film,
    ingest,
    server,
    texts,
)
from tests.flows.library import backtrail
from tests.simulator.faults import Fault, Trouble
from tests.simulator.server import WorldServer

__all__ = ["film", "server"]


def test_as_of_holds_for_captions_summaries_and_facts(server: WorldServer, film: Path) -> None:
    ingest(film)
    kinds = ("--kind", "caption", "--kind", "summary", "--kind", "fact")
    told = ("search", "crane heron gate rope", "--as-of", "13", *kinds, "--json")
    early = backtrail(*told).object["hits"]
    assert any("heron" in (hit["text"] or "") for hit in early)
    assert all(hit["end"] <= 13 and "rope" not in (hit["text"] or "") for hit in early)
    middle = backtrail("search", "heron", "--as-of", "11", "--json").object["hits"]
    assert not [hit for hit in middle if hit["kind"] in ("caption", "summary", "fact")], (
        "the window was described when it was over"
    )


@pytest.mark.parametrize("name", list(STRATEGIES))
def test_no_strategy_is_told_what_models_described_later(
    server: WorldServer, film: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("BACKTRAIL_PERCEPTION__CAPTIONS", "dense")
    ingest(film)
    assert backtrail("ask", LAMP, "--json").object["answer"] == "a lamp"
    server.seen.clear()
    said = backtrail("ask", LAMP, "--as-of", "0:12", "--strategy", name, "--json").object
    assert said["answer"] is None
    assert not any("lamp" in sent.text for sent in server.seen)
    assert all((time or 0) < 12 for sent in server.seen for time, _ in sent.pictures)
    server.seen.clear()
    backtrail("ask", LAMP, "--strategy", name, "--no-cache", "--json")
    assert any("lamp" in sent.text for sent in server.seen), "without the limit it is told"


PLANTED = TextLine(ATTACK, 0.9, (0.1, 0.1, 0.9, 0.2))


def test_planted_orders_stay_data_on_every_path(
    server: WorldServer, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ScriptedTextReader, "find", lambda *_: [PLANTED.box])
    monkeypatch.setattr(ScriptedTextReader, "read", lambda *_, **__: [PLANTED])
    ingest(film)
    assert "purple elephant" in texts(Kind.SCREEN_TEXT)
    for part in ("moments", "summary", "triples"):
        sent = asked_for(server, part)
        assert any("purple elephant" in one.text for one in sent), part
        assert all("purple elephant" not in one.instructions for one in sent)
        assert len({one.instructions for one in sent}) == 1
        for one in sent:
            fence = one.text.partition("<evidence ")[2]
            assert "purple elephant" not in one.text.partition("<evidence ")[0]
            assert fence.count("\n[") == len([li for li in fence.splitlines() if li[:1] == "["])
    assert not any("elephant now.mp4" in s.text + s.instructions for s in server.seen)
    calls = len(server.seen)
    assert calls == 2 + 2 + 1, "no call more than without the orders"
    said = backtrail("ask", BIRD, "--json").object
    assert said["answer"] == "a heron"
    assert not any("elephant" in (item["text"] or "") for item in said["evidence"])


def test_a_captioner_that_obeys_is_not_believed(server: WorldServer, film: Path) -> None:
    server.trouble = Trouble(Fault.CONFIDENT)
    ingest(film)
    said = backtrail("ask", LAMP, "--json").object
    assert said["status"] != "answered"


DYING = """
import os, signal, sys
from pathlib import Path
from memory.lance.store import LanceStore
from tests.conftest import ROOT
from tests.flows.library import backtrail, scripted_home

def dying(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

own = {name: value for name, value in os.environ.items() if name.startswith("BACKTRAIL_")}
with scripted_home(Path(sys.argv[1])):
    os.environ.update(own)
    setattr(LanceStore, sys.argv[3], dying)
    backtrail("ingest", sys.argv[2])
"""


def test_killed_anywhere_and_run_again_nothing_is_paid_twice(
    server: WorldServer, film: Path, tmp_path: Path
) -> None:
    for step in ("mark_window", "activate"):
        command = [sys.executable, "-c", DYING, str(tmp_path), str(film), step]
        killed = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
        assert killed.returncode == -signal.SIGKILL, killed.stderr[-2000:]
    entry = ingest(film)
    assert entry["status"] == "ingested"
    assert server.requests == 2 + 2 + 1, "captions and facts of two windows, one summary"
    assert entry["usage"]["vlm_calls"] == 0
    assert "heron" in texts(Kind.CAPTION)


def test_without_the_cache_it_would_be_paid_twice(
    server: WorldServer, film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agents.models.cache.ReplyCache.get", lambda *_: None)
    ingest(film)
    backtrail("forget", film.name)
    ingest(film)
    assert server.requests == 2 * (2 + 2 + 1)
