"""The hook as people use it: the real pre-commit, which installs this repository, in real git repositories."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SPUN = (ROOT / "seeds" / "en-spun-severe-bees.txt").read_text(encoding="utf-8")
CLEAN = (ROOT / "seeds" / "en-clean-bees.txt").read_text(encoding="utf-8")
SENTENCE = (
    "He solely detected in the Gregorian calendar month that the roof was ne'er repaired by the United Nations agency."
)
#: The checks of a change must not pass because nothing could be installed.
REQUIRED = "QUALITY_REQUIRE_HOOK"


def run(directory: Path, *command: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=directory, env=env, capture_output=True, text=True, timeout=900)


def git(directory: Path, *args: str, env: Mapping[str, str], check: bool = True) -> subprocess.CompletedProcess[str]:
    done = run(directory, "git", *args, env=env)
    assert done.returncode == 0 or not check, done.stderr
    return done


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment in which neither this checkout nor the user's settings can be found."""
    home = tmp_path_factory.mktemp("home")
    ours = ("PYTHON", "QUALITY", "GIT_", "PRE_COMMIT", "VIRTUAL_ENV")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    identity = {f"GIT_{who}_{what}": "t@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    return {
        **kept, **identity, "HOME": str(home), "PRE_COMMIT_HOME": str(home / "pre-commit"), "GIT_CONFIG_NOSYSTEM": "1",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
    }  # fmt: skip


@pytest.fixture(scope="session")
def hook(tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> str:
    """A .pre-commit-config.yaml whose hook comes from a repository of the tracked files, already installed."""
    pytest.importorskip("pre_commit", reason="pre-commit is in the extra [test]")
    source = tmp_path_factory.mktemp("source") / "quality"
    listed = run(ROOT, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", env=environment)
    names = [name for name in listed.stdout.split("\0") if name]
    if listed.returncode != 0:  # a copy without its repository, in which environments and caches may lie
        paths = [path.relative_to(ROOT) for path in ROOT.rglob("*")]
        names = [str(path) for path in paths if not any(part.startswith(".") for part in path.parts[:-1])]
    for name in names:
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    for command in (["init", "-q"], ["add", "-A", "-f"], ["commit", "-qm", "quality"]):
        git(source, *command, env=environment)
    revision = git(source, "rev-parse", "HEAD", env=environment).stdout.strip()
    config = f"repos:\n  - repo: {source}\n    rev: {revision}\n    hooks:\n      - id: quality-check\n"
    scratch = tmp_path_factory.mktemp("scratch")
    git(scratch, "init", "-q", env=environment)
    (scratch / ".pre-commit-config.yaml").write_text(config)
    done = run(scratch, sys.executable, "-m", "pre_commit", "install-hooks", env=environment)
    if done.returncode != 0:
        reason = f"the hook cannot be installed here: {done.stdout[-2000:]}{done.stderr[-500:]}"
        assert not os.environ.get(REQUIRED), reason
        pytest.skip(reason)
    return config


@pytest.fixture
def repository(tmp_path: Path, hook: str, environment: dict[str, str]) -> Path:
    """A repository with the hook switched on and a clean file in it."""
    git(tmp_path, "init", "-q", "-b", "main", env=environment)
    (tmp_path / ".pre-commit-config.yaml").write_text(hook)
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "clean.txt").write_text(CLEAN, encoding="utf-8")
    assert run(tmp_path, sys.executable, "-m", "pre_commit", "install", env=environment).returncode == 0
    commit(tmp_path, environment)
    return tmp_path


def commit(directory: Path, env: Mapping[str, str]) -> None:
    git(directory, "add", "-A", env=env)
    done = git(directory, "commit", "-qm", "change", env=env, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def accept(directory: Path, env: Mapping[str, str]) -> None:
    """Write the baseline with the program that the hook runs."""
    program = next(Path(env["PRE_COMMIT_HOME"]).glob("repo*/py_env-*/bin/quality"))
    assert run(directory, str(program), "check", "--write-baseline", ".", env=env).returncode == 0


def refused(directory: Path, env: Mapping[str, str]) -> list[str]:
    """What a refused commit prints of the form path:line:column: CODE message."""
    done = git(directory, "commit", "-qm", "change", env=env, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    output = done.stdout + done.stderr
    assert "exit code: 1" in output
    return [line for line in output.splitlines() if line.count(":") >= 3 and not line.startswith("quality:")]


def test_clean_files_pass_whatever_they_are_called_and_however_many(
    repository: Path, environment: dict[str, str]
) -> None:
    for number in range(60):
        (repository / "seeds" / f"page {number} – größer.txt").write_text(CLEAN, encoding="utf-8")
    (repository / "seeds" / "notes.md").write_text(f"# Bees\n\n{CLEAN}", encoding="utf-8")
    commit(repository, environment)


def test_damage_is_refused_with_its_place_and_way_out(repository: Path, environment: dict[str, str]) -> None:
    (repository / "seeds" / "mein Text ä.txt").write_text(SPUN, encoding="utf-8")
    records = [json.dumps({"text": text}) for text in ("Fine.", SPUN)]
    (repository / "all.jsonl").write_text("\n".join(records) + "\n", encoding="utf-8")
    (repository / "program.py").write_text(f'"""{SPUN}"""', encoding="utf-8")
    git(repository, "add", "-A", env=environment)
    shown = refused(repository, environment)
    assert shown[0].startswith("all.jsonl:2:1: S200 document reads as spun")
    assert any(line.startswith("seeds/mein Text ä.txt:1:1: S200 document reads as spun") for line in shown)
    assert {line.split(":")[0] for line in shown} == {"all.jsonl", "seeds/mein Text ä.txt"}
    done = git(repository, "commit", "-qm", "change", env=environment, check=False)
    assert "quality explain S200" in done.stdout + done.stderr


def test_what_is_staged_is_judged_and_not_what_lies_about(repository: Path, environment: dict[str, str]) -> None:
    page = repository / "seeds" / "page.txt"
    page.write_text(CLEAN, encoding="utf-8")
    git(repository, "add", "-A", env=environment)
    page.write_text(SPUN, encoding="utf-8")
    git(repository, "commit", "-qm", "clean", env=environment)
    assert page.read_text(encoding="utf-8") == SPUN
    git(repository, "add", "-A", env=environment)
    page.write_text(CLEAN, encoding="utf-8")
    assert refused(repository, environment)[0].startswith("seeds/page.txt:1:1: S200")


def test_deleted_renamed_and_merged_files_are_no_trouble(repository: Path, environment: dict[str, str]) -> None:
    page = repository / "seeds" / "page.txt"
    page.write_text(CLEAN, encoding="utf-8")
    commit(repository, environment)
    git(repository, "mv", "seeds/page.txt", "seeds/new name.txt", env=environment)
    commit(repository, environment)
    git(repository, "checkout", "-qb", "side", env=environment)
    (repository / "seeds" / "side.txt").write_text(CLEAN, encoding="utf-8")
    commit(repository, environment)
    git(repository, "checkout", "-q", "main", env=environment)
    (repository / "seeds" / "new name.txt").unlink()
    commit(repository, environment)
    git(repository, "merge", "-q", "--no-edit", "side", env=environment)
    git(repository, "checkout", "-q", "side", env=environment)
    (repository / "seeds" / "side.txt").write_text(SPUN, encoding="utf-8")
    git(repository, "add", "-A", env=environment)
    git(repository, "commit", "-qm", "damage", "--no-verify", env=environment)
    git(repository, "checkout", "-q", "main", env=environment)
    (repository / "seeds" / "side.txt").write_text(f"{CLEAN}\nOne more line.\n", encoding="utf-8")
    commit(repository, environment)
    git(repository, "merge", "-q", "--no-edit", "side", env=environment, check=False)  # a conflict
    (repository / "seeds" / "side.txt").write_text(SPUN, encoding="utf-8")
    git(repository, "add", "-A", env=environment)
    assert refused(repository, environment)[0].startswith("seeds/side.txt:1:1: S200")
    (repository / "seeds" / "side.txt").write_text(CLEAN, encoding="utf-8")
    commit(repository, environment)


def test_the_seeds_that_are_clean_pass_in_silence(repository: Path, environment: dict[str, str]) -> None:
    for path in (ROOT / "seeds").glob("*-clean-*"):
        (repository / "seeds" / path.name).write_bytes(path.read_bytes())
    git(repository, "add", "-A", env=environment)
    done = run(repository, sys.executable, "-m", "pre_commit", "run", "--verbose", env=environment)
    assert done.returncode == 0, done.stdout
    assert not [line for line in done.stdout.splitlines() if "seeds/" in line or line.startswith("quality:")]


def test_the_specimens_are_refused_accepted_and_watched(
    repository: Path, environment: dict[str, str], shared: Path
) -> None:
    for path in (shared / "seeds").glob("*.txt"):
        (repository / "seeds" / path.name).write_bytes(path.read_bytes())
    git(repository, "add", "-A", env=environment)
    whole = [line.split(" ")[:2] for line in refused(repository, environment) if ":1:1: " in line and "00 doc" in line]
    assert [code for _, code in whole] == ["M100"] * 4 + ["S200"]
    assert len({place for place, _ in whole}) == 5
    accept(repository, environment)
    commit(repository, environment)
    spun = repository / whole[-1][0].split(":")[0]
    lines = spun.read_text(encoding="utf-8").splitlines()
    lines.insert(len(lines) // 2, SENTENCE)
    spun.write_text("\n".join(lines), encoding="utf-8")
    git(repository, "add", "-A", env=environment)
    place = f"{spun.relative_to(repository)}:{lines.index(SENTENCE) + 1}:"
    assert all(line.startswith(place) for line in refused(repository, environment))


def test_a_baseline_lets_old_damage_stand_and_nothing_new(repository: Path, environment: dict[str, str]) -> None:
    page = repository / "seeds" / "page.txt"
    page.write_text(SPUN, encoding="utf-8")
    git(repository, "add", "-A", env=environment)
    assert refused(repository, environment)
    accept(repository, environment)
    commit(repository, environment)
    git(repository, "mv", "seeds/page.txt", "seeds/moved.txt", env=environment)
    commit(repository, environment)
    (repository / "seeds" / "moved.txt").write_text(f"{SPUN}\n{SENTENCE}\n", encoding="utf-8")
    git(repository, "add", "-A", env=environment)
    last = len(f"{SPUN}\n{SENTENCE}\n".splitlines())
    assert {line.split(":")[1] for line in refused(repository, environment)} == {str(last)}
