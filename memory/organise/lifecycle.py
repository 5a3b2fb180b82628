"""The life of what is kept: a log of what was done, pins, notes, and undo by inverse entries.

An entry names its targets by id and what one field of each was before and after, never any text; so
the log can be kept, shown and forgotten with its video. Undoing is an entry of its own, that can be
undone too. A target that something else changed since is left alone and told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from memory.errors import Refused, UnknownMemory
from memory.organise.parts import Parts
from memory.organise.profiles import SUPERSEDED
from memory.organise.records import Entry, Profile, now, plain
from memory.records import content_id
from memory.store import Store

VERBS: Mapping[str, str] = {
    "note": "formation",
    "import": "formation",
    "fuse": "formation",
    "consolidate": "evolution",
    "pin": "evolution",
    "unpin": "evolution",
    "supersede": "evolution",
    "undo": "evolution",
    "grant": "retrieval",
    "revoke": "retrieval",
    "watch": "retrieval",
    "unwatch": "retrieval",
}
"""Every verb of the log, and which of the surveys' three dynamics it is."""

UNDONE = frozenset(("note", "consolidate", "pin", "unpin", "supersede", "import", "fuse"))
"""Verbs that `undo` looks for when it is not told which entry."""

Fields = Mapping[str, str]
"""Ids of targets with the value of the one field that a verb changes."""


class TooLong(Refused):
    """A profile has more words than its block may."""

    code = "too_long"


@dataclass(slots=True)
class Undone:
    """What undoing an entry did."""

    entry: Entry
    changed: list[str] = field(default_factory=list[str])
    left: list[str] = field(default_factory=list[str])
    """Targets that are gone, or that something else changed since."""


def history(store: Store, tenant: str, *, limit: int | None = None) -> list[Entry]:
    """What was done in a workspace, the latest first."""
    found = store.notebook.find(Entry, tenant)
    return sorted(found, key=lambda e: (e.at, e.entry_id), reverse=True)[:limit]


def pin(store: Store, tenant: str, references: Sequence[str], *, pinned: bool = True) -> list[str]:
    """Keep rows from being superseded, or no longer; the ids of those that changed.

    A row that another stands for stands for itself again when it is pinned.

    Raises:
        UnknownMemory: when a reference names no row, or more than one.
    """
    rows = [store.memory(tenant, reference) for reference in references]
    changing = [row for row in rows if row.pinned is not pinned]
    verb = "pin" if pinned else "unpin"
    for video_id in dict.fromkeys(row.video_id for row in changing):
        own = [row.memory_id for row in changing if row.video_id == video_id]
        before, after = (dict.fromkeys(own, _flag(value)) for value in (not pinned, pinned))
        _log(store, tenant, video_id, verb, before, after)
    behind = {row.memory_id: row for row in changing if row.superseded_by and pinned}
    for key, row in behind.items():
        _log(store, tenant, row.video_id, "supersede", {key: row.superseded_by}, {key: ""})
    store.supersede(tenant, dict.fromkeys(behind, ""))
    ids = [row.memory_id for row in changing]
    store.pin(tenant, ids, pinned)
    return ids


def note(
    store: Store,
    tenant: str,
    name: str,
    text: str,
    parts: Parts,
    *,
    aliases: Sequence[str] = (),
    scopes: Sequence[str] = (),
    sort: str = "entity",
    pinned: bool = False,
) -> Profile:
    """Hold something about somebody or something; an earlier note of that name is superseded.

    Without a text the earlier one stays, so that another name can be added to it.

    Raises:
        TooLong: when it has more words than a profile may: it is refused, not cut.
        Refused: when it has no name.
    """
    if not plain(name):
        raise Refused("a note needs a name", "say who or what it is about")
    old = [p for p in profiles(store, tenant) if plain(p.name) == plain(name)]
    text = text or next((p.text for p in reversed(old)), "")
    words = len(text.split())
    if words > parts.core_words:
        said = f"the note on {name!r} has {words} words, a profile has at most {parts.core_words}"
        raise TooLong(said, "shorten it, or split it into several notes")
    at = now()
    key = content_id("x", tenant, name, text, at)
    before, after = {key: SUPERSEDED}, {key: ""}
    for one in old:
        before[one.profile_id], after[one.profile_id] = one.superseded_by, key
    given = tuple(dict.fromkeys((*aliases, *(a for one in old for a in one.aliases))))
    made = Profile(key, tenant, "", name, given, sort, text, tuple(scopes), "active", pinned, 0,
                   "", "", at)  # fmt: skip
    _log(store, tenant, "", "note", before, after)
    store.notebook.put([made, *(replace(one, superseded_by=key) for one in old)])
    return made


def profiles(store: Store, tenant: str) -> list[Profile]:
    """The notes in force, the oldest first."""
    found = [p for p in store.notebook.find(Profile, tenant) if not p.superseded_by]
    return sorted(found, key=lambda p: (p.created_at, p.profile_id))


def undo(store: Store, tenant: str, reference: str = "") -> Undone:
    """Take back an entry of the log, by its id or the beginning of it; else the latest one.

    Raises:
        UnknownMemory: when there is no such entry, or it cannot be undone.
    """
    entry = _entry(store, tenant, reference)
    done = Undone(entry)
    if entry.verb in ("import", "fuse"):
        store.forget(tenant, entry.video_id)  # its entry goes with it
        done.changed.append(entry.video_id)
        return done
    is_now = _values(store, tenant, entry)
    back: dict[str, str] = {}
    for target, before, after in zip(entry.targets, entry.before, entry.after, strict=True):
        if is_now.get(target) != after:
            done.left.append(target)
        else:
            back[target] = before
            done.changed.append(target)
    _log(store, tenant, entry.video_id, "undo", {key: is_now[key] for key in back}, back,
         undoes=entry)  # fmt: skip
    _set(store, tenant, entry, back)
    return done


def leave_forgotten(store: Store, tenant: str, video_id: str) -> bool:
    """Forget again what was just written about a video, if it was forgotten meanwhile.

    Called after writing: `forget` deletes the video before it looks for facts a last time, so what
    was written before that it deletes itself, and what comes later finds no video here.
    """
    gone = not store.videos(tenant, [video_id])
    if gone:
        store.forget(tenant, video_id)
    return gone


def _entry(store: Store, tenant: str, reference: str) -> Entry:
    log = history(store, tenant)
    undone = {entry.undoes for entry in log}
    if reference:
        found = [entry for entry in log if entry.entry_id.startswith(reference)]
    else:
        found = [e for e in log if e.verb in UNDONE and e.entry_id not in undone and e.targets][:1]
    if found and found[0].verb in ("grant", "revoke"):
        said = f"{found[0].entry_id} is about who may read"
        raise UnknownMemory(said, "use `backtrail memory grant` and `revoke`")
    if found and found[0].verb in ("watch", "unwatch"):
        said = f"{found[0].entry_id} is about a standing question"
        raise UnknownMemory(said, "use `backtrail watch add` and `remove`")
    if len(found) != 1 or not found[0].targets:
        said = f"{reference!r} names {len(found)} entries" if reference else "nothing is to undo"
        raise UnknownMemory(said, "list them: `backtrail memory history`")
    return found[0]


def _field_of(store: Store, tenant: str, entry: Entry) -> str:
    """The field that an entry changed: that of the entry that it undid, for an undo."""
    while entry.verb == "undo":
        first = entry.undoes
        entry = next(e for e in store.notebook.find(Entry, tenant) if e.entry_id == first)
    return {"pin": "pinned", "unpin": "pinned", "note": "profile"}.get(entry.verb, "superseded_by")


def _values(store: Store, tenant: str, entry: Entry) -> dict[str, str]:
    """What the changed field of each target is now; targets that are gone are left out."""
    changed = _field_of(store, tenant, entry)
    if changed == "profile":
        known = store.notebook.find(Profile, tenant)
        return {p.profile_id: p.superseded_by for p in known if p.profile_id in entry.targets}
    rows = store.with_vectors(tenant, entry.targets)
    if changed == "pinned":
        return {row.memory_id: _flag(row.pinned) for row in rows}
    return {row.memory_id: row.superseded_by for row in rows}


def _set(store: Store, tenant: str, entry: Entry, values: Fields) -> None:
    changed = _field_of(store, tenant, entry)
    if changed == "profile":
        known = [p for p in store.notebook.find(Profile, tenant) if p.profile_id in values]
        store.notebook.put([replace(p, superseded_by=values[p.profile_id]) for p in known])
    elif changed == "pinned":
        for value in ("", "yes"):
            ids = [key for key, own in values.items() if own == value]
            store.pin(tenant, ids, bool(value))
    else:
        store.supersede(tenant, values)


def _flag(value: bool) -> str:
    return "yes" if value else ""


def _log(
    store: Store,
    tenant: str,
    video_id: str,
    verb: str,
    before: Fields,
    after: Fields,
    undoes: Entry | None = None,
) -> None:
    store.notebook.put([entry_of(tenant, video_id, verb, before, after, undoes)])


def entry_of(
    tenant: str,
    video_id: str,
    verb: str,
    before: Fields,
    after: Fields,
    undoes: Entry | None = None,
) -> Entry:
    """An entry of the log; `before` and `after` have the same targets.

    Raises:
        ValueError: when the log knows no such verb.
    """
    if verb not in VERBS:
        raise ValueError(f"the log knows no verb {verb!r}")
    at, targets = now(), tuple(sorted(before))
    key = content_id("e", tenant, video_id, verb, at, targets)
    values = (tuple(before[t] for t in targets), tuple(after[t] for t in targets))
    which = "" if undoes is None else undoes.entry_id
    return Entry(key, tenant, video_id, at, verb, "user", targets, *values, which)
