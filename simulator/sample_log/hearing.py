"""How the recogniser mishears: phrases it takes for others, each with how often.

The scores of an n-best list are log-like: they compare within a list only.
"""

from simulator.sample_log.dice import Dice
from streams.records import AsrHypothesis

__all__ = ["CONFUSIONS", "hear"]

#: What was said → what is heard instead, and how often a person of ordinary clarity meets it.
CONFUSIONS: dict[str, tuple[tuple[str, float], ...]] = {
    "imagine dragons": (("maj and dragons", 0.24), ("imagine dragon", 0.05), ("a magic dragons", 0.05)),
    "taylor swift": (("tailor swift", 0.14), ("tyler swift", 0.04)),
    "coldplay": (("gold play", 0.14), ("called play", 0.04)),
    "billie eilish": (("billy eyelash", 0.25), ("billy irish", 0.09)),
    "the beatles": (("the beetles", 0.18),),
    "adele": (("a dell", 0.2), ("adell", 0.05)),
    "ed sheeran": (("head sheeran", 0.15), ("ed sharon", 0.1)),
    "the weeknd": (("the weekend", 0.4),),
    "daft punk": (("deaf punk", 0.22), ("daft pump", 0.06)),
    "fleetwood mac": (("sleet wood mac", 0.2), ("fleet would mack", 0.08)),
    "abba": (("a bar", 0.22),),
    "dua lipa": (("do a leaper", 0.28), ("dua leap", 0.08)),
    "metallica": (("metal liquor", 0.18),),
    "led zeppelin": (("let zeppelin", 0.2), ("led zip lin", 0.05)),
    "pink floyd": (("pink flood", 0.16),),
    "beyonce": (("be on say", 0.22),),
    "rihanna": (("re anna", 0.2),),
    "arctic monkeys": (("arctic monkey", 0.2),),
    "kendrick lamar": (("kendrick llama", 0.28),),
    "nirvana": (("near vana", 0.15),),
    "bon iver": (("bonny bear", 0.4), ("bon ever", 0.1)),
    "florence and the machine": (("florence in the machine", 0.3),),
    "twenty one pilots": (("twenty one pirates", 0.15),),
    "sigur ros": (("see your rose", 0.5),),
    "stromae": (("strong my", 0.45),),
    "believer": (("be leaver", 0.2),),
    "yellow": (("hello", 0.08),),
    "bad guy": (("bad buy", 0.15),),
    "shake it off": (("shake it of", 0.08), ("shaken off", 0.08)),
    "dreams": (("drinks", 0.15),),
    "levitating": (("love it dating", 0.22),),
    "heathens": (("he thinks", 0.25),),
    "living room": (("living rome", 0.2), ("leaving room", 0.05)),
    "bedroom": (("bad room", 0.16),),
    "kitchen": (("kitsch in", 0.16), ("chicken", 0.05)),
    "bathroom": (("bath rome", 0.14),),
    "hallway": (("highway", 0.18),),
    "office": (("off ice", 0.14),),
    "nursery": (("mercury", 0.2),),
    "porch": (("torch", 0.22),),
    "lamp": (("lamb", 0.1),),
    "lights": (("flights", 0.05), ("likes", 0.03)),
    "dim": (("them", 0.14),),
    "timer": (("time her", 0.05),),
    # Either is a sound request, so only what follows tells that it was the wrong one.
    "fifteen minutes": (("fifty minutes", 0.12),),
    "fifty minutes": (("fifteen minutes", 0.06),),
    "seven fifteen": (("seven fifty", 0.14),),
    "alarm": (("a lamb", 0.05),),
    "weather": (("whether", 0.04), ("feather", 0.03)),
    "worcester": (("wooster", 0.4),),
    "tucson": (("to son", 0.25),),
    "shopping list": (("chopping list", 0.05),),
    "oat milk": (("oh milk", 0.2),),
    "worcestershire sauce": (("wooster sheer sauce", 0.4),),
    "cilantro": (("see lantro", 0.25),),
    "dish soap": (("this soap", 0.16),),
    "uncle joe": (("ankle joe", 0.16),),
    "doctor patel": (("doctor but tell", 0.2),),
    "siobhan": (("shove on", 0.45),),
    "call": (("cold", 0.04),),
    "thermostat": (("thermos that", 0.12),),
    "front door": (("fun door", 0.12),),
    "volume": (("volumes", 0.06),),
    "rock": (("rook", 0.06),),
    "jazz": (("chess", 0.08),),
    "lullabies": (("lullaby ease", 0.15),),
}


def hear(said: str, clarity: float, dice: Dice) -> tuple[AsrHypothesis, ...]:
    """Hear an utterance as the recogniser does.

    Parameters
    ----------
    said
        What was said.
    clarity
        Factor on every confusion's probability: 1 is ordinary speech, less is clearer.
    dice
        Chance.

    Returns
    -------
    tuple[AsrHypothesis, ...]
        One to three hypotheses, best first, all different.
    """
    heard = said
    alternatives = [said]
    for phrase, wrong in CONFUSIONS.items():
        if f" {phrase} " not in f" {said} ":
            continue
        for text, probability in wrong:
            alternatives.append(_replace(said, phrase, text))
            if dice.chance(probability * clarity):
                heard = _replace(heard, phrase, text)
                break
    others = [text for text in dict.fromkeys(alternatives) if text != heard]
    # What was said is often, not always, among what the recogniser also considered.
    kept = [text for text in others if dice.chance(0.7 if text == said else 0.35)][:2]
    best = dice.between(-2.0, -0.4)
    scores = sorted((best - dice.between(0.7, 2.7) for _ in kept), reverse=True)
    return tuple(
        AsrHypothesis(text=text, score=round(score, 2))
        for text, score in zip([heard, *kept], [best, *scores], strict=True)
    )


def _replace(text: str, phrase: str, by: str) -> str:
    return f" {text} ".replace(f" {phrase} ", f" {by} ").strip()
