"""A small household log with known truth, made from a seed: what the quickstart learns from.

An assistant for music, lights, timers, weather, lists and calls, used by some hundred people. It mishears
some names, does not understand some wordings, and is sometimes sure of the wrong thing. People rephrase,
interrupt, say no, give up, or say thanks; where something was left out the assistant asks, and the answer is
short.

    python -m simulator.sample_log --out FOLDER [--truth FILE] [--seed 7]
"""

from simulator.sample_log.log import SampleLog, lines, make, write

__all__ = ["SampleLog", "lines", "make", "write"]
