"""What is lost and what is doubled when real processes are killed: worker, broker, server and table job."""

from evaluation.durability.measure import SCENARIOS, measure_durability

__all__ = ["SCENARIOS", "measure_durability"]
