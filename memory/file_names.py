r"""Names of files that are no UTF-8: Python writes their bytes as lone surrogates.

No table, no JSON of other programs and no terminal takes those. In tables and in parameters of runs
they stand as characters of the last private plane and are brought back when read; people see
`caf\xe9.mp4`.
"""

from __future__ import annotations

import re
from typing import Any

_SURROGATE = re.compile("[\ud800-\udfff]")
_FIRST, _COUNT, _MOVED = 0xDC80, 128, 0x10FE80
_BACK = {_MOVED + place: _FIRST + place for place in range(_COUNT)}


def storable(value: Any) -> Any:  # noqa: ANN401
    """A text, or a list of texts, without lone surrogates; anything else is left as it is."""
    if isinstance(value, str):
        return value if value.isascii() else _SURROGATE.sub(_moved, value)
    if isinstance(value, list):
        return [storable(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    return value


def restored(value: Any) -> Any:  # noqa: ANN401
    """What `storable` was given."""
    if isinstance(value, str):
        return value if value.isascii() else value.translate(_BACK)
    if isinstance(value, list):
        return [restored(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    return value


def displayed(name: str) -> str:
    r"""A name as people see it: bytes that are no UTF-8 as `\xe9`."""
    if name.isascii():
        return name
    return _SURROGATE.sub(lambda found: f"\\x{ord(found.group()) & 0xFF:02x}", name)


def _moved(found: re.Match[str]) -> str:
    place = ord(found.group()) - _FIRST
    return chr(_MOVED + place) if 0 <= place < _COUNT else "\ufffd"
