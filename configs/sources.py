"""Files that settings are read from, and names in them or in the environment that set nothing."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, cast, get_origin

from pydantic import BaseModel, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsError

PREFIX = "BACKTRAIL_"
FOLDER = f"{PREFIX}CONFIG"
"""Names the folder that holds `.env` and `backtrail.toml`."""
NO_SETTINGS = frozenset((FOLDER, f"{PREFIX}SHARED"))
"""Variables that are ours but no settings: the folder above, and where tests find their data."""
ALIKE = 0.6
"""Similarity (0 to 1) from which a name may be what was meant."""


class FileSource(PydanticBaseSettingsSource):
    """The values of one TOML file; none where there is no such file."""

    def __init__(self, settings_cls: type[BaseSettings], path: Path) -> None:
        super().__init__(settings_cls)
        self._path = path

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:  # noqa: ANN401
        """One value of the file."""
        return self().get(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        """All values of the file."""
        return toml_values(self._path)


class KeylessSource(FileSource):
    """The values of the user's TOML file, which may hold no keys: it is copied and shown around."""

    def __call__(self) -> dict[str, Any]:
        """All values of the file.

        Raises:
            SettingsError: a key of an endpoint stands in it.
        """
        values = super().__call__()
        secrets = set(dotted(values)) & secret_names(self.settings_cls)
        if secrets:
            names = ", ".join(sorted(secrets))
            raise SettingsError(
                f"{self._path} holds {names}: keys are read from the environment or .env only"
            )
        return values


def toml_values(path: Path) -> dict[str, Any]:
    """What a TOML file says; nothing for a file that does not exist.

    Raises:
        SettingsError: it is no TOML.
    """
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is no TOML: {error}") from error


def config_folder(checkout: Path) -> Path:
    """Where `.env` and `backtrail.toml` lie: beside the code unless `BACKTRAIL_CONFIG` names it.

    The folder in which a command happens to be run is not read: a file there, from whomever, could
    send questions, and the key with them, to an endpoint of its own.
    """
    return Path(os.environ.get(FOLDER) or checkout).expanduser()


def unknown_names(
    settings_cls: type[BaseSettings], given: Iterable[str], values: Mapping[str, Any]
) -> list[str]:
    """What sets nothing, each with the name that may have been meant, in a sentence.

    Args:
        settings_cls: The settings there are.
        given: Names of variables, of the environment and of `.env`.
        values: What `backtrail.toml` says.
    """
    known = setting_names(settings_cls)
    variables = {PREFIX + name.upper().replace(".", "__"): own for name, own in known.items()}
    said: list[str] = []
    for name in sorted({name.upper() for name in given} - NO_SETTINGS):
        if name.startswith(PREFIX) and not _is_known(name, variables, "__"):
            said.append(f"{name} sets nothing{_meant(name, variables)}")
    for name in dotted(values):
        if not _is_known(name, known, "."):
            said.append(f"{name} in backtrail.toml sets nothing{_meant(name, known)}")
    return said


def setting_names(model: type[BaseModel], above: str = "") -> dict[str, bool]:
    """Dotted names of all settings and groups of them; True where any name may follow."""
    found: dict[str, bool] = {}
    for name, field in model.model_fields.items():
        inner = field.annotation
        found[above + name] = get_origin(inner) is dict
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            found |= setting_names(inner, f"{above}{name}.")
    return found


def secret_names(model: type[BaseModel], above: str = "") -> set[str]:
    """Dotted names of the settings that are secrets."""
    found: set[str] = set()
    for name, field in model.model_fields.items():
        inner = field.annotation
        if inner is SecretStr:
            found.add(above + name)
        elif isinstance(inner, type) and issubclass(inner, BaseModel):
            found |= secret_names(inner, f"{above}{name}.")
    return found


def dotted(values: Mapping[str, Any], above: str = "") -> list[str]:
    """Dotted names of all values in nested tables."""
    found: list[str] = []
    for name, value in values.items():
        inner = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
        nested = dotted(inner, f"{above}{name}.")
        found += nested or [above + name]
    return found


def _is_known(name: str, known: Mapping[str, bool], between: str) -> bool:
    """Whether a name is a setting, or stands below one in which any name may."""
    return name in known or any(own and name.startswith(o + between) for o, own in known.items())


def _meant(name: str, known: Iterable[str]) -> str:
    own = {one.removeprefix(PREFIX): one for one in known}
    close = get_close_matches(name.removeprefix(PREFIX), list(own), n=1, cutoff=ALIKE)
    return f"; did you mean {own[close[0]]}?" if close else ""
