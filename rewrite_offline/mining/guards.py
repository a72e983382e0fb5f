"""What keeps a proposal out of the table."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

from scipy.stats import beta

from rewrite_offline.mining.counts import RequestCount
from rewrite_offline.mining.states import is_reading, key_of
from rewrite_offline.mining.targets import Target
from rewrite_offline.settings import MiningSettings
from streams.privacy import PLACEHOLDER
from streams.records import Evidence

__all__ = ["Proposal", "evidence_of", "improvement_low", "refusal", "touches"]

#: Share of what a request may have meant from which an intent counts as one that it touches.
_MAY_BE_MEANT = 0.1


@dataclass(frozen=True)
class Proposal:
    """A rewrite that the chain proposes.

    Attributes
    ----------
    request
        How the source fared.
    state
        What it probably meant.
    emitted
        State → share: all that it may have meant.
    target
        How to say that.
    win_probability
        P(the target is what was meant, is taken for it and succeeds).
    loss_probability
        P(the request succeeds as it is, in another meaning than the target's).
    margin
        Lead of the target's meaning over the next one, as a share of the customers who ended satisfied.
    ended
        How many of the request's votes are expected to have ended satisfied with the target's meaning.
    refused
        Why it is not for the table; None where it is.
    """

    request: RequestCount
    state: str
    emitted: Mapping[str, float]
    target: Target
    win_probability: float
    loss_probability: float
    margin: float
    ended: float
    refused: str | None = None

    def with_refusal(self, reason: str | None) -> Self:
        """Return the same proposal with the guards' verdict."""
        return replace(self, refused=reason)


def refusal(proposal: Proposal, settings: MiningSettings) -> str | None:
    """Judge a proposal.

    Returns
    -------
    str or None
        The first guard that keeps it out: `support`, `k_anonymity`, `personal`, `never_rewritten`,
        `gives_up`, `evidence`, `margin`, `win_loss` or `improvement`; None where it may pass.
    """
    request = proposal.request
    if request.turns < settings.min_turns:
        return "support"
    if request.people < settings.min_customers or proposal.target.people < settings.min_customers:
        return "k_anonymity"
    if PLACEHOLDER.search(proposal.state) is not None:
        return "personal"  # to say "call phone" instead would lose the number
    if touches(proposal.state, proposal.emitted, settings.never_rewritten):
        return "never_rewritten"
    if proposal.target.text in settings.giving_up:
        return "gives_up"
    if proposal.ended < settings.min_ended:
        return "evidence"  # nobody said it again; what some asked for next tells nothing
    if proposal.margin < settings.min_margin:
        return "margin"
    if proposal.win_probability < settings.min_win_loss * proposal.loss_probability:
        return "win_loss"
    if improvement_low(proposal, settings.confidence) <= 0:
        return "improvement"
    return None


def evidence_of(proposal: Proposal, confidence: float) -> Evidence:
    """Put what speaks for a proposal into the part of the record that flows."""
    request = proposal.request
    return Evidence(
        turns=request.turns,
        customers=request.people,
        source_success=min(1.0, request.success / request.votes),
        target_success=min(1.0, proposal.target.success),
        improvement_low=improvement_low(proposal, confidence),
        turn_ids=request.examples,
    )


def improvement_low(proposal: Proposal, confidence: float) -> float:
    """Credible lower bound on the gain in P(success).

    Both shares get a Beta posterior with Jeffreys' prior over the source's votes; the bound is the low end of the
    one less the high end of the other, so it errs towards leaving a request alone.
    """
    votes = proposal.request.votes
    low = _quantile(1 - confidence, min(1.0, proposal.win_probability), votes)
    high = _quantile(confidence, min(1.0, proposal.loss_probability), votes)
    return low - high


def _quantile(q: float, share: float, votes: float) -> float:
    return float(beta.ppf(q, share * votes + 0.5, (1 - share) * votes + 0.5))


def touches(state: str, emitted: Mapping[str, float], intents: frozenset[str]) -> bool:
    """Whether a rewrite would lead to one of these intents, or away from one that may well have been meant."""
    may_be_meant = (meant for meant, share in emitted.items() if share > _MAY_BE_MEANT)
    return any(not intents.isdisjoint(_intents(one)) for one in (state, *may_be_meant))


def _intents(state: str) -> list[str]:
    """Intents of a state's interpretation; those of several acts are joined by a plus. None of a bare text."""
    return key_of(state).split("(", 1)[0].rpartition("/")[2].split("+") if is_reading(state) else []
