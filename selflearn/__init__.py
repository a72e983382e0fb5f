"""The product: settings, commands, HTTP API and the rewriter."""

__all__: list[str] = []
