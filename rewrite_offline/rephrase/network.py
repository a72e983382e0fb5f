"""The span network: markers added to the trunk's states, the task's own layers, a start and an end head. With torch."""

import torch
from torch import Tensor, nn

from backbone.encoder import Top, layer_at, through_layers
from rewrite_offline.rephrase.marks import KINDS

__all__ = ["SpanNetwork"]

#: Spread of the markers' first vectors: that of the encoder's own.
_SPREAD = 0.02


class SpanNetwork(nn.Module):
    """Points to the later request that says the first one again, or to [CLS].

    Parameters
    ----------
    top
        The encoder's upper layers; at least one.
    dropout
        Before the heads; twice as much of the states that come in, since the trunk cannot adapt and what is learned of
        its states is soon learned by heart.
    unheard
        Share of tokens, but for spans' ends, that are left out in training.
    """

    def __init__(self, top: Top, dropout: float = 0.1, unheard: float = 0.1) -> None:
        super().__init__()
        self.top = top
        self.marks = nn.ModuleList()
        for many in KINDS:
            kind = nn.Embedding(many, top.hidden)
            nn.init.normal_(kind.weight, std=_SPREAD)
            self.marks.append(kind)
        self.incoming = nn.Dropout(2 * dropout)
        self.dropout = nn.Dropout(dropout)
        self.unheard = unheard
        self.start = nn.Linear(top.hidden, 1)
        self.end = nn.Linear(top.hidden, 1)

    def forward(
        self, states: Tensor, marks: Tensor, attention_mask: Tensor, firsts: Tensor, lasts: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Score spans.

        Parameters
        ----------
        states
            What the trunk made of the tokens, shape (batch, length, hidden).
        marks
            Numbers of each token's text, shape (batch, length, kinds).
        attention_mask
            1 where a token is, shape (batch, length).
        firsts, lasts
            Places of the first and the last token of each span, the null span first, shape (batch, spans).

        Returns
        -------
        tuple of Tensor
            Scores of the start head at the first tokens and of the end head at the last, each of shape (batch, spans).
        """
        if self.training:
            attention_mask = self._thinned(attention_mask, firsts, lasts)
        states = self.incoming(states)
        for number, kind in enumerate(self.marks):
            states = states + kind(marks[..., number])
        *lower, last = self.top.layers
        states = through_layers(lower, states, attention_mask)
        # The heads look at spans' ends alone, so the last layer need not be worked out elsewhere.
        ends = layer_at(last, states, attention_mask, torch.cat((firsts, lasts), dim=1))
        first, final = self.dropout(ends).split((firsts.shape[1], lasts.shape[1]), dim=1)
        return self.start(first)[..., 0], self.end(final)[..., 0]

    def _thinned(self, attention_mask: Tensor, firsts: Tensor, lasts: Tensor) -> Tensor:
        there = attention_mask.bool()
        kept = torch.rand(there.shape, device=there.device) > self.unheard
        ends = torch.zeros_like(there).scatter_(1, torch.cat((firsts, lasts), dim=1), True)
        return there & (kept | ends)
