"""Reading off a log what the rewrites in it did."""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import fsum
from typing import TypeVar

from rewrite_offline.mining.counts import Counts, PlainTurn, RewrittenTurn, UnderstoodTurn
from rewrite_offline.mining.miner import Superposed
from rewrite_offline.mining.states import is_reading, key_of, rename
from rewrite_offline.self_aware.known import Known, Pair, Side, Verdict, name_of
from rewrite_offline.self_aware.patterns import Pattern, Patterns
from rewrite_offline.self_aware.posterior import Judged, Prior, changed_at, judge
from rewrite_offline.self_aware.trials import DAY, Trial, newest
from rewrite_offline.settings import MiningSettings
from streams.records import Interpretation

__all__ = ["Knowledge", "know"]

#: P(a plain turn failed) from which a next one with the rewrite's meaning shows that meaning once more.
_SHOWN = 0.3
#: A meaning is gone where so many customers, at least, no longer get to it …
_GONE_FOR = 2
#: … which more than half of the time they did, and now they seldom do.
_WORKED, _WORKS = 0.5, 0.3

Key = tuple[str | None, str]
Row = TypeVar("Row")
Group = TypeVar("Group", bound=Hashable)


@dataclass(frozen=True)
class Knowledge:
    """What the rewrites of a log did.

    Attributes
    ----------
    known
        What is published of it.
    kept
        (Asked, text) → the rewrite that earned its place there, and the state that it leads to.
    kept_templates
        The same for templates: with what they lead to, slots in the place of values.
    superposed, superposed_templates
        (Asked, text or template) → its rewritten edge.
    """

    known: Known = field(default_factory=Known)
    kept: Mapping[Key, tuple[Pair, str]] = field(default_factory=dict)
    kept_templates: Mapping[Key, tuple[Pair, Pattern]] = field(default_factory=dict)
    superposed: Mapping[Key, Superposed] = field(default_factory=dict)
    superposed_templates: Mapping[Key, Superposed] = field(default_factory=dict)
    refused: Mapping[tuple[str, str | None, str, str], Verdict] = field(default_factory=dict)

    def refusal(self, kind: str, asked: str | None, source: str, target: str, state: str) -> str | None:
        """Return why a rewrite has to stay out, by what it or its target did; None where it may come in."""
        if is_reading(state) and name_of(None, key_of(state), "") in self.known.gone:
            return Verdict.WITHDRAWN
        # Other words for the same meaning are the same rewrite.
        verdict = self.refused.get((kind, asked, source, target)) or self.refused.get(
            (kind, asked, source, rename(state, None))
        )
        return None if verdict is None else verdict.value


def know(
    counts: Counts,
    settings: MiningSettings,
    readings: Callable[[Collection[str]], Mapping[str, Interpretation]],
) -> Knowledge:
    """Hold the turns that were rewritten against those in which the same requests were left alone.

    Parameters
    ----------
    counts
        Attempts of the log, those that were rewritten apart.
    settings
        How evidence fades, and what follows from it.
    readings
        Gives an interpretation for each of some states.

    Returns
    -------
    Knowledge
        The same for the same turns, whatever their order; empty where none was rewritten.
    """
    rewritten = counts.rewritten()
    if not rewritten:
        return Knowledge()
    patterns = Patterns.of(rewritten, readings({row.state for row in rewritten if row.understood}))
    texts = {(row.asked, row.text) for row in rewritten}
    examples = {
        (request.asked, request.text): found
        for request in counts.requests()
        if (found := patterns.source_of(request.asked, request.text)) is not None
    }
    plain = counts.plain({*texts, *examples})
    of_texts = [row for row in plain if (row.asked, row.text) in texts]
    judging = _Judging(
        settings,
        counts.last,
        Prior(_mean(row.success for row in rewritten), _mean(row.success for row in of_texts)),
    )
    by_text = _grouped(of_texts, lambda row: (row.asked, row.text))
    by_template = _grouped(
        (row for row in plain if (row.asked, row.text) in examples),
        lambda row: (row.asked, examples[row.asked, row.text]),
    )
    pairs = _grouped(rewritten, lambda row: (row.asked, row.text, row.target))
    texts_judged = [
        judging.pair("text", key, rows, by_text.get(key[:2], []), _most_common(row.state for row in rows))
        for key, rows in pairs.items()
    ]
    templates_judged = [
        judging.pair(
            "template",
            (asked, pattern.source, pattern.target),
            rows,
            by_template.get((asked, pattern.source), []),
            pattern.state,
        )
        for (asked, pattern), rows in patterns.trials(rewritten).items()
    ]
    return _knowledge(texts_judged, templates_judged, patterns, _gone(counts, rewritten, settings), settings)


@dataclass(frozen=True)
class _Found:
    """A pair, and the state that it leads to."""

    pair: Pair
    state: str


@dataclass(frozen=True)
class _Judging:
    settings: MiningSettings
    now: int
    prior: Prior

    def pair(
        self,
        kind: str,
        key: tuple[str | None, str, str],
        rewritten: Sequence[RewrittenTurn],
        plain: Sequence[PlainTurn],
        state: str,
    ) -> _Found:
        settings = self.settings
        people = {row.person for row in rewritten} | {row.person for row in plain}
        with_it = newest(map(_trial, rewritten), settings.vote_cap)
        without = newest(map(_trial, plain), settings.vote_cap)
        again = [(row.time, row.person) for row in plain if _says_again(row, kind, state)]
        with_it = self._since_new_evidence(with_it, without, again)
        last = rewritten[-1].time
        judged = judge(
            with_it, without, self.prior, now=last, half_life=settings.half_life, min_gain=settings.min_gain,
            change=settings.change,
        )  # fmt: skip
        used = fsum(0.5 ** ((self.now - t.time) / (settings.half_life * DAY)) for t in (*with_it, *without))
        pair = Pair(
            kind, *key, judged.rewritten, judged.plain, judged.better,
            self._verdict(judged, used, len(people), len(rewritten) + len(plain)), len(people), last,
        )  # fmt: skip
        return _Found(pair, state)

    def _verdict(self, judged: Judged, used: float, people: int, turns: int) -> Verdict:
        settings = self.settings
        if judged.rewritten.turns and judged.better < settings.withdraw_below:
            return Verdict.WITHDRAWN
        if used < settings.fade_out:
            return Verdict.FADED
        enough = people >= settings.min_customers and turns >= settings.min_turns
        earned = enough and _by_enough(judged.rewritten, settings) and judged.better >= settings.keep_above
        return Verdict.KEPT if earned else Verdict.OPEN

    def _since_new_evidence(
        self, rewritten: list[Trial], plain: list[Trial], again: Sequence[tuple[int, str]]
    ) -> list[Trial]:
        """Leave out trials before a withdrawal after which enough customers for an entry showed the meaning anew."""
        start = 0
        for place in range(1, len(rewritten) + 1):
            since = rewritten[place - 1].time
            until = rewritten[place].time if place < len(rewritten) else self.now + 1
            shown_by = {person for time, person in again if since < time < until}
            if (
                len(shown_by) >= self.settings.min_customers
                and self._better(rewritten[start:place], plain, since) < self.settings.withdraw_below
            ):
                start = place
        return rewritten[start:]

    def _better(self, rewritten: Sequence[Trial], plain: Sequence[Trial], now: int) -> float:
        settings = self.settings
        return judge(
            rewritten, [trial for trial in plain if trial.time <= now], self.prior, now=now,
            half_life=settings.half_life, min_gain=settings.min_gain, change=settings.change,
        ).better  # fmt: skip


def _knowledge(
    texts: Sequence[_Found],
    templates: Sequence[_Found],
    patterns: Patterns,
    gone: Mapping[str, int],
    settings: MiningSettings,
) -> Knowledge:
    everything = [*texts, *templates]
    refused: dict[tuple[str, str | None, str, str], Verdict] = {}
    for found in sorted(everything, key=lambda one: (one.pair.better, one.pair.target)):
        pair = found.pair
        if pair.verdict in (Verdict.WITHDRAWN, Verdict.FADED):
            refused[pair.kind, pair.asked, pair.source, pair.target] = pair.verdict
            refused.setdefault((pair.kind, pair.asked, pair.source, rename(found.state, None)), pair.verdict)
    here = [one for one in everything if name_of(None, key_of(one.state), "") not in gone]
    best: dict[tuple[str, str | None, str], _Found] = {}
    for one in sorted(here, key=lambda one: (-one.pair.better, one.pair.target)):
        if one.pair.verdict in (Verdict.KEPT, Verdict.OPEN):
            best.setdefault((one.pair.kind, one.pair.asked, one.pair.source), one)
            # What works in one wording was not withdrawn for its meaning.
            refused.pop((one.pair.kind, one.pair.asked, one.pair.source, rename(one.state, None)), None)

    def edges(kind: str) -> dict[Key, Superposed]:
        return {
            (asked, source): Superposed(one.state, one.pair.better, one.pair.rewritten.mean)
            for (of, asked, source), one in best.items()
            if of == kind and _by_enough(one.pair.rewritten, settings)
        }

    kept = {key: one for key, one in best.items() if one.pair.verdict is Verdict.KEPT}
    return Knowledge(
        known=Known(
            (one.pair for one in everything if one.pair.people >= settings.min_customers),
            (
                name_of(one.pair.asked, one.pair.source, one.pair.target)
                for one in texts
                if one.pair.verdict is Verdict.WITHDRAWN
            ),
            gone,
        ),
        kept={key[1:]: (one.pair, one.state) for key, one in kept.items() if key[0] == "text"},
        kept_templates={
            key[1:]: (one.pair, patterns.pattern(one.pair.asked, one.pair.source, one.pair.target))
            for key, one in kept.items()
            if key[0] == "template"
        },
        superposed=edges("text"),
        superposed_templates=edges("template"),
        refused=refused,
    )


def _gone(counts: Counts, rewritten: Iterable[RewrittenTurn], settings: MiningSettings) -> dict[str, int]:
    """Name the meanings of rewrites to which requests got, and no longer get, whoever puts them how."""
    states = {row.state for row in rewritten if row.understood}
    found = {}
    for meaning, rows in _grouped(counts.taken_for(states), lambda row: rename(row.state, None)).items():
        trials = newest(map(_trial, rows), settings.vote_cap)
        since = changed_at(trials, settings.change)
        before, after = trials[:since], trials[since:]
        if (
            since
            and len({trial.person for trial in after}) >= _GONE_FOR
            and _mean(trial.success for trial in before) > _WORKED
            and _mean(trial.success for trial in after) < _WORKS
        ):
            found[name_of(None, key_of(meaning), "")] = after[0].time
    return found


def _by_enough(side: Side, settings: MiningSettings) -> bool:
    """Whether a rewrite was applied for half as many customers as an entry needs: the word of one proves nothing."""
    return 2 * side.people >= settings.min_customers


def _says_again(row: PlainTurn, kind: str, state: str) -> bool:
    """Whether a request that was left alone failed, and what was said next is what the rewrite says."""
    if row.retry is None or 1 - row.success < _SHOWN:
        return False
    if kind == "text":
        return rename(row.retry, None) == rename(state, None)
    return key_of(row.retry).split("(", 1)[0] == key_of(state).split("(", 1)[0]


def _trial(row: RewrittenTurn | PlainTurn | UnderstoodTurn) -> Trial:
    return Trial(row.time, row.turn_id, row.person, row.success)


def _mean(values: Iterable[float]) -> float:
    """Mean, with one vote for a half."""
    found = list(values)
    return (fsum(found) + 0.5) / (len(found) + 1)


def _grouped(rows: Iterable[Row], key: Callable[[Row], Group]) -> dict[Group, list[Row]]:
    found: defaultdict[Group, list[Row]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return dict(found)


def _most_common(states: Iterable[str]) -> str:
    counted: defaultdict[str, int] = defaultdict(int)
    for state in states:
        counted[state] += 1
    return min(counted, key=lambda state: (-counted[state], state))
