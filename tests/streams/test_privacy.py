"""Personal things are found by form, go from every field alike, and are counted, never shown."""

import string
import sys
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.privacy import cases, hard_negatives, measure_privacy
from streams.errors import FinderMissing
from streams.parsing import parse
from streams.privacy import KINDS, Found, PatternFinder, PresidioFinder, RecordFilter
from streams.privacy.numbers import digits_of, is_card, is_iban, spoken_digits
from streams.records import (
    AsrHypothesis,
    Device,
    DialogueContext,
    EntityResolution,
    Interpretation,
    Response,
    Signal,
    SignalKind,
    Slot,
    Turn,
)
from streams.records.turn import AppliedRewrite

FINDER = PatternFinder()
TIME = datetime(2026, 1, 5, 8, tzinfo=UTC)
PHONE, SPOKEN = "415-555-2671", "four one five five five five two six seven one"

PIECES = (
    "4111111111111111 415-555-2671 +44 20 ann@example.org @ : :: . - ( <phone> <b> four double oh five five one two "
    "10.0.0.1 https://a:b@c.d/ DE89370400440532013000 123-45-6789 at gmail dot com 24 green street to call is 5551234 "
    "= fe80::1"
)
#: Texts with a good chance of digits, signs and number words next to one another.
texts = st.lists(
    st.one_of(
        st.sampled_from(PIECES.split()), st.text(string.digits, min_size=1, max_size=20), st.text(max_size=8)
    ),
    max_size=14,
).flatmap(lambda parts: st.sampled_from([" ".join(parts), "".join(parts), "-".join(parts)]))

#: Texts that a pattern would be long about that could split them in many ways.
LONG = (
    *(
        "1",
        "1 ",
        "1-",
        "1.",
        "+1",
        "(0",
        "a1",
        "f:",
        ":",
        "one ",
        "o ",
        "double ",
        "a.",
        "a@",
        "a@b.",
        "<",
        "1<phone>",
    ),
    *("de89 ", "dot a ", " at gmail dot ", "call 1 ", "1 a street ", "24 green ", "http://"),
)


def a_turn(text="play halo", **fields):
    return Turn(turn_id="4155552671", customer_id="ann@example.org", time=TIME, utterance=text, **fields)


def kinds_in(text):
    return [one.kind for one in FINDER.find(text)]


@pytest.mark.parametrize("text", hard_negatives())
def test_what_only_looks_personal_is_left(text):
    assert not FINDER.find(text)


def test_most_of_what_was_made_is_found_whole():
    found = measure_privacy({}, seed=3, of_each=150)
    assert found["precision"] == 1.0
    whole = {"card", "iban", "ip", "national_id", "url"}
    assert {found["recall"][kind] for kind in whole} == {1.0}
    assert found["recall"]["phone"] > 0.95
    assert found["recall"]["email"] > 0.85
    assert found["recall"]["address"] > 0.75


@pytest.mark.parametrize(
    ("text", "kind", "thing"),
    [
        (f"call {SPOKEN} please", "phone", SPOKEN),
        ("dial nine one seven double five five oh one four two", "phone", None),
        ("it is 4 1 5 5 5 5 2 6 7 1", "phone", "4 1 5 5 5 5 2 6 7 1"),
        ("my number is ４１５５５５２６７１", "phone", "４１５５５５２６７１"),
        ("the phone number is 01223 323737 .", "phone", "01223 323737"),
        ("call 555 1234", "phone", "555 1234"),
        ("mail john dot smith at gmail dot com", "email", "john dot smith at gmail dot com"),
        ("order a1234567", "number", "a1234567"),
        ("nino ab 12 34 56 c", "national_id", "ab 12 34 56 c"),
        ("sin 146 454 285", "national_id", "146 454 285"),
        ("take me to 221b baker street", "address", "221b baker street"),
        ("four one one one one one one one one one one one one one one one", "card", None),
    ],
)
def test_what_is_found_and_as_what(text, kind, thing):
    (found,) = FINDER.find(text)
    assert found.kind == kind
    assert thing is None or text[found.start : found.end] == thing


def test_checksums_tell_numbers_apart():
    assert is_card("4111 1111 1111 1111")
    assert not is_card("4111 1111 1111 1112")
    assert is_iban("gb29 NWBK 6016 1331 9268 19")
    assert not is_iban("gb28 NWBK 6016 1331 9268 19")
    assert not is_iban("GB29 NWBK 6016 1331 9268 1")
    assert kinds_in("146 454 286") == []


@given(st.lists(st.integers(0, 9), min_size=1, max_size=30))
def test_spoken_digits_are_those_that_were_spoken(numbers):
    names = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    steps = {later - sooner for sooner, later in pairwise(numbers)}
    expected = "" if steps in ({1}, {-1}) else "".join(map(str, numbers))
    assert spoken_digits(" ".join(names[n] for n in numbers)) == expected


@given(texts)
def test_the_cheap_question_never_misses(text):
    if FINDER.find(text):
        assert FINDER.suspects(["play halo", text])


@given(texts)
def test_finds_are_in_order_apart_and_of_known_kinds(text):
    end = 0
    for one in FINDER.find(text):
        assert end <= one.start < one.end <= len(text)
        assert one.kind in KINDS
        end = one.end


@given(texts, texts, texts)
def test_filtering_twice_is_filtering_once(said, heard, extra):
    turn = a_turn(said, asr=(AsrHypothesis(text=heard),), traces={"nlu": [extra, {extra: said}]}, note=heard)
    filtering = RecordFilter()
    once = filtering.filtered(turn)
    assert not FINDER.suspects(filtering.words_of(once))
    again = RecordFilter()
    assert again.filtered(once) is once
    assert again.records == 0


@pytest.mark.parametrize("unit", LONG)
def test_no_text_takes_long(unit):
    """A pattern that tries every way to split a long text would never end here."""
    text = unit * (60_000 // len(unit))
    filtering = RecordFilter()
    filtered = filtering.filtered(a_turn(text))
    assert not FINDER.suspects([filtered.utterance])


def test_every_field_with_words_is_filtered_and_ids_and_times_stay():
    turn = a_turn(
        f"call {SPOKEN}",
        session_id="5551234567",
        device=Device(type="speaker", state={"last_call": PHONE, "level": 4155552671}),
        context=DialogueContext(asked="number", prompt=f"Shall I call {PHONE}?"),
        asr=(AsrHypothesis(text=f"call {SPOKEN}", score=-1.0), AsrHypothesis(text="call four one five")),
        nlu=(Interpretation(domain="call", intent="call", slots=(Slot(name="number", value="4155552671"),)),),
        entities=(EntityResolution(slot="number", value=PHONE, entity_id="4155552671"),),
        response=Response(text=f"Calling {PHONE}.", result=PHONE, items=(PHONE, "x"), ended=TIME),
        rewrite=AppliedRewrite(request_id="4155552671", original_utterance=f"cool {SPOKEN}"),
        versions={"nlu": "10.1.2.3"},
        traces={"nlu": {"top": [PHONE, {"caller_id": "+14155552671", "trace_id": "t-4155552671"}]}},
        audio="calls/20260105080000.wav",
        remark=f"was {PHONE}",
    )
    filtering = RecordFilter()
    filtered = filtering.filtered(turn)
    text = filtered.model_dump_json()
    kept = turn.model_dump(mode="json")
    told = filtered.model_dump(mode="json")
    assert SPOKEN not in text
    assert PHONE not in text
    assert told["nlu"][0]["slots"][0]["value"] == "<phone>"
    assert told["response"]["items"] == ["<phone>", "x"]
    assert told["context"]["prompt"] == "Shall I call <phone>?"
    assert told["rewrite"]["original_utterance"] == "cool <phone>"
    assert told["remark"] == "was <phone>"
    assert told["traces"]["nlu"]["top"] == ["<phone>", {"caller_id": "<phone>", "trace_id": "t-4155552671"}]
    for name in ("turn_id", "customer_id", "session_id", "time", "versions", "audio", "schema_version"):
        assert told[name] == kept[name]
    assert told["entities"][0]["entity_id"] == "4155552671"
    assert told["rewrite"]["request_id"] == "4155552671"
    assert told["device"]["state"]["level"] == 4155552671
    assert (dict(filtering.caught), filtering.records) == ({"phone": 2}, 1)  # one with a +1 before it
    assert parse(Turn, text.encode()) == filtered


def test_what_context_gives_away_in_one_field_goes_from_all():
    turn = a_turn(
        "take me to 24 Green Street",
        nlu=(Interpretation(intent="go", slots=(Slot(name="place", value="the 24 green street"),)),),
        response=Response(text="24 Green Streets are many. Off to 24 green street!"),
    )
    told = RecordFilter().filtered(turn)
    assert told.utterance == "take me to <address>"
    assert told.nlu[0].slots[0].value == "the <address>"
    assert told.response.text == "24 Green Streets are many. Off to <address>!"


def test_names_that_fall_together_keep_their_values():
    told = RecordFilter().filtered(a_turn(traces={"sent": {"a@b.org": 1, "c@d.org": 2}}))
    assert sorted(told.traces["sent"].values()) == [1, 2]
    assert "org" not in told.model_dump_json().replace("example.org", "")


def test_signals_are_filtered_too():
    signal = Signal(
        signal_id="s",
        turn_id="t",
        customer_id="c",
        time=TIME,
        kind=SignalKind.CORRECTION,
        text=f"call {PHONE}",
    )
    assert RecordFilter().filtered(signal).text == "call <phone>"


def test_a_clean_record_is_returned_itself_and_nothing_is_counted():
    filtering, turn = RecordFilter(), a_turn()
    assert filtering.filtered(turn) is turn
    assert not filtering.suspects(filtering.words_of(turn))
    assert (filtering.records, dict(filtering.caught)) == (0, {})


def test_what_is_caught_is_never_shown(caplog):
    filtering = RecordFilter()
    with caplog.at_level(0):
        for case in cases(5, 5):
            filtering.filtered(a_turn(case.text))
    assert not caplog.records
    assert set(filtering.caught) <= set(KINDS)


def test_presidio_without_its_extra_says_which(monkeypatch):
    monkeypatch.setitem(sys.modules, "presidio_analyzer", None)
    monkeypatch.setattr("streams.privacy.presidio.find_spec", lambda name: None)
    with pytest.raises(FinderMissing, match=r"selflearn\[privacy\]"):
        PresidioFinder()


@pytest.mark.slow
def test_presidio_finds_what_patterns_find_and_more():
    pytest.importorskip("presidio_analyzer")
    with pytest.raises(FinderMissing, match="no_such_pipeline"):
        PresidioFinder("no_such_pipeline")
    finder = PresidioFinder()
    bitcoin = "16Yeky6GMjeNkAiNcBY7ZhrLoMSgg1BoyZ"
    text = f"send it to {bitcoin} and call {PHONE}"
    assert [one.kind for one in finder.find(text)] == ["number", "phone"]
    assert not FINDER.find(f"send it to {bitcoin}")
    filtering = RecordFilter(finder)
    assert filtering.suspects(["anything"])
    once = filtering.filtered(a_turn(text))
    assert once.utterance == "send it to <number> and call <phone>"
    assert RecordFilter(finder).filtered(once) is once


def test_any_finder_will_do():
    class Names:
        def suspects(self, texts):
            return any("Ann" in text for text in texts)

        def find(self, text):
            at = text.find("Ann")
            return [Found("person", at, at + 3)] if at >= 0 else []

    assert RecordFilter(Names()).filtered(a_turn("call Ann")).utterance == "call <person>"


def test_digits_of_any_script():
    assert digits_of("٤١٥ x ５") == "4155"
