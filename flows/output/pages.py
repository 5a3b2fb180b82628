"""What self-contained pages have in common: templates that escape everything, and their policy."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment


def environment_of_pages() -> Environment:
    """Templates of this folder; whatever they are given is escaped, but what is `verbatim`."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"verbatim": Markup}
    return environment


def source_of_template(environment: Environment, name: str) -> str:
    """A template as it stands in its file."""
    assert environment.loader is not None
    return environment.loader.get_source(environment, name)[0]


def policy_of(style: str, script: str = "") -> str:
    """A content security policy that lets a page run its own script and style, and no other."""
    scripts = f"script-src '{_hash(script)}'; " if script else ""
    return (
        f"default-src 'none'; base-uri 'none'; form-action 'none'; "
        f"{scripts}style-src '{_hash(style)}'; "
        "img-src data: file: 'self'; media-src data: file: 'self'"
    )


def data_uri(content: bytes, mime: str) -> str:
    """The content as a URL."""
    return f"data:{mime};base64,{base64.b64encode(content).decode()}"


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
