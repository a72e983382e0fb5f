"""How the assistant understands a text: a statistical model, trained on a part of what people say."""

from simulator.assistant.nlu.meaning import in_state, name_of
from simulator.assistant.nlu.reader import Nlu, Reading
from simulator.assistant.nlu.training import Models

__all__ = ["Models", "Nlu", "Reading", "in_state", "name_of"]
