"""P(success): given, explained, labelled, written and read; and logs that tell nothing."""

import json
import pickle
from datetime import UTC, datetime, timedelta
from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.errors import MalformedOutcomeModel, NoOutcomeSignals, RefusedLabel
from streams.outcome import GIVEN_BIAS, GIVEN_WEIGHTS, OutcomeModel
from streams.records import (
    Interpretation,
    Label,
    LabelOrigin,
    Response,
    ResponseStatus,
    Signal,
    SignalKind,
    Turn,
)
from streams.sessions import Session, sessions_of

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


def dialogue(*texts: str, **first) -> Session:
    turns = [
        Turn(
            turn_id=f"t{n}",
            customer_id="ann",
            time=NOON + timedelta(seconds=9 * n),
            utterance=text,
            **(first if n == 0 else {}),
        )
        for n, text in enumerate(texts)
    ]
    [found] = sessions_of(turns)
    return found


def label(defect: float | None, origin: LabelOrigin = LabelOrigin.PERSON, **more) -> Label:
    return Label(label_id="l", turn_id="t0", time=NOON, origin=origin, defect=defect, **more)


class TestGiven:
    model = OutcomeModel.given()

    def test_what_follows_decides(self):
        def first(*texts: str, **fields) -> float:
            return self.model.success(dialogue(*texts, **fields))[0]

        plain = first("play halo", "set an alarm")
        assert first("play halo", "thank you") > plain
        for worse in ("play halo", "play hallo", "no not that", "cancel"):
            assert first("play halo", worse) < plain
        assert first("play halo", "set an alarm", nlu=(Interpretation(),)) < plain
        error = Response(status=ResponseStatus.ERROR)
        assert first("play halo", "set an alarm", response=error) < plain

    def test_a_rating_outweighs_a_thank_you(self):
        turns = dialogue("play halo", "thanks").turns
        rating = Signal(
            signal_id="r", turn_id="t0", customer_id="ann", time=NOON, kind=SignalKind.RATING, value=0
        )
        [rated] = sessions_of(turns, [rating])
        assert self.model.success(rated)[0] < 0.5 < self.model.success(dialogue("play halo", "thanks"))[0]

    def test_one_probability_a_turn(self):
        found = self.model.success(dialogue("a", "a", "b", "thanks"))
        assert len(found) == 4
        assert all(0.0 < p < 1.0 for p in found)

    def test_unknown_signals_and_endless_weights_are_refused(self):
        with pytest.raises(MalformedOutcomeModel, match="no signal is named telepathy"):
            OutcomeModel.given({"telepathy": 1.0})
        with pytest.raises(MalformedOutcomeModel, match="finite"):
            OutcomeModel.given({"thanks": float("nan")})

    def test_extreme_weights_do_not_overflow(self):
        for weight in (-1e6, 1e6):
            found = OutcomeModel.given({"thanks": weight}, bias=0.0).success(dialogue("a", "thanks"))
            assert found[0] == (weight > 0)

    def test_it_travels_to_other_processes(self):
        assert pickle.loads(pickle.dumps(self.model)).success(dialogue("a", "b")) == self.model.success(
            dialogue("a", "b")
        )


class TestExplain:
    @given(
        st.lists(
            st.sampled_from(["play halo", "play hallo", "no", "thanks", "stop"]), min_size=1, max_size=5
        ),
        st.floats(0.0, 1.0),
    )
    def test_contributions_add_up_to_the_log_odds(self, texts, defect):
        model, session = OutcomeModel.given(), dialogue(*texts, nlu=(Interpretation(),))
        labels = {"t0": label(defect)}
        for index, p in enumerate(model.success(session, labels)):
            added = model.explain(session, index, labels)
            assert sum(added.values()) == pytest.approx(log(p / (1.0 - p)), abs=1e-6)

    def test_strongest_first_and_only_what_was_there(self):
        added = OutcomeModel.given().explain(dialogue("play halo", "play halo", nlu=(Interpretation(),)), 0)
        assert list(added) == ["bias", "empty_interpretation", "repeat", "haste"]
        assert added["bias"] == GIVEN_BIAS
        assert added["repeat"] == GIVEN_WEIGHTS["repeat"]


class TestLabels:
    model = OutcomeModel.given({"label": 1.0}, bias=0.0)
    session = dialogue("play halo")

    def test_a_defect_probability_joins(self):
        assert self.model.success(self.session, {"t0": label(0.9)}) == pytest.approx([0.1])
        assert self.model.success(self.session, {"other": label(0.9)}) == [0.5]
        assert self.model.success(self.session, {"t0": label(None)}) == [0.5]

    def test_confidence_scales_and_certainty_has_an_end(self):
        assert self.model.success(self.session, {"t0": label(0.9, confidence=0.0)}) == [0.5]
        assert self.model.success(self.session, {"t0": label(1.0)}) == pytest.approx([0.01])

    def test_truth_is_refused(self):
        with pytest.raises(RefusedLabel, match="truth"):
            self.model.success(self.session, {"t0": label(0.9, LabelOrigin.TRUTH)})
        with pytest.raises(RefusedLabel):
            self.model.explain(self.session, 0, {"t0": label(0.9, LabelOrigin.TRUTH)})


class TestLogsThatTellNothing:
    def test_sessions_pass_and_then_it_is_said(self):
        silent = [dialogue("play halo"), dialogue("weather tomorrow", "set a timer for ten")]
        passing = OutcomeModel.given().checked(silent)
        assert [next(passing), next(passing)] == silent
        with pytest.raises(NoOutcomeSignals, match="nothing in 3 turns") as caught:
            next(passing)
        assert caught.value.turns == 3

    def test_one_telling_turn_is_enough(self):
        log = [dialogue("play halo"), dialogue("play halo", "thanks"), dialogue("hm")]
        assert list(OutcomeModel.given().checked(log)) == log

    def test_an_empty_log_tells_nothing(self):
        with pytest.raises(NoOutcomeSignals, match="nothing in 0 turns"):
            list(OutcomeModel.given().checked([]))


class TestJson:
    def test_round_trip(self):
        model = OutcomeModel({"thanks": 1.25, "label": 0.5}, -0.5, "signals", {"turns": 10.0})
        assert OutcomeModel.from_json(model.to_json()) == model

    @pytest.mark.parametrize(
        "broken",
        [
            "",
            "[]",
            "null",
            "{}",
            json.dumps({"format": 2, "origin": "given", "bias": 0, "weights": {}}),
            json.dumps({"format": 1, "origin": "guessed", "bias": 0, "weights": {}}),
            json.dumps({"format": 1, "origin": "given", "bias": 0, "weights": {"telepathy": 1}}),
            json.dumps({"format": 1, "origin": "given", "bias": 0, "weights": {"thanks": "much"}}),
            json.dumps({"format": 1, "origin": "given", "bias": None, "weights": {}}),
            json.dumps({"format": 1, "origin": "given", "bias": 0, "weights": [1]}),
            '{"format": 1, "origin": "given", "bias": NaN, "weights": {}}',
        ],
    )
    def test_anything_else_is_refused(self, broken):
        with pytest.raises(MalformedOutcomeModel):
            OutcomeModel.from_json(broken)
