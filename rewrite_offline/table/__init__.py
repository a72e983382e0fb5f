"""The rewrite table: published in versions, read by many, restored, compared and blocked by people."""

from rewrite_offline.table.blocklist import Block, Blocklist, block, unblock
from rewrite_offline.table.columns import COLUMNS, export_csv
from rewrite_offline.table.current import CurrentTable
from rewrite_offline.table.durable import exclusive
from rewrite_offline.table.manifest import FORMAT_VERSION, Manifest
from rewrite_offline.table.publishing import publish
from rewrite_offline.table.query import Lookup, RewriteQuery
from rewrite_offline.table.reading import Table
from rewrite_offline.table.versions import (
    Change,
    TableDiff,
    VersionInfo,
    current_version,
    diff,
    history,
    prune,
    restore,
    versions,
)

__all__ = [
    "COLUMNS",
    "FORMAT_VERSION",
    "Block",
    "Blocklist",
    "Change",
    "CurrentTable",
    "Lookup",
    "Manifest",
    "RewriteQuery",
    "Table",
    "TableDiff",
    "VersionInfo",
    "block",
    "current_version",
    "diff",
    "exclusive",
    "export_csv",
    "history",
    "prune",
    "publish",
    "restore",
    "unblock",
    "versions",
]
