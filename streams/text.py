"""Text as keys: two utterances that differ only in case, punctuation or spacing are the same request."""

import re
import unicodedata

__all__ = ["normalise"]

_NOT_WORD = re.compile(r"[^\w' ]+")


def normalise(text: str) -> str:
    """Bring an utterance to the form in which it is counted and looked up.

    Parameters
    ----------
    text
        An utterance as it was logged.

    Returns
    -------
    str
        Lower case, NFKC, without punctuation but apostrophes, single spaces. Idempotent.

    Examples
    --------
    >>> normalise("  What's the Phone-Number? ")
    "what's the phone number"
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(_NOT_WORD.sub(" ", folded.replace("’", "'").replace("_", " ")).split())
