"""Values that stand on cards or are said: what is shown, and which words of it an answer must hold.

Pools of names and places are split in two, so that what a reader is fitted on and what it is
reported on share none.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

Split = Literal["fit", "held_out"]

FIRST = (
    "Maria Jonas Aisha Peter Lucia Omar Greta Daniel Yuki Carlos Nina Tomas Fatima Henrik Clara "
    "Mateo Ingrid Pavel Sofia Liam Amara Victor Elena Bruno Hanna Rafael Zoe Anton Leila Marcus"
).split()
LAST = (
    "Olsen Tanaka Moreau Novak Berg Silva Haddad Fischer Okafor Lindgren Rossi Petrov Walker "
    "Nakamura Duarte Keller Vance Adeyemi Castro Hoffmann Larsen Mendes Khan Virtanen Bailey "
    "Ferraro Stone Ito"
).split()
PLACES = (
    "Oslo Porto Lyon Graz Turin Leeds Bergen Krakow Seville Ghent Tampere Basel Cork Malmo Bremen "
    "Valencia Utrecht Tartu Brno Nantes Aarhus Zadar Split Bologna Dresden Tromso Geneva Varna"
).split()
ROOMS = "Room Hall Gate Dock Bay Studio Lab Suite".split()
MONTHS = (
    "January February March April May June July August September October November December"
).split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
COLOURS = "red blue green yellow purple orange brown pink white black".split()
MATERIALS = "steel oak glass copper wool cotton leather bamboo marble linen paper rubber".split()
WEATHER = (
    "sunny cloudy rainy foggy windy snowy stormy clear hail drizzle thunder overcast"
).split()
REASONS = (
    "a broken pump", "heavy snow", "a strike", "a power cut", "strong wind", "a missing permit",
    "an empty battery", "a flooded road", "a late delivery", "a sick driver", "a software fault",
    "a burst pipe", "thick fog", "a lost key", "a leaking roof", "a fallen tree",
)  # fmt: skip
NUMBERS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty"
).split()


@dataclass(frozen=True)
class Value:
    """A value as it is shown, and groups of words of which an answer must hold one each."""

    shown: str
    groups: tuple[tuple[str, ...], ...]


def own(pool: Sequence[str], split: Split) -> list[str]:
    """The part of a pool that a split may use: every second word."""
    return list(pool)[0 if split == "fit" else 1 :: 2]


def number_words(count: int) -> tuple[str, ...]:
    """A number in digits and in words."""
    return (str(count), NUMBERS[count]) if count < len(NUMBERS) else (str(count),)


def make(kind: str, rng: random.Random, split: Split) -> Value:
    """A value of a kind, drawn with `rng`.

    Raises:
        KeyError: no such kind.
    """
    return _MAKERS[kind](rng, split)


def _plain(text: str) -> Value:
    return Value(text, ((text.lower(),),))


def _code(rng: random.Random, _: Split) -> Value:
    letters = "".join(rng.sample("ABCDEFHJKLMNPRTUVXY", 2))
    digits = rng.randint(101, 9899)
    text = rng.choice([f"{letters}-{digits}", f"{letters}{digits}", f"{digits}-{letters}"])
    return _plain(text)


def _pin(rng: random.Random, _: Split) -> Value:
    return _plain(str(rng.randint(1001, 9899)))


def _price(rng: random.Random, _: Split) -> Value:
    whole, cents = rng.randint(1, 949), rng.choice((0, 20, 25, 49, 50, 75, 90, 95, 99))
    bare = f"{whole}.{cents:02d}"
    shown = rng.choice([f"${bare}", f"€{bare}", f"{bare} EUR", f"£{bare}"])
    other = (f"{whole}",) if cents == 0 else ()
    return Value(shown, ((bare, *other),))


def _big_price(rng: random.Random, _: Split) -> Value:
    thousands, rest = rng.randint(1, 48), rng.randint(0, 999)
    comma, dot = f"{thousands},{rest:03d}", f"{thousands}.{rest:03d},00"
    plain = f"{thousands}{rest:03d}"
    shown = rng.choice([f"${comma}", f"{dot} EUR", f"{plain} CHF"])
    return Value(shown, ((comma, f"{thousands}.{rest:03d}", plain),))


def _date(rng: random.Random, _: Split) -> Value:
    day, month, year = rng.randint(1, 28), rng.randint(0, 11), rng.randint(1998, 2031)
    name = MONTHS[month]
    iso = f"{year}-{month + 1:02d}-{day:02d}"
    dotted = f"{day:02d}.{month + 1:02d}.{year}"
    shown = rng.choice([f"{day} {name} {year}", f"{name} {day}, {year}", iso, dotted])
    said = (f"{day} {name}".lower(), f"{name} {day}".lower(), iso, dotted)
    return Value(shown, (said,))


def _time(rng: random.Random, _: Split) -> Value:
    hour, minute = rng.randint(6, 22), rng.choice((0, 5, 10, 15, 20, 25, 30, 40, 45, 50, 55))
    clock = f"{hour:02d}:{minute:02d}"
    twelve = f"{(hour - 1) % 12 + 1}:{minute:02d}"
    shown = rng.choice([clock, clock, f"{twelve} {'am' if hour < 12 else 'pm'}"])
    return Value(shown, ((clock, twelve),))


def _percent(rng: random.Random, _: Split) -> Value:
    count = rng.choice([rng.randint(2, 98), round(rng.uniform(1, 98), 1)])
    return Value(f"{count}%", ((str(count),),))


def _measure(*units: str, low: int = 2, high: int = 940) -> Callable[[random.Random, Split], Value]:
    def made(rng: random.Random, _: Split) -> Value:
        count = rng.randint(low, high)
        bare = rng.choice([str(count), str(count), f"{count / 10:.1f}"])
        return Value(f"{bare} {rng.choice(units)}", ((bare,),))

    return made


def _degrees(rng: random.Random, _: Split) -> Value:
    count = rng.randint(-24, 39)
    return Value(f"{count} °C", ((str(count),),))


def _count(rng: random.Random, _: Split) -> Value:
    count = rng.randint(3, 980)
    return Value(str(count), (number_words(count),))


def _room(rng: random.Random, _: Split) -> Value:
    number = f"{rng.choice(['', 'A', 'B', 'C'])}{rng.randint(2, 420)}"
    return Value(f"{rng.choice(ROOMS)} {number}", ((number.lower(),),))


def _phone(rng: random.Random, _: Split) -> Value:
    first, second = rng.randint(200, 989), rng.randint(1000, 9899)
    return Value(f"555-{first}-{second}", ((f"{first}-{second}",),))


def _name(rng: random.Random, split: Split) -> Value:
    first, last = rng.choice(own(FIRST, split)), rng.choice(own(LAST, split))
    return Value(f"{first} {last}", ((last.lower(),),))


def _mail(rng: random.Random, split: Split) -> Value:
    last, place = rng.choice(own(LAST, split)).lower(), rng.choice(own(PLACES, split)).lower()
    return _plain(f"{last}@{place}.example")


def _address(rng: random.Random, split: Split) -> Value:
    last, number = rng.choice(own(LAST, split)), rng.randint(2, 190)
    return Value(f"{number} {last} Street", ((f"{number} {last}".lower(),),))


def _of(pool: Sequence[str]) -> Callable[[random.Random, Split], Value]:
    return lambda rng, split: _plain(rng.choice(own(pool, split)))


def _any(pool: Sequence[str]) -> Callable[[random.Random, Split], Value]:
    return lambda rng, _: _plain(rng.choice(pool))


_MAKERS: dict[str, Callable[[random.Random, Split], Value]] = {
    "code": _code,
    "pin": _pin,
    "price": _price,
    "sum": _big_price,
    "date": _date,
    "time": _time,
    "percent": _percent,
    "weight": _measure("kg", "g", "lb"),
    "length": _measure("m", "km", "cm"),
    "volume": _measure("l", "ml", "cl"),
    "speed": _measure("km/h", "mph", high=210),
    "power": _measure("W", "kWh", "V"),
    "minutes": _measure("min", "minutes", low=20, high=95),
    "people": _measure("people", "guests", low=20, high=300),
    "degrees": _degrees,
    "count": _count,
    "room": _room,
    "phone": _phone,
    "name": _name,
    "mail": _mail,
    "address": _address,
    "place": _of(PLACES),
    "material": _of(MATERIALS),
    "weather": _of(WEATHER),
    "reason": _of(REASONS),
    "month": _any(MONTHS),
    "day": _any(DAYS),
    "colour": _any(COLOURS),
}
KINDS = tuple(_MAKERS)
"""Every kind of value."""
