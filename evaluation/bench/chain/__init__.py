"""The chain's benchmark: the certified solver against sparse LU and a truncated Neumann series."""

__all__: list[str] = []
