"""What became of everything that a client was asked."""

from dataclasses import dataclass, field

from selflearn.client.breaker import BreakerState

__all__ = ["ClientCounts"]


@dataclass(frozen=True, slots=True)
class ClientCounts:
    """How a client fared so far, to be shown beside the pipeline's own metrics.

    Attributes
    ----------
    outcomes
        Answers by what the API decided.
    failures
        Answers by why the original request went on.
    breaker
        Its state now.
    opened
        How often it opened.
    feedback_waiting, feedback_sent, feedback_dropped
        Feedback by what became of it.
    """

    outcomes: dict[str, int] = field(default_factory=dict)
    failures: dict[str, int] = field(default_factory=dict)
    breaker: BreakerState = BreakerState.CLOSED
    opened: int = 0
    feedback_waiting: int = 0
    feedback_sent: int = 0
    feedback_dropped: int = 0
