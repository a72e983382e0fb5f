import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("peft")
pytest.importorskip("datasets")

from tiny_task import SETTINGS, ColourTask  # noqa: E402

import backbone.training.loop as loop  # noqa: E402
from backbone.encoder import add_lora, low_rank_weights  # noqa: E402
from backbone.errors import BadTrainingSettings, CheckpointOfAnotherRun, LossNotFinite  # noqa: E402
from backbone.training import TrainingSettings, as_dataset, train  # noqa: E402
from backbone.training.checkpoint import learned  # noqa: E402

FAST = dataclasses.replace(SETTINGS, checkpoint_minutes=10.0)


def _same(first, second):
    first, second = learned(first.modules), learned(second.modules)
    assert first.keys() == second.keys()
    return all(torch.equal(first[name], second[name]) for name in first)


def _losses(history):
    return [(one["loss"], one["metrics"]) for one in history]


def test_it_learns_and_says_how_it_went(tmp_path):
    task, told = ColourTask(), []
    found = train(
        task, dataclasses.replace(FAST, epochs=8), tmp_path, lambda what, share: told.append((what, share))
    )
    assert found.best["accuracy"] > 0.9
    assert found.history[-1]["loss"] < found.history[0]["loss"]
    assert [one["epoch"] for one in found.history] == list(range(1, 9))
    assert 0 <= found.history[0]["padding_share"] < 0.2
    assert json.loads((tmp_path / "history.json").read_text()) == [dict(one) for one in found.history]
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")
    assert told[-1][1] == 1.0
    assert "epoch 8 of 8: loss" in told[-1][0]
    assert not task.top.training
    assert {path.name for path in tmp_path.iterdir()} == {
        "best.safetensors", "checkpoint.safetensors", "curve.png", "history.json",
    }  # fmt: skip


def test_the_same_seed_the_same_weights_another_seed_others():
    runs = [ColourTask(), ColourTask(), ColourTask()]
    for task, seed in zip(runs, (7, 7, 8), strict=True):
        train(task, dataclasses.replace(FAST, seed=seed))
    assert _same(runs[0], runs[1])
    assert not _same(runs[0], runs[2])


def test_training_leaves_the_callers_random_numbers_alone():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    train(ColourTask(20), dataclasses.replace(FAST, epochs=1))
    assert torch.equal(torch.rand(3), expected)


class _Broken(Exception):
    pass


@pytest.mark.parametrize("after", [3, 5, 8, 12])
def test_broken_off_anywhere_it_comes_out_the_same(tmp_path, after, monkeypatch):
    whole = ColourTask()
    expected = train(whole, SETTINGS, tmp_path / "whole")
    steps = 0
    one_step = loop._Run._step

    def step(self, *given):
        nonlocal steps
        steps += 1
        if steps == after:
            raise _Broken
        one_step(self, *given)

    monkeypatch.setattr(loop._Run, "_step", step)
    with pytest.raises(_Broken):
        train(ColourTask(), SETTINGS, tmp_path / "broken")
    monkeypatch.undo()
    again = ColourTask()
    found = train(again, SETTINGS, tmp_path / "broken")
    assert _same(whole, again)
    assert _losses(found.history) == _losses(expected.history)
    assert found.best_epoch == expected.best_epoch
    weights = [(tmp_path / run / "best.safetensors").read_bytes() for run in ("whole", "broken")]
    assert weights[0] == weights[1]


@pytest.mark.slow
def test_killed_it_comes_out_the_same(tmp_path):
    whole = ColourTask()
    expected = train(whole, SETTINGS, tmp_path / "whole")
    folder, root = tmp_path / "killed", Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(root), str(root / "tests")))}
    command = [sys.executable, str(root / "tests" / "tiny_task.py"), str(folder)]
    for kill in range(3):
        process = subprocess.Popen(command, env=environment)
        seen, deadline = (folder / "checkpoint.safetensors"), time.monotonic() + 60
        before = seen.stat().st_mtime_ns if seen.exists() else 0
        while time.monotonic() < deadline and not (seen.exists() and seen.stat().st_mtime_ns > before):
            time.sleep(0.005)
        time.sleep(0.03 * kill)
        process.send_signal(signal.SIGKILL)
        process.wait()
    again = ColourTask()
    found = train(again, SETTINGS, folder)
    assert _same(whole, again)
    assert _losses(found.history) == _losses(expected.history)


def test_a_run_that_came_to_its_end_is_not_made_again(tmp_path):
    first = ColourTask()
    expected = train(first, FAST, tmp_path)
    again = ColourTask()
    found = train(again, FAST, tmp_path)
    assert again.validations == 0
    assert found == expected
    assert _same(first, again)


@pytest.mark.parametrize("change", ["settings", "data", "lora", "damaged"])
def test_another_runs_checkpoint_is_refused(tmp_path, change):
    short = dataclasses.replace(FAST, epochs=1)
    train(ColourTask(20), short, tmp_path)
    task, settings = ColourTask(21 if change == "data" else 20), short
    if change == "settings":
        settings = dataclasses.replace(short, learning_rate=1e-3)
    elif change == "lora":
        add_lora(task.top)
    elif change == "damaged":
        path = tmp_path / "checkpoint.safetensors"
        path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(CheckpointOfAnotherRun, match="another folder"):
        train(task, settings, tmp_path)


def test_what_decides_nothing_may_change_when_a_run_goes_on(tmp_path):
    train(ColourTask(20), dataclasses.replace(FAST, epochs=1), tmp_path)
    train(ColourTask(20), dataclasses.replace(FAST, epochs=1, device="cpu", checkpoint_minutes=1), tmp_path)


class _Worsening(ColourTask):
    def validate(self):
        self.validations += 1
        return {"accuracy": 1.0 if self.validations == 2 else 0.5}


def test_patience_ends_it_and_the_best_epoch_stays(tmp_path):
    task = _Worsening(20)
    found = train(task, dataclasses.replace(FAST, epochs=9, patience=2), tmp_path)
    assert found.stopped_early
    assert found.best_epoch == 2
    assert len(found.history) == 4
    two = ColourTask(20)
    two.monitored = "accuracy"
    kept = loop.load_file(tmp_path / "best.safetensors")
    assert all(torch.equal(kept[name], tensor) for name, tensor in learned(task.modules).items())


class _NoNumbers(ColourTask):
    def validate(self):
        self.validations += 1
        return {"accuracy": float("nan") if self.validations == 1 else 0.5}


def test_a_metric_that_is_no_number_is_never_the_best():
    assert train(_NoNumbers(20), dataclasses.replace(FAST, epochs=2)).best_epoch == 2


class _Lower(_Worsening):
    higher_is_better = False


def test_where_less_is_better():
    assert train(_Lower(20), dataclasses.replace(FAST, epochs=3)).best_epoch == 1


class _Infinite(ColourTask):
    def loss(self, batch):
        loss, many = super().loss(batch)
        return loss * float("inf"), many


def test_an_infinite_loss_is_told_where_it_happened():
    with pytest.raises(LossNotFinite, match="batch 1 of epoch 1"):
        train(_Infinite(20), FAST)


def test_accumulated_batches_count_as_one_large_one():
    # Without dropout and clipping, the sum of gradients is the same up to rounding, however it is cut.
    tasks = [ColourTask(batch_tokens=10_000), ColourTask(batch_tokens=100)]
    for task, accumulate in zip(tasks, (1, 1000), strict=True):
        for module in task.top.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.0
        train(task, dataclasses.replace(FAST, epochs=2, clip=None, accumulate=accumulate, learning_rate=1e-4))
    first, second = (learned(task.modules) for task in tasks)
    for name in first:
        torch.testing.assert_close(first[name], second[name], atol=2e-4, rtol=1e-3)


def test_only_low_rank_weights_and_the_head_are_kept(tmp_path):
    task = ColourTask()
    add_lora(task.top)
    frozen = {
        name: weight.clone() for name, weight in task.top.named_parameters() if not weight.requires_grad
    }
    train(task, FAST, tmp_path)
    kept = loop.load_file(tmp_path / "best.safetensors")
    assert {name for name in kept if name.startswith("top")} == {
        f"top.{name.replace('.weight', '.default.weight')}" for name in low_rank_weights(task.top)
    }
    assert {name for name in kept if not name.startswith("top")} == {"head.weight", "head.bias"}
    for name, weight in task.top.named_parameters():
        if name in frozen:
            assert torch.equal(weight, frozen[name])


def test_the_rate_rises_and_falls(monkeypatch):
    rates = []
    one_step = loop._Run._step

    def step(self, *given):
        rates.append([group["lr"] for group in self._optimizer.param_groups])
        one_step(self, *given)

    monkeypatch.setattr(loop._Run, "_step", step)
    train(ColourTask(), dataclasses.replace(FAST, warmup=0.25, accumulate=1))
    top = np.array(rates)[:, 0]
    peak = int(top.argmax())
    assert 0 < top[0] < top[peak] <= SETTINGS.learning_rate
    assert (np.diff(top[: peak + 1]) > 0).all()
    assert (np.diff(top[peak:]) < 0).all()
    assert 0 < top[-1] < 0.1 * top[peak]
    assert peak == pytest.approx(0.25 * len(top), abs=1.5)


def test_bfloat16_on_the_processor_if_asked():
    found = train(ColourTask(), dataclasses.replace(FAST, epochs=8, bf16=True, device="cpu"))
    assert found.best["accuracy"] > 0.8


def test_settings_that_do_not_hold_together_are_all_named():
    with pytest.raises(BadTrainingSettings, match=r"epochs is at least 1.*learning_rate is between.*warmup"):
        TrainingSettings(epochs=0, learning_rate=2.0, warmup=1.0)
    with pytest.raises(BadTrainingSettings, match="device is auto, cpu or cuda, not 'tpu'"):
        TrainingSettings(device="tpu")


def test_examples_are_mapped_from_disk_and_named_by_content(tmp_path):
    columns = {"rows": [[1, 2], [3]], "length": [2, 1]}
    first = as_dataset(columns, tmp_path)
    again = as_dataset(columns, tmp_path)
    assert first.cache_files
    assert again[0] == {"rows": [1, 2], "length": 2}
    assert len(list(tmp_path.iterdir())) == 1
    assert first._fingerprint == as_dataset(columns)._fingerprint
    as_dataset({**columns, "length": [2, 2]}, tmp_path)
    assert len(list(tmp_path.iterdir())) == 2
