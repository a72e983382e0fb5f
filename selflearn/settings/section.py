"""What every section of the settings has in common."""

from pydantic import BaseModel, ConfigDict

__all__ = ["Section"]


class Section(BaseModel):
    """Settings that belong together. A wrong key is an error, and nothing changes after the start."""

    model_config = ConfigDict(extra="forbid", frozen=True)
