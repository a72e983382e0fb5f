"""What would have happened with another text."""

from simulator.assistant import Answer, Assistant
from simulator.dice import Dice
from simulator.simulation.drafts import scene_from
from simulator.world import World
from streams.truth import Truth

__all__ = ["counterfactual"]


def counterfactual(world: World, seed: int, truth: Truth, text: str) -> Answer:
    """Tell how a turn would have ended, had this text gone to the NLU.

    What went wrong behind the assistant goes wrong again, and what goes on is the same; what the person would
    have done then is not told.

    Parameters
    ----------
    world, seed
        Those of the simulation.
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
    return _assistant(world, seed).answer(
        text, scene.asr, scene.said, scene.situation, Dice.numbered(scene.chance)
    )


_ASSISTANTS: "dict[tuple[str, int], Assistant]" = {}


def _assistant(world: World, seed: int) -> Assistant:
    """Train an assistant once for a world and seed."""
    key = world.digest, seed
    if key not in _ASSISTANTS:
        _ASSISTANTS.clear()
        _ASSISTANTS[key] = Assistant(world, seed)
    return _ASSISTANTS[key]
