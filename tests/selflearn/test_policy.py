"""What is done with a rewrite that was found: one order, whatever is switched; and nobody's switch is another's."""

from datetime import UTC, datetime
from itertools import product

import numpy as np
import pytest
from entries import entry
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from selflearn.errors import RejectionsUnread, SwitchesUnread
from selflearn.messages import Context, Outcome, RewriteRequest
from selflearn.policy import (
    HOLD_BACK,
    Board,
    LiveSwitches,
    Policy,
    Rejection,
    Switch,
    SwitchKind,
    Wanted,
    share_of,
)
from selflearn.settings import RewritingSettings
from streams.records import Interpretation

MOMENT = datetime(2026, 3, 1, 12, tzinfo=UTC)
TENANTS, CUSTOMERS = ("t1", "t2"), ("a", "b", None)
SOURCES, ASKED = ("play x", "stop"), (None, "room")
INTENTS = ("inform", "pay", "play+pay", None)


class TestAssignment:
    UNITS = tuple(f"customer-{number}" for number in range(20_000))

    def places(self, salt, experiment):
        return np.array([share_of(salt, experiment, unit) for unit in self.UNITS])

    def test_places_are_uniform(self):
        places = self.places("salt", "hold_back")
        assert places.min() >= 0
        assert places.max() < 1
        counts, _ = np.histogram(places, 50, (0, 1))
        expected = len(places) / 50
        chi_square = ((counts - expected) ** 2 / expected).sum()
        assert chi_square < 85.4  # 49 degrees of freedom: one fair hash in a thousand is above

    @pytest.mark.parametrize("other", [("salt", "canary"), ("pepper", "hold_back")])
    def test_places_under_two_experiments_or_salts_do_not_depend_on_one_another(self, other):
        first, second = self.places("salt", "hold_back"), self.places(*other)
        counts, _, _ = np.histogram2d(first, second, 10, [(0, 1), (0, 1)])
        expected = len(first) / 100
        assert ((counts - expected) ** 2 / expected).sum() < 148.2  # 99 degrees of freedom, one in a thousand
        assert abs(np.corrcoef(first, second)[0, 1]) < 3.3 / np.sqrt(len(first))

    @given(st.text(max_size=5), st.text(max_size=5), st.text(max_size=5), st.text(min_size=1, max_size=5))
    def test_parts_do_not_run_into_one_another(self, salt, experiment, unit, moved):
        assert share_of(salt + moved, experiment, unit) != share_of(salt, moved + experiment, unit)


def switches():
    """Any switch that may be set."""
    tenant = st.sampled_from((None, *TENANTS))
    common = {"tenant_id": tenant, "created": st.just(MOMENT), "created_by": st.just("key k")}
    return st.one_of(
        st.builds(Switch, kind=st.just(SwitchKind.OFF), **common),
        st.builds(
            Switch,
            kind=st.just(SwitchKind.OFF),
            source=st.sampled_from(("play x", "PLAY X!", "stop")),
            asked=st.sampled_from(ASKED),
            **common,
        ),
        st.builds(
            Switch,
            kind=st.just(SwitchKind.OFF),
            rewrite_id=st.sampled_from([e.rewrite_id for e in entries()]),
            **common,
        ),
        st.builds(Switch, kind=st.just(SwitchKind.DRY_RUN), **common),
        st.builds(
            Switch, kind=st.just(SwitchKind.HOLD_BACK), share=st.sampled_from((0.0, 0.5, 1.0)), **common
        ),
        st.builds(
            Switch,
            kind=st.just(SwitchKind.NEVER_REWRITTEN),
            intent=st.sampled_from(("inform", "pay")),
            **common,
        ),
    )


def entries():
    return [
        entry(source, "play y", asked, tenant=tenant, blocked=blocked)
        for tenant, source, asked, blocked in product(TENANTS, SOURCES, ASKED, (None, "a person said so"))
    ]


class Said:
    """Rejections in a set."""

    def __init__(self, rejected):
        self.rejected = rejected

    def find(self, tenant_id, customer_id, source, asked, target):
        named = tenant_id, customer_id, source, asked
        return Rejection("f1", MOMENT) if named in self.rejected else None


requests = st.builds(
    RewriteRequest,
    utterance=st.sampled_from(SOURCES),
    customer_id=st.sampled_from(CUSTOMERS),
    context=st.sampled_from((None, Context(asked="room"))),
    interpretation=st.sampled_from((None, *(Interpretation(intent=intent) for intent in INTENTS))),
)
rejections = st.sets(
    st.tuples(
        st.sampled_from(TENANTS),
        st.sampled_from(("a", "b")),
        st.sampled_from(SOURCES),
        st.sampled_from(ASKED),
    ),
    max_size=4,
)


def judged(policy, request, found, tenant):
    board = policy.for_tenant(tenant)
    before = policy.before(board, request)
    return before or policy.after(board, request, found, tenant, "r")


def told(settings, all_switches, rejected, request, found, tenant):
    """The order as the documentation tells it, without a board: the plain oracle."""
    theirs = [one for one in all_switches if one.tenant_id in (None, tenant)]
    asked = None if request.context is None else request.context.asked

    def of(kind):
        return [one for one in theirs if one.kind is kind]

    never = settings.never_rewritten | {one.intent for one in of(SwitchKind.NEVER_REWRITTEN)}
    for one in of(SwitchKind.OFF):
        everything = one.source is None and one.rewrite_id is None
        if everything or (
            one.source is not None
            and one.source.lower().strip("!") == request.utterance
            and one.asked in (None, asked)
        ):
            return Outcome.REWRITING_OFF
    if settings.off:
        return Outcome.REWRITING_OFF
    said = request.interpretation
    if said is not None and said.intent is not None and never & set(said.intent.split("+")):
        return Outcome.NEVER_REWRITTEN
    if found is None:
        return Outcome.NO_REWRITE
    if any(one.rewrite_id == found.rewrite_id for one in of(SwitchKind.OFF)):
        return Outcome.REWRITING_OFF
    if found.interpretation.intent in never:
        return Outcome.NEVER_REWRITTEN
    if found.blocked:
        return Outcome.BLOCKED
    if (tenant, request.customer_id, request.utterance, asked) in rejected:
        return Outcome.REJECTED
    narrowest = [
        *(one.share for one in of(SwitchKind.HOLD_BACK) if one.tenant_id == tenant),
        *(one.share for one in of(SwitchKind.HOLD_BACK) if one.tenant_id is None),
        settings.hold_back_share,
    ][0]
    if share_of(settings.salt, HOLD_BACK, request.customer_id or "r") < narrowest:
        return Outcome.HELD_BACK
    return Outcome.DRY_RUN if settings.dry_run or of(SwitchKind.DRY_RUN) else Outcome.REWRITTEN


def one_each(all_switches):
    """As in the store: what is switched again replaces what was there."""
    return list({one.switch_id: one for one in all_switches}.values())


@given(
    st.builds(
        RewritingSettings,
        off=st.sampled_from((False, False, False, True)),
        dry_run=st.booleans(),
        hold_back_share=st.sampled_from((0.0, 0.5, 1.0)),
        never_rewritten=st.sampled_from((frozenset(), frozenset({"pay"}))),
    ),
    st.lists(switches(), max_size=5).map(one_each),
    rejections,
    requests,
    st.sampled_from((None, *entries())),
    st.sampled_from(TENANTS),
)
def test_the_first_that_holds_decides(settings, all_switches, rejected, request, found, tenant):
    policy = Policy(Board(settings, all_switches), salt=settings.salt, rejections=Said(rejected))
    judgement = judged(policy, request, found, tenant)
    assert judgement.outcome is told(settings, all_switches, rejected, request, found, tenant)
    applied = judgement.outcome in (Outcome.REWRITTEN, Outcome.NO_REWRITE)
    assert (judgement.because is None) is applied
    if judgement.arms:
        held = judgement.outcome is Outcome.HELD_BACK
        assert judgement.arms == {HOLD_BACK: "held" if held else "served"}


@given(
    st.lists(switches(), max_size=4).map(one_each),
    rejections,
    requests,
    st.sampled_from(entries()),
    st.sampled_from(TENANTS),
    switches(),
    rejections,
)
def test_nothing_of_another_tenant_or_customer_matters(
    all_switches, rejected, request, found, tenant, more, rejected_more
):
    settings = RewritingSettings(never_rewritten=frozenset())
    others_switch = [] if more.tenant_id in (None, tenant) else [more]
    others_no = {one for one in rejected_more if one[:2] != (tenant, request.customer_id)}
    alone = Policy(Board(settings, all_switches), rejections=Said(rejected))
    beside = Policy(Board(settings, [*all_switches, *others_switch]), rejections=Said(rejected | others_no))
    first, second = judged(alone, request, found, tenant), judged(beside, request, found, tenant)
    assert (first.outcome, first.because) == (second.outcome, second.because)


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_growing_share_keeps_whom_it_held_back(smaller, larger):
    smaller, larger = sorted((smaller, larger))

    def held(share):
        settings = RewritingSettings(hold_back_share=share, never_rewritten=frozenset())
        policy = Policy(Board(settings))
        asking = (RewriteRequest(utterance="play x", customer_id=f"c{n}") for n in range(50))
        return {r.customer_id for r in asking if judged(policy, r, FOUND, "t1").outcome is Outcome.HELD_BACK}

    assert held(smaller) <= held(larger)


FOUND = entry("play x", "play y", tenant="t1")


def test_the_unit_is_the_customer_else_the_device_else_the_request():
    settings = RewritingSettings(hold_back_share=0.5, never_rewritten=frozenset())
    policy = Policy(Board(settings))
    for name in ("one", "two", "three", "four", "five"):
        fields = ({"customer_id": name, "device_id": "d"}, {"device_id": name}, {})
        outcomes = {
            policy.after(
                policy.for_tenant("t1"), RewriteRequest(utterance="play x", **given), FOUND, "t1", name
            ).outcome
            for given in fields
        }
        assert len(outcomes) == 1


def test_rejections_that_cannot_be_read_keep_the_rewrite_from_being_used():
    class Gone:
        def find(self, *about):
            raise RejectionsUnread("gone")

    policy = Policy(Board(RewritingSettings()), rejections=Gone())
    known = judged(policy, RewriteRequest(utterance="play x", customer_id="a"), FOUND, "t1")
    assert (known.outcome, known.because, policy.rejections_unread) == (Outcome.NO_REWRITE, "gone", 1)
    assert judged(policy, RewriteRequest(utterance="play x"), FOUND, "t1").outcome is Outcome.REWRITTEN


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "hold_back"},
        {"kind": "hold_back", "share": 1.1},
        {"kind": "hold_back", "share": float("nan")},
        {"kind": "never_rewritten"},
        {"kind": "dry_run", "source": "x"},
        {"kind": "off", "intent": "x"},
        {"kind": "off", "asked": "room"},
        {"kind": "off", "source": "x", "rewrite_id": "y"},
        {"kind": "off", "source": "?!"},
        {"kind": "on"},
    ],
)
def test_switches_that_say_too_little_or_too_much(fields):
    with pytest.raises(ValidationError):
        Wanted(**fields)


class TestLive:
    """Switches as they are now, from a store that may fail."""

    OFF = Switch(kind=SwitchKind.OFF, created=MOMENT, created_by="key k")

    def live(self, **settings):
        self.counter, self.set, self.fails = 0, [], False

        def changed():
            if self.fails:
                raise OSError("no store")
            return self.counter

        return LiveSwitches(
            RewritingSettings(**settings, never_rewritten=frozenset()), changed=changed, read=lambda: self.set
        )

    def test_what_cannot_be_read_at_the_start_refuses_and_later_leaves_the_last_ones(self, caplog):
        live = self.live(check_every=3600)
        assert live.board.of("t").off is None
        self.counter, self.set, self.fails = 1, [self.OFF], True
        assert live.look() is False
        assert live.look() is False
        assert live.board.of("t").off is None
        assert (live.failures, live.stale) == (2, True)
        assert caplog.text.count("the last ones stay") == 1
        self.fails = False
        assert live.look() is True
        assert live.board.of("t").off == self.OFF
        assert not live.stale
        live.close()

    def test_no_rewrites_before_they_were_read(self):
        def fails():
            raise OSError("no store")

        live = LiveSwitches(RewritingSettings(check_every=3600), changed=fails, read=list)
        with pytest.raises(SwitchesUnread, match="no store"):
            Policy(live).for_tenant("t")
        live.close()

    def test_the_thread_heeds_a_change_and_ends(self):
        live = self.live(check_every=0.005)
        assert live.board.of("t").off is None
        self.set = [self.OFF]
        self.counter = 1
        for _ in range(2000):
            if live.board.of("t").off is not None:
                break
            live._closing.wait(0.005)
        assert live.board.of("t").off == self.OFF
        live.close()
        assert not live._looker.is_alive()
