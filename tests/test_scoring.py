from __future__ import annotations

import json
import random
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality import Document, Report, Scorer
from quality.errors import UsageError

ROOT = Path(__file__).parent.parent
SEEDS = ROOT / "seeds"
LABELS = tomllib.loads((SEEDS / "labels.toml").read_text(encoding="utf-8"))

FRENCH = (
    "Le petit port se réveille lentement. Les pêcheurs rangent leurs filets sur le quai, et les mouettes attendent "
    "patiemment que quelqu'un leur jette un poisson. Plus loin, une femme ouvre les volets de sa boulangerie."
)


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    return Scorer()


@pytest.fixture(scope="module")
def seed_reports(scorer: Scorer) -> dict[str, Report]:
    return {Path(str(report.path)).name: report for report in scorer.score_paths([SEEDS])}


def judged(label: dict[str, object]) -> set[object]:
    return set(label["document"])  # type: ignore[call-overload]


@pytest.mark.parametrize("name", sorted(name for name, label in LABELS.items() if not judged(label)))
def test_no_seed_without_damage_is_called_damaged(name: str, seed_reports: dict[str, Report]) -> None:
    assert seed_reports[name].verdict == "clean"


#: Word-for-word translation in the style of old rule-based engines, in texts of some 200 words: more than half of
#: what a reader sees at once in them, the model does not yet. An entry that starts to pass has to go.
MISSED = {
    "de-mt-severe-bicycle.txt",
    "en-mt-severe-ferry.txt",
}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.xfail(name in MISSED, strict=True, reason="known miss"))
        for name, label in sorted(LABELS.items())
        if judged(label) and label["severity"] == "severe"
    ],
)
def test_severe_seeds_are_damaged_of_their_kind(name: str, seed_reports: dict[str, Report]) -> None:
    assert seed_reports[name].verdict == "damaged"
    assert set(seed_reports[name].kinds) & judged(LABELS[name])


def test_blank_and_short_texts_are_too_short_and_not_judged(scorer: Scorer) -> None:
    for text in ("", " \n\t\n", "Just a few words."):
        report = scorer.score(text)
        assert report.verdict == "too_short"
        assert report.scores["machine_translation"] is None
        assert report.scores["spinning"] is None


def test_other_languages_are_named_and_not_judged(scorer: Scorer) -> None:
    report = scorer.score(FRENCH)
    assert (report.verdict, report.language) == ("unsupported_language", "fr")
    assert report.scores["machine_translation"] is None
    assert report.scores["boilerplate"] is not None


def test_scripts_are_judged_in_every_language(scorer: Scorer) -> None:
    attacked = FRENCH.replace("petit", "p\u0435tit").replace("volets", "vol\u0435ts")  # CYRILLIC SMALL LETTER IE
    assert scorer.score(attacked).kinds == ("mixed_script",)


def test_a_record_that_could_not_be_read_is_unreadable(scorer: Scorer) -> None:
    report = scorer.score_document(Document("", id="7", error="not JSON"))
    assert (report.verdict, report.error, report.id) == ("unreadable", "not JSON", "7")


def test_language_can_be_set_and_shows_in_the_signature(scorer: Scorer) -> None:
    forced = Scorer(language="en")
    assert forced.score(FRENCH).language == "en"
    assert "language en" in forced.signature
    assert forced.signature != scorer.signature


def test_unknown_kinds_of_threshold_are_refused() -> None:
    with pytest.raises(UsageError, match="translation"):
        Scorer(thresholds={"translation": 0.5})


def test_thresholds_can_be_set_by_kind(seed_reports: dict[str, Report]) -> None:
    text = (SEEDS / "en-spun-severe-bees.txt").read_text(encoding="utf-8")
    assert Scorer(thresholds={"spinning": 1.01}).score(text).verdict == "clean"


def test_a_report_does_not_depend_on_what_else_is_scored(scorer: Scorer) -> None:
    texts = [path.read_text(encoding="utf-8") for path in sorted(SEEDS.glob("*.txt"))[:8]]
    forward = scorer.score_batch(texts)
    backward = Scorer().score_batch(texts[::-1])[::-1]
    alone = [Scorer().score(text) for text in texts]
    assert forward == backward == alone


PIECES = st.lists(
    st.sampled_from(
        [
            *(path.read_text(encoding="utf-8") for path in sorted(SEEDS.glob("*.txt"))[::9]),
            FRENCH,
            "A short line.\n\nMore of the same, but a little longer than the others here.",
            "Home | News\nDer Zug hält hier nicht mehr, seit Die Brücke gesperrt ist.",
            "",
            "\ud800 \u0301 x",
        ]
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=15, deadline=None)
@given(PIECES, st.integers(1, 4), st.randoms())
def test_a_report_is_the_same_in_every_batch_and_order(texts: list[str], size: int, chance: random.Random) -> None:
    scorer = Scorer()
    alone = {text: scorer.score(text).to_dict() for text in texts}
    chance.shuffle(texts)
    for start in range(0, len(texts), size):
        batch = texts[start : start + size]
        assert [report.to_dict() for report in scorer.score_batch(batch)] == [alone[text] for text in batch]
        assert [report.scores for report in scorer.score_batch(batch)] == [scorer.score(text).scores for text in batch]


def test_a_report_is_the_same_however_often_the_vocabulary_is_renewed(
    scorer: Scorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [path.read_text(encoding="utf-8") for path in sorted(SEEDS.glob("*.txt"))]
    reports = scorer.score_batch(texts)
    monkeypatch.setattr("quality.scoring._MOST_WORDS", 300)
    renewed = Scorer()
    for _ in range(2):  # the second time there are words and answers that were kept
        assert [renewed.score(text) for text in texts] == reports


def test_several_processes_give_the_same_reports_in_the_same_order(scorer: Scorer) -> None:
    assert list(scorer.score_paths([SEEDS], jobs=2)) == list(scorer.score_paths([SEEDS]))


def test_findings_stand_where_they_say(seed_reports: dict[str, Report]) -> None:
    for report in seed_reports.values():
        for paragraph in report.paragraphs:
            for finding in paragraph.findings:
                assert paragraph.start <= finding.start < finding.end <= paragraph.end
                assert report.text[finding.start : finding.end] == finding.text


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_scoring_never_opens_a_socket() -> None:
    run(
        "import socket\n"
        "def refuse(*_, **__): raise AssertionError('network')\n"
        "socket.socket = socket.create_connection = socket.getaddrinfo = refuse\n"
        "from quality import Scorer\n"
        "assert [report.verdict for report in Scorer().score_paths(['seeds'])]\n"
    )


def test_scoring_imports_no_training_library() -> None:
    loaded = json.loads(
        run(
            "import json, sys\n"
            "from quality import Scorer\n"
            "list(Scorer().score_paths(['seeds']))\n"
            "print(json.dumps(sorted(sys.modules)))\n"
        )
    )
    assert not {"sklearn", "scipy", "textstat", "pandas", "joblib"} & set(loaded)


def test_command_says_its_version_without_loading_models() -> None:
    loaded = json.loads(
        run(
            "import json, sys\n"
            "from click.testing import CliRunner\n"
            "from quality.cli import cli\n"
            "assert 'quality' in CliRunner().invoke(cli, ['--version']).output\n"
            "print(json.dumps(sorted(sys.modules)))\n"
        )
    )
    assert not {"numpy", "kenlm", "fasttext", "quality.scoring"} & set(loaded)
