"""Templates: how texts become them, which one a request is an example of, and what is learned about them."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewrite_offline import MiningSettings, mine
from rewrite_offline.errors import ModelUnreadable
from rewrite_offline.lookup import LearnedLookup
from rewrite_offline.table import RewriteQuery, Table, block, publish
from rewrite_offline.templates import ATTACHMENT, Entry, Templates
from rewrite_offline.templates.matching import Matcher
from rewrite_offline.templates.wording import abstract, fill, fill_reading, fixed_words, slots_of
from streams.outcome import OutcomeModel
from streams.records import Evidence, Interpretation, Response, ResponseStatus, Slot, Turn
from streams.sessions import SessionSettings, sessions_of

_START = datetime(2026, 3, 1, 9, tzinfo=UTC)
_ROOMS = ("kitchen", "bedroom", "hall", "nursery", "attic", "children's room", "garage")
_NOTHING = Interpretation(confidence=0.9)


def off(room):
    return Interpretation(
        domain="lights", intent="off", slots=(Slot(name="room", value=room),), confidence=0.95
    )


def turn(customer, number, text, reading=None, asked=None):
    return Turn(
        turn_id=f"{customer}:{number}",
        customer_id=customer,
        time=_START + timedelta(seconds=8 * number),
        utterance=text,
        nlu=(reading or _NOTHING,),
        response=Response(
            text="Done." if reading else "Sorry, I did not get that.",
            status=ResponseStatus.OK if reading else ResponseStatus.NOT_UNDERSTOOD,
        ),
    )


def log(customers=7, *, reading=off, said="nobody is in the {} anymore", better="turn off the {} light"):
    """Everybody says it of a room of their own, is not understood, and says it better."""
    turns = []
    for n in range(customers):
        room = _ROOMS[n % len(_ROOMS)]
        turns.append(turn(f"c{n}", 0, said.format(room)))
        turns.append(turn(f"c{n}", 1, better.format(room), reading(room)))
    return turns


def learn(turns, **settings):
    settings = {"generalise": False, **settings}
    return mine(sessions_of(turns, [], SessionSettings()), OutcomeModel.given(), MiningSettings(**settings))


def templates_of(mined):
    return Templates.from_bytes(mined.attachments[ATTACHMENT]) if ATTACHMENT in mined.attachments else None


@pytest.mark.parametrize(
    ("text", "slots", "template"),
    [
        ("dim the kitchen lights to ten", {"room": "kitchen", "level": "ten"}, "dim the {room} lights to {level}"),
        ("play red river by river", {"song": "Red River", "artist": "river"}, "play {song} by {artist}"),
        ("dim the kitchens", {"room": "kitchen"}, None),
        ("dim the lights", {}, None),
        ("dim it to ten", {"level": "ten", "room": "hall"}, None),
    ],
)  # fmt: skip
def test_values_become_slots(text, slots, template):
    assert abstract(text, [Slot(name=name, value=value) for name, value in slots.items()]) == template


def test_two_slots_of_one_name_make_no_template():
    assert abstract("a or b", [Slot(name="x", value="a"), Slot(name="x", value="b")]) is None


_WORDS = st.sampled_from(["a", "b", "c", "d"])
_TEMPLATES = st.lists(st.one_of(_WORDS, st.sampled_from(["{x}", "{y}"])), min_size=1, max_size=4).filter(
    lambda words: all(words.count(slot) <= 1 for slot in ("{x}", "{y}"))
)


@given(st.lists(_TEMPLATES.map(" ".join), max_size=6), st.lists(_WORDS, min_size=1, max_size=8).map(" ".join))
def test_a_match_is_the_one_that_regular_expressions_find(templates, text):
    def fits(template):
        pattern = " ".join(r"\w+(?: \w+){0,5}" if word.startswith("{") else word for word in template.split())
        return re.fullmatch(pattern, text) is not None

    fitting = sorted(filter(fits, templates), key=lambda one: (-fixed_words(one), one))
    found = Matcher(templates).match(text)
    if not fitting:
        assert found is None
    else:
        assert found is not None
        template, values = found
        assert template == fitting[0]
        assert fill(template, values) == text
        assert values.keys() == slots_of(template)


def test_a_way_to_say_it_is_learned_whatever_it_is_about():
    mined = learn(log())
    assert not mined.rewrites, "no single text has enough customers"
    (entry,) = templates_of(mined).entries
    assert (entry.source, entry.target) == ("nobody is in the {room} anymore", "turn off the {room} light")
    assert entry.evidence.customers == 7
    found = templates_of(mined).find(RewriteQuery("Nobody is in the guest bathroom anymore!"))
    assert found.target == "turn off the guest bathroom light"
    assert found.interpretation == Interpretation(
        domain="lights", intent="off", slots=(Slot(name="room", value="guest bathroom"),)
    )
    assert (found.miner, found.source) == ("template", "nobody is in the guest bathroom anymore")
    assert templates_of(mined).find(RewriteQuery("nobody is in anymore")) is None
    assert templates_of(mined).find(RewriteQuery("nobody is in the hall anymore", asked="room")) is None


def test_fewer_customers_than_k_teach_none():
    assert templates_of(learn(log(4))) is None


def test_intents_that_are_never_rewritten():
    def lock(room):
        return off(room).model_copy(update={"intent": "lock"})

    assert templates_of(learn(log(reading=lock))) is None


def test_who_wants_no_templates_gets_none():
    assert ATTACHMENT not in learn(log(), templates=False).attachments


def test_other_values_are_no_rephrase():
    turns = []
    for n, room in enumerate(_ROOMS):
        turns.append(turn(f"c{n}", 0, f"nobody is in the {room} anymore"))
        turns.append(turn(f"c{n}", 1, "turn off the cellar light", off("cellar")))
    assert templates_of(learn(turns)) is None


def test_what_is_understood_is_left_alone():
    turns = [
        turn(f"d{n}", 0, f"nobody is in the {room} anymore", off(room)) for n, room in enumerate(_ROOMS * 3)
    ]
    assert templates_of(learn(log() + turns)) is None


def test_a_few_words_would_fit_nearly_anything():
    assert templates_of(learn(log(said="{} dark"))) is None


def test_the_order_of_the_log_does_not_matter():
    assert learn(log()[::-1]).attachments[ATTACHMENT] == learn(log()).attachments[ATTACHMENT]


def entry(source="nobody is in the {room} anymore", target="turn off the {room} light", asked=None):
    return Entry(
        asked=asked, source=source, target=target, interpretation=off("{room}"), win_probability=0.8,
        evidence=Evidence(turns=9, customers=7, source_success=0.1, target_success=0.9, improvement_low=0.4),
    )  # fmt: skip


def test_bytes_there_and_back():
    templates = Templates([entry(), entry(asked="room", source="the {room} please")])
    assert Templates.from_bytes(templates.to_bytes()).entries == templates.entries


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'{"format":9,"entries":[]}', b'{"format":1,"entries":[{}]}']
)
def test_what_are_no_templates_is_refused(content):
    with pytest.raises(ModelUnreadable, match="selflearn learn rewrites"):
        Templates.from_bytes(content)


def test_templates_come_after_entries_and_are_blocked_alike(tmp_path):
    mined = learn(log())
    publish(mined.rewrites, tmp_path, made_from={}, attachments=mined.attachments)
    lookup = LearnedLookup(Table.open(tmp_path))
    query = RewriteQuery("nobody is in the attic anymore")
    found = lookup.find(query)
    assert (found.target, found.blocked) == ("turn off the attic light", None)
    assert found.table_version == lookup.table.version
    block(tmp_path, source=query.utterance, reason="wrong")
    assert lookup.over(Table.open(tmp_path)).find(query).blocked == "wrong"


@given(st.text("ab {}", max_size=20), st.text("ab {}", max_size=10))
def test_anything_may_be_asked(text, asked):
    found = Templates([entry()]).find(RewriteQuery(text, asked=asked or None))
    assert found is None or found.source != found.target


def test_a_reading_is_filled():
    assert fill_reading(off("{room}"), {"room": "hall"}).slots == off("hall").slots


def test_a_template_must_win_more_than_an_entry():
    def ask(room):
        return Interpretation(
            domain="room", intent="ask", slots=(Slot(name="place", value=room),), confidence=0.95
        )

    turns = log() + [
        turn(f"d{n}", 0, f"nobody is in the {room} anymore", ask(room)) for n, room in enumerate(_ROOMS[:3])
    ]
    assert templates_of(learn(turns)) is None
    assert templates_of(learn(turns, template_win_loss=1.0)) is not None
