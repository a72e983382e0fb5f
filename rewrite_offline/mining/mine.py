"""The miner: from sessions to rewrites.

Customers who are not understood say it again, and what they end with tells what they had meant (Ponnusamy et al.
2020). The evidence is pooled by meaning: a request emits interpretations, the chain says where customers who meant
them end satisfied, and a text that the logs reliably take for that meaning is the rewrite.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from rewrite_offline.chain import AbsorbingChain, ExactSolver, Solver
from rewrite_offline.errors import NothingToLearnFrom
from rewrite_offline.mining.counts import Counts, RequestCount
from rewrite_offline.mining.emissions import Emissions
from rewrite_offline.mining.evidence import attempts
from rewrite_offline.mining.guards import Proposal, refusal
from rewrite_offline.mining.rephrase import LexicalRephraseTest, RephraseTest
from rewrite_offline.mining.settings import MiningSettings
from rewrite_offline.mining.states import text_state
from rewrite_offline.mining.targets import Target, targets
from streams.outcome import OutcomeModel
from streams.sessions import Session

__all__ = ["Mined", "count", "mine", "propose"]


@dataclass(frozen=True)
class Mined:
    """What a log taught.

    Attributes
    ----------
    proposals
        The best rewrite of every request that has one; `refused` says why it is not for the table.
    requests
        How every request fared.
    chain
        The chain, for a look at what led to an entry.
    emissions
        What every request may have meant.
    """

    proposals: tuple[Proposal, ...]
    requests: tuple[RequestCount, ...]
    chain: AbsorbingChain
    emissions: Emissions


def count(
    sessions: Iterable[Session],
    outcome: OutcomeModel,
    settings: MiningSettings,
    *,
    says_again: RephraseTest | None = None,
    database: str = ":memory:",
) -> Counts:
    """Count the attempts of a log; see `Counts`."""
    says_again = says_again or LexicalRephraseTest()
    counts = Counts(settings.vote_cap, database)
    counts.add(attempt for session in sessions for attempt in attempts(session, outcome, says_again))
    return counts


def mine(
    counts: Counts,
    settings: MiningSettings,
    *,
    solver: Solver | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Mined:
    """Find a better request for every request that often fails.

    Parameters
    ----------
    counts
        Attempts of the log.
    settings
        Guards and weights.
    solver
        Solves the chain; exactly, by default.
    progress
        Told of requests done and requests in all.

    Returns
    -------
    Mined
        Proposals in the order of (asked, text).

    Raises
    ------
    NothingToLearnFrom
        If the log has no request in it, or none that succeeded.
    NoAbsorbingPath
        If some state of the chain reaches neither success nor failure.
    """
    requests = counts.requests()
    if not requests:
        raise NothingToLearnFrom("no session holds a request; check the date range and the archive")
    won, lost = counts.ends()
    if not any(won.values()):
        raise NothingToLearnFrom("no request of the log succeeded, so there is nothing to rewrite to")
    chain = AbsorbingChain.from_counts(counts.steps(), won, lost)
    emissions = Emissions(counts, settings, chain.states)
    say = targets(counts, settings)
    usual = _usual_readings(counts)
    own = {
        (asked, text, state): votes * good for asked, text, state, _, _, votes, good in counts.best_readings()
    }
    solver, proposals = solver or ExactSolver(), []
    for done, request in enumerate(requests):
        progress(done, len(requests))
        if request.people >= settings.min_customers and request.turns >= settings.min_turns:
            proposal = propose(request, chain, solver, emissions, say, settings, usual, own)
            if proposal is not None:
                proposals.append(proposal)
    progress(len(requests), len(requests))
    return Mined(tuple(proposals), tuple(requests), chain, emissions)


def propose(
    request: RequestCount,
    chain: AbsorbingChain,
    solver: Solver,
    emissions: Emissions,
    say: dict[str, Target],
    settings: MiningSettings,
    usual: dict[tuple[str | None, str], str],
    own: dict[tuple[str | None, str, str], float],
) -> Proposal | None:
    """Find where customers with this request end satisfied, and how to say that.

    Returns
    -------
    Proposal or None
        None where the request is best left as it is: it is mostly taken for what it meant, or nothing that the
        logs reliably understand is where its customers end.
    """
    start = np.zeros(len(chain.states))
    for state, share in emissions.of(request).items():
        start[chain.index[state]] = share
    ends = solver.ends(chain, start)
    reachable = [(ends[i], chain.states[i]) for i in np.flatnonzero(ends > 0) if chain.states[i] in say]
    if not reachable:
        return None
    probability, state = max(reachable, key=lambda end: (end[0], end[1]))
    target = say[state]
    same_text = target.text == request.text
    if same_text or state == usual.get(
        (request.asked, request.text), text_state(request.asked, request.text)
    ):
        return None
    lost = (request.success - own.get((request.asked, request.text, state), 0.0)) / request.votes
    proposal = Proposal(request, state, target, float(probability) * target.share, max(0.0, lost))
    return proposal.with_refusal(refusal(proposal, settings))


def _usual_readings(counts: Counts) -> dict[tuple[str | None, str], str]:
    """(asked, text) → the state that most of its turns are in, where the NLU found a request in most of them."""
    requests = {(request.asked, request.text): request for request in counts.requests()}
    most: dict[tuple[str | None, str], tuple[float, str]] = {}
    for asked, text, state, _, _, votes, _ in counts.best_readings():
        request = requests[asked, text]
        unread = request.votes - (request.understood or 0.0)
        if votes > max(unread, most.get((asked, text), (0.0, ""))[0]):
            most[asked, text] = votes, state
    return {key: state for key, (_, state) in most.items()}
