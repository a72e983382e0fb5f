"""Decisions as a rewriter takes them."""

from datetime import UTC, datetime

from entries import entry

from selflearn.decisions import Taken
from selflearn.messages import Outcome, RewriteAnswer, RewriteRequest
from selflearn.policy import Judgement

__all__ = ["FOUND", "MOMENT", "take", "taken"]

MOMENT = datetime(2026, 3, 1, 12, tzinfo=UTC)
FOUND = entry("play x", "play y")


def taken(request_id="r1", tenant="default", utterance="play x", found=FOUND, judgement=None, **fields):
    judgement = judgement or Judgement(Outcome.REWRITTEN, propensity=1.0)
    request = RewriteRequest(utterance=utterance, **fields)
    one = take(request, tenant, request_id, found, judgement, "v1")
    return one._replace(nanoseconds=int(MOMENT.timestamp()) * 10**9)


def take(request, tenant, request_id, found, judgement, version):
    """Take a decision with the answer that goes with it."""
    served = found if judgement.outcome is Outcome.REWRITTEN else None
    answer = RewriteAnswer(
        request_id=request_id,
        outcome=judgement.outcome,
        rewrite=served and served.target,
        interpretation=served and served.interpretation,
        source=served and "table",
        win_probability=served and served.win_probability,
        table_version=version,
    )
    written = answer.model_dump_json().encode()
    return Taken.of(request, tenant, request_id, found, judgement, version, written)
