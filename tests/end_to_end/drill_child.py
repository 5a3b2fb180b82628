"""Work on one store that is killed, or done by several at once; run by `test_drills`.

Arguments: the drill, a folder, a seed. Prints a JSON object. One process with everything imported
forks for each piece of work; it has no store open itself, and no fork has one that it inherited.
"""

from __future__ import annotations

import json
import os
import random
import select
import shutil
import signal
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from memory.cubes import export_memory, import_memory
from memory.errors import StoreUnavailable
from memory.organise.consolidate import consolidate_video
from memory.organise.lifecycle import history, undo
from memory.organise.organise import organise_video
from memory.organise.parts import ALL_ON
from memory.organise.records import Assertion, Mention
from memory.records import Memory, Scope
from memory.store import Store
from tests.memory.organise.library import TENANT, film, open_at, said, shown

POINTS, WRITERS, OWN = 20, 6, 3
"""Kills per kind of work; processes that write at once, and videos that each of them has."""
CANARY = "zebrafinch"


def rows_of(video: str, count: int = 40) -> list[Memory]:
    """Slides that are read twice, once with a misread letter, and a code that changes."""
    made: list[Memory] = []
    for at in range(count):
        words = f"harbour museum number {at // 4} opens to visitors"
        misread = words.replace("visitors", "visitora") if at % 4 == 1 else words
        made.append(shown(2 * at, 2 * at + 2, (misread, 0.1), video=video))
    made.append(said(0, f"The code of {video} is {CANARY}{video}.", video))
    return [*made, said(60, f"The code of {video} is now 7{video}.", video)]


def killed(what: str, folder: Path, seed: int) -> dict[str, Any]:
    """Kill the work at seeded times, repeat it, and compare with undisturbed work."""
    template = folder / "template"
    forked(lambda: prepared(template, what))
    whole = folder / "whole"
    shutil.copytree(template, whole)
    took = forked(lambda: worked(whole, what))["took"]
    expected = forked(lambda: state(whole))
    draw, trials = random.Random(seed), list[dict[str, Any]]()
    for number in range(POINTS):
        place = folder / str(number)
        shutil.copytree(template, place)
        ended = forked(lambda p=place: worked(p, what), kill_after=draw.uniform(0, took))
        left = forked(lambda p=place: state(p))
        forked(lambda p=place: worked(p, what))
        again = forked(lambda p=place: state(p))
        trials.append({"killed": "signal" in ended, "whole": left["whole"],
                       "same": again == expected, "moved": left != expected})  # fmt: skip
        shutil.rmtree(place)
    return {"trials": trials, "took": took}


def prepared(folder: Path, what: str) -> dict[str, Any]:
    """A store before the work."""
    store = open_at(folder)
    if what == "import":
        other = open_at(folder / "other")
        for video in ("v1", "v2"):
            film(other, *rows_of(video))
        export_memory(other, TENANT, folder / "cube")
        film(store, said(0, "a video of our own", "v9"))
        return {}
    film(store, *rows_of("v1"))
    if what == "undo":
        consolidate_video(store, TENANT, "v1", "near")
    return {}


def worked(folder: Path, what: str) -> dict[str, Any]:
    """Do the work, or what is left of it; seconds from when the store was open."""
    store = open_at(folder)
    store.videos(TENANT)
    os.write(READY, b"r")
    began = time.monotonic()
    if what == "consolidate":
        consolidate_video(store, TENANT, "v1", "near")
    elif what == "undo":
        for entry in history(store, TENANT):
            if entry.verb == "consolidate":
                undo(store, TENANT, entry.entry_id)
    else:
        import_memory(store, TENANT, folder / "cube", fuse=True)
    return {"took": time.monotonic() - began}


def state(folder: Path) -> dict[str, Any]:
    """What is remembered; whether every row is whole, and told by the search for its words."""
    store = open_at(folder)
    rows = store.memories(Scope(TENANT))
    ids = [row.memory_id for row in rows]
    told = {(one.video_id, one.value) for one in store.notebook.find(Assertion, TENANT)}
    ours = store.search_text("video of our own", Scope(TENANT), 5)
    return {
        "rows": sorted((row.memory_id, row.superseded_by) for row in rows),
        "videos": sorted(video.video_id for video in store.videos(TENANT)),
        "told": sorted(told),
        "whole": len(set(ids)) == len(ids) and all(row.text and row.node_id for row in rows),
        "found": [hit.memory.text for hit in ours],
    }


def writers(folder: Path, seed: int) -> dict[str, Any]:
    """Six processes remember videos at once: three of their own each, and one that all have."""

    def write(number: int) -> dict[str, Any]:
        store, draw = open_at(folder), random.Random(seed + number)
        names = [f"w{number}x{n}" for n in range(OWN)] + ["common"]
        draw.shuffle(names)
        for name in names:
            film(store, *rows_of(name, 12))
            consolidate_video(store, TENANT, name, "near")
        return {"names": names}

    told = at_once([lambda n=number: write(n) for number in range(WRITERS)])
    return {
        "told": told,
        "state": forked(lambda: state(folder)),
        "facts": forked(lambda: kept(folder)),
    }


def kept(folder: Path) -> dict[str, Any]:
    """Ids of the videos that rows, facts and mentions speak of, and duplicates among them."""
    store = open_at(folder)
    facts = store.notebook.find(Assertion, TENANT)
    mentions = store.notebook.find(Mention, TENANT)
    rows = store.memories(Scope(TENANT))
    return {
        "rows": sorted({row.video_id for row in rows}),
        "facts": sorted({one.video_id for one in facts}),
        "mentions": sorted({one.video_id for one in mentions}),
        "audit": sorted({entry.video_id for entry in history(store, TENANT)}),
        "behind": sorted({row.video_id for row in rows if row.superseded_by}),
        "doubles": len(facts) - len({one.assertion_id for one in facts}),
    }


def forgetting(folder: Path, seed: int) -> dict[str, Any]:
    """One process organises and consolidates all videos over and over, another forgets half."""
    names = [f"f{n}" for n in range(8)]
    gone = random.Random(seed).sample(names, 4)

    def fill() -> dict[str, Any]:
        store = open_at(folder)
        for name in names:
            film(store, *rows_of(name, 12))
        return {}

    def organise(store: Store, name: str) -> int:
        """Try until it is done: reads of versions that `forget` deletes fail, as it says."""
        for tries in range(20):
            try:
                known = {video.video_id: video for video in store.videos(TENANT)}
                if name in known:
                    organise_video(store, known[name], ALL_ON)
                    consolidate_video(store, TENANT, name, "near")
            except StoreUnavailable:
                continue
            return tries
        raise AssertionError(f"{name} could not be organised in twenty tries")

    def consolidate() -> dict[str, Any]:
        store = open_at(folder)
        return {"tries": sum(organise(store, name) for _ in range(3) for name in names)}

    def forget() -> dict[str, Any]:
        store = open_at(folder)
        return {name: store.forget(TENANT, name)["videos"] for name in gone}

    forked(fill)
    told = at_once([consolidate, forget])
    bytes_left = [
        f"{name} in {path.relative_to(folder)}"
        for path in (folder / "store").rglob("*")
        if path.is_file() and is_committed(path)
        for name in gone
        if f"{CANARY}{name}".encode() in path.read_bytes()
    ]
    left = forked(lambda: kept(folder))
    return {"told": told, "gone": gone, "names": names, "kept": left, "canary": bytes_left}


def is_committed(path: Path) -> bool:
    """Whether a file belongs to its table: data that lost a race to commit does not.

    LanceDB keeps such files for seven days, since they may belong to a writer that is still at
    work; `forget` cannot tell, so what it promises is what tables hold (`memory/lance/README.md`).
    """
    if path.parent.name != "data":
        return True
    manifests = (path.parent.parent / "_versions").iterdir()
    return any(path.name.encode() in each.read_bytes() for each in manifests)


READY = -1
"""Where a fork says that its store is open."""


def forked(action: Callable[[], dict[str, Any]], kill_after: float | None = None) -> dict[str, Any]:
    """What an action gives in a fork; the signal it died of, when it was killed in time."""
    answer, ready, child = _started(action)
    if kill_after is not None:
        os.read(ready, 1)
        readable, _, _ = select.select([answer], [], [], kill_after)
        if not readable:
            os.kill(child, signal.SIGKILL)
    return _ended(answer, ready, child)


def at_once(actions: list[Callable[[], dict[str, Any]]]) -> list[dict[str, Any]]:
    """What several actions give that run at the same time."""
    return [_ended(*started) for started in [_started(action) for action in actions]]


def _started(action: Callable[[], dict[str, Any]]) -> tuple[int, int, int]:
    answer, out = os.pipe()
    ready, told = os.pipe()
    child = os.fork()
    if child == 0:
        globals()["READY"] = told
        try:
            said = action()
        except Exception as error:
            said = {"error": f"{type(error).__name__}: {error}"}
        with os.fdopen(out, "w", encoding="utf-8") as stream:
            json.dump(said, stream)
        os._exit(0)
    os.close(out)
    os.close(told)
    return answer, ready, child


def _ended(answer: int, ready: int, child: int) -> dict[str, Any]:
    with os.fdopen(answer, encoding="utf-8") as stream:
        said = stream.read()
    os.close(ready)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return {"signal": os.WTERMSIG(status)}
    return json.loads(said)


def main() -> None:
    """Run the drill that is asked for."""
    warnings.filterwarnings("ignore", message=".*fork.*")
    what, folder, seed = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    if what == "writers":
        found = writers(folder, seed)
    elif what == "forgetting":
        found = forgetting(folder, seed)
    else:
        found = killed(what, folder, seed)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
