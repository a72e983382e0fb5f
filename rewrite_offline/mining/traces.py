"""What is kept of a mining run, so that every entry of its table can be explained later.

Four Parquet files are published beside the entries: the chain's steps and ends, what the entries' sources may have
meant, and the failing requests. Texts that fewer customers than k-anonymity asks for are left out.
"""

import io
from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from rewrite_offline.mining.failing import FailingRequest
from rewrite_offline.mining.guards import Proposal
from rewrite_offline.mining.miner import Miner
from rewrite_offline.mining.states import is_reading, text_state

__all__ = ["EMISSIONS", "ENDS", "FAILING", "STEPS", "read_trace", "write_traces"]

STEPS, ENDS, EMISSIONS, FAILING = "steps.parquet", "ends.parquet", "emissions.parquet", "failing.parquet"

_SCHEMAS = {
    STEPS: pa.schema([("state", pa.string()), ("to", pa.string()), ("probability", pa.float64())]),
    ENDS: pa.schema([("state", pa.string()), ("success", pa.float64()), ("failure", pa.float64())]),
    EMISSIONS: pa.schema(
        [
            ("asked", pa.string()),
            ("text", pa.string()),
            ("state", pa.string()),
            ("emitted", pa.float64()),
            ("end", pa.float64()),
        ]
    ),
    FAILING: pa.schema(
        [
            ("asked", pa.string()),
            ("text", pa.string()),
            ("turns", pa.int64()),
            ("customers", pa.int64()),
            ("failures", pa.float64()),
            ("failure_rate", pa.float64()),
            ("rewrite", pa.string()),
            ("refused", pa.string()),
        ]
    ),
}


def write_traces(
    miner: Miner, proposals: Sequence[Proposal], failing: Iterable[FailingRequest]
) -> dict[str, bytes]:
    """Put what led to the proposals into files.

    Returns
    -------
    dict
        File name → Parquet bytes.
    """
    failing = list(failing)
    public = {text_state(row.asked, row.text) for row in failing}
    chain = miner.chain
    shown = [is_reading(state) or state in public for state in chain.states]
    steps = chain.steps.tocoo()
    return {
        STEPS: _parquet(
            STEPS,
            (
                (chain.states[i], chain.states[j], float(p))
                for i, j, p in zip(steps.row, steps.col, steps.data, strict=True)
                if shown[i] and shown[j]
            ),
        ),
        ENDS: _parquet(
            ENDS,
            (
                (state, float(chain.success[i]), float(chain.failure[i]))
                for i, state in enumerate(chain.states)
                if shown[i]
            ),
        ),
        EMISSIONS: _parquet(EMISSIONS, _meant(miner, proposals)),
        FAILING: _parquet(FAILING, failing),
    }


def read_trace(name: str, content: bytes) -> list[dict[str, Any]]:
    """Read one of the files back, a dict a row."""
    rows: list[dict[str, Any]] = pq.read_table(io.BytesIO(content), schema=_SCHEMAS[name]).to_pylist()
    return rows


def _meant(
    miner: Miner, proposals: Sequence[Proposal]
) -> Iterable[tuple[str | None, str, str, float, float]]:
    """What each source may have meant, and where its customers end."""
    for proposal in proposals:
        request = proposal.request
        emitted, ends = miner.emissions.of(request), miner.ends(request)
        for state in sorted(emitted.keys() | ends.keys()):
            if is_reading(state) or state == text_state(request.asked, request.text):
                yield request.asked, request.text, state, emitted.get(state, 0.0), ends.get(state, 0.0)


def _parquet(name: str, rows: Iterable[Sequence[Any]]) -> bytes:
    schema = _SCHEMAS[name]
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    table = pa.table([pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)], schema=schema)
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()
