"""The world with known truth. Nothing in the house imports this package."""

__all__: list[str] = []
