"""The product learning from its own traffic, knowing its rewrites and not: pools, withdrawal, and a whole small run."""

from people_world import written_world

from evaluation.ab.running import Lived, Plan
from evaluation.ab.seen import Seen
from evaluation.ab.self_aware import (
    SelfAwareQuestion,
    _figures,
    draw_self_aware,
    print_self_aware,
    self_aware_answer,
)
from evaluation.ab.watching import lost_items
from simulator.world import load_world


def seen(day, customer="c1", *, rewrite="b", defect=False, without=True):
    return Seen(
        day=day, turn_id="t", customer_id=customer, goal_id="g", text="a", rewrite=rewrite, defect=defect,
        defect_without=without, met=True,
    )  # fmt: skip


def test_days_are_pooled_around_the_fifth_and_the_last():
    requests = [seen(day) for day in range(10, 40)]
    requests.append(seen(39, "c2", defect=True, without=False))
    figures = _figures(Lived([], requests, {}), Plan(load_world("household"), 7, 4, 10, 30))
    assert figures["day_5"]["days"] == [3, 7]
    assert figures["day_30"]["days"] == [26, 30]
    assert (figures["day_5"]["wins"], figures["day_5"]["losses"]) == (5, 0)
    assert (figures["day_30"]["wins"], figures["day_30"]["losses"], figures["day_30"]["win_loss_ratio"]) == (
        5,
        1,
        5.0,
    )
    assert figures["all"]["rewritten"] == 31


def test_a_withdrawal_is_the_first_table_that_says_nothing_of_what_is_lost():
    world = load_world("household-closing")
    assert lost_items(world, 10) == {"work": 26}
    tables = {
        day: {"rewrites_to_lost": 3 if day < 28 else 0, "asking_for_lost": 2 if day < 28 else 0}
        for day in range(10, 40)
    }
    (told,) = _figures(Lived([], [seen(d) for d in range(10, 40)], tables), Plan(world, 7, 4, 10, 30))[
        "withdrawal"
    ].values()
    assert told == {
        "gone": 26, "rewrites_before": 3, "silent_from": 28, "days": 2, "rewritten_in_between": 4,
        "rewritten_later": 0,
    }  # fmt: skip


def test_both_arms_live_through_the_days(tmp_path, capsys):
    question = SelfAwareQuestion(str(written_world(tmp_path)), seed=3, customers=25, learn_days=4, days=3)
    answer = self_aware_answer(question, tmp_path / "work", lambda what, share: None)
    assert set(answer.figures["arms"]) == {"self_aware", "unaware"}
    for day in answer.figures["days"]:
        for arm in day["arms"].values():
            assert arm["table_answers"] >= arm["table_used"] >= 0
            assert arm["rewritten"] > 0
    print_self_aware(answer.figures)
    assert "wins" in capsys.readouterr().out
    draw_self_aware(answer.figures, tmp_path / "course.png")
    assert (tmp_path / "course.png").read_bytes().startswith(b"\x89PNG")
