"""The whole table job, `selflearn learn rewrites`, is killed at points of all its work: what is current stays whole."""

import random
import shutil
import time
from pathlib import Path
from typing import Any

from evaluation.durability.process import Process, product, wait_until
from evaluation.durability.trials import Outcome, Trials, summed
from evaluation.errors import TrialFailed
from rewrite_offline.errors import RewriteOfflineError
from rewrite_offline.table import Table, current_version
from selflearn.quickstart import household

__all__ = ["learning"]


def learning(trials: Trials, runs: int) -> dict[str, Any]:
    """Kill `selflearn learn rewrites` over the quickstart's log, look at the table, and learn once more.

    Every second point is drawn from the whole time that an undisturbed run takes, the others from what it takes from
    the first file of a new version on.
    """
    ready = trials.folder / f"{trials.name}-ready"
    whole, publishing = _prepared(ready)

    def trial(number: int, dice: random.Random, folder: Path) -> Outcome:
        shutil.copytree(ready / "data", folder / "data", dirs_exist_ok=True)
        root = folder / "data" / "table"
        old, content = current_version(root), Table.open(root).manifest.content
        job = _learn(folder)
        if number % 2:
            time.sleep(dice.uniform(0.0, whole))
        else:
            wait_until(lambda: bool(_drafts(root)) or current_version(root) != old, whom=job, pause=0.0005)
            time.sleep(dice.uniform(0.0, 1.15 * publishing))
        killed = job.kill()
        now = current_version(root)
        # The log is the same, so a new version says the same as the old one.
        whole_table = _is_whole(root, content)
        left = len(_drafts(root)) + len(_working(folder))
        _learn(folder).done()
        return {
            "kills": int(killed),
            "old": int(whole_table and now == old),
            "new": int(whole_table and now != old),
            "halves": int(not whole_table),
            "left_behind": left,
            "left_behind_after_the_next": len(_drafts(root)) + len(_working(folder)),
            "next_works": int(_is_whole(root, content) and current_version(root) not in (old, now)),
        }

    outcomes = trials.each(runs, trial)
    return {
        "runs": runs,
        "learning_s": round(whole, 1),
        "publishing_ms": round(1000 * publishing, 1),
        **summed(outcomes),
    }


def _prepared(folder: Path) -> tuple[float, float]:
    """Bring the log into an archive and learn twice; seconds of a run, and of its publishing."""
    shutil.rmtree(folder, ignore_errors=True)
    log = Path(next(iter(household.__path__)))
    Process.start(product(folder, ["ingest", str(log)], {}), folder / "said.txt").done()
    _learn(folder).done()
    root = folder / "data" / "table"
    before = current_version(root)
    began = time.monotonic()
    job = _learn(folder)
    if not wait_until(lambda: bool(_drafts(root)), whom=job, pause=0.0005):
        raise TrialFailed(f"`selflearn learn rewrites` published nothing; it said: {job.said()[-500:]}")
    publishes = time.monotonic()
    wait_until(lambda: current_version(root) != before, whom=job, pause=0.0005)
    published = time.monotonic() - publishes
    job.done()
    return time.monotonic() - began, published


def _learn(folder: Path) -> Process:
    return Process.start(product(folder, ["learn", "rewrites", "--force"], {}), folder / "said.txt")


def _is_whole(root: Path, content: str) -> bool:
    """Whether all files are as the manifest says, and every entry can be read."""
    try:
        table = Table.open(root)
        return table.manifest.content == content and len(list(table.values())) == len(table)
    except (RewriteOfflineError, OSError):
        return False


def _drafts(root: Path) -> list[Path]:
    return list((root / "versions").glob(".*"))


def _working(folder: Path) -> list[Path]:
    return list((folder / "data" / "state").glob("mining-*"))
