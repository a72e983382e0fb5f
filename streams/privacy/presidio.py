"""Personal things as presidio finds them: more sorts of numbers and, with a model, names (extra `privacy`)."""

import logging
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from typing import Any, Final

from streams.errors import FinderMissing
from streams.privacy.finding import Found, apart
from streams.privacy.patterns import PatternFinder

__all__ = ["PresidioFinder"]

#: What of presidio's finds is taken out, and under which name. Dates, places and links are what requests are about;
#: e-mail addresses are left to the patterns, as presidio would ask the network for the list of domains.
_KINDS: Final = {
    "CREDIT_CARD": "card",
    "CRYPTO": "number",
    "IBAN_CODE": "iban",
    "IP_ADDRESS": "ip",
    "MEDICAL_LICENSE": "national_id",
    "PERSON": "person",
    "PHONE_NUMBER": "phone",
    "UK_NHS": "national_id",
    "US_BANK_NUMBER": "number",
    "US_DRIVER_LICENSE": "national_id",
    "US_ITIN": "national_id",
    "US_PASSPORT": "national_id",
    "US_SSN": "national_id",
}
#: Weaker finds are guesses: any nine digits may be a passport.
_SCORE = 0.5


class PresidioFinder:
    """What `PatternFinder` finds, and what presidio's recognisers find besides.

    Parameters
    ----------
    model
        Name of an installed spaCy pipeline that finds names of people, as en_core_web_sm. None: no names are
        found. It is never downloaded.
    language
        Language of the recognisers, and of the blank pipeline where there is no model.

    Raises
    ------
    FinderMissing
        The extra, or the model, is not installed.
    """

    def __init__(self, model: str | None = None, language: str = "en") -> None:
        self._patterns = PatternFinder()
        self._language = language
        self._analyzer = _analyzer(model, language)

    def suspects(self, texts: Iterable[str]) -> bool:
        """Whether there is any text at all: a name has no form by which it could be told cheaply."""
        return any(texts)

    def find(self, text: str) -> Sequence[Found]:
        """Find what is in a text; where both found something, what the patterns say holds."""
        found = self._analyzer.analyze(
            text, self._language, entities=list(_KINDS), score_threshold=_SCORE, return_decision_process=False
        )
        surest = sorted(found, key=lambda one: (-one.score, one.start))
        more = [Found(_KINDS[one.entity_type], one.start, one.end) for one in surest]
        return apart(text, [*self._patterns.find(text), *more])


def _analyzer(model: str | None, language: str) -> Any:
    if find_spec("presidio_analyzer") is None or find_spec("spacy") is None:
        raise FinderMissing(
            "presidio is not installed: pip install 'selflearn[privacy]', or take the patterns"
        )
    import spacy
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    # It tells of every recogniser that it leaves out, and some of its messages quote the text.
    logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)
    try:
        pipeline = spacy.blank(language) if model is None else spacy.load(model)
    except (OSError, ImportError) as error:
        missing = f"spaCy has no pipeline {model or language!r}"
        raise FinderMissing(f"{missing}; install it with `python -m spacy download`, or name none") from error

    engine: Any = SpacyNlpEngine([{"lang_code": language, "model_name": model or "blank"}])
    engine.nlp = {language: pipeline}  # its own way to load one would download it
    registry = RecognizerRegistry(supported_languages=[language])
    registry.load_predefined_recognizers(languages=[language], nlp_engine=engine)
    registry.recognizers = [
        one for one in registry.recognizers if _KINDS.keys() & set(one.supported_entities)
    ]
    return AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=[language])
