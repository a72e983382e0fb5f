"""A/B tests of the product in a simulated world: the same people, with the same luck, with rewriting off and on."""

from evaluation.ab.answer import AbAnswer, AbQuestion, ab_answer
from evaluation.ab.arms import ARMS, Arm
from evaluation.ab.seen import Seen, write_seen
from evaluation.ab.showing import draw_course, print_arms

__all__ = [
    "ARMS",
    "AbAnswer",
    "AbQuestion",
    "Arm",
    "Seen",
    "ab_answer",
    "draw_course",
    "print_arms",
    "write_seen",
]
