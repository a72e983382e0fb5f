"""What speaks for a rewrite that is known by what it did."""

from scipy.stats import beta

from rewrite_offline.self_aware.known import Pair
from streams.records import Evidence

__all__ = ["evidence_of_pair"]


def evidence_of_pair(pair: Pair, confidence: float, turn_ids: tuple[str, ...] = ()) -> Evidence:
    """Put it into the part of the record that flows: the two sides are those of the posteriors."""
    one, other = pair.rewritten, pair.plain
    low = float(beta.ppf(1 - confidence, one.a, one.b)) - float(beta.ppf(confidence, other.a, other.b))
    return Evidence(
        turns=one.turns + other.turns,
        customers=pair.people,
        source_success=other.mean,
        target_success=one.mean,
        improvement_low=low,
        turn_ids=turn_ids,
    )
