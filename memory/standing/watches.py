"""Standing questions of a workspace: added, listed, removed; where they are due; what holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from memory.errors import Refused, UnknownMemory
from memory.organise.lifecycle import entry_of
from memory.organise.records import now, plain
from memory.organise.truth import moment
from memory.records import Video, content_id
from memory.standing.records import Finding, Watch
from memory.store import Store


@dataclass(frozen=True, slots=True)
class Standing:
    """A standing question with what it came to, worked out from its findings."""

    watch: Watch
    answer: Finding | None
    """The finding that holds; None while nothing was found."""
    asked: int
    """In how many videos it was asked."""


def add_watch(
    store: Store,
    tenant: str,
    question: str,
    video_id: str = "",
    *,
    proven: bool = False,
    budget: str = "",
) -> Watch:
    """Keep a question that is asked of every new video; the same one again is the same watch.

    Args:
        store: The memory.
        tenant: Whose.
        question: In English.
        video_id: The one video that it is about; empty for all.
        proven: Whether only proven answers count.
        budget: Limits of each asking, as typed.

    Raises:
        Refused: when there is no question.
    """
    said = " ".join(question.split())
    if not plain(said):
        raise Refused("there is no question to watch", "say what to ask of new videos")
    key = content_id("q", plain(said), video_id)
    known = {one.watch_id: one for one in store.notebook.find(Watch, tenant)}
    old = known.get(key)
    made = Watch(key, tenant, video_id, said, proven, budget, old.created_at if old else now())
    if old is None:
        store.notebook.put([entry_of(tenant, video_id, "watch", {key: ""}, {key: "yes"})])
    if made != old:
        store.notebook.put([made])
    return made


def watches(store: Store, tenant: str) -> list[Watch]:
    """The standing questions of a workspace, the oldest first."""
    found = store.notebook.find(Watch, tenant)
    return sorted(found, key=lambda one: (one.created_at, one.watch_id))


def find_watch(store: Store, tenant: str, reference: str) -> Watch:
    """The standing question of an id, the beginning of one, or its words.

    Raises:
        UnknownMemory: when none, or more than one, answers to it.
    """
    known = watches(store, tenant)
    said = plain(reference)
    found = [one for one in known if one.watch_id.startswith(reference)] if reference else []
    found = found or [one for one in known if plain(one.question) == said]
    if len(found) != 1:
        count = len(found) or "no"
        told = f"{reference!r} is the id or the words of {count} standing question"
        told += "s" if len(found) > 1 else ""
        raise UnknownMemory(told, "list them: `backtrail watch list`")
    return found[0]


def remove_watch(store: Store, tenant: str, reference: str) -> Watch:
    """No longer ask a question; what it came to goes with it.

    Raises:
        UnknownMemory: when none, or more than one, answers to the reference.
    """
    gone = find_watch(store, tenant, reference)
    key = gone.watch_id
    told = store.notebook.find(Finding, tenant, watch_id=key)
    store.notebook.put([entry_of(tenant, gone.video_id, "unwatch", {key: "yes"}, {key: ""})])
    store.notebook.delete(Watch, tenant, [key])
    store.notebook.delete(Finding, tenant, [one.finding_id for one in told])
    return gone


def standing(store: Store, tenant: str) -> list[Standing]:
    """Every standing question with the answer that holds."""
    videos = store.videos(tenant)
    found: list[Standing] = []
    for watch in watches(store, tenant):
        told = findings(store, watch)
        found.append(Standing(watch, holding(told, videos), len(told)))
    return found


def findings(store: Store, watch: Watch) -> list[Finding]:
    """What a question came to, video by video."""
    return store.notebook.find(Finding, watch.tenant, watch_id=watch.watch_id)


def due(watch: Watch, told: Sequence[Finding], videos: Sequence[Video]) -> list[Video]:
    """The videos whose memory of now a question was not asked of yet, in the order of time."""
    asked = {(one.video_id, one.active_key) for one in told}
    return [
        video
        for video in sorted(videos, key=_order)
        if video.active_key
        and watch.video_id in ("", video.video_id)
        and not video.is_replaced
        and (video.video_id, video.active_key) not in asked
    ]


def holding(told: Sequence[Finding], videos: Sequence[Video]) -> Finding | None:
    """The answer of the latest video that gives one."""
    place = {video.video_id: _order(video) for video in videos}
    answered = [one for one in told if one.answer and one.video_id in place]
    return max(answered, key=lambda one: place[one.video_id], default=None)


def is_other(before: Finding | None, after: Finding | None) -> bool:
    """Whether the answer changed: case, accents and punctuation do not count."""
    return plain(before.answer if before else "") != plain(after.answer if after else "")


def _order(video: Video) -> tuple[str, str]:
    return moment(video), video.video_id
