"""A decision as it is taken, and the line that it becomes: no record is built, and nothing is written as JSON twice."""

import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple, Self

from orjson import Fragment, dumps

from rewrite_offline.emission import MINER as EMISSION
from rewrite_offline.templates import MINER as TEMPLATE
from selflearn.decisions.index import key_of
from selflearn.messages import Outcome, RewriteRequest
from selflearn.policy.judgement import Judgement
from streams.records import Decision, Rewrite

__all__ = ["Taken", "source_of"]

#: What answers where the table has no entry.
_BESIDE = frozenset({TEMPLATE, EMISSION})
#: Of these a rewrite was chosen, whether or not it was applied.
_CHOSEN = frozenset({Outcome.REWRITTEN, Outcome.HELD_BACK, Outcome.DRY_RUN})

#: What of a served answer's JSON is its candidate's too. No string holds either: quotation marks are escaped in it.
_BEGINS, _ENDS = b',"rewrite":', b',"table_version":'


class Taken(NamedTuple):
    """What a decision is made of.

    Attributes
    ----------
    tenant_id, request_id
        Whose request it is, and its name.
    nanoseconds
        When, since the epoch.
    request
        What was asked.
    found
        What the lookup found; None where it found nothing, or was not asked.
    judgement
        What was done with it.
    table_version
        The version that was asked.
    answer
        The `RewriteAnswer`, as JSON.
    """

    tenant_id: str
    request_id: str
    nanoseconds: int
    request: RewriteRequest
    found: Rewrite | None
    judgement: Judgement
    table_version: str
    answer: bytes

    @classmethod
    def of(
        cls,
        request: RewriteRequest,
        tenant_id: str,
        request_id: str,
        found: Rewrite | None,
        judgement: Judgement,
        table_version: str,
        answer: bytes,
    ) -> Self:
        """Take a decision now."""
        return cls(tenant_id, request_id, time.time_ns(), request, found, judgement, table_version, answer)

    def kept(self) -> tuple[bytes, bytes]:
        """Return the key by which the decision is found, and its line."""
        return key_of(self.tenant_id, self.request_id), self.line()

    def line(self) -> bytes:
        """Return the record as a line of JSON; what is as by default is left out.

        Put together from pieces: the record's model would take as long as the lookup.
        """
        tenant_id, request_id, nanoseconds, request, found, judgement, table_version, answer = self
        second, rest = divmod(nanoseconds, 1_000_000_000)
        line = (
            b'{"tenant_id":%b,"request_id":%b,"time":"%b.%06dZ","utterance":%b,"outcome":"%b","versions":{"table":%b}'
        ) % (
            dumps(tenant_id),
            dumps(request_id),
            _written(second),
            rest // 1000,
            dumps(request.utterance),
            judgement.outcome.encode(),
            dumps(table_version),
        )
        if request.customer_id is not None:
            line += b',"customer_id":' + dumps(request.customer_id)
        if request.device_id is not None:
            line += b',"device_id":' + dumps(request.device_id)
        context = request.context
        if context is not None:
            line += b',"context":' + dumps({"asked": context.asked, "prompt": context.prompt})
        because = None if judgement.cause is None else judgement.because
        if because is not None:
            line += b',"because":' + dumps(because)
        if judgement.arms:
            line += b',"arms":' + dumps(judgement.arms)
        if found is None:
            return line + b"}\n"
        if judgement.outcome is Outcome.REWRITTEN:
            said = answer[answer.index(_BEGINS) + len(_BEGINS) : answer.rindex(_ENDS)]
            return b'%b,"candidates":[{"utterance":%b,"propensity":%b,"rewrite_id":%b}],"chosen":0}\n' % (
                line,
                said,
                dumps(judgement.propensity),
                dumps(found.rewrite_id),
            )
        chosen = judgement.outcome in _CHOSEN
        refused = None if chosen else found.blocked or because
        line += b',"candidates":[%b]' % _candidate(found, judgement.propensity, refused)
        return line + (b',"chosen":0,"applied":false}\n' if chosen else b"}\n")

    def record(self) -> Decision:
        """Return the record."""
        return Decision.model_validate_json(self.line())


def source_of(rewrite: Rewrite) -> str:
    """Say what brought a rewrite: an entry of the table, a template, or the model that was learned with it."""
    return rewrite.miner if rewrite.miner in _BESIDE else "table"


@lru_cache(maxsize=2)
def _written(second: int) -> bytes:
    """Write a second since the epoch once: among requests it takes as long as all else of a line."""
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S").encode()


def _candidate(found: Rewrite, propensity: float, refused: str | None) -> bytes:
    meant = found.interpretation
    return dumps(
        {
            "utterance": found.target,
            "interpretation": None
            if meant is None
            else Fragment(meant.__pydantic_serializer__.to_json(meant)),
            "source": source_of(found),
            "win_probability": found.win_probability,
            "propensity": propensity,
            "rewrite_id": found.rewrite_id,
            "refused": refused,
        }
    )
