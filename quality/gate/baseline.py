"""What is accepted as it stands: a file of digests of damaged words, so that only new damage fails.

Three sorts of entries, each with the code that it is for:

`sentence`  the words of a sentence in a document that is called damaged, or in a paragraph that is
`finding`   the words of a finding, with up to two words on either side in its sentence
`document`  the words of a document that has no paragraph long enough to be told again

A finding is accepted if it is known, or stands in a sentence that is. A paragraph or document is accepted if half its
words stand in known sentences, or half the weight of its findings is known: so it may be moved and edited, and is told
of again when it has become another text.

In a document that is called, signs are shown that would prove nothing elsewhere. So what is new in an accepted one is
judged by itself: the new sentences of each paragraph are scored as a text of their own, without what stands around.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Final, Literal, cast, get_args

from quality.document import LEARNED_KINDS, MIN_PARAGRAPH_WORDS, Kind, ParagraphReport, Report
from quality.errors import ConfigError, QualityError
from quality.gate.places import path_from
from quality.gate.problems import WHOLE, Problem

__all__ = ["Baseline", "Entry", "Rescore", "entries_of", "fingerprint"]

_HEADER: Final = (
    "# Problems that `quality check` passes over, one a line: code, what, digest of its words, file where it stood.\n"
    "# Written by `quality check --write-baseline`. Lines may be removed, and merged in any order.\n"
)
_LINE: Final = re.compile(r'([A-Z]\d{3}) (\w+) ([0-9a-f]{16}) (".*")')
_WHOLE_BY_LETTER: Final = {code[0]: code for code in WHOLE.values()}
_SENTENCE: Final = re.compile(r"\S.*?(?:[.!?…]+[\"'”’»)\]]*(?=\s|\Z)|\Z)", re.S)
#: How many words on either side belong to a finding: fewer are alike in many places, more change with edits.
_CONTEXT: Final = 2
#: The share of words or of weight that must be known. Chosen by hand: the larger part of it is the same.
_SHARE: Final = 0.5
#: The score (for an even prior) from which new sentences in an accepted document are damage by themselves: lower than
#: where a document is called, since its like was found there before. Of single clean sentences added to a spun seed
#: 2.2 % fail, at most 5 % from one source (newswire; 4.5 % of references of a translation task), where 34 % had a new
#: finding; of sentences from spun pages 58 %. Machine translation is hardly told by one sentence: of clean ones added
#: to a translated seed 1.5 % fail, at most 3.5 % (German novels), of translated ones 45 % (German of 2013), 8 %
#: (English of 2013) and 4.5 % (documentation)
#: (benchmarks/accepted.py --sentences 200, models cef3f4, whose scores are those of 854c60, 2026-11-27).
_BY_ITSELF: Final = 0.8
_LEARNED_BY_LETTER: Final[Mapping[str, Kind]] = {WHOLE[kind][0]: kind for kind in LEARNED_KINDS}

#: Reports on texts, each judged as a document of its own.
Rescore = Callable[[Sequence[str]], Sequence[Report]]
Sort = Literal["document", "sentence", "finding"]
Key = tuple[Sort, str, str]


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """One accepted thing: what it is, its code, its digest. The path is where it stood, for people and pruning."""

    path: str
    code: str
    sort: Sort
    digest: str

    def __str__(self) -> str:
        return f"{self.code} {self.sort} {self.digest} {json.dumps(self.path, ensure_ascii=False)}"


class Baseline:
    """Accepted problems. Paths in it are relative to the directory of its file."""

    def __init__(self, file: str, entries: Iterable[Entry] = ()) -> None:
        self.file = file
        self.entries = frozenset(entries)
        self._by_key: dict[Key, set[Entry]] = {}
        for entry in self.entries:
            self._by_key.setdefault((entry.sort, entry.code, entry.digest), set()).add(entry)

    @classmethod
    def read(cls, file: str) -> Baseline:
        """The baseline in a file. Raises ConfigError where it is none."""
        try:
            lines = Path(file).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "is not UTF-8"
            raise ConfigError(
                f"{file}: no readable baseline ({reason}); write one with quality check --write-baseline"
            ) from None
        return cls(file, [_parsed(line, f"{file}:{at}") for at, line in enumerate(lines, 1) if line and line[0] != "#"])

    def relative(self, path: str) -> str:
        """A path as it stands in the file: from the file's directory, with slashes."""
        return path_from(str(Path(self.file).parent), path)

    def applied(
        self, problems: Sequence[Problem], report: Report, rescore: Rescore
    ) -> tuple[tuple[Problem, ...], frozenset[Entry]]:
        """The problems, those that are known now accepted; and the entries that something stood for.

        Without new findings that prove nothing: what they are signs of is accepted, and their sentences are not
        called by themselves.
        """
        matcher = _Matcher(self._by_key, report, problems)
        judged = tuple(
            replace(problem, status="accepted") if problem.status == "new" and matcher.knows(problem) else problem
            for problem in problems
        )
        weak = matcher.weak(judged, rescore)
        return tuple(problem for problem in judged if problem not in weak), frozenset(matcher.used)

    def stale(self, used: Iterable[Entry], checked: Iterable[str], directories: Iterable[str]) -> frozenset[Entry]:
        """Entries that nothing stands for any more, in files that were checked, or are gone from directories that were.

        A file that is gone from elsewhere may only have been renamed, and stand where nobody looked.
        """
        covered = self._covered(checked, directories)
        return frozenset(entry for entry in self.entries.difference(used) if covered(entry.path))

    def updated(self, entries: Iterable[Entry], checked: Iterable[str], directories: Iterable[str]) -> Baseline:
        """With what stands in the checked files now, and what was accepted in files that were not checked."""
        covered = self._covered(checked, directories)
        return Baseline(self.file, {entry for entry in self.entries if not covered(entry.path)}.union(entries))

    def write(self) -> None:
        """Write the file: sorted, so that the same problems give the same bytes."""
        text = _HEADER + "".join(f"{entry}\n" for entry in sorted(self.entries))
        try:
            Path(self.file).write_text(text, encoding="utf-8", newline="\n")
        except OSError as error:
            raise QualityError(
                f"{self.file}: cannot be written ({error.strerror}); name another file with --baseline"
            ) from None

    def _covered(self, checked: Iterable[str], directories: Iterable[str]) -> Callable[[str], bool]:
        """Whether a run has seen all that there is of a path in this file."""
        seen = {self.relative(path) for path in checked}
        roots = [self.relative(directory) for directory in directories]
        return lambda path: (
            path in seen
            or (not self._exists(path) and any(not path_from(root, path).startswith("../") for root in roots))
        )

    def _exists(self, path: str) -> bool:
        # A name that is not UTF-8 is told with escapes, by which no file is found: it may be there.
        return "\\" in path or Path(self.file).parent.joinpath(path).exists()


def entries_of(problems: Iterable[Problem], report: Report, path: str) -> set[Entry]:
    """What a baseline records for a document: all its problems that no comment ignores."""
    standing = [problem for problem in problems if problem.status != "ignored"]
    entries = set()
    for problem in standing:
        if problem.subject == "finding":
            entries.add(Entry(path, problem.code, "finding", _finding_digest(problem, report)))
            continue
        told = _told(problem, standing, report)
        entries |= {
            Entry(path, problem.code, "sentence", sentence.digest)
            for paragraph in told
            for sentence in _sentences(paragraph, report)
        }
        if not told:
            entries.add(Entry(path, problem.code, "document", _digest("document", report.text)))
    return entries


def _told(problem: Problem, standing: Iterable[Problem], report: Report) -> list[ParagraphReport]:
    """The paragraphs by which a problem is told again: its own, or all of a document that are not mere furniture."""
    if problem.paragraph is not None:
        return [report.paragraphs[problem.paragraph]]
    found = {other.paragraph for other in standing if other.code[0] == problem.code[0]}
    return [p for p in report.paragraphs if p.words >= MIN_PARAGRAPH_WORDS or p.index in found]


def fingerprint(problem: Problem, report: Report) -> str:
    """What tells a problem from others and stays the same while its place moves: of findings and paragraphs their
    words, of a document its name.
    """
    if problem.subject == "finding":
        digest = _finding_digest(problem, report)
    elif problem.paragraph is not None:
        paragraph = report.paragraphs[problem.paragraph]
        digest = _digest("paragraph", report.text[paragraph.start : paragraph.end])
    else:
        digest = _digest("document", f"{report.path} {report.id}")
    return f"{problem.code}:{digest}"


class _Matcher:
    """Which problems of one document are known."""

    def __init__(self, known: Mapping[Key, set[Entry]], report: Report, problems: Sequence[Problem]) -> None:
        self.used: set[Entry] = set()
        self._known = known
        self._report = report
        self._sentences = [_sentences(paragraph, report) for paragraph in report.paragraphs]
        #: Sentences that are known for a code of whole documents and paragraphs, by their digests.
        self._same = {
            (code, sentence.digest)
            for code in {_WHOLE_BY_LETTER[problem.code[0]] for problem in problems}
            for sentence in chain.from_iterable(self._sentences)
            if self._is_known("sentence", code, sentence.digest)
        }
        #: Whether each finding is known.
        self._findings = {
            problem: self._is_known("finding", problem.code, _finding_digest(problem, report))
            or any((_WHOLE_BY_LETTER[problem.code[0]], sentence.digest) in self._same for sentence in self._of(problem))
            for problem in problems
            if problem.subject == "finding"
        }

    def knows(self, problem: Problem) -> bool:
        if problem.subject == "finding":
            return self._findings[problem]
        own = {
            finding: known
            for finding, known in self._findings.items()
            if finding.code[0] == problem.code[0] and problem.paragraph in (None, finding.paragraph)
        }
        weight = sum(finding.weight for finding in own)
        if weight and sum(finding.weight for finding, known in own.items() if known) >= _SHARE * weight:
            return True
        sentences = list(chain.from_iterable(self._sentences)) if problem.paragraph is None else self._of(problem)
        words = sum(sentence.words for sentence in sentences)
        same = sum(sentence.words for sentence in sentences if (problem.code, sentence.digest) in self._same)
        if words and same >= _SHARE * words:
            return True
        return self._is_known("document", problem.code, _digest("document", self._report.text))

    def weak(self, problems: Iterable[Problem], rescore: Rescore) -> set[Problem]:
        """New findings of learned kinds whose whole is accepted, in new sentences that are not called by themselves."""
        new = [problem for problem in problems if problem.status == "new" and problem.code[0] in _LEARNED_BY_LETTER]
        called = {(problem.code[0], problem.paragraph) for problem in new if problem.subject != "finding"}
        places: dict[tuple[str, int], list[Problem]] = {}
        for problem in new:
            letter, paragraph = problem.code[0], problem.paragraph
            if (
                paragraph is not None
                and problem.subject == "finding"
                and called.isdisjoint({(letter, None), (letter, paragraph)})
            ):
                places.setdefault((letter, paragraph), []).append(problem)
        reports = rescore([self._unknown(*place) for place in places]) if places else ()
        return {
            problem
            for (letter, _), report, findings in zip(places, reports, places.values(), strict=True)
            if _highest(report, _LEARNED_BY_LETTER[letter]) < _BY_ITSELF
            for problem in findings
        }

    def _unknown(self, letter: str, paragraph: int) -> str:
        """The sentences of a paragraph that nothing is known of, as one line."""
        code, text = _WHOLE_BY_LETTER[letter], self._report.text
        unknown = [s for s in self._sentences[paragraph] if (code, s.digest) not in self._same]
        return " ".join(word for s in unknown for word in text[s.start : s.end].split())

    def _of(self, problem: Problem) -> list[_Sentence]:
        """The sentences that a problem stands in."""
        assert problem.paragraph is not None
        return [s for s in self._sentences[problem.paragraph] if s.start < problem.end and problem.start < s.end]

    def _is_known(self, sort: Sort, code: str, digest: str) -> bool:
        entries = self._known.get((sort, code, digest), set())
        self.used |= entries
        return bool(entries)


@dataclass(frozen=True, slots=True)
class _Sentence:
    start: int
    end: int
    words: int
    digest: str


def _highest(report: Report, kind: Kind) -> float:
    """The highest score of a kind that a paragraph has; 0 where none was long enough to be judged."""
    return max((paragraph.scores.get(kind) or 0.0 for paragraph in report.paragraphs), default=0.0)


def _sentences(paragraph: ParagraphReport, report: Report) -> list[_Sentence]:
    return [
        _Sentence(match.start(), match.end(), len(match.group().split()), _digest("sentence", match.group()))
        for match in _SENTENCE.finditer(report.text, paragraph.start, paragraph.end)
    ]


def _parsed(line: str, place: str) -> Entry:
    match = _LINE.fullmatch(line)
    if match is None or match[2] not in get_args(Sort):
        raise ConfigError(f"{place}: is no line of a baseline; remove it, or write all with --write-baseline")
    try:
        path = json.loads(match[4])
    except ValueError:
        raise ConfigError(f"{place}: its file name is broken; remove it, or write all with --write-baseline") from None
    return Entry(path=path, code=match[1], sort=cast(Sort, match[2]), digest=match[3])


def _finding_digest(problem: Problem, report: Report) -> str:
    text = report.text
    paragraph = report.paragraphs[problem.paragraph or 0]
    before = re.split(r"[.!?:;\r\n]", text[paragraph.start : problem.start])[-1].split()[-_CONTEXT:]
    after = re.split(r"[.!?:;\r\n]", text[problem.end : paragraph.end], maxsplit=1)[0].split()[:_CONTEXT]
    return _digest("finding", " ".join([*before, "|", text[problem.start : problem.end], "|", *after]))


def _digest(sort: str, text: str) -> str:
    """Sixteen hexadecimal digits over the words: line ends and blanks may change."""
    return hashlib.sha256(f"{sort} {' '.join(text.split())}".encode()).hexdigest()[:16]
