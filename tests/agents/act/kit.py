"""What tests of acting share: small tools over texts, a planner that was told, a bench."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any

from agents.act.act import Progress
from agents.act.hands import Goal
from agents.act.plan import PlanGraph, Ref, Step
from agents.act.request import ActRequest, Equipment, act_request, nobody
from agents.act.result import ActResult
from agents.budget import Budget
from agents.perception.records import Parameters
from agents.runtime import LookParameters, Runtime, RuntimeSpec
from agents.tools.assets import Facts, MediaKind
from agents.tools.base import (
    Arguments,
    Effect,
    Estimate,
    Fallback,
    Made,
    Output,
    Place,
    Takes,
    Tool,
    ToolFailed,
)
from agents.tools.registry import Registry
from memory.lance.store import LanceStore
from memory.store import EncoderTag

TEXT = (Output("text", MediaKind.TEXT),)


class Say(Arguments):
    text: str
    pause: float = 0.0


class Change(Arguments):
    source: Annotated[str, Takes(MediaKind.TEXT)]
    mode: str = "exact"


class Join(Arguments):
    parts: Annotated[tuple[str, ...], Takes(MediaKind.TEXT)]


def written(place: Place, text: str) -> Made:
    target = place.new("text", ".txt")
    target.write_text(text, encoding="utf-8")
    return Made({"text": (target,)})


@dataclass
class Book:
    """Which tools ran, in order, with what."""

    runs: list[str] = field(default_factory=list[str])
    spans: dict[str, tuple[float, float]] = field(default_factory=dict[str, tuple[float, float]])

    def tools(self) -> tuple[Tool[Any], ...]:
        """Tools over texts; some break their promises."""

        def say(arguments: Say, place: Place) -> Made:
            begun = time.monotonic()
            self.runs.append(f"say {arguments.text}")
            time.sleep(arguments.pause)
            self.spans[arguments.text] = begun, time.monotonic()
            return written(place, arguments.text)

        def shout(arguments: Change, place: Place) -> Made:
            text = place.assets[arguments.source].path.read_text(encoding="utf-8")
            self.runs.append(f"shout {text}")
            return written(place, text.upper())

        def join(arguments: Join, place: Place) -> Made:
            texts = [
                place.assets[part].path.read_text(encoding="utf-8") for part in arguments.parts
            ]
            self.runs.append(f"join {len(texts)}")
            return written(place, " ".join(texts))

        def exact_fails(arguments: Change, place: Place) -> Made:
            self.runs.append(f"fussy {arguments.mode}")
            if arguments.mode == "exact":
                raise ToolFailed("it cannot be done exactly")
            return shout(arguments, place)

        def broken(arguments: Change, place: Place) -> Made:
            self.runs.append("broken")
            raise ToolFailed("the disk is on fire")

        def liar(arguments: Change, place: Place) -> Made:
            self.runs.append("liar")
            return Made({"text": (Path("/etc/hostname"),)})

        def crash(arguments: Change, place: Place) -> Made:
            raise TypeError("a bug of the tool")

        def costs(usd: float) -> Callable[[Any, Any], Estimate]:
            return lambda arguments, assets: Estimate(1.0, 10, usd)

        def wrong(arguments: Any, assets: Any, made: Any) -> list[str]:
            return ["the words are not those of the source"]

        rough, other = (Fallback({"mode": "rough"}),), (Fallback(tool="shout"),)
        dear = costs(2.0)
        return (
            Tool("say", "Write a text.", Say, TEXT, say),
            Tool("shout", "Write a text in capitals.", Change, TEXT, shout),
            Tool("join", "Write texts one after another.", Join, TEXT, join),
            Tool("fussy", "Fail at first.", Change, TEXT, exact_fails, fallbacks=rough),
            Tool("broken", "Fail always.", Change, TEXT, broken),
            Tool("rescued", "Fail, or shout.", Change, TEXT, broken, fallbacks=other),
            Tool("liar", "Name a file elsewhere.", Change, TEXT, liar),
            Tool("crash", "Have a bug.", Change, TEXT, crash),
            Tool("unsure", "Fail its check.", Change, TEXT, shout, check=wrong),
            Tool("paid", "Cost money.", Change, TEXT, shout, estimate=dear, effect=Effect.PAID),
            Tool("dice", "Never the same.", Say, TEXT, say, deterministic=False),
            Tool("absent", "Not here.", Say, TEXT, say, missing="install the extra x"),
        )  # fmt: skip


@dataclass
class Told:
    """A planner that gives the plans that it was told, and repairs as it was told."""

    plans: list[PlanGraph]
    repairs: list[Callable[[PlanGraph], PlanGraph | None]] = field(
        default_factory=list[Callable[[PlanGraph], PlanGraph | None]]
    )

    def plan(self, goal: Goal, registry: Registry) -> PlanGraph:
        return self.plans.pop(0)

    def replan(self, goal: Goal, registry: Registry, state: Progress) -> PlanGraph | None:
        return self.repairs.pop(0)(state.plan) if self.repairs else None


def graph(*steps: Step, outputs: Sequence[str] = ()) -> PlanGraph:
    """A plan that gives its last step, or the steps that are named."""
    names = outputs or [steps[-1].step_id]
    return PlanGraph("a goal", steps, tuple(Ref(name) for name in names))


def step(step_id: str, tool: str, **arguments: Any) -> Step:
    return Step(step_id, tool, arguments)


def runtime_at(folder: Path, tenant: str = "default") -> Runtime:
    """A store below a folder; no models."""
    spec = RuntimeSpec(
        str(folder / "store"), str(folder / "cache"), 1, tenant, Parameters(), LookParameters(),
        (), limits=Budget(),
    )  # fmt: skip
    store = LanceStore.open(
        spec.uri,
        text=EncoderTag("words", 16),
        image=EncoderTag("pixels", 12, 10),
        workshop=folder / "store" / "made",
    )
    return Runtime(spec, store, None)  # pyright: ignore[reportArgumentType]


@dataclass
class Bench:
    """Runs plans over the texts' tools."""

    folder: Path
    book: Book = field(default_factory=Book)
    tenant: str = "default"
    engine: str = "1"

    @property
    def registry(self) -> Registry:
        return Registry.of(self.book.tools(), self.engine)

    @property
    def runtime(self) -> Runtime:
        return runtime_at(self.folder, self.tenant)

    def act(
        self,
        plan: PlanGraph,
        *repairs: Callable[[PlanGraph], PlanGraph | None],
        approver: Any = nobody,
        find: Any = None,
        **request: Any,
    ) -> ActResult:
        """Act on a plan."""
        planner = Told([plan], list(repairs))
        wanted = replace(ActRequest("a goal"), **request)
        equipment = Equipment(self.registry, planner, find=find)
        return act_request(self.runtime, wanted, equipment, approver)

    def text(self, result: ActResult) -> str:
        return result.outputs[-1].path.read_text(encoding="utf-8")


def facts(**values: Any) -> Mapping[str, Facts]:
    return {"video": Facts(**values)}
