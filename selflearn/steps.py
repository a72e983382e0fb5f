"""How a long run tells what it is doing."""

from backbone.steps import Step

__all__ = ["Step"]
