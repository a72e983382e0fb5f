"""The settings of how long records are kept."""

from pydantic import Field

from selflearn.settings.section import Section

__all__ = ["RetentionSettings"]


class RetentionSettings(Section):
    """How many days records are kept; 0: for ever. `selflearn retain` removes what is older."""

    turns: int = Field(default=0, ge=0, description="Days that turns stay in the archive.")
    signals: int = Field(default=0, ge=0, description="Days that signals stay in the archive.")
    decisions: int = Field(default=90, ge=0, description="Days that decisions are kept.")
    feedback: int = Field(default=0, ge=0, description="Days that feedback is kept.")
    dead_letters: int = Field(
        default=14, ge=0, description="Days that refused entries are kept, as they came and unfiltered."
    )
