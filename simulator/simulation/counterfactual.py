"""What would have happened with another text."""

from simulator.assistant import Answer, Assistant
from simulator.dice import Dice
from simulator.simulation.drafts import scene_from
from simulator.world import World
from streams.truth import Truth

__all__ = ["counterfactual"]


def counterfactual(world: World, truth: Truth, text: str) -> Answer:
    """Tell how a turn would have ended, had this text gone to the NLU.

    What went wrong behind the assistant goes wrong again, and what goes on is the same; what the person would
    have done then is not told.

    Parameters
    ----------
    world
        That of the simulation.
    truth
        Of the turn.
    text
        In place of what was heard.

    Raises
    ------
    ValueError
        The truth is not one of this simulator.
    """
    scene = scene_from(truth)
    return _assistant(world).answer(text, scene.asr, scene.said, scene.situation, Dice.numbered(scene.chance))


_ASSISTANTS: dict[str, Assistant] = {}


def _assistant(world: World) -> Assistant:
    """Train an assistant once for a world."""
    key = world.digest
    if key not in _ASSISTANTS:
        _ASSISTANTS.clear()
        _ASSISTANTS[key] = Assistant(world)
    return _ASSISTANTS[key]
