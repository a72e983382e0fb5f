"""What people say: the wording they are used to, or any; less than is needed, and more; short answers."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from simulator.dice import Dice
from simulator.people.drift import Drift
from simulator.people.homes import Customer
from simulator.people.memory import Memory
from simulator.people.wishes import Wish
from simulator.world import Phrasing, World
from simulator.world.schema import Intent
from streams.records import Interpretation, Slot

__all__ = ["Spoken", "Words"]

_FILLERS = ("um", "uh", "okay", "hey", "so", "well")
#: A short answer: the value alone, mostly.
_ANSWERS = ("{}", "{} please", "the {}", "um {}")
_ANSWER_SHARES = (0.8, 0.1, 0.05, 0.05)
#: What people say besides requests, and what worlds call it.
_CALLED = {
    "affirm": ("affirm", "yes"),
    "bye": ("bye",),
    "cancel": ("cancel",),
    "complain": ("complain",),
    "deny": ("deny", "no"),
    "repeat": ("repeat",),
    "thank": ("thank", "thanks"),
}


class Spoken(NamedTuple):
    """Something that somebody says.

    Attributes
    ----------
    text
        The words.
    meaning
        What they mean, by themselves or as the answer to a question.
    phrasing
        The text with its slots open; None where it is an answer or a courtesy.
    """

    text: str
    meaning: Interpretation
    phrasing: Phrasing | None = None


class _Ways(NamedTuple):
    """Ways to say something, with the running sums of their weights."""

    phrasings: tuple[Phrasing, ...]
    sums: tuple[float, ...]

    def draw(self, dice: Dice) -> Phrasing:
        return dice.weighted(self.phrasings, cumulative=self.sums)


class Words:
    """How the people of a world put what they want.

    Parameters
    ----------
    world
        Its wordings.
    seed
        Decides what each person is used to.
    drift
        Who has taken to which slang.
    """

    def __init__(self, world: World, seed: int, drift: Drift) -> None:
        self._world = world
        self._people = world.file.people
        self._seed = seed
        self._names = frozenset(intent.name for intent in world.file.intents)
        self._slang = lru_cache(maxsize=4_096)(drift.slang)
        self._starts = tuple(
            sorted({p.from_day for intent in world.file.intents for p in world.phrasings(intent.name)})
        )
        self._since = lru_cache(maxsize=4)(self._last_start)
        self._ways = lru_cache(maxsize=8_192)(self._drawn_ways)
        self._own = lru_cache(maxsize=100_000)(self._drawn_own)

    def first(self, wish: Wish, customer: Customer, memory: Memory, day: int, dice: Dice) -> Spoken:
        """Say what is wanted for the first time."""
        intent = wish.intent
        whole = frozenset(wish.values)
        left = {slot for slot in intent.asks if slot in whole and dice.chance(self._people.leave_out)}
        slots = whole - left
        if left and not self._ways(intent.name, slots, self._since(day)).phrasings:
            slots = whole
        phrasing = self._usual(intent, slots, customer, memory, day, dice)
        filler = f"{dice.pick(_FILLERS)} " if dice.chance(self._people.fillers) else ""
        return self._said(wish, phrasing, filler)

    def other(self, wish: Wish, tried: Iterable[str], day: int, dice: Dice) -> Spoken | None:
        """Say the same in other words than those that were tried; None where there are none."""
        return self._untried(wish, frozenset(wish.values), frozenset(tried), day, dice)

    def more(self, wish: Wish, tried: Iterable[str], day: int, dice: Dice) -> tuple[Wish, Spoken] | None:
        """Say it with more detail: what was left out, or what else is true of what is wanted."""
        known = dict(wish.values)
        for item in wish.items.values():
            for of, value in item.of.items():
                if of in wish.intent.optional and of not in known:
                    known[of] = value if isinstance(value, str) else value[0]
        whole = Wish(wish.intent, wish.meant, wish.items, known)
        said = self._untried(whole, frozenset(known), frozenset(tried), day, dice)
        return None if said is None else (whole, said)

    def alike(self, wish: Wish, last: Spoken) -> Spoken | None:
        """Say something of the kind as the last one was said; None where that would leave out what is wanted."""
        phrasing = last.phrasing
        if phrasing is None or phrasing.slots != frozenset(wish.values):
            return None
        return self._said(wish, phrasing, "")

    def some(
        self, wish: Wish, slots: frozenset[str], tried: Iterable[str], day: int, dice: Dice
    ) -> Spoken | None:
        """Say some of what is wanted, in words that were not tried; None where there are none."""
        return self._untried(wish, slots, frozenset(tried), day, dice)

    def naming(self, wish: Wish, slot: str, day: int, dice: Dice) -> Spoken:
        """Say one value of what is wanted."""
        ways = self._ways(wish.intent.name, frozenset({slot}), self._since(day))
        naming = tuple(phrasing for phrasing in ways.phrasings if phrasing.slots)
        if not naming:
            return Spoken(wish.values[slot], interpretation(wish.intent.name, {slot: wish.values[slot]}))
        return self._said(wish, dice.weighted(naming, [phrasing.weight for phrasing in naming]), "")

    def plain(self, intent: Intent, day: int, dice: Dice) -> Spoken | None:
        """Say something that has no values."""
        ways = self._ways(intent.name, frozenset(), self._since(day))
        if not ways.phrasings:
            return None
        phrasing = ways.draw(dice)
        return Spoken(phrasing.text, interpretation(intent.name, {}), phrasing)

    def answer(self, wish: Wish, slot: str, dice: Dice) -> Spoken:
        """Answer the assistant's question for a slot."""
        value = wish.values[slot]
        text = dice.weighted(_ANSWERS, _ANSWER_SHARES).format(value)
        return Spoken(text, interpretation(wish.meant, {slot: value}))

    def courtesy(self, kind: str, day: int, dice: Dice) -> Spoken | None:
        """Say thanks, no, never mind; None where the world has no words for it."""
        name = next((name for word in _CALLED[kind] if (name := f"chat/{word}") in self._names), None)
        if name is None:
            return None
        phrasing = self._ways(name, frozenset(), self._since(day)).draw(dice)
        return Spoken(phrasing.text, interpretation(name, {}))

    def _usual(
        self,
        intent: Intent,
        slots: frozenset[str],
        customer: Customer,
        memory: Memory,
        day: int,
        dice: Dice,
    ) -> Phrasing:
        ways = self._ways(intent.name, slots, self._since(day))
        if not dice.chance(self._people.own_words):
            return ways.draw(dice)
        slang = self._slang(customer.customer_id, day)
        taken = [phrasing for phrasing in ways.phrasings if phrasing.wording in slang] if slang else []
        if taken:
            return dice.pick(taken)
        learned = memory.wording(customer.customer_id, intent.name)
        if learned is not None:
            known = next((each for each in ways.phrasings if each.text == learned), None)
            if known is not None:
                return known
        own = self._own(customer.customer_id, intent.name, slots)
        return ways.draw(dice) if own is None else own

    def _untried(
        self, wish: Wish, slots: frozenset[str], tried: frozenset[str], day: int, dice: Dice
    ) -> Spoken | None:
        ways = self._ways(wish.intent.name, slots, self._since(day))
        if not ways.phrasings:
            return None
        for _ in range(8):
            said = self._said(wish, ways.draw(dice), "")
            if said.text not in tried:
                return said
        return None

    def _said(self, wish: Wish, phrasing: Phrasing, filler: str) -> Spoken:
        values = {slot: wish.values[slot] for slot in phrasing.slots}
        text = phrasing.text.format_map(values) if values else phrasing.text
        return Spoken(filler + text, interpretation(wish.meant, values), phrasing)

    def _last_start(self, day: int) -> int:
        """Give the last day up to this one from which anything new is said."""
        return max((start for start in self._starts if start <= day), default=0)

    def _drawn_own(self, customer_id: str, intent: str, slots: frozenset[str]) -> Phrasing | None:
        """Draw from what is said on the first day; None where this was only said later."""
        if not self._ways(intent, slots, 0).phrasings:
            return None
        dice = Dice(self._seed, "own", customer_id, intent, *sorted(slots))
        return self._ways(intent, slots, 0).draw(dice)

    def _drawn_ways(self, intent: str, slots: frozenset[str], since: int) -> _Ways:
        """Collect the phrasings that name most of these slots, and no other."""
        there = [
            phrasing
            for phrasing in self._world.phrasings(intent)
            if phrasing.from_day <= since and phrasing.slots <= slots and phrasing.weight > 0.0
        ]
        most = max((len(phrasing.slots) for phrasing in there), default=0)
        named = tuple(phrasing for phrasing in there if len(phrasing.slots) == most)
        return _Ways(named, tuple(accumulate(phrasing.weight for phrasing in named)))


def interpretation(name: str, values: Mapping[str, str]) -> Interpretation:
    """Give the interpretation of an intent with these values."""
    return _interpretation(name, tuple(sorted(values.items())) if len(values) > 1 else tuple(values.items()))


@lru_cache(maxsize=16_384)
def _interpretation(name: str, values: tuple[tuple[str, str], ...]) -> Interpretation:
    domain, _, intent = name.partition("/")
    slots = tuple(Slot(name=slot, value=value) for slot, value in values)
    return Interpretation(domain=domain, intent=intent, slots=slots)
