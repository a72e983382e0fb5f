"""An encoder's weights and shape, read from its files without torch."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from backbone.errors import EncoderNotFound, NoSuchLayer, UnsupportedEncoder
from backbone.files import digest

__all__ = ["KINDS", "EncoderFiles", "Shape", "fingerprint_of_weights"]

#: Kinds of models whose layers are BERT's; whether their positions begin behind the padding's, as RoBERTa's do.
KINDS = {"bert": False, "roberta": True, "xlm-roberta": True, "camembert": True}

#: What of an encoder is used; a pooler or the head that it was trained with is not.
_USED = ("embeddings.", "encoder.layer.")


@dataclass(frozen=True)
class Shape:
    """What decides how weights are used.

    Attributes
    ----------
    kind
        One of `KINDS`.
    layers, hidden, heads
        How many layers, how long a state is, how many heads look at once.
    activation
        Of the feed-forward part.
    epsilon
        Of the norms.
    padding
        Id of the padding token.
    first_position
        The position of a text's first token.
    window
        How many tokens there are positions for.
    """

    kind: str
    layers: int
    hidden: int
    heads: int
    activation: str
    epsilon: float
    padding: int
    first_position: int
    window: int

    @classmethod
    def of(cls, config: Mapping[str, Any], name: str) -> "Shape":
        """Read what a config.json says.

        Raises
        ------
        UnsupportedEncoder
            If it is neither of the BERT nor of the RoBERTa family.
        """
        kind = str(config.get("model_type"))
        if kind not in KINDS:
            raise UnsupportedEncoder(name, kind, KINDS)
        padding = int(config.get("pad_token_id") or 0)
        first = padding + 1 if KINDS[kind] else 0
        return cls(
            kind=kind,
            layers=int(config["num_hidden_layers"]),
            hidden=int(config["hidden_size"]),
            heads=int(config["num_attention_heads"]),
            activation=str(config["hidden_act"]),
            epsilon=float(config["layer_norm_eps"]),
            padding=padding,
            first_position=first,
            window=int(config["max_position_embeddings"]) - first,
        )

    def check_split(self, at: int) -> None:
        """Refuse a split where there is no layer.

        Raises
        ------
        NoSuchLayer
            If there is none.
        """
        if not 0 <= at <= self.layers:
            raise NoSuchLayer(at, self.layers)


class EncoderFiles:
    """config.json and model.safetensors of an encoder.

    Parameters
    ----------
    folder
        Where they are.

    Raises
    ------
    EncoderNotFound
        If one of them is missing or cannot be read.
    UnsupportedEncoder
        If it is of another family.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
            self.shape = Shape.of(config, str(folder))
            with safe_open(self._path, "numpy") as file:
                # A model that was saved with its head has its encoder's weights under a prefix.
                self._names = {_short(name): name for name in file.keys() if _short(name)}  # noqa: SIM118 — no mapping
        except (OSError, ValueError, KeyError, SafetensorError) as error:
            raise EncoderNotFound(str(folder), f"config.json or model.safetensors: {error}") from error

    @property
    def _path(self) -> Path:
        return self.folder / "model.safetensors"

    def weights(self, at: int | None = None) -> dict[str, NDArray[np.float32]]:
        """Read weights of the embeddings and the layers below `at` (None: all), by their name within the encoder."""
        with safe_open(self._path, "numpy") as file:
            return {
                short: np.asarray(file.get_tensor(name), np.float32)
                for short, name in self._names.items()
                if at is None or short.startswith("embeddings.") or int(short.split(".")[2]) < at
            }

    def fingerprint(self, tokeniser: str) -> str:
        """Name weights, shape and tokeniser by content, as `Encoder.fingerprint` does."""
        return fingerprint_of_weights(self.weights(), self.shape, tokeniser)


def fingerprint_of_weights(weights: Mapping[str, NDArray[np.float32]], shape: Shape, tokeniser: str) -> str:
    """Name an encoder by its content.

    Parameters
    ----------
    weights
        By their name within the encoder, whether read with torch or without.
    shape
        What decides how they are used.
    tokeniser
        The tokeniser's fingerprint.

    Returns
    -------
    str
        A SHA-256.
    """
    parts: list[bytes | memoryview] = [repr(shape).encode(), tokeniser.encode()]
    for name, values in sorted(weights.items()):
        parts.append(f"{name} {values.shape}".encode())
        parts.append(np.ascontiguousarray(values, np.float32).tobytes())
    return digest(parts)


def _short(name: str) -> str:
    """Return a weight's name within the encoder; nothing where it is none of it."""
    for used in _USED:
        if (at := name.find(used)) >= 0 and not name.endswith("position_ids"):
            return name[at:]
    return ""
