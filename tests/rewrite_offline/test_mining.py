"""The miner on small worlds written out by hand: what must become an entry, and what must not."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from rewrite_offline import MiningSettings, explain, mine
from rewrite_offline.errors import NothingKnown, NothingToLearnFrom
from rewrite_offline.table import Table, publish
from streams.outcome import OutcomeModel
from streams.records import DialogueContext, Interpretation, Response, ResponseStatus, Slot, Turn
from streams.sessions import SessionSettings, sessions_of

_START = datetime(2026, 3, 1, 9, tzinfo=UTC)
_DRAGONS = Interpretation(
    domain="music", intent="play", slots=(Slot(name="artist", value="imagine dragons"),), confidence=0.95
)
_EMPTY = Interpretation(confidence=0.9)


def turn(customer, number, text, reading=None, *, asked=None, home=None, later=0):
    """One request; without a reading it was not understood."""
    understood = reading is not None
    return Turn(
        turn_id=f"{customer}:{number}",
        customer_id=customer,
        home_id=home,
        time=_START + timedelta(hours=later, seconds=8 * number),
        utterance=text,
        context=DialogueContext(asked=asked),
        nlu=(reading or _EMPTY,),
        response=Response(
            text="Here you are." if understood else "Sorry, I did not get that.",
            status=ResponseStatus.OK if understood else ResponseStatus.NOT_UNDERSTOOD,
        ),
    )


def misheard(
    customers, *, homes=None, said="play a magic dragons", meant=_DRAGONS, better="play imagine dragons"
):
    """Everybody says it, is not understood, and says it better."""
    turns = []
    for n in range(customers):
        home = homes[n] if homes else None
        turns.append(turn(f"c{n}", 0, said, home=home))
        turns.append(turn(f"c{n}", 1, better, meant, home=home))
    return turns


def learn(turns, **settings):
    sessions = sessions_of(turns, [], SessionSettings())
    return mine(sessions, OutcomeModel.given(), MiningSettings(**settings))


def entries(mined):
    return {(r.asked, r.source): r.target for r in mined.rewrites}


def test_what_many_rephrase_becomes_an_entry():
    mined = learn(misheard(8))
    (rewrite,) = mined.rewrites
    assert (rewrite.asked, rewrite.source, rewrite.target) == (
        None,
        "play a magic dragons",
        "play imagine dragons",
    )
    assert rewrite.interpretation == _DRAGONS
    assert rewrite.evidence.turns == rewrite.evidence.customers == 8
    assert rewrite.evidence.improvement_low > 0
    assert rewrite.evidence.source_success < rewrite.win_probability


def test_fewer_customers_than_k_stay_private():
    assert not learn(misheard(4)).rewrites
    assert learn(misheard(5), min_customers=5).rewrites
    assert not learn(misheard(4)).failing, "what too few said is not even listed"


def test_a_home_counts_once():
    assert not learn(misheard(10, homes=[f"h{n % 4}" for n in range(10)])).rewrites
    assert learn(misheard(10, homes=[f"h{n % 5}" for n in range(10)])).rewrites


def test_one_loud_customer_has_a_few_votes_only():
    """Ninety turns of one customer that end elsewhere do not overrule eight customers."""
    loud = []
    for n in range(90):
        loud += [
            turn(f"loud{n}", 0, "play a magic dragons", later=1).model_copy(update={"customer_id": "loud"}),
            turn(
                f"loud{n}",
                1,
                "play dragonforce",
                Interpretation(
                    domain="music", intent="play", slots=(Slot(name="artist", value="dragonforce"),)
                ),
                later=1,
            ).model_copy(update={"customer_id": "loud"}),
        ]
    loud = [t.model_copy(update={"time": t.time + timedelta(hours=i // 2)}) for i, t in enumerate(loud)]
    assert entries(learn(misheard(8) + loud)) == {(None, "play a magic dragons"): "play imagine dragons"}


def test_what_is_understood_is_left_alone():
    turns = [turn(f"c{n}", 0, "play imagine dragons", _DRAGONS) for n in range(20)]
    assert not learn(turns).proposals


def test_what_some_ask_for_next_is_no_rewrite_of_what_nobody_says_again():
    weather = Interpretation(domain="weather", intent="ask", confidence=0.95)
    turns = [turn(f"e{n}", 0, "order a pizza with olives") for n in range(8)]
    turns += [turn(f"e{n}", 1, "how warm is it", weather) for n in range(2)]
    turns += [turn(f"d{n}", 0, "how warm is it", weather) for n in range(8)]
    turns += misheard(8)
    mined = learn(turns, generalise=False)
    refused = {p.request.text: p.refused for p in mined.proposals}
    assert refused["order a pizza with olives"] == "evidence"
    assert (None, "order a pizza with olives") in entries(learn(turns, generalise=False, min_ended=0.0))
    assert entries(mined) == {(None, "play a magic dragons"): "play imagine dragons"}


def test_giving_up_is_no_rewrite():
    cancel = Interpretation(domain="chat", intent="cancel", confidence=0.95)
    turns = misheard(8, said="book a table", meant=cancel, better="never mind")
    assert {p.refused for p in learn(turns, generalise=False).proposals} == {"gives_up"}
    assert entries(learn(turns, generalise=False, giving_up=())) == {(None, "book a table"): "never mind"}


def test_intents_that_are_never_rewritten():
    unlock = Interpretation(
        domain="home", intent="unlock", slots=(Slot(name="door", value="front"),), confidence=0.9
    )
    turns = misheard(8, said="unlock the front tour", meant=unlock, better="unlock the front door")
    mined = learn(turns)
    assert not mined.rewrites
    assert [p.refused for p in mined.proposals] == ["never_rewritten"]
    assert learn(turns, never_rewritten=frozenset()).rewrites


def test_requests_taken_for_such_an_intent_are_not_rewritten_away():
    """What is understood as unlocking, and then said otherwise, stays what it is."""
    unlock = Interpretation(domain="home", intent="unlock+notify", confidence=0.9)
    heard = "play a magic dragons"
    turns = [t.model_copy(update={"nlu": (unlock,)}) if t.utterance == heard else t for t in misheard(8)]
    never = frozenset({"unlock"})
    assert [p.refused for p in learn(turns, never_rewritten=never).proposals] == ["never_rewritten"]
    assert learn(turns, never_rewritten=frozenset()).proposals[0].refused != "never_rewritten"


def test_a_short_answer_means_what_the_question_makes_it_mean():
    def answers(asked, value):
        reading = Interpretation(
            domain="food", intent="inform", slots=(Slot(name=asked, value=value),), confidence=0.9
        )
        return [
            t
            for n in range(8)
            for t in (
                turn(f"{asked}{n}", 0, "doesn't mat her", asked=asked),
                turn(f"{asked}{n}", 1, f"any {asked}", reading, asked=asked),
            )
        ]

    assert entries(learn(answers("area", "any") + answers("price", "any"))) == {
        ("area", "doesn't mat her"): "any area",
        ("price", "doesn't mat her"): "any price",
    }


def test_a_log_without_nlu_is_mined_by_its_texts():
    turns = [
        t.model_copy(update={"nlu": ()})
        for t in misheard(12, said="play a magic dragons", better="play imagine dragons")
    ]
    assert entries(learn(turns)) == {(None, "play a magic dragons"): "play imagine dragons"}


def test_the_order_of_the_log_does_not_matter():
    turns = misheard(8) + [turn(f"x{n}", 0, "stop", Interpretation(intent="stop")) for n in range(9)]
    shuffled = random.Random(3).sample(turns, len(turns))
    first, second = learn(turns), learn(shuffled)
    assert [r.model_dump(exclude={"time"}) for r in first.rewrites] == [
        r.model_dump(exclude={"time"}) for r in second.rewrites
    ]
    assert first.failing == second.failing


def test_failing_requests_are_listed_with_and_without_a_rewrite():
    hopeless = [turn(f"h{n}", 0, "order me a moon") for n in range(12)]
    mined = learn(misheard(8) + hopeless)
    worst, second = mined.failing[:2]
    assert (worst.text, worst.rewrite) == ("order me a moon", None)
    assert (second.text, second.rewrite, second.refused) == (
        "play a magic dragons",
        "play imagine dragons",
        None,
    )


@pytest.mark.parametrize(
    ("turns", "why"),
    [([], "no session"), ([turn("c", 0, "  ")], "no session")],
)
def test_nothing_to_learn_from(turns, why):
    with pytest.raises(NothingToLearnFrom, match=why):
        learn(turns)


def test_an_entry_is_explained_by_its_neighbourhood(tmp_path):
    mined = learn(misheard(8))
    publish(mined.rewrites, tmp_path, made_from={}, attachments=mined.attachments)
    why = explain(Table.open(tmp_path), "Play a MAGIC dragons!")
    assert why.rewrite is not None
    assert why.rewrite.target == "play imagine dragons"
    best = why.meant[0]
    assert "imagine dragons" in best.state
    assert best.end == max(m.end for m in why.meant)
    path = [kind for _, _, kind in why.graph.edges(data="kind")]
    assert {"emission", "step"} <= set(path)
    assert sum(p for _, _, p in why.graph.out_edges("source", data="probability")) == pytest.approx(1)


def test_what_is_not_known_is_not_explained(tmp_path):
    mined = learn(misheard(8))
    publish(mined.rewrites, tmp_path, made_from={}, attachments=mined.attachments)
    with pytest.raises(NothingKnown, match="unheard of"):
        explain(Table.open(tmp_path), "unheard of")
    publish(mined.rewrites, tmp_path, made_from={})
    with pytest.raises(NothingKnown, match=r"without emissions\.parquet"):
        explain(Table.open(tmp_path), "play a magic dragons")
