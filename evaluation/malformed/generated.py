"""Records as hypothesis makes them: any bytes, any JSON, and any JSON in the fields of a record."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from evaluation.malformed.kinds import Fields

__all__ = ["GENERATED", "generated"]

GENERATED = ("any_bytes", "any_text", "any_json", "any_fields", "any_field")


def generated(kind: str, count: int, seed: int, base: Fields) -> Iterator[bytes]:
    """Make so many records of a kind.

    Parameters
    ----------
    kind
        One of GENERATED.
    count, seed
        How many, and of what draw.
    base
        A good record: its fields are given other values.
    """
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import seed as seeded

    made: list[bytes] = []

    def collect(raw: bytes) -> None:
        made.append(raw)

    # Hypothesis ends early where it has seen everything; another seed goes on.
    while len(made) < count:
        before = len(made)
        run = settings(
            max_examples=count - before,
            phases=(Phase.generate,),
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        draw: Callable[[], None] = seeded(seed + before)(run(given(_strategies(base)[kind]())(collect)))  # type: ignore[no-untyped-call]
        draw()
        if len(made) == before:
            break
    yield from made[:count]


def _strategies(base: Fields) -> Mapping[str, Callable[[], Any]]:
    from hypothesis import strategies as st

    words = st.text(max_size=30)
    leaves = st.none() | st.booleans() | st.integers() | st.floats() | words
    values = st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
        max_leaves=8,
    )

    def encoded(value: Any) -> bytes:
        # Surrogates that stand alone, as hypothesis likes them, become escapes; NaN and infinities their names.
        return json.dumps(value).encode()

    return {
        "any_bytes": lambda: st.binary(min_size=1, max_size=300),
        "any_text": lambda: st.text(min_size=1, max_size=200).map(
            lambda text: text.encode("utf-8", "surrogatepass")
        ),
        "any_json": lambda: values.map(encoded),
        "any_fields": lambda: st.dictionaries(st.sampled_from([*base]), values, max_size=8).map(encoded),
        "any_field": lambda: st.tuples(st.sampled_from([*base]), values).map(
            lambda change: encoded({**base, change[0]: change[1]})
        ),
    }
