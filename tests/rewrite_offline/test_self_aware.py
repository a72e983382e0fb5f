"""What rewrites did, read off the log: posteriors against a plain oracle, and what follows from them."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import settings as told
from hypothesis import strategies as st
from scipy import integrate
from scipy.stats import beta

from rewrite_offline import MiningSettings, mine
from rewrite_offline.lookup import LearnedLookup
from rewrite_offline.mining import Counts, LexicalRephraseTest, attempts
from rewrite_offline.self_aware import Known, Pair, Side, Trial, Verdict, judge, know, newest
from rewrite_offline.self_aware.known import name_of
from rewrite_offline.self_aware.posterior import Prior, changed_at
from rewrite_offline.self_aware.trials import DAY
from rewrite_offline.table import RewriteQuery, Table, publish
from streams.outcome import OutcomeModel
from streams.records import (
    AppliedRewrite,
    DialogueContext,
    Interpretation,
    Response,
    ResponseStatus,
    Slot,
    Turn,
)
from streams.sessions import SessionSettings, sessions_of

_START = datetime(2026, 3, 1, 9, tzinfo=UTC)
_DRAGONS = Interpretation(
    domain="music", intent="play", slots=(Slot(name="artist", value="imagine dragons"),), confidence=0.95
)
_JAZZ = Interpretation(
    domain="music", intent="play", slots=(Slot(name="genre", value="jazz"),), confidence=0.95
)
_EMPTY = Interpretation(confidence=0.9)
_SAID, _BETTER = "play a magic dragons", "play imagine dragons"

trials = st.lists(
    st.builds(
        Trial,
        time=st.integers(0, 40 * DAY),
        turn_id=st.uuids().map(str),
        person=st.sampled_from("abcdef"),
        success=st.floats(0, 1),
    ),
    max_size=12,
)


def turn(customer, day, number, text, reading=None, *, original=None, fails=False, gone=False):
    """One request; without a reading it was not understood."""
    understood = reading is not None and not fails
    status = ResponseStatus.OK if understood else ResponseStatus.NOT_UNDERSTOOD
    return Turn(
        turn_id=f"{customer}:{day}:{number}",
        customer_id=customer,
        time=_START + timedelta(days=day, seconds=8 * number),
        utterance=text,
        context=DialogueContext(),
        nlu=(reading or _EMPTY,),
        rewrite=None
        if original is None
        else AppliedRewrite(request_id=f"r:{customer}:{day}:{number}", original_utterance=original),
        response=Response(
            text="Here you are." if understood else "Sorry.",
            status=ResponseStatus.NO_RESULT if gone else status,
        ),
    )


def shown(customers, day=0):
    """They say it, are not understood, and say it better."""
    found = []
    for name in customers:
        found += [turn(name, day, 0, _SAID), turn(name, day, 1, _BETTER, _DRAGONS)]
    return found


def rewritten(customers, day, *, fails=False, gone=False):
    return [
        turn(name, day, 2, _BETTER, _DRAGONS, original=_SAID, fails=fails, gone=gone) for name in customers
    ]


def people(count, prefix="c"):
    return [f"{prefix}{n}" for n in range(count)]


def learn(turns, **chosen):
    sessions = sessions_of(turns, [], SessionSettings())
    return mine(sessions, OutcomeModel.given(), MiningSettings(generalise=False, **chosen))


def entries(mined):
    return {(r.asked, r.source): r.target for r in mined.rewrites}


def knowledge(turns, **chosen):
    settings = MiningSettings(**chosen)
    counts, read = Counts(settings.vote_cap, self_aware=True), {}
    for session in sessions_of(turns, [], SessionSettings()):
        found = list(attempts(session, OutcomeModel.given(), LexicalRephraseTest()))
        counts.add(found)
        read |= {attempt.state: attempt.reading for attempt in found if attempt.reading is not None}
    return know(counts, settings, lambda states: {state: read[state] for state in states if state in read})


# Posteriors


@given(trials, trials, st.floats(1, 60), st.floats(0, 0.3))
@told(max_examples=30, deadline=None)
def test_posteriors_are_those_of_a_plain_oracle(one, other, half_life, gain):
    one, other, now, prior = sorted(one), sorted(other), 40 * DAY, Prior(0.8, 0.3)
    found = judge(one, other, prior, now=now, half_life=half_life, min_gain=gain, change=1e9)

    def plainly(trials, mean):
        a, b = mean, 1 - mean
        for trial in trials:
            weight = 2 ** -((now - trial.time) / DAY / half_life)
            a, b = a + weight * trial.success, b + weight * (1 - trial.success)
        return a, b

    sides = plainly(one, 0.8), plainly(other, 0.3)
    assert (found.rewritten.a, found.rewritten.b) == pytest.approx(sides[0])
    assert (found.plain.a, found.plain.b) == pytest.approx(sides[1])
    with_it, without = beta(*sides[0]), beta(*sides[1])
    # Over the quantiles, where the integrand is bounded.
    better = integrate.quad(lambda q: with_it.sf(without.ppf(q) + gain), 0, 1, limit=200)[0]
    assert found.better == pytest.approx(better, abs=0.01)


@given(trials, st.integers(1, 4), st.randoms())
def test_the_newest_votes_of_each_person_count(found, cap, generator):
    kept = newest(found, cap)
    shuffled = list(found)
    generator.shuffle(shuffled)
    assert kept == newest(shuffled, cap) == sorted(kept)
    for person in "abcdef":
        theirs = sorted(trial for trial in found if trial.person == person)
        assert [trial for trial in kept if trial.person == person] == theirs[-cap:]


def test_a_change_is_found_where_it_was():
    works, fails = (
        [Trial(day * DAY, str(day), "a", p) for day in days]
        for days, p in ((range(20), 0.9), (range(20, 24), 0.1))
    )
    assert changed_at([*works, *fails], 3.0) == 20
    assert changed_at(works, 3.0) == changed_at(fails, 3.0) == changed_at([], 3.0) == 0
    assert changed_at([*works, *fails[:1]], 3.0) == 0, "one failure is chance"


# What follows


def test_a_rewritten_turn_says_nothing_of_its_target():
    turns = [*shown(people(8)), *rewritten(people(6), 3, fails=True)]
    plain, aware = learn(turns, self_aware=False), learn(turns)
    counted = {row.text: row.turns for row in plain.failing}
    assert counted[_BETTER] == 14
    assert all(row.text != _BETTER for row in aware.failing if row.failures > 1)


def test_an_entry_that_works_is_kept_when_the_log_no_longer_shows_why():
    # Too few ever said it again for the chain; the rewrite was served, by an earlier table, and worked.
    said = "the fire song people"
    turns = [turn(name, 0, 0, said) for name in people(8)]
    turns += [turn(f"t{n}", 1, 0, _BETTER, _DRAGONS) for n in range(6)]
    served = [turn(name, 5, 2, _BETTER, _DRAGONS, original=said) for name in people(5)]
    assert not learn([*turns, *served], self_aware=False).rewrites
    kept = learn([*turns, *served])
    assert entries(kept) == {(None, said): _BETTER}
    (rewrite,) = kept.rewrites
    assert rewrite.interpretation == _DRAGONS
    assert rewrite.evidence.improvement_low > 0
    few = learn([*turns, *served[:1]])
    assert not few.rewrites, "the word of one proves nothing"


def test_an_entry_that_stops_working_is_withdrawn_within_a_day_and_stays_away(tmp_path):
    turns = [*shown(people(12)), *rewritten(people(6), 3), *rewritten(people(6, "d"), 5)]
    assert entries(learn(turns)) == {(None, _SAID): _BETTER}
    today = [*turns, *rewritten(people(5, "e"), 6, gone=True)]
    mined = learn(today)
    assert not mined.rewrites
    assert not learn([*today, *(turn(name, 60, 0, "play jazz", _JAZZ) for name in people(6))]).rewrites, (
        "old evidence"
    )
    # The model is not served either.
    known = Known.from_bytes(mined.attachments["self-aware.json"])
    assert known.gone or known.withdrawn


def test_what_was_withdrawn_returns_by_new_evidence():
    turns = [*shown(people(12)), *rewritten(people(6), 3), *rewritten(people(6), 4, fails=True)]
    turns += [turn(name, 5, 3, _SAID, _DRAGONS) for name in people(9)]  # as it is, it works
    assert not learn(turns).rewrites
    again = [*turns, *shown(people(12, "n"), 9), *shown(people(12, "m"), 10)]
    pair = knowledge(again).known.pair("text", None, _SAID, _BETTER)
    assert pair is not None
    assert pair.verdict is not Verdict.WITHDRAWN


def test_what_nobody_uses_fades_out():
    turns = [*shown(people(8)), *rewritten(people(6), 2)]
    assert entries(learn(turns))
    later = [turn(name, 200, 0, "play jazz", _JAZZ) for name in people(6)]
    mined = learn([*turns, *later])
    assert (None, _SAID) not in entries(mined)
    assert {p.refused for p in mined.proposals if p.request.text == _SAID} == {"faded"}


def test_guards_of_privacy_and_of_intents_hold_for_what_is_kept():
    turns = [*shown(people(8)), *rewritten(people(6), 2)]
    assert not learn(turns, never_rewritten={"play"}).rewrites
    assert not learn(turns, min_customers=9).rewrites


# Laws of counting


@st.composite
def logs(draw):
    turns = []
    for name in people(draw(st.integers(5, 9))):
        turns += shown([name], draw(st.integers(0, 3)))
        for day in draw(st.lists(st.integers(4, 12), max_size=5, unique=True)):
            turns += rewritten([name], day, fails=draw(st.booleans()))
    return turns


@given(logs(), st.randoms())
@told(max_examples=15, deadline=None)
def test_the_order_of_the_log_does_not_matter(turns, generator):
    shuffled = list(turns)
    generator.shuffle(shuffled)
    assert knowledge(turns).known.to_bytes() == knowledge(shuffled).known.to_bytes()


@given(logs())
@told(max_examples=15, deadline=None)
def test_a_day_added_later_is_a_day_of_the_log(turns):
    settings = MiningSettings()
    first, then = (
        [t for t in turns if (t.time < _START + timedelta(days=7)) is early] for early in (True, False)
    )
    counts = Counts(settings.vote_cap, self_aware=True)
    for part in (first, then):
        for session in sessions_of(part, [], SessionSettings()):
            counts.add(attempts(session, OutcomeModel.given(), LexicalRephraseTest()))
        counts.rewritten()  # asked in between, as it would be every night
    assert know(counts, settings, lambda states: {}).known.to_bytes() == _without_readings(turns)


def _without_readings(turns):
    settings = MiningSettings()
    counts = Counts(settings.vote_cap, self_aware=True)
    for session in sessions_of(turns, [], SessionSettings()):
        counts.add(attempts(session, OutcomeModel.given(), LexicalRephraseTest()))
    return know(counts, settings, lambda states: {}).known.to_bytes()


@given(logs(), st.integers(0, 4))
@told(max_examples=15, deadline=None)
def test_who_is_forgotten_was_never_there(turns, who):
    gone = f"c{who}"
    left = [one for one in turns if one.customer_id != gone]
    pair = knowledge(left).known.pair("text", None, _SAID, _BETTER)
    whole = knowledge(turns).known.pair("text", None, _SAID, _BETTER)
    if pair is not None and whole is not None:
        assert pair.people == whole.people - 1
    texts = [one for one in left if one.rewrite is not None]
    assert (pair is None) == (not texts or len({one.customer_id for one in left}) < 5)


# What is published


def side(**given):
    return Side(**{"won": 1.0, "lost": 1.0, "a": 1.5, "b": 1.5, "turns": 2, "people": 2, **given})


def test_it_is_written_and_read():
    pair = Pair("text", None, "a", "b", side(), side(changed=3), 0.5, Verdict.OPEN, 5, 7)
    known = Known([pair], {name_of(None, "c", "d")}, {"x": 9})
    again = Known.from_bytes(known.to_bytes())
    assert (again.pairs, again.withdrawn, again.gone) == (known.pairs, known.withdrawn, known.gone)
    assert again.pair("text", None, "a", "b") == pair
    assert not Known()
    assert Known().attachments() == {}


def test_what_few_said_is_withdrawn_without_its_words(tmp_path):
    turns = [*shown(people(12)), *(turn("lone", d, 0, "my own words", _DRAGONS) for d in range(3))]
    turns.append(turn("lone", 4, 0, _BETTER, _DRAGONS, original="my own words", fails=True))
    mined = learn(turns)
    content = mined.attachments["self-aware.json"]
    assert b"my own words" not in content
    known = Known.from_bytes(content)
    assert name_of(None, "my own words", _BETTER) in known.withdrawn
    publish(mined.rewrites, tmp_path, made_from={}, attachments=mined.attachments)
    lookup = LearnedLookup(Table.open(tmp_path))
    assert lookup.known() is not None
    assert lookup.find(RewriteQuery(_SAID)).blocked is None


def test_what_is_said_again_may_have_been_rewritten():
    turns = [*shown(people(8))]
    # Nobody but the rewrite ever led to jazz, and what came before was left alone.
    turns += [turn("x", 2, 0, "play something"), turn("x", 2, 1, "play jazz", _JAZZ, original="play jass")]
    assert learn(turns).rewrites


def test_a_log_without_rewrites_teaches_as_before():
    turns = shown(people(8))
    random.Random(1).shuffle(turns)
    aware, plain = learn(turns), learn(turns, self_aware=False)
    assert entries(aware) == entries(plain)
    assert aware.attachments == plain.attachments
