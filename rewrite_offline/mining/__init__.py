"""The miner: from sessions to rewrites."""

from rewrite_offline.mining.counts import Counts, RequestCount
from rewrite_offline.mining.evidence import Attempt, attempts
from rewrite_offline.mining.guards import Proposal
from rewrite_offline.mining.mine import Mined, count, mine
from rewrite_offline.mining.rephrase import LexicalRephraseTest, RephraseTest
from rewrite_offline.mining.settings import MiningSettings

__all__ = [
    "Attempt",
    "Counts",
    "LexicalRephraseTest",
    "Mined",
    "MiningSettings",
    "Proposal",
    "RephraseTest",
    "RequestCount",
    "attempts",
    "count",
    "mine",
]
