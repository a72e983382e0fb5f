"""Days of a world: the same for the same seed, and different only where something else is."""

import itertools
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from people_world import WORLD, small_world

from simulator.assistant import Assistant
from simulator.simulation import Applied, Asked, Day, Rewriting, Simulation, counterfactual
from simulator.world import World, load_world
from streams.records import ResponseStatus, Signal, SignalKind, Stage, Turn
from streams.truth import Truth

SEED = 11
DAYS = 3


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return small_world(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="module")
def assistant(world: World) -> Assistant:
    return Assistant(world)


Live = Callable[..., list[Day]]


@pytest.fixture(scope="module")
def live(world: World, assistant: Assistant) -> Live:
    def _live(rewriting: Rewriting | None = None, seed: int = SEED, **how: object) -> list[Day]:
        simulation = Simulation(world, seed, days=DAYS, rewriting=rewriting, assistant=assistant, **how)
        return list(simulation)

    return _live


@pytest.fixture(scope="module")
def days(live: Live) -> list[Day]:
    return live()


def turns_of(days: list[Day]) -> list[Turn]:
    return [turn for day in days for turn in day.turns]


def test_the_same_seed_gives_the_same_days_and_another_one_others(live: Live, days: list[Day]) -> None:
    assert live() == days
    assert turns_of(live(seed=SEED + 1)) != turns_of(days)


def test_homes_live_alike_whoever_else_is_simulated(live: Live, days: list[Day]) -> None:
    some = live(homes=lambda number: number % 2 == 1)
    assert turns_of(some) == [turn for turn in turns_of(days) if int(turn.home_id[1:]) % 2 == 1]


def test_more_customers_change_nothing_for_those_before_them(live: Live, days: list[Day]) -> None:
    fewer = turns_of(live(customers=5))
    # The last home of the smaller world may lack somebody.
    homes = {turn.home_id for turn in fewer} - {max(turn.home_id for turn in fewer)}
    assert [t for t in fewer if t.home_id in homes] == [t for t in turns_of(days) if t.home_id in homes]


def test_a_simulation_goes_on_from_what_was_kept(
    world: World, assistant: Assistant, live: Live, days: list[Day]
) -> None:
    first = Simulation(world, SEED, days=DAYS, assistant=assistant)
    first.day(0)
    second = Simulation(world, SEED, days=DAYS, assistant=assistant)
    second.restore(first.to_json())
    assert [second.day(1), second.day(2)] == days[1:]
    with pytest.raises(ValueError, match="day 1 is over"):
        second.day(1)


def test_days_and_turns_come_in_order_and_ids_are_nobody_elses(days: list[Day]) -> None:
    turns = turns_of(days)
    times = [turn.time for turn in turns]
    assert times == sorted(times)
    assert len({turn.turn_id for turn in turns}) == len(turns)
    signals = [signal for day in days for signal in day.signals]
    assert len({signal.signal_id for signal in signals}) == len(signals)
    for day in days:
        assert {turn.time.date().toordinal() - times[0].date().toordinal() for turn in day.turns} == {
            day.number
        }


@given(seed=st.integers(0, 2**40), customers=st.integers(1, 9))
@settings(max_examples=8, deadline=None)
def test_whatever_the_seed_a_day_holds_together(
    world: World, assistant: Assistant, seed: int, customers: int
) -> None:
    day = Simulation(world, seed, customers=customers, assistant=assistant).day(0)
    turns = {turn.turn_id: turn for turn in day.turns}
    assert len(turns) == len(day.turns) == len(day.truths)
    assert [turn.time for turn in day.turns] == sorted(turn.time for turn in day.turns)
    assert [truth.turn_id for truth in day.truths] == list(turns)
    assert {signal.turn_id for signal in day.signals} <= turns.keys()
    for kind, records in ((Turn, day.turns), (Signal, day.signals), (Truth, day.truths)):
        for record in records:
            assert kind.model_validate(record.model_dump()) == record
    nobody_speaks_twice_at_a_time(day.turns)


def test_nobody_speaks_twice_at_a_time(days: list[Day]) -> None:
    nobody_speaks_twice_at_a_time(turns_of(days))


def nobody_speaks_twice_at_a_time(turns: Iterable[Turn]) -> None:
    ended: dict[str, object] = {}
    for turn in turns:
        assert turn.response is not None
        before = ended.get(turn.customer_id)
        assert before is None or before <= turn.time
        assert turn.time < turn.response.ended
        ended[turn.customer_id] = turn.response.ended


def test_signals_are_about_turns_and_truths_are_of_each(days: list[Day]) -> None:
    for day in days:
        at = {turn.turn_id: turn for turn in day.turns}
        assert [truth.turn_id for truth in day.truths] == [turn.turn_id for turn in day.turns]
        for signal in day.signals:
            assert at[signal.turn_id].customer_id == signal.customer_id
            assert at[signal.turn_id].time < signal.time


def test_rephrases_are_later_turns_of_the_goal(days: list[Day]) -> None:
    found = 0
    for day in days:
        at = {turn.turn_id: turn for turn in day.turns}
        truths = {truth.turn_id: truth for truth in day.truths}
        for truth in day.truths:
            for later in truth.rephrases:
                assert truths[later].goal_id == truth.goal_id
                assert at[truth.turn_id].time < at[later].time
                found += 1
            if truth.best_rephrase is not None:
                assert truth.best_rephrase in truth.rephrases
                assert not truths[truth.best_rephrase].defect
    assert found > 5


def test_what_miners_look_for_occurs_with_and_without_a_failure(days: list[Day]) -> None:
    truths = {truth.turn_id: truth for day in days for truth in day.truths}
    cut = [s.turn_id for day in days for s in day.signals if s.kind is SignalKind.INTERRUPTED]
    assert {bool(truths[turn_id].defect) for turn_id in cut} == {True, False}
    repeated = set()
    last: dict[str, Turn] = {}
    for turn in turns_of(days):
        before = last.get(turn.customer_id)
        if before is not None and before.utterance == turn.utterance:
            repeated.add(bool(truths[before.turn_id].defect))
        last[turn.customer_id] = turn
    assert repeated == {True, False}


def test_false_wakes_are_nobodys_requests(days: list[Day]) -> None:
    unspoken = [truth for day in days for truth in day.truths if not truth.speech]
    assert unspoken
    for truth in unspoken:
        assert truth.interpretation is not None
        assert truth.interpretation.is_empty
        assert truth.failure_point in (Stage.FALSE_WAKE, Stage.CORRECT)


def test_the_truth_tells_its_own_turn_again(world: World, days: list[Day]) -> None:
    for turn, truth in zip(days[0].turns, days[0].truths, strict=True):
        again = counterfactual(world, truth, turn.utterance)
        assert (again.defect, again.failure_point) == (truth.defect, truth.failure_point)
        assert again.nlu == turn.nlu
    with pytest.raises(ValueError, match="does not tell what decided"):
        counterfactual(world, truth.model_copy(update={"situation": {}}), "louder")


class Nothing:
    def __init__(self) -> None:
        self.asked: list[Asked] = []

    def __call__(self, asked: Asked) -> Applied:
        self.asked.append(asked)
        return Applied(request_id=f"q{len(self.asked)}", text=None)


def test_who_never_rewrites_changes_nothing_but_ids_of_requests(live: Live, days: list[Day]) -> None:
    nothing = Nothing()
    asked = live(nothing)
    assert len(nothing.asked) == len(turns_of(days))
    assert {turn.request_id for turn in turns_of(asked)} >= {"q1", "q2"}
    assert [t.model_copy(update={"request_id": None}) for t in turns_of(asked)] == turns_of(days)
    assert [day.truths for day in asked] == [day.truths for day in days]
    assert all(turn.rewrite is None for turn in turns_of(asked))


def test_what_was_rewritten_changes_only_what_follows_from_it(live: Live, days: list[Day]) -> None:
    def louder(asked: Asked) -> Applied:
        better = "turn on the attic lights" if asked.utterance.startswith("light up") else None
        return Applied(request_id=asked.request_id, text=better)

    changed = live(louder)
    truths = {truth.turn_id: truth for day in changed for truth in day.truths}
    plain = {truth.turn_id: truth for day in days for truth in day.truths}
    touched: dict[str, object] = {}
    for turn in turns_of(changed):
        if turn.rewrite is not None:
            touched.setdefault(turn.home_id, turn.time)
            truth = truths[turn.turn_id]
            assert turn.rewrite.original_utterance.startswith("light up")
            assert turn.utterance == "turn on the attic lights"
            if turn.turn_id in plain and touched[turn.home_id] == turn.time:
                assert truth.defect_without_rewrite == plain[turn.turn_id].defect
        else:
            assert truths[turn.turn_id].defect_without_rewrite is None
    homes = {turn.home_id for turn in turns_of(days)}
    assert touched
    assert touched.keys() < homes

    def before(turns: list[Turn]) -> list[Turn]:
        return [
            turn.model_copy(update={"request_id": None})
            for turn in turns
            if turn.home_id not in touched or turn.time < touched[turn.home_id]
        ]

    assert before(turns_of(changed)) == before(turns_of(days))


def test_who_gets_what_they_said_fails_less(live: Live, days: list[Day]) -> None:
    """The true words in place of what was heard: the product's ceiling."""
    said = {truth.turn_id: truth.transcription for day in days for truth in day.truths}

    def true_words(asked: Asked) -> Applied:
        return Applied(asked.request_id, said.get(asked.request_id.removeprefix("r")))

    helped = [
        truth for day in live(true_words) for truth in day.truths if truth.defect_without_rewrite is not None
    ]
    assert sum(bool(truth.defect) for truth in helped) < sum(bool(t.defect_without_rewrite) for t in helped)


def test_whoever_wants_one_song_is_not_served_with_another_of_its_title(tmp_path: Path) -> None:
    path = tmp_path / "two.toml"
    path.write_text(WORLD.replace('name = "dead river"', 'name = "red river"'))
    world = load_world(path)
    assistant = Assistant(world)
    other = "song:red river (ann lee)"
    days = list(Simulation(world, SEED, days=DAYS, assistant=assistant))
    ends: dict[bool, set[Stage]] = {True: set(), False: set()}
    for day in days:
        for turn, truth in zip(day.turns, day.truths, strict=True):
            if not any(each.entity_id == other for each in truth.entities):
                continue
            assert counterfactual(world, truth, turn.utterance).failure_point is truth.failure_point
            with_artist = any(slot.name == "artist" for slot in turn.nlu[0].slots)
            if turn.nlu[0].key == truth.interpretation.key and turn.response.status is ResponseStatus.OK:
                ends[with_artist].add(truth.failure_point)
    assert ends == {True: {Stage.CORRECT}, False: {Stage.ENTITY}}


def test_a_call_is_a_session_that_begins_with_the_greeting() -> None:
    world = load_world("restaurant-line")
    day = Simulation(world, SEED, customers=15, days=1).day(0)
    calls: dict[str, list[Turn]] = {}
    for turn in day.turns:
        assert turn.session_id is not None
        calls.setdefault(turn.session_id, []).append(turn)
    assert len(calls) > 3
    truths = {truth.turn_id: truth for truth in day.truths}
    for turns in calls.values():
        assert len({turn.customer_id for turn in turns}) == 1
        assert turns[0].context is not None
        assert turns[0].context.prompt == world.file.assistant.opens
        for before, after in itertools.pairwise(turns):
            assert before.response is not None
            assert after.context is not None
            assert after.context.prompt == before.response.text
            assert before.time < before.response.ended <= after.time
        assert len({truths[turn.turn_id].goal_id for turn in turns}) == 1
