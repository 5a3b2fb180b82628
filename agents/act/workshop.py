"""The hands of a run: steps are done in folders of their own, probed, checked, named and noted.

Files lie under the hash of their bytes. A row is written after its files are in place, all rows of
a step in one commit: what has rows is whole.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from agents.act.fusing import (
    FUSED,
    Held,
    assets_of,
    details_of,
    is_fused,
    last_step,
    notes_of,
    on_disk,
    told,
)
from agents.act.fusing import asset_of_row as pending_of_row
from agents.act.hands import Done, Draft, Task
from agents.act.plan import Step, written_of
from agents.act.promises import broken_promises, written_files
from agents.act.purse import Spending
from agents.act.validate import concrete
from agents.errors import KNOWN_ERRORS, UnreadableMedia
from agents.tools.assets import Asset, Facts, MediaKind, asset_of
from agents.tools.base import Made, Place, Tool, ToolFailed, asset_ids
from agents.tools.registry import Registry
from memory.artefacts import Artefact
from memory.records import content_id, file_digest
from memory.store import Store

WORK = "work"
"""Folder of what is being made."""

Tell = Callable[[Step, float], None]

log = logging.getLogger(__name__)


def silent(step: Step, share: float) -> None:
    """Tell nobody how much of a step is done."""
    del step, share


def step_key(tool: Tool[Any], arguments: Mapping[str, Any], engine: str, root: str) -> str:
    """What a result is found by: tool and version, arguments with input ids, engines.

    Where `root` names a run, it is found within the rounds of that one only.
    """
    parts = [f"{tool.name}@{tool.version}", arguments, engine, root]
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


@dataclass(slots=True)
class Workshop:
    """Where steps are done, and what has come of them."""

    store: Store
    tenant: str
    folder: Path
    registry: Registry
    run_id: str
    root: str
    """The first run of the rounds that this one belongs to."""
    replays: bool = True
    """Whether what other runs made is used again; else only that of the rounds of this one."""
    assets: dict[str, Asset] = field(default_factory=dict[str, Asset])
    """What was given, and what was made so far."""
    origins: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """The videos that each asset was made of."""
    fused: Mapping[str, str] = field(default_factory=dict[str, str])
    """Steps that are put off, each with the one that goes on with it."""
    held: Held = field(default_factory=Held)
    stopping: threading.Event = field(default_factory=threading.Event)
    tell: Tell = silent
    """Told how much of a step is done; 0 when it begins and 1 when its files are probed."""

    def bring(self, asset: Asset) -> Asset:
        """Take an asset in that was given: a video, or what was made of some."""
        made = self.store.artefacts(self.tenant, asset_id=asset.asset_id)
        videos = {video for one in made for video in one.video_ids}
        own = content_id("v", self.tenant, asset.asset_id)  # what ingesting this file would name it
        self.origins[asset.asset_id] = tuple(sorted(videos)) or (own,)
        self.assets[asset.asset_id] = asset
        return asset

    def task(self, step: Step, done: Mapping[str, Done]) -> Task:
        """A step with the assets of its arguments, and its key.

        Raises:
            ToolFailed: an earlier step gave several files, or none, where one is needed.
        """
        tool = self.registry.tool(step.tool)
        values, problems = concrete(step, tool, {name: one.outputs for name, one in done.items()})
        if problems:
            raise ToolFailed(str(problems[0]))
        arguments = tool.arguments.model_validate(values)
        ids = [i for name in tool.inputs for i in asset_ids(getattr(arguments, name))]
        assets = {asset_id: self.assets[asset_id] for asset_id in ids}
        plain = arguments.model_dump(mode="json")
        # what does not give the same bytes twice is reused within the rounds of one run only
        root = "" if tool.deterministic and self.replays else self.root
        key = step_key(tool, plain, self.registry.made_by(tool), root)
        task = Task(step, tool, arguments, assets, key, tool.estimate(arguments, assets))
        into = self.fused.get(step.step_id, "")
        if not into:
            return task
        # a key of its own, as what is kept under it is no file
        own = step_key(tool, plain, f"{FUSED}, {key}", root)
        off = replace(task, key=own, estimate=replace(task.estimate, bytes=0), into=into)
        return task if not self._has(off) and self._has(task) else off

    def _has(self, task: Task) -> bool:
        """Whether a step was done before, and what it gave is there."""
        return self._is_there(self.store.artefacts(self.tenant, key=task.key))

    def known(self, task: Task) -> Done | None:
        """What was made under the key, if every file is there with the bytes that it had."""
        rows = self.store.artefacts(self.tenant, key=task.key)
        if not self._is_there(rows):
            return None
        outputs = {
            output.name: tuple(
                pending_of_row(row) if is_fused(row) else asset_of_row(row, self.folder)
                for row in sorted(rows, key=lambda row: row.number)
                if row.output == output.name
            )
            for output in task.tool.gives
        }
        self._learn(outputs, rows[0].video_ids)
        if not is_fused(rows[0]):
            notes = tuple(rows[0].details["notes"])
            return Done(task.step, task.key, outputs, is_reused=True, notes=notes)
        notes = notes_of(rows[0], last_step(task.into, self.fused))
        self.held.note(task, outputs["video"], None)
        return Done(task.step, task.key, outputs, is_reused=True, notes=notes, into=task.into)

    def _is_there(self, rows: Sequence[Artefact]) -> bool:
        """Whether files are whole: their own, or that of the step with which they are one."""
        for row in rows:
            if not is_fused(row):
                if not is_whole(self.folder / row.path, row):
                    return False
            elif not self._is_there(
                self.store.artefacts(self.tenant, key=row.details[FUSED]["key"])
            ):
                return False
        return bool(rows)

    def run(self, task: Task, spending: Spending) -> Draft:
        """Do a step in an empty folder of its own, and probe what it wrote.

        Raises:
            ToolFailed: it failed, wrote elsewhere, or what it wrote cannot be read.
        """
        work = self.folder / WORK
        work.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-{task.step.step_id}-", dir=work))
        self.tell(task.step, 0.0)
        begun, made = time.monotonic(), Made({})
        try:
            place = self._set(task, folder, spending)
            made = task.tool.run(task.arguments, place)
            if place.put_off:
                outputs = assets_of(task, made, place.put_off)
            else:
                outputs = _probed(task, written_files(task.tool, made, folder))
        except BaseException as error:
            shutil.rmtree(folder, ignore_errors=True)
            if isinstance(error, UnreadableMedia):
                said = f"{task.tool.name} wrote what cannot be read: {error}"
                raise ToolFailed(said, usd=made.usd) from error
            if isinstance(error, ToolFailed):
                error.usd = max(error.usd, made.usd)
            if isinstance(error, (*KNOWN_ERRORS, KeyboardInterrupt, SystemExit)):
                raise
            log.exception("the tool %s raised", task.tool.name)
            said = f"{task.tool.name} failed: unexpected {type(error).__name__}: {error}"
            raise ToolFailed(said, "please report it", made.usd) from error
        self.tell(task.step, 1.0)
        return Draft(folder, made, outputs, time.monotonic() - begun)

    def _set(self, task: Task, folder: Path, spending: Spending) -> Place:
        """Where a tool works, with inputs as it takes them.

        Raises:
            ToolFailed: a step that was put off, and whose file is needed, fails.
        """
        place = Place(
            folder,
            {one: self._input(asset, spending) for one, asset in task.assets.items()},
            seconds=spending.seconds,
            bytes=spending.bytes,
            progress=lambda share: self.tell(task.step, share),
            cancelled=self.stopping.is_set,
            put_off={} if task.into else None,
        )
        if task.tool.fuses(task.arguments.model_dump()):
            return place
        files = {
            one: asset if asset.pending is None else on_disk(asset, place, number)
            for number, (one, asset) in enumerate(place.assets.items())
        }
        return replace(place, assets=files)

    def _input(self, asset: Asset, spending: Spending) -> Asset:
        """An asset; where an earlier run had put it off, with the graph that gives it."""
        task, draft = self.held.tasks.get(asset.asset_id, (None, None))
        if task is None:
            return asset
        if draft is None:
            draft = self.run(task, spending)
            self.held.note(task, draft.outputs["video"], draft)
        return next(one for one in draft.outputs["video"] if one.asset_id == asset.asset_id)

    def check(self, task: Task, draft: Draft) -> list[str]:
        """What is wrong with what a step wrote; it goes then."""
        try:
            wrong = broken_promises(task, draft)
        except BaseException:
            shutil.rmtree(draft.folder, ignore_errors=True)
            raise
        if wrong:
            shutil.rmtree(draft.folder, ignore_errors=True)
        return wrong

    def keep(self, task: Task, draft: Draft) -> Done:
        """Name the files by their bytes, and write their rows."""
        if is_pending(draft):
            return self._hold(task, draft)
        outputs = {
            name: tuple(self._place(asset) for asset in assets)
            for name, assets in draft.outputs.items()
        }
        rows = self._rows(task, replace(draft, outputs=outputs))
        for before, its in self.held.before(task):
            rows += self._rows(before, its, {FUSED: details_of(task)})
        self.store.put_artefacts(rows)
        shutil.rmtree(draft.folder, ignore_errors=True)
        self._learn(outputs, self._videos(task))
        size = sum(asset.facts.bytes for assets in outputs.values() for asset in assets)
        spent = draft.seconds, draft.made.usd, size, draft.made.notes
        return Done(task.step, task.key, outputs, False, *spent)

    def _hold(self, task: Task, draft: Draft) -> Done:
        """A step that is put off: its row is written with that of the step that has the file."""
        self.held.note(task, draft.outputs["video"], draft)
        self._learn(draft.outputs, self._videos(task))
        notes = *draft.made.notes, told(last_step(task.into, self.fused))
        outputs, seconds = draft.outputs, draft.seconds
        return Done(task.step, task.key, outputs, False, seconds, notes=notes, into=task.into)

    def _videos(self, task: Task) -> tuple[str, ...]:
        """The videos that a step's files are made of."""
        return tuple(sorted({v for one in task.assets for v in self.origins.get(one, ())}))

    def cancel(self) -> None:
        """Tell the tools that run to stop."""
        self.stopping.set()

    @contextmanager
    def opened(self) -> Generator[None]:
        """While steps are done: what others and this run leave of their work goes."""
        self.sweep()
        try:
            yield
        finally:
            self.held.tidy()

    def sweep(self) -> None:
        """Remove what processes that are gone were making."""
        for folder in (self.folder / WORK).glob("*-*"):
            pid = folder.name.split("-")[0]
            if pid.isdigit() and not Path(f"/proc/{pid}").exists():
                shutil.rmtree(folder, ignore_errors=True)

    def _place(self, asset: Asset) -> Asset:
        """The asset at its lasting place; the rename is atomic."""
        place = self.folder / asset.asset_id[:2] / f"{asset.asset_id}{asset.path.suffix}"
        place.parent.mkdir(parents=True, exist_ok=True)
        asset.path.replace(place)
        return Asset(asset.asset_id, asset.kind, place, asset.facts, asset.name)

    def _rows(
        self, task: Task, draft: Draft, more: Mapping[str, Any] = MappingProxyType({})
    ) -> list[Artefact]:
        """The rows of a step's files, with everything that a trace tells, and `more`."""
        files = [(name, *one) for name, of in draft.outputs.items() for one in enumerate(of)]
        return [self._row(task, draft, *file, more) for file in files]

    def _row(
        self,
        task: Task,
        draft: Draft,
        output: str,
        number: int,
        asset: Asset,
        more: Mapping[str, Any],
    ) -> Artefact:
        notes = [*task.step.notes, *draft.made.notes]
        details = {
            "arguments": written_of(task.arguments.model_dump(mode="json")),
            "facts": asdict(asset.facts),
            "engine": self.registry.made_by(task.tool),
            "model": draft.made.model,
            "evidence": [*dict.fromkeys((*task.step.evidence, *draft.made.evidence))],
            "notes": [*notes, told(more[FUSED]["step"])] if more else notes,
            "seconds": round(draft.seconds, 3),
            "usd": draft.made.usd,
            "deterministic": task.tool.deterministic,
            "parts": [part.to_json() for part in draft.made.parts],
            **more,
        }
        return Artefact(
            Artefact.id_of(self.tenant, task.key, output, number),
            self.tenant,
            task.key,
            output,
            number,
            asset.asset_id,
            str(asset.kind),
            "" if more else str(asset.path.relative_to(self.folder)),
            self.run_id,
            task.step.step_id,
            f"{task.tool.name}@{task.tool.version}",
            tuple(task.assets),
            self._videos(task),
            details,
        )

    def _learn(self, outputs: Mapping[str, tuple[Asset, ...]], videos: tuple[str, ...]) -> None:
        for assets in outputs.values():
            for asset in assets:
                self.assets[asset.asset_id] = asset
                self.origins[asset.asset_id] = videos


def is_pending(draft: Draft) -> bool:
    """Whether a step was put off."""
    return any(one.pending is not None for of in draft.outputs.values() for one in of)


def _probed(task: Task, files: Mapping[str, tuple[Path, ...]]) -> dict[str, tuple[Asset, ...]]:
    """What a step wrote, as assets."""
    kinds = {output.name: output.kind for output in task.tool.gives}
    step = task.step.step_id
    return {
        name: tuple(asset_of(path, kinds[name], f"{step}.{name}") for path in of)
        for name, of in files.items()
    }


def asset_of_row(row: Artefact, folder: Path) -> Asset:
    """The asset of a file that was made."""
    facts = Facts(**row.details["facts"])
    name = f"{row.step}.{row.output}"
    return Asset(row.asset_id, MediaKind(row.kind), folder / row.path, facts, name)


def is_whole(path: Path, row: Artefact) -> bool:
    """Whether a file is there and holds the bytes that it was kept with."""
    try:
        size = path.stat().st_size
    except OSError:
        return False
    return size == row.details["facts"]["bytes"] and file_digest(path) == row.asset_id
