"""What a training leaves behind: a folder with graph, weights, settings and a model card, named by its content."""

from backbone.artifact.card import DataUsed, ModelCard
from backbone.artifact.origins import code_version, machine
from backbone.artifact.reading import Artifact, read_artifact
from backbone.artifact.writing import write_artifact

__all__ = [
    "Artifact",
    "DataUsed",
    "ModelCard",
    "code_version",
    "machine",
    "read_artifact",
    "write_artifact",
]
