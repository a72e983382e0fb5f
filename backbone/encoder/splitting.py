"""One encoder as two: a trunk that all tasks share, and a top that each task has for itself."""

import copy
from collections.abc import Iterable
from functools import cached_property

import torch
from torch import Tensor, nn

from backbone.encoder.encoder import Encoder
from backbone.encoder.tensors import fingerprint_of
from backbone.errors import NoSuchLayer
from backbone.runtime.tokeniser import TextTokeniser

__all__ = ["Top", "Trunk", "split", "through_layers"]


def split(encoder: Encoder, at: int) -> "tuple[Trunk, Top]":
    """Split an encoder.

    Parameters
    ----------
    encoder
        Stays as it is; the trunk shares its weights, the top copies them.
    at
        How many layers the trunk has: 0 (embeddings alone) to all of them.

    Returns
    -------
    tuple of Trunk and Top
        One after the other they are the encoder.

    Raises
    ------
    NoSuchLayer
        If the encoder has fewer layers.
    """
    if not 0 <= at <= encoder.layers:
        raise NoSuchLayer(at, encoder.layers)
    return Trunk(encoder, at), Top(encoder, at)


class Trunk(nn.Module):
    """Embeddings and lower layers, frozen: what reads each text alone, once for all tasks.

    Parameters
    ----------
    encoder
        Whose weights it uses, without a copy.
    at
        How many layers it has.
    """

    def __init__(self, encoder: Encoder, at: int) -> None:
        super().__init__()
        model = encoder.model
        self.embeddings = model.get_submodule("embeddings")
        layers = model.get_submodule("encoder.layer")
        assert isinstance(layers, nn.ModuleList)
        self.layers = nn.ModuleList(list(layers)[:at])
        self.at = at
        self.hidden = encoder.hidden
        self.tokeniser: TextTokeniser = encoder.tokeniser
        self._first_position = encoder.first_position
        self._padding = int(encoder.config.pad_token_id or 0)
        self.requires_grad_(False)
        self.eval()

    def train(self, mode: bool = True) -> "Trunk":
        """Stay in evaluation mode, whatever is asked: a frozen trunk has no dropout."""
        return super().train(False)

    @torch.no_grad()
    def states(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Read texts.

        Parameters
        ----------
        input_ids
            Shape (batch, length); what stands where the mask is 0 is of no account.
        attention_mask
            1 where a token is, 0 behind it, shape (batch, length).

        Returns
        -------
        Tensor
            States of all tokens, shape (batch, length, hidden); of no meaning where the mask is 0.
        """
        return self(input_ids, attention_mask)  # type: ignore[no-any-return]

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """See `states`."""
        there = attention_mask.to(torch.int64)
        ids = torch.where(there > 0, input_ids.to(torch.int64), self._padding)
        # Padding is at the end, so a token's position is how many are before it, from the family's first on.
        positions = (torch.cumsum(there, dim=1) - 1).clamp(min=0) + self._first_position
        states: Tensor = self.embeddings(ids, position_ids=positions)
        return through_layers(self.layers, states, attention_mask)

    @cached_property
    def fingerprint(self) -> str:
        """Names its weights and tokeniser by their content."""
        return fingerprint_of(self, self.tokeniser.fingerprint, f"at {self.at} from {self._first_position}")


class Top(nn.Module):
    """The upper layers: a task's own copy, to be trained.

    It reads the token states of one text or of several, one after the other. They have their positions from the trunk;
    what a task adds to them (who speaks, how much time passed) it adds before.

    Parameters
    ----------
    encoder
        Whose upper layers are copied.
    at
        How many layers the trunk below has.
    """

    def __init__(self, encoder: Encoder, at: int) -> None:
        super().__init__()
        layers = encoder.model.get_submodule("encoder.layer")
        assert isinstance(layers, nn.ModuleList)
        self.layers = copy.deepcopy(nn.ModuleList(list(layers)[at:]))
        self.layers.requires_grad_(True)
        self.hidden = encoder.hidden

    def forward(self, states: Tensor, attention_mask: Tensor) -> Tensor:
        """Read sequences.

        Parameters
        ----------
        states
            Of tokens, shape (batch, length, hidden), of any length.
        attention_mask
            1 (or true) where a token is, shape (batch, length).

        Returns
        -------
        Tensor
            The last layer's states, shape (batch, length, hidden).
        """
        return through_layers(self.layers, states, attention_mask)


def through_layers(layers: Iterable[nn.Module], states: Tensor, attention_mask: Tensor) -> Tensor:
    """Put states, shape (batch, length, hidden), through layers, one after the other."""
    # Where there is nothing, what is looked for is pushed down as far as the number format goes; never to infinity,
    # since a row of nothing but padding would then be no number.
    nowhere = (1.0 - attention_mask.to(states.dtype)) * torch.finfo(states.dtype).min
    for layer in layers:
        found = layer(states, nowhere[:, None, None, :])
        states = found[0] if isinstance(found, tuple) else found
    return states
