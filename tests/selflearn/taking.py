"""Decisions as a rewriter takes them."""

from datetime import UTC, datetime

from entries import entry

from selflearn.decisions import Taken
from selflearn.messages import Outcome, RewriteRequest
from selflearn.policy import Judgement

__all__ = ["FOUND", "MOMENT", "taken"]

MOMENT = datetime(2026, 3, 1, 12, tzinfo=UTC)
FOUND = entry("play x", "play y")


def taken(request_id="r1", tenant="default", utterance="play x", found=FOUND, judgement=None, **fields):
    judgement = judgement or Judgement(Outcome.REWRITTEN, propensity=1.0)
    request = RewriteRequest(utterance=utterance, **fields)
    one = Taken.of(request, tenant, request_id, found, judgement, "v1")
    return one._replace(nanoseconds=int(MOMENT.timestamp()) * 10**9)
