"""From torch to graphs that run without it; with torch."""

from backbone.export.agreeing import Agreement, agreement
from backbone.export.exporting import export_graph

__all__ = ["Agreement", "agreement", "export_graph"]
