"""What detected pairs say beside the chain."""

import numpy as np
import pytest
from talks import session, turn

from rewrite_offline.chain import AbsorbingChain, DirectSolver, ExactSolver
from rewrite_offline.mining import DetectedLinks, MiningSettings, mine
from streams.outcome import OutcomeModel

#: Homes say "very chess", are not understood, ask for the news in between, and then say it again.
HOMES = [
    session(
        turn(f"h{home}:0", "very chess", 0, met=False),
        turn(f"h{home}:1", "play news", 12),
        turn(f"h{home}:2", "play jazz", 90),
        turn(f"h{home}:3", "thank you", 200),
    )
    for home in range(12)
]
LINKS = DetectedLinks({f"h{home}:0": (f"h{home}:2", 0.9) for home in range(12)})


def learned(evidence, links=LINKS):
    chosen = MiningSettings(evidence=evidence, generalise=False, templates=False)
    return {one.source: one for one in mine(HOMES, OutcomeModel.given(), chosen, says_again=links).rewrites}


@pytest.mark.parametrize(
    ("evidence", "miner"), [("chain", "chain"), ("detector", "rephrase"), ("both", "chain+rephrase")]
)
def test_a_detector_leads_past_what_was_asked_in_between(evidence, miner):
    found = learned(evidence)
    assert found["very chess"].target == "play jazz"
    assert found["very chess"].miner == miner


def test_without_a_detector_what_was_asked_in_between_is_in_the_way():
    assert learned("both", None)["very chess"].target == "play news"


def test_no_pairs_no_rewrite():
    assert "very chess" not in learned("detector", DetectedLinks({}))


def test_the_direct_solver_goes_one_step():
    chain = AbsorbingChain.from_counts(
        {("a", "b"): 6.0, ("b", "c"): 5.0}, {"b": 5.0, "c": 9.0, "a": 1.0}, {"a": 3.0, "c": 1.0}
    )
    start = np.array([1.0, 0.0, 0.0])
    direct, whole = DirectSolver().ends(chain, start), ExactSolver().ends(chain, start)
    assert direct == pytest.approx([0.1, 0.6 * 0.5, 0.0])
    assert whole[2] == pytest.approx(0.6 * 0.5 * 0.9)
    assert DirectSolver().winners(chain).target.tolist() == [1, 1, 2]
