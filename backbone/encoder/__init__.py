"""Encoders of the BERT and RoBERTa families, split into a frozen trunk and each task's own top; with torch."""

from backbone.encoder.encoder import Encoder, load_encoder, save_encoder
from backbone.encoder.lora import LORA_TARGETS, add_lora, low_rank_weights, merge_lora
from backbone.encoder.pointing import layer_at
from backbone.encoder.reading import read_texts
from backbone.encoder.sharing import Weights, weights_of
from backbone.encoder.splitting import Top, Trunk, split, through_layers
from backbone.encoder.tiny import tiny_bert, tiny_roberta

__all__ = [
    "LORA_TARGETS",
    "Encoder",
    "Top",
    "Trunk",
    "Weights",
    "add_lora",
    "layer_at",
    "load_encoder",
    "low_rank_weights",
    "merge_lora",
    "read_texts",
    "save_encoder",
    "split",
    "through_layers",
    "tiny_bert",
    "tiny_roberta",
    "weights_of",
]
