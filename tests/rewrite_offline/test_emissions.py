"""What a request may have meant: near texts, found by their length first."""

from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz import fuzz, process

from rewrite_offline import MiningSettings
from rewrite_offline.mining.emissions import Emissions

_TEXTS = st.lists(st.text("ab ", min_size=1, max_size=14), min_size=1, max_size=40, unique=True)


class _Counts:
    """Counts of a log in which each text was once understood as itself."""

    def __init__(self, texts):
        self.texts = texts

    def readings(self):
        return [(None, text, f"reading {text}", True, 1.0) for text in self.texts]


@given(_TEXTS, st.text("ab ", min_size=1, max_size=14), st.floats(0.3, 1.0))
def test_near_texts_are_those_of_all_texts_compared(texts, text, least):
    settings = MiningSettings(near_text=least)
    emissions = Emissions(_Counts(texts), settings, [])
    plain = process.extract(text, sorted(texts), scorer=fuzz.ratio, score_cutoff=100 * least, limit=10)
    assert emissions._near_texts(text) == [(other, like) for other, like, _ in plain]
