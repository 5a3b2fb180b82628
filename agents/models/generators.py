"""Models that make pictures and videos: one port for whatever they are made from.

An order goes in: words, a size, a length, perhaps the picture or the video that it starts from. The
bytes of a file come out, with what they cost. Adapters are `openai_compatible/generator.py` and the
double in `scripted_generator.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal, Protocol

from agents.errors import ModelFailed, ModelMissing
from agents.models.openai_compatible.endpoint import Endpoint
from agents.models.openai_compatible.middleware import PLAIN, Middleware
from agents.models.openai_compatible.secrets import Secrets, no_secrets

Role = Literal["image_generator", "video_generator", "video_editor"]
ROLES: tuple[Role, ...] = ("image_generator", "video_generator", "video_editor")
"""Pictures of words; videos of a picture and words; videos of a video and words."""
GRID = 16
"""Sides that are asked for are a multiple of this, as models want it."""
LONG_SIDE = 1280
"""Longest side, in pixels, of videos that are asked for where no sizes are named."""

Size = tuple[int, int]
"""Width and height in pixels."""


class NotGenerated(ModelFailed):
    """Nothing was made; `usd` is what it may have cost all the same."""

    def __init__(self, message: str, hint: str = "", usd: float = 0.0) -> None:
        super().__init__(message, hint)
        self.usd = usd


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be made."""

    prompt: str
    size: Size
    seconds: float = 0.0
    """Length of a video; of the given one where a video is edited."""
    given: Path | None = None
    """The picture or the video that it is made from."""


@dataclass(frozen=True, slots=True)
class Generated:
    """A file that was made."""

    data: bytes
    suffix: str
    usd: float


@dataclass(frozen=True, slots=True)
class Watch:
    """The bounds of a call, and who looks on."""

    seconds: float = 600.0
    bytes: int = 1_000_000_000
    progress: Callable[[float], None] = lambda share: None
    cancelled: Callable[[], bool] = lambda: False


@dataclass(frozen=True, slots=True)
class Terms:
    """What a generator offers, for how much, and the most that may be spent on one call."""

    usd: float = 0.0
    """US dollars of a call."""
    usd_second: float = 0.0
    """US dollars of each second of video, besides."""
    most_usd: float = 1.0
    sizes: tuple[Size, ...] = ()
    """Those that it makes; empty for any."""
    lengths: tuple[float, ...] = ()
    """Seconds of the videos that it makes; empty for any up to `longest`."""
    longest: float = 20.0

    def __str__(self) -> str:
        told = f"{self.usd:g} US dollars a call"
        return f"{told} and {self.usd_second:g} a second" if self.usd_second else told

    def price(self, seconds: float = 0.0) -> float:
        """US dollars of a call that makes so many seconds."""
        return self.usd + self.usd_second * seconds

    def size_near(self, width: int, height: int, most: int = LONG_SIDE) -> Size:
        """The size it makes whose shape, and then whose area, is nearest.

        Where it makes any, no side is longer than `most` pixels.
        """
        if not self.sizes:
            scale = min(1.0, most / max(width, height))
            return _on_grid(width * scale), _on_grid(height * scale)
        aspect, area = width / height, width * height

        def off(size: Size) -> tuple[float, int]:
            own = size[0] / size[1]
            return round(max(own / aspect, aspect / own), 2), abs(size[0] * size[1] - area)

        return min(self.sizes, key=off)

    def length_near(self, seconds: float) -> float:
        """The length it makes that is nearest; of two the shorter one."""
        if not self.lengths:
            return min(seconds, self.longest)
        return min(sorted(self.lengths), key=lambda length: abs(length - seconds))


class Generator(Protocol):
    """Makes pictures or videos."""

    @property
    def name(self) -> str:
        """The model's name; in traces, and part of the key of what it made."""
        ...

    @property
    def terms(self) -> Terms:
        """What it offers, and for how much."""
        ...

    def generate(self, order: Order, watch: Watch) -> Generated:
        """The file that is ordered; asked for once, since it may be paid for.

        Raises:
            NotGenerated: nothing came, or no such file.
            ModelMissing: the key of its endpoint is not set.
        """
        ...

    def close(self) -> None:
        """Close what is open; the next call opens it again."""
        ...


@dataclass(frozen=True, slots=True)
class GeneratorSpec:
    """Which generator plays a role, free of secrets."""

    role: Role
    terms: Terms
    endpoint: Endpoint | None = None
    """None for the double."""

    @property
    def spends(self) -> bool:
        """Whether a call of it costs anything."""
        return bool(self.terms.usd or self.terms.usd_second)


@dataclass(frozen=True, slots=True)
class Generators:
    """The generators of a process; None where no model plays the role."""

    image_generator: Generator | None = None
    video_generator: Generator | None = None
    video_editor: Generator | None = None
    specs: tuple[GeneratorSpec, ...] = ()

    def spec(self, role: Role) -> GeneratorSpec | None:
        """What a role is played by."""
        return next((spec for spec in self.specs if spec.role == role), None)

    def close(self) -> None:
        """Close the connections of all of them."""
        for generator in (self.image_generator, self.video_generator, self.video_editor):
            if generator is not None:
                generator.close()


NONE = Generators()
"""Nobody generates."""


@lru_cache(maxsize=8)
def open_generators(
    specs: tuple[GeneratorSpec, ...], secrets: Secrets = no_secrets, middleware: Middleware = PLAIN
) -> Generators:
    """The generators of specs, once per process; nothing is connected before the first call.

    Raises:
        ModelMissing: an endpoint cannot be used.
    """
    made = {spec.role: _opened(spec, secrets, middleware) for spec in specs}
    return Generators(**made, specs=specs)


def _opened(spec: GeneratorSpec, secrets: Secrets, middleware: Middleware) -> Generator:
    if spec.endpoint is None:
        from agents.models.scripted_generator import ScriptedGenerator

        return ScriptedGenerator(spec.role, spec.terms)
    from agents.models.openai_compatible.generator import EndpointGenerator

    return EndpointGenerator(spec.role, spec.endpoint, spec.terms, secrets, middleware)


def generated(data: bytes, role: Role, usd: float, watch: Watch) -> Generated:
    """What came, if it is a file that the role gives and no larger than it may be.

    Raises:
        NotGenerated: it is not; the money is gone all the same.
    """
    if len(data) > watch.bytes:
        said = f"it has {len(data):,} bytes, and {watch.bytes:,} are allowed"
        raise NotGenerated(said, "ask for less, or raise --budget bytes=N", usd)
    return Generated(data, suffix_of(data, role), usd)


def suffix_of(data: bytes, role: Role) -> str:
    """The suffix of a file by its first bytes.

    Raises:
        NotGenerated: it is of no form that the role gives.
    """
    known = _PICTURES if role == "image_generator" else _VIDEOS
    for suffix, (at, mark) in known.items():
        if data[at : at + len(mark)] == mark:
            return suffix
    what = "picture" if role == "image_generator" else "video"
    raise NotGenerated(f"the reply is no {what}: it begins with {data[:12]!r}")


_PICTURES = {".png": (0, b"\x89PNG"), ".jpg": (0, b"\xff\xd8\xff"), ".webp": (8, b"WEBP")}
_VIDEOS = {".mp4": (4, b"ftyp"), ".webm": (0, b"\x1a\x45\xdf\xa3")}


def _on_grid(side: float) -> int:
    return max(GRID, round(side / GRID) * GRID)


def missing_generator(role: Role) -> ModelMissing:
    """What to say where no model plays a role."""
    return ModelMissing(f"no model plays {role}", f"set BACKTRAIL_{role.upper()}__BASE_URL")
