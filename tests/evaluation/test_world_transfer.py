"""The transfer test: both models are learned alike, and judged on calls whose truth and ratings they do not see."""

import pytest
from world_log import WorldLog

from evaluation.corpora import CorpusLog, Dstc2
from evaluation.errors import NothingToScore
from evaluation.world.transfer import LEARNERS, MAIN, transfer
from streams.outcome import OutcomeModel
from streams.records import Interpretation, ResponseStatus, Stage


def _log(confident_when_wrong=False):
    """Twenty calls of which every other goes wrong, and the NLU knows it (or is surest when it is wrong)."""
    log = WorldLog()
    for number in range(20):
        wrong = number % 2 == 0
        log.say(
            "thai food",
            "find food=thai",
            call=f"c{number}",
            customer=f"p{number}",
            stage=Stage.ASR if wrong else Stage.CORRECT,
            status=ResponseStatus.NOT_UNDERSTOOD if wrong and not confident_when_wrong else ResponseStatus.OK,
            nlu=(Interpretation(intent="find", confidence=0.9 if wrong is confident_when_wrong else 0.2),),
        )
        log.say("thank you bye", "bye", call=f"c{number}", customer=f"p{number}", rating=float(not wrong))
    return CorpusLog(tuple(log.turns), tuple(log.signals), log.truths)


def test_the_same_learning_on_the_same_log_has_a_ratio_of_one():
    log = _log()
    for learn in LEARNERS.values():
        found = transfer(log, log, log, learn)
        assert found.ratio == 1.0
        assert found.difference_interval == (0.0, 0.0)
        assert found.simulated == found.real
        assert found.simulated_ap == 1.0


def test_a_log_that_teaches_the_reverse_transfers_badly():
    log, reverse = _log(), _log(confident_when_wrong=True)
    found = transfer(reverse, log, log, LEARNERS["truth"])
    assert found.real_ap == 1.0
    assert found.simulated_ap <= 0.5
    assert found.ratio == found.simulated_ap / found.real_ap
    assert transfer(log, reverse, log, LEARNERS["truth"]).ratio == pytest.approx(1 / found.simulated_ap)


def test_both_sides_learn_from_their_own_log_and_see_no_rating_of_the_test():
    simulated, real, test = _log(), _log(confident_when_wrong=True), _log()
    seen, judged = [], []

    class Watching(OutcomeModel):
        def success(self, session, labels=None):
            judged.append(session)
            return super().success(session, labels)

    def learn(sessions, truths):
        seen.append((truths, sum(len(found) for session in sessions for found in session.signals.values())))
        return Watching({"confidence": 1.0}, 0.0, "given")

    transfer(simulated, real, test, learn)
    assert [truths for truths, _ in seen] == [simulated.truths, real.truths]
    assert [signals for _, signals in seen] == [20, 20]
    assert len(judged) == 40
    assert not any(session.signals for session in judged)


def test_a_test_log_without_defects_judges_nothing():
    log = _log()
    fine = {
        turn: truth.model_copy(update={"failure_point": Stage.CORRECT}) for turn, truth in log.truths.items()
    }
    with pytest.raises(NothingToScore):
        transfer(log, log, CorpusLog(log.turns, log.signals, fine), LEARNERS[MAIN])


def test_on_dstc2_the_main_learner_is_the_best_that_sees_no_truth(dstc2_train, dstc2_dev):
    train, dev = Dstc2().read(dstc2_train, ratings=True), Dstc2().read(dstc2_dev, train=dstc2_train)
    reached = {name: transfer(train, train, dev, learn).real_ap for name, learn in LEARNERS.items()}
    assert reached[MAIN] == max(reached["signals"], reached["ratings"])
    assert 0.65 < reached[MAIN] < 0.75
    # Chance is the defect rate, 617 of 2,149.
    assert min(reached.values()) > 2 * 617 / 2149
