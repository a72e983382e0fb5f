"""Texts with slots in the place of what they are about."""

import re
from collections.abc import Iterable, Mapping

from streams.records import Interpretation, Slot
from streams.text import normalise

__all__ = ["abstract", "abstract_reading", "fill", "fill_reading", "fixed_words", "slots_of"]

#: No normalised text has a brace in it.
_SLOT = re.compile(r"\{([^{}]+)\}")


def abstract(text: str, slots: Iterable[Slot]) -> str | None:
    """Put slots in the place of their values.

    Parameters
    ----------
    text
        A normalised request.
    slots
        What it is about.

    Returns
    -------
    str or None
        None where there are no slots, where two have one name, or where the text does not hold each value, word by
        word, in a place of its own.

    Examples
    --------
    >>> abstract("dim the kitchen lights", [Slot(name="room", value="kitchen")])
    'dim the {room} lights'
    """
    values = sorted(
        ((slot.name, normalise(slot.value).split()) for slot in slots), key=lambda one: (-len(one[1]), one)
    )
    if not values or len({name for name, _ in values}) < len(values):
        return None
    words = text.split()
    for name, value in values:
        if not value or "{" in name or "}" in name or " " in name:
            return None
        place = next(
            (i for i in range(len(words) - len(value) + 1) if words[i : i + len(value)] == value), None
        )
        if place is None:
            return None
        words[place : place + len(value)] = [f"{{{name}}}"]
    return " ".join(words)


def abstract_reading(reading: Interpretation) -> Interpretation:
    """Put slots in the place of the values of an interpretation."""
    return reading.model_copy(
        update={"slots": tuple(Slot(name=slot.name, value=f"{{{slot.name}}}") for slot in reading.slots)}
    )


def fill(template: str, values: Mapping[str, str]) -> str:
    """Put values in the place of the slots."""
    return _SLOT.sub(lambda found: values[found[1]], template)


def fill_reading(reading: Interpretation, values: Mapping[str, str]) -> Interpretation:
    """Put values in the place of the slots of an interpretation."""
    return reading.model_copy(
        update={
            "slots": tuple(Slot(name=slot.name, value=fill(slot.value, values)) for slot in reading.slots)
        }
    )


def slots_of(template: str) -> frozenset[str]:
    """Names of the slots of a template; none of a plain text."""
    return frozenset(_SLOT.findall(template))


def fixed_words(template: str) -> int:
    """Count the words that are no slots."""
    return sum(not word.startswith("{") for word in template.split())
