"""What a caller asks for instead, when what was wanted is not to be had."""

from simulator.dice import Dice
from simulator.people import Wish
from simulator.simulation.talk import Talk

__all__ = ["alternative"]

#: Of so many other wishes callers take the first that can be met. The tasks of DSTC2's callers named what to turn to,
#: and it was mostly there; fitted.
_THOUGHT_OF = 2


def alternative(wish: Wish, talk: Talk, dice: Dice) -> tuple[Wish, list[str]]:
    """Think of another wish of the kind, and of one that can be met rather than not.

    Parameters
    ----------
    wish
        What was wanted.
    talk
        Whose it is.
    dice
        All chance of it.

    Returns
    -------
    tuple[Wish, list[str]]
        The other wish, and the slots in which it differs; the wish as it was, and none, where nothing else came to
        mind.
    """
    other, changed = wish, list[str]()
    for place in range(_THOUGHT_OF):
        drawn = dice.branch("other", place)
        thought = talk.cast.wishes.other(wish, talk.customer, talk.day, talk.states(), drawn)
        differs = [slot for slot, value in thought.values.items() if value != wish.values.get(slot)]
        if differs:
            other, changed = thought, differs
            if _is_there(thought, talk):
                break
    return other, changed


def _is_there(wish: Wish, talk: Talk) -> bool:
    """Whether something is all that is wanted."""
    if wish.intent.searches is None:
        return True
    return any(
        all(item.name in _several(found.of.get(slot, ())) for slot, item in wish.items.items())
        for found in talk.cast.world.items(wish.intent.searches, talk.day)
    )


def _several(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value
