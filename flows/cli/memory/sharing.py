"""`backtrail memory grant|revoke|grants`: which workspaces read each other's memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from agents.errors import UsageError
from flows.cli.shell import DONE, print_json
from flows.endpoints import forget_replies
from flows.output.terminal import say
from flows.output.words import counted
from flows.wiring import checked_workspace, runtime_of
from memory.organise.records import Grant
from memory.sharing.access import given, grant, own_videos, revoke
from memory.store import Store
from memory.traits import Kind

_EVERYTHING: dict[str, Any] = {"video_id": "", "kinds": ()}


def run_grant(
    reader: str, video: str, kinds: Sequence[str], workspace: str | None, as_json: bool
) -> int:
    """Open a door."""
    runtime = runtime_of(workspace)
    store, tenant = runtime.store, runtime.spec.tenant
    video_id = store.find_video(tenant, video).video_id if video else ""
    made = grant(store, tenant, checked_workspace(reader), video_id, [_kind(k) for k in kinds])
    if as_json:
        print_json({"grant": asdict(made)})
    else:
        names = {one.video_id: one.name for one in store.videos(tenant)}
        say(f"{reader} may read {_what(asdict(made), names)} of {tenant}")
    return DONE


def run_revoke(reader: str, video: str, workspace: str | None, as_json: bool) -> int:
    """Close it; cached replies to the reader's questions go too, since they do not say whose."""
    runtime = runtime_of(workspace)
    store, tenant = runtime.store, runtime.spec.tenant
    video_id = store.find_video(tenant, video).video_id if video else ""
    gone = revoke(store, tenant, checked_workspace(reader), video_id)
    for each in [video_id] if video_id else [one.video_id for one in own_videos(store, tenant)]:
        forget_replies(each)
    if as_json:
        print_json({"reader": reader, "revoked": gone})
    else:
        say(f"{counted(gone, 'grant')} of {reader} revoked")
    return DONE


def run_grants(workspace: str | None, as_json: bool) -> int:
    """Both sides."""
    runtime = runtime_of(workspace)
    store, tenant = runtime.store, runtime.spec.tenant
    ours = [_given(store, tenant, reader, key) for reader, key in given(store, tenant)]
    theirs = [asdict(one) for one in store.notebook.find(Grant, tenant)]
    if as_json:
        print_json({"given": ours, "received": theirs})
        return DONE
    names = {video.video_id: video.name for video in store.videos(tenant)}
    for one in ours:
        say(f"{one['reader']} may read {_what(one, names)} of this workspace  {one['grant_id']}")
    for one in theirs:
        say(f"this workspace may read {_what(one, names)} of {one['owner']}  {one['grant_id']}")
    if not ours and not theirs:
        say("no workspace reads another's memory here")
    return DONE


def _given(store: Store, tenant: str, reader: str, key: str) -> dict[str, Any]:
    """A grant that this workspace gave, as its reader holds it."""
    held = store.notebook.find(Grant, reader, owner=tenant, grant_id=key)
    about = {"video_id": held[0].video_id, "kinds": held[0].kinds} if held else _EVERYTHING
    return {"reader": reader, "grant_id": key, **about}


def _what(one: dict[str, Any], names: dict[str, str]) -> str:
    """What is granted: rows of some kinds or all, of a video or all."""
    of = names.get(one["video_id"], one["video_id"]) or "everything"
    return f"{', '.join(map(str, one['kinds']))} in {of}" if one["kinds"] else of


def _kind(name: str) -> Kind:
    try:
        return Kind(name)
    except ValueError:
        known = ", ".join(str(kind) for kind in Kind)
        raise UsageError(f"there is no kind {name!r}", f"use one of {known}") from None
