"""Learning templates: the chain over texts and meanings with slots in the place of their values."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rewrite_offline.chain import Solver
from rewrite_offline.emission import Example
from rewrite_offline.errors import NothingToLearnFrom
from rewrite_offline.mining.counts import Counts
from rewrite_offline.mining.evidence import Attempt
from rewrite_offline.mining.guards import Proposal, evidence_of, touches
from rewrite_offline.mining.miner import Miner
from rewrite_offline.mining.states import asked_of, is_reading, key_of, reading_state, text_state
from rewrite_offline.settings import MiningSettings
from rewrite_offline.templates.entries import Entry
from rewrite_offline.templates.matching import Matcher
from rewrite_offline.templates.wording import abstract, abstract_reading, fixed_words, slots_of
from streams.records import Interpretation

if TYPE_CHECKING:
    from rewrite_offline.self_aware import Knowledge

__all__ = ["mine_templates"]

#: A template has this many words of its own, or it would fit nearly anything.
_FIXED = 2
#: … and this many customers who named the same again in other words.
_SHOWN_BY = 2
#: P(it says the same again) of a request that names every value of the next one: chance seldom does.
_NAMES_THE_SAME = 0.9


def mine_templates(
    examples: Sequence[Example],
    settings: MiningSettings,
    solver: Solver | None = None,
    knowledge: "Knowledge | None" = None,
) -> tuple[Entry, ...]:
    """Learn which templates are better said otherwise.

    Parameters
    ----------
    examples
        Turns, as `Sample.examples` gives them.
    settings
        Guards and weights, as for the table.
    solver
        Solves the chain.
    knowledge
        What templates did that were served: those that earn their place are entries, those that do not are none.

    Returns
    -------
    tuple of Entry
        What passed the guards; the same for the same turns.
    """
    kept = _kept(knowledge, settings)
    ours = {(entry.asked, entry.source) for entry in kept}
    found = _found(examples, settings, solver, knowledge)
    return (*kept, *(entry for entry in found if (entry.asked, entry.source) not in ours))


def _kept(knowledge: "Knowledge | None", settings: MiningSettings) -> list[Entry]:
    if knowledge is None:
        return []
    from rewrite_offline.self_aware.evidence import evidence_of_pair

    return [
        Entry(
            asked=pair.asked,
            source=pair.source,
            target=pair.target,
            interpretation=pattern.interpretation,
            win_probability=pair.rewritten.mean,
            evidence=evidence_of_pair(pair, settings.confidence),
        )
        for pair, pattern in knowledge.kept_templates.values()
        if not touches(pattern.state, {}, settings.never_rewritten)
    ]


def _found(
    examples: Sequence[Example],
    settings: MiningSettings,
    solver: Solver | None,
    knowledge: "Knowledge | None",
) -> tuple[Entry, ...]:
    abstraction = _Abstraction.of([example.attempt for example in examples])
    if not abstraction.matchers:
        return ()
    careful = settings.model_copy(
        update={"min_win_loss": max(settings.min_win_loss, settings.template_win_loss)}
    )
    counts = Counts(settings.vote_cap)
    counts.add(abstraction.attempts([example.attempt for example in examples]))
    try:
        edges = None if knowledge is None else knowledge.superposed_templates
        proposals = Miner(counts, careful, solver, edges).proposals()
    except NothingToLearnFrom:
        return ()
    finally:
        counts.close()
    return tuple(
        _entry(proposal, abstraction.readings[proposal.state], settings)
        for proposal in proposals
        if proposal.refused is None
        and slots_of(proposal.request.text)
        and slots_of(proposal.request.text) == slots_of(proposal.target.text)
        and proposal.state in abstraction.readings
        and (
            knowledge is None
            or knowledge.refusal(
                "template",
                proposal.request.asked,
                proposal.request.text,
                proposal.target.text,
                proposal.state,
            )
            is None
        )
    )


def _entry(proposal: Proposal, reading: Interpretation, settings: MiningSettings) -> Entry:
    request = proposal.request
    return Entry(
        asked=request.asked,
        source=request.text,
        target=proposal.target.text,
        interpretation=reading,
        win_probability=min(1.0, proposal.win_probability),
        evidence=evidence_of(proposal, settings.confidence),
    )


@dataclass(frozen=True)
class _Abstraction:
    """How texts and states of a log become templates.

    Attributes
    ----------
    plain
        State → its reading, of all that a turn was understood as.
    abstracted
        State → the state with slots for values, of readings whose values their texts mostly hold word by word.
    readings
        State with slots for values → its reading.
    matchers
        Question → templates of requests that customers said again in other words.
    """

    plain: Mapping[str, Interpretation]
    abstracted: Mapping[str, str]
    readings: Mapping[str, Interpretation]
    matchers: Mapping[str | None, Matcher]

    @classmethod
    def of(cls, attempts: Sequence[Attempt]) -> "_Abstraction":
        plain: dict[str, Interpretation] = {}
        verbatim: defaultdict[str, int] = defaultdict(int)
        for attempt in attempts:
            if attempt.reading is not None and attempt.reading.slots:
                plain.setdefault(attempt.state, attempt.reading)
                verbatim[attempt.state] += 1 if abstract(attempt.text, attempt.reading.slots) else -1
        abstracted, readings = {}, {}
        for state in sorted(plain):
            if verbatim[state] > 0:
                reading = abstract_reading(plain[state]).model_copy(update={"confidence": None})
                abstracted[state] = reading_state(asked_of(state), reading)
                readings[abstracted[state]] = reading
        return cls(plain, abstracted, readings, _matchers(attempts, plain, abstracted))

    def attempts(self, attempts: Sequence[Attempt]) -> list[Attempt]:
        """Give the attempts over templates."""
        found = [self._attempt(attempt) for attempt in attempts]
        known = {attempt.state for attempt in found}
        # Where the next request became something else than this one can name, it is left out.
        return [
            attempt if attempt.retry in known else replace(attempt, retry=None, retry_weight=0.0)
            for attempt in found
        ]

    def _attempt(self, attempt: Attempt) -> Attempt:
        text, state = self._text_and_state(attempt)
        retry, weight = self._retry(attempt)
        if retry == state:
            retry, weight = None, 0.0
        return replace(
            attempt,
            text=text,
            state=state,
            # Weaker hypotheses are of the plain texts, and were counted with them.
            readings=((state, 1.0),) if attempt.understood else (),
            retry=retry,
            retry_weight=weight,
        )

    def _text_and_state(self, attempt: Attempt) -> tuple[str, str]:
        matched = self._matched(attempt.asked, attempt.text)
        if attempt.reading is None or not attempt.understood:
            text = attempt.text if matched is None else matched
            return text, text_state(attempt.asked, text)
        own = abstract(attempt.text, attempt.reading.slots)
        if matched is not None:
            # Understood as being about other words than those that stand for the slots, it stays what it was.
            return matched, self.abstracted.get(
                attempt.state, attempt.state
            ) if own == matched else attempt.state
        if own is not None and attempt.state in self.abstracted:
            return own, self.abstracted[attempt.state]
        return attempt.text, attempt.state

    def _retry(self, attempt: Attempt) -> tuple[str | None, float]:
        retry = attempt.retry
        if retry is None:
            return None, 0.0
        if not is_reading(retry):
            text, asked = key_of(retry), asked_of(retry)
            return text_state(asked, self._matched(asked, text) or text), attempt.retry_weight
        if retry in self.abstracted and abstract(attempt.text, self.plain[retry].slots) is not None:
            return self.abstracted[retry], max(_NAMES_THE_SAME, attempt.retry_weight)
        return self.abstracted.get(retry, retry), attempt.retry_weight

    def _matched(self, asked: str | None, text: str) -> str | None:
        matcher = self.matchers.get(asked)
        found = None if matcher is None else matcher.match(text)
        return None if found is None else found[0]


def _matchers(
    attempts: Sequence[Attempt], plain: Mapping[str, Interpretation], abstracted: Mapping[str, str]
) -> dict[str | None, Matcher]:
    """Find the templates that several customers said and, naming the same, said again in other words."""
    shown_by: defaultdict[tuple[str | None, str], set[str]] = defaultdict(set)
    for attempt in attempts:
        if attempt.retry is not None and attempt.retry in abstracted and attempt.retry != attempt.state:
            template = abstract(attempt.text, plain[attempt.retry].slots)
            if template is not None and fixed_words(template) >= _FIXED:
                shown_by[attempt.asked, template].add(attempt.person)
    found: defaultdict[str | None, list[str]] = defaultdict(list)
    for (asked, template), people in sorted(shown_by.items(), key=lambda one: (one[0][0] or "", one[0][1])):
        if len(people) >= _SHOWN_BY:
            found[asked].append(template)
    return {asked: Matcher(templates) for asked, templates in found.items()}
