"""Standing questions: asked of what is new, told when the answer changes, forgotten with videos."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from prefect.client.orchestration import get_client
from prefect.events.worker import EventsWorker
from prefect.testing.utilities import prefect_test_harness

from agents.ask.answer import Status
from agents.ask.ask import Request, answer_request
from agents.errors import ModelFailed
from agents.watch import LEAST, Change, finding_of
from agents.watch import watch as ask_all
from flows.ingest import ingest
from flows.watch import add_watch, list_watches, remove_watch, watch
from flows.watch.telling import EVENT, artifact_key, payload_of
from flows.wiring import runtime_of
from memory.errors import UnknownMemory
from memory.organise.lifecycle import history
from memory.records import Video
from memory.standing.records import Finding
from tests.flows.library import backtrail, ferry, scripted_home

CODE = "1\n00:00:01,000 --> 00:00:03,000\nThe code of the cellar is {}.\n"
QUESTION = "What is the code of the cellar?"


def film(folder: Path, name: str, code: str) -> Path:
    """A video that differs from the others in what is said, and when it was recorded."""
    video = ferry(folder, name)
    with video.open("ab") as file:
        file.write(name.encode())  # other content is another video
    video.with_suffix(".srt").write_text(CODE.format(code), encoding="utf-8")
    return video


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    with scripted_home(tmp_path):
        yield tmp_path


def ingested(video: Path) -> list[dict[str, Any]]:
    """The changes that the ingest of a video tells."""
    said = backtrail("ingest", video, "--json")
    assert said.code == 0, said.err
    return said.object["watch"]["changed"]


def test_it_speaks_only_when_the_answer_changes(home: Path) -> None:
    assert backtrail("watch", "add", QUESTION, "--json").code == 0
    (first,) = ingested(film(home, "VID_20260301_120000.mp4", "4711"))
    assert "4711" in first["answer"] and first["before"] == "" and first["evidence"]
    assert ingested(film(home, "VID_20260302_120000.mp4", "4711")) == [], "the same answer"
    (second,) = ingested(film(home, "VID_20260303_120000.mp4", "1234"))
    assert "1234" in second["answer"] and "4711" in second["before"]
    older = film(home, "VID_20260201_120000.mp4", "9999")
    assert ingested(older) == [], "it was recorded before the one that holds"
    again = backtrail("watch", "run", "--json").object
    assert again == {"asked": 0, "changed": [], "failed": []}
    (listed,) = backtrail("watch", "list", "--json").object["watches"]
    assert "1234" in listed["answer"]["answer"] and listed["asked"] == 4
    assert "1234" in backtrail("watch", "list").out


def test_a_forgotten_video_takes_back_what_rests_on_it(home: Path) -> None:
    add_watch(QUESTION)
    ingested(film(home, "VID_20260301_120000.mp4", "4711"))
    last = film(home, "VID_20260303_120000.mp4", "1234")
    ingested(last)
    only = add_watch("Who waves?", [last.name])[0]
    assert backtrail("forget", last.name).code == 0
    (left,) = list_watches()
    assert left.watch.watch_id != only.watch_id, "what is about that video alone goes with it"
    assert left.answer is not None and "4711" in left.answer.answer and left.asked == 1
    assert not any(
        b"1234" in path.read_bytes() for path in (home / "store").rglob("*") if path.is_file()
    )


def test_adding_and_removing_are_idempotent_and_logged(home: Path) -> None:
    backtrail("ingest", film(home, "a.mp4", "1"))
    (one,) = add_watch(QUESTION)
    assert add_watch(f"  {QUESTION.lower()} ")[0].watch_id == one.watch_id
    assert add_watch(QUESTION, proven=True)[0].proven and len(list_watches()) == 1
    assert list_watches("elsewhere") == []
    said = backtrail("watch", "remove", one.watch_id[:8])
    assert said.code == 0 and "no longer asked" in said.out
    assert list_watches() == [] and runtime_of().store.notebook.find(Finding, "default") == []
    with pytest.raises(UnknownMemory):
        remove_watch(one.watch_id)
    assert [entry.verb for entry in history(runtime_of().store, "default")] == ["unwatch", "watch"]
    assert "watch add" in backtrail("watch", "list").out
    entry = history(runtime_of().store, "default")[0].entry_id
    assert "watch add" in backtrail("memory", "undo", entry).err
    assert backtrail("watch", "add", "the").code == 2, "it names nothing"
    assert backtrail("watch", "add", QUESTION, "--budget", "miles=3").code == 2
    assert backtrail("watch", "add", QUESTION, "--video", "none.mp4").code == 2


def test_only_proven_answers_count_where_that_is_asked(home: Path) -> None:
    backtrail("ingest", film(home, "a.mp4", "4711"))
    (one,) = add_watch(QUESTION, proven=True)
    (other,) = add_watch("What is the code of that cellar?")
    assert backtrail("watch", "run").code == 0
    status = {
        found.watch_id: (found.status, bool(found.answer))
        for found in runtime_of().store.notebook.find(Finding, "default")
    }
    assert status[one.watch_id][1] is (status[one.watch_id][0] == "answered")
    assert status[other.watch_id][1]


def test_a_guess_takes_the_place_of_no_answer(home: Path) -> None:
    (video,) = backtrail("ingest", film(home, "a.mp4", "4711"), "--json").object["videos"]
    (one,) = add_watch(QUESTION)
    known = runtime_of().store.videos("default")[0]
    result = answer_request(runtime_of(), Request(QUESTION, (video["video_id"],)), nothing)
    for sure, counts in ((LEAST, True), (LEAST - 0.01, False)):
        guess = replace(result, status=Status.LIKELY, confidence=sure)
        assert bool(finding_of(one, known, guess).answer) is counts
    assert finding_of(one, known, replace(result, status=Status.ANSWERED, confidence=0.1)).answer


def nothing(path: Path) -> Video:
    raise AssertionError(f"{path} is asked of nothing")


def test_a_change_that_was_not_told_is_told_by_the_next_run(home: Path) -> None:
    backtrail("ingest", film(home, "a.mp4", "4711"))
    add_watch(QUESTION)
    runtime = runtime_of()

    def killed(change: Change) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ask_all(runtime, tell=killed)
    heard: list[Change] = []
    done = ask_all(runtime, tell=heard.append)
    assert done["asked"] == 0 and "4711" in done["changed"][0]["answer"]
    assert [change.watch.question for change in heard] == [QUESTION]
    assert ask_all(runtime, tell=heard.append)["changed"] == []


def test_what_fails_is_told_and_tried_again(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    backtrail("ingest", film(home, "a.mp4", "4711"))
    add_watch(QUESTION)

    def lost(*given: object, **more: object) -> None:
        raise ModelFailed("the reader is gone")

    with monkeypatch.context() as patch:
        patch.setattr("agents.watch.answer_request", lost)
        said = backtrail("watch", "run")
        assert said.code == 1 and "the reader is gone" in said.out
    assert backtrail("watch", "run", "--json").object["asked"] == 1


def test_the_flow_tells_by_event_and_artifact_after_an_ingest(home: Path) -> None:
    with prefect_test_harness(server_startup_timeout=600):
        (one,) = add_watch(QUESTION)
        done = ingest([str(film(home, "a.mp4", "4711"))])
        (change,) = done["watch"]["changed"]
        assert watch() == {"asked": 0, "changed": [], "failed": []}
        EventsWorker.instance().drain()
        found = events()
        assert len(found) == 1 and found[0]["payload"] == payload_of(change)
        resource = found[0]["resource"]
        assert resource["prefect.resource.id"] == f"backtrail.watch.{one.watch_id}"
        assert not any("4711" in str(each) for each in found), "no server forgets an event"
        assert covers(found[0], "backtrail.watch.*", "likely") is (change["status"] == "likely")
        assert not covers(found[0], "backtrail.watch.q_other", change["status"])
        with get_client(sync_client=True) as client:
            shown = [a for a in client.read_artifacts() if a.key == artifact_key(one.watch_id)]
            assert len(shown) == 1 and "4711" in str(shown[0].data)
            runs = {run.name: run for run in client.read_flow_runs()}
            about = [run for run in runs.values() if "answer changed" in run.tags]
            assert len(about) == 1 and f"default/{change['video_id']}" in about[0].tags


def events() -> list[dict[str, Any]]:
    """The events of changed answers that the server has, as soon as it has any."""
    asked = {"filter": {"event": {"name": [EVENT]}}, "limit": 50}
    for _ in range(40):
        with get_client(sync_client=True) as client:
            found = client.request("POST", "/events/filter", json=asked).json()["events"]
        if found:
            return found
        time.sleep(0.5)
    return []


def covers(event: dict[str, Any], resource: str, status: str) -> bool:
    """Whether an automation as the README shows it hears an event."""
    from datetime import timedelta

    from prefect.server.events.schemas.automations import EventTrigger, Posture
    from prefect.server.events.schemas.events import ReceivedEvent

    match: Any = {"prefect.resource.id": resource, "backtrail.status": status}
    trigger = EventTrigger(
        posture=Posture.Reactive, expect={EVENT}, match=match, threshold=1, within=timedelta(0)
    )
    return trigger.covers(ReceivedEvent.model_validate(event))
