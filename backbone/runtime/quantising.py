"""A graph's matrices in int8."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

__all__ = ["BLOCK", "quantise"]

#: Weights and, as they come, inputs are scaled in blocks of so many.
BLOCK = 32

_DOMAIN = "com.microsoft"
#: Multiply in int8; without it onnxruntime turns the weights back into float32 first.
_IN_INT8 = 4
#: What stands for zero in a byte.
_ZERO = 128


def quantise(model: ModelProto) -> ModelProto:
    """Make a graph's constant matrices int8, and let it multiply in int8.

    Every 32 weights have a scale of their own, and every 32 numbers of a token's state get one when they come
    (onnxruntime's MatMulNBits). So a token's result is the same whatever is in the batch beside it. `quantize_dynamic`
    scales a whole batch at once: a text's states then depend on its neighbours, and are several times further from the
    original (`selflearn bench encoder` has both). onnxruntime's own quantiser of this kind sets up the logging of the
    whole process when it is imported, so it is not.

    Parameters
    ----------
    model
        Changed in place.

    Returns
    -------
    ModelProto
        The same.
    """
    graph = model.graph
    constants = {tensor.name: tensor for tensor in graph.initializer}
    made: dict[str, tuple[str, str]] = {}
    nodes: list[NodeProto] = []
    for node in graph.node:
        matrix = constants.get(node.input[1]) if node.op_type == "MatMul" else None
        if matrix is None or len(matrix.dims) != 2 or matrix.data_type != TensorProto.FLOAT:
            nodes.append(node)
            continue
        if matrix.name not in made:
            whole, scales = _blocks(numpy_helper.to_array(matrix))
            made[matrix.name] = names = f"{matrix.name}.int8", f"{matrix.name}.scales"
            graph.initializer.append(numpy_helper.from_array(whole, names[0]))
            graph.initializer.append(numpy_helper.from_array(scales, names[1]))
        rows, columns = matrix.dims
        settings: dict[str, Any] = {
            "K": rows,
            "N": columns,
            "bits": 8,
            "block_size": BLOCK,
            "accuracy_level": _IN_INT8,
        }
        given = [node.input[0], *made[matrix.name]]
        nodes.append(
            helper.make_node("MatMulNBits", given, list(node.output), node.name, domain=_DOMAIN, **settings)
        )
    del graph.node[:]
    graph.node.extend(nodes)
    used = {name for node in nodes for name in node.input}
    for tensor in [constants[name] for name in made if name not in used]:
        graph.initializer.remove(tensor)
    if made and all(imported.domain != _DOMAIN for imported in model.opset_import):
        model.opset_import.append(helper.make_opsetid(_DOMAIN, 1))
    return model


def _blocks(matrix: NDArray[np.float32]) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Return a matrix's bytes, shape (columns, blocks, 32), and the scales of its blocks, shape (columns, blocks)."""
    rows, columns = matrix.shape
    many = -(-rows // BLOCK)
    padded = np.zeros((columns, many * BLOCK), np.float32)
    padded[:, :rows] = matrix.T
    blocks = padded.reshape(columns, many, BLOCK)
    scales = np.abs(blocks).max(axis=2) / 127
    # A block of zeros is zero at any scale.
    whole = np.rint(blocks / np.where(scales > 0, scales, 1)[:, :, None])
    return (whole + _ZERO).astype(np.uint8), scales.astype(np.float32)
