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
from rewrite_offline.mining.guards import Proposal, evidence_of, touches
from rewrite_offline.mining.linking import DetectedLinks, SaysAgain
from rewrite_offline.mining.miner import Miner, Progress, silent
from rewrite_offline.mining.rephrase import LexicalRephraseTest
from rewrite_offline.mining.second_reading import first_readings, sampled_examples
from rewrite_offline.mining.targets import Target
from rewrite_offline.mining.traces import write_traces
from rewrite_offline.settings import MiningSettings
from streams.outcome import OutcomeModel
from streams.privacy import PLACEHOLDER
from streams.records import Evidence, Interpretation, Rewrite
from streams.sessions import Session

if TYPE_CHECKING:
    from rewrite_offline.emission import Example
    from rewrite_offline.self_aware import Knowledge
    from rewrite_offline.templates import Templates

__all__ = ["Mined", "mine", "mine_archive"]

#: Who proposes the entries, by whose evidence counts.
_MINERS = {"chain": "chain", "detector": "rephrase", "both": "chain+rephrase"}


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
    says_again: SaysAgain | None = None,
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

    counts = Counts(settings.vote_cap, database, self_aware=settings.self_aware)
    sample = Sample(settings.emission.max_turns if settings.generalise or settings.templates else 0)
    read: dict[str, tuple[str, Interpretation]] = {}
    number = 0

    def seen() -> Iterator[Attempt]:
        nonlocal number
        for session in sessions:
            number += 1
            found = list(attempts(session, outcome, says_again))
            sample.add(session, _left_alone(found, settings))
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
        pairs=isinstance(says_again, DetectedLinks),
        examples=sample.examples,
        readings=lambda states: {state: read[state][1] for state in states if state in read},
    )


def mine_archive(
    portion: Portion,
    outcome: OutcomeModel,
    settings: MiningSettings | None = None,
    *,
    says_again: LexicalRephraseTest | DetectedLinks | None = None,
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
            pairs=isinstance(says_again, DetectedLinks),
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
    pairs: bool,
    examples: "Callable[[], list[Example]]",
    readings: Callable[[Collection[str]], Mapping[str, Interpretation]],
) -> Mined:
    """Go from counts to what they teach.

    `examples` gives turns to learn templates and the emission model from; `readings` an interpretation for each of some
    states.
    """
    from rewrite_offline.self_aware import know

    knowledge = know(counts, settings, readings)
    miner = Miner(counts, settings, solver, knowledge.superposed, pairs=pairs)
    proposals = tuple(_knowing(proposal, knowledge) for proposal in miner.proposals(progress))
    now = datetime.now(UTC)
    kept = [*_kept(miner, knowledge, settings)]
    ours = {(proposal.request.asked, proposal.request.text) for proposal, _ in kept}
    kept += [
        (proposal, evidence_of(proposal, settings.confidence))
        for proposal in proposals
        if proposal.refused is None and (proposal.request.asked, proposal.request.text) not in ours
    ]
    by = _MINERS[settings.evidence] if pairs else "chain"
    meant = readings(sorted({proposal.state for proposal, _ in kept}))
    rewrites = tuple(
        _rewrite(proposal, evidence, tenant, meant.get(proposal.state), now, by)
        for proposal, evidence in sorted(
            kept, key=lambda one: (one[0].request.asked or "", one[0].request.text)
        )
    )
    failing = failing_requests(miner.requests, proposals, settings.min_customers)
    attachments = write_traces(miner, proposals, failing)
    sampled = examples() if settings.generalise or settings.templates else []
    templates = _templates(sampled, settings, solver, knowledge)
    model, why_not = _generalise(sampled, miner, settings, progress)
    return Mined(
        rewrites,
        proposals,
        failing,
        attachments | templates.attachments() | model | knowledge.known.attachments(),
        counts.turns,
        sessions,
        why_not,
        len(templates.entries),
    )


def _left_alone(found: list[Attempt], settings: MiningSettings) -> list[Attempt]:
    """Those of some attempts that say what a customer said: all, to a miner that does not know its own rewrites."""
    return [attempt for attempt in found if attempt.original is None] if settings.self_aware else found


def _knowing(proposal: Proposal, knowledge: "Knowledge") -> Proposal:
    """Refuse a proposal that did not earn its place when it was served."""
    request = proposal.request
    refused = knowledge.refusal("text", request.asked, request.text, proposal.target.text, proposal.state)
    return proposal if proposal.refused is not None or refused is None else proposal.with_refusal(refused)


def _kept(
    miner: Miner, knowledge: "Knowledge", settings: MiningSettings
) -> Iterator[tuple[Proposal, Evidence]]:
    """Give the rewrites that earn their place, whatever the chain still finds; the guards of privacy hold for them."""
    from rewrite_offline.self_aware.evidence import evidence_of_pair

    requests = {(request.asked, request.text): request for request in miner.requests}
    for key, (pair, state) in knowledge.kept.items():
        request, target = (
            requests.get(key),
            requests.get((key[0], pair.target)) or requests.get((None, pair.target)),
        )
        if request is None or target is None or target.people < settings.min_customers:
            continue
        emitted = miner.emissions.of(request)
        if (
            touches(state, emitted, settings.never_rewritten)
            or PLACEHOLDER.search(state) is not None
            or pair.target in settings.giving_up
        ):
            continue
        yield (
            Proposal(
                request=request,
                state=state,
                emitted=emitted,
                target=Target(pair.target, 1.0, pair.rewritten.mean, target.people),
                win_probability=pair.rewritten.mean,
                loss_probability=pair.plain.mean,
                margin=1.0,
                ended=pair.rewritten.won,
            ),
            evidence_of_pair(pair, settings.confidence, request.examples),
        )


def _templates(
    examples: "Sequence[Example]", settings: MiningSettings, solver: Solver | None, knowledge: "Knowledge"
) -> "Templates":
    from rewrite_offline.templates import Templates, mine_templates

    return Templates(mine_templates(examples, settings, solver, knowledge) if settings.templates else ())


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
    evidence: Evidence,
    tenant: str,
    interpretation: Interpretation | None,
    now: datetime,
    miner: str,
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
        evidence=evidence,
        miner=miner,
        time=now,
    )
