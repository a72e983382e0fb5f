"""Whether the exported graph says what the module says."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from backbone.runtime.sessions import OnnxTop

__all__ = ["Agreement", "agreement"]


class Agreement(NamedTuple):
    """How far a graph's answers are from the module's: the largest and the mean absolute difference."""

    largest: float
    mean: float


def agreement(module: nn.Module, graph: Path, examples: Iterable[Mapping[str, Tensor]]) -> Agreement:
    """Compare a module with its exported graph.

    Parameters
    ----------
    module
        In evaluation mode while it is compared.
    graph
        What `export_graph` wrote.
    examples
        Real inputs, by name; as many as are to be trusted.

    Returns
    -------
    Agreement
        Over all numbers of all outputs.
    """
    runner = OnnxTop(graph)
    training = module.training
    module.eval()
    differences = []
    try:
        for example in examples:
            with torch.no_grad():
                answered = module(**example)
            expected = (answered,) if isinstance(answered, Tensor) else tuple(answered)
            found = runner.run({name: value.cpu().numpy() for name, value in example.items()})
            for one, name in zip(expected, runner.outputs, strict=True):
                differences.append(np.abs(one.float().cpu().numpy() - found[name]).ravel())
    finally:
        module.train(training)
    everything = np.concatenate(differences) if differences else np.zeros(1)
    return Agreement(float(everything.max()), float(everything.mean()))
