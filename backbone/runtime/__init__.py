"""Serving without torch: texts to tokens, tokens to states, states to answers."""

from backbone.runtime.cache_folder import cache_folder
from backbone.runtime.default_encoder import default_encoder_folder
from backbone.runtime.preparing import Precision, prepare_trunk
from backbone.runtime.quantising import quantise
from backbone.runtime.sessions import OnnxTop
from backbone.runtime.tokeniser import TextTokeniser, Tokens
from backbone.runtime.trunk_reader import TrunkReader
from backbone.runtime.weights import EncoderFiles

__all__ = [
    "EncoderFiles",
    "OnnxTop",
    "Precision",
    "TextTokeniser",
    "Tokens",
    "TrunkReader",
    "cache_folder",
    "default_encoder_folder",
    "prepare_trunk",
    "quantise",
]
