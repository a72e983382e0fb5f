"""An assistant that fails as real ones do, stage by stage, and knows the truth about it."""

from simulator.assistant.assistant import Assistant, Trained
from simulator.assistant.exchange import Answer, Said
from simulator.assistant.situation import Situation

__all__ = ["Answer", "Assistant", "Said", "Situation", "Trained"]
