"""Settings from a TOML file, the environment and flags; a wrong key is an error."""

import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
)
from pydantic_settings import SettingsError as UnreadableSetting

from selflearn.errors import SettingsError
from selflearn.settings.settings import NESTED, PREFIX, Settings

__all__ = ["load_settings", "names_of"]

_FILE = Path("selflearn.toml")

#: Variables with our prefix that are no settings: the settings' file; for tests and evaluations, the folder of the
#: public corpora and the script that starts a broker.
_OTHER_VARIABLES = frozenset({"SELFLEARN_SETTINGS", "SELFLEARN_DATA", "SELFLEARN_KAFKA"})


def load_settings(file: Path | None = None, overrides: Iterable[str] = ()) -> Settings:
    """Read the settings, and refuse what is not one.

    Parameters
    ----------
    file
        The TOML file; where None, the one that SELFLEARN_SETTINGS names, or ./selflearn.toml where it is there.
    overrides
        Single settings as `section.name=value`; the value as in TOML, or a bare text.

    Returns
    -------
    Settings
        Complete and checked.

    Raises
    ------
    SettingsError
        The file is missing or no TOML, a key is unknown anywhere, or a value does not fit. All wrong keys are
        named at once, each with the nearest right one.
    """
    path = file or _named_file()
    from_file = {} if path is None else _read(path)
    from_flags = _parse(overrides)
    wrong = [
        *_unknown(from_file, f"{path}: "),
        *_unknown_variables(os.environ),
        *_unknown(from_flags, "--set "),
    ]
    if wrong:
        raise SettingsError("\n".join(wrong))
    return _validated(from_file, from_flags)


def names_of(model: type[BaseModel] = Settings, before: str = "") -> Iterator[str]:
    """Go over the dotted names of all settings."""
    for name, field in model.model_fields.items():
        section = _section(field.annotation)
        if section is None:
            yield f"{before}{name}"
        else:
            yield from names_of(section, f"{before}{name}.")


def _named_file() -> Path | None:
    named = os.environ.get("SELFLEARN_SETTINGS")
    if named:
        return Path(named)
    return _FILE if _FILE.is_file() else None


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(f"there is no settings file {path}") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"cannot read the settings file {path}: {error}") from error


def _parse(overrides: Iterable[str]) -> dict[str, Any]:
    """Bring `a.b=value` texts into the nested form of a file."""
    nested: dict[str, Any] = {}
    for text in overrides:
        name, equals, value = text.partition("=")
        *sections, last = name.strip().split(".")
        if not equals or not last:
            raise SettingsError(f"--set {text!r} is not of the form section.name=value")
        place = nested
        for section in sections:
            place = place.setdefault(section, {})
            if not isinstance(place, dict):
                raise SettingsError(f"--set {text!r}: {section} is a value, not a section")
        place[last] = _value(value.strip())
    return nested


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _validated(from_file: Mapping[str, Any], from_flags: Mapping[str, Any]) -> Settings:
    class Given(Settings):
        """The settings with the file that was named."""

        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return (
                init_settings,
                _Environment(settings_cls),
                InitSettingsSource(settings_cls, dict(from_file)),
            )

    try:
        return Given(**from_flags)
    except ValidationError as error:
        # Without the values, which may be secrets.
        lines = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False)]
        raise SettingsError("wrong values in the settings:\n" + "\n".join(lines)) from error
    except UnreadableSetting as error:
        raise SettingsError(f"{error}; sections and lists in the environment are JSON") from error


class _Environment(EnvSettingsSource):
    """The environment, where durations may be plain seconds, as they may in a file.

    It sets single settings and never a whole section.
    """

    def _load_env_vars(self) -> Mapping[str, str | None]:
        sections = {
            _variable(name).lower()
            for name, field in Settings.model_fields.items()
            if _section(field.annotation)
        }
        return {name: value for name, value in super()._load_env_vars().items() if name not in sections}

    def __call__(self) -> dict[str, Any]:
        found = super().__call__()
        for name, value in found.items():
            section = _section(self.settings_cls.model_fields[name].annotation)
            if section is not None and isinstance(value, dict):
                found[name] = {key: _seconds(section, key, part) for key, part in value.items()}
        return found


def _seconds(section: type[BaseModel], key: str, value: Any) -> Any:
    field = section.model_fields.get(key)
    if field is None or field.annotation is not timedelta or not isinstance(value, str):
        return value
    try:
        return float(value)
    except ValueError:
        return value


def _section(annotation: Any) -> type[BaseModel] | None:
    """Return the model of a field that is a section, or None."""
    if get_origin(annotation) in (Union, UnionType):
        return next((found for part in get_args(annotation) if (found := _section(part))), None)
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def _unknown(given: Mapping[str, Any], where: str) -> list[str]:
    known = set(names_of())
    sections = {name.rsplit(".", depth)[0] for name in known for depth in range(1, name.count(".") + 1)}

    def walk(part: Mapping[str, Any], before: str) -> Iterator[str]:
        for key, value in part.items():
            name = f"{before}{key}"
            if name in sections and isinstance(value, Mapping):
                yield from walk(value, f"{name}.")
            elif name not in known and name not in sections:
                yield f"{where}{name} is not a setting{_meant(name, known | sections)}"

    return list(walk(given, ""))


def _unknown_variables(environment: Mapping[str, str]) -> list[str]:
    variables = {_variable(name) for name in names_of()}
    # A setting that is itself a mapping takes its keys as further parts of the variable's name.
    mappings = tuple(f"{_variable(name)}{NESTED}" for name in names_of() if name.startswith("kafka."))
    wrong = []
    for name in sorted(environment):
        upper = name.upper()
        if not upper.startswith(PREFIX) or upper in variables | _OTHER_VARIABLES:
            continue
        if not upper.startswith(mappings):
            known = variables | _OTHER_VARIABLES
            wrong.append(f"environment: {name} is not a setting{_meant(upper, known)}")
    return wrong


def _variable(name: str) -> str:
    return PREFIX + name.replace(".", NESTED).upper()


def _meant(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else "; docs/settings.md names all there are"
