"""The HTTP API (extra `serve`)."""

from selflearn.api.app import create_app

__all__ = ["create_app"]
