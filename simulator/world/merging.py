"""What a world has from the one that it extends: tables merge key by key, intents by name, lists replace."""

from typing import Any

__all__ = ["Origins", "merged"]

#: For every intent of the merged world its place in the file itself; None: it has it from the other one.
Origins = list[int | None]

_Raw = dict[str, Any]


def merged(base: _Raw, own: _Raw) -> tuple[_Raw, Origins]:
    """Lay a world's own tables over those of the world that it extends.

    An intent of the same name takes the other's place; new ones come behind.
    """
    tables = _laid_over(base, own)
    inherited = list(base.get("intents", ()))
    origins: Origins = [None] * len(inherited)
    places = {intent.get("name"): place for place, intent in enumerate(inherited)}
    given = own.get("intents", ())
    for index, intent in enumerate(given if isinstance(given, list) else ()):
        name = intent.get("name") if isinstance(intent, dict) else None
        if name in places:
            inherited[places[name]] = intent
            origins[places[name]] = index
        else:
            inherited.append(intent)
            origins.append(index)
    tables["intents"] = inherited
    return tables, origins


def _laid_over(base: _Raw, own: _Raw) -> _Raw:
    result = {**base}
    for key, value in own.items():
        under = base.get(key)
        if isinstance(under, dict) and isinstance(value, dict):
            result[key] = _laid_over(under, value)
        else:
            result[key] = value
    return result
