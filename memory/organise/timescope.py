"""Words about wall-clock time to ranges: "between May 3 and 9, 2023", "last Tuesday", "in 2022".

A small grammar, after the temporal filter of Memory-T1, which asks a model. It also tells when a
video was recorded, from its container, its file's name, or what a person said. Ranges are
half-open, on the clock without a zone that a recording and its viewer share.
"""

from __future__ import annotations

import calendar
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from memory.records import Kind, Memory, Video

_MONTHS = {
    name.lower(): number
    for names in (calendar.month_name, calendar.month_abbr)
    for number, name in enumerate(names)
    if name
}
_DAYS = {name.lower(): at for at, name in enumerate(calendar.day_name)}
_COUNTS: dict[str, int] = {
    name: number
    for number, name in enumerate(
        "one two three four five six seven eight nine ten eleven twelve".split(), start=1
    )
}
_HOURS = {"morning": (5, 12), "afternoon": (12, 18), "evening": (18, 24), "night": (20, 29)}

_MONTH = rf"(?P<month>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_CLOCK = (
    r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d))?\s*(?P<half>[ap]\.?m\b\.?)?"
    r"|(?P<hour2>\d{1,2})\s*(?P<half2>[ap]\.?m\b\.?)"
)
_DATES = (
    rf"{_YEAR}-(?P<month_number>\d\d)-(?P<day>\d\d)(?:[T ](?=\d))?",
    rf"{_MONTH} {_DAY}(?:,? {_YEAR})?",
    rf"{_DAY} (?:of )?{_MONTH},?(?: {_YEAR})?",
)
_POINTS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for date in _DATES
    for pattern in (
        rf"(?:(?:{_CLOCK})(?:,| on| of)? )?\b{date}\b",
        rf"\b{date}(?:,? at|,|\s)?\s*(?:{_CLOCK})",
    )
)
_UNITS = r"(?P<unit>minute|hour|day|week|month|year)s?"
_COUNT = rf"(?P<count>\d+|an?|{'|'.join(_COUNTS)}|a couple of|a few)"
_AROUND = re.compile(rf"\b{_COUNT} {_UNITS} (?P<side>before|after|prior to)\b", re.IGNORECASE)
_AGO = re.compile(rf"\b{_COUNT} {_UNITS} ago\b", re.IGNORECASE)
_PAST = re.compile(rf"\b(?:in|over|during|for) the (?:last|past) (?:{_COUNT} )?{_UNITS}\b", re.I)
_PAIR = re.compile(r"\b(?:between|from) (?P<one>.+?),? (?:and|to|until|till) (?P<other>.+)", re.I)
_NAMED = re.compile(
    r"\b(?:(?P<which>last|this|past|next) (?P<what>week|weekend|month|year|"
    rf"{'|'.join(_DAYS)}|{'|'.join(_HOURS)})|(?P<day>today|yesterday|tonight|tomorrow)"
    rf"(?: (?P<part>{'|'.join(_HOURS)}))?|on (?P<on>{'|'.join(_DAYS)}))\b",
    re.IGNORECASE,
)
_MONTH_OF = re.compile(rf"\b(?:(?P<part>early|mid|late)[ -])?{_MONTH},? {_YEAR}\b", re.IGNORECASE)
_YEAR_OF = re.compile(rf"\b(?:in|of|during|throughout|for) {_YEAR}\b", re.IGNORECASE)
_EVENING = re.compile(rf"\b(?P<late>late )?(?P<part>{'|'.join(_HOURS)}) of ", re.IGNORECASE)
_SIDE = re.compile(r"\b(?P<side>before|after|since|until)\s+$", re.IGNORECASE)


INSTANT = timedelta(microseconds=1)
"""The shortest range that is not empty."""


@dataclass(frozen=True, slots=True)
class WallRange:
    """A half-open stretch of wall-clock time, `start` to `end`, without a zone."""

    start: datetime
    end: datetime

    def overlaps(self, other: WallRange) -> bool:
        """Whether they share any time."""
        return self.start < other.end and other.start < self.end


def time_range(text: str, now: datetime) -> WallRange | None:
    """The range of wall-clock time that a text names, or None; `now` is what "last week" is from.

    The widest form counts: a pair of dates before a length around a date, that before a date,
    that before a month or a year.
    """
    now = now.replace(tzinfo=None)
    for read in (_pair, _around, _open, _dated, _spoken, _of_month, _of_year):
        found = read(text, now)
        if found is not None:
            return found
    return None


def time_score(span: WallRange, scope: WallRange) -> float:
    """1 inside a scope, fading with the distance from it: Memory-T1's 1.5/(1+e^(x/2)) - 0.5.

    The distance x is in lengths of the scope; outside the score goes from 0.25 down to -0.5.
    """
    if span.overlaps(scope):
        return 1.0
    away = scope.start - span.end if span.end <= scope.start else span.start - scope.end
    length = max((scope.end - scope.start).total_seconds(), 1.0)
    x = max(away.total_seconds(), 0.0) / length
    return 1.5 / (1 + math.exp(min(0.5 * x, 700))) - 0.5


def recorded_at(video: Video, rows: Sequence[Memory]) -> str:
    """When a video was recorded: as its container says, else its file's name; empty if neither.

    ISO 8601 without a zone. Containers write UTC; a zone that they name is kept as the local time.
    """
    for row in rows:
        if row.kind is Kind.METADATA:
            for line in (row.text or "").splitlines():
                name, _, value = line.partition(": ")
                if name.lower() in ("creation time", "date") and (when := _stamp(value)):
                    return when
    return next(filter(None, (_stamp(path.rsplit("/", 1)[-1]) for path in video.paths)), "")


def when_recorded(video: Video) -> WallRange | None:
    """The wall-clock range that a video covers; None where nobody knows."""
    if not video.recorded_at:
        return None
    start = datetime.fromisoformat(video.recorded_at).replace(tzinfo=None)
    return WallRange(start, start + max(timedelta(microseconds=video.duration), INSTANT))


_FILE_STAMP = re.compile(
    r"(?<!\d)(?P<y>(?:19|20)\d\d)[-_.:]?(?P<m>0[1-9]|1[0-2])[-_.:]?(?P<d>0[1-9]|[12]\d|3[01])"
    r"(?:[-_ T.]?(?:at )?(?P<h>[01]\d|2[0-3])[-_.:]?(?P<min>[0-5]\d)[-_.:]?(?P<s>[0-5]\d)?)?(?!\d)"
)


def _stamp(text: str) -> str:
    """The first date in a stamp or a name, with its time if there is one; empty if there is none.

    The first moment of 1904 or 1970 is what clocks that were never set say.
    """
    found = _FILE_STAMP.search(text)
    if found is None:
        return ""
    parts = [int(found[name] or 0) for name in ("y", "m", "d", "h", "min", "s")]
    try:
        when = datetime(*parts, tzinfo=UTC).replace(tzinfo=None)  # pyright: ignore[reportArgumentType]
    except ValueError:  # 31 February
        return ""
    return "" if parts[0] in (1904, 1970) else when.isoformat()


def _pair(text: str, now: datetime) -> WallRange | None:
    found = _PAIR.search(text)
    if found is None:
        return None
    other = _point(found["other"], now)
    one = _point(found["one"], now, last=True)
    if one is None and other is not None and (clock := re.search(_CLOCK, found["one"], re.I)):
        one = _at_clock(clock, other[0])
    if one is None or other is None:
        return None
    start, end = one[0], other[1]
    if start > end and not re.search(_YEAR, found["one"]):  # "December 30 and January 2, 2024"
        start = start.replace(year=start.year - 1)
    return WallRange(start, end) if start <= end else None


def _around(text: str, now: datetime) -> WallRange | None:
    """A length before or after a date: everything from one to the other."""
    for found in _AROUND.finditer(text):
        point = _point(text[found.end() :], now)
        if point is not None:
            count, is_after = _number(found["count"]), found["side"].lower() == "after"
            far = _moved(point[0], count if is_after else -count, found["unit"])
            # Of a length after a time its last moment is a part, as people label such questions.
            return WallRange(point[0], far + INSTANT) if is_after else WallRange(far, point[0])
    return None


def _open(text: str, now: datetime) -> WallRange | None:
    """Everything before a date, or after it until now."""
    point = _point(text, now)
    side = None if point is None else _SIDE.search(text[: point[2]])
    if point is None or side is None:
        return None
    if side["side"].lower() in ("before", "until"):
        return WallRange(datetime.min, point[0])
    start = point[0] if side["side"].lower() == "since" else point[1]
    return WallRange(start, now) if start < now else None


def _dated(text: str, now: datetime) -> WallRange | None:
    point = _point(text, now)
    if point is None:
        return None
    start, end, at = point
    if part := _EVENING.search(text[:at]):
        first, last = _HOURS[part["part"].lower()]
        day = start.replace(hour=0, minute=0, second=0)
        return WallRange(day + timedelta(hours=first), day + timedelta(hours=last))
    return WallRange(start, end)


def _spoken(text: str, now: datetime) -> WallRange | None:
    """Times counted from now."""
    if found := _AGO.search(text):
        then = _moved(now, -_number(found["count"]), found["unit"])
        if found["unit"].lower() in ("minute", "hour"):
            return WallRange(then, now)
        return _whole(then, "day")
    if found := _PAST.search(text):
        return WallRange(_moved(now, -_number(found["count"] or "a"), found["unit"]), now)
    found = _NAMED.search(text)
    return None if found is None else _of_named(found, now)


def _of_named(found: re.Match[str], now: datetime) -> WallRange | None:
    today = _whole(now, "day")
    if name := found["day"]:
        shift = {"yesterday": -1, "tomorrow": 1}.get(name.lower(), 0)
        part = found["part"] or ("evening" if name.lower() == "tonight" else "")
        return _part_of(_shifted(today, shift), part)
    which, what = (found["which"] or "last").lower(), (found["what"] or found["on"]).lower()
    if what in _HOURS:
        return _part_of(_shifted(today, -1 if which == "last" else 0), what)
    if what in _DAYS:
        back = (now.weekday() - _DAYS[what]) % 7
        back = back or (7 if which == "last" and found["which"] else 0)
        return _shifted(today, 7 - back if which == "next" else -back)
    step = {"last": -1, "past": -1, "next": 1}.get(which, 0)
    if what == "weekend":
        saturday = _shifted(today, -((now.weekday() + 2) % 7) + (7 if step > 0 else 0))
        return WallRange(saturday.start, saturday.start + timedelta(days=2))
    return _whole(_moved(now, step, what), what)


def _of_month(text: str, now: datetime) -> WallRange | None:
    del now
    found = _MONTH_OF.search(text)
    if found is None:
        return None
    month = _whole(datetime(int(found["year"]), _MONTHS[found["month"].lower()], 1), "month")
    first, last = month.start, month.end
    part = (found["part"] or "").lower()
    edges = {"early": (first, first + timedelta(days=10)), "late": (first.replace(day=21), last)}
    edges["mid"] = first.replace(day=11), first.replace(day=21)
    return WallRange(*edges.get(part, (first, last)))


def _of_year(text: str, now: datetime) -> WallRange | None:
    del now
    found = _YEAR_OF.search(text)
    return None if found is None else _whole(datetime(int(found["year"]), 1, 1), "year")


def _point(
    text: str, now: datetime, *, last: bool = False
) -> tuple[datetime, datetime, int] | None:
    """The first (or last) date of a text: its start and end, and where it stands.

    A date is a whole day, with a time of day an instant.
    """
    found = [match for form in _POINTS for match in form.finditer(text)]
    if not found:
        return None
    best = max(found, key=lambda m: (m.start() if last else -m.start(), m.end() - m.start()))
    if last:
        best = max((m for m in found if m.end() == best.end()), key=lambda m: m.end() - m.start())
    named = best.groupdict()
    month = int(named.get("month_number") or _MONTHS[(named.get("month") or "").lower()])
    year = int(named["year"] or _near_year(text, best.end(), now))
    try:
        day = datetime(year, month, int(named["day"]))
    except ValueError:  # 31 June
        return None
    clock = re.search(_CLOCK, best.group(), re.IGNORECASE)
    if clock is None:
        return day, day + timedelta(days=1), best.start()
    start, end = _at_clock(clock, day)
    return start, end, best.start()


def _near_year(text: str, at: int, now: datetime) -> int:
    """The year of a date that names none: the next one that the text names, else this one."""
    found = re.search(_YEAR, text[at:])
    return int(found["year"]) if found else now.year


def _at_clock(clock: re.Match[str], day: datetime) -> tuple[datetime, datetime]:
    hour = int(clock["hour"] or clock["hour2"])
    half = (clock["half"] or clock["half2"] or "").lower()[:1]
    hour = hour % 12 + (12 if half == "p" else 0) if half else min(hour, 23)
    minute, second = int(clock["minute"] or 0), int(clock["second"] or 0)
    at = day.replace(hour=hour, minute=min(minute, 59), second=min(second, 59))
    return at, at + INSTANT


def _number(text: str) -> int:
    text = text.lower()
    if text.isdigit():
        return int(text)
    return {"a": 1, "an": 1, "a couple of": 2, "a few": 3}.get(text) or _COUNTS[text]


def _moved(when: datetime, count: int, unit: str) -> datetime:
    """A time so many units later; the last day of a month stays one."""
    unit = unit.lower()
    if unit in ("month", "year"):
        months = when.year * 12 + when.month - 1 + count * (12 if unit == "year" else 1)
        year, month = max(1, months // 12), months % 12 + 1
        day = min(when.day, calendar.monthrange(year, month)[1])
        return when.replace(year=year, month=month, day=day)
    return when + timedelta(**{f"{unit}s": count})


def _whole(when: datetime, unit: str) -> WallRange:
    """The day, week, month or year of a time."""
    day = when.replace(hour=0, minute=0, second=0, microsecond=0)
    starts: dict[str, Callable[[], datetime]] = {
        "day": lambda: day,
        "week": lambda: day - timedelta(days=day.weekday()),
        "month": lambda: day.replace(day=1),
        "year": lambda: day.replace(month=1, day=1),
    }
    start = starts[unit]()
    return WallRange(start, _moved(start, 1, unit))


def _shifted(day: WallRange, days: int) -> WallRange:
    return WallRange(day.start + timedelta(days=days), day.end + timedelta(days=days))


def _part_of(day: WallRange, part: str) -> WallRange:
    if not part:
        return day
    first, last = _HOURS[part.lower()]
    return WallRange(day.start + timedelta(hours=first), day.start + timedelta(hours=last))
