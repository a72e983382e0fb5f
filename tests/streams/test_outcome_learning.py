"""Weights that are learned, on logs made up so that the truth is known."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import ClassVar

import numpy as np
import pytest

from streams.errors import NoOutcomeSignals, NoRatings, OutcomeError
from streams.outcome import OutcomeModel
from streams.outcome.logistic import fit_logistic, log_odds, probabilities
from streams.records import Signal, SignalKind, Turn
from streams.sessions import Session, sessions_of

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


def shown(name: str, session: Session, index: int) -> float | None:
    return session.turns[index].traces.get(name)


def signals_named(*names: str) -> dict:
    """Signals that read what the made-up log wrote into a turn's traces, and the real rating."""
    from streams.outcome import SIGNALS

    return {**{name: partial(shown, name) for name in names}, "rating": SIGNALS["rating"]}


def logged(columns: dict[str, np.ndarray], ratings: np.ndarray | None = None, each: int = 4) -> list[Session]:
    """Sessions of `each` turns that show the columns' values; NaN: not to be seen."""
    turns, signals = [], []
    for n in range(len(next(iter(columns.values())))):
        traces = {name: float(column[n]) for name, column in columns.items() if not np.isnan(column[n])}
        at = {"customer_id": f"c{n // each % 50}", "time": NOON + timedelta(seconds=n)}
        turns.append(
            Turn(turn_id=str(n), session_id=str(n // each), utterance=f"text {n}", traces=traces, **at)
        )
        if ratings is not None and not np.isnan(ratings[n]):
            kind, value = SignalKind.RATING, float(ratings[n])
            signals.append(Signal(signal_id=str(n), turn_id=str(n), kind=kind, value=value, **at))
    return sessions_of(turns, signals)


def predicted(model: OutcomeModel, sessions: list[Session]) -> np.ndarray:
    found = {
        turn.turn_id: p
        for session in sessions
        for turn, p in zip(session.turns, model.success(session), strict=True)
    }
    return np.array([found[str(n)] for n in range(len(found))])


def auc(truth: np.ndarray, p: np.ndarray) -> float:
    """Probability that a success is ranked above a failure."""
    order = np.argsort(np.argsort(p)) + 1.0
    n = truth.sum()
    return float((order[truth].sum() - n * (n + 1) / 2) / (n * (~truth).sum()))


#: What a signal's rates really are, and what the given weights take them for: right in sign, wrong in size.
RATES = {  # name: (P(fires | success), P(fires | failure), given weight)
    "a": (0.02, 0.70, -0.5),
    "b": (0.25, 0.35, -3.0),
    "c": (0.60, 0.05, 0.5),
    "d": (0.30, 0.20, 3.0),
    "e": (0.10, 0.60, -1.0),
}


def independent(
    seed: int, turns: int = 2000, success: float = 0.7
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    rng = np.random.default_rng(seed)
    truth = rng.random(turns) < success
    columns = {
        name: (rng.random(turns) < np.where(truth, good, bad)).astype(float)
        for name, (good, bad, _) in RATES.items()
    }
    columns["c"][rng.random(turns) < 0.3] = np.nan
    return truth, columns


GIVEN = {name: weight for name, (*_, weight) in RATES.items()}


class TestFromSignals:
    @pytest.mark.parametrize("seed", range(3))
    def test_it_ranks_better_than_the_weights_it_started_from(self, seed):
        truth, columns = independent(seed)
        sessions, signals = logged(columns), signals_named(*RATES)
        given = OutcomeModel.given(GIVEN, 0.5, signals)
        learned = OutcomeModel.from_signals(sessions, weights=GIVEN, bias=0.5, signals=signals)
        assert learned.origin == "signals"
        assert auc(truth, predicted(learned, sessions)) > auc(truth, predicted(given, sessions)) + 0.05
        assert abs(learned.weights["a"]) > abs(learned.weights["b"])

    @pytest.mark.parametrize("success", [0.2, 0.5, 0.9])
    def test_success_stays_what_the_given_weights_call_success(self, success):
        truth, columns = independent(7, success=success)
        sessions, signals = logged(columns), signals_named(*RATES)
        learned = OutcomeModel.from_signals(sessions, success, GIVEN, 0.5, signals)
        p = predicted(learned, sessions)
        assert auc(truth, p) > 0.85
        assert p.mean() == pytest.approx(success, abs=0.05)
        reverse = {name: -weight for name, weight in GIVEN.items()}
        turned = OutcomeModel.from_signals(sessions, 1.0 - success, reverse, 0.5, signals)
        assert auc(truth, predicted(turned, sessions)) < 0.15

    def test_signals_that_say_the_same_do_not_outvote_the_others(self):
        """Confidence and margin share one mistake; two annotators would be believed, one view is not."""
        rng = np.random.default_rng(30)
        truth, columns = independent(3)
        mistaken = np.where(rng.random(len(truth)) < 0.35, ~truth, truth) * 2.0 - 1.0
        named = {
            "confidence": mistaken,
            "margin": mistaken,
            "not_understood": columns["a"],
            "thanks": columns["c"],
            "interruption": columns["e"],
        }
        weights = {
            "confidence": 1.5,
            "margin": 1.5,
            "not_understood": -0.3,
            "thanks": 0.3,
            "interruption": -0.3,
        }
        sessions, signals = logged(named), signals_named(*named)
        given = OutcomeModel.given(weights, 0.5, signals)
        learned = OutcomeModel.from_signals(sessions, 0.7, weights, 0.5, signals)
        assert auc(truth, predicted(learned, sessions)) > auc(truth, predicted(given, sessions)) + 0.05

    def test_the_log_itself_is_enough(self):
        texts = ["play halo", "play hallo", "thank you", "weather", "no", "play jazz", "play jazz", "thanks"]
        turns = [
            Turn(turn_id=str(n), customer_id="ann", time=NOON + timedelta(seconds=9 * n), utterance=text)
            for n, text in enumerate(texts * 20)
        ]
        model = OutcomeModel.from_signals(sessions_of(turns))
        assert model.weights["thanks"] > 0.0 > model.weights["repeat"]
        assert model.report["turns"] == len(turns)
        assert OutcomeModel.from_json(model.to_json()) == model

    def test_signals_that_never_occur_keep_their_weights(self):
        _, columns = independent(1, turns=200)
        weights = GIVEN | {"never": -2.5, "rating": 4.0}
        signals = signals_named(*RATES, "never")
        learned = OutcomeModel.from_signals(logged(columns), weights=weights, signals=signals)
        assert learned.weights["never"] == pytest.approx(-2.5, abs=1e-6)
        assert learned.weights["rating"] == 4.0

    def test_a_log_that_tells_nothing(self):
        turn = Turn(turn_id="a", customer_id="ann", time=NOON, utterance="hello")
        with pytest.raises(NoOutcomeSignals, match="nothing in 1 turns"):
            OutcomeModel.from_signals(sessions_of([turn]))
        with pytest.raises(NoOutcomeSignals, match="nothing in 0 turns"):
            OutcomeModel.from_signals([])

    @pytest.mark.parametrize("rate", [0.0, 1.0, -3.0])
    def test_a_rate_that_is_none(self, rate):
        with pytest.raises(OutcomeError, match="success_rate"):
            OutcomeModel.from_signals([], rate)


class TestFromRatings:
    true: ClassVar = {"a": -2.0, "b": 0.0, "c": 1.5}

    def rated(self, turns: int, share: float = 1.0, seed: int = 0) -> tuple[np.ndarray, list[Session]]:
        rng = np.random.default_rng(seed)
        columns = {name: (rng.random(turns) < 0.4).astype(float) for name in self.true}
        odds = 0.5 + sum(weight * columns[name] for name, weight in self.true.items())
        truth = rng.random(turns) < probabilities(odds)
        ratings = np.where(rng.random(turns) < share, truth.astype(float), np.nan)
        return truth, logged(columns, ratings)

    def test_the_weights_come_back_and_the_check_of_calibration_is_good(self):
        _, sessions = self.rated(6000)
        model = OutcomeModel.from_ratings(
            sessions, weights=dict.fromkeys(self.true, 0.0), signals=signals_named(*self.true)
        )
        assert model.origin == "ratings"
        for name, weight in self.true.items():
            assert model.weights[name] == pytest.approx(weight, abs=0.25)
        assert model.bias == pytest.approx(0.5, abs=0.2)
        assert model.report["ratings"] == 6000
        assert model.report["brier"] < 0.95 * model.report["brier_of_the_mean"]
        assert model.report["calibration_error"] < 0.05

    def test_few_ratings_leave_the_given_weights_nearly_as_they_were(self):
        _, sessions = self.rated(400, share=0.02)
        weights = {"a": -1.0, "b": -1.0, "c": 1.0, "rating": 4.0}
        model = OutcomeModel.from_ratings(sessions, weights=weights, signals=signals_named(*self.true))
        assert 1 < model.report["ratings"] < 20
        for name, weight in weights.items():
            assert model.weights[name] == pytest.approx(weight, abs=0.3)
        assert model.weights["rating"] == 4.0

    def test_a_rating_of_a_session_is_about_all_its_turns(self):
        rng = np.random.default_rng(5)
        bad = rng.random(4000) < 0.3
        spoilt = bad.reshape(-1, 4).mean(axis=1)
        ratings = np.full(4000, np.nan)
        ratings[3::4] = rng.random(1000) < probabilities(2.0 - 6.0 * spoilt)
        sessions = logged({"a": bad.astype(float)}, ratings)
        model = OutcomeModel.from_ratings(sessions, "session", {"a": 0.0}, 0.0, signals_named("a"))
        by_turn = OutcomeModel.from_ratings(sessions, "turn", {"a": 0.0}, 0.0, signals_named("a"))
        assert model.report["ratings"] == by_turn.report["ratings"] == 1000
        assert model.weights["a"] < by_turn.weights["a"] - 1.0 < -1.0
        assert model.report["brier"] < by_turn.report["brier"]

    def test_no_ratings_or_only_good_ones(self):
        _, columns = independent(0, turns=40)
        learn = partial(OutcomeModel.from_ratings, weights=GIVEN, signals=signals_named(*RATES))
        with pytest.raises(NoRatings, match="no rating to learn from"):
            learn(logged(columns))
        with pytest.raises(NoRatings, match="40 ratings, all good or all bad"):
            learn(logged(columns, np.ones(40)))
        with pytest.raises(NoRatings):
            learn([])

    def test_one_customer_gives_weights_but_no_check(self):
        _, sessions = self.rated(8)
        ann = [session for session in sessions if session.customer_id == "c0"]
        signals = signals_named(*self.true)
        rated = {s.turn_id: s.value for session in ann for about in session.signals.values() for s in about}
        assert set(rated.values()) == {0.0, 1.0}
        model = OutcomeModel.from_ratings(ann, weights=dict.fromkeys(self.true, 0.0), signals=signals)
        assert "brier" not in model.report


class TestLogistic:
    def test_at_the_maximum_the_gradient_is_nothing(self):
        rng = np.random.default_rng(0)
        values, counts = rng.normal(size=(300, 3)), rng.random(300) * 3
        target, before = rng.random(300), np.array([1.0, -1.0, 0.0])
        weights, bias = fit_logistic(values, target, counts, before, 0.3, 2.0)
        apart = counts * (target - probabilities(values @ weights + bias))
        assert values.T @ apart == pytest.approx(2.0 * (weights - before), abs=1e-5)
        assert apart.sum() == pytest.approx(0.02 * (bias - 0.3), abs=1e-5)

    def test_separable_data_and_a_bad_start_are_no_trouble(self):
        values = np.concatenate([np.full(50, -100.0), np.full(50, 100.0)])[:, None]
        target = (values[:, 0] > 0).astype(float)
        start = np.array([-50.0]), 30.0
        given = fit_logistic(values, target, np.ones(100), np.zeros(1), 0.0, 1e-3)
        from_afar = fit_logistic(values, target, np.ones(100), np.zeros(1), 0.0, 1e-3, start=start)
        assert np.isfinite(given[0]).all()
        assert from_afar[0] == pytest.approx(given[0], rel=1e-3)

    def test_log_odds_of_certainty_are_finite(self):
        assert log_odds(np.array([0.0, 0.5, 1.0])) == pytest.approx([-27.63, 0.0, 27.63], abs=0.01)
