"""The model card: what a model is, what it learned from, how good it is and what it cannot do."""

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict, Field, JsonValue

__all__ = ["DataUsed", "ModelCard"]


class DataUsed(BaseModel):
    """Data that a model learned from.

    Attributes
    ----------
    name
        What it is.
    licence
        Under which it may be used, as SPDX has it where it does.
    fingerprint
        Names its content.
    examples
        How many there are.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    licence: str
    fingerprint: str
    examples: int | None = None


class ModelCard(BaseModel):
    """What is to be known of an artifact.

    Attributes
    ----------
    task
        What it does, in a sentence.
    encoder
        The name of the encoder that it was split from.
    encoder_fingerprint
        Names that encoder by content (`Encoder.fingerprint`); it works on no other.
    layer
        How many layers its trunk has.
    licence
        Of the artifact.
    data
        What it learned from.
    code_version
        Of the code that made it.
    seed
        Of the training.
    machine
        That it was trained on.
    metrics
        How good it is, by name; and on what, in the name or in `limits`.
    limits
        What it cannot do, or was not tried on.
    command
        What remakes it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    task: str
    encoder: str
    encoder_fingerprint: str
    layer: int = Field(ge=0)
    licence: str
    data: tuple[DataUsed, ...]
    code_version: str
    seed: int
    machine: str
    metrics: dict[str, JsonValue]
    limits: tuple[str, ...]
    command: str

    def markdown(self) -> str:
        """Return the card as a README.md."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        yield f"# {self.task}"
        yield ""
        yield "| | |"
        yield "| --- | --- |"
        yield f"| encoder | {_cell(self.encoder)}, split at layer {self.layer}, `{self.encoder_fingerprint[:16]}` |"
        yield f"| licence | {_cell(self.licence)} |"
        yield f"| code | {_cell(self.code_version)} |"
        yield f"| seed | {self.seed} |"
        yield f"| machine | {_cell(self.machine)} |"
        yield ""
        yield "## Data"
        yield ""
        yield "| data | licence | examples | fingerprint |"
        yield "| --- | --- | --- | --- |"
        for one in self.data:
            many = "" if one.examples is None else f"{one.examples:,}"
            yield f"| {_cell(one.name)} | {_cell(one.licence)} | {many} | `{one.fingerprint[:16]}` |"
        yield ""
        yield "## How good it is"
        yield ""
        yield "| metric | |"
        yield "| --- | --- |"
        for name, value in self.metrics.items():
            yield (
                f"| {_cell(name)} | {value:.4f} |"
                if isinstance(value, float)
                else f"| {_cell(name)} | {value} |"
            )
        yield ""
        yield "## Limits"
        yield ""
        yield from (f"- {limit}" for limit in self.limits)
        yield ""
        yield "## How to make it again"
        yield ""
        yield f"    {self.command}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
