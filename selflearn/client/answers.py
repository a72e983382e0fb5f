"""What a client gives back: always a text to parse."""

from dataclasses import dataclass
from enum import StrEnum

from streams.records import Interpretation

__all__ = ["Answer", "Failure"]


class Failure(StrEnum):
    """Why the original request goes on without the API's word.

    | failure | the breaker counts it | what to do |
    | --- | --- | --- |
    | `timeout`, `unreachable`, `server_error`, `bad_answer` | yes | look at the API |
    | `breaker_open` | | nothing: the API is asked again after the cool-down |
    | `rate_limited` | no | nothing: the API is asked again when it said so; or ask for a higher limit |
    | `refused` | no | mend key, address or scope: the log says so, once |
    | `invalid_request` | no | mend what is sent: the log says so, once |
    | `closed` | | the client was closed |
    """

    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    SERVER_ERROR = "server_error"
    BAD_ANSWER = "bad_answer"
    BREAKER_OPEN = "breaker_open"
    RATE_LIMITED = "rate_limited"
    REFUSED = "refused"
    INVALID_REQUEST = "invalid_request"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Answer:
    """What to parse, and what is known of it.

    Attributes
    ----------
    text
        What to parse: the rewrite, or the original request where there is none or anything went wrong.
    original
        The request as it was.
    request_id
        To be echoed in the turn's `rewrite.request_id`. The client made it, so it is there even where the API
        was not.
    outcome
        What the API decided (`rewritten`, `no_rewrite`, `held_back` …); `failed_open` where it did not.
    failed_open
        Why the API decided nothing; None where it did.
    interpretation
        What the NLU is known to make of the rewrite.
    source, win_probability, table_version
        As the API says.
    """

    text: str
    original: str
    request_id: str
    outcome: str
    failed_open: Failure | None = None
    interpretation: Interpretation | None = None
    source: str | None = None
    win_probability: float | None = None
    table_version: str | None = None

    @property
    def rewritten(self) -> bool:
        """Whether `text` is another than the original."""
        return self.outcome == "rewritten"
