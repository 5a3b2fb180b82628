"""Acting without Prefect: find the media that are meant, act, and keep the run."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from agents.act.act import Progress, act
from agents.act.actor import Actor, Approver, Planner
from agents.act.fusing import is_fused, no_file
from agents.act.hands import Goal
from agents.act.history.graph import run_of
from agents.act.plan import ActStatus, PlanGraph, plan_of
from agents.act.planner.reading import QUOTED
from agents.act.purse import Purse, parse_limits
from agents.act.recall import Find
from agents.act.remembered.remembering import Remembered
from agents.act.result import (
    ActResult,
    forecast_of,
    outputs_of,
    reason_of,
    reports_of,
    usage_of,
)
from agents.act.validate import Forecast, Limits
from agents.act.workshop import Tell, Workshop, silent
from agents.budget import Meter
from agents.errors import QuestionError, UnreadableMedia, UsageError
from agents.perception.media.source import reachable
from agents.runtime import Run, Runtime, directly
from agents.tools.assets import Asset, MediaKind, asset_of
from agents.tools.base import ASSET_ID, Effect
from agents.tools.registry import Registry
from memory.artefacts import Action
from memory.errors import UnknownMemory
from memory.records import Video

_SUFFIX = (
    r"(?:mp4|mov|mkv|webm|avi|m4v|mpg|mpeg|ts|gif|png|jpe?g|webp|bmp|tiff?|wav|mp3|m4a|flac|"
    r"ogg|opus|aac|srt|vtt)"
)
NAMED = re.compile(
    rf"(?<![\w/.-])(?:\"([^\"\n]+\.{_SUFFIX})\"|"
    rf"((?:[^\s\"“”,;:]*[^\s\"“”,;:.])\.{_SUFFIX}))(?![\w-])",
    re.IGNORECASE,
)
"""Names of files in a goal."""

LONGEST = 4_000
"""Most characters of a goal."""


@dataclass(frozen=True, slots=True)
class ActRequest:
    """What a user typed, before anything is looked up."""

    goal: str
    media: tuple[str, ...] = ()
    """Paths, ids or names of videos, or ids of artefacts or assets."""
    budget: str = ""
    confirm: bool = False
    dry_run: bool = False
    continues: str = ""
    """The run to go on from: its id, or the beginning of it."""
    by_id: bool = False
    """Whether nothing is opened but what memory and the workspace hold, whatever paths are named:
    for goals that a model wrote."""


@dataclass(frozen=True, slots=True)
class Equipment:
    """What acting works with, made by whoever composes the program."""

    registry: Registry
    planner: Planner
    limits: Limits = field(default_factory=Limits)
    """What holds where the request does not say."""
    allowed: tuple[Effect, ...] = ()
    """Effects that need no approval."""
    find: Find | None = None
    bring: Callable[[Asset], None] = lambda asset: None
    """Told of every asset that is given, for memories to be found in it."""
    meter: Meter | None = None
    """What models that plan have spent."""
    memory: Remembered | None = None
    """What the planner remembers by; told when a run begins. It learns from no goal that a model
    wrote (`ActRequest.by_id`)."""
    replays: bool = True
    """Whether steps that other runs made are used again."""
    fuses: bool = True
    """Whether steps in a row become one encoding where they can."""
    tell: Tell = silent
    """Told how much of each step is done."""


def nobody(plan: PlanGraph, forecast: Forecast) -> bool:
    """The approver of programs that have none: what needs approval is not done."""
    del plan, forecast
    return False


def act_request(
    runtime: Runtime,
    request: ActRequest,
    equipment: Equipment,
    approver: Approver = nobody,
    run: Run = directly,
    flow_run_id: str | None = None,
) -> ActResult:
    """Reach a goal and keep the run; `run` runs the steps, as Prefect tasks for instance.

    Raises:
        NotPlanned: a part of the goal is not understood; nothing was done.
        ValueError: a goal that a model wrote was given a memory that learns from goals.
        UsageError, UnknownVideo, UnknownMemory, UnreadableMedia: what is named is not there.
    """
    before = _before(runtime, request)
    memory = _memory(request, equipment)
    workshop = _workshop(runtime, equipment, before)
    media = _media(runtime, request, before)
    for asset in media:
        workshop.bring(asset)
        equipment.bring(asset)
    plan = plan_of(before.result["plan"]) if before else None
    goal = Goal(request.goal.strip(), tuple(media), plan, before.run_id if before else "")
    limits = parse_limits(request.budget, equipment.limits)
    keeper = _Keeper(
        runtime, goal, workshop, flow_run_id, Purse(limits), equipment.meter, equipment.memory
    )
    if memory is not None:
        plan = memory.only_told(goal, equipment.registry)
        if plan is not None:
            return keeper.told(plan, is_dry=request.dry_run)
    actor = Actor(
        workshop,
        equipment.planner,
        limits,
        goal,
        approver,
        equipment.allowed,
        request.confirm,
        equipment.find,
        keeper.keep,
        equipment.fuses,
    )
    if request.dry_run:
        return keeper.result(_planned(actor, goal))
    with workshop.opened():
        return keeper.keep(act(goal, actor, keeper.purse, run))


def _memory(request: ActRequest, equipment: Equipment) -> Remembered | None:
    """The memory of runs, if there is one.

    Raises:
        ValueError: a goal that a model wrote was given one that learns from goals.
    """
    memory = equipment.memory
    if memory is not None and memory.learns and request.by_id:
        # such a goal comes from an assistant, which may repeat what a video says
        raise ValueError("a goal that a model wrote needs a memory that learns nothing from goals")
    return memory


def _before(runtime: Runtime, request: ActRequest) -> Action | None:
    """The run that is gone on from, if one is.

    Raises:
        QuestionError: there is no goal and no such run, or the goal is too long.
        UnknownMemory: there is no such run.
    """
    reference = request.continues
    before = run_of(runtime.store, runtime.spec.tenant, reference) if reference else None
    if not request.goal.strip() and before is None:
        raise QuestionError("there is no goal", 'say what to do: backtrail act "trim ..." dog.mp4')
    if len(request.goal) > LONGEST:
        said = f"{len(request.goal):,} characters are too many for a goal"
        raise QuestionError(said, f"at most {LONGEST:,} are read")
    return before


def _workshop(runtime: Runtime, equipment: Equipment, before: Action | None) -> Workshop:
    """Where the steps of a new run are done.

    Raises:
        UsageError: the store has no folder for it.
    """
    store = runtime.store
    if store.workshop is None:
        raise UsageError("this store has no folder for what is made", "open it with one")
    run_id = f"act_{uuid.uuid4().hex[:20]}"
    root = str(before.result["root"]) if before else run_id
    own = equipment.registry, run_id, root, equipment.replays
    workshop = Workshop(store, runtime.spec.tenant, store.workshop, *own)
    workshop.tell = equipment.tell
    return workshop


def _planned(actor: Actor, goal: Goal) -> Progress:
    """The plan and its forecast; nothing is done."""
    plan = actor.plan(goal)
    problems, forecast = actor.examine(plan)
    status = ActStatus.REFUSED if problems else ActStatus.PLANNED
    return Progress(plan, forecast, status, tuple(problems))


@dataclass(frozen=True, slots=True)
class _Keeper:
    """Makes results and keeps them as rows."""

    runtime: Runtime
    goal: Goal
    workshop: Workshop
    flow_run_id: str | None
    purse: Purse
    meter: Meter | None = None
    memory: Remembered | None = None

    def told(self, plan: PlanGraph, *, is_dry: bool) -> ActResult:
        """The result of a goal that only states preferences, which are kept."""
        status = ActStatus.PLANNED if is_dry else ActStatus.COMPLETED
        state = Progress(plan, Forecast(), status)
        return self.result(state) if is_dry else self.keep(state)

    def result(self, state: Progress) -> ActResult:
        """The documented result of a run, as far as it is."""
        plan = replace(state.plan, parent=self.goal.parent)
        return ActResult(
            run_id=self.workshop.run_id,
            goal=self.goal.text or plan.goal,
            status=state.status,
            reason=reason_of(state),
            plan=plan,
            outputs=outputs_of(state, self.workshop.tenant),
            steps=reports_of(state),
            problems=tuple(map(str, state.problems)),
            repairs=tuple(f"{f.step.step_id} ({f.step.tool}): {f.reason}" for f in state.failures),
            forecast=forecast_of(state.forecast),
            usage=usage_of(state, self.purse, self.meter),
            inputs=self.goal.media,
            parent=self.goal.parent,
            root=self.workshop.root,
            flow_run_id=self.flow_run_id,
        )

    def keep(self, state: Progress) -> ActResult:
        """Write the row of the run; it is forgotten with any of its videos."""
        result = self.result(state)
        if self.memory is not None:
            self.memory.keep(result.run_id, state.status)
        origins = self.workshop.origins
        videos = {v for asset in self.goal.media for v in origins.get(asset.asset_id, ())}
        self.runtime.store.put_action(
            Action(
                result.run_id,
                self.workshop.tenant,
                result.parent,
                result.goal,
                str(result.status),
                tuple(sorted(videos)),
                result.to_json(),
                datetime.now(UTC).isoformat(timespec="milliseconds"),
            )
        )
        return result


def _media(runtime: Runtime, request: ActRequest, before: Action | None) -> list[Asset]:
    """The files that are given, those that the goal names, and those of the run before."""
    given = [_resolved(runtime, reference, request.by_id) for reference in request.media]
    names = {asset.name for asset in given}
    for found in NAMED.finditer(QUOTED.sub(_without_words, request.goal)):
        name = found[1] or found[2]
        if Path(name).name not in names:
            given.append(replace(_resolved(runtime, name, request.by_id), name=Path(name).name))
            names.add(Path(name).name)
    for one in before.result["inputs"] if before else ():
        if one["asset_id"] not in {asset.asset_id for asset in given}:
            again = asset_of(Path(one["path"]), None, one["name"])
            if again.asset_id != one["asset_id"]:
                said = f"{one['name']} has changed since the run that is gone on from"
                raise UnreadableMedia(said, "put the old file back, or begin anew")
            given.append(again)
    return list({asset.asset_id: asset for asset in given}.values())


def _without_words(quotation: re.Match[str]) -> str:
    """A quotation if all of it is the name of a file: what else is quoted are words to be shown."""
    inside = next(group for group in quotation.groups() if group is not None)
    is_name = re.fullmatch(rf".+\.{_SUFFIX}", inside, re.IGNORECASE)
    return quotation[0] if is_name else " "


def _resolved(runtime: Runtime, reference: str, by_id: bool) -> Asset:
    """The asset of a path, of an artefact, or of a video that is remembered."""
    path = Path(reference)
    if not by_id and path.exists():
        return asset_of(path.resolve(), name=path.name)
    if re.fullmatch(ASSET_ID, reference):
        return asset_by_id(runtime, reference)
    store, tenant = runtime.store, runtime.spec.tenant
    if reference.startswith("a_") and store.workshop is not None:
        made = [a for a in store.artefacts(tenant) if a.artefact_id.startswith(reference)]
        if len(made) == 1 and is_fused(made[0]):
            raise UnreadableMedia(*no_file(made[0]))
        if len(made) == 1:
            return asset_of(store.workshop / made[0].path, name=f"{made[0].step}.{made[0].output}")
    return _of_video(store.find_video(tenant, reference))


def asset_by_id(runtime: Runtime, asset_id: str) -> Asset:
    """The asset of an id: what was made in the workspace, or a video that is remembered.

    Raises:
        UnknownMemory: there is none, or its file is gone.
        UnreadableMedia: no path holds the video any more.
    """
    store, tenant = runtime.store, runtime.spec.tenant
    for made in store.artefacts(tenant, asset_id=asset_id):
        if made.path and store.workshop is not None and (store.workshop / made.path).is_file():
            path = store.workshop / made.path
            return asset_of(path, MediaKind(made.kind), f"{made.step}.{made.output}")
    found = [one for one in store.videos(tenant) if one.digest == asset_id]
    if not found:
        said = f"the workspace {tenant!r} holds no asset {asset_id[:12]}..."
        raise UnknownMemory(said, "give the id of a remembered video, or of a file that was made")
    return _of_video(found[-1])


def _of_video(video: Video) -> Asset:
    here, note = reachable(video)
    if here is None:
        raise UnreadableMedia(note, "put the file back, or ingest it from its new place")
    return asset_of(here, name=video.name)
