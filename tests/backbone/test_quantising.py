import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnxruntime")

from onnx import TensorProto, helper, numpy_helper

from backbone.runtime import OnnxTop, quantise


def _model(*matrices, shared=False):
    """A graph that multiplies by one matrix after the other; by the first once more, where it is shared."""
    names = [f"m{number}" for number in range(len(matrices))]
    steps = [*names, names[0]] if shared else names
    nodes = [
        helper.make_node(
            "MatMul", ["given" if at == 0 else f"out{at - 1}", name], [f"out{at}"], name=f"n{at}"
        )
        for at, name in enumerate(steps)
    ]
    constants = [numpy_helper.from_array(matrix, name) for matrix, name in zip(matrices, names, strict=True)]
    given = helper.make_tensor_value_info(
        "given", TensorProto.FLOAT, ["batch", "length", matrices[0].shape[0]]
    )
    found = helper.make_tensor_value_info(
        f"out{len(steps) - 1}", TensorProto.FLOAT, ["batch", "length", None]
    )
    graph = helper.make_graph(nodes, "test", [given], [found], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)


@pytest.mark.parametrize("rows", [32, 64, 50, 7])
def test_products_are_near_those_of_the_matrix(rows):
    draw = np.random.default_rng(rows)
    matrix = draw.normal(size=(rows, 24)).astype(np.float32)
    matrix[:7] = 0.0
    given = draw.normal(size=(3, 5, rows)).astype(np.float32)
    (found,) = OnnxTop(quantise(_model(matrix)).SerializeToString()).run({"given": given}).values()
    # A part in 254 of the largest weight of a block, and of the largest number of what comes: a deviation of a percent.
    expected = given @ matrix
    assert np.abs(found - expected).max() < 0.03 * max(1.0, float(expected.std()) * 4)


def test_a_zero_matrix_stays_zero():
    (found,) = (
        OnnxTop(quantise(_model(np.zeros((40, 8), np.float32))).SerializeToString())
        .run({"given": np.ones((1, 2, 40), np.float32)})
        .values()
    )
    assert not found.any()


def test_rows_do_not_depend_on_one_another():
    draw = np.random.default_rng(1)
    top = OnnxTop(quantise(_model(draw.normal(size=(64, 16)).astype(np.float32))).SerializeToString())
    given = draw.normal(size=(1, 6, 64)).astype(np.float32)
    given[0, 5] *= 1000
    (together,) = top.run({"given": given}).values()
    (alone,) = top.run({"given": given[:, :1]}).values()
    np.testing.assert_allclose(together[:, :1], alone, rtol=1e-6, atol=1e-6)


def test_a_matrix_that_is_used_twice_is_kept_once_and_no_longer_in_float32():
    square = np.random.default_rng(2).normal(size=(32, 32)).astype(np.float32)
    model = quantise(_model(square, square * 2, shared=True))
    assert sorted(tensor.name for tensor in model.graph.initializer) == [
        "m0.int8", "m0.scales", "m1.int8", "m1.scales",
    ]  # fmt: skip
    assert [node.op_type for node in model.graph.node] == ["MatMulNBits"] * 3
    assert quantise(model).graph.node[0].op_type == "MatMulNBits"
    assert len(model.opset_import) == 2


def test_the_logging_of_the_process_is_left_alone():
    code = (
        "import logging, backbone.runtime; r = logging.getLogger(); assert (r.handlers, r.level) == ([], 30)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
