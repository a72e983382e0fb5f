"""Sessions: what belongs together, on logs written out by hand."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from streams.records import DialogueContext, Response, Signal, SignalKind, Turn
from streams.sessions import Session, SessionSettings, SessionStream, sessions_of

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def turn(name: str, seconds: float, **more) -> Turn:
    return Turn(**{"turn_id": name, "customer_id": "ann", "time": at(seconds), "utterance": name} | more)


def signal(about: str, seconds: float, **more) -> Signal:
    given = {
        "signal_id": f"s-{about}-{seconds}",
        "turn_id": about,
        "customer_id": "ann",
        "time": at(seconds),
        "kind": SignalKind.INTERRUPTED,
    }
    return Signal(**given | more)


def names(sessions: list[Session]) -> list[list[str]]:
    return [[turn.turn_id for turn in session.turns] for session in sessions]


class TestWhatBelongsTogether:
    def test_a_pause_as_long_as_the_gap_is_no_end_and_a_longer_one_is(self):
        turns = [turn("a", 0), turn("b", 45), turn("c", 90.001)]
        assert names(sessions_of(turns)) == [["a", "b"], ["c"]]

    def test_the_pause_begins_when_the_response_has_ended(self):
        long_answer = Response(ended=at(60))
        assert names(sessions_of([turn("a", 0, response=long_answer), turn("b", 100)])) == [["a", "b"]]
        assert names(sessions_of([turn("a", 0), turn("b", 100)])) == [["a"], ["b"]]

    def test_a_turn_during_a_long_response_does_not_end_it(self):
        turns = [turn("a", 0, response=Response(ended=at(60))), turn("b", 5), turn("c", 100)]
        assert names(sessions_of(turns)) == [["a", "b", "c"]]

    @pytest.mark.parametrize("ended", [at(-5), at(86_400)])
    def test_an_end_that_no_response_has_is_not_believed(self, ended):
        turns = [turn("a", 0, response=Response(ended=ended)), turn("b", 50)]
        assert names(sessions_of(turns)) == [["a"], ["b"]]

    def test_devices_are_apart_and_homes_together_where_so_set(self):
        turns = [
            turn("a", 0, device_id="kitchen", home_id="h"),
            turn("b", 10, device_id="hall", home_id="h"),
            turn("c", 20, device_id="hall", home_id="h"),
        ]
        assert names(sessions_of(turns)) == [["a"], ["b", "c"]]
        assert names(sessions_of(turns, settings=SessionSettings(scope="home"))) == [["a", "b", "c"]]

    def test_without_a_home_the_device_stands_for_it(self):
        turns = [turn("a", 0, device_id="x"), turn("b", 1, device_id="y"), turn("c", 2, device_id="x")]
        assert names(sessions_of(turns, settings=SessionSettings(scope="home"))) == [["a", "c"], ["b"]]

    def test_customers_and_tenants_are_apart_in_one_home_and_under_one_session_id(self):
        turns = [
            turn("a", 0, home_id="h", session_id="s"),
            turn("b", 1, home_id="h", session_id="s", customer_id="bob"),
            turn("c", 2, home_id="h", session_id="s", tenant_id="other"),
        ]
        found = sessions_of(turns, settings=SessionSettings(scope="home"))
        assert names(found) == [["a"], ["b"], ["c"]]
        assert {session.session_id for session in found} == {"s"}

    def test_a_given_id_wins_over_gap_and_device_until_it_is_idle_for_too_long(self):
        turns = [
            turn("a", 0, session_id="s", device_id="x"),
            turn("b", 600, session_id="s", device_id="y"),
            turn("c", 605, session_id="t", device_id="y"),
            turn("d", 5000, session_id="s", device_id="x"),
        ]
        assert names(sessions_of(turns)) == [["a", "b"], ["c"], ["d"]]

    def test_ties_in_time_are_ordered_by_id(self):
        assert names(sessions_of([turn("b", 0), turn("a", 0)])) == [["a", "b"]]

    def test_a_copy_counts_once(self):
        assert names(sessions_of([turn("a", 0), turn("a", 0), turn("b", 1)])) == [["a", "b"]]

    def test_signals_go_to_their_turn_in_order_and_once(self):
        late, early = signal("a", 9), signal("a", 3)
        [found] = sessions_of([turn("a", 0), turn("b", 1)], [late, early, late, signal("nobody", 2)])
        assert found.signals == {"a": (early, late)}

    def test_signals_out_of_reach_or_of_another_customer_are_left_out(self):
        settings = SessionSettings(patience=timedelta(seconds=60))
        signals = [
            signal("a", 61),
            signal("a", -61),
            signal("a", 60),
            signal("a", -60),
            signal("a", 5, customer_id="bob"),
        ]
        [found] = sessions_of([turn("a", 0)], signals, settings)
        assert found.signals == {"a": (signals[3], signals[2])}

    def test_names_and_home(self):
        [found] = sessions_of([turn("a", 0), turn("b", 1, home_id="h")])
        assert (found.session_id, found.home_id, found.customer_id) == ("from:a", "h", "ann")

    def test_an_empty_log_has_no_sessions(self):
        assert sessions_of([]) == []

    def test_settings_refuse_what_is_not_there_and_what_makes_no_sense(self):
        with pytest.raises(ValidationError):
            SessionSettings(gaap=3)
        with pytest.raises(ValidationError):
            SessionSettings(gap=timedelta(seconds=-1))


class TestASession:
    def session(self) -> Session:
        [found] = sessions_of(
            [
                turn("a", 0, response=Response(text="What food?", asked="food", ended=at(4))),
                turn("b", 10, context=DialogueContext(asked="area", prompt="Where?")),
                turn("c", 12, response=Response(ended=at(40))),
                turn("d", 20),
            ],
            [signal("b", 11), signal("b", 12, kind=SignalKind.RATING, value=1.0)],
        )
        return found

    def test_what_was_asked_before(self):
        session = self.session()
        assert [session.asked_before(i) for i in range(4)] == [None, "area", None, None]
        assert [session.prompt_before(i) for i in range(4)] == [None, "Where?", None, None]
        [plain] = sessions_of([session.turns[0], turn("b", 10)])
        assert (plain.asked_before(1), plain.prompt_before(1)) == ("food", "What food?")

    def test_gap_after(self):
        session = self.session()
        assert [session.gap_after(i) for i in range(4)] == [6.0, 2.0, 0.0, None]

    def test_following_and_length(self):
        session = self.session()
        assert len(session) == 4
        assert session.following(2) is session.turns[3]
        assert session.following(3) is None

    def test_signals_of_a_kind(self):
        session = self.session()
        assert [s.value for s in session.signals_of(1, SignalKind.RATING)] == [1.0]
        assert session.signals_of(0, SignalKind.RATING) == ()


class TestAStream:
    settings = SessionSettings(lateness=timedelta(seconds=30), patience=timedelta(seconds=60))

    def test_a_session_leaves_when_nothing_can_change_it_and_not_before(self):
        stream = SessionStream(self.settings)
        assert stream.add(turn("a", 0)) == []
        assert stream.advance(at(90)) == []
        assert names(stream.advance(at(90.001))) == [["a"]]
        assert stream.open_turns == 0

    def test_a_late_turn_bridges_two_sessions(self):
        stream = SessionStream(self.settings)
        stream.add(turn("a", 0))
        stream.add(turn("c", 60))
        stream.add(turn("b", 30))
        assert names(stream.close()) == [["a", "b", "c"]]

    def test_a_turn_that_is_too_late_is_counted_and_left_out(self):
        stream = SessionStream(self.settings)
        stream.add(turn("b", 100))
        assert stream.add(turn("a", 69.999)) == []
        stream.add(turn("c", 70))
        assert names(stream.close()) == [["c", "b"]]
        assert stream.counts.late_turns == 1

    def test_a_signal_may_come_before_its_turn(self):
        stream = SessionStream(self.settings)
        stream.add(signal("a", 5))
        stream.add(turn("a", 0))
        [found] = stream.close()
        assert set(found.signals) == {"a"}

    def test_copies_are_counted(self):
        stream = SessionStream(self.settings)
        for record in (turn("a", 0), turn("a", 0), signal("a", 1), signal("a", 1)):
            stream.add(record)
        [found] = stream.close()
        assert len(found) == 1
        assert len(found.signals["a"]) == 1
        assert (stream.counts.duplicate_turns, stream.counts.duplicate_signals) == (1, 1)
        assert (stream.counts.turns, stream.counts.signals, stream.counts.sessions) == (1, 1, 1)

    def test_signals_without_a_turn_are_forgotten_and_counted(self):
        stream = SessionStream(self.settings)
        stream.add(signal("ghost", 0))
        stream.add(turn("a", 0))
        stream.add(signal("a", 1, customer_id="mallory"))
        stream.add(turn("later", 1000))
        assert stream.counts.lost_signals == 2
        stream.add(signal("a", 1000))
        stream.close()
        assert stream.counts.lost_signals == 3

    def test_state_does_not_grow_with_the_stream(self):
        stream = SessionStream(self.settings)
        for i in range(500):
            stream.add(turn(str(i), 100.0 * i))
            stream.add(signal(str(i), 100.0 * i + 1))
            stream.add(signal(f"ghost{i}", 100.0 * i + 2))
        assert stream.open_turns <= 2
        assert len(stream._about) <= 6
        assert len(stream._to_close) + len(stream._to_forget) <= 20

    def test_time_does_not_run_backwards(self):
        stream = SessionStream(self.settings)
        stream.add(turn("a", 0))
        stream.advance(at(-500))
        assert stream.watermark == at(-30)
