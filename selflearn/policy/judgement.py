"""What is done with a request, and what decided it."""

from dataclasses import dataclass, field

from selflearn.messages import Outcome
from selflearn.policy.rejection import Rejection
from selflearn.policy.switch import Switch

__all__ = ["NOTHING_FOUND", "SERVED", "Judgement"]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is done with a request.

    Attributes
    ----------
    outcome
        What comes of it.
    cause
        The switch, rejection or words that kept a rewrite from being applied; None where nothing did.
    arms
        Experiment → arm, where the request was dealt to one.
    propensity
        Probability with which the rewrite was shown, over all that is dealt.
    """

    outcome: Outcome
    cause: Switch | Rejection | str | None = None
    arms: dict[str, str] = field(default_factory=dict)
    propensity: float = 0.0

    @property
    def because(self) -> str | None:
        """What kept a rewrite from being applied, by whom and when, for people."""
        match self.cause:
            case None | str():
                return self.cause
            case Rejection():
                return self.cause.words
        said = {
            Outcome.REWRITING_OFF: "rewriting is switched off",
            Outcome.NEVER_REWRITTEN: "this intent is never rewritten",
            Outcome.HELD_BACK: "this customer is held back for comparison",
            Outcome.DRY_RUN: "this is a dry run",
        }[self.outcome]
        about = f" {self.cause.about}" if self.cause.about else ""
        return f"{said}{about}, {self.cause.words}"


#: By far the most frequent judgements, made once.
NOTHING_FOUND = Judgement(Outcome.NO_REWRITE)
SERVED = Judgement(Outcome.REWRITTEN, propensity=1.0)
