"""The span network: markers added to the trunk's states, the task's own layers, a start and an end head. With torch."""

import torch
from torch import Tensor, nn

from backbone.encoder import Top, layer_at, through_layers
from rewrite_offline.rephrase.marks import KINDS, ROLES

__all__ = ["SpanNetwork"]

#: Lengths of the markers' vectors beside the encoder, and of what they make together.
_NARROW, _WIDE = 16, 256
_LATER = ROLES.index("later_request")


class SpanNetwork(nn.Module):
    """Points to the later request that says the first one again, or to [CLS].

    Two readers score each span: the encoder's layers with a start and an end head, and a small network over the markers
    of the requests, which meet there without attention.

    Parameters
    ----------
    top
        The encoder's upper layers; at least one.
    dropout
        Before the heads; twice as much of the states that come in, since the trunk cannot adapt and what is learned of
        its states is soon learned by heart; five times as much among the markers.
    unheard
        Share of tokens, but for spans' ends, that are left out in training.
    alone
        Share of sequences, in training, that each of the readers has to score without the other one; else the one that
        learns faster would leave the other nothing to learn.
    """

    def __init__(self, top: Top, dropout: float = 0.1, unheard: float = 0.1, alone: float = 0.25) -> None:
        super().__init__()
        self.top = top
        self.marks = _embeddings(top.hidden, 0.02)
        self.incoming = nn.Dropout(2 * dropout)
        self.dropout = nn.Dropout(dropout)
        self.unheard = unheard
        self.weights: Tensor
        self.register_buffer("weights", torch.ones(2))
        self.start = nn.Linear(top.hidden, 1)
        self.end = nn.Linear(top.hidden, 1)
        self.beside = _embeddings(_NARROW, 0.3)
        self.together = nn.Sequential(
            nn.Linear(_NARROW * len(KINDS), _WIDE),
            nn.ReLU(),
            nn.Dropout(5 * dropout),
            nn.Linear(_WIDE, _WIDE),
            nn.ReLU(),
            nn.Dropout(5 * dropout),
        )
        self.candidate = nn.Linear(2 * _WIDE, 1)
        self.none = nn.Linear(_WIDE, 1)

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
            Scores at the first tokens (the start head's and the markers') and at the last (the end head's), each of
            shape (batch, spans).
        """
        (start, end), marked = self.apart(states, marks, attention_mask, firsts, lasts)
        return self.weights[0] * start + self.weights[1] * marked, self.weights[0] * end

    def apart(
        self, states: Tensor, marks: Tensor, attention_mask: Tensor, firsts: Tensor, lasts: Tensor
    ) -> tuple[tuple[Tensor, Tensor], Tensor]:
        """Give the scores of both readers, not yet weighed: start and end heads', and the markers'; see `forward`."""
        heads = self._read(states, marks, attention_mask, firsts, lasts)
        marked = torch.gather(marks, 1, firsts[..., None].expand(-1, -1, marks.shape[-1]))
        return heads, self._marked(marked)

    def _read(
        self, states: Tensor, marks: Tensor, attention_mask: Tensor, firsts: Tensor, lasts: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Score spans by the encoder's layers."""
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

    def _marked(self, marks: Tensor) -> Tensor:
        """Score spans by the markers of their requests, shape (batch, spans, kinds)."""
        vectors = torch.cat([kind(marks[..., number]) for number, kind in enumerate(self.beside)], dim=-1)
        # Of no account where no later request is: in the null span's place, and behind the last candidate.
        made = self.together(vectors) * (marks[..., :1] == _LATER).to(vectors.dtype)
        most = made.amax(dim=1)
        found = self.candidate(torch.cat((made, most[:, None].expand_as(made)), dim=-1))[..., 0]
        return torch.cat((self.none(most), found[:, 1:]), dim=1)

    def _thinned(self, attention_mask: Tensor, firsts: Tensor, lasts: Tensor) -> Tensor:
        there = attention_mask.bool()
        kept = torch.rand(there.shape, device=there.device) > self.unheard
        ends = torch.zeros_like(there).scatter_(1, torch.cat((firsts, lasts), dim=1), True)
        return there & (kept | ends)


def _embeddings(length: int, spread: float) -> nn.ModuleList:
    made = nn.ModuleList()
    for many in KINDS:
        kind = nn.Embedding(many, length)
        nn.init.normal_(kind.weight, std=spread)
        made.append(kind)
    return made
