"""Graphs that run: with onnxruntime alone."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

__all__ = ["OnnxTop", "session"]

_TYPES: dict[str, Any] = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(bool)": np.bool_,
}


def session(graph: Path | bytes, threads: int | None = None) -> onnxruntime.InferenceSession:
    """Open a graph on the processor; `threads` None: as many as onnxruntime takes."""
    options = onnxruntime.SessionOptions()
    if threads is not None:
        options.intra_op_num_threads = threads
    # Threads that wait in a loop take a core from whoever serves beside them.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    given = graph if isinstance(graph, bytes) else str(graph)
    return onnxruntime.InferenceSession(given, options, providers=["CPUExecutionProvider"])


class OnnxTop:
    """A task's top and head, exported.

    Parameters
    ----------
    graph
        A file, or its bytes.
    threads
        For one call; None: as many as onnxruntime takes.
    """

    def __init__(self, graph: Path | bytes, threads: int | None = None) -> None:
        self._session = session(graph, threads)
        self._types = {given.name: _TYPES[given.type] for given in self._session.get_inputs()}
        self._answers = [given.name for given in self._session.get_outputs()]

    @property
    def inputs(self) -> tuple[str, ...]:
        """What it takes, by name."""
        return tuple(self._types)

    @property
    def outputs(self) -> tuple[str, ...]:
        """What it gives, by name."""
        return tuple(self._answers)

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Run it.

        Parameters
        ----------
        inputs
            By name; numbers are turned into the type that the graph takes.

        Returns
        -------
        dict
            Its outputs, by name.
        """
        given: dict[str, NDArray[Any]] = {
            name: np.ascontiguousarray(inputs[name], kind) for name, kind in self._types.items()
        }
        return dict(zip(self._answers, self._session.run(self._answers, given), strict=True))
