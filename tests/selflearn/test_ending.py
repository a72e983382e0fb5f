"""Signals that end work in good order."""

import signal
import subprocess
import sys

import pytest

from selflearn.ending import until_told

#: Who waits in short stretches, as for room on a disk, is hit by the signal at any point of the waiting.
_ROUNDS = """
import os, random, signal, threading, time
from selflearn.ending import until_told
for number in range(1500):
    with until_told() as ended:
        def tell():
            time.sleep(random.random() / 1000)
            os.kill(os.getpid(), signal.SIGTERM)
        teller = threading.Thread(target=tell)
        teller.start()
        while not ended.is_set():
            ended.wait(1e-6)
        teller.join()
print("all ended")
"""


def test_a_signal_at_any_moment_ends_the_waiting():
    done = subprocess.run([sys.executable, "-c", _ROUNDS], capture_output=True, text=True, timeout=120)
    assert done.stdout == "all ended\n", done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_both_signals_end_and_the_former_handlers_come_back(number):
    before = signal.getsignal(number)
    with until_told() as ended:
        signal.raise_signal(number)
        assert ended.wait(10)
    assert signal.getsignal(number) == before
