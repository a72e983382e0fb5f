"""Sessions in which requests are said again, assembled from dialogues in which none is.

Some corpora hold no rephrases, but say of one request in which other words it could have been put. A session is a
dialogue of theirs in which the assistant, at one request, answers something else, and the person says it again. The
texts are the corpus's own, every one; what is made is their order, and so the truth about them.

Dialogues are dealt into pools, by their content. What a session takes from another dialogue is of its own pool, and a
pool counts as one customer, so whoever is learned from and whoever is judged share no dialogue.
"""

import hashlib
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from evaluation.corpora.corpus import CorpusLog
from streams.records import DialogueContext, Interpretation, Response, Turn
from streams.truth import Truth

__all__ = ["POOLS", "Exchange", "Restated", "Told", "assemble", "digest_of"]

#: Into how many pools the dialogues of a file are dealt.
POOLS = 20

#: How a session goes at the request that is answered wrongly: it is said again; something else is asked for instead
#: in much the same words; or nothing goes wrong at all.
_AGAIN, _OTHER = 0.5, 0.2
#: How often the second wording is misunderstood as well, the first wording is repeated word by word, and an exchange
#: about what was wrongly answered comes between.
_FAILS_AGAIN, _VERBATIM, _BETWEEN = 0.25, 0.2, 0.3

_BEGIN = datetime(2019, 1, 1, tzinfo=UTC)
_PACE = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its answer, with what was meant.

    Attributes
    ----------
    request, answer
        Texts.
    meant
        What was asked for.
    topic
        What it is about: answers of another topic are wrong ones.
    """

    request: str
    answer: str | None
    meant: Interpretation
    topic: str


@dataclass(frozen=True, slots=True)
class Told:
    """A dialogue of a corpus: its name, and its exchanges in their order."""

    name: str
    exchanges: Sequence[Exchange]


@dataclass(frozen=True, slots=True)
class Restated:
    """A request that can be said again, or be replaced by another one that is put alike.

    Attributes
    ----------
    place
        Number of the exchange.
    since
        Number of the first exchange whose request the other wordings say as well; at most `place`.
    wordings
        Other ways to put it; none: it cannot be said again.
    others
        Exchanges that ask for something else in much the same words.
    """

    place: int
    since: int
    wordings: Sequence[str]
    others: Sequence[Exchange]


#: What could be said again in a dialogue, of a pool.
Restate = Callable[[Told, Sequence[Told]], Sequence[Restated]]


@dataclass(slots=True)
class _Spoken:
    """A turn in the making; `says` names the requests that it says, again or for the first time.

    Two turns that have one in common say the same.
    """

    exchange: Exchange
    answer: str | None
    defect: bool = False
    says: frozenset[int] = frozenset()


def digest_of(texts: Sequence[str]) -> str:
    """Name a dialogue by what is said in it: ids may be used again in another file."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:12]


def assemble(dialogues: Sequence[Told], restate: Restate, seed: int) -> CorpusLog:
    """Make one session of every dialogue.

    Parameters
    ----------
    dialogues
        Each under a name of its own.
    restate
        Finds what can be said again.
    seed
        Of all chance. A session depends on it, its dialogue and the pool, and on nothing else.
    """
    pools: dict[int, list[Told]] = {}
    for told in dialogues:
        pools.setdefault(int(told.name, 16) % POOLS, []).append(told)
    turns: list[Turn] = []
    truths: dict[str, Truth] = {}
    for number in sorted(pools):
        pool = sorted(pools[number], key=lambda told: told.name)
        customer = f"pool-{digest_of([told.name for told in pool])}"
        for told in pool:
            dice = random.Random(f"{seed}:{told.name}")
            spoken = _story(told, pool, restate, dice)
            for turn, truth in _records(told, customer, spoken):
                turns.append(turn)
                truths[turn.turn_id] = truth
    return CorpusLog(tuple(turns), (), truths)


def _story(told: Told, pool: Sequence[Told], restate: Restate, dice: random.Random) -> list[_Spoken]:
    plain = [
        _Spoken(exchange, exchange.answer, says=frozenset({n})) for n, exchange in enumerate(told.exchanges)
    ]
    drawn = dice.random()
    kind = "again" if drawn < _AGAIN else "other" if drawn < _AGAIN + _OTHER else "plain"
    possible = [
        one
        for one in (restate(told, pool) if kind != "plain" else ())
        if (one.wordings if kind == "again" else one.others)
    ]
    if not possible:
        return plain
    chosen = dice.choice(possible)
    exchange = told.exchanges[chosen.place]
    before, after = plain[: chosen.place], plain[chosen.place + 1 :]
    wrong = _wrong(told, pool, exchange.topic, dice)
    if wrong is None:
        return plain
    failed = _Spoken(exchange, wrong[0].answer, defect=True, says=frozenset({chosen.place}))
    between = (
        [_Spoken(wrong[1], wrong[1].answer)] if wrong[1] is not None and dice.random() < _BETWEEN else []
    )
    if kind == "other":
        other = dice.choice(chosen.others)
        return [*before, failed, *between, _Spoken(other, other.answer), *after]
    says = frozenset(range(chosen.since, chosen.place + 1))
    ways = [(wording, says) for wording in dice.sample(list(chosen.wordings), min(2, len(chosen.wordings)))]
    if dice.random() < _VERBATIM:
        ways[0] = exchange.request, frozenset({chosen.place})
    again = []
    if len(ways) > 1 and dice.random() < _FAILS_AGAIN and (worse := _wrong(told, pool, exchange.topic, dice)):
        wording, said = ways[1]
        again.append(_Spoken(_worded(exchange, wording), worse[0].answer, defect=True, says=said))
    wording, said = ways[0]
    again.append(_Spoken(_worded(exchange, wording), exchange.answer, says=said))
    return [*before, failed, *between, *again, *after]


def _worded(exchange: Exchange, wording: str) -> Exchange:
    return Exchange(wording, exchange.answer, exchange.meant, exchange.topic)


def _wrong(
    told: Told, pool: Sequence[Told], topic: str, dice: random.Random
) -> tuple[Exchange, Exchange | None] | None:
    """Find an answer to something else, and what was said after it where it was given."""
    others = [one for one in pool if one.name != told.name]
    for other in dice.sample(others, len(others)):
        places = [n for n, one in enumerate(other.exchanges) if one.topic != topic and one.answer]
        if places:
            place = dice.choice(places)
            follows = other.exchanges[place + 1] if place + 1 < len(other.exchanges) else None
            return other.exchanges[place], follows
    return None


def _records(told: Told, customer: str, spoken: Sequence[_Spoken]) -> list[tuple[Turn, Truth]]:
    found = []
    ids = [f"{told.name}:{number}" for number in range(len(spoken))]
    for number, one in enumerate(spoken):
        time = _BEGIN + number * _PACE
        prompt = spoken[number - 1].answer if number else None
        again = [later for later in range(number + 1, len(spoken)) if one.says & spoken[later].says]
        best = next((later for later in again if not spoken[later].defect), None)
        turn = Turn(
            turn_id=ids[number],
            customer_id=customer,
            session_id=told.name,
            time=time,
            locale="en-US",
            utterance=one.exchange.request,
            context=None if prompt is None else DialogueContext(prompt=prompt),
            response=None if one.answer is None else Response(text=one.answer, ended=time + _PACE / 2),
        )
        truth = Truth(
            turn_id=ids[number],
            customer_id=customer,
            transcription=one.exchange.request,
            interpretation=one.exchange.meant,
            defect=one.defect,
            rephrases=tuple(ids[later] for later in again),
            best_rephrase=None if best is None else ids[best],
        )
        found.append((turn, truth))
    return found
