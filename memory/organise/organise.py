"""What is taken from a video's rows once they are complete: assertions, mentions and its date."""

from __future__ import annotations

from contextlib import suppress

from memory.errors import UnknownVideo
from memory.organise.consolidate import reopen
from memory.organise.entities import mentions_of
from memory.organise.lifecycle import leave_forgotten
from memory.organise.parts import Parts
from memory.organise.records import Assertion, Mention
from memory.organise.telling import assertions_of
from memory.organise.timescope import recorded_at
from memory.records import Scope, Video
from memory.store import Store


def organise_video(store: Store, video: Video, parts: Parts) -> dict[str, int]:
    """Take from a video's active rows what they assert and mention, as far as parts are on.

    Done again it changes nothing. What an earlier run took stays where a part is off. Nothing is
    taken from a video that is forgotten meanwhile.

    Returns:
        How many `facts` and `mentions` the video has, and `reopened` rows (those that stood behind
        a row that is gone).
    """
    rows = store.memories(Scope(video.tenant, (video.video_id,)))
    done = {"facts": 0, "mentions": 0, "reopened": reopen(store, video.tenant, rows)}
    told = assertions_of(rows) if parts.facts else []
    if parts.facts:
        store.notebook.replace(Assertion, video.tenant, video.video_id, told)
        done["facts"] = len(told)
    if parts.entities:
        named = mentions_of(rows, told)
        store.notebook.replace(Mention, video.tenant, video.video_id, named)
        done["mentions"] = len(named)
    if parts.time_scope and not video.recorded_at and (when := recorded_at(video, rows)):
        with suppress(UnknownVideo):  # it was forgotten meanwhile
            store.date_video(video.tenant, video.video_id, when)
    if (told or done["mentions"]) and leave_forgotten(store, video.tenant, video.video_id):
        done |= {"facts": 0, "mentions": 0}
    return done
