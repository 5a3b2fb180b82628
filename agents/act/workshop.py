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
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

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
        return Task(step, tool, arguments, assets, key, tool.estimate(arguments, assets))

    def known(self, task: Task) -> Done | None:
        """What was made under the key, if every file is there with the bytes that it had."""
        rows = self.store.artefacts(self.tenant, key=task.key)
        if not rows or not all(is_whole(self.folder / row.path, row) for row in rows):
            return None
        outputs = {
            output.name: tuple(
                asset_of_row(row, self.folder)
                for row in sorted(rows, key=lambda row: row.number)
                if row.output == output.name
            )
            for output in task.tool.gives
        }
        notes = tuple(rows[0].details["notes"])
        self._learn(outputs, rows[0].video_ids)
        return Done(task.step, task.key, outputs, is_reused=True, notes=notes)

    def run(self, task: Task, spending: Spending) -> Draft:
        """Do a step in an empty folder of its own, and probe what it wrote.

        Raises:
            ToolFailed: it failed, wrote elsewhere, or what it wrote cannot be read.
        """
        work = self.folder / WORK
        work.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-{task.step.step_id}-", dir=work))
        place = Place(
            folder,
            task.assets,
            seconds=spending.seconds,
            bytes=spending.bytes,
            progress=lambda share: self.tell(task.step, share),
            cancelled=self.stopping.is_set,
        )
        self.tell(task.step, 0.0)
        begun, made = time.monotonic(), Made({})
        try:
            made = task.tool.run(task.arguments, place)
            files = written_files(task.tool, made, folder)
            kinds = {output.name: output.kind for output in task.tool.gives}
            outputs = {
                name: tuple(
                    asset_of(path, kinds[name], f"{task.step.step_id}.{name}") for path in of
                )
                for name, of in files.items()
            }
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
        videos = {v for asset_id in task.assets for v in self.origins.get(asset_id, ())}
        rows: list[Artefact] = []
        outputs: dict[str, tuple[Asset, ...]] = {}
        for name, assets in draft.outputs.items():
            kept = [self._place(asset) for asset in assets]
            outputs[name] = tuple(kept)
            rows += [
                self._row(task, draft, name, number, asset, tuple(sorted(videos)))
                for number, asset in enumerate(kept)
            ]
        self.store.put_artefacts(rows)
        shutil.rmtree(draft.folder, ignore_errors=True)
        self._learn(outputs, tuple(sorted(videos)))
        size = sum(asset.facts.bytes for assets in outputs.values() for asset in assets)
        told = draft.seconds, draft.made.usd, size, draft.made.notes
        return Done(task.step, task.key, outputs, False, *told)

    def cancel(self) -> None:
        """Tell the tools that run to stop."""
        self.stopping.set()

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

    def _row(
        self,
        task: Task,
        draft: Draft,
        output: str,
        number: int,
        asset: Asset,
        videos: tuple[str, ...],
    ) -> Artefact:
        """The row of one file: everything that a trace tells."""
        details = {
            "arguments": written_of(task.arguments.model_dump(mode="json")),
            "facts": asdict(asset.facts),
            "engine": self.registry.made_by(task.tool),
            "model": draft.made.model,
            "evidence": [*dict.fromkeys((*task.step.evidence, *draft.made.evidence))],
            "notes": [*task.step.notes, *draft.made.notes],
            "seconds": round(draft.seconds, 3),
            "usd": draft.made.usd,
            "deterministic": task.tool.deterministic,
            "parts": [part.to_json() for part in draft.made.parts],
        }
        return Artefact(
            Artefact.id_of(self.tenant, task.key, output, number),
            self.tenant,
            task.key,
            output,
            number,
            asset.asset_id,
            str(asset.kind),
            str(asset.path.relative_to(self.folder)),
            self.run_id,
            task.step.step_id,
            f"{task.tool.name}@{task.tool.version}",
            tuple(task.assets),
            videos,
            details,
        )

    def _learn(self, outputs: Mapping[str, tuple[Asset, ...]], videos: tuple[str, ...]) -> None:
        for assets in outputs.values():
            for asset in assets:
                self.assets[asset.asset_id] = asset
                self.origins[asset.asset_id] = videos


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
