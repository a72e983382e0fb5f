"""The emission model as it is served: one request in, a rewrite or none out. NumPy only."""

import hashlib
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Self

import numpy as np
import orjson
from numpy.typing import NDArray

from rewrite_offline.emission.features import Heard, features_of
from rewrite_offline.emission.gate import Gate
from rewrite_offline.emission.items import items_of
from rewrite_offline.emission.proposing import Proposal, Proposer
from rewrite_offline.emission.reader import Reader
from rewrite_offline.emission.stacking import ItemLayout
from rewrite_offline.emission.texts import Texts
from rewrite_offline.emission.vocabulary import Vocabulary
from rewrite_offline.errors import ModelUnreadable
from rewrite_offline.table.query import RewriteQuery
from streams.records import Evidence, Interpretation, Rewrite

__all__ = ["ATTACHMENT", "MINER", "EmissionModel"]

#: Name of the attachment in which a table's version carries its model.
ATTACHMENT = "emission.npz"
#: What rewrites of the model say found them.
MINER = "emission"

_FORMAT = 1


@dataclass(frozen=True)
class EmissionModel:
    """Rewrites requests that nobody has counted, by what their parts mean.

    Learn one with `rewrite_offline.emission.fit`. Threads may share it.

    Attributes
    ----------
    features
        Names of the features that are looked at.
    meant, read
        P(item | request) of what was meant, and of what the NLU will read.
    texts
        What texts are taken for; rewrites are among them.
    interpretations
        Key → interpretation, of all that a text is taken for.
    never
        Items of which a request must surely have none, or it is left alone.
    gate
        What rewrites win and lose.
    min_win_loss
        How many times the expected loss the expected win must be.
    min_win
        How probable a win must be.
    """

    features: Vocabulary
    meant: Reader
    read: Reader
    texts: Texts
    interpretations: Mapping[str, Interpretation]
    never: frozenset[str]
    gate: Gate
    min_win_loss: float
    min_win: float = 0.0

    def find(self, query: RewriteQuery) -> Rewrite | None:
        """Return a rewrite of the request; None where it is best left alone. See `Lookup`."""
        heard = Heard.of(query)
        proposal = self.propose(heard)
        if proposal is None:
            return None
        win, loss = self.gate.expect(proposal)
        if win < self.min_win or win <= self.min_win_loss * loss:
            return None
        return self._rewrite(query, heard, proposal, win, loss)

    def propose(self, heard: Heard) -> Proposal | None:
        """Return the best rewrite there is, whatever the gate may say; None where there is none."""
        if not heard.text:
            return None
        row = self.features.row(features_of(heard))
        return self._proposer.propose(
            heard, self.meant.odds([heard], [row])[0], self.read.odds([heard], [row])[0]
        )

    @cached_property
    def _proposer(self) -> Proposer:
        items = {key: items_of(meaning) for key, meaning in self.interpretations.items()}
        return Proposer(self.meant.layout, self.texts, items, self.never)

    def _rewrite(
        self, query: RewriteQuery, heard: Heard, proposal: Proposal, win: float, loss: float
    ) -> Rewrite:
        target = proposal.target
        name = "\x1f".join((MINER, query.tenant_id, heard.asked or "", heard.text, target.text))
        return Rewrite(
            tenant_id=query.tenant_id,
            rewrite_id=hashlib.blake2b(name.encode(), digest_size=12).hexdigest(),
            source=heard.text,
            asked=heard.asked,
            target=target.text,
            interpretation=self.interpretations[target.key],
            win_probability=win,
            # Nobody counted the request itself: what is known is the target, and what the gate expects.
            evidence=Evidence(
                turns=target.turns,
                customers=target.people,
                source_success=loss,
                target_success=win,
                improvement_low=win - loss,
            ),
            miner=MINER,
            time=datetime.now(UTC),
        )

    def to_bytes(self) -> bytes:
        """Write the model: the arrays in NumPy's npz, the rest as JSON in it. The same model gives the same bytes."""
        header = {
            "format": _FORMAT,
            "items": self.meant.layout.items,
            "features": self.features.names,
            "grams": self.meant.lexicon.grams.names,
            "names": self.gate.names.names,
            "texts": self.texts.to_json(),
            "interpretations": {
                key: meaning.model_dump(mode="json", exclude_defaults=True)
                for key, meaning in self.interpretations.items()
            },
            "never": sorted(self.never),
            "min_win_loss": self.min_win_loss,
            "min_win": self.min_win,
        }
        arrays: dict[str, NDArray[Any]] = {
            "header": np.frombuffer(orjson.dumps(header, option=orjson.OPT_SORT_KEYS), np.uint8)
        }
        for part, of_part in (("meant", self.meant), ("read", self.read), ("gate", self.gate)):
            arrays |= {f"{part}.{name}": array for name, array in of_part.arrays().items()}
        written = io.BytesIO()
        np.savez_compressed(written, allow_pickle=False, **arrays)
        return written.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """Read what `to_bytes` wrote.

        Raises
        ------
        ModelUnreadable
            If it is no such model, or one of a newer format.
        """
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as file:
                arrays = dict(file)
            header = orjson.loads(arrays.pop("header").tobytes())
            if header["format"] != _FORMAT:
                raise ModelUnreadable(
                    f"an emission model of format {header['format']!r}; this release reads format {_FORMAT}, "
                    "so learn the table again with `selflearn learn rewrites`"
                )
            return cls._from(header, arrays)
        except (
            ValueError,
            KeyError,
            TypeError,
            AttributeError,
            EOFError,
            OSError,
            zipfile.BadZipFile,
        ) as error:
            raise ModelUnreadable(
                f"not an emission model: {error!r}; learn the table again with `selflearn learn rewrites`"
            ) from error

    @classmethod
    def _from(cls, header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Self:
        parts: dict[str, dict[str, NDArray[Any]]] = {"meant": {}, "read": {}, "gate": {}}
        for name, array in arrays.items():
            part, _, inside = name.partition(".")
            parts[part][inside] = array
        layout, grams = ItemLayout(header["items"]), Vocabulary(header["grams"])
        return cls(
            features=Vocabulary(header["features"]),
            meant=Reader.from_arrays(layout, grams, parts["meant"]),
            read=Reader.from_arrays(layout, grams, parts["read"]),
            texts=Texts.from_json(header["texts"]),
            interpretations={
                key: Interpretation.model_validate(raw) for key, raw in header["interpretations"].items()
            },
            never=frozenset(header["never"]),
            gate=Gate.from_arrays(Vocabulary(header["names"]), parts["gate"]),
            min_win_loss=header["min_win_loss"],
            # Models of before had none.
            min_win=header.get("min_win", 0.0),
        )
