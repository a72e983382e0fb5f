"""A module as an ONNX graph."""

import logging
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import onnx
import torch
from onnx import ModelProto
from torch import Tensor, nn

from backbone.runtime.quantising import quantise
from streams.files import written_beside

__all__ = ["export_graph"]

#: It warns of every operation of torchvision that is not there, though nobody asks for one.
_LOUD = "torch.onnx._internal.exporter._registration"


def export_graph(
    module: nn.Module,
    example: Mapping[str, Tensor],
    outputs: Sequence[str],
    path: Path,
    *,
    axes: Mapping[str, Sequence[int]] | None = None,
    int8: bool = True,
) -> Path:
    """Write a module down as an ONNX graph that takes batches of any size and sequences of any length.

    Parameters
    ----------
    module
        Exported as in evaluation mode; adapters are merged before (`merge_lora`).
    example
        What `forward` takes, by its parameters' names, on the processor. Axes that vary are at least 2 long here, and
        of different lengths where they need not be the same.
    outputs
        Names for what it returns.
    path
        The graph's file, written whole.
    axes
        Which axes of each input vary; by default the first two of all, batch and length.
    int8
        Make its matrices int8 (`backbone.runtime.quantise`).

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ValueError
        If an output is called as an input is.
    """
    if both := set(outputs) & set(example):
        raise ValueError(
            f"inputs and outputs of a graph have names of their own; both are called {min(both)!r}"
        )
    vary = {
        name: axes[name] if axes is not None else range(min(2, value.ndim)) for name, value in example.items()
    }
    training, loud = module.training, logging.getLogger(_LOUD)
    level = loud.level
    loud.setLevel(logging.ERROR)
    module.eval()
    try:
        with warnings.catch_warnings(), torch.no_grad():
            # Torch warns of what it will do otherwise one day, and of functions of its own.
            warnings.simplefilter("ignore")
            program: Any = torch.onnx.export(
                module,
                kwargs=dict(example),
                input_names=list(example),
                output_names=list(outputs),
                dynamic_shapes={
                    name: dict.fromkeys(those, torch.export.Dim.DYNAMIC) for name, those in vary.items()
                },
                dynamo=True,
                verbose=False,
            )
    finally:
        loud.setLevel(level)
        module.train(training)
    graph = _bare(program.model_proto)
    with written_beside(path) as beside:
        onnx.save_model(quantise(graph) if int8 else graph, str(beside))
    return path


def _bare(model: ModelProto) -> ModelProto:
    """Take away what the exporter notes of the code and its places on this machine."""
    graph = model.graph
    for part in (
        *graph.node,
        *graph.input,
        *graph.output,
        *graph.value_info,
        *graph.initializer,
        graph,
        model,
    ):
        del part.metadata_props[:]
        part.doc_string = ""
    return model
