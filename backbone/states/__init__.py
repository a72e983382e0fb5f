"""Token states of texts, as the frozen trunk read them: kept flat, and put together to sequences."""

from backbone.states.assembling import Assembled, assemble
from backbone.states.text_states import TextStates

__all__ = ["Assembled", "TextStates", "assemble"]
