"""The arms of the test: what the product is set to."""

from dataclasses import dataclass

__all__ = ["ARMS", "ON_REQUEST", "Arm"]


@dataclass(frozen=True, slots=True)
class Arm:
    """A way to run the product.

    Attributes
    ----------
    name
        As in the answer.
    settings
        What is set, as on the command line: `section.name=value`.
    """

    name: str
    settings: tuple[str, ...] = ()

    @property
    def rewrites(self) -> bool:
        """Whether anything may be rewritten."""
        return "rewriting.off=true" not in self.settings


#: `off` comes first: the others are measured against it.
ARMS: tuple[Arm, ...] = (Arm("off", ("rewriting.off=true",)), Arm("precomputed"))

_DETECTOR = "rephrase.detector=shipped"

#: Only by name, since each takes as long as another one: the shipped detector decides what the chain may connect; its
#: pairs alone; both as evidence.
ON_REQUEST: tuple[Arm, ...] = (
    Arm("linked", (_DETECTOR,)),
    Arm("detector", (_DETECTOR, "mining.evidence=detector")),
    Arm("both", (_DETECTOR, "mining.evidence=both")),
)
