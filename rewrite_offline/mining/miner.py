"""From counts to proposals: where customers with a request end satisfied, and how to say that."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rewrite_offline.chain import AbsorbingChain, CertifiedSolver, DirectSolver, Solver
from rewrite_offline.errors import NothingToLearnFrom
from rewrite_offline.mining.counts import Counts, RequestCount
from rewrite_offline.mining.emissions import Emissions
from rewrite_offline.mining.guards import Proposal, refusal
from rewrite_offline.mining.states import asked_of, rename, text_state
from rewrite_offline.mining.targets import targets
from rewrite_offline.settings import MiningSettings

__all__ = ["Miner", "Progress", "Superposed", "silent"]

#: Told of requests done and requests in all.
Progress = Callable[[int, int], None]


def silent(done: int, total: int) -> None:
    """Tell nobody."""


class Superposed(NamedTuple):
    """The rewritten edge of a request that was rewritten already.

    Attributes
    ----------
    state
        Where it leads.
    better
        P(it is better than the plain edge).
    success
        P(success) there.
    """

    state: str
    better: float
    success: float


class Miner:
    """What a log's counts say about every request in it.

    Parameters
    ----------
    counts
        Attempts of the log.
    settings
        Guards and weights.
    pairs
        Whether a detector said which turns are linked.
    solver
        Solves the chain; exactly where its components are small, by default, and certified where they are not.
    superposed
        (Asked, text) → its rewritten edge. Such a request is in both states at once: where its customers end is
        where the two edges lead, mixed by P(the rewritten one is better).

    Attributes
    ----------
    requests
        How every request fared, in the order of (asked, text).
    chain
        Over the meanings of the log.
    emissions
        What every request may have meant.

    Raises
    ------
    NothingToLearnFrom
        If the log has no request in it, or none that succeeded.
    NoAbsorbingPath
        If some state of the chain reaches neither success nor failure.
    """

    def __init__(
        self,
        counts: Counts,
        settings: MiningSettings,
        solver: Solver | None = None,
        superposed: Mapping[tuple[str | None, str], Superposed] | None = None,
        *,
        pairs: bool = False,
    ) -> None:
        self.requests = tuple(counts.requests())
        if not self.requests:
            raise NothingToLearnFrom("no session holds a request; check the date range and the archive")
        won, lost = counts.ends()
        if not any(won.values()):
            raise NothingToLearnFrom("no request of the log succeeded, so there is nothing to rewrite to")
        self.chain = AbsorbingChain.from_counts(counts.steps(), won, lost)
        self.emissions = Emissions(counts, settings, self.chain.states)
        self._settings = settings
        self._superposed = superposed or {}
        self._solver = solver or CertifiedSolver()
        if pairs and settings.evidence == "detector":
            self._solver = DirectSolver()
        self._pairs = counts.satisfied() if pairs and settings.evidence == "both" else {}
        self._targets = targets(counts, self.requests, settings)
        # What was meant is the same after whatever question it was at last said: meanings, each in several states.
        meant = [rename(state, None) for state in self.chain.states]
        self._meanings = sorted(set(meant))
        self._place = {meaning: place for place, meaning in enumerate(self._meanings)}
        self._meaning = np.array([self._place[meaning] for meaning in meant], np.int64)
        self._reliable: dict[str | None, NDArray[np.int64]] = {}
        self._usual, self._succeeded = _best_readings(counts, self.requests)

    def proposals(self, progress: Progress = silent) -> tuple[Proposal, ...]:
        """The best rewrite of every request that has one and enough customers behind it.

        Each has been judged: `refused` says why it is not for the table.
        """
        settings, found = self._settings, list[Proposal]()
        for done, request in enumerate(self.requests):
            progress(done, len(self.requests))
            if request.people >= settings.min_customers and request.turns >= settings.min_turns:
                proposal = self.propose(request)
                if proposal is not None:
                    found.append(proposal.with_refusal(refusal(proposal, settings)))
        progress(len(self.requests), len(self.requests))
        return tuple(found)

    def ends(self, request: RequestCount, above: float = 0.0) -> dict[str, float]:
        """State → Σ_i P(i | u) w(i, j): probability that a customer with this request ends there, satisfied."""
        return self.ends_from(self.emissions.of(request), above)

    def ends_from(self, emitted: Mapping[str, float], above: float = 0.0) -> dict[str, float]:
        """State → Σ_i emitted(i) w(i, j): probability that who starts as `emitted` says ends there, satisfied.

        Only those above `above`.
        """
        ends = self._ends(emitted)
        return {self.chain.states[i]: float(ends[i]) for i in np.flatnonzero(ends > above)}

    def _ends(self, emitted: Mapping[str, float]) -> NDArray[np.float64]:
        start = np.zeros(len(self.chain.states))
        for state, share in emitted.items():
            start[self.chain.index[state]] = share
        return self._solver.ends(self.chain, start)

    def propose(self, request: RequestCount) -> Proposal | None:
        """Find the most likely satisfied end of a request, and the text that reliably leads there.

        Returns
        -------
        Proposal or None
            None where the request is best left as it is: it is usually taken for what it meant, or nothing that
            the logs reliably understand is where its customers end.
        """
        emitted = self.emissions.of(request)
        ends = np.asarray(np.bincount(self._meaning, self._ends(emitted), len(self._meanings)), np.float64)
        ends = self._with_pairs(request, ends)
        edge = self._superposed.get((request.asked, request.text))
        if edge is not None and rename(edge.state, None) in self._place:
            ends = ends * (1.0 - edge.better)
            ends[self._place[rename(edge.state, None)]] += edge.better * edge.success
        # Of equals the last in the order of meanings.
        sayable = self._sayable_after(request.asked)
        reachable = sayable[ends[sayable] > 0.0]
        if not reachable.size:
            return None
        best = int(reachable[len(reachable) - 1 - np.argmax(ends[reachable][::-1])])
        end, state = float(ends[best]), rename(self._meanings[best], request.asked)
        target = self._targets[state]
        key = request.asked, request.text
        if target.text == request.text or state == self._usual.get(key, text_state(*key)):
            return None
        # Who gave up did not say what was meant, so meaning is read off those who ended satisfied.
        satisfied = float(ends.sum())
        ends[best] = 0.0
        runner_up = float(ends.max())
        succeeded_otherwise = request.success - self._succeeded.get((*key, state), 0.0)
        return Proposal(
            request=request,
            state=state,
            emitted=emitted,
            target=target,
            win_probability=end / satisfied * target.share * target.success,
            loss_probability=max(0.0, succeeded_otherwise) / request.votes,
            margin=(end - runner_up) / satisfied,
            ended=end * request.votes,
        )

    def _with_pairs(self, request: RequestCount, ends: NDArray[np.float64]) -> NDArray[np.float64]:
        """Put the detector's pairs of a request beside what the chain says of it.

        The chain is what everybody's sessions say of the meaning, the pairs what customers with these very words said
        in the end: a prior that counts as some votes, and the votes themselves.
        """
        own = self._pairs.get((request.asked, request.text))
        if own is None:
            return ends
        weights = self._settings.chain_votes * ends
        for state, weight in own.items():
            weights[self._place[rename(state, None)]] += weight
        return weights / (self._settings.chain_votes + request.votes)

    def _sayable_after(self, asked: str | None) -> NDArray[np.int64]:
        """Give the meanings that some text reliably stands for after a question: there the rewrite will be read."""
        found = self._reliable.get(asked)
        if found is None:
            places = (
                self._place.get(rename(state, None)) for state in self._targets if asked_of(state) == asked
            )
            found = np.array(sorted(place for place in places if place is not None), np.int64)
            self._reliable[asked] = found
        return found


_Key = tuple[str | None, str]


def _best_readings(
    counts: Counts, requests: tuple[RequestCount, ...]
) -> tuple[dict[_Key, str], dict[tuple[str | None, str, str], float]]:
    """Say what each request is usually taken for, and how often it succeeded as what.

    Returns
    -------
    usual
        (asked, text) → the state that more of its votes went to than to any other, or to no reading.
    succeeded
        (asked, text, state) → votes that succeeded.
    """
    unread = {(r.asked, r.text): r.votes - (r.understood or 0.0) for r in requests}
    most: dict[_Key, tuple[float, str]] = {}
    succeeded: dict[tuple[str | None, str, str], float] = {}
    for asked, text, state, _, _, votes, success in counts.best_readings():
        succeeded[asked, text, state] = votes * success
        if votes > max(unread[asked, text], most.get((asked, text), (0.0, ""))[0]):
            most[asked, text] = votes, state
    return {key: state for key, (_, state) in most.items()}, succeeded
