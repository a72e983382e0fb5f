"""Labels as evidence of an outcome."""

from math import log

from streams.errors import RefusedLabel
from streams.records import Label, LabelOrigin

__all__ = ["label_evidence"]

#: A label's probability is taken for no surer than this: log-odds of at most ±4.6.
_SURE = 0.01


def label_evidence(label: Label) -> float | None:
    """Log-odds of success that a label gives, scaled by its confidence where it has one.

    Returns
    -------
    float or None
        None where the label says nothing about a defect.

    Raises
    ------
    RefusedLabel
        If the label was made from the truth, which judges and is not learned from.
    """
    if label.origin is LabelOrigin.TRUTH:
        raise RefusedLabel(
            f"label {label.label_id} on turn {label.turn_id} is of origin truth: "
            "truth judges an outcome and may not go into it; leave such labels out"
        )
    if label.defect is None:
        return None
    defect = min(max(label.defect, _SURE), 1.0 - _SURE)
    return log((1.0 - defect) / defect) * (1.0 if label.confidence is None else label.confidence)
