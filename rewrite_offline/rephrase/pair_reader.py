"""The pair reader: boosted trees that look at a request and a later one side by side; without torch.

What the recogniser and the NLU thought of two requests are a few dozen numbers whose scales and gaps differ from log to
log; trees take them as they are. Source: Chen and Guestrin, "XGBoost: A Scalable Tree Boosting System", KDD 2016.
"""

from pathlib import Path

import numpy as np
import xgboost
from numpy.typing import NDArray

from rewrite_offline.rephrase.features import FEATURES

__all__ = ["PairReader", "train_pairs"]

_ROUNDS = 300
_TREES = {
    "objective": "binary:logistic",
    "tree_method": "hist",
    "max_depth": 4,
    "eta": 0.05,
    "lambda": 20.0,
    "min_child_weight": 5.0,
    "colsample_bynode": 0.3,
    # The bytes of what is trained must not depend on how many cores there were.
    "nthread": 1,
    "verbosity": 0,
}


class PairReader:
    """Says of a later request how surely it says the first one again.

    Parameters
    ----------
    trees
        As `train_pairs` made them.
    """

    def __init__(self, trees: xgboost.Booster) -> None:
        self._trees = trees

    @classmethod
    def read(cls, path: Path, threads: int | None = None) -> "PairReader":
        """Read the trees from a file; `threads` None: as many as there are cores.

        Raises
        ------
        ValueError
            If it holds no trees over these features.
        """
        trees = xgboost.Booster()
        try:
            trees.load_model(str(path))
        except xgboost.core.XGBoostError as error:
            raise ValueError(f"{path} holds no trees") from error
        if trees.num_features() != len(FEATURES):
            raise ValueError(f"{path} looks at {trees.num_features()} features and not at {len(FEATURES)}")
        trees.set_param({"nthread": threads or 0})
        return cls(trees)

    def write(self, path: Path) -> Path:
        """Write the trees as XGBoost's JSON; the suffix is `.json`."""
        self._trees.save_model(str(path))
        return path

    def __call__(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        """Give the log-odds that each later request says the first one again.

        Parameters
        ----------
        features
            Shape (n, features), in the order of `FEATURES`.

        Returns
        -------
        ndarray
            Shape (n,).
        """
        if not len(features):
            return np.zeros(0)
        found = self._trees.inplace_predict(features, predict_type="margin")
        return np.asarray(found, np.float64)


def train_pairs(
    features: NDArray[np.float32],
    targets: NDArray[np.float64],
    weights: NDArray[np.float64],
    *,
    seed: int = 0,
) -> PairReader:
    """Train a pair reader.

    Parameters
    ----------
    features
        Of pairs of requests, shape (n, features).
    targets
        How surely each later request says the first one again, from 0 to 1, shape (n,).
    weights
        How much each pair counts, shape (n,).
    seed
        Of the draw of features at each split.
    """
    pairs = xgboost.DMatrix(features, targets, weight=weights, feature_names=list(FEATURES), nthread=1)
    trees = xgboost.train({**_TREES, "seed": seed}, pairs, _ROUNDS)
    # The trees alone are kept: columns are told by their order.
    trees.feature_names = None
    return PairReader(trees)
