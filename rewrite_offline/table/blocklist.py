"""What must not be served, whatever a version says: a list that outlives versions."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rewrite_offline.errors import TableError, TableUnreadable
from rewrite_offline.table.durable import exclusive, write_durably
from rewrite_offline.table.layout import Layout
from streams.records import Rewrite
from streams.text import normalise

__all__ = ["Block", "Blocklist", "block", "unblock"]

#: Blocking is urgent: rather wait for a publisher than refuse.
_PATIENCE = 30.0


class Block(BaseModel):
    """One line of the list. It holds for every entry on which all the fields that are given agree."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    block_id: str
    time: datetime
    reason: str
    tenant_id: str | None = Field(default=None, description="None: every tenant.")
    rewrite_id: str | None = None
    source: str | None = Field(default=None, description="Normalised.")
    asked: str | None = Field(default=None, description="None: whatever had been asked.")
    target: str | None = Field(default=None, description="Normalised.")

    def holds_for(self, rewrite: Rewrite) -> bool:
        """Whether this entry must not be served."""
        return (
            self.tenant_id in (None, rewrite.tenant_id)
            and self.rewrite_id in (None, rewrite.rewrite_id)
            and self.source in (None, normalise(rewrite.source))
            and self.asked in (None, rewrite.asked)
            and self.target in (None, normalise(rewrite.target))
        )


class Blocklist:
    """All blocks of a table, for asking quickly.

    Parameters
    ----------
    blocks
        The lines, in the order in which they were made.
    """

    def __init__(self, blocks: Sequence[Block] = ()) -> None:
        self.blocks = tuple(blocks)
        # Nearly every block names one entry, one source or one target, so each is found without a scan.
        self._by_name: dict[tuple[str, str], list[Block]] = {}
        for line in self.blocks:
            kind = "rewrite_id" if line.rewrite_id else "source" if line.source is not None else "target"
            self._by_name.setdefault((kind, getattr(line, kind)), []).append(line)

    def __len__(self) -> int:
        return len(self.blocks)

    def reason(self, rewrite: Rewrite) -> str | None:
        """Return why an entry must not be served, by this list; None where it may."""
        if not self._by_name:
            return None
        names = (
            ("rewrite_id", rewrite.rewrite_id),
            ("source", normalise(rewrite.source)),
            ("target", normalise(rewrite.target)),
        )
        for name in names:
            for line in self._by_name.get(name, ()):
                if line.holds_for(rewrite):
                    return line.reason
        return None

    @classmethod
    def read(cls, root: Path) -> "Blocklist":
        """Read the list of the table at `root`; empty where there is none.

        Raises
        ------
        TableUnreadable
            It is there and cannot be read. Serving without it could serve what somebody forbade.
        """
        path = Layout(root).blocklist
        try:
            raw = orjson.loads(path.read_bytes())
            return cls([Block.model_validate(line) for line in raw["blocks"]])
        except FileNotFoundError:
            return cls()
        except (OSError, orjson.JSONDecodeError, ValidationError, KeyError, TypeError) as error:
            raise TableUnreadable(f"cannot read the blocklist {path}: {error}; mend or remove it") from error

    def write(self, root: Path) -> None:
        """Replace the list of the table at `root`."""
        content = {"blocks": [line.model_dump(mode="json") for line in self.blocks]}
        write_durably(Layout(root).blocklist, orjson.dumps(content, option=orjson.OPT_INDENT_2))


def block(
    root: Path,
    *,
    rewrite_id: str | None = None,
    source: str | None = None,
    asked: str | None = None,
    target: str | None = None,
    tenant_id: str | None = None,
    reason: str = "blocked by a person",
) -> Block:
    """Forbid entries, in every version that is or will be; servers heed it at once.

    Parameters
    ----------
    root
        The table's folder.
    rewrite_id, source, asked, target, tenant_id
        What the forbidden entries have in common; at least one of rewrite_id, source and target. What is not
        given does not matter.
    reason
        Why; it is shown with the entry, and logged with every decision that it changed.

    Returns
    -------
    Block
        The new line, whose `block_id` is what `unblock` wants.

    Raises
    ------
    TableError
        Nothing says which entries are meant.
    TableUnreadable
        The list cannot be read.
    """
    if rewrite_id is None and source is None and target is None:
        raise TableError("a block needs a rewrite_id, a source or a target, or it would forbid everything")
    line = Block(
        block_id=secrets.token_hex(4),
        time=datetime.now(UTC),
        reason=reason,
        tenant_id=tenant_id,
        rewrite_id=rewrite_id,
        source=None if source is None else normalise(source),
        asked=asked,
        target=None if target is None else normalise(target),
    )
    with exclusive(Layout(root).lock, _PATIENCE):
        Blocklist([*Blocklist.read(root).blocks, line]).write(root)
    return line


def unblock(root: Path, block_id: str) -> Block:
    """Take a line off the list, and return it.

    Raises
    ------
    TableError
        There is no such line.
    TableUnreadable
        The list cannot be read.
    """
    with exclusive(Layout(root).lock, _PATIENCE):
        lines = Blocklist.read(root).blocks
        gone = [line for line in lines if line.block_id == block_id]
        if not gone:
            raise TableError(f"there is no block {block_id!r} in {root}; see `selflearn table blocks`")
        Blocklist([line for line in lines if line.block_id != block_id]).write(root)
    return gone[0]
