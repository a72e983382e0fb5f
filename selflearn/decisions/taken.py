"""A decision as it is taken, and the record that it becomes: on the request's path nothing is built."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson

from rewrite_offline.emission import MINER
from selflearn.messages import Outcome, RewriteRequest
from selflearn.policy.judgement import Judgement
from streams.records import Decision, Rewrite

__all__ = ["Taken", "source_of"]

#: Of these a rewrite was chosen, whether or not it was applied.
_CHOSEN = frozenset({Outcome.REWRITTEN, Outcome.HELD_BACK, Outcome.DRY_RUN})


class Taken(NamedTuple):
    """What a decision is made of. The log's thread builds the record.

    Attributes
    ----------
    request
        What was asked.
    tenant_id, request_id
        Whose request it is, and its name.
    found
        What the lookup found; None where it found nothing, or was not asked.
    judgement
        What was done with it.
    table_version
        The version that was asked.
    nanoseconds
        When, since the epoch.
    """

    request: RewriteRequest
    tenant_id: str
    request_id: str
    found: Rewrite | None
    judgement: Judgement
    table_version: str
    nanoseconds: int

    def line(self) -> bytes:
        """Return the record as a line of JSON; what is as by default is left out."""
        return orjson.dumps(self.fields(), option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z)

    def record(self) -> Decision:
        """Return the record."""
        return Decision.model_validate_json(self.line())

    def fields(self) -> dict[str, Any]:
        """Return the record's fields, for JSON. Not by way of the model: it costs more than the lookup."""
        request, judgement = self.request, self.judgement
        fields: dict[str, Any] = {
            "tenant_id": self.tenant_id,
            "request_id": self.request_id,
            "time": datetime.fromtimestamp(self.nanoseconds / 1e9, UTC),
            "utterance": request.utterance,
            "outcome": judgement.outcome,
            "versions": {"table": self.table_version},
        }
        if request.customer_id is not None:
            fields["customer_id"] = request.customer_id
        if request.device_id is not None:
            fields["device_id"] = request.device_id
        if request.context is not None:
            fields["context"] = {"asked": request.context.asked, "prompt": request.context.prompt}
        because = judgement.because
        if because is not None:
            fields["because"] = because
        if judgement.arms:
            fields["arms"] = judgement.arms
        if self.found is not None:
            chosen = judgement.outcome in _CHOSEN
            refused = None if chosen else self.found.blocked or because
            fields["candidates"] = (_candidate(self.found, judgement, refused),)
            if chosen:
                fields["chosen"] = 0
                if judgement.outcome is not Outcome.REWRITTEN:
                    fields["applied"] = False
        return fields


def source_of(rewrite: Rewrite) -> str:
    """Say what brought a rewrite: an entry of the table, or the model that was learned with it."""
    return MINER if rewrite.miner == MINER else "table"


def _candidate(rewrite: Rewrite, judgement: Judgement, refused: str | None) -> dict[str, Any]:
    meant = rewrite.interpretation
    return {
        "utterance": rewrite.target,
        "interpretation": None if meant is None else meant.model_dump(mode="json"),
        "source": source_of(rewrite),
        "win_probability": rewrite.win_probability,
        "propensity": judgement.propensity,
        "rewrite_id": rewrite.rewrite_id,
        "refused": refused,
    }
