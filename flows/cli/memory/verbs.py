"""`backtrail memory ...`: what is known, of whom, since when; and keeping it in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from agents.ask.ask import TIME, time_of
from agents.ask.when import range_of
from agents.errors import UsageError
from agents.text.clock import clock, clock_span
from configs.settings import prefect_api
from flows.cli.prefect_server import ready_server, watched
from flows.cli.shell import DONE, print_json
from flows.output.terminal import say
from flows.output.words import counted
from flows.wiring import runtime_of
from memory.organise import lifecycle, verbs
from memory.organise.entities import Moment, entities
from memory.organise.records import Entry, plain
from memory.organise.timescope import WallRange, time_range
from memory.organise.truth import Fact, Status
from memory.records import Span, Video


def run_facts(
    words: str,
    at: str,
    history: bool,
    videos: Sequence[str],
    page: Path | None,
    workspace: str | None,
    as_json: bool,
) -> int:
    """Print facts with their intervals."""
    runtime = runtime_of(workspace)
    store, tenant = runtime.store, runtime.spec.tenant
    _is_on(runtime.spec.organise.facts, "facts")
    ids = [store.find_video(tenant, video).video_id for video in videos]
    then = _at(at) if at else None
    every = verbs.facts(store, tenant, videos=ids, words=words, at=then, history=True)
    found = [fact for fact in every if history or fact.status is not Status.SUPERSEDED]
    names = _names(store.videos(tenant))
    if page is not None:
        from flows.output.memory_pages import facts_page, write_page

        write_page(page, facts_page(every, store.videos(tenant)))
    if as_json:
        print_json({"facts": [fact.to_json(names) for fact in found]})
        return DONE
    for fact in found:
        say(_fact_line(fact, names))
    if not found:
        say(_no_facts(then, store.videos(tenant), words, behind=len(every)))
    _say_page(page)
    return DONE


def _no_facts(
    then: int | datetime | None, videos: Sequence[Video], words: str, *, behind: int
) -> str:
    """Why there are none, and what may be done; `behind` values held and do no longer."""
    if behind:
        return f"none that holds: --history shows {counted(behind, 'value')} that did"
    if words and then is None:
        return f"no fact has the words {words!r}: `backtrail memory facts` lists all"
    if isinstance(then, datetime):
        dated = sum(bool(video.recorded_at) for video in videos)
        of = f"{dated} of {counted(len(videos), 'video')}"
        said = f"no facts were told by {then:%Y-%m-%d %H:%M}: dated are {of}"
        return f"{said} (`backtrail memory date` dates one)"
    if then is not None:
        return f"no facts were told by {clock(then)} of any video"
    return "no facts: `backtrail memory consolidate` takes them from what is remembered"


def run_about(name: str, when: str, page: Path | None, workspace: str | None, as_json: bool) -> int:
    """Print what is known of a name."""
    found, names = _about(name, when, workspace)
    if page is not None:
        from flows.output.memory_pages import about_page, write_page

        runtime = runtime_of(workspace)
        write_page(page, about_page(found, runtime.store.videos(runtime.spec.tenant)))
    if as_json:
        print_json(found.to_json(names))
        return DONE
    also = [each for each in found.names if each.casefold() != name.casefold()]
    say(found.name + (f" (also {', '.join(also)})" if also else ""))
    for profile in found.profiles:
        if profile.text:
            say(f"  note: {profile.text}")
    for fact in found.facts:
        say(f"  {_fact_line(fact, names)}")
    for moment in found.moments:
        say(f"  {_moment_line(moment, names)}")
    if not found.moments:
        say("  nothing names it")
    _say_page(page)
    return DONE


def run_timeline(name: str, when: str, workspace: str | None, as_json: bool) -> int:
    """Print moments and facts of a name in one order."""
    found, names = _about(name, when, workspace)
    order = {key: at for at, key in enumerate(dict.fromkeys(m.video_id for m in found.moments))}
    told = [(order.get(f.video_id, len(order)), f.start, 1, f) for f in found.facts]
    told += [(order[m.video_id], m.start, 0, m) for m in found.moments]
    events = [event for *_, event in sorted(told, key=lambda each: each[:3])]
    if as_json:
        print_json({"name": name, "events": [event.to_json(names) for event in events]})
        return DONE
    for event in events:
        is_fact = isinstance(event, Fact)
        say(_fact_line(event, names) if is_fact else _moment_line(event, names))
    if not events:
        say(f"nothing names {name}")
    return DONE


def run_entities(workspace: str | None, as_json: bool) -> int:
    """Print what recurs."""
    runtime = runtime_of(workspace)
    _is_on(runtime.spec.organise.entities, "entities")
    found = entities(runtime.store.notebook, runtime.spec.tenant)
    if as_json:
        print_json({"entities": found})
        return DONE
    for each in found:
        sorts = ", ".join(map(str, each["sorts"]))  # pyright: ignore[reportArgumentType]
        where = counted(int(str(each["videos"])), "video")
        say(f"{each['mentions']:>5} in {where}  {each['name']}  ({sorts})")
    if not found:
        say("nothing recurs yet: `backtrail memory consolidate` takes names from what is there")
    return DONE


def run_note(
    name: str,
    text: str,
    aliases: Sequence[str],
    pinned: bool,
    workspace: str | None,
    as_json: bool,
) -> int:
    """Keep a note."""
    if not (text or aliases or pinned):
        raise UsageError(f"the note on {name!r} says nothing", "give a TEXT, or an --alias")
    runtime = runtime_of(workspace)
    made = lifecycle.note(
        runtime.store, runtime.spec.tenant, name, text, runtime.spec.organise, aliases=aliases,
        pinned=pinned,
    )  # fmt: skip
    if as_json:
        print_json({"note": asdict(made)})
    else:
        say(f"{made.profile_id}  {made.name}: {made.text}")
    return DONE


def run_consolidate(dry_run: bool, workspace: str | None, as_json: bool) -> int:
    """Organise all videos: through Prefect where there is a server, else in place."""
    if prefect_api():
        server = ready_server()
        from flows.organise import consolidate

        done = watched(consolidate, server, as_json)(workspace, dry_run)
    else:
        from agents.organise import organise

        done = organise(runtime_of(workspace), dry=dry_run)
    if as_json:
        print_json(done)
        return DONE
    would = "would change" if dry_run else "changed"
    changed = [entry for entry in done["videos"] if entry["changed"]]
    for entry in changed:
        say(f"{entry['video']}: {counted(entry['changed'], 'row')} {would}; searches look through "
            f"{entry['searched']} of {entry['rows']}")  # fmt: skip
    total = done["total"]
    say(f"in all {counted(total['changed'], 'row')} {would}, in {len(changed)} of "
        f"{len(done['videos'])} videos; searches look through {total['searched']} of "
        f"{total['rows']} rows, and tell the others with those")  # fmt: skip
    return DONE


def run_pin(ids: Sequence[str], pinned: bool, workspace: str | None, as_json: bool) -> int:
    """Pin or unpin rows."""
    runtime = runtime_of(workspace)
    changed = lifecycle.pin(runtime.store, runtime.spec.tenant, ids, pinned=pinned)
    if as_json:
        print_json({"pinned": pinned, "changed": changed})
    else:
        say(f"{counted(len(changed), 'row')} {'pinned' if pinned else 'unpinned'}")
    return DONE


def run_history(limit: int, workspace: str | None, as_json: bool) -> int:
    """Print the log."""
    runtime = runtime_of(workspace)
    found = lifecycle.history(runtime.store, runtime.spec.tenant, limit=limit)
    if as_json:
        axes = [{**asdict(e), "dynamics": lifecycle.VERBS[e.verb]} for e in found]
        print_json({"history": axes})
        return DONE
    names = _names(runtime.store.videos(runtime.spec.tenant))
    for entry in found:
        undoes = f" {entry.undoes}" if entry.undoes else ""
        say(f"{entry.at[:19]}  {entry.entry_id}  {entry.verb}{undoes}"
            f"{_touched(entry, names)}")  # fmt: skip
    if not found:
        say("nothing was done yet")
    return DONE


def _touched(entry: Entry, names: dict[str, str]) -> str:
    """How much an entry is about, and of which video."""
    where = names.get(entry.video_id, "")
    return f": {len(entry.targets)}" + (f" of {where}" if where else "")


def run_undo(reference: str, workspace: str | None, as_json: bool) -> int:
    """Undo an entry."""
    runtime = runtime_of(workspace)
    names = _names(runtime.store.videos(runtime.spec.tenant))  # before an import is taken back
    done = lifecycle.undo(runtime.store, runtime.spec.tenant, reference)
    if as_json:
        entry = done.entry.entry_id
        print_json({"entry_id": entry, "changed": done.changed, "left": done.left})
        return DONE
    left = f"; {len(done.left)} were changed since and are left" if done.left else ""
    where = names.get(done.entry.video_id, "")
    say(f"undid {done.entry.verb} {done.entry.entry_id}: {counted(len(done.changed), 'change')}"
        f"{f' of {where}' if where else ''}{left}")  # fmt: skip
    return DONE


def run_date(reference: str, when: str, workspace: str | None, as_json: bool) -> int:
    """Say when a video was recorded."""
    runtime = runtime_of(workspace)
    video = runtime.store.find_video(runtime.spec.tenant, reference)
    start = _date(when)
    runtime.store.date_video(video.tenant, video.video_id, start.isoformat())
    if as_json:
        print_json({"video_id": video.video_id, "recorded_at": start.isoformat()})
    else:
        say(f"{video.name} was recorded at {start.isoformat(sep=' ')}")
    return DONE


def wall_range(text: str) -> WallRange | None:
    """The range that words about time mean; None for no words.

    Raises:
        QuestionError: they mean none.
    """
    return range_of(text, datetime.now()) if text else None  # as people around here say it


def _about(name: str, when: str, workspace: str | None) -> tuple[verbs.About, dict[str, str]]:
    if not plain(name):
        raise UsageError(f"{name!r} is no name", "say who or what, as it is shown or said")
    runtime = runtime_of(workspace)
    _is_on(runtime.spec.organise.entities, "entities")
    store, tenant = runtime.store, runtime.spec.tenant
    found = verbs.about_whom(store, tenant, name, when=wall_range(when))
    return found, _names(store.videos(tenant))


def _say_page(page: Path | None) -> None:
    if page is not None:
        say(f"page: {page}", err=True)


def _is_on(part: bool, name: str) -> None:
    if not part:
        said = f"the part that takes {name} from what is remembered is off"
        raise UsageError(said, f"unset BACKTRAIL_MEMORY__{name.upper()}")


def _names(videos: Sequence[Video]) -> dict[str, str]:
    return {video.video_id: video.name for video in videos}


def _at(text: str) -> int | datetime:
    """A time of each video, or a wall-clock time: the end of what is named."""
    if TIME.fullmatch(text.strip()):
        return time_of(text) or 0
    found = time_range(text, datetime.now())
    if found is None:
        said = 'say m:ss of each video, a date such as 2026-11-20, or "last Tuesday"'
        raise UsageError(f"{text!r} is no time that can be read", said)
    return found.end


def _date(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        raise UsageError(f"{text!r} is no date", "write 2026-11-20 or 2026-11-20T09:30") from None


def _fact_line(fact: Fact, names: dict[str, str]) -> str:
    """A fact, its interval, and what became of it."""
    until = "" if fact.end is None else f" to {clock(fact.end)}"
    elsewhere = f" of {names.get(fact.ended_in, fact.ended_in)}"
    until += elsewhere if fact.end is not None and fact.ended_in != fact.video_id else ""
    became = {Status.CURRENT: "", Status.CONFLICT: "  CONFLICT"}.get(
        fact.status, f"  then {fact.superseded_by}"
    )
    where = names.get(fact.video_id, fact.video_id)
    said = f"{fact.subject} {fact.predicate} {fact.value}"
    return f"{said}  [{where} from {clock(fact.start)}{until}]{became}"


def _moment_line(moment: Moment, names: dict[str, str]) -> str:
    where = names.get(moment.video_id, moment.video_id)
    span = clock_span(Span(moment.start, moment.end))
    return f"{where} {span}  {moment.sort}: {moment.name}  {moment.source_ids[0]}"
