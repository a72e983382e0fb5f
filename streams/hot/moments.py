"""Times of many records, read and held against the limits at once."""

from collections.abc import Sequence, Set
from datetime import UTC, datetime
from itertools import chain

import pyarrow as pa
import pyarrow.compute as pc

from streams.parsing import ParseLimits

__all__ = ["moments_of"]

#: The form of a moment that pydantic and Arrow read alike; another goes the slow way.
_FORM = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?"
    r"(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])$"
)
_MOMENT = pa.timestamp("us", "UTC")
_FILED = pa.timestamp("us")


def moments_of(
    columns: Sequence[Sequence[str | None]], limits: ParseLimits, now: datetime | None = None
) -> tuple[list[pa.Array], Set[int]]:
    """Read columns of times.

    Parameters
    ----------
    columns
        Times as text, each column as long as the others; None where there is none.
    limits
        What is too early or too late.
    now
        The clock; None: the machine's.

    Returns
    -------
    list of pyarrow.Array
        The columns in UTC without a zone, as the archive keeps times; empty where some are doubtful.
    set of int
        Places of records with a time that is out of its limits, or that has another form.
    """
    rows = len(columns[0])
    texts = pa.array(list(chain.from_iterable(columns)), pa.string())
    formed = pc.match_substring_regex(texts, _FORM)
    if not pc.all(formed).as_py():
        return [], _places(pc.invert(formed), rows)
    try:
        moments = texts.cast(_MOMENT)
    except pa.ArrowInvalid:  # one of them names a day that no calendar has
        return [], set(range(rows))
    earliest = pa.scalar(limits.earliest, _MOMENT)
    latest = pa.scalar((now or datetime.now(UTC)) + limits.ahead, _MOMENT)
    found = pc.min_max(moments)
    if found["min"].value < earliest.value or found["max"].value > latest.value:
        return [], _places(pc.or_(pc.less(moments, earliest), pc.greater(moments, latest)), rows)
    filed = moments.cast(_FILED)
    return [filed.slice(start, rows) for start in range(0, len(filed), rows)], set()


def _places(doubtful: pa.Array, rows: int) -> Set[int]:
    return {place % rows for place in pc.indices_nonzero(doubtful.fill_null(False)).to_pylist()}
