"""Dealing units of traffic to the arms of experiments, by one salted hash."""

from hashlib import blake2b

import orjson

__all__ = ["share_of"]

#: A double holds 53 bits, so every value is exact and less than 1.
_BITS = 53


def share_of(salt: str, experiment: str, unit: str) -> float:
    """Return the place of a unit in [0, 1) under an experiment: the same whenever and wherever it is asked.

    A unit is in an arm of share s where its place is below s, so a growing share keeps who was in it. Places under
    two experiments, or two salts, do not depend on one another.

    Parameters
    ----------
    salt
        Secret of the installation, the same on all its servers; another one deals everybody anew.
    experiment
        Name of the experiment.
    unit
        What is dealt: a customer's id, as a rule.

    Examples
    --------
    >>> share_of("salt", "hold_back", "c1") == share_of("salt", "hold_back", "c1")
    True
    >>> 0.0 <= share_of("salt", "hold_back", "c2") < 1.0
    True
    """
    # As JSON, so that ("a", "bc") and ("ab", "c") differ.
    digest = blake2b(orjson.dumps([salt, experiment, unit]), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> (64 - _BITS)) / (1 << _BITS)
