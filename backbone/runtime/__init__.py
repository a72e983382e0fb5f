"""Serving without torch."""

from backbone.runtime.default_encoder import default_encoder_folder
from backbone.runtime.tokeniser import TextTokeniser, Tokens

__all__ = ["TextTokeniser", "Tokens", "default_encoder_folder"]
