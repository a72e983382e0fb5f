import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backbone.batching import batches_by_length
from backbone.states import TextStates, assemble


def _states(lengths, hidden=2):
    starts = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
    flat = np.arange(starts[-1] * hidden, dtype=np.float16).reshape(-1, hidden)
    texts = [f"text {number}" for number in range(len(lengths))]
    return TextStates(texts, flat, np.arange(starts[-1], dtype=np.int32), starts)


@given(
    st.lists(st.integers(2, 6), min_size=1, max_size=5).flatmap(
        lambda lengths: st.tuples(
            st.just(lengths),
            st.lists(
                st.lists(st.integers(0, len(lengths) - 1), min_size=1, max_size=4), min_size=0, max_size=4
            ),
            st.booleans(),
        )
    )
)
def test_assembled_is_what_a_plain_loop_makes(given_):
    lengths, rows, inner_cls = given_
    texts = _states(lengths)
    found = assemble(texts, rows, inner_cls=inner_cls)
    for row, numbers in enumerate(rows):
        states, part, place = [], [], []
        for at, number in enumerate(numbers):
            skip = 0 if inner_cls or at == 0 else 1
            states.extend(texts.of(f"text {number}")[skip:])
            part.extend([at] * (lengths[number] - skip))
            place.extend(range(skip, lengths[number]))
        many = len(states)
        np.testing.assert_array_equal(found.states[row, :many], np.array(states))
        assert found.part[row].tolist() == part + [-1] * (found.mask.shape[1] - many)
        assert found.place[row].tolist() == place + [-1] * (found.mask.shape[1] - many)
        assert found.mask[row].tolist() == [at < many for at in range(found.mask.shape[1])]
        assert not found.states[row, many:].any()
    assert found.mask.shape[0] == len(rows)


def test_a_text_that_was_not_read_is_a_key_error():
    with pytest.raises(KeyError):
        _states([3]).of("other")


@given(
    st.lists(st.integers(1, 80), max_size=60),
    st.integers(20, 200),
    st.none() | st.integers(1, 5),
    st.booleans(),
)
def test_batches_hold_every_example_once_within_the_budget(lengths, tokens, at_most, shuffled):
    rng = np.random.default_rng(3) if shuffled else None
    found = batches_by_length(lengths, tokens, rng=rng, at_most=at_most)
    assert sorted(number for batch in found for number in batch.tolist()) == list(range(len(lengths)))
    places = 0
    for batch in found:
        longest = max(lengths[number] for number in batch)
        assert len(batch) == 1 or longest * len(batch) <= tokens
        assert at_most is None or len(batch) <= at_most
        places += longest * len(batch)
    assert found.padding_share == pytest.approx(1 - sum(lengths) / places if places else 0.0)


def test_batches_waste_little_and_differ_from_epoch_to_epoch():
    lengths = np.random.default_rng(1).integers(4, 128, 2000)
    one = batches_by_length(lengths, 2048, rng=np.random.default_rng([7, 0]))
    same = batches_by_length(lengths, 2048, rng=np.random.default_rng([7, 0]))
    other = batches_by_length(lengths, 2048, rng=np.random.default_rng([7, 1]))
    assert one.padding_share < 0.06
    assert [batch.tolist() for batch in one] == [batch.tolist() for batch in same]
    assert [batch.tolist() for batch in one] != [batch.tolist() for batch in other]
