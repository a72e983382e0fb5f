"""A world in a file: what people ask for and how, what there is, how they live, and what changes."""

from simulator.world.reading import SHIPPED
from simulator.world.schema import WorldFile
from simulator.world.world import Phrasing, World, load_world

__all__ = ["SHIPPED", "Phrasing", "World", "WorldFile", "load_world"]
