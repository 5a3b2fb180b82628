"""Consolidation: rows that say the same stand for each other, and searches look through fewer.

Within a video, a kind and a level, rows with the same words are one to a search; so are readings of
one text that differ by misread letters. A summary that repeats the words of one above it is told by
that one. Nothing is deleted and no time is lost: the rows behind a row are told with it, read where
they stand, and cited by their own ids. What SimpleMem and MemOS do by merging loses sources; what
differs in a word or a number never merges here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from memory.organise.lifecycle import entry_of, leave_forgotten
from memory.organise.parts import Merging
from memory.organise.profiles import alike
from memory.organise.records import plain
from memory.records import Kind, Memory, Scope
from memory.store import Store

MISREAD = 0.2
"""Share of the words of one text that two readings of it may differ in, at most."""


@dataclass(slots=True)
class Report:
    """What a consolidation did, or would do."""

    rows: int = 0
    """Rows with text that were looked at."""
    behind: int = 0
    """Rows that others stand for now."""
    changed: dict[str, str] = field(default_factory=dict[str, str])
    """Rows whose stand-in changed, with the new one; empty for none."""
    before: dict[str, str] = field(default_factory=dict[str, str])
    """What stood for them."""

    def to_json(self) -> dict[str, object]:
        """As the documented object."""
        share = self.behind / self.rows if self.rows else 0.0
        return {
            "rows": self.rows,
            "searched": self.rows - self.behind,
            "behind": self.behind,
            "share": round(share, 4),
            "changed": len(self.changed),
        }


def stand_ins(rows: Sequence[Memory], merging: Merging) -> dict[str, str]:
    """For each row that another stands for, that other: a row of the same video, kind and words.

    The first row in time stands for the later ones; of summaries the one of the widest level. What
    is pinned, a look or without text stands for itself.
    """
    chosen: dict[str, str] = {}
    fixed = [row for row in rows if row.text and not row.is_look]
    for group in _groups(fixed):
        found = _exact(group) if merging != "off" else {}
        chosen |= found
        if merging == "near":
            chosen |= _near([row for row in group if row.memory_id not in found])
    return _followed(chosen)


def consolidate_video(
    store: Store, tenant: str, video_id: str, merging: Merging, *, dry: bool = False
) -> Report:
    """Let rows of one video stand for each other; with `dry` only say what would change.

    Every change is an entry of the audit log, which `undo` can take back.
    """
    rows = store.memories(Scope(tenant, (video_id,)))
    wanted = stand_ins(rows, merging)
    report = Report(rows=sum(bool(row.text) and not row.is_look for row in rows))
    report.behind = len(wanted)
    for row in rows:
        new = wanted.get(row.memory_id, "")
        if new != row.superseded_by and not row.pinned:
            report.changed[row.memory_id] = new
            report.before[row.memory_id] = row.superseded_by
    if report.changed and not dry:
        log = entry_of(tenant, video_id, "consolidate", report.before, report.changed)
        store.notebook.put([log])
        store.supersede(tenant, report.changed)
        leave_forgotten(store, tenant, video_id)
    return report


def reopen(store: Store, tenant: str, rows: Sequence[Memory]) -> int:
    """Let rows stand for themselves whose stand-in is gone; how many there were."""
    there = {row.memory_id for row in rows}
    lost = [row.memory_id for row in rows if row.superseded_by and row.superseded_by not in there]
    if lost:
        store.supersede(tenant, dict.fromkeys(lost, ""))
    return len(lost)


def _groups(rows: Iterable[Memory]) -> list[list[Memory]]:
    """Rows that may stand for each other; summaries over all levels, the widest in front."""
    groups: dict[tuple[str, ...], list[Memory]] = {}
    for row in rows:
        level = "" if row.kind is Kind.SUMMARY else str(row.level)
        groups.setdefault((row.video_id, str(row.kind), level), []).append(row)
    return [sorted(group, key=_order) for group in groups.values()]


def _order(row: Memory) -> tuple[int, int, int, str]:
    wide = -row.level.rank if row.kind is Kind.SUMMARY else 0
    return wide, row.span.start, row.span.end, row.memory_id


def _exact(group: Sequence[Memory]) -> dict[str, str]:
    """Rows whose words are those of an earlier one."""
    first: dict[str, str] = {}
    chosen: dict[str, str] = {}
    for row in group:
        stand_in = first.setdefault(plain(row.text or ""), row.memory_id)
        if stand_in != row.memory_id and not row.pinned:
            chosen[row.memory_id] = stand_in
    return chosen


def _near(group: Sequence[Memory]) -> dict[str, str]:
    """Rows that are another reading of an earlier one."""
    words = {row.memory_id: set(plain(row.text or "").split()) for row in group}
    often = Counter(word for own in words.values() for word in own)
    chosen: dict[str, str] = {}
    by_word: dict[str, list[str]] = {}
    for row in group:
        own = words[row.memory_id]
        # Readings that share so much share one of these: only rows with one of them are compared.
        rare = sorted(own, key=lambda word: (often[word], word))[: len(own) // 5 + 1]
        near = dict.fromkeys(key for word in rare for key in by_word.get(word, ()))
        stand_in = next((key for key in near if _one_text(words[key], own)), None)
        if stand_in is not None and not row.pinned:
            chosen[row.memory_id] = stand_in
            continue
        for word in own:
            by_word.setdefault(word, []).append(row.memory_id)
    return chosen


def _one_text(here: set[str], there: set[str]) -> bool:
    """Whether two texts are readings of one: few misread words, and no word or number more."""
    left, right = here - there, there - here
    if max(len(left), len(right)) > MISREAD * max(len(here), len(there)):
        return False
    return _each_alike(left, right) and _each_alike(right, left)


def _each_alike(words: set[str], others: set[str]) -> bool:
    return all(any(alike(word, other) for other in others) for word in words)


def _followed(chosen: dict[str, str]) -> dict[str, str]:
    """Stand-ins that stand for themselves."""
    ends: dict[str, str] = {}
    for key in chosen:
        end = chosen[key]
        while end in chosen:
            end = chosen[end]
        ends[key] = end
    return ends
