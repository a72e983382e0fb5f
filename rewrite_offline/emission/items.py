"""An interpretation as a set of items, so that what is learned about one is learned about all that share it.

`inform+request(food=thai, request.slot=phone)` of the domain `restaurant` is the set

    intent:restaurant/inform  intent:restaurant/request
    slot:food  slot:food=thai  slot:request.slot  slot:request.slot=phone

A slot counts twice, with and without its value: that a food was named is often certain where the food is not.
"""

from streams.records import Interpretation

__all__ = ["NOTHING", "items_of", "kind_of", "slot_of", "value_of"]

#: The only item of an interpretation that holds no request.
NOTHING = "nothing"

_INTENT, _SLOT = "intent:", "slot:"


def items_of(interpretation: Interpretation | None) -> frozenset[str]:
    """Take an interpretation apart; None and the empty one are `NOTHING`."""
    if interpretation is None or interpretation.is_empty:
        return frozenset({NOTHING})
    domain = interpretation.domain or ""
    parts = {f"{_INTENT}{domain}/{part}" for part in (interpretation.intent or "").split("+")}
    slots = {f"{_SLOT}{slot.name}" for slot in interpretation.slots}
    values = {f"{_SLOT}{slot.name}={slot.value.casefold()}" for slot in interpretation.slots}
    return frozenset(parts | slots | values)


def slot_of(item: str) -> str | None:
    """Name of the slot that an item is about; None where it is about none.

    Examples
    --------
    >>> slot_of("slot:food=thai"), slot_of("slot:food"), slot_of("intent:music/play")
    ('food', 'food', None)
    """
    return item[len(_SLOT) :].split("=", 1)[0] if item.startswith(_SLOT) else None


def value_of(item: str) -> str | None:
    """Value that an item gives to its slot; None where it gives none."""
    return item.split("=", 1)[1] if item.startswith(_SLOT) and "=" in item else None


def kind_of(item: str) -> str:
    """What an item is, whatever its value: items of a kind are alike in how surely they are heard."""
    return item.split("=", 1)[0] + "=" if value_of(item) is not None else item
