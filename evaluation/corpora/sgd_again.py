"""Sessions of SGD in which requests are said again, in the words of other users."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from evaluation.corpora.assembling import Exchange, Restated, Told, assemble, digest_of
from evaluation.corpora.corpus import CorpusLog
from evaluation.corpora.lines import dialogues, each
from streams.records import Interpretation, Slot

__all__ = ["assembled_sgd"]

#: One dialogue of the corpus, or one of its turns.
Json: TypeAlias = Mapping[str, Any]

#: What two requests have in common that are put in interchangeable words: intent, acts, names of the slots informed.
_Form: TypeAlias = tuple[str, frozenset[str], frozenset[str]]

#: Acts of a request that opens or changes something; with others beside them, the words depend on what was before.
_OPENING = frozenset({"INFORM", "INFORM_INTENT"})


@dataclass(frozen=True, slots=True)
class _Put:
    """How a request is put: its form, and the words for its slots."""

    form: _Form
    values: Mapping[str, str]


def assembled_sgd(path: Path, seed: int, at_most: int | None = None) -> CorpusLog:
    """Read SGD's dialogues with requests that are said again (`assembling`).

    Nobody says anything again in SGD (4 of 19,384 user turns of dev inform the same twice). A request that opens a task
    or informs slots is answered wrongly; then the user says it as a user of another dialogue of the pool did who had
    the same intent and informed the same slots, with these values in the place of those, and gets the corpus's answer.
    What is asked for instead, elsewhere, is such a request of another user with its own values.

    Parameters
    ----------
    path
        The dialogues.
    seed
        Of all chance.
    at_most
        How many dialogues, chosen by their content; None: all.

    Raises
    ------
    CorpusError
        If the file is not there, cannot be read, is empty or is not of this corpus.
    """
    found = dialogues(path)
    named: dict[str, Told] = {}
    puts: dict[str, Sequence[_Put | None]] = {}
    for told, put in each(path, found, "sgd", _told):
        named[told.name] = told
        puts[told.name] = put
    # Names are digests, so the first of them are a sample without favour.
    chosen = [named[name] for name in sorted(named)[:at_most]]
    by_pool: dict[int, dict[_Form, list[tuple[str, Exchange, _Put]]]] = {}

    def forms(pool: Sequence[Told]) -> Mapping[_Form, list[tuple[str, Exchange, _Put]]]:
        if id(pool) not in by_pool:
            by_pool.clear()
            alike: defaultdict[_Form, list[tuple[str, Exchange, _Put]]] = defaultdict(list)
            for told in pool:
                for exchange, put in zip(told.exchanges, puts[told.name], strict=True):
                    if put is not None:
                        alike[put.form].append((told.name, exchange, put))
            by_pool[id(pool)] = alike
        return by_pool[id(pool)]

    def restate(told: Told, pool: Sequence[Told]) -> Sequence[Restated]:
        possible = []
        for place, (exchange, put) in enumerate(zip(told.exchanges, puts[told.name], strict=True)):
            if put is None:
                continue
            others = [(other, how) for name, other, how in forms(pool)[put.form] if name != told.name]
            wordings = {_refilled(other.request, how.values, put.values) for other, how in others}
            different = [other for other, how in others if how.values and how.values != put.values]
            possible.append(Restated(place, place, sorted(wordings - {exchange.request}), different))
        return possible

    return assemble(chosen, restate, seed)


def _refilled(text: str, old: Mapping[str, str], new: Mapping[str, str]) -> str:
    """Put other values in the place of those that a text has; all at once, so that none is replaced twice."""
    if not old:
        return text
    slot_of = {value.lower(): slot for slot, value in old.items()}
    longest_first = sorted(slot_of, key=len, reverse=True)
    pattern = r"\b(" + "|".join(map(re.escape, longest_first)) + r")\b"
    return re.sub(pattern, lambda match: new[slot_of[match[0].lower()]], text, flags=re.IGNORECASE)


def _told(dialogue: Json) -> tuple[Told, Sequence[_Put | None]]:
    turns = dialogue["turns"]
    exchanges, puts = [], []
    service, intent = "", ""
    for index, turn in enumerate(turns):
        if turn["speaker"] != "USER":
            continue
        for frame in turn["frames"]:
            if frame["state"]["active_intent"] != "NONE":
                service, intent = frame["service"].split("_")[0], frame["state"]["active_intent"]
        informed = {
            act["slot"]: act["values"][0]
            for frame in turn["frames"]
            for act in frame["actions"]
            if act["act"] == "INFORM" and act["values"]
        }
        answer = turns[index + 1]["utterance"] if index + 1 < len(turns) else None
        exchanges.append(
            Exchange(
                request=turn["utterance"],
                answer=answer,
                meant=Interpretation(
                    domain=service or None,
                    intent=intent or None,
                    slots=tuple(Slot(name=n, value=v.lower()) for n, v in sorted(informed.items())),
                ),
                topic=f"{service}/{intent}",
            )
        )
        puts.append(_put(turn, f"{service}/{intent}", informed) if answer is not None else None)
    return Told(digest_of([turn["utterance"] for turn in turns]), exchanges), puts


def _put(turn: Json, topic: str, informed: Mapping[str, str]) -> _Put | None:
    """Say how a request is put; None where its words could not stand in another's place."""
    acts = frozenset(act["act"] for frame in turn["frames"] for act in frame["actions"])
    values = [value.lower() for value in informed.values()]
    text = turn["utterance"].lower()
    findable = all(re.search(rf"\b{re.escape(value)}\b", text) for value in values)
    if not acts or not acts <= _OPENING or not findable or len(set(values)) < len(values):
        return None
    return _Put((topic, acts, frozenset(informed)), dict(informed))
