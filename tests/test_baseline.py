"""What is accepted stays accepted while it moves, and nothing else does."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Run

from quality.document import Document, Report
from quality.errors import ConfigError
from quality.gate import Problem, judge
from quality.gate.baseline import Baseline, entries_of
from quality.scoring import Scorer
from quality.settings import Settings

ROOT = Path(__file__).parents[1]
ONE = "It was brokenly made by the people of the town in those days.\n"
TWO = "And it was brokenly kept by all of their children until today.\n"
FINE = "Nothing else of any importance was told about it by anybody.\n"


def places(done: subprocess.CompletedProcess[bytes]) -> list[str]:
    return [" ".join(line.split()[:2]) for line in done.stdout.decode().splitlines()]


@pytest.fixture
def accepted(stand_in: Run, tmp_path: Path) -> Path:
    """A directory with an accepted file of two damaged paragraphs."""
    (tmp_path / "a.txt").write_text(ONE + FINE + TWO)
    done = stand_in("check", "--write-baseline", "a.txt")
    assert (done.returncode, done.stdout) == (0, b"")
    assert stand_in("check", "a.txt").returncode == 0
    return tmp_path


def test_what_is_accepted_passes_in_silence(stand_in: Run, accepted: Path) -> None:
    done = stand_in("check", "a.txt")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.txt", FINE + TWO + FINE + ONE),
        ("a.txt", ONE.replace("by the people of the town", "by people from the next town") + FINE + TWO),
        ("a.txt", ONE.replace(" ", "  ") + "\r\n" + TWO),
        ("a.txt", TWO),
        ("moved here/b.txt", ONE + FINE + TWO),
        ("moved here/b.txt", ONE.rstrip("\n") + " " + FINE + TWO),
    ],
    ids=["paragraphs moved", "words beside it edited", "blanks and line ends", "half of it gone", "renamed", "joined"],
)
def test_moves_and_edits_elsewhere_do_not_revive_it(stand_in: Run, accepted: Path, name: str, text: str) -> None:
    (accepted / "a.txt").unlink()
    (accepted / name).parent.mkdir(exist_ok=True)
    (accepted / name).write_bytes(text.encode())
    assert places(stand_in("check", name)) == []


def test_new_damage_in_an_accepted_file_fails_alone(stand_in: Run, accepted: Path) -> None:
    (accepted / "a.txt").write_text(ONE + "The bridge too was brokenly put over the river.\n" + FINE + TWO)
    assert places(stand_in("check", "a.txt")) == ["a.txt:2:20: M101"]
    (accepted / "a.txt").write_text(ONE.rstrip("\n") + " The bridge too was brokenly put over it.\n" + FINE + TWO)
    assert places(stand_in("check", "a.txt")) == ["a.txt:1:82: M101"]


def test_another_text_is_not_accepted_for_its_name(stand_in: Run, accepted: Path) -> None:
    (accepted / "a.txt").write_text("Another story, brokenly told from its very first word on to the last.\n" * 2)
    assert places(stand_in("check", "a.txt"))[0] == "a.txt:1:1: M100"


def test_stale_entries_are_told_and_dropped_when_it_is_written_again(stand_in: Run, accepted: Path) -> None:
    (accepted / "b.txt").write_text("Something else is brokenly said in this one, which nobody has changed.\n")
    stand_in("check", "--write-baseline", ".")
    before = (accepted / ".quality-baseline").read_text().splitlines()
    (accepted / "a.txt").write_text(FINE + TWO)
    stale = "quality: .quality-baseline: 2 entries match nothing any more; --write-baseline drops what is stale\n"
    assert stand_in("check", "a.txt").stderr.decode() == stale
    assert stand_in("check", "b.txt").stderr == b""
    stand_in("check", "--write-baseline", "a.txt")
    after = (accepted / ".quality-baseline").read_text().splitlines()
    assert set(after) < set(before)
    assert len(before) - len(after) == 2
    assert any("b.txt" in line for line in after)
    (accepted / "b.txt").unlink()
    assert b"entries match nothing any more" in stand_in("check", ".").stderr
    stand_in("check", "--write-baseline", ".")
    assert not any("b.txt" in line for line in (accepted / ".quality-baseline").read_text().splitlines())


def test_a_renamed_file_stays_accepted_whatever_is_written_meanwhile(stand_in: Run, accepted: Path) -> None:
    (accepted / "in").mkdir()
    (accepted / "a.txt").rename(accepted / "in" / "b.txt")
    (accepted / "c.txt").write_text("Something else is brokenly said in this one, which nobody has changed.\n")
    assert b"nothing any more" not in stand_in("check", "c.txt").stderr
    assert stand_in("check", "--write-baseline", "c.txt").returncode == 0
    assert stand_in("check", "in/b.txt").returncode == 0
    assert stand_in("check", "--write-baseline", ".").returncode == 0
    written = (accepted / ".quality-baseline").read_text()
    assert '"in/b.txt"' in written
    assert '"a.txt"' not in written


def test_the_file_is_the_same_for_the_same_text_and_survives_a_merge(stand_in: Run, accepted: Path) -> None:
    file = accepted / ".quality-baseline"
    first = file.read_bytes()
    (accepted / "b.txt").write_text("fine")
    assert stand_in("check", "--write-baseline", "b.txt", "a.txt").returncode == 0
    assert file.read_bytes() == first
    comments, entries = first.splitlines(True)[:2], first.splitlines(True)[2:]
    assert all(line.startswith(b"#") for line in comments)
    assert entries == sorted(entries)
    file.write_bytes(b"".join([*reversed(entries), *comments, *entries]))  # merged by union, in any order
    assert stand_in("check", "a.txt").returncode == 0
    stand_in("check", "--write-baseline", "a.txt")
    assert file.read_bytes() == first


def test_the_baseline_lies_where_the_configuration_or_repository_does(stand_in: Run, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text(ONE + TWO)
    done = stand_in("check", "--write-baseline", "in")
    assert done.stderr.decode().startswith("quality: .quality-baseline: 4 entries accepted, 4 of them new; 0 stale")
    assert '"in/a.txt"' in (tmp_path / ".quality-baseline").read_text()
    assert stand_in("check", "in/a.txt").returncode == 0
    (tmp_path / ".quality-baseline").rename(tmp_path / "accepted")
    assert stand_in("check", "in").returncode == 1
    assert stand_in("check", "--baseline", "accepted", "in").returncode == 0
    done = stand_in("check", "--baseline", "missing", "in")
    assert done.returncode == 2
    assert done.stderr.decode().startswith("quality: missing: no readable baseline (No such file or directory); write")


@pytest.mark.parametrize("line", ["<<<<<<< HEAD", "S200 paragraph 12", 'S200 paragraph 0123456789abcdef "a"', "S200"])
def test_a_broken_line_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "b").write_text(f"# comment\n\n{line}\n")
    with pytest.raises(ConfigError, match=r"b:3: is no line of a baseline; remove it, or write all with"):
        Baseline.read(str(tmp_path / "b"))


# --- with the real scorer -----------------------------------------------------------------------------


def accepting(report: Report) -> Baseline:
    document = Document(report.text, path="a.txt")
    return Baseline("b", entries_of(judge(document, report, Settings()).problems, report, "a.txt"))


SPUN = [ROOT / "seeds" / name for name in ("en-spun-mild-bees.txt", "en-spun-severe-reading-room.txt")]
TRANSLATED = ROOT / "seeds" / "de-mt-severe-garden.txt"
NEW_SENTENCE = (
    "He solely detected in the Gregorian calendar month that the roof was ne'er repaired by the United Nations agency."
)


class Accepted:
    """A seed that the baseline holds, to which sentences are added."""

    def __init__(self, path: Path) -> None:
        self._scorer, self._language = Scorer(), path.name[:2]
        self._lines = path.read_text(encoding="utf-8").splitlines()
        report = self._scorer.score("\n".join(self._lines), path="a.txt")
        assert report.verdict == "damaged"
        self._baseline = accepting(report)

    def failing(self, text: str) -> tuple[Problem, ...]:
        alone = Scorer(language=self._language).score_batch
        report = self._scorer.score(text, path="a.txt")
        judged = judge(Document(text, path="a.txt"), report, Settings(), baseline=(self._baseline, alone))
        return judged.failing

    def with_paragraph(self, sentence: str) -> str:
        return "\n".join([*self._lines[:3], sentence, *self._lines[3:]])

    def with_sentence(self, sentence: str) -> str:
        return "\n".join([*self._lines[:2], f"{self._lines[2]} {sentence}", *self._lines[3:]])


@pytest.mark.parametrize("path", SPUN, ids=lambda path: path.name)
@pytest.mark.parametrize("add", [Accepted.with_paragraph, Accepted.with_sentence], ids=["apart", "in a paragraph"])
def test_one_new_spun_sentence_in_an_accepted_file_fails_for_that_sentence_alone(
    path: Path, add: Callable[[Accepted, str], str]
) -> None:
    accepted = Accepted(path)
    assert accepted.failing("\n".join(accepted._lines)) == ()
    text = add(accepted, NEW_SENTENCE)
    failing = accepted.failing(text)
    start = text.index(NEW_SENTENCE)
    assert failing
    assert all(start <= problem.start and problem.end <= start + len(NEW_SENTENCE) for problem in failing)


@pytest.mark.parametrize("path", [SPUN[1], TRANSLATED], ids=lambda path: path.name)
def test_clean_sentences_in_an_accepted_file_do_not_fail(path: Path) -> None:
    """The signs in them, shown since the document is called, are no damage by themselves: one in ten may look so."""
    accepted = Accepted(path)
    clean = [
        sentence
        for seed in sorted((ROOT / "seeds").glob(f"{path.name[:2]}-clean-*.txt"))
        for sentence in re.findall(r"[^\W_][^.!?]{60,}[.!?](?=\s)", seed.read_text(encoding="utf-8"))[:3]
    ]
    assert len(clean) >= 30
    failing = [sentence for sentence in clean if accepted.failing(accepted.with_sentence(sentence))]
    assert len(failing) <= len(clean) / 10, failing


def test_an_accepted_file_that_was_edited_all_over_stays_accepted() -> None:
    """Half of its sentences are mended: what is left of the damage is known, what is new is clean."""
    accepted = Accepted(TRANSLATED)
    lines = [line for line in accepted._lines if line]
    clean = (ROOT / "seeds" / "de-clean-garden.txt").read_text(encoding="utf-8").splitlines()
    assert accepted.failing("\n".join(clean[:3] + lines[: len(lines) // 2 + 1])) == ()


def test_the_specimens_are_accepted_and_a_new_sentence_is_not(quality: Run, shared: Path, tmp_path: Path) -> None:
    for path in (shared / "seeds").glob("*.txt"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    done = quality("check", ".")
    assert done.returncode == 1
    whole = [line for line in done.stdout.decode().splitlines() if line.split()[1] in ("M100", "S200")]
    assert [line.split()[1] for line in whole] == ["M100"] * 4 + ["S200"]
    assert len({line.split(":")[0] for line in whole}) == 5
    assert quality("check", "--write-baseline", ".").returncode == 0
    assert quality("check", ".").returncode == 0
    spun = tmp_path / whole[-1].split(":")[0]
    text = spun.read_text(encoding="utf-8")
    spun.write_text(f"{text}\n{NEW_SENTENCE}\n", encoding="utf-8")
    done = quality("check", ".")
    assert done.returncode == 1
    last = len(spun.read_text(encoding="utf-8").splitlines())
    assert {line.split(":")[1] for line in done.stdout.decode().splitlines()} == {str(last)}
