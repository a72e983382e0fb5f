"""Precomputed rewrites: a table request to better request, mined from everybody's sessions."""

__all__: list[str] = []
