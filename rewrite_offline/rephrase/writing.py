"""A trained detector as an artifact. With torch."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from pydantic import JsonValue

from backbone.artifact import DataUsed, ModelCard, code_version, machine, write_artifact
from backbone.encoder import Encoder
from backbone.export import export_graph
from rewrite_offline.rephrase import features, marks
from rewrite_offline.rephrase.reading import GRAPH, TREES
from rewrite_offline.rephrase.training import TrainedDetector

__all__ = ["write_detector"]

_LIMITS = (
    "It finds a request that is said again within the same session; it does not know why the first one failed.",
    "It compares by ASR n-best, NLU n-best and times; a log without them is read by its words alone.",
    "English: so is the encoder.",
)


def write_detector(
    trained: TrainedDetector,
    encoder: Encoder,
    folder: Path,
    *,
    data: Sequence[DataUsed],
    command: str,
    licence: str,
    seed: int,
    metrics: Mapping[str, JsonValue] | None = None,
    limits: Sequence[str] = (),
    int8: bool = True,
) -> str:
    """Write a detector: a graph of its own layers and heads, the trees, what serving has to know, and a model card.

    Parameters
    ----------
    trained
        What was trained.
    encoder
        From which it was split.
    folder
        The artifact's; one that is there is replaced when the new one is whole.
    data, command, licence, seed, limits
        For the card; what holds of every detector is told by itself.
    metrics
        For the card, beside those of the customers who were held out.
    int8
        Whether its matrices are int8.

    Returns
    -------
    str
        The hash of the content.
    """
    card = ModelCard(
        task="Contextual rephrase detection: which later request of a session says an earlier one again",
        encoder=encoder.name,
        encoder_fingerprint=encoder.fingerprint,
        layer=trained.trunk.at,
        licence=licence,
        data=tuple(data),
        code_version=code_version(),
        seed=seed,
        machine=machine(),
        metrics={
            "requests": trained.examples,
            "rephrased": trained.rephrased,
            "held_out_requests": trained.held_out,
            **{f"held_out_{name}": value for name, value in trained.trained.best.items()},
            **(metrics or {}),
        },
        limits=(*_LIMITS, *limits),
        command=command,
    )
    settings: dict[str, JsonValue] = {
        "sequences": trained.settings.model_dump(mode="json"),
        "calibration": trained.calibration.model_dump(mode="json"),
        "blend": trained.blend.model_dump(mode="json"),
        "markers": marks.VERSION,
        "features": features.VERSION,
    }
    with TemporaryDirectory() as beside:
        graph = export_graph(
            trained.network,
            _example(trained.network.top.hidden),
            ("starts", "ends"),
            Path(beside) / GRAPH,
            int8=int8,
        )
        trees = trained.pairs.write(Path(beside) / TREES)
        return write_artifact(folder, card, settings, {GRAPH: graph, TREES: trees})


def _example(hidden: int) -> dict[str, torch.Tensor]:
    """Two sequences of seven tokens with three spans: what varies differs, so that the exporter keeps it apart."""
    return {
        "states": torch.zeros(2, 7, hidden),
        "marks": torch.zeros(2, 7, len(marks.KINDS), dtype=torch.int64),
        "attention_mask": torch.ones(2, 7, dtype=torch.bool),
        "firsts": torch.tensor([[0, 1, 3], [0, 1, 3]]),
        "lasts": torch.tensor([[0, 2, 6], [0, 2, 6]]),
    }
