"""P(meant | turn): what the chain says of the request, sharpened by what this very turn tells.

The chain pools over everybody who said the same. The turn itself has weaker NLU hypotheses of its own, and a retry of
its own; together they say what this customer meant this time. What is learned from is these posteriors.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from rewrite_offline.mining.evidence import Attempt
from rewrite_offline.mining.miner import Miner
from rewrite_offline.mining.states import is_reading, key_of

__all__ = ["meant"]

Beliefs = dict[str, float]

#: The key of an interpretation without a request.
_NOTHING = ""
#: How much of its usual confidence a weaker hypothesis must exceed to say something about this turn.
_ABOVE_USUAL = 1.5
_FAINT = 0.01
#: Ends less likely than this say nothing.
_RARE = 1e-3


def meant(attempts: Sequence[Attempt], miner: Miner) -> list[Beliefs]:
    """Say what each attempt may have meant.

    Parameters
    ----------
    attempts
        Turns of the log that the miner has counted.
    miner
        The chain over that log.

    Returns
    -------
    list of dict
        For each attempt: key of an interpretation (empty: no request) → probability; sums to one at most.
    """
    usual = _usual_confidence(attempts)
    requests = {(request.asked, request.text): request for request in miner.requests}
    of_state: dict[str, Beliefs] = {}
    of_request: dict[tuple[str | None, str], Beliefs] = {}
    found = []
    for attempt in attempts:
        weaker = _weaker(attempt, usual)
        if attempt.understood:
            if attempt.state not in of_state:
                of_state[attempt.state] = _by_key(miner.ends_from({attempt.state: 1.0}, _RARE))
            found.append(_understood(attempt, of_state[attempt.state], weaker))
        else:
            request = attempt.asked, attempt.text
            if request not in of_request:
                of_request[request] = _by_key(miner.ends(requests[request], _RARE))
            found.append(_unread(attempt, of_request[request], weaker))
    return found


def _understood(attempt: Attempt, ends: Beliefs, weaker: Beliefs) -> Beliefs:
    """The reading, as far as the turn succeeded; the rest is shared out among all other evidence."""
    key = key_of(attempt.state)
    others: dict[str, float] = defaultdict(float)
    whole = sum(weaker.values())
    for other, confidence in weaker.items():
        others[other] += 0.6 * confidence / whole
    for other, weight in _retry(attempt).items():
        others[other] += weight
    for other, end in ends.items():
        others[other] += 0.5 * end
    others.pop(key, None)
    whole = max(1.0, sum(others.values()))
    failed = 1.0 - attempt.success
    return {key: attempt.success} | {other: failed * weight / whole for other, weight in others.items()}


def _unread(attempt: Attempt, ends: Beliefs, weaker: Beliefs) -> Beliefs:
    """Where the chain's customers end, weighed by how much this turn speaks for it.

    Where nothing speaks for any request, it may be that none was made.
    """
    own: dict[str, float] = defaultdict(float)
    whole = max(sum(weaker.values()), 0.3)
    for key, confidence in weaker.items():
        own[key] += 0.7 * confidence / whole
    for key, weight in _retry(attempt).items():
        own[key] += 1.5 * weight
    found: dict[str, float] = defaultdict(float)
    for key, end in ends.items():
        found[key] += end * (own.get(key, 0.0) + (0.35 if key == _NOTHING else 0.15))
    for key, weight in own.items():
        found[key] += 0.1 * weight
    whole = sum(found.values())
    # Who gave up did not say what was meant.
    known = max(0.5, min(1.0, sum(ends.values())))
    return {key: known * weight / whole for key, weight in found.items()} if whole else {}


def _by_key(ends: Mapping[str, float]) -> Beliefs:
    """Put the chain's states together that mean the same; a text that succeeds unread asked for nothing."""
    found: dict[str, float] = defaultdict(float)
    for state, probability in ends.items():
        found[key_of(state) if is_reading(state) else _NOTHING] += probability
    return found


_Context = tuple[str | None, bool | None]


def _usual_confidence(attempts: Sequence[Attempt]) -> Mapping[tuple[_Context, str], float]:
    """Mean confidence of each weaker hypothesis in its context: after some questions an NLU always holds some."""
    total: dict[tuple[_Context, str], float] = defaultdict(float)
    seen: dict[_Context, int] = defaultdict(int)
    for attempt in attempts:
        context = attempt.asked, attempt.understood
        seen[context] += 1
        for state, confidence in attempt.readings:
            if state != attempt.state:
                total[context, state] += confidence
    return {(context, state): value / (seen[context] + 2) for (context, state), value in total.items()}


def _weaker(attempt: Attempt, usual: Mapping[tuple[_Context, str], float]) -> Beliefs:
    """Hypotheses of the turn besides the best, by how far their confidence exceeds what is usual."""
    context = attempt.asked, attempt.understood
    found = {}
    for state, confidence in attempt.readings:
        if state != attempt.state:
            above = confidence - _ABOVE_USUAL * usual[context, state]
            if above > _FAINT:
                found[key_of(state)] = above
    return found


def _retry(attempt: Attempt) -> Beliefs:
    """What the next request was understood as, by P(it says the same again)."""
    if attempt.retry is None or not is_reading(attempt.retry):
        return {}
    return {key_of(attempt.retry): attempt.retry_weight}
