"""Failure points: which component failed first beyond recovery (docs/design.md)."""

__all__: list[str] = []
