"""The trunk's graph: made once from the encoder's files, then kept."""

from pathlib import Path
from typing import Literal

import onnx

from backbone.files import digest
from backbone.runtime.cache_folder import cache_folder
from backbone.runtime.graph import BUILDER, trunk_graph
from backbone.runtime.quantising import quantise
from backbone.runtime.weights import EncoderFiles, fingerprint_of_weights
from streams.files import written_beside

__all__ = ["Precision", "prepare_trunk"]

#: int8: matrices in int8 and the vocabulary's table in float16. float32: as the encoder is.
Precision = Literal["int8", "float32"]


def prepare_trunk(
    files: EncoderFiles,
    at: int,
    *,
    precision: Precision = "int8",
    cache: Path | None = None,
    anew: bool = False,
) -> Path:
    """Return the file of a trunk's graph, made if it is not there.

    Parameters
    ----------
    files
        The encoder's.
    at
        How many layers the trunk has.
    precision
        Of its numbers.
    cache
        Where it is kept, by the content of weights and by what builds it; `cache_folder()` by default. Two processes
        that make it at once both end with a whole file.
    anew
        Make it whether it is there or not.

    Raises
    ------
    NoSuchLayer
        If the encoder has fewer layers.
    """
    files.shape.check_split(at)
    weights = files.weights(at)
    built = f"builder {BUILDER}, at {at}, {precision}"
    name = digest((fingerprint_of_weights(weights, files.shape, "").encode(), built.encode()))
    path = (cache or cache_folder()) / "trunks" / f"{name[:32]}.onnx"
    if anew or not path.is_file():
        half = precision == "int8"
        graph = trunk_graph(weights, files.shape, at, half_embeddings=half)
        if half:
            graph = quantise(graph)
        with written_beside(path) as beside:
            onnx.save_model(graph, str(beside))
    return path
