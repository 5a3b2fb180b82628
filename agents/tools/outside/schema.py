"""What a server says of a tool, as arguments and a sentence of ours.

The types are those of JSON schema as far as plans need them (values, lists, choices); the server
checks the rest. Names that Python or pydantic keep for themselves get an underscore at their end.
"""

from __future__ import annotations

import hashlib
import json
import keyword
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Union, cast

from pydantic import BaseModel, Field, create_model

from agents.tools.assets import MediaKind
from agents.tools.base import Arguments, Takes
from agents.tools.outside.servers import Offered, one_line

Shape = Mapping[str, Any]

MOST_ARGUMENTS = 40
LONGEST = 20_000
"""Characters of a schema."""
SENTENCE = 200
DEEPEST = 4
PLAIN: dict[str, Any] = {
    "string": str,
    "integer": int,
    "number": float,
    "boolean": bool,
    "null": None,
    "object": dict[str, Any],
}


def fingerprint(offered: Offered) -> str:
    """What a tool is recognised by: any other description or schema is another tool."""
    parts = (offered.name, offered.description, offered.schema)
    return hashlib.sha256(json.dumps(parts).encode(errors="surrogatepass")).hexdigest()[:12]


def sentence_of(offered: Offered) -> str:
    """The first sentence of what a server says of a tool."""
    first = re.split(r"(?<=[.!?])\s", one_line(offered.description, 4 * SENTENCE))[0]
    told = one_line(first, SENTENCE).rstrip(".!?… ")
    return f"{told or 'It says nothing of itself'}."


def own_name(name: str) -> str:
    """A server's name of a tool, as ours: lower case letters, digits and underscores."""
    clean = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    return clean if clean[:1].isalpha() else f"t_{clean}"


def arguments_of(
    offered: Offered, takes: Mapping[str, MediaKind]
) -> tuple[type[Arguments], dict[str, str]]:
    """The arguments of a tool, and the server's names of them by ours.

    Raises:
        ValueError: its schema is none, or too large to be told to anybody.
    """
    shape: Shape = json.loads(offered.schema)
    found: Any = shape.get("properties", {})
    if not isinstance(found, dict) or shape.get("type", "object") != "object":
        raise ValueError("its arguments are no object")
    properties = cast("dict[str, Any]", found)
    if len(offered.schema) > LONGEST or len(properties) > MOST_ARGUMENTS:
        said = f"{len(properties)} arguments in {len(offered.schema):,} characters"
        raise ValueError(f"its schema is too large: {said}")
    needed = set(cast("list[str]", shape.get("required", [])))
    fields: dict[str, Any] = {}
    names: dict[str, str] = {}
    for name, about in properties.items():
        ours = _field_name(name, fields)
        names[ours] = name
        kind = takes.get(name)
        inner = cast("Shape", about if isinstance(about, dict) else {})
        of: Any = str if kind else type_of(inner)
        told = Field(description=one_line(str(inner.get("description", "")), SENTENCE) or None)
        marks = (told, Takes(kind)) if kind else (told,)
        if name in needed:
            fields[ours] = (Annotated[(of, *marks)], ...)  # pyright: ignore[reportInvalidTypeForm]
        else:
            fields[ours] = (Annotated[(Union[of, None], *marks)], None)  # noqa: UP007  # pyright: ignore
    model = create_model(own_name(offered.name).title(), __base__=Arguments, **fields)
    return model, names


def _field_name(name: str, taken: Mapping[str, Any]) -> str:
    """A name that a field of a pydantic model may have, and that no other has."""
    clean = re.sub(r"\W", "_", name).strip("_") or "argument"
    clean = clean if clean[0].isalpha() else f"a_{clean}"
    kept = keyword.iskeyword(clean) or clean.startswith("model_") or hasattr(BaseModel, clean)
    clean = f"{clean}_" if kept else clean
    while clean in taken:
        clean += "_"
    return clean


def type_of(shape: Shape, depth: int = 0) -> Any:  # noqa: ANN401
    """The type of values that a schema describes; anything where it is not plain."""
    if depth > DEEPEST:
        return Any
    choices = shape.get("enum")
    if isinstance(choices, list):
        plain = [c for c in cast("list[Any]", choices) if isinstance(c, str | int | bool)]
        return Literal[tuple(plain)] if plain else Any  # pyright: ignore
    for word in ("anyOf", "oneOf"):
        if isinstance(shape.get(word), list):
            parts = [cast("Shape", p) for p in shape[word] if isinstance(p, dict)]
            return _any_of([type_of(part, depth + 1) for part in parts])
    named = shape.get("type")
    if isinstance(named, list):
        parts = [{**shape, "type": one} for one in cast("list[Any]", named)]
        return _any_of([type_of(part, depth + 1) for part in parts])
    if named == "array":
        items = shape.get("items")
        inner = type_of(cast("Shape", items), depth + 1) if isinstance(items, dict) else Any
        return tuple[inner, ...]
    return PLAIN.get(str(named), Any)


def _any_of(types: list[Any]) -> Any:  # noqa: ANN401
    return Union[tuple(types)] if types and Any not in types else Any  # noqa: UP007  # pyright: ignore
