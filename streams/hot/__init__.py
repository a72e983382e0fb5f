"""The fast lane from bytes to the archive, for turns and signals that are nothing but what this release knows."""

from streams.hot.lane import FastLane, Taken

__all__ = ["FastLane", "Taken"]
