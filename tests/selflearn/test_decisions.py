"""Decisions: what is kept, and that each is found again by its request, from any process, days later."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from entries import entry
from hypothesis import given
from hypothesis import strategies as st

from selflearn.decisions import DecisionFiles, DecisionLog, key_of, why
from selflearn.messages import Context, Outcome, RewriteRequest
from selflearn.policy import HOLD_BACK, Judgement, Rejection, Switch, SwitchKind
from streams.records import Candidate, Decision, DialogueContext, Interpretation, Slot
from streams.sources import FolderSource
from tests.selflearn.taking import FOUND, MOMENT, take, taken

ROOT = Path(__file__).parents[2]
OFF = Switch(kind=SwitchKind.OFF, created=MOMENT, created_by="key k1", reason="complaints")


@pytest.fixture
def files(tmp_path):
    kept = DecisionFiles(tmp_path)
    yield kept
    kept.close()


judgements = st.sampled_from(
    [
        Judgement(Outcome.REWRITTEN, propensity=1.0),
        Judgement(Outcome.REWRITTEN, None, {HOLD_BACK: "served"}, 0.9),
        Judgement(Outcome.HELD_BACK, OFF, {HOLD_BACK: "held"}, 0.9),
        Judgement(Outcome.DRY_RUN, OFF),
        Judgement(Outcome.REWRITING_OFF, OFF),
        Judgement(Outcome.NEVER_REWRITTEN, OFF),
        Judgement(Outcome.BLOCKED, "the table blocks it: no"),
        Judgement(Outcome.REJECTED, Rejection("f1", MOMENT)),
        Judgement(Outcome.NO_REWRITE),
    ]
)


#: Words that would mislead who looks for the same in JSON.
misleading = st.sampled_from(
    ['","rewrite":"', ',"rewrite":', '","table_version":"', ',"table_version":', "\\", '"', "}\n", "x"]
)
words = st.text(min_size=1, max_size=9) | st.lists(misleading, min_size=1, max_size=3).map("".join)
rewrites = st.builds(
    lambda target, meant, blocked: FOUND.model_copy(
        update={"target": target, "interpretation": meant, "blocked": blocked}
    ),
    words,
    st.none()
    | st.builds(
        Interpretation,
        intent=words,
        slots=st.lists(st.builds(Slot, name=words, value=words), max_size=2),
        # A newer writer may have added anything.
        table_version=words,
        rewrite=words,
    ),
    st.none() | words,
)


@given(
    request_id=words,
    tenant=words,
    version=words,
    found=st.none() | st.sampled_from((FOUND, entry("a", "b", "room", blocked="no"))) | rewrites,
    judgement=judgements,
    request=st.builds(
        RewriteRequest,
        utterance=st.text(max_size=20),
        customer_id=st.none() | st.text(min_size=1, max_size=9),
        device_id=st.none() | st.just("d1"),
        context=st.none()
        | st.builds(
            Context,
            asked=st.none() | st.text(min_size=1, max_size=5),
            prompt=st.none() | st.text(max_size=5),
        ),
    ),
)
def test_the_line_is_the_record(request_id, tenant, version, found, judgement, request):
    """Built without the model, it says what the model built from the same would say."""
    chosen = found is not None and judgement.outcome in (
        Outcome.REWRITTEN,
        Outcome.HELD_BACK,
        Outcome.DRY_RUN,
    )
    one = take(request, tenant, request_id, found, judgement, version)
    expected = Decision(
        tenant_id=tenant,
        request_id=request_id,
        time=one.record().time,
        utterance=request.utterance,
        customer_id=request.customer_id,
        device_id=request.device_id,
        context=None
        if request.context is None
        else DialogueContext(asked=request.context.asked, prompt=request.context.prompt),
        candidates=()
        if found is None
        else (
            Candidate(
                utterance=found.target,
                interpretation=found.interpretation,
                source="table",
                win_probability=found.win_probability,
                propensity=judgement.propensity,
                rewrite_id=found.rewrite_id,
                refused=None if chosen else found.blocked or judgement.because,
            ),
        ),
        chosen=0 if chosen else None,
        applied=not (chosen and judgement.outcome is not Outcome.REWRITTEN),
        outcome=judgement.outcome.value,
        because=judgement.because,
        versions={"table": version},
        arms=judgement.arms,
    )
    assert one.record() == expected
    assert abs(one.record().time.timestamp() - time.time()) < 3600
    assert one.line().count(b"\n") == 1


def test_each_is_found_by_tenant_and_request_the_newest_of_the_same(files):
    files.keep(
        [
            taken("r1").kept(),
            taken("r2", utterance="stop", found=None).kept(),
            taken("r1", "other", "hello").kept(),
        ]
    )
    files.keep([taken("r1", utterance="newer").kept()])
    assert files.find("default", "r1").utterance == "newer"
    assert files.find("default", "r2").candidates == ()
    assert files.find("other", "r1").utterance == "hello"
    assert files.find("other", "r2") is None
    assert files.find("default", "gone") is None


def test_a_folder_source_reads_them_and_nothing_else(files, tmp_path):
    files.keep([taken(f"r{number}").kept() for number in range(3)])
    read = [
        Decision.model_validate_json(one.raw)
        for one in FolderSource(tmp_path, topics=[Decision.topic]).poll(10)
    ]
    assert [one.request_id for one in read] == ["r0", "r1", "r2"]


def test_expired_files_are_forgotten(files, tmp_path):
    files.keep([taken("r1").kept()])
    (kept,) = (tmp_path / "selflearn.decisions").iterdir()
    kept.unlink()
    assert files.find("default", "r1") is None
    assert files.index.complete() == 0
    assert list((tmp_path / "index").glob("*.keys")) == []


def older(tmp_path, day, *lines):
    """Write a file of decisions that no index knows."""
    folder = tmp_path / "selflearn.decisions"
    folder.mkdir(exist_ok=True)
    path = folder / f"{day}T10-77-abcdef.jsonl"
    with path.open("ab") as file:
        file.writelines(lines)
    return path


def test_the_index_is_made_anew_from_the_files(files, tmp_path):
    files.keep([taken("r1").kept(), taken("r2").kept()])
    older(tmp_path, "2026-01-05", taken("old").line(), b"{\n", taken("r1", utterance="older").line())
    assert files.index.complete() == 2
    assert files.find("default", "old").request_id == "old"
    assert files.find("default", "r1").utterance == "play x"
    files.close()
    for part in (tmp_path / "index").iterdir():
        part.unlink()
    again = DecisionFiles(tmp_path)
    assert again.find("default", "r1") is None
    assert again.index.complete() == 4
    assert again.index.complete() == 0
    for request_id in ("r1", "r2", "old"):
        assert again.find("default", request_id).request_id == request_id
    assert again.find("default", "r1").utterance == "play x"


def test_what_a_crash_left_out_of_the_index_is_noted_at_the_next_start(files, tmp_path):
    day = "2026-01-05"
    path = older(tmp_path, day, taken("r1").line())
    assert files.index.complete() == 1
    older(tmp_path, day, taken("r2").line(), taken("r3").line()[:-20])
    assert files.index.complete() == 1
    assert files.find("default", "r2") is not None
    assert files.find("default", "r3") is None
    with path.open("ab") as file:
        file.write(taken("r3").line()[-20:])
    assert files.index.complete() == 1
    assert files.find("default", "r3") is not None


@pytest.mark.parametrize(
    "damage",
    [lambda keys: keys[:-5], lambda keys: keys[:24] + b"\xff" * 8 + keys[32:], lambda keys: b"x" * 320],
)
def test_a_damaged_index_is_made_anew(tmp_path, damage):
    path = older(tmp_path, "2026-01-05", taken("r1").line(), taken("r2").line())
    kept = DecisionFiles(tmp_path)
    assert kept.index.complete() == 2
    keys = tmp_path / "index" / f"{path.name}.keys"
    keys.write_bytes(damage(keys.read_bytes()))
    assert kept.index.complete() > 0
    assert kept.index.complete() == 0
    for request_id in ("r1", "r2"):
        assert kept.find("default", request_id).request_id == request_id


def test_older_decisions_are_noted_while_new_ones_are_kept(tmp_path):
    """The thread that completes the index and the one that writes use it at once."""
    for hour in range(200):
        older(tmp_path, f"2026-01-{1 + hour // 24:02d}T{hour % 24:02d}", taken(f"old{hour}").line())
    files = DecisionFiles(tmp_path)
    completing = threading.Thread(target=files.begin)
    completing.start()
    number = 0
    while completing.is_alive() or number < 50:
        files.keep([taken(f"new{number}").kept()])
        number += 1
    completing.join()
    for request_id in [*(f"old{hour}" for hour in range(200)), *(f"new{n}" for n in range(number))]:
        assert files.find("default", request_id).request_id == request_id


def test_processes_write_side_by_side(files, tmp_path):
    """Another process writes the same day's index; each finds what the other wrote."""
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from selflearn.decisions import DecisionFiles\n"
        "from tests.selflearn.taking import taken\n"
        "kept = DecisionFiles(Path(sys.argv[1]))\n"
        "for n in range(200): kept.keep([taken(f'b{n}').kept()])\n"
        "assert kept.find('default', 'a0').request_id == 'a0'\n"
    )
    files.keep([taken("a0").kept()])
    number = 0
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}
    command = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(command, env=environment) as other:
        while other.poll() is None:
            number += 1
            files.keep([taken(f"a{number}").kept()])
    assert other.returncode == 0
    names = [f"a{n}" for n in range(number + 1)] + [f"b{n}" for n in range(200)]
    for name in names[:: max(1, len(names) // 500)]:
        assert files.find("default", name).request_id == name


class TestLog:
    """The thread between answers and files."""

    def test_found_at_once_and_after_it_was_written(self, files):
        log = DecisionLog(files, every=60)
        log.take(taken("r1"))
        log.take(taken("r1", utterance="newer"))
        assert log.find("default", "r1").utterance == "newer"
        assert log.find("other", "r1") is None
        assert files.find("default", "r1") is None
        log.close()
        assert files.find("default", "r1").utterance == "newer"

    def test_it_is_found_at_every_moment_while_it_is_written(self, tmp_path):
        log = DecisionLog(DecisionFiles(tmp_path), every=0.001)
        missed = []

        def look():
            for number in range(300):
                log.take(taken(f"r{number}"))
                looks = [log.find("default", f"r{number}") for _ in range(5)]
                missed.extend(look for look in looks if look is None)

        lookers = [threading.Thread(target=look) for _ in range(2)]
        for looker in lookers:
            looker.start()
        for looker in lookers:
            looker.join()
        log.close()
        assert missed == []
        assert log.dropped == 0

    def test_at_the_start_it_notes_what_was_not(self, files, tmp_path):
        older(tmp_path, "2026-01-05", taken("old").line())
        log = DecisionLog(files, every=0.001)
        log.take(taken("r1"))
        log.close()
        assert files.find("default", "old").request_id == "old"


def test_lines_that_do_not_fit_any_more_are_taken_back(tmp_path):
    """The system takes a part of them, as it does where the disk is full."""
    code = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from selflearn.decisions import GrowingFiles\n"
        "files = GrowingFiles(Path(sys.argv[1]))\n"
        "files.append([b'one\\n', b'two\\n'])\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10, resource.RLIM_INFINITY))\n"
        "try: files.append([b'three\\n'])\n"
        "except OSError: print('refused')\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))\n"
        "print(files.append([b'four\\n']).offset)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["refused", "8"]
    (written,) = tmp_path.iterdir()
    assert written.read_bytes() == b"one\ntwo\nfour\n"


def test_keys_of_tenant_and_request_do_not_run_into_one_another():
    assert key_of("a", "bc") != key_of("ab", "c")


@pytest.mark.parametrize(
    ("judgement", "expected"),
    [
        (Judgement(Outcome.REWRITTEN, propensity=1.0), "It was rewritten (rewritten)."),
        (Judgement(Outcome.REJECTED, Rejection("f1", MOMENT)), "The customer rejected this rewrite at"),
        (Judgement(Outcome.REWRITING_OFF, OFF), "by key k1 at 2026-03-01 12:00:00+00:00"),
        (Judgement(Outcome.HELD_BACK, OFF, {HOLD_BACK: "held"}, 0.9), "Hold back: this one is held."),
        (Judgement(Outcome.BLOCKED, "the table blocks it: no"), "The table blocks it: no."),
    ],
)
def test_why_says_who_intervened_and_when(judgement, expected):
    decision = taken(judgement=judgement, customer_id="c1").record()
    sentences = why(decision, FOUND)
    assert any(expected in sentence for sentence in sentences)
    assert sentences[0].startswith("Customer c1 said “play x”")
    assert "12 turns of 7 customers speak for it" in " ".join(sentences)
    assert "no longer" in " ".join(why(decision))


def written(folder):
    return sum(path.stat().st_size for path in folder.rglob("*.jsonl"))


def test_after_a_kill_everything_in_the_files_is_found(tmp_path):
    """A process is killed while it writes; the next one finds each whole line, and writes on."""
    code = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from selflearn.decisions import DecisionFiles, DecisionLog\n"
        "from tests.selflearn.taking import taken\n"
        "log = DecisionLog(DecisionFiles(Path(sys.argv[1])), every=0.0005, capacity=10**6)\n"
        "for n in range(10**6):\n"
        "    log.take(taken(f'{sys.argv[2]}-{n}'))\n"
        "    if n % 20 == 0: time.sleep(0.001)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}
    for turn in range(3):
        before = written(tmp_path)
        command = [sys.executable, "-c", code, str(tmp_path), str(turn)]
        with subprocess.Popen(command, env=environment) as writing:
            while written(tmp_path) == before:
                assert writing.poll() is None
            time.sleep(0.03 * turn)
            writing.kill()
    kept = DecisionFiles(tmp_path)
    kept.begin()
    lines = [line for path in tmp_path.rglob("*.jsonl") for line in path.read_bytes().splitlines(True)]
    whole = [Decision.model_validate_json(line) for line in lines if line.endswith(b"\n")]
    assert len({one.request_id.split("-")[0] for one in whole}) == 3
    for one in whole[:: max(1, len(whole) // 300)]:
        assert kept.find("default", one.request_id) == one
    kept.keep([taken("after").kept()])
    assert kept.find("default", "after") is not None
