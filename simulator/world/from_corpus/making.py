"""A world's tables, counted from the requests of a corpus.

Wordings are the corpus's utterances with the values cut out, weighed by their rank; values make the catalogue, the
most frequent first, with the tail that fits their counts best. People, homes and courtesies are the household's, for
no corpus of utterances tells of them.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from math import log
from pathlib import Path
from typing import Any

from backbone.noise.adding import added_up
from simulator.world.from_corpus.readers import CORPORA, Corpus
from simulator.world.from_corpus.requests import Request, as_heard
from simulator.world.grammar import sayable, slots_of

__all__ = ["made_from"]

#: A slot that so many of an intent's utterances name is part of a whole request: it is asked for.
_ASKED = 0.7
#: So few values are no slot that people could have favourites in.
_FEW = 8
#: With so many intents one may be wanted on two days only.
_MANY = 20
#: Slots whose values are names of things: they are looked up. Other values are understood as they are said.
_NAMES = re.compile(
    r"(?!event_)(.*_)?name|artist|album|track|audiobook_author|playlist|person|city|country|state|(geographic_)?poi"
    r"|house_place|device_type|music_genre|genre|cuisine|served_dish|service"
)
_TELLS = (
    "query",
    "definition",
    "factoid",
    "currency",
    "maths",
    "stock",
    "weather",
    "search",
    "time",
    "convert",
)
_PLAYS = ("play", "radio", "music", "podcast", "audiobook")
_CHAT = [f"chat/{name}" for name in ("thank", "deny", "cancel", "yes", "complain", "hello")]

_Tables = dict[str, Any]


def made_from(name: str, folder: Path) -> _Tables:
    """Make the tables of a world file from a corpus.

    Parameters
    ----------
    name
        One of `CORPORA`: the world's name as well.
    folder
        Where the corpus lies.

    Raises
    ------
    CorpusMissing
        A file of it is not there.
    CorpusUnreadable
        A file of it is damaged.
    """
    corpus = CORPORA[name]
    texts: dict[str, Counter[str]] = defaultdict(Counter)
    values: dict[str, Counter[str]] = defaultdict(Counter)
    refused = set(corpus.refused)
    for request in corpus.read(folder):
        cut = _cut(request)
        if cut is None:
            continue
        text, named = cut
        texts[request.intent][text] += 1
        for slot, value in named.items():
            values[slot][value] += 1
        if not request.supported:
            refused.add(request.intent)
    intents = [_intent(intent, texts[intent], corpus, refused) for intent in sorted(texts)]
    slots = {slot: _slot(slot, values[slot]) for slot in sorted(values)}
    return {
        "format": 1,
        "name": name,
        "about": corpus.about,
        "extends": "household",
        "take": {"intents": _CHAT},
        "assistant": {
            "examples": 100,
            "seen": 0.88,
        },  # most wordings occur once: each says little of the others
        "slots": slots,
        "intents": intents,
        "habits": [],
        "drift": _drift(intents, slots),
    }


def _cut(request: Request) -> tuple[str, dict[str, str]] | None:
    """Cut the values out of a text; None where nobody could say what is left of it.

    A slot that is named twice keeps its first value; the other one stays in the text.
    """
    words: list[str] = []
    named: dict[str, str] = {}
    for piece in request.pieces:
        heard = as_heard(piece.text)
        if piece.slot is not None and piece.slot not in named and heard:
            named[piece.slot] = heard
            words.append(f"{{{piece.slot}}}")
        elif heard:
            words.append(heard)
    plain = " ".join(word for word in words if not word.startswith("{"))
    said = all(sayable(text) for text in ([plain] if plain else [*named.values()]))
    if not words or not said or not all(sayable(value) for value in named.values()):
        return None
    return " ".join(words), named


def _intent(name: str, texts: Counter[str], corpus: Corpus, refused: set[str]) -> _Tables:
    whole = sum(texts.values())
    often: Counter[str] = Counter()
    for text, count in texts.items():
        for slot in slots_of(text):
            often[slot] += count
    kind = "chat" if name in corpus.chat else "unsupported" if name in refused else _kind(name)
    served = kind not in ("chat", "unsupported")
    asked = [slot for slot in sorted(often) if served and often[slot] >= _ASKED * whole]
    table: _Tables = {"name": name, "kind": kind, "share": whole}
    if asked:
        table["slots"] = asked
        table["asks"] = asked
        table["prompts"] = {slot: f"Which {slot.replace('_', ' ')}?" for slot in asked}
    rest = {slot: round(often[slot] / whole, 4) for slot in sorted(often) if slot not in asked}
    if rest:
        table["optional"] = rest
    if kind == "play":
        table["starts"] = "music_playing"
    table["wordings"] = [
        {"say": text, "weight": round(1.0 / rank, 4)} for rank, text in enumerate(_usual(texts), start=1)
    ]
    return table


def _usual(texts: Counter[str]) -> list[str]:
    """Order wordings by how often they occur, and then the short ones first.

    The makers of a corpus ask many people for different words, so that nearly all occur once; what people say
    every day follows Zipf's law.
    """
    return sorted(texts, key=lambda text: (-texts[text], len(text.split()), text))


def _kind(name: str) -> str:
    domain, _, intent = name.partition("/")
    if domain == "play" or any(word in intent.split("_") for word in _PLAYS):
        return "play"
    return "tell" if any(word in intent for word in _TELLS) else "do"


def _slot(name: str, values: Counter[str]) -> _Tables:
    ranked = sorted(values.items(), key=lambda found: (-found[1], found[0]))
    return {
        "tail": _fitted_tail([count for _, count in ranked]),
        "personal": 0.5 if len(ranked) >= _FEW else 0.2,
        "resolved": _NAMES.fullmatch(name) is not None,
        "items": [value for value, _ in ranked],
    }


def _fitted_tail(counts: Sequence[int]) -> float:
    """Return the exponent under which the counts are likeliest, where rank r has the weight 1 / (r + 2)^tail."""
    logs = [log(rank + 2) for rank in range(len(counts))]
    whole = sum(counts)

    def likelihood(tail: float) -> float:
        norm = log(added_up((rank + 2) ** -tail for rank in range(len(counts))))
        weighed = added_up(count * tail * each for count, each in zip(counts, logs, strict=True))
        return -weighed - whole * norm

    return max((step / 20 for step in range(61)), key=likelihood)


def _drift(intents: Iterable[_Tables], slots: _Tables) -> list[_Tables]:
    """Something new in the largest catalogue on day 9, a deaf home, a busy time, and a rare request."""
    wanted = [each for each in intents if each["kind"] not in ("chat", "unsupported")]
    events: list[_Tables] = [
        {"day": 11, "kind": "microphone", "share": 0.006, "noise": 9.0},
        {"day": 18, "kind": "traffic", "factor": 1.5, "days": 4},
    ]
    if len(wanted) > _MANY:
        rarest = min(wanted, key=lambda each: (each["share"], each["name"]))
        events.append({"day": 5, "kind": "rare", "about": rarest["name"], "share": 0.03, "days": 21})
    resolved = [slot for slot, table in slots.items() if table["resolved"]]
    if resolved:
        largest = max(resolved, key=lambda slot: (len(slots[slot]["items"]), slot))
        items = slots[largest]["items"]
        about = items[len(items) // 3]
        events.append({"day": 9, "kind": "item", "slot": largest, "about": about, "share": 0.08})
    return sorted(events, key=lambda event: event["day"])
