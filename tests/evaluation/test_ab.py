"""The A/B test: figures against hand-made requests, and a whole small test over HTTP."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from people_world import written_world

from evaluation.ab import AbQuestion, Seen, ab_answer, draw_course, write_seen
from evaluation.ab.bands import BANDS, bands_by
from evaluation.ab.figures import arm_figures, course, harm
from evaluation.errors import BadQuestion


def seen(customer="c1", *, text="a", rewrite=None, defect=False, without=None, day=0, goal="g", met=True):
    return Seen(
        day=day, turn_id="t", customer_id=customer, goal_id=goal, text=text, rewrite=rewrite, defect=defect,
        defect_without=defect if without is None else without, met=met,
    )  # fmt: skip


def test_figures_of_an_arm():
    off = [seen("c1", defect=True), seen("c1"), seen("c2", defect=True), seen("c2", defect=True)]
    arm = [
        seen("c1", rewrite="b", defect=False, without=True),
        seen("c1", rewrite="b", defect=True, without=False),
        seen("c2", rewrite="b", defect=True, without=True),
        seen("c2", rewrite="b", defect=False, without=True),
    ]
    figures = arm_figures(arm, off, lambda text: "head")
    assert (figures["requests"], figures["defects"], figures["rewritten"]) == (4, 2, 4)
    assert (figures["wins"], figures["losses"], figures["win_loss_ratio"]) == (2, 1, 2.0)
    assert figures["defect_rate"] == 0.5
    assert figures["defect_reduction"] == pytest.approx(1 - 0.5 / 0.75)
    assert figures["defect_reduction_on_rewritten"] == pytest.approx(1 - 2 / 3)
    assert figures["defect_rate_low"] <= 0.5 <= figures["defect_rate_high"]
    assert figures["bands"]["head"]["wins"] == 2
    assert figures["bands"]["tail"]["requests"] == 0


def test_no_loss_counts_as_one():
    figures = arm_figures([seen(rewrite="b", without=True)], [seen(defect=True)], lambda text: "tail")
    assert (figures["wins"], figures["losses"], figures["win_loss_ratio"]) == (1, 0, 1.0)


def test_an_arm_without_rewrites_has_no_ratio():
    figures = arm_figures([seen()], [seen()], lambda text: "tail")
    assert "win_loss_ratio" not in figures
    assert "harm" not in figures
    assert figures["defect_reduction"] == 0.0


def test_requests_until_goal_counts_goals_that_were_met():
    requests = [
        seen(goal="g1"),
        seen(goal="g1"),
        seen(goal="g2"),
        seen(goal="g3", met=False),
        seen(goal=None),
    ]
    assert arm_figures(requests, requests, lambda text: "head")["requests_until_goal"] == 1.5


def test_goals_and_harm_by_band():
    requests = [
        seen(text="rare", goal="g1"),
        seen(text="common", goal="g1"),
        seen(text="common", goal="g2", rewrite="other", defect=True, without=False),
    ]
    figures = arm_figures(requests, requests, lambda text: "head" if text == "common" else "tail")
    assert figures["bands"]["tail"]["requests_until_goal"] == 2.0
    assert figures["bands"]["head"]["requests_until_goal"] == 1.0
    assert [one["source"] for one in figures["bands"]["head"]["harm"]] == ["common"]
    assert "harm" not in figures["bands"]["tail"]


def test_harm_names_what_loses():
    requests = [seen(text="x", rewrite="y", defect=True, without=False)] * 2 + [
        seen(text="x", rewrite="y", without=True),
        seen(text="p", rewrite="q", without=True),
    ]
    assert harm(requests) == [{"source": "x", "target": "y", "wins": 1, "losses": 2}]


def test_the_course_is_told_by_day():
    days = course([seen(day=3), seen(day=3, defect=True), seen(day=4)])
    assert days[3]["defect_rate"] == 0.5
    assert days[4]["requests"] == 1


@given(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=200))
def test_bands_part_the_traffic(texts):
    band = bands_by(texts)
    order = [BANDS.index(band(text)) for text in sorted(set(texts), key=lambda t: (-texts.count(t), t))]
    assert order == sorted(order), "a commoner text is never in a rarer band"
    assert order[0] == 0
    head = sum(texts.count(text) for text in set(texts) if band(text) == "head")
    commonest = max(texts.count(text) for text in set(texts))
    assert head < len(texts) / 3 + commonest
    assert band("never heard") == "tail"


def test_requests_are_written_by_arm(tmp_path):
    write_seen({"off": [seen()], "precomputed": [seen(rewrite="b")]}, tmp_path / "seen.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "seen.jsonl").read_text().splitlines()]
    assert [line["arm"] for line in lines] == ["off", "precomputed"]
    assert lines[1]["rewrite"] == "b"


def test_the_course_is_drawn(tmp_path):
    days = [
        {"day": day, "arms": {"off": {"defect_rate": 0.2, "rewritten": 0},
                              "precomputed": {"defect_rate": 0.1, "rewritten": 3, "wins": 2, "losses": 1}}}
        for day in (10, 11)
    ]  # fmt: skip
    answer = {"world": "w", "seed": 1, "arms": {"off": {}, "precomputed": {}}, "days": days}
    draw_course(answer, tmp_path / "course.png")
    assert (tmp_path / "course.png").read_bytes().startswith(b"\x89PNG")


@pytest.fixture(scope="module")
def hut(tmp_path_factory):
    """A small test over HTTP: few words, so that the product soon finds a rewrite, and where its arms are kept."""
    folder = tmp_path_factory.mktemp("ab")
    world = written_world(folder)
    question = AbQuestion(str(world), seed=3, customers=25, learn_days=4, days=2)
    return question, folder / "work", ab_answer(question, folder / "work", lambda what, share: None)


def test_people_live_with_rewriting_off_and_on(hut):
    _, _, answer = hut
    off, precomputed = answer.figures["arms"]["off"], answer.figures["arms"]["precomputed"]
    assert off["rewritten"] == 0
    assert precomputed["rewritten"] > 0
    assert precomputed["wins"] > precomputed["losses"]
    assert precomputed["rewritten"] == sum(one.rewrite is not None for one in answer.seen["precomputed"])
    assert [day["day"] for day in answer.figures["days"]] == [4, 5]
    assert all(day["arms"]["precomputed"]["table_entries"] > 0 for day in answer.figures["days"])


def test_what_no_rewrite_touched_is_the_same_in_both_arms(hut):
    _, _, answer = hut
    touched = {one.customer_id for one in answer.seen["precomputed"] if one.rewrite is not None}
    both = [
        [one for one in answer.seen[arm] if one.customer_id not in touched] for arm in ("off", "precomputed")
    ]
    assert both[0] == both[1]
    assert both[0]


def test_arms_that_are_finished_are_not_run_again(hut, monkeypatch):
    question, folder, answer = hut
    monkeypatch.setattr("evaluation.ab.answer.live", None)
    assert ab_answer(question, folder, lambda what, share: None).figures == answer.figures


def test_an_arm_that_there_is_not(tmp_path):
    with pytest.raises(BadQuestion, match="there is no arm 'online'"):
        ab_answer(AbQuestion("household", arms=("online",)), tmp_path, lambda what, share: None)
