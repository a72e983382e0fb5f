"""A telephone line that finds places: it asks, offers, tells and repeats itself as such systems do."""

import pytest
from assistant_worlds import LINE, heard, meaning

from simulator.assistant import Assistant, Said, Situation
from simulator.dice import Dice
from simulator.world import load_world
from streams.records import ResponseStatus, Stage

FRESH = Situation(device="telephone", device_kinds=("telephone",))


def _line(tmp_path, confirms_below=0.0):
    path = tmp_path / "line.toml"
    path.write_text(LINE.replace("errors = 0.0", f"errors = 0.0\nconfirms_below = {confirms_below}"))
    return Assistant(load_world(str(path)))


@pytest.fixture(scope="module")
def line(tmp_path_factory):
    return _line(tmp_path_factory.mktemp("world"))


def _answer(line, text, meant, situation=FRESH, *, misheard=None, **said):
    text_heard = misheard if misheard is not None else text
    return line.answer(text_heard, heard(text_heard), Said(text, meant, **said), situation, Dice(1))


def _find(**values):
    return meaning("place/find", **values)


def test_what_is_missing_is_asked_for_in_order(line):
    first = _answer(line, "find me a restaurant", _find())
    assert (first.response.asked, first.response.text) == ("area", "Which side of town?")
    second = _answer(line, "north", _find(area="north"), first.situation)
    assert second.response.asked == "food"
    third = _answer(line, "indian food", _find(food="indian"), second.situation)
    assert third.response.asked is None
    assert third.response.text == "The linden house serves indian food."
    assert third.response.items == ("the linden house",)
    assert third.met
    assert third.situation.gathered == {"area": "north", "food": "indian"}


def test_what_was_offered_is_told_about_and_another_one_found(line):
    offer = _answer(line, "indian food in the north", _find(food="indian", area="north"))
    assert offer.situation.offered == "the linden house"
    phone = _answer(line, "the phone number", meaning("place/phone"), offer.situation)
    assert phone.response.text == "The number of the linden house is one two three."
    assert phone.response.result == "one two three"
    other = _answer(line, "anything else", meaning("place/another"), phone.situation)
    assert other.situation.offered == "corner counter"
    none = _answer(line, "anything else", meaning("place/another"), other.situation)
    assert none.response.status is ResponseStatus.NO_RESULT
    assert none.unsupported
    assert none.situation.offered == "corner counter"


def test_what_was_not_understood_brings_the_same_prompt_again(line):
    offer = _answer(line, "indian food in the north", _find(food="indian", area="north"))
    again = _answer(line, "phone number", meaning("place/phone"), offer.situation, misheard="known umber")
    assert again.response.text == offer.response.text
    assert (again.defect, again.failure_point) == (True, Stage.ASR)


def test_a_line_begins_to_ask_and_only_a_question_put_again_says_that_it_did_not_understand(line):
    opening = _answer(line, "wibble frandle gost mir", meaning(None), speech=False)
    assert (opening.response.text, opening.response.asked) == ("Which side of town?", "area")
    assert opening.response.status is ResponseStatus.OK
    talk = "wibble frandle gost mir"
    told = [
        line.answer(
            talk, heard(talk), Said(talk, meaning(None), speech=False), opening.situation, Dice(number)
        )
        for number in range(40)
    ]
    # The question comes again, or another one.
    assert {(each.response.asked, each.response.status) for each in told} == {
        ("area", ResponseStatus.NOT_UNDERSTOOD),
        ("food", ResponseStatus.OK),
    }


def test_what_is_not_there_is_no_defect_unless_it_was_misunderstood(line):
    none = _answer(line, "thai food in the north", _find(food="thai", area="north"))
    assert none.response.status is ResponseStatus.NO_RESULT
    assert (none.unsupported, none.defect) == (True, False)
    misheard = _answer(
        line, "thai food in the north", _find(food="thai", area="north"), misheard="thai food in the south"
    )
    assert (misheard.unsupported, misheard.defect, misheard.failure_point) == (False, True, Stage.ASR)


def test_nothing_found_because_of_an_earlier_error_is_a_wrong_result(line):
    wrong = _answer(line, "indian food", _find(food="indian"), misheard="thai food")
    goal = _find(food="indian", area="north")
    answer = _answer(line, "north", _find(area="north"), wrong.situation, goal=goal)
    assert answer.response.status is ResponseStatus.NO_RESULT
    assert (answer.wrong, answer.failure_point, answer.unsupported) == (("result",), Stage.RESULT, False)


def test_a_constraint_that_does_not_matter_is_left_open(line):
    asks = _answer(line, "north", _find(area="north"))
    any_food = _answer(line, "i don't care", _find(food="i don't care"), asks.situation)
    assert any_food.situation.gathered == {"area": "north", "food": "any"}
    assert any_food.met


def test_a_courtesy_that_is_lost_is_no_defect_on_a_line(line):
    lost = _answer(line, "thank you", meaning("chat/thanks"), misheard="wibble frandle gost")
    assert "asr" in lost.wrong
    assert not lost.defect


def test_who_is_not_sure_asks_and_takes_yes_or_no_for_an_answer(tmp_path):
    line = _line(tmp_path, confirms_below=0.99999)
    asks = _answer(line, "italian food", _find(food="italian"))
    assert asks.response.text == "Did you say italian?"
    assert (asks.defect, asks.situation.confirming) == (False, {"food": "italian"})
    yes = _answer(line, "yes", meaning("chat/affirm"), asks.situation)
    assert yes.situation.gathered == {"food": "italian"}
    assert not yes.situation.confirming
    no = _answer(line, "no", meaning("chat/deny"), asks.situation)
    assert not no.situation.gathered
    assert not no.situation.confirming
