"""The trunk as an ONNX graph, written down from its weights: no torch is needed to have it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from backbone.errors import UnsupportedEncoder
from backbone.runtime.weights import Shape

__all__ = ["BUILDER", "trunk_graph"]

#: Raise it when what is built changes: graphs made before are then made anew.
BUILDER = 1

_OPSET = 20
#: What is added where nothing is; far below any score, and far above the least number.
_NOWHERE = -1e9
_GELU = {"gelu": "none", "gelu_new": "tanh", "gelu_pytorch_tanh": "tanh"}

_Weights = Mapping[str, NDArray[np.float32]]


def trunk_graph(weights: _Weights, shape: Shape, at: int, *, half_embeddings: bool = False) -> ModelProto:
    """Write down embeddings and lower layers.

    Parameters
    ----------
    weights
        Of at least the embeddings and the layers below `at`, by their name within the encoder.
    shape
        What decides how they are used.
    at
        How many layers.
    half_embeddings
        Keep the table of the vocabulary in float16: half as large, and exact to three digits.

    Returns
    -------
    ModelProto
        From `ids` and `mask`, both int64 of shape (batch, length), to `states`, float32 of shape (batch, length,
        hidden).

    Raises
    ------
    UnsupportedEncoder
        If its activation has no counterpart.
    """
    graph = _Graph(weights, shape)
    states = graph.embeddings(half_embeddings)
    for layer in range(at):
        states = graph.layer(f"encoder.layer.{layer}.", states)
    graph.add("Identity", [states], ["states"])
    return graph.model()


class _Graph:
    def __init__(self, weights: _Weights, shape: Shape) -> None:
        self._weights, self._shape = weights, shape
        self._nodes: list[NodeProto] = []
        self._constants: dict[str, TensorProto] = {}

    def model(self) -> ModelProto:
        axes = ["batch", "length"]
        graph = helper.make_graph(
            self._nodes,
            "trunk",
            [
                helper.make_tensor_value_info("ids", TensorProto.INT64, axes),
                helper.make_tensor_value_info("mask", TensorProto.INT64, axes),
            ],
            [helper.make_tensor_value_info("states", TensorProto.FLOAT, [*axes, self._shape.hidden])],
            list(self._constants.values()),
        )
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=10)

    def add(self, operation: str, inputs: Sequence[str], outputs: Sequence[str] = (), **settings: Any) -> str:
        """Add a node; its first output's name is returned."""
        outputs = list(outputs) or [f"{operation}_{len(self._nodes)}"]
        self._nodes.append(
            helper.make_node(operation, list(inputs), outputs, name=f"node_{len(self._nodes)}", **settings)
        )
        return outputs[0]

    def constant(self, name: str, values: NDArray[Any]) -> str:
        if name not in self._constants:
            self._constants[name] = numpy_helper.from_array(values, name)
        return name

    def numbers(self, *values: int) -> str:
        return self.constant("numbers_" + "_".join(map(str, values)), np.array(values, np.int64))

    def embeddings(self, half: bool) -> str:
        shape, weights = self._shape, self._weights
        table = weights["embeddings.word_embeddings.weight"]
        words = self.constant("words", table.astype(np.float16) if half else table)
        found = self.add("Gather", [words, "ids"])
        if half:
            found = self.add("Cast", [found], to=TensorProto.FLOAT)
        # A text is read alone, from the first position on, and is all of the first kind: both are known beforehand.
        placed = weights["embeddings.position_embeddings.weight"][shape.first_position :]
        placed = placed + weights["embeddings.token_type_embeddings.weight"][0]
        length = self.add("Shape", ["ids"], start=1, end=2)
        places = self.add(
            "Slice", [self.constant("places", placed), self.numbers(0), length, self.numbers(0)]
        )
        summed = self.add("Add", [found, places])
        there = self.add("Cast", ["mask"], to=TensorProto.FLOAT)
        absent = self.add("Sub", [self.constant("one", np.array(1, np.float32)), there])
        nowhere = self.add("Mul", [absent, self.constant("nowhere", np.array(_NOWHERE, np.float32))])
        self._nowhere = self.add("Unsqueeze", [nowhere, self.numbers(1, 2)])
        return self._norm("embeddings.LayerNorm", summed)

    def layer(self, name: str, states: str) -> str:
        context = self._attention(f"{name}attention.self.", states)
        attended = self._linear(f"{name}attention.output.dense", context)
        states = self._norm(f"{name}attention.output.LayerNorm", self.add("Add", [attended, states]))
        inner = self._activation(self._linear(f"{name}intermediate.dense", states))
        outer = self._linear(f"{name}output.dense", inner)
        return self._norm(f"{name}output.LayerNorm", self.add("Add", [outer, states]))

    def _attention(self, name: str, states: str) -> str:
        shape, weights = self._shape, self._weights
        size = shape.hidden // shape.heads
        # One product for queries, keys and values; scores are scaled beforehand, in the queries' weights.
        scales = {"query": np.float32(size**-0.5), "key": np.float32(1), "value": np.float32(1)}
        matrix = np.concatenate([weights[f"{name}{part}.weight"] * scale for part, scale in scales.items()])
        bias = np.concatenate([weights[f"{name}{part}.bias"] * scale for part, scale in scales.items()])
        projected = self._product(f"{name}qkv", states, matrix, bias)
        apart = self.add("Reshape", [projected, self.numbers(0, 0, 3, shape.heads, size)])
        turned = self.add("Transpose", [apart], perm=[2, 0, 3, 1, 4])
        query, key, value = (
            self.add("Gather", [turned, self.constant(f"part_{n}", np.array(n, np.int64))]) for n in range(3)
        )
        across = self.add("Transpose", [key], perm=[0, 1, 3, 2])
        scores = self.add("Add", [self.add("MatMul", [query, across]), self._nowhere])
        looked = self.add("MatMul", [self.add("Softmax", [scores], axis=-1), value])
        back = self.add("Transpose", [looked], perm=[0, 2, 1, 3])
        return self.add("Reshape", [back, self.numbers(0, 0, shape.hidden)])

    def _linear(self, name: str, states: str) -> str:
        return self._product(name, states, self._weights[f"{name}.weight"], self._weights[f"{name}.bias"])

    def _product(self, name: str, states: str, matrix: NDArray[np.float32], bias: NDArray[np.float32]) -> str:
        product = self.add(
            "MatMul", [states, self.constant(f"{name}.weight", np.ascontiguousarray(matrix.T))]
        )
        return self.add("Add", [product, self.constant(f"{name}.bias", bias)])

    def _norm(self, name: str, states: str) -> str:
        given = [
            self.constant(f"{name}.{part}", self._weights[f"{name}.{part}"]) for part in ("weight", "bias")
        ]
        return self.add("LayerNormalization", [states, *given], axis=-1, epsilon=self._shape.epsilon)

    def _activation(self, states: str) -> str:
        kind = self._shape.activation
        if kind == "relu":
            return self.add("Relu", [states])
        if kind in _GELU:
            return self.add("Gelu", [states], approximate=_GELU[kind])
        raise UnsupportedEncoder(kind, f"network with the activation {kind}", ("relu", *_GELU))
