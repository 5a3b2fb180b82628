"""Pictures and videos by models as steps: what they cost, who allows it, and what is told of it."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agents.act.plan import ActStatus, PlanGraph, Ref
from agents.act.request import ActRequest, Equipment, act_request
from agents.act.result import ActResult
from agents.act.validate import Forecast, Limits
from agents.models.generators import Generators, GeneratorSpec, Role, Terms, open_generators
from agents.models.openai_compatible.endpoint import Endpoint, RetryPolicy
from agents.tools.assets import asset_of
from agents.tools.base import Effect, ToolFailed
from agents.tools.registry import Powers, Registry, registry_of
from tests.agents.act.kit import Told, graph, runtime_at, step
from tests.agents.tools.bench import Bench, counting, photograph, picture_of
from tests.contracts.generators.server import PictureServer, painting, told
from tests.media import png_bomb, write_image

Painter = Callable[[Terms], Registry]
FAMILY = ("agents.tools.generate.by_model",)
FOX = step("fox", "generate_image", prompt="a red fox", width=64, height=64)


def doubles(terms: Terms) -> Generators:
    roles: tuple[Role, ...] = ("image_generator", "video_generator", "video_editor")
    return open_generators(tuple(GeneratorSpec(role, terms) for role in roles))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PictureServer]:
    with painting(tmp_path) as own:
        yield own


@pytest.fixture
def painter(server: PictureServer) -> Iterator[Painter]:
    """Makes a registry whose one model is behind the server."""
    opened: list[Generators] = []

    def made(terms: Terms) -> Registry:
        endpoint = Endpoint(server.url, "fox-1", retry=RetryPolicy(attempts=1, timeout=30))
        opened.append(open_generators((GeneratorSpec("image_generator", terms, endpoint),)))
        return registry_of(Powers(generators=opened[-1]), FAMILY)

    yield made
    for each in opened:
        each.close()


class Desk:
    """Acts on a plan, and notes what was asked to be approved."""

    def __init__(self, folder: Path, registry: Registry, *, yes: bool = True) -> None:
        self.runtime, self.registry, self.yes = runtime_at(folder), registry, yes
        self.asked: list[Forecast] = []

    def act(self, plan: PlanGraph, limits: Limits, **more: Any) -> ActResult:
        def approve(plan: PlanGraph, forecast: Forecast) -> bool:
            self.asked.append(forecast)
            return self.yes

        allowed = more.pop("allowed", ())
        equipment = Equipment(self.registry, Told([plan]), limits, allowed)
        request = replace(ActRequest("a goal"), **more)
        return act_request(self.runtime, request, equipment, approve)


def test_sizes_and_lengths_are_those_that_the_model_makes(tmp_path: Path) -> None:
    terms = Terms(usd_second=0.05, sizes=((64, 64), (96, 64)), lengths=(1.0, 2.0))
    bench = Bench(tmp_path, Powers(generators=doubles(terms)))
    [picture], made = bench.run_fully("generate_image", [], prompt="a fox", width=1920, height=1080)
    assert (picture.facts.width, picture.facts.height) == (96, 64)
    assert made.notes == ("the model makes 96x64, not 1920x1080",)
    cat = asset_of(write_image(tmp_path / "cat.png", photograph("chelsea.png")))
    [video], made = bench.run_fully(
        "animate_image", [cat], image=cat.asset_id, prompt="it looks up", seconds=5.0
    )
    assert video.facts.seconds == pytest.approx(2.0, abs=0.1)
    assert (video.facts.width, video.facts.height) == (96, 64), "the nearer shape of 451x300"
    assert made.notes == ("the model makes 2 s, not 5 s",)
    assert (made.usd, made.model) == (pytest.approx(0.1), "scripted-pictures")


def test_a_video_is_shown_differently_and_not_for_longer_than_the_model_takes(
    tmp_path: Path,
) -> None:
    bench = Bench(tmp_path, Powers(generators=doubles(Terms(usd_second=0.1, longest=2.0))))
    short = asset_of(counting(tmp_path / "short.mp4", 1.0))
    long = asset_of(counting(tmp_path / "long.mp4", 3.0))
    [made] = bench.run("restyle_video", [short], video=short.asset_id, prompt="at night")
    assert made.facts.seconds == pytest.approx(1.0, abs=0.1)
    with pytest.raises(ToolFailed, match=r"long.mp4 lasts 3.0 s, and the model takes 2 s"):
        bench.run("restyle_video", [long], video=long.asset_id, prompt="at night")


def test_without_a_model_the_tools_say_what_to_set() -> None:
    registry = registry_of(Powers(), FAMILY)
    assert [tool.missing for tool in registry.tools.values()] == [
        f"no model plays {role}: set BACKTRAIL_{role.upper()}__BASE_URL"
        for role in ("image_generator", "video_generator", "video_editor")
    ]


@pytest.mark.parametrize(
    ("terms", "limits", "said"),
    [
        (Terms(usd=0.5, most_usd=0.2), Limits(usd=9), "0.50 US dollars, and 0.20 are allowed"),
        (Terms(usd=0.5), Limits(usd=0.4), "it would take 0.5 US dollars, and 0.4 are allowed"),
        (Terms(usd=0.5), Limits(), "it would take 0.5 US dollars, and 0 are allowed"),
    ],
)
def test_what_costs_more_than_a_limit_is_refused_before_anything_is_sent(
    server: PictureServer, painter: Painter, tmp_path: Path, terms: Terms, limits: Limits, said: str
) -> None:
    desk = Desk(tmp_path, painter(terms))
    result = desk.act(graph(FOX), limits)
    assert result.status is ActStatus.REFUSED and said in result.reason
    assert (server.seen, desk.asked) == ([], [])


def test_two_calls_together_may_cost_too_much(
    server: PictureServer, painter: Painter, tmp_path: Path
) -> None:
    hound = step("hound", "generate_image", prompt="a hound", width=64, height=64)
    plan = graph(FOX, hound, outputs=["fox", "hound"])
    desk = Desk(tmp_path, painter(Terms(usd=0.3)))
    assert desk.act(plan, Limits(usd=0.5)).status is ActStatus.REFUSED
    assert server.seen == []
    assert desk.act(plan, Limits(usd=0.6)).usage["usd"] == pytest.approx(0.6)


def test_spending_waits_for_approval_unless_a_setting_allows_it(
    server: PictureServer, painter: Painter, tmp_path: Path
) -> None:
    registry, limits = painter(Terms(usd=0.3)), Limits(usd=1)
    desk = Desk(tmp_path, registry, yes=False)
    assert desk.act(graph(FOX), limits).status is ActStatus.DECLINED
    assert [(one.usd, one.effects) for one in desk.asked] == [(0.3, (Effect.PAID,))]
    assert server.seen == []
    dry = desk.act(graph(FOX), limits, dry_run=True)
    assert (dry.status, dry.forecast["usd"], server.seen) == (ActStatus.PLANNED, 0.3, [])
    done = desk.act(graph(FOX), limits, allowed=(Effect.PAID,))
    assert done.status is ActStatus.COMPLETED and len(desk.asked) == 1


def test_a_free_model_elsewhere_waits_too(
    server: PictureServer, painter: Painter, tmp_path: Path
) -> None:
    desk = Desk(tmp_path, painter(Terms()), yes=False)
    assert desk.act(graph(FOX), Limits()).status is ActStatus.DECLINED
    assert desk.asked[0].effects == (Effect.OUTSIDE,)


def test_the_trace_tells_model_and_money(
    server: PictureServer, painter: Painter, tmp_path: Path
) -> None:
    desk = Desk(tmp_path, painter(Terms(usd=0.3)))
    result = desk.act(graph(FOX), Limits(usd=1))
    [made] = desk.runtime.store.artefacts("default", asset_id=result.outputs[0].asset_id)
    assert (made.details["model"], made.details["usd"]) == ("fox-1", 0.3)
    assert made.details["engine"] == "fox-1", "another model makes another picture"
    assert picture_of(result.files[0]).shape == (64, 64, 3)


def test_what_a_failed_call_may_have_cost_counts_against_the_budget(
    server: PictureServer, painter: Painter, tmp_path: Path
) -> None:
    server.trouble = lambda sent: told(500, {"error": "out of order"})
    desk = Desk(tmp_path, painter(Terms(usd=0.3)))
    result = desk.act(graph(FOX), Limits(usd=1))
    assert result.status is ActStatus.FAILED and len(server.seen) == 1
    assert result.usage["usd"] == pytest.approx(0.3)


def test_an_unknown_length_is_reckoned_as_the_longest(tmp_path: Path) -> None:
    registry = registry_of(Powers(generators=doubles(Terms(usd_second=0.1, longest=5.0))), FAMILY)
    cat = write_image(tmp_path / "cat.png", photograph("chelsea.png"))
    asset = asset_of(cat)
    plan = graph(
        step("moving", "animate_image", image=asset.asset_id, prompt="up", seconds=2),
        step("night", "restyle_video", video=Ref("moving"), prompt="at night"),
    )
    desk = Desk(tmp_path, registry)
    result = desk.act(plan, Limits(usd=1), media=(str(cat),))
    assert desk.asked[0].usd == pytest.approx(0.2 + 0.5)
    assert result.usage["usd"] == pytest.approx(0.2 + 0.2, abs=0.02), "two seconds each were made"


@pytest.mark.parametrize("data", [b"\x89PNG and nothing else", b"<html>no picture</html>"])
def test_what_was_paid_for_and_cannot_be_read_counts_and_is_not_kept(
    server: PictureServer, painter: Painter, tmp_path: Path, data: bytes
) -> None:
    picture = {"b64_json": base64.b64encode(data).decode()}
    server.trouble = lambda sent: told(200, {"data": [picture]})
    desk = Desk(tmp_path, painter(Terms(usd=0.3)))
    result = desk.act(graph(FOX), Limits(usd=1))
    assert result.status is ActStatus.FAILED and len(server.seen) == 1
    assert result.usage["usd"] == pytest.approx(0.3)
    assert not [path for path in (tmp_path / "store/made").rglob("*") if path.is_file()]


def test_a_picture_that_explodes_is_paid_for_and_not_opened(
    server: PictureServer, painter: Painter, tmp_path: Path
) -> None:
    picture = {"b64_json": base64.b64encode(png_bomb()).decode()}
    server.trouble = lambda sent: told(200, {"data": [picture]})
    result = Desk(tmp_path, painter(Terms(usd=0.3))).act(graph(FOX), Limits(usd=1))
    assert result.status is ActStatus.FAILED and "its pictures" in result.reason
    assert result.usage["usd"] == pytest.approx(0.3)


def test_what_fails_its_check_was_paid_for_all_the_same(painter: Painter, tmp_path: Path) -> None:
    registry = painter(Terms(usd=0.3))
    fox = replace(registry.tool("generate_image"), check=lambda *_: ["it shows a hound"])
    desk = Desk(tmp_path, replace(registry, tools={"generate_image": fox}))
    result = desk.act(graph(FOX), Limits(usd=1))
    assert result.status is ActStatus.FAILED and "it shows a hound" in result.reason
    assert result.usage["usd"] == pytest.approx(0.3)


def test_a_run_that_goes_on_does_not_pay_again(
    server: PictureServer, painter: Painter, tmp_path: Path
) -> None:
    desk = Desk(tmp_path, painter(Terms(usd=0.3)))
    first = desk.act(graph(FOX), Limits(usd=1))
    again = desk.act(graph(FOX), Limits(usd=1), continues=first.run_id)
    assert again.outputs[0].asset_id == first.outputs[0].asset_id
    assert (len(server.seen), again.usage["usd"]) == (1, 0.0)


def test_what_is_larger_than_the_budget_of_bytes_is_refused(
    server: PictureServer, painter: Painter, tmp_path: Path
) -> None:
    desk = Desk(tmp_path, painter(Terms(usd=0.3)))
    result = desk.act(graph(FOX), Limits(usd=1, bytes=1000))
    assert result.status is ActStatus.REFUSED and server.seen == [], "more is foreseen"
