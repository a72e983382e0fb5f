"""Alexa Contextual Query Rewrite: in-car dialogues in which requests that lean on what was said before are put in full.

Rastogi et al. Scaling Multi-Domain Dialogue State Tracking via Query Reformulation. NAACL 2019. Regan et al. A Dataset
for Resolving Referring Expressions in Spoken Dialogue via Contextual Query Rewrites. 2019. Licence: MIT-0.
"""

import gzip
import zlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

import orjson

from evaluation.corpora.assembling import Exchange, Restated, Told, assemble, digest_of
from evaluation.corpora.corpus import CorpusLog, Meaning
from evaluation.corpora.lines import each
from evaluation.errors import CorpusNotFound, EmptyCorpus, UnreadableCorpus, WrongCorpus
from streams.records import DialogueContext, Interpretation, Response, Turn
from streams.truth import Truth

__all__ = ["Cqr"]

#: One dialogue as the corpus writes it.
Json: TypeAlias = Mapping[str, Any]

_BEGIN = datetime(2019, 1, 1, tzinfo=UTC)
_PACE = timedelta(seconds=15)


class Cqr:
    """Reader of cqr_kvret_dev_public.json.gz: one JSON array of dialogues.

    A turn holds what the driver said and what the assistant answered, as text. There is no clock and there are no
    customers: turns are put 15 s apart, and each dialogue is a customer of its own.
    """

    name = "cqr"
    judges_rewrites = False

    def read(self, path: Path, *, train: Path | None = None, ratings: bool = False) -> CorpusLog:
        """Read the dialogues as they are; nobody says anything again in them.

        Parameters
        ----------
        path
            The dialogues.
        train, ratings
            No matter: the truth of a dialogue depends on no other, and nobody rated any.

        Raises
        ------
        CorpusError
            If the file is not there, cannot be read, is empty or is not of this corpus.
        """
        turns: list[Turn] = []
        truths: dict[str, Truth] = {}
        for told in each(path, _dialogues(path), self.name, _told):
            for number, exchange in enumerate(told.exchanges):
                time = _BEGIN + number * _PACE
                prompt = told.exchanges[number - 1].answer if number else None
                turn = Turn(
                    turn_id=f"{told.name}:{number}",
                    customer_id=told.name,
                    session_id=told.name,
                    time=time,
                    locale="en-US",
                    utterance=exchange.request,
                    context=None if prompt is None else DialogueContext(prompt=prompt),
                    response=None
                    if exchange.answer is None
                    else Response(text=exchange.answer, ended=time + _PACE),
                )
                turns.append(turn)
                truths[turn.turn_id] = Truth(
                    turn_id=turn.turn_id,
                    customer_id=told.name,
                    transcription=exchange.request,
                    interpretation=exchange.meant,
                )
        return CorpusLog(tuple(turns), (), truths)

    def assembled(self, path: Path, seed: int) -> CorpusLog:
        """Read the dialogues with requests that are said again, as the crowd put them (`assembling`).

        A request that leans on what was said before is answered wrongly; then the driver says it in full, in one of
        the crowd's wordings or the corpus's own, and gets the corpus's answer. The wording says again every request
        that it puts together. What is asked for instead, elsewhere, is what another dialogue about the same opens
        with.

        Raises
        ------
        CorpusError
            As of `read`.
        """
        found = _dialogues(path)
        told = each(path, found, self.name, _told)
        in_full = dict(zip((one.name for one in told), each(path, found, self.name, _restated), strict=True))

        def restate(one: Told, pool: Sequence[Told]) -> Sequence[Restated]:
            others = {
                topic: [
                    other.exchanges[0]
                    for other in pool
                    if other.name != one.name and other.exchanges[0].topic == topic
                ]
                for topic in {exchange.topic for exchange in one.exchanges}
            }
            return [
                Restated(place, since, wordings, others[one.exchanges[place].topic])
                for place, since, wordings in in_full[one.name]
            ]

        # Two dialogues with the same words are one.
        return assemble([*{one.name: one for one in told if one.exchanges}.values()], restate, seed)

    def meaning(self, interpretation: Interpretation) -> Meaning:
        """Give the intent; the corpus says no more about a request."""
        return frozenset({(interpretation.intent, None, None)}) if interpretation.intent else frozenset()

    def as_heard(self, text: str) -> str:
        """Leave a text as it was typed."""
        return text


def _dialogues(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        raise CorpusNotFound(path, "no such file")
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            found = orjson.loads(file.read())
    except orjson.JSONDecodeError as fault:
        raise WrongCorpus(path, f"is not one of cqr: no JSON array ({fault})") from fault
    except (OSError, EOFError, zlib.error) as fault:
        raise UnreadableCorpus(path, f"cannot be read ({fault}); fetch the file anew") from fault
    if not isinstance(found, list):
        raise WrongCorpus(path, "is not one of cqr: no JSON array")
    if not found:
        raise EmptyCorpus(path, "no dialogue in it")
    return found


def _told(dialogue: Json) -> Told:
    """Pair what the driver said with the assistant's next answer."""
    said = [(turn["turn"], turn["data"]["utterance"].strip()) for turn in dialogue["dialogue"]]
    topic = dialogue["scenario"]["task"]["intent"]
    exchanges = [
        Exchange(
            request=text,
            answer=said[index + 1][1]
            if index + 1 < len(said) and said[index + 1][0] == "assistant"
            else None,
            meant=Interpretation(domain="car", intent=topic),
            topic=topic,
        )
        for index, (speaker, text) in enumerate(said)
        if speaker == "driver"
    ]
    return Told(digest_of([text for _, text in said]), exchanges)


def _restated(dialogue: Json) -> list[tuple[int, int, list[str]]]:
    """Find the requests that were put in full: number of the exchange, of the first one put in, and the wordings."""
    number = [-1]
    for turn in dialogue["dialogue"]:
        number.append(number[-1] + (turn["turn"] == "driver"))
    found = []
    for index, turn in enumerate(dialogue["dialogue"]):
        put = turn.get("reformulation") or {}
        if turn["turn"] == "assistant" and put.get("reformulated_utt"):
            said = [*put.get("mturk_reformulations", ()), put["reformulated_utt"]]
            wordings = [*dict.fromkeys(text.strip() for text in said if text.strip())]
            found.append((number[index + 1], number[put["base_utt_idx"] + 1], wordings))
    return found
