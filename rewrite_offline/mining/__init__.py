"""The miner: from sessions to rewrites."""

from rewrite_offline.mining.counting import Portion, count_archive, over_buckets
from rewrite_offline.mining.counts import Counts, RequestCount
from rewrite_offline.mining.evidence import Attempt, attempts
from rewrite_offline.mining.failing import FailingRequest, failing_requests
from rewrite_offline.mining.guards import Proposal
from rewrite_offline.mining.linking import DetectedLinks
from rewrite_offline.mining.mine import Mined, mine, mine_archive
from rewrite_offline.mining.miner import Miner
from rewrite_offline.mining.rephrase import LexicalRephraseTest, RephraseTest
from rewrite_offline.settings import MiningSettings

__all__ = [
    "Attempt",
    "Counts",
    "DetectedLinks",
    "FailingRequest",
    "LexicalRephraseTest",
    "Mined",
    "Miner",
    "MiningSettings",
    "Portion",
    "Proposal",
    "RephraseTest",
    "RequestCount",
    "attempts",
    "count_archive",
    "failing_requests",
    "mine",
    "mine_archive",
    "over_buckets",
]
