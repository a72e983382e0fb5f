"""Foreign logs: a TOML file that says how any JSON or CSV log becomes turns and signals (extra `learn`)."""

from streams.mapping.check import LostField, MappingReport, check_mapping
from streams.mapping.mapping import LogSpec, Mapping
from streams.mapping.reading import log_source

__all__ = ["LogSpec", "LostField", "Mapping", "MappingReport", "check_mapping", "log_source"]
