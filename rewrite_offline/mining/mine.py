"""Mining a log: sessions in, rewrites out.

Customers who are not understood say it again, and what they end with tells what they had meant (Ponnusamy et al.
2020). The evidence is pooled by meaning: a request emits interpretations, the chain says where customers who meant
them end satisfied, and a text that the logs reliably take for that meaning is the rewrite.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rewrite_offline.chain import Solver
from rewrite_offline.errors import TooLittleToGeneralise
from rewrite_offline.mining.counting import Portion, count_archive
from rewrite_offline.mining.counts import Counts
from rewrite_offline.mining.evidence import Attempt, attempts
from rewrite_offline.mining.failing import FailingRequest, failing_requests
from rewrite_offline.mining.guards import Proposal, evidence_of
from rewrite_offline.mining.miner import Miner, Progress, silent
from rewrite_offline.mining.rephrase import LexicalRephraseTest, RephraseTest
from rewrite_offline.mining.second_reading import first_readings, sampled_examples
from rewrite_offline.mining.traces import write_traces
from rewrite_offline.settings import MiningSettings
from streams.outcome import OutcomeModel
from streams.records import Interpretation, Rewrite
from streams.sessions import Session

if TYPE_CHECKING:
    from rewrite_offline.emission import Example
    from rewrite_offline.templates import Templates

__all__ = ["Mined", "mine", "mine_archive"]


@dataclass(frozen=True)
class Mined:
    """What a log taught.

    Attributes
    ----------
    rewrites
        Entries for a table: the proposals that no guard refused.
    proposals
        All of them, with the guards' verdicts.
    failing
        Requests that most often fail, worst first, with or without a rewrite found.
    attachments
        Files to publish beside the entries: what `rewrite_offline.explain` reads, templates, and the emission model.
    templates
        How many templates there are.
    turns, sessions
        How many turns the evidence holds, and sessions there were.
    not_generalised
        Why there is no emission model; None where there is one.
    """

    rewrites: tuple[Rewrite, ...]
    proposals: tuple[Proposal, ...]
    failing: tuple[FailingRequest, ...]
    attachments: Mapping[str, bytes]
    turns: int
    sessions: int
    not_generalised: str | None = None
    templates: int = 0


def mine(
    sessions: Iterable[Session],
    outcome: OutcomeModel,
    settings: MiningSettings | None = None,
    *,
    tenant: str = "default",
    says_again: RephraseTest | None = None,
    solver: Solver | None = None,
    database: str = ":memory:",
    progress: Progress = silent,
) -> Mined:
    """Learn rewrites from sessions.

    Parameters
    ----------
    sessions
        One tenant's, in any order; read once, one at a time.
    outcome
        Says how likely each turn succeeded.
    settings
        Guards and weights.
    tenant
        Whose rewrites they become.
    says_again
        Decides which turns the chain may connect; by likeness of letters and sounds, by default.
    solver
        Solves the chain; exactly, by default.
    database
        Where the counts live; a file lets a log be larger than memory.
    progress
        Told of requests done and requests in all; then of the emission model's steps.

    Returns
    -------
    Mined
        The same for the same sessions, whatever their order.

    Raises
    ------
    NothingToLearnFrom
        If the log has no request in it, or none that succeeded.
    NoAbsorbingPath
        If some state of the chain reaches neither success nor failure.
    """
    settings = settings or MiningSettings()
    says_again = says_again or LexicalRephraseTest()
    # The emission model builds on the chain's parts, so this package is there before it.
    from rewrite_offline.emission import Sample

    counts = Counts(settings.vote_cap, database)
    sample = Sample(settings.emission.max_turns if settings.generalise or settings.templates else 0)
    read: dict[str, tuple[str, Interpretation]] = {}
    number = 0

    def seen() -> Iterator[Attempt]:
        nonlocal number
        for session in sessions:
            number += 1
            found = list(attempts(session, outcome, says_again))
            sample.add(session, found)
            for attempt in found:
                if (
                    attempt.reading is not None
                    and attempt.turn_id <= read.get(attempt.state, (attempt.turn_id,))[0]
                ):
                    read[attempt.state] = attempt.turn_id, attempt.reading
            yield from found

    counts.add(seen())
    return _mined(
        counts,
        number,
        settings,
        tenant,
        solver,
        progress,
        examples=sample.examples,
        readings=lambda states: {state: read[state][1] for state in states if state in read},
    )


def mine_archive(
    portion: Portion,
    outcome: OutcomeModel,
    settings: MiningSettings | None = None,
    *,
    says_again: LexicalRephraseTest | None = None,
    solver: Solver | None = None,
    database: str = ":memory:",
    on_count: Progress = silent,
    progress: Progress = silent,
) -> Mined:
    """Learn rewrites from sessions of an archive: what `mine` learns from `sessions_from_archive`, and faster.

    Parameters
    ----------
    portion
        Which sessions.
    outcome
        Says how likely each turn succeeded, by the signals that are shipped.
    settings, solver
        As for `mine`.
    says_again
        Decides which turns the chain may connect.
    database
        Where the counts live; a file lets a log be larger than memory.
    on_count
        Told of buckets counted and buckets in all.
    progress
        Told of requests done and requests in all; then of the emission model's steps.

    Returns
    -------
    Mined
        The same for the same sessions, whatever the number of processes.

    Raises
    ------
    NothingToLearnFrom
        If the log has no request in it, or none that succeeded.
    NoAbsorbingPath
        If some state of the chain reaches neither success nor failure.
    SourceError
        If there is no archive, or a bound of the range has no zone.
    """
    settings = settings or MiningSettings()
    says_again = says_again or LexicalRephraseTest()
    with closing(
        count_archive(portion, outcome, settings, says_again=says_again, database=database, progress=on_count)
    ) as counts:
        return _mined(
            counts,
            counts.sessions,
            settings,
            portion.tenant,
            solver,
            progress,
            examples=lambda: sampled_examples(portion, counts, outcome, says_again, settings),
            readings=lambda states: first_readings(portion, counts.first_turns(states), settings.workers),
        )


def _mined(
    counts: Counts,
    sessions: int,
    settings: MiningSettings,
    tenant: str,
    solver: Solver | None,
    progress: Progress,
    *,
    examples: "Callable[[], list[Example]]",
    readings: Callable[[Collection[str]], Mapping[str, Interpretation]],
) -> Mined:
    """Go from counts to what they teach.

    `examples` gives turns to learn templates and the emission model from; `readings` an interpretation for each of some
    states.
    """
    miner = Miner(counts, settings, solver)
    proposals = miner.proposals(progress)
    now = datetime.now(UTC)
    kept = [proposal for proposal in proposals if proposal.refused is None]
    meant = readings(sorted({proposal.state for proposal in kept}))
    rewrites = tuple(
        _rewrite(proposal, tenant, settings, meant.get(proposal.state), now) for proposal in kept
    )
    failing = failing_requests(miner.requests, proposals, settings.min_customers)
    attachments = write_traces(miner, proposals, failing)
    sampled = examples() if settings.generalise or settings.templates else []
    templates = _templates(sampled, settings, solver)
    model, why_not = _generalise(sampled, miner, settings, progress)
    return Mined(
        rewrites,
        proposals,
        failing,
        attachments | templates.attachments() | model,
        counts.turns,
        sessions,
        why_not,
        len(templates.entries),
    )


def _templates(examples: "Sequence[Example]", settings: MiningSettings, solver: Solver | None) -> "Templates":
    from rewrite_offline.templates import Templates, mine_templates

    return Templates(mine_templates(examples, settings, solver) if settings.templates else ())


def _generalise(
    examples: "Sequence[Example]", miner: Miner, settings: MiningSettings, progress: Progress
) -> tuple[dict[str, bytes], str | None]:
    """Learn the emission model: the attachment that holds it, or why there is none."""
    from rewrite_offline.emission import ATTACHMENT, fit

    if not settings.generalise:
        return {}, "`mining.generalise` is off"
    try:
        model = fit(
            examples,
            miner,
            settings.emission,
            min_customers=settings.min_customers,
            never_rewritten=settings.never_rewritten,
            progress=progress,
        )
    except TooLittleToGeneralise as error:
        return {}, str(error)
    return {ATTACHMENT: model.to_bytes()}, None


def _rewrite(
    proposal: Proposal,
    tenant: str,
    settings: MiningSettings,
    interpretation: Interpretation | None,
    now: datetime,
) -> Rewrite:
    """Put a proposal into the record that flows."""
    request = proposal.request
    name = "\x1f".join((tenant, request.asked or "", request.text, proposal.target.text))
    return Rewrite(
        tenant_id=tenant,
        rewrite_id=hashlib.blake2b(name.encode(), digest_size=12).hexdigest(),
        source=request.text,
        asked=request.asked,
        target=proposal.target.text,
        interpretation=interpretation,
        win_probability=min(1.0, proposal.win_probability),
        evidence=evidence_of(proposal, settings.confidence),
        miner="chain",
        time=now,
    )
