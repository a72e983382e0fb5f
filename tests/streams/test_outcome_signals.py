"""Every signal on a session written out by hand: where it speaks, how strongly, and where it does not apply."""

from datetime import UTC, datetime, timedelta

import pytest

from streams.outcome import EXPLICIT, GIVEN_WEIGHTS, LABEL, SIGNALS, TIMING, Lexicon, Words, signals_with
from streams.outcome.signals import VIEWS
from streams.records import (
    DialogueContext,
    EntityResolution,
    Interpretation,
    Response,
    ResponseStatus,
    Signal,
    SignalKind,
    Slot,
    Turn,
)
from streams.sessions import Session, sessions_of

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


def session(*turns: str | dict, about_first: list[dict] | None = None) -> Session:
    """Turns ten seconds apart, each a text or the fields of a turn, and signals about the first."""
    made = []
    for number, given in enumerate(turns):
        fields = {"utterance": given} if isinstance(given, str) else {"utterance": "hello", **given}
        time = NOON + timedelta(seconds=10 * number)
        made.append(Turn(turn_id=f"t{number}", customer_id="ann", session_id="s", time=time, **fields))
    signals = [
        Signal(signal_id=f"s{n}", turn_id="t0", customer_id="ann", time=NOON + timedelta(seconds=n), **fields)
        for n, fields in enumerate(about_first or [])
    ]
    [found] = sessions_of(made, signals)
    return found


def meaning(confidence: float | None = None, **slots: str) -> Interpretation:
    return Interpretation(
        intent="inform",
        slots=tuple(Slot(name=name, value=value) for name, value in slots.items()),
        confidence=confidence,
    )


def heard(name: str, *turns: str | dict, about_first: list[dict] | None = None) -> float | None:
    return SIGNALS[name](session(*turns, about_first=about_first), 0)


EMPTY = Interpretation(confidence=0.9)


class TestObserved:
    @pytest.mark.parametrize(
        ("name", "signals", "expected"),
        [
            ("interruption", [], 0.0),
            ("interruption", [{"kind": SignalKind.INTERRUPTED}], 1.0),
            ("interruption", [{"kind": SignalKind.INTERRUPTED, "value": 5.0}], 0.5),
            ("interruption", [{"kind": SignalKind.INTERRUPTED, "value": -1.0}], 1.0),
            ("interruption", [{"kind": SignalKind.RATING, "value": 0.0}], 0.0),
            ("playback", [], None),
            ("playback", [{"kind": SignalKind.PLAYBACK_ENDED, "value": 0.0}], -1.0),
            ("playback", [{"kind": SignalKind.PLAYBACK_ENDED, "value": 3.0}], 1.0),
            ("playback", [{"kind": SignalKind.PLAYBACK_ENDED}], None),
            ("item_chosen", [], 0.0),
            ("item_chosen", [{"kind": SignalKind.ITEM_CHOSEN, "text": "the second"}], 1.0),
            ("rating", [], None),
            ("rating", [{"kind": SignalKind.RATING, "value": 0.0}], -1.0),
            ("rating", [{"kind": SignalKind.RATING, "value": v} for v in (0.5, 1.0)], 0.5),
            ("helped", [], None),
            ("helped", [{"kind": SignalKind.HELPED, "value": v} for v in (0.0, 1.0)], 1.0),
            ("correction", [], 0.0),
            ("correction", [{"kind": SignalKind.CORRECTION, "text": "play Halo"}], 1.0),
            ("correction", [{"kind": SignalKind.CORRECTION}], 1.0),
            ("correction", [{"kind": SignalKind.CORRECTION, "text": "Hello!"}], 0.0),
        ],
    )
    def test_value(self, name, signals, expected):
        assert heard(name, "hello", about_first=signals) == expected


class TestAssistant:
    @pytest.mark.parametrize(
        ("name", "status"),
        [
            ("error", ResponseStatus.ERROR),
            ("no_result", ResponseStatus.NO_RESULT),
            ("not_understood", ResponseStatus.NOT_UNDERSTOOD),
        ],
    )
    def test_status(self, name, status):
        assert heard(name, {"response": Response(status=status)}) == 1.0
        assert heard(name, {"response": Response(status=ResponseStatus.OK)}) == 0.0
        assert heard(name, {"response": Response(text="well")}) is None
        assert heard(name, "hello") is None

    def test_empty_interpretation(self):
        assert heard("empty_interpretation", {"nlu": (EMPTY, meaning(0.1))}) == 1.0
        assert heard("empty_interpretation", {"nlu": (Interpretation(intent="thankyou"),)}) == 0.0
        assert heard("empty_interpretation", "hello") is None

    def test_confidence(self):
        assert heard("confidence", {"nlu": (meaning(0.75),)}) == 0.5
        assert heard("confidence", {"nlu": (meaning(),)}) is None
        assert heard("confidence", {"nlu": (EMPTY,)}) is None
        assert heard("confidence", "hello") is None

    def test_margin(self):
        assert heard("margin", {"nlu": (meaning(0.75), meaning(0.25))}) == 0.0
        assert heard("margin", {"nlu": (meaning(0.5), meaning(0.5))}) == -1.0
        assert heard("margin", {"nlu": (meaning(0.9),)}) is None
        assert heard("margin", {"nlu": (EMPTY, meaning(0.1))}) is None

    def test_unresolved(self):
        halo = EntityResolution(slot="song", value="halo", entity_id="1")
        nothing = EntityResolution(slot="artist", value="bee")
        assert heard("unresolved", {"entities": (halo, nothing)}) == 0.5
        assert heard("unresolved", {"entities": (halo,)}) == 0.0
        assert heard("unresolved", "hello") is None

    def test_asked_again(self):
        asks_food = DialogueContext(asked="food", prompt="What food?")
        again = {"context": asks_food, "response": Response(asked="food", text="Which food, please?")}
        onward = {"context": asks_food, "response": Response(asked="area", text="Where?")}
        same_words = {
            "context": DialogueContext(prompt="What food?"),
            "response": Response(text="what FOOD"),
        }
        assert heard("asked_again", again) == 1.0
        assert heard("asked_again", onward) == 0.0
        assert heard("asked_again", same_words) == 1.0
        assert heard("asked_again", {"response": Response(text="Hi")}) is None
        assert heard("asked_again", {"context": asks_food}) is None


class TestFollowing:
    @pytest.mark.parametrize(
        "name",
        [
            *("cancel", "haste", "negation", "repeat", "rephrase", "thanks"),
            *("recovered", "restated_slot", "shared_slots"),
        ],
    )
    def test_nothing_follows_the_last_turn(self, name):
        assert heard(name, {"nlu": (meaning(0.5, food="thai"), meaning(0.4, food="tai"))}) is None

    def test_repeat(self):
        assert heard("repeat", "Play Halo", "play halo!") == 1.0
        assert heard("repeat", "play halo", "play hello") == 0.0
        assert heard("repeat", "", "") == 0.0

    def test_a_short_answer_to_another_question_repeats_nothing(self):
        def answers(text: str, *asked: str | None) -> float | None:
            return heard("repeat", *({"utterance": text, "context": DialogueContext(asked=a)} for a in asked))

        assert answers("don't care", "food", "area") == 0.0
        assert answers("don't care", "food", "food") == 1.0
        assert answers("cheap thai food", "food", "area") == 1.0
        prompts = [{"utterance": "yes", "context": DialogueContext(prompt=p)} for p in ("Jazz?", "Loud?")]
        assert heard("repeat", *prompts) == 0.0

    def test_rephrase(self):
        near, far = (
            heard("rephrase", "play halo", "play hallo"),
            heard("rephrase", "play halo", "play a yellow"),
        )
        assert near is not None
        assert far is not None
        assert 1.0 > near > far > 0.0
        assert heard("rephrase", "play halo", "thank you") == 0.0
        assert heard("rephrase", "play halo", "play halo") == 0.0
        assert heard("rephrase", "", "play halo") == 0.0

    def test_shared_slots(self):
        thai = {"utterance": "thai food", "nlu": (meaning(food="Thai", area="north"),)}
        again = {"utterance": "i want thai", "nlu": (meaning(food="thai"),)}
        assert heard("shared_slots", thai, again) == 0.5
        assert heard("shared_slots", thai, thai) == 0.0
        assert heard("shared_slots", {"utterance": "hi", "nlu": (meaning(),)}, again) == 0.0
        assert heard("shared_slots", "thai food", again) is None

    def test_restated_slot(self):
        def stated(**slots: str) -> dict:
            return {"nlu": (meaning(**slots),)}

        assert heard("restated_slot", stated(food="thai"), stated(food="turkish")) == 1.0
        assert heard("restated_slot", stated(food="thai"), stated(food="Thai", area="north")) == 0.0
        assert heard("restated_slot", stated(food="thai"), "turkish") is None

    def test_recovered(self):
        unsure = {"nlu": (meaning(0.6, food="thai"), meaning(0.3, food="turkish"))}
        assert heard("recovered", unsure, {"nlu": (meaning(food="turkish"),)}) == 1.0
        assert heard("recovered", unsure, {"nlu": (meaning(food="thai"),)}) == 0.0
        assert heard("recovered", {"nlu": (meaning(food="thai"),)}, {"nlu": (meaning(),)}) is None

    @pytest.mark.parametrize(
        ("name", "said", "expected"),
        [
            ("negation", "No, not that one", 1.0),
            ("negation", "I said Halo", 1.0),
            ("negation", "no preference", 0.0),
            ("negation", "play knot", 0.0),
            ("cancel", "never mind", 1.0),
            ("cancel", "Stop!", 1.0),
            ("cancel", "where is the bus stopping", 0.0),
            ("thanks", "thank you, good bye", 1.0),
            ("thanks", "play thankful", 0.0),
        ],
    )
    def test_words(self, name, said, expected):
        assert heard(name, "play halo", said) == expected

    def test_words_of_other_languages(self):
        german = Lexicon(negation=("nein",), cancel=("abbrechen",), thanks=("danke",))
        said = session("spiel halo", {"utterance": "nein danke", "locale": "de_AT"})
        assert SIGNALS["negation"](said, 0) is None
        signals = signals_with(Words({"de": german}, default=None))
        assert [signals[name](said, 0) for name in ("negation", "cancel", "thanks")] == [1.0, 0.0, 1.0]
        assert signals["thanks"](session("play", "thanks"), 0) is None

    def test_haste(self):
        soon, late = (
            heard("haste", {"response": Response(ended=NOON + timedelta(seconds=9))}, "b"),
            heard("haste", "a", "b"),
        )
        assert soon == pytest.approx(2.718281828**-0.1)
        assert late == pytest.approx(2.718281828**-1.0)

    def test_ended(self):
        assert heard("ended", "a") == 1.0
        assert heard("ended", "a", "b") == 0.0


def test_every_signal_has_a_given_weight_and_is_in_one_view():
    assert set(GIVEN_WEIGHTS) == {*SIGNALS, LABEL}
    viewed = [name for view in VIEWS for name in view]
    assert sorted([*viewed, *EXPLICIT]) == sorted(SIGNALS)
    assert set(SIGNALS) >= TIMING
