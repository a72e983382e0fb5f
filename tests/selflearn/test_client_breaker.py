"""The circuit breaker against a plain oracle, and by hand."""

import threading

from hypothesis import given
from hypothesis import strategies as st

from selflearn.client import BreakerState, CircuitBreaker, ClientSettings


class Oracle:
    """The same machine told as a table of histories: slow, with nothing counted ahead."""

    def __init__(self, settings, chance):
        self.settings, self.chance = settings, chance
        self.now = 0.0
        self.state = "closed"
        self.era = 0  # counts changes of state
        self.history = []  # results of this closed era
        self.bad_tries = 0
        self.opens_at = None

    def change(self, state):
        self.state, self.era, self.history = state, self.era + 1, []

    def permit(self):
        if self.state == "closed":
            return self.era
        if self.state == "open" and self.now >= self.opens_at:
            self.change("half_open")
            return self.era
        return None

    def end(self, era, result):
        if era != self.era:
            return
        if self.state == "half_open":
            if result == "good":
                self.bad_tries = 0
                self.change("closed")
            elif result == "bad":
                self.bad_tries += 1
                self.open()
            else:
                self.change("open")
                self.opens_at = self.now
        elif result != "none":
            self.history.append(result == "bad")
            last = self.history[-self.settings.window :]
            row = self.history[-self.settings.failures :]
            in_a_row = len(row) == self.settings.failures and all(row)
            full = len(last) == self.settings.window
            # Only a failure opens, also where a success fills the window.
            if result == "bad" and (in_a_row or (full and sum(last) >= self.settings.rate * len(last))):
                self.open()

    def open(self):
        pause = self.settings.cool_down
        for _ in range(self.bad_tries):
            pause = min(2 * pause, self.settings.longest_cool_down)
        self.opens_at = self.now + min(pause, self.settings.longest_cool_down) * (
            1 + self.settings.jitter * self.chance
        )
        self.change("open")


_STEPS = st.lists(
    st.one_of(
        st.just("ask"),
        st.tuples(st.sampled_from(["good", "bad", "bad", "none"]), st.integers(0, 5)),
        st.sampled_from([0.25, 0.5, 1.0, 4.0]),
    ),
    max_size=120,
)


@given(
    steps=_STEPS,
    failures=st.integers(1, 4),
    window=st.integers(1, 8),
    rate=st.sampled_from([0.25, 0.5, 1.0]),
    chance=st.sampled_from([0.0, 0.5]),
)
def test_it_is_the_plain_state_machine(steps, failures, window, rate, chance):
    """Requests overlap: permits are kept, and end in any order and long after the state has changed."""
    settings = ClientSettings(
        failures=failures, window=window, rate=rate, cool_down=0.5, longest_cool_down=3.0, jitter=0.5
    )
    oracle = Oracle(settings, chance)
    breaker = CircuitBreaker(settings, clock=lambda: oracle.now, chance=lambda: chance)
    out = []
    for step in steps:
        if step == "ask":
            permit, expected = breaker.permit(), oracle.permit()
            assert (permit is None) == (expected is None)
            if permit is not None:
                out.append((permit, expected))
        elif isinstance(step, float):
            oracle.now += step
        elif out:
            result, which = step
            permit, expected = out.pop(which % len(out))
            {"good": breaker.succeeded, "bad": breaker.failed, "none": breaker.returned}[result](permit)
            oracle.end(expected, result)
        assert breaker.state == oracle.state


def test_it_opens_tries_once_and_closes():
    now = 0.0
    settings = ClientSettings(failures=2, cool_down=1.0, longest_cool_down=3.0, jitter=0.0)
    breaker = CircuitBreaker(settings, clock=lambda: now)

    def opens_again(after):
        nonlocal now
        now += after - 0.01
        assert breaker.permit() is None
        now += 0.02
        permit = breaker.permit()
        assert breaker.state is BreakerState.HALF_OPEN
        assert breaker.permit() is None, "one tries, the others do not"
        return permit

    assert not breaker.failed(breaker.permit())
    assert breaker.failed(breaker.permit())
    for pause in (1.0, 2.0, 3.0, 3.0):
        assert breaker.failed(opens_again(pause))
    assert breaker.succeeded(opens_again(3.0))
    assert breaker.state is BreakerState.CLOSED
    assert breaker.opened == 5


def test_what_began_before_it_opened_does_not_close_it():
    breaker = CircuitBreaker(ClientSettings(failures=1))
    slow = breaker.permit()
    assert breaker.failed(breaker.permit())
    assert not breaker.succeeded(slow)
    assert not breaker.failed(slow)
    assert breaker.state is BreakerState.OPEN
    assert breaker.opened == 1


def test_of_many_threads_one_tries():
    now = 0.0
    breaker = CircuitBreaker(ClientSettings(failures=1), clock=lambda: now)
    breaker.failed(breaker.permit())
    now = 100.0
    together, permits = threading.Barrier(8), []

    def ask():
        together.wait()
        permits.append(breaker.permit())

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(permit is not None for permit in permits) == 1
