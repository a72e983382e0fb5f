"""A task for tests of the training loop: does a text name a colour? Also run as a process, to be killed."""

import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

from backbone.encoder import read_texts, split, tiny_bert
from backbone.states import assemble
from backbone.training import Task, TrainingSettings, batches_by_length, train

COLOURS = ("red", "green", "blue", "pink")
NAMES = ("anna", "bob", "cleo", "dan", "eve", "fred", "gil", "hal")
THINGS = ("the box is", "a car was", "it is", "my shirt will be")


def examples(number, seed):
    rng = np.random.default_rng(seed)
    texts, labels = [], []
    for _ in range(number):
        label = int(rng.integers(2))
        texts.append(f"{rng.choice(THINGS)} {rng.choice(COLOURS if label else NAMES)}")
        labels.append(label)
    return texts, np.array(labels)


class ColourTask:
    monitored = "accuracy"
    higher_is_better = True

    def __init__(self, number=120, slow=0.0, batch_tokens=300):
        encoder = tiny_bert()
        trunk, self.top = split(encoder, 0)
        with torch.random.fork_rng():
            torch.manual_seed(0)
            self.head = nn.Linear(encoder.hidden, 1)
        texts, self.labels = examples(number, 1)
        self.states = read_texts(trunk, texts)
        self.rows = np.array([self.states.numbers[text] for text in texts])
        self.fingerprint = f"colours {number} {trunk.fingerprint}"
        self.slow, self.batch_tokens = slow, batch_tokens
        self.validations = 0

    @property
    def modules(self):
        return {"top": self.top, "head": self.head}

    def batches(self, epoch, rng):
        return batches_by_length(self.states.lengths[self.rows], self.batch_tokens, rng=rng)

    def _answers(self, batch):
        found = assemble(self.states, [[self.rows[number]] for number in batch])
        device = self.head.weight.device
        states = torch.from_numpy(found.states).to(device, torch.float32)
        mask = torch.from_numpy(found.mask).to(device)
        pooled = (self.top(states, mask) * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        return self.head(pooled)[:, 0]

    def loss(self, batch):
        time.sleep(self.slow)
        wanted = torch.from_numpy(self.labels[batch]).to(self.head.weight.device, torch.float32)
        return nn.functional.binary_cross_entropy_with_logits(
            self._answers(batch), wanted, reduction="sum"
        ), len(batch)

    def validate(self):
        self.validations += 1
        everything = np.arange(len(self.labels))
        right = (self._answers(everything) > 0).cpu().numpy() == (self.labels > 0)
        return {"accuracy": float(right.mean())}


_: type[Task] = ColourTask

SETTINGS = TrainingSettings(
    epochs=4,
    learning_rate=3e-3,
    head_learning_rate=1e-2,
    patience=None,
    threads=1,
    checkpoint_minutes=0,
    accumulate=2,
)

if __name__ == "__main__":
    train(ColourTask(slow=0.02), SETTINGS, Path(sys.argv[1]))
