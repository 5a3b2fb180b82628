"""`export` of edits, `trace --html` and `replay` on a real edit."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from flows.output.pages import policy_of
from tests.agents.tools.bench import clicks, counting, numbers_of
from tests.flows.library import Said, backtrail, scripted_home

pytestmark = pytest.mark.skipif(
    find_spec("imageio_ffmpeg") is None, reason="the extra `edit` is not installed"
)
needs_otio = pytest.mark.skipif(
    find_spec("opentimelineio") is None, reason="the extra `timeline` is not installed"
)
NAME = "<img src=x> & it's dog.mp4"
GOAL = f'keep 0:01-0:03 of "{NAME}", slow it to half speed, write "<b>Fetch</b>" in red'


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A workspace in which one edit was made."""
    folder = tmp_path_factory.mktemp("home")
    counting(folder / NAME, sounds=[clicks(4, [0.5, 2.0, 3.0])])
    with scripted_home(folder), pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        said = backtrail("act", GOAL, "--json")
        assert said.code == 0, said.out + said.err
        yield folder


def told(*arguments: str | Path) -> Said:
    said = backtrail(*arguments)
    assert said.code == 0, said.out + said.err
    return said


@needs_otio
def test_a_run_is_exported_as_timelines_with_what_they_lose(home: Path) -> None:
    import opentimelineio as otio

    files = ["--otio", home / "a.otio", "--edl", home / "a.edl", "--fcpxml", home / "a.fcpxml"]
    made = told("export", "last", *files, "--json").object["files"]
    assert [(one["format"], one["clips"]) for one in made] == [("otio", 1), ("edl", 1), ("fcpx", 1)]
    assert made[1]["losses"] == [
        f"speed 0.5 of {NAME}, 0.00-4.00 s",
        "text '<b>Fetch</b>', 0.00-4.00 s",
        "sound, 0.00-4.00 s",
    ]
    timeline: Any = otio.adapters.read_from_file(str(home / "a.otio"))
    (clip,) = timeline.video_tracks()[0]
    assert clip.media_reference.target_url == (home / NAME).as_uri()
    assert (clip.source_range.start_time.value, clip.source_range.duration.value) == (25, 100)
    assert [effect.time_scalar for effect in clip.effects] == [0.5]
    assert timeline.metadata["backtrail"]["goal"] == GOAL
    edl: Any = otio.adapters.read_from_file(str(home / "a.edl"), rate=25.0)
    (event,) = edl.find_clips()
    finished = told("act", GOAL, "--json").object["outputs"][0]
    assert event.media_reference.target_url == Path(finished["path"]).as_uri()
    assert event.source_range.duration.value == len(numbers_of(Path(finished["path"])))
    said = told("export", finished["artefact_id"], "--edl", home / "b.edl")
    assert said.out == f"{home / 'b.edl'}\n" and " in b.edl: sound, 0.00-4.00 s\n" in said.err
    assert (home / "b.edl").read_text(encoding="utf-8").count("C        ") == 1
    assert not list(home.glob("*.partial"))


@needs_otio
def test_what_cannot_be_exported_is_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = backtrail("export", "act_none", "--otio", home / "c.otio")
    assert said.code == 2 and "no run begins with 'act_none'" in said.err
    said = backtrail("export", "last", "--otio", home / "nowhere" / "c.otio")
    assert said.code == 2 and "there is no folder" in said.err
    monkeypatch.setattr("agents.tools.render.needs.find_spec", lambda name: None)
    said = backtrail("export", "last", "--otio", home / "c.otio")
    assert said.code == 2 and "pip install 'backtrail[timeline]'" in said.err
    assert not (home / "c.otio").exists()


class Page(HTMLParser):
    """Elements of a page, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [found for name, found in self.elements if name == tag]


def test_a_page_tells_everything_of_each_step_and_runs_nothing_of_a_stranger(home: Path) -> None:
    text = Path(told("trace", "last", "--html", home / "t.html").out.strip()).read_text("utf-8")
    page = Page(text)
    words = " ".join(" ".join(page.words).split())
    row = told("act", GOAL, "--json").object["outputs"][0]
    for part in (NAME, "trim@2", "speed@3", "overlay_text@1", "<b>Fetch</b>"):
        assert part in words
    for part in ("factor 0.5", "start 1.0", "color red", "engine: av ", row["artefact_id"]):
        assert part in words
    graph = [a for a in page.of("a") if (a["href"] or "").startswith("#")]
    assert [a["href"] for a in graph] == ["#g1", "#s1", "#s2", "#s3"]
    assert len([p for p in page.of("path") if p["class"] == "edge"]) == 3
    assert len(page.of("image")) == 2  # a picture in each node that has a file
    assert "in one encoding with overlay_text_1: it has no file of its own" in words
    assert {li["id"] for li in page.of("li") if "id" in li} == {"g1", "s1", "s2", "s3"}
    assert page.of("script") == [] and page.of("b") == []
    assert all((img["src"] or "").startswith("data:image/jpeg") for img in page.of("img"))
    policy = next(m["content"] for m in page.of("meta") if "http-equiv" in m)
    assert policy == policy_of(text.split("<style>")[1].split("</style>")[0])
    one = told("trace", row["artefact_id"], "--html", home / "one.html", "--json").object
    assert one == {"page": str(home / "one.html"), "steps": 3}
    traces = told("trace", "last", "--json").object["traces"]
    assert [trace["artefact_id"] for trace in traces] == [row["artefact_id"]]


def test_replay_says_which_steps_give_their_bytes_again(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = told("replay", "last", "--json").object
    assert steps["equal"] is True
    assert [one["verdict"] for one in steps["steps"]] == ["fused", "fused", "equal"]
    monkeypatch.setattr("agents.tools.edit.overlay.SIZES", {"medium": 0.2})
    said = backtrail("replay", "last")
    assert said.code == 1
    lines = said.out.splitlines()
    assert lines[1].startswith("speed_1  speed@3  fused: encoded by overlay_text_1")
    assert lines[2].startswith("overlay_text_1  overlay_text@1  different (")
    assert " bytes instead of " in lines[2] or " differs" in lines[2]
