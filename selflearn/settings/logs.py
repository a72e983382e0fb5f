"""The settings of the process's own log."""

from typing import Literal

from pydantic import Field

from selflearn.settings.section import Section

__all__ = ["LogSettings"]


class LogSettings(Section):
    """The process's own log."""

    format: Literal["text", "json"] = Field(
        default="text", description="A line for people, or a JSON object a line for programs."
    )
    level: Literal["debug", "info", "warning", "error"] = Field(
        default="warning", description="What is logged at least; `info` has a line for every request."
    )
