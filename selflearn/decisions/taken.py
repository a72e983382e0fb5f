"""A decision as it is taken, and the record that it becomes: on the request's path no record is built."""

import time
from datetime import UTC, datetime
from typing import NamedTuple, Self

from orjson import OPT_UTC_Z, dumps

from rewrite_offline.emission import MINER
from selflearn.decisions.index import key_of
from selflearn.messages import Outcome, RewriteRequest
from selflearn.policy.judgement import Judgement
from streams.records import Decision, Rewrite

__all__ = ["Found", "Taken", "source_of"]

#: Of these a rewrite was chosen, whether or not it was applied.
_CHOSEN = frozenset({Outcome.REWRITTEN, Outcome.HELD_BACK, Outcome.DRY_RUN})


class Found(NamedTuple):
    """What the lookup found; the interpretation as JSON."""

    target: str
    interpretation: bytes | None
    source: str
    win_probability: float
    rewrite_id: str
    blocked: str | None

    @classmethod
    def of(cls, rewrite: Rewrite) -> Self:
        """Keep of a rewrite what its decision says."""
        meant = rewrite.interpretation
        return cls(
            rewrite.target,
            None if meant is None else meant.__pydantic_serializer__.to_json(meant),
            source_of(rewrite),
            rewrite.win_probability,
            rewrite.rewrite_id,
            rewrite.blocked,
        )


class Taken(NamedTuple):
    """What a decision is made of, and the line that it becomes.

    Attributes
    ----------
    tenant_id, request_id
        Whose request it is, and its name.
    nanoseconds
        When, since the epoch.
    utterance, customer_id, device_id
        Of the request.
    context
        Slot asked for, and prompt; None where the request came without context.
    found
        What the lookup found; None where it found nothing, or was not asked.
    judgement
        What was done with it.
    table_version
        The version that was asked.
    """

    tenant_id: str
    request_id: str
    nanoseconds: int
    utterance: str
    customer_id: str | None
    device_id: str | None
    context: tuple[str | None, str | None] | None
    found: Found | None
    judgement: Judgement
    table_version: str

    @classmethod
    def of(
        cls,
        request: RewriteRequest,
        tenant_id: str,
        request_id: str,
        found: Rewrite | None,
        judgement: Judgement,
        table_version: str,
    ) -> Self:
        """Keep of a request what its decision says."""
        context = request.context
        return cls(
            tenant_id,
            request_id,
            time.time_ns(),
            request.utterance,
            request.customer_id,
            request.device_id,
            None if context is None else (context.asked, context.prompt),
            None if found is None else Found.of(found),
            judgement,
            table_version,
        )

    def kept(self) -> tuple[bytes, bytes]:
        """Return the key by which the decision is found, and its line."""
        return key_of(self.tenant_id, self.request_id), self.line()

    def line(self) -> bytes:
        """Return the record as a line of JSON; what is as by default is left out.

        Put together from pieces: by way of dictionaries, let alone the model, it costs as much as the lookup.
        """
        judgement = self.judgement
        time = datetime.fromtimestamp(self.nanoseconds / 1e9, UTC)
        pieces = [
            b'{"tenant_id":', dumps(self.tenant_id), b',"request_id":', dumps(self.request_id), b',"time":',
            dumps(time, option=OPT_UTC_Z), b',"utterance":', dumps(self.utterance), b',"outcome":"',
            judgement.outcome.value.encode(), b'","versions":{"table":', dumps(self.table_version), b"}",
        ]  # fmt: skip
        if self.customer_id is not None:
            pieces += (b',"customer_id":', dumps(self.customer_id))
        if self.device_id is not None:
            pieces += (b',"device_id":', dumps(self.device_id))
        if self.context is not None:
            pieces += (b',"context":', dumps(dict(zip(("asked", "prompt"), self.context, strict=True))))
        because = None if judgement.cause is None else judgement.because
        if because is not None:
            pieces += (b',"because":', dumps(because))
        if judgement.arms:
            pieces += (b',"arms":', dumps(judgement.arms))
        if self.found is not None:
            chosen = judgement.outcome in _CHOSEN
            refused = None if chosen else self.found.blocked or because
            pieces += (b',"candidates":[', *_candidate(self.found, judgement.propensity, refused), b"]")
            if chosen:
                pieces.append(b',"chosen":0')
                if judgement.outcome is not Outcome.REWRITTEN:
                    pieces.append(b',"applied":false')
        pieces.append(b"}\n")
        return b"".join(pieces)

    def record(self) -> Decision:
        """Return the record."""
        return Decision.model_validate_json(self.line())


def source_of(rewrite: Rewrite) -> str:
    """Say what brought a rewrite: an entry of the table, or the model that was learned with it."""
    return MINER if rewrite.miner == MINER else "table"


def _candidate(found: Found, propensity: float, refused: str | None) -> tuple[bytes, ...]:
    return (
        b'{"utterance":', dumps(found.target), b',"interpretation":', found.interpretation or b"null",
        b',"source":', dumps(found.source), b',"win_probability":', dumps(found.win_probability),
        b',"propensity":', dumps(propensity), b',"rewrite_id":', dumps(found.rewrite_id),
        b',"refused":', b"null" if refused is None else dumps(refused), b"}",
    )  # fmt: skip
