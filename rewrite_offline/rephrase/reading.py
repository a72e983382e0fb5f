"""A detector from its artifact; without torch."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from backbone.artifact import read_artifact
from backbone.errors import ArtifactDamaged
from backbone.runtime import OnnxTop, TrunkReader
from backbone.states import TextStates
from rewrite_offline.rephrase import features, marks
from rewrite_offline.rephrase.batches import SpanInput
from rewrite_offline.rephrase.blend import Blend
from rewrite_offline.rephrase.calibration import Calibration
from rewrite_offline.rephrase.detector import SpanDetector
from rewrite_offline.rephrase.pair_reader import PairReader
from rewrite_offline.rephrase.settings import RephraseSettings

__all__ = ["COMMAND", "GRAPH", "SHIPPED", "TREES", "read_detector"]

#: The detector that comes with the package: it learned from simulated homes, and of nobody.
SHIPPED = Path(__file__).parent / "shipped"

#: What remakes it.
COMMAND = "make rephrase-detector"

GRAPH, TREES = "spans.onnx", "pairs.json"


def read_detector(
    folder: Path | None = None,
    *,
    encoder: Path | None = None,
    threads: int | None = None,
    cache: Path | None = None,
) -> SpanDetector:
    """Read a detector.

    Parameters
    ----------
    folder
        Its artifact; the one that comes with the package, by default.
    encoder
        The folder of the encoder that it was made for; the default encoder's, by default.
    threads
        For one call; None: as many as onnxruntime takes.
    cache
        Where the encoder's graph is kept; see `backbone.runtime.prepare_trunk`.

    Raises
    ------
    ArtifactMissing
        If there is none.
    ArtifactDamaged
        If it is not as it was written, not a rephrase detector's, or understands other markers than this release's.
    ArtifactOfAnotherEncoder
        If it was made for another encoder.
    EncoderNotFound
        If the encoder's files are not there.
    """
    folder = folder or SHIPPED
    artifact = read_artifact(folder, command=COMMAND)
    known = (artifact.settings.get("markers"), artifact.settings.get("features"))
    # Before all else: what another release wrote may lack what this one reads.
    if known[0] is not None and known != (marks.VERSION, features.VERSION):
        raise ArtifactDamaged(
            folder, "its markers or features are those of another release", artifact.card.command
        )
    try:
        settings = RephraseSettings.model_validate(artifact.settings.get("sequences"))
        calibration = Calibration.model_validate(artifact.settings.get("calibration"))
        blend = Blend.model_validate(artifact.settings.get("blend"))
    except ValidationError as error:
        raise ArtifactDamaged(folder, "it is no rephrase detector's", artifact.card.command) from error
    trunk = TrunkReader(
        artifact.card.layer, encoder, max_tokens=settings.text_tokens, threads=threads, cache=cache
    )
    # Again with the encoder at hand: to hash it costs less than answers that mean nothing.
    read_artifact(folder, command=COMMAND, encoder_fingerprint=trunk.encoder_fingerprint)
    top = OnnxTop(artifact.file(GRAPH), threads)

    def states(texts: Collection[str]) -> TextStates:
        return trunk.read(list(texts))

    def score(read: SpanInput) -> tuple[NDArray[np.floating[Any]], NDArray[np.floating[Any]]]:
        answer = top.run(
            {
                "states": read.states,
                "marks": read.marks,
                "attention_mask": read.mask,
                "firsts": read.firsts,
                "lasts": read.lasts,
            }
        )
        return answer["starts"], answer["ends"]

    try:
        pairs = PairReader.read(artifact.file(TREES), threads)
    except ValueError as error:
        raise ArtifactDamaged(folder, str(error), artifact.card.command) from error
    return SpanDetector(states, score, pairs, blend, settings, calibration, name=artifact.content)
