"""The settings of what is taken out of people's words before they are kept."""

from typing import Literal

from pydantic import Field

from selflearn.settings.section import Section

__all__ = ["PrivacySettings"]


class PrivacySettings(Section):
    """What is taken out of people's words before they are kept."""

    filter: Literal["patterns", "presidio", "off"] = Field(
        default="patterns",
        description="What finds personal things: their form, presidio besides (extra `privacy`), or nothing.",
    )
    model: str | None = Field(
        default=None, description="Installed spaCy pipeline with which presidio finds names; None: no names."
    )
    language: str = Field(default="en", description="Language of presidio's recognisers.")
