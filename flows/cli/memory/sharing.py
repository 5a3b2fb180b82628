"""`backtrail memory grant|revoke|grants`: which workspaces read each other's memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from agents.errors import UsageError
from flows.cli.shell import DONE, print_json
from flows.endpoints import forget_replies
from flows.output.terminal import say
from flows.wiring import checked_workspace, runtime_of
from memory.organise.records import Grant
from memory.sharing.access import given, grant, own_videos, revoke
from memory.traits import Kind


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
        say(f"{reader} may read {video or 'everything'} of {tenant}")
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
        say(f"{gone} grants of {reader} revoked")
    return DONE


def run_grants(workspace: str | None, as_json: bool) -> int:
    """Both sides."""
    runtime = runtime_of(workspace)
    store, tenant = runtime.store, runtime.spec.tenant
    ours = [{"reader": reader, "grant_id": key} for reader, key in given(store, tenant)]
    theirs = [asdict(one) for one in store.notebook.find(Grant, tenant)]
    if as_json:
        print_json({"given": ours, "received": theirs})
        return DONE
    for one in ours:
        say(f"{one['reader']} may read this workspace  {one['grant_id']}")
    for one in theirs:
        what = one["video_id"] or "everything"
        say(f"this workspace may read {what} of {one['owner']} {', '.join(one['kinds'])}")
    if not ours and not theirs:
        say("no workspace reads another's memory here")
    return DONE


def _kind(name: str) -> Kind:
    try:
        return Kind(name)
    except ValueError:
        known = ", ".join(str(kind) for kind in Kind)
        raise UsageError(f"there is no kind {name!r}", f"use one of {known}") from None
