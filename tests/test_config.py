"""Settings: files, flags, overrides by path, and what is said of wrong ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Run

from quality.config import Configuration, find_file
from quality.errors import ConfigError, UsageError
from quality.settings import OPTIONS, Settings

DAMAGED = "All is well.\n\nIt was brokenly made.\n"


def configuration(directory: Path, **flags: tuple[str, ...]) -> Configuration:
    return Configuration.load(flags, directory=str(directory))


# --- where settings come from -----------------------------------------------------------------------


def test_without_a_file_the_defaults_are_in_force(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert configuration(tmp_path).settings == Settings()
    assert set(OPTIONS) == set(Settings.__dataclass_fields__)


def test_the_nearest_file_wins_and_others_are_not_read(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "quality.toml").write_text("min_words = 10\nfail_on = ['spinning']")
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    assert configuration(inner).settings.min_words == 10
    (tmp_path / "a" / "pyproject.toml").write_text("[tool.quality]\nmin_words = 20")
    assert configuration(inner).settings == Settings(min_words=20)
    (inner / "pyproject.toml").write_text("[tool.other]\nmin_words = 30")
    assert configuration(inner).settings.min_words == 20
    (tmp_path / "a" / "quality.toml").write_text("min_words = 40")
    assert configuration(inner).settings.min_words == 40


def test_no_file_is_taken_from_above_the_repository(tmp_path: Path) -> None:
    (tmp_path / "quality.toml").write_text("min_words = 10")
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    assert find_file(str(tmp_path / "repository")) is None


def test_flags_go_before_the_file_key_by_key_and_thresholds_kind_by_kind(tmp_path: Path) -> None:
    (tmp_path / "quality.toml").write_text(
        "min_words = 10\nignore = ['B3']\n[thresholds]\nspinning = 0.5\nmachine_translation = 0.6\n"
    )
    settings = configuration(tmp_path, ignore=("X4,L5",), thresholds=("spinning=0.9",)).settings
    assert settings.min_words == 10
    assert settings.ignore == ("L5", "X4")
    assert settings.thresholds == {"spinning": 0.9, "machine_translation": 0.6}


def test_overrides_hold_for_their_paths_the_last_one_last_and_flags_go_before(tmp_path: Path) -> None:
    (tmp_path / "quality.toml").write_text(
        """
        min_words = 10
        [[overrides]]
        paths = ["old/", "*.md"]
        min_words = 50
        language = "de"
        [[overrides]]
        paths = ["old/very/**"]
        min_words = 60
        thresholds = {spinning = 0.5}
        """
    )
    at = configuration(tmp_path).at
    assert at(str(tmp_path / "new" / "a.txt")).min_words == 10
    assert at(str(tmp_path / "new" / "a.md")).min_words == 50
    assert at(str(tmp_path / "old" / "deep" / "a.txt")).min_words == 50
    oldest = at(str(tmp_path / "old" / "very" / "a.txt"))
    assert (oldest.min_words, oldest.language, dict(oldest.thresholds)) == (60, "de", {"spinning": 0.5})
    assert at(str(tmp_path.parent / "old" / "a.txt")).min_words == 10
    flagged = configuration(tmp_path, min_words=("7",))
    assert flagged.at(str(tmp_path / "old" / "a.txt")).min_words == 7
    override = '{paths = ["old/*.txt"], min_words = 8}'
    both = configuration(tmp_path, min_words=("7",), overrides=(override,))
    assert both.at(str(tmp_path / "old" / "a.txt")).min_words == 8


def test_names_of_files_in_a_file_are_relative_to_it(tmp_path: Path) -> None:
    (tmp_path / "quality.toml").write_text('models = "m"\nbaseline = "b"')
    settings = configuration(tmp_path).settings
    assert (settings.models, settings.baseline) == (str(tmp_path / "m"), str(tmp_path / "b"))


@pytest.mark.parametrize(
    ("path", "covered"),
    [("a.txt", True), ("a.md", False), ("drafts/a.txt", False), ("in/drafts/a.txt", False), ("-", True)],
)
def test_patterns_say_what_is_read(tmp_path: Path, path: str, covered: bool) -> None:
    (tmp_path / "quality.toml").write_text('include = ["*.txt"]\nexclude = ["drafts/"]')
    assert configuration(tmp_path).covers(path if path == "-" else str(tmp_path / path)) == covered


def test_the_longest_prefix_decides_on_a_code() -> None:
    assert Settings().wants("S201")
    assert not Settings(ignore=("S",)).wants("S201")
    assert Settings(ignore=("S",), select=("S201", "M")).wants("S201")
    assert not Settings(select=("M",)).wants("S201")
    assert not Settings(select=("S201",), ignore=("S201",)).wants("S201")


# --- wrong settings ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("treshold = 1", "treshold: no such setting; did you mean thresholds?"),
        ("[thresholds]\nspining = 0.5", "thresholds.spining: no such kind; did you mean spinning?"),
        ("[thresholds]\nspinning = 2", "thresholds.spinning: must be a number from 0 to 1"),
        ("thresholds = 0.5", "thresholds: must be a table of a number from 0 to 1 for each kind"),
        ("min_words = 0", "min_words: must be a whole number of at least 1"),
        ("min_words = true", "min_words: must be a whole number of at least 1"),
        ("jobs = 'many'", 'jobs: must be "auto" or a whole number of at least 1'),
        ("language = 'German'", 'language: must be "auto" or the code of a language, such as "de"'),
        ("encoding = 'utf-9'", "encoding: no such encoding of text; try utf-8, cp1252 or utf-16"),
        ("fail_on = 'spinning'", "fail_on: must be a list of texts in quotes"),
        ("fail_on = ['paragraph']", 'fail_on: "paragraph" is no kind; did you mean paragraphs?'),
        ("ignore = ['S20', 'Q1']", 'ignore: no code begins with "Q1"; '),
        ("select = ['M999']", 'select: no code begins with "M999"; did you mean M1'),
        ("text_field = ''", "text_field: must be a text in quotes"),
        ("overrides = 1", "overrides: must be a list of tables; write [[overrides]]"),
        ("[[overrides]]\nmin_words = 1", 'overrides[1].paths: is missing; add paths = ["…"], as in .gitignore'),
        ("[[overrides]]\npaths = ['a']\njobs = 1", "overrides[1].jobs: cannot differ from path to path; "),
        ("[[overrides]]\npaths=['a']\nmin_word=1", "overrides[1].min_word: no such setting; did you mean min_words"),
        ("[[overrides]]\npath=['a']\nmin_words=1", "overrides[1].path: no such setting; did you mean paths?"),
        ("fail-on = ['spinning']", "fail-on: no such setting; did you mean fail_on?"),
        ("[[override]]\npaths=['a']", "override: no such setting; did you mean overrides?"),
        ("ignore = 'S2'", 'ignore: must be a list of texts in quotes, such as ["S2"]'),
        ("min_words =", "is not valid TOML ("),
    ],
)  # fmt: skip
def test_a_wrong_setting_names_file_key_and_remedy(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "quality.toml").write_text(content)
    with pytest.raises(ConfigError) as error:
        configuration(tmp_path)
    assert str(error.value).startswith(f"{tmp_path / 'quality.toml'}: {message}")


def test_a_wrong_setting_in_pyproject_goes_by_its_whole_name(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.quality]\nminwords = 1")
    with pytest.raises(ConfigError, match=r"tool\.quality\.minwords: no such setting; did you mean min_words\?"):
        configuration(tmp_path)
    (tmp_path / "pyproject.toml").write_text("[tool]\nquality = 1")
    with pytest.raises(ConfigError, match=r"tool\.quality: must be a table; write \[tool\.quality\]"):
        configuration(tmp_path)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({"min_words": ("few",)}, "--min-words few: must be a whole number of at least 1"),
        ({"thresholds": ("spining=1",)}, "--threshold spining=1: no such kind; did you mean spinning?"),
        ({"thresholds": ("spinning",)}, "--threshold spinning: must be a kind, = and a number, such as spinning=0.9"),
        ({"overrides": ("x",)}, '--override x: must be a table as in TOML, such as {paths = ["old/**"], min_words = '),
        ({"overrides": ("{min_words = 1}",)}, "--override {min_words = 1}: paths: is missing; "),
    ],
)
def test_a_wrong_flag_is_named(tmp_path: Path, flags: dict[str, tuple[str, ...]], message: str) -> None:
    with pytest.raises(UsageError) as error:
        configuration(tmp_path, **flags)
    assert str(error.value).startswith(message)


# --- commands ---------------------------------------------------------------------------------------


def test_config_prints_each_value_with_its_origin_and_as_a_file_could_have_it(quality: Run, tmp_path: Path) -> None:
    (tmp_path / "quality.toml").write_text(
        "min_words = 30\n[thresholds]\nspinning = 0.5\n[[overrides]]\npaths = ['old/']\nlanguage = 'de'\n"
    )
    done = quality("config", "--ignore", "B3", "old/a.txt")
    assert (done.returncode, done.stderr) == (0, b"")
    shown = [" ".join(line.split()) for line in done.stdout.decode().splitlines()]
    assert "min_words = 30 # quality.toml" in shown
    assert "thresholds.spinning = 0.5 # quality.toml" in shown
    assert 'language = "de" # quality.toml, override 1' in shown
    assert 'ignore = ["B3"] # --ignore' in shown
    assert 'encoding = "utf-8" # default' in shown
    assert any(line.startswith("# machine_translation, document, de: 0.") for line in shown)
    assert not any(line.startswith("# spinning, document") for line in shown)
    (tmp_path / "quality.toml").write_bytes(done.stdout)
    again = quality("config")
    assert again.returncode == 0
    assert 'ignore = ["B3"] # quality.toml' in " ".join(again.stdout.decode().split())


def test_config_tells_of_a_baseline_that_is_used_unasked(quality: Run, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert "# baseline = none # default" in " ".join(quality("config").stdout.decode().split())
    (tmp_path / ".quality-baseline").write_text("")
    assert "# baseline = none # default: .quality-baseline" in " ".join(quality("config").stdout.decode().split())


def test_config_follows_the_directory_that_one_stands_in(quality: Run, tmp_path: Path) -> None:
    (tmp_path / "quality.toml").write_text("min_words = 30")
    assert b"# quality.toml" in quality("config").stdout
    (tmp_path / "other.toml").write_text("min_words = 31")
    assert b"# other.toml" in quality("config", "--config", "other.toml").stdout
    done = quality("config", "--config", "missing.toml")
    assert done.returncode == 2
    assert done.stderr.startswith(b"quality: missing.toml: cannot be read (No such file or directory); ")


def test_check_and_score_follow_the_file(stand_in: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(DAMAGED)
    (tmp_path / "quality.toml").write_text("ignore = ['M101']")
    done = stand_in("check", "a.txt")
    assert [line.split(":")[3].split()[0] for line in done.stdout.decode().splitlines()] == ["M100"]
    assert b"brokenly\xc2\xbb (" not in stand_in("score", "--explain", "a.txt").stdout
    (tmp_path / "quality.toml").write_text("ignore = ['M']")
    assert stand_in("check", "a.txt").returncode == 0
    (tmp_path / "quality.toml").write_text("exclude = ['a.*']")
    assert stand_in("check", "a.txt", "--format", "csv").stdout.count(b"\n") == 1
    done = stand_in("score", "a.txt")
    assert (done.returncode, done.stdout) == (0, b"")
    assert b"1 entry skipped (1 excluded)" in done.stderr


def test_thresholds_and_lengths_hold_path_by_path_in_any_number_of_processes(quality: Run, tmp_path: Path) -> None:
    text = "The old mill stands by the river, and its wheel turns every single day of the year.\n" * 3
    for name in ("a.txt", "b.txt", "old/a.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "quality.toml").write_text(
        "[[overrides]]\npaths = ['old/']\nthresholds = {machine_translation = 0.0}\n"
    )
    for jobs in ("1", "2"):
        done = quality("check", "--jobs", jobs, ".")
        assert [line.split(":")[0] for line in done.stdout.decode().splitlines() if " M100 " in line] == ["./old/a.txt"]
        done = quality("check", "--jobs", jobs, "--min-words", "60", ".")
        assert (done.returncode, done.stdout) == (0, b"")


def test_a_threshold_holds_for_paragraphs_too(quality: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The old mill stands by the river, and its wheel turns every day.\n" * 3)
    fail = ("--fail-on", "paragraphs", "--threshold", "machine_translation=0.0")
    shown = quality("check", *fail, "a.txt").stdout.decode().splitlines()
    assert [line.split()[2] for line in shown if "M100" in line] == ["document", *["paragraph"] * 3]
