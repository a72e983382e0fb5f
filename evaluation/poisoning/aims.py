"""What an attack aims at: requests of honest customers, common and rare, and what each is to be taken for."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from evaluation.ab.bands import BANDS, bands_by
from evaluation.errors import NothingToScore
from streams.records import AsrHypothesis, Interpretation, Response, ResponseStatus, Turn
from streams.text import normalise

__all__ = ["AIMS", "Aim", "aims_in"]

#: Aim → what is attacked.
AIMS: Mapping[str, str] = {
    "commonest": "the commonest request that is understood",
    "head": "another one, of the commonest third of the traffic",
    "torso": "one of the next third",
    "tail": "one of the rarest third",
    "failing": "the commonest request that the assistant does not understand",
    "own": "a torso request, to be replaced by one that only the attackers make",
    "unheard": "a request that nobody makes",
    "unlike": "another one, to be replaced by one in quite other words",
}

#: What no honest customer says: a target's words with this one for the last of them.
_STRANGE = "zanzibar"
#: … and words that are like no other request's.
_UNHEARD = "quibble the ombudsman"


@dataclass(frozen=True, slots=True)
class Aim:
    """What is to be rewritten to what, as the assistant logs it when somebody says it.

    Attributes
    ----------
    source
        A turn with the request that is to be replaced.
    target
        A turn in which the other request was served.
    """

    source: Turn
    target: Turn


def aims_in(turns: Sequence[Turn]) -> dict[str, Aim]:
    """Choose what to attack in a log, no request and no meaning twice.

    A source of a band is the request in the middle of it, by how often it is made. A target is, of the served
    requests of head and torso with another meaning, the one that sounds most like its source: this is what the
    rephrase test takes for saying the same again, and what a person who wants to plant something would choose.

    Parameters
    ----------
    turns
        Of honest customers.

    Returns
    -------
    dict
        Name, as in `AIMS`, to the aim. Where nothing fails, `failing` is absent.

    Raises
    ------
    NothingToScore
        If hardly anything was said more than once.
    """
    alone = [turn for turn in turns if turn.context is None and normalise(turn.utterance)]
    band = bands_by(turn.utterance for turn in turns)
    served: dict[str, list[Turn]] = {}
    for turn in alone:
        if _served(turn):
            served.setdefault(turn.utterance, []).append(turn)
    ranked = sorted(served, key=lambda text: (-len(served[text]), text))
    of_band = {name: [text for text in ranked if band(text) == name] for name in BANDS}
    common = [text for text in ranked if band(text) != "tail"]
    if len(common) < 2 * len(AIMS) or not all(of_band.values()):
        raise NothingToScore("the honest days are too few: hardly a request is common enough to aim at")
    taken: set[str] = set()

    def target_for(text: str, *, unlike: bool = False) -> Turn:
        """Give the most similar request that is left, or the least, and take its meaning."""
        left = [one for one in common if _meaning(served[one][0]) not in taken]
        scored = process.extract(text, left, scorer=fuzz.ratio, limit=None)
        found = served[scored[-1 if unlike else 0][0]][0]
        taken.add(_meaning(found))
        return found

    def source_from(texts: Sequence[str]) -> Turn:
        text = next(text for text in texts if _meaning(served[text][0]) not in taken)
        taken.add(_meaning(served[text][0]))
        return served[text][0]

    sources = {"commonest": source_from(ranked)}
    sources |= {name: source_from(_from_the_middle(of_band[name])) for name in BANDS}
    sources["own"] = source_from(_from_the_middle(of_band["torso"]))
    failing = Counter(turn.utterance for turn in alone if not turn.nlu or turn.nlu[0].is_empty)
    if failing:
        most = min(failing, key=lambda text: (-failing[text], text))
        sources["failing"] = next(turn for turn in alone if turn.utterance == most)
    aims = {
        name: Aim(source, _own(source) if name == "own" else target_for(source.utterance))
        for name, source in sources.items()
    }
    near, far = target_for(""), target_for(_UNHEARD, unlike=True)
    aims["unheard"] = Aim(_unheard(near, _strangely(near.utterance)), near)
    aims["unlike"] = Aim(_unheard(far, _UNHEARD), far)
    return {name: aims[name] for name in AIMS if name in aims}


def _served(turn: Turn) -> bool:
    return (
        turn.response is not None
        and turn.response.status is ResponseStatus.OK
        and turn.response.asked is None
        and bool(turn.nlu)
        and not turn.nlu[0].is_empty
        and turn.nlu[0].domain != "chat"
    )


def _meaning(turn: Turn) -> str:
    return turn.nlu[0].key


def _from_the_middle(texts: Sequence[str]) -> list[str]:
    middle = len(texts) // 2
    return [*texts[middle:], *texts[:middle]]


def _strangely(text: str) -> str:
    return " ".join([*text.split()[:-1], _STRANGE])


def _own(source: Turn) -> Turn:
    """Make a request that is served, in words and with a meaning that nobody else has."""
    text = _strangely(source.utterance)
    reading = source.nlu[0].model_copy(update={"intent": f"{source.nlu[0].intent}_{_STRANGE}"})
    return source.model_copy(
        update={"utterance": text, "asr": (AsrHypothesis(text=text),), "nlu": (reading,)}
    )


def _unheard(like: Turn, text: str) -> Turn:
    """Make a request in which the NLU finds nothing."""
    return like.model_copy(
        update={
            "utterance": text,
            "asr": (AsrHypothesis(text=text),),
            "nlu": (Interpretation(),),
            "entities": (),
            "response": Response(text="Sorry, I did not get that.", status=ResponseStatus.NOT_UNDERSTOOD),
        }
    )
