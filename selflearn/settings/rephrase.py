"""The settings of rephrase detection in learning."""

from pathlib import Path

from pydantic import Field

from selflearn.settings.section import Section

__all__ = ["RephraseDetection"]


class RephraseDetection(Section):
    """Which detector of rephrases reads the log before it is learned from."""

    detector: str = Field(
        default="none",
        description="`shipped`: the one that comes with the package; `none`; or the folder of a trained one.",
    )
    encoder: Path | None = Field(
        default=None, description="Folder of the encoder that it was made for; none: the default encoder."
    )
    threads: int | None = Field(default=None, ge=1, description="Of the detector; none: all cores.")
