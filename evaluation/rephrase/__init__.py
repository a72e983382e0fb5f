"""The task `rephrase`: which later request of a session says an earlier one again, judged by what is true."""

from evaluation.rephrase.answer import METHODS, RephraseAnswer, rephrase_answer
from evaluation.rephrase.labels import labels_of
from evaluation.rephrase.logs import SOURCES
from evaluation.rephrase.question import RephraseQuestion
from evaluation.rephrase.showing import draw_precision_recall, print_rephrase, write_detections

__all__ = [
    "METHODS",
    "SOURCES",
    "RephraseAnswer",
    "RephraseQuestion",
    "draw_precision_recall",
    "labels_of",
    "print_rephrase",
    "rephrase_answer",
    "write_detections",
]
