"""What the NLU took an utterance to mean."""

from pydantic import Field

from streams.records.base import Part, Probability

__all__ = ["Interpretation", "Slot"]


class Slot(Part):
    """A named value inside an interpretation, as it was understood."""

    name: str
    value: str


class Interpretation(Part):
    """Domain, intent and slots that the NLU gave to an utterance.

    An interpretation without an intent is *empty*: the NLU found no request in the utterance. That is not the
    same as a courtesy (a thank-you, a greeting), which has an intent of its own.
    """

    domain: str | None = None
    intent: str | None = Field(default=None, description="None where the NLU found no request.")
    slots: tuple[Slot, ...] = ()
    confidence: Probability | None = None

    @property
    def is_empty(self) -> bool:
        """Whether the NLU found no request at all."""
        return self.intent is None and not self.slots

    @property
    def key(self) -> str:
        """A canonical name: equal for two interpretations that mean the same, whatever their slot order.

        Examples
        --------
        >>> Interpretation(domain="music", intent="play", slots=(Slot(name="song", value="Halo"),)).key
        'music/play(song=halo)'
        >>> Interpretation().key
        ''
        """
        if self.is_empty:
            return ""
        slots = ",".join(sorted({f"{s.name}={s.value.casefold()}" for s in self.slots}))
        return f"{self.domain or ''}/{self.intent or ''}({slots})"
