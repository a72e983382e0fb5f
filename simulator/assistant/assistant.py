"""An assistant that fails as real ones do: stage by stage, and not every error in vain."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from backbone.noise import Channel
from simulator.assistant.ear import recogniser
from simulator.assistant.entities import Catalogue
from simulator.assistant.exchange import Answer, Said
from simulator.assistant.nlu import Models, Nlu, Reading, name_of
from simulator.assistant.outcome import Faults, Outcome, Request
from simulator.assistant.policy import Policy
from simulator.assistant.situation import Situation
from simulator.assistant.verdict import Verdict
from simulator.dice import Dice
from simulator.world import World
from simulator.world.schema import Item
from streams.records import AsrHypothesis, Interpretation

__all__ = ["Assistant", "Trained"]

#: Between which wake scores lie for those who speak to the assistant, and for talk around it.
_SPOKEN_TO, _OVERHEARD = (0.62, 0.99), (0.45, 0.78)
#: A reading this much as likely as the best is preferred if the catalogue knows its values, and not the best one's.
_ABOUT_AS_LIKELY = 0.3
#: How often a line that has nothing new to go by does not say its last prompt again (DSTC2: two times in three).
_OTHERWISE = 0.66


class Trained(NamedTuple):
    """What training leaves behind; it may be pickled.

    Attributes
    ----------
    models
        Of the NLU.
    recogniser
        With what it has found out about how words sound.
    """

    models: Models
    recogniser: Channel


class Assistant:
    """Hears, reads, looks up and serves; and tells which of these went wrong.

    Parameters
    ----------
    world
        What can be asked for, how good the stages are, and which sentences they have learned from: the assistant
        is the world's, and the same whoever calls on it.
    trained
        `trained` of another assistant of this world, so that its training need not be done again; None: it is
        trained now, which takes some seconds.
    """

    def __init__(self, world: World, trained: Trained | None = None) -> None:
        self._world = world
        self._how = world.file.assistant
        self._intents = {intent.name: intent for intent in world.file.intents}
        self._recogniser = recogniser(world, self._how.seed) if trained is None else trained.recogniser
        self._catalogue = Catalogue(world)
        self._nlu = Nlu(world, self._how.seed, self._recogniser, None if trained is None else trained.models)
        self._policy = Policy(world, self._catalogue)
        self._verdict = Verdict(world, self._catalogue, self._policy)

    def listen(self, said: Said, situation: Situation, dice: Dice) -> tuple[AsrHypothesis, ...]:
        """Hear an utterance.

        Parameters
        ----------
        said
            What is said.
        situation
            Of no weight here: noise comes with `said`.
        dice
            Chance; only its key counts, not what was drawn before.

        Returns
        -------
        tuple[AsrHypothesis, ...]
            Best first; one at least, whose text is empty where nothing was heard.
        """
        heard = self._recogniser.hear(said.text, dice.branch("heard").many(), said.noise)
        return tuple(AsrHypothesis(text=each.text, score=round(each.score, 2)) for each in heard)

    def answer(
        self,
        utterance: str,
        asr: tuple[AsrHypothesis, ...],
        said: Said,
        situation: Situation,
        dice: Dice,
    ) -> Answer:
        """Read a text, look its values up and serve it.

        The same arguments have the same answer, and what goes wrong behind the assistant goes wrong whatever the
        text: with another text this is what would have happened.

        Parameters
        ----------
        utterance
            The text that goes to the NLU: what was heard, or its rewrite.
        asr
            What was heard.
        said
            What was really said.
        situation
            As it was.
        dice
            Chance; only its key counts, not what was drawn before.
        """
        how = self._how
        reading, request = self._understood(self._nlu.read(utterance, situation), situation.day)
        faults = Faults(
            service=dice.branch("service").chance(how.errors),
            version=dice.branch("version").chance(how.wrong_version),
            otherwise=self._world.file.line and dice.branch("otherwise").chance(_OTHERWISE),
        )
        outcome = self._policy.decide(request, situation, faults)
        unclear = dice.branch("speech").chance(how.mispronounces)
        truth = self._verdict.on(
            asr[0].text, said, situation, reading.best, request, outcome, unclear=unclear
        )
        wake = round(dice.branch("wake").between(*(_SPOKEN_TO if said.speech else _OVERHEARD)), 2)
        listening = situation.asked is not None or self._world.file.line
        return Answer(
            nlu=reading.ranked,
            entities=tuple(
                match.resolution()
                for match in request.values.values()
                if match.name is None or self._catalogue.holds(match.slot)
            ),
            response=outcome.response(),
            wake_score=None if listening else wake,
            traces=_traces(None if listening else wake, asr, reading, request, outcome, faults, unclear),
            situation=outcome.situation,
            wrong=truth.wrong,
            failure_point=truth.failure_point,
            defect=truth.defect,
            unsupported=truth.unsupported,
            right=truth.right,
            meant=truth.meant,
            met=truth.met,
        )

    @property
    def trained(self) -> Trained:
        """What training left behind, to be handed to another process."""
        return Trained(self._nlu.models, self._recogniser)

    @property
    def nlu_digest(self) -> str:
        """SHA-256 of the trained NLU: of one world always the same."""
        return self._nlu.models.digest

    def entity_id(self, slot: str, item: Item) -> str:
        """Give the id that entity resolution has for an item, for `Said.entities`."""
        return self._catalogue.entity_id(slot, item)

    def ids(self, items: Mapping[str, Item], values: Mapping[str, str]) -> dict[str, str]:
        """Give what tells the things apart that somebody means, for `Said.entities`.

        Parameters
        ----------
        items
            What is meant, by slot.
        values
            What it is called, by slot.

        Returns
        -------
        dict[str, str]
            Slot to id, of those that are called what something else is called too: one of two songs of a title.
        """
        return self._catalogue.ids(items, values)

    def _understood(self, reading: Reading, day: int) -> tuple[Reading, Request]:
        """Look up what was read; where something is unknown, another reading that is about as likely may do."""
        request = self._looked_up(reading.best, reading.confidence, day)
        if all(match.name is not None for match in request.values.values()):
            return reading, request
        for place, other in enumerate(reading.ranked[1:], 1):
            likely = other.confidence or 0.0
            if other.is_empty or likely < _ABOUT_AS_LIKELY * reading.confidence:
                break
            instead = self._looked_up(other, likely, day)
            if instead.values and all(match.name is not None for match in instead.values.values()):
                others = (*reading.ranked[:place], *reading.ranked[place + 1 :])
                return Reading(other, (other, *others), likely), instead
        return reading, request

    def _looked_up(self, found: Interpretation, confidence: float, day: int) -> Request:
        if found.is_empty:
            return Request(None, {}, confidence)
        values = self._catalogue.resolve({slot.name: slot.value for slot in found.slots}, day)
        return Request(self._intents[name_of(found)], values, confidence)


def _traces(
    wake: float | None,
    asr: Sequence[AsrHypothesis],
    reading: Reading,
    request: Request,
    outcome: Outcome,
    faults: Faults,
    unclear: bool,
) -> dict[str, Any]:
    """Tell each stage's confidence, and what it hung on."""
    told: dict[str, Any] = {} if wake is None else {"wake": {"confidence": wake}}
    told["asr"] = {"confidence": _posterior(asr), "hypotheses": len(asr)}
    told["nlu"] = {"confidence": reading.confidence, "rejected": reading.best.is_empty}
    if request.values:
        told["entity"] = {
            slot: {"score": match.score, "second": match.second} for slot, match in request.values.items()
        }
    told["result"] = {"service": "error" if faults.service else "ok", "served": outcome.done is not None}
    told["speech"] = {"confidence": 0.4 if unclear else 0.95}
    return told


def _posterior(asr: Sequence[AsrHypothesis]) -> float:
    """Give the share of the best hypothesis in the n-best list, its scores read as log-likelihoods."""
    best = asr[0].score or 0.0
    return round(1.0 / math.fsum(math.exp((each.score or 0.0) - best) for each in asr), 3)
