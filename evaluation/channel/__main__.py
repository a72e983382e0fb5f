"""Fit the shipped noise profiles anew: `python -m evaluation.channel --data FOLDER --out FILE`.

The figures of the fitted profiles are printed by `selflearn evaluate channel`.
"""

import argparse
from dataclasses import asdict
from pathlib import Path

from backbone.noise import PROFILES, ChannelProfile
from evaluation.channel.fitting import fit, fit_scores
from evaluation.channel.lists import CORPORA

_HEAD = """# Noise profiles; backbone/noise/profiles.py says what each number means.
# Written by `python -m evaluation.channel`; what is stated and not fitted is copied from the file before.
"""
_TITLES = {
    "telephone": "A telephone, often in a noisy room: fitted to the live lists of DSTC2 train.",
    "close": "A microphone close to the mouth: fitted to the lists of real ATIS recordings (HyPoradise).",
    "far_field": "A device across the room: stated, not fitted, between the two others.",
}


def _main() -> None:
    arguments = argparse.ArgumentParser(description="Fit the noise profiles to recognisers' lists.")
    arguments.add_argument("--data", type=Path, required=True, help="Folder of the public corpora.")
    arguments.add_argument("--out", type=Path, required=True, help="The profiles' file; written at the end.")
    arguments.add_argument("--only", choices=[corpus.name for corpus in CORPORA], help="Default: all.")
    arguments.add_argument("--rounds", type=int, default=6)
    arguments.add_argument("--utterances", type=int, default=3_000)
    arguments.add_argument("--seed", type=int, default=0)
    given = arguments.parse_args()
    profiles = dict(PROFILES)
    for corpus in CORPORA:
        if given.only in (None, corpus.name):
            train, _ = corpus.read(given.data)
            fitted, misfit = fit(
                train,
                PROFILES[corpus.profile],
                fixed=corpus.fixed,
                rounds=given.rounds,
                utterances=given.utterances,
                seed=given.seed,
                step=lambda what, done: print(f"\r{done:.0%}, {what}   ", end="", flush=True),
            )
            profiles[corpus.profile] = fit_scores(train, fitted, given.seed)
            print(f"\r{corpus.name}: misfit {misfit:.1f}            ")
    beside = given.out.with_name(f".{given.out.name}.part")
    beside.write_text(_HEAD + "".join(_told(*item) for item in profiles.items()), encoding="utf-8")
    beside.replace(given.out)


def _told(name: str, profile: ChannelProfile) -> str:
    numbers = "".join(f"{key} = {value}\n" for key, value in asdict(profile).items())
    return f"\n# {_TITLES[name]}\n[{name}]\n{numbers}"


if __name__ == "__main__":
    _main()
