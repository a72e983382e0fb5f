"""A world in a file: what people ask for and how, what there is, how they live, and what changes."""

from simulator.world.schema import WorldFile

__all__ = ["WorldFile"]
