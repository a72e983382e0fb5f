"""A detector trained inside a split: on what may be learned from, and on nothing else; once."""

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from talks import talks

from backbone.artifact import read_artifact
from backbone.encoder import tiny_bert
from evaluation.errors import NothingLearned
from evaluation.rephrase.in_split import DetectorInSplit
from evaluation.splits import Split
from rewrite_offline.rephrase import training
from streams.sessions import SessionSettings


@pytest.fixture
def trained_on(monkeypatch):
    """What each training was given."""
    seen, train = [], training.train_detector
    monkeypatch.setattr("backbone.encoder.load_encoder", tiny_bert)

    def spy(sessions, labels, **others):
        seen.append((sessions, labels))
        quick = others.pop("training")
        return train(sessions, labels, training=quick.__class__(epochs=1, seed=quick.seed), **others)

    monkeypatch.setattr(training, "train_detector", spy)
    return seen


def split_of(sessions) -> Split:
    turns = [turn for one in sessions for turn in one.turns]
    learned = [turn for turn in turns if turn.customer_id != "c3"]
    return Split("fold-0", learned, [], [turn for turn in turns if turn.customer_id == "c3"])


def test_it_learns_from_its_split_alone_and_once(trained_on, tmp_path):
    sessions, labels = talks(160)
    split = split_of(sessions)
    detector = DetectorInSplit(labels, SessionSettings(), tmp_path, "talks", seed=0)
    folder = detector(split, lambda what, share: None)
    assert read_artifact(folder).card.data[0].name == "talks"
    (learned_from, told), judged = trained_on[0], {turn.turn_id for turn in split.judged}
    assert judged
    assert not judged & told.keys()
    assert not judged & {turn.turn_id for one in learned_from for turn in one.turns}
    assert detector(split, lambda what, share: None) == folder
    assert len(trained_on) == 1
    others = DetectorInSplit(labels, SessionSettings(), tmp_path, "talks", seed=2)
    assert others(split, lambda what, share: None) != folder
    assert len(trained_on) == 2


def test_a_detector_that_other_code_made_is_not_taken_for_this_ones(trained_on, tmp_path, monkeypatch):
    sessions, labels = talks(160)
    split = split_of(sessions)
    detector = DetectorInSplit(labels, SessionSettings(), tmp_path, "talks")
    before = detector(split, lambda what, share: None)
    monkeypatch.setattr("evaluation.rephrase.in_split.code_fingerprint", lambda packages: "0" * 64)
    assert detector(split, lambda what, share: None) != before
    assert len(trained_on) == 2


def test_labels_that_tell_of_too_little_teach_nothing(trained_on, tmp_path):
    sessions, labels = talks(6)
    detector = DetectorInSplit(labels, SessionSettings(), tmp_path, "talks")
    with pytest.raises(NothingLearned, match=r"fold-0: .*label more sessions"):
        detector(split_of(sessions), lambda what, share: None)
