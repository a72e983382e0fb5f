"""What a client is set to: how long it waits, when it stops asking, how long it keeps feedback."""

from dataclasses import dataclass

__all__ = ["ClientSettings"]


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """How a client treats the API. All times in seconds.

    | usage | meaning |
    | --- | --- |
    | `ClientSettings()` | an answer within 50 ms or the original request; for an API in the same data centre |
    | `ClientSettings(deadline=0.2)` | 200 ms, for one further away |
    | `ClientSettings(failures=1)` | stop asking after the first failure |
    | `ClientSettings(failures=10**9, rate=1.0, window=10**9)` | never stop asking |
    | `ClientSettings(feedback_tries=1)` | send feedback once, and give it up where that fails |

    Attributes
    ----------
    deadline
        Longest time for one rewrite, everything included: name, connection, TLS, sending, reading.
    batch_deadline
        The same for one batch.
    patience
        The same for what no customer waits for: warming up, feedback, `decision`.
    failures
        The circuit breaker opens after this many failures in a row …
    rate, window
        … or when of the last `window` requests a share of `rate` failed.
    cool_down
        How long an open breaker keeps requests from the API before one may try; doubled with every try that fails.
    longest_cool_down
        Where that doubling ends.
    jitter
        Cool-downs and pauses are longer by up to this share, so that many clients do not come back at once.
    longest_pause
        The API's `retry-after` is honoured up to this.
    connections
        Most connections at once.
    keep_alive
        How long an idle connection is kept; less than the server keeps it.
    feedback_capacity
        Feedback that may wait to be sent; more is dropped, and counted.
    feedback_tries
        How often feedback is sent before it is dropped, and counted.
    first_pause
        Pause before feedback is sent again; doubled with every try, up to `longest_pause`.
    drain
        How long `close` goes on sending feedback.
    """

    deadline: float = 0.05
    batch_deadline: float = 1.0
    patience: float = 5.0
    failures: int = 5
    rate: float = 0.5
    window: int = 20
    cool_down: float = 1.0
    longest_cool_down: float = 5.0
    jitter: float = 0.2
    longest_pause: float = 60.0
    connections: int = 100
    keep_alive: float = 60.0
    feedback_capacity: int = 1000
    feedback_tries: int = 8
    first_pause: float = 0.5
    drain: float = 5.0

    def __post_init__(self) -> None:
        """Refuse what cannot be meant.

        Raises
        ------
        ValueError
            A time is not positive, or a number is below one.
        """
        for name in ("deadline", "batch_deadline", "patience", "cool_down", "keep_alive", "first_pause"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} is a time in seconds above zero, not {getattr(self, name)!r}")
        for name in ("failures", "window", "connections", "feedback_capacity", "feedback_tries"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is at least 1, not {getattr(self, name)!r}")
        if not 0 < self.rate <= 1:
            raise ValueError(f"rate is a share above 0 and up to 1, not {self.rate!r}")
        if min(self.jitter, self.drain, self.longest_pause, self.longest_cool_down) < 0:
            raise ValueError("jitter, drain, longest_pause and longest_cool_down are not negative")
