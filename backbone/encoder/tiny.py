"""Tiny random encoders of both families, made on the spot: whatever uses an encoder is tested without weights."""

import string
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from torch import nn
from transformers import BertConfig, BertModel, RobertaConfig, RobertaModel

from backbone.encoder.encoder import Encoder
from backbone.runtime.tokeniser import TextTokeniser

__all__ = ["tiny_bert", "tiny_roberta"]

_WINDOW = 256
_SHAPE: dict[str, Any] = {
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    # As wide as this, what a layer does shows in every state; real encoders begin at 0.02 and have learned since.
    "initializer_range": 0.2,
}


def tiny_bert(seed: int = 7) -> Encoder:
    """Return a BERT with random weights: 3 layers of 32, and a token for each letter.

    Parameters
    ----------
    seed
        Of the weights; they are the same for the same seed.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
        letters = string.ascii_lowercase + string.digits + string.punctuation
        vocabulary = [*special, *letters, *(f"##{letter}" for letter in letters)]
        config = BertConfig(
            vocab_size=len(vocabulary), pad_token_id=0, max_position_embeddings=_WINDOW, **_SHAPE
        )  # fmt: skip
        model: nn.Module = BertModel(config, add_pooling_layer=False)
    numbers = {token: number for number, token in enumerate(vocabulary)}
    tokenizer = Tokenizer(models.WordPiece(numbers, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.add_special_tokens(special)
    return Encoder(model.eval(), TextTokeniser(tokenizer, _WINDOW), "tiny-bert")


def tiny_roberta(seed: int = 7) -> Encoder:
    """Return a RoBERTa with random weights: 3 layers of 32, and a token for each byte.

    Parameters
    ----------
    seed
        Of the weights; they are the same for the same seed.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        special = ["<s>", "<pad>", "</s>", "<unk>"]
        vocabulary = [*special, *sorted(pre_tokenizers.ByteLevel.alphabet())]
        config = RobertaConfig(
            vocab_size=len(vocabulary),
            pad_token_id=1,
            bos_token_id=0,
            eos_token_id=2,
            type_vocab_size=1,
            # Positions begin behind the padding's, so two are never used.
            max_position_embeddings=_WINDOW + 2,
            **_SHAPE,
        )
        model: nn.Module = RobertaModel(config, add_pooling_layer=False)
    numbers = {token: number for number, token in enumerate(vocabulary)}
    tokenizer = Tokenizer(models.BPE(numbers, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(special)
    return Encoder(model.eval(), TextTokeniser(tokenizer, _WINDOW), "tiny-roberta")
