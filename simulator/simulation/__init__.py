"""A world lived through: people, their assistant, what is logged, and what really happened."""

from simulator.simulation.counterfactual import counterfactual
from simulator.simulation.rewriting import Applied, Asked, Rewriting
from simulator.simulation.simulation import Day, Simulation
from simulator.simulation.writing import Written, write

__all__ = ["Applied", "Asked", "Day", "Rewriting", "Simulation", "Written", "counterfactual", "write"]
