"""The gate: reports → problems, of which some are ignored in the text or accepted in a baseline → exit status.

`problems` says what is wrong with a document, `ignores` what comments in it pass over, `baseline` what
was accepted before. All is pure but for the baseline's file.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from quality.document import Document, Report
from quality.gate.baseline import Baseline, Entry, Rescore
from quality.gate.ignores import Ignores
from quality.gate.places import Places
from quality.gate.problems import Problem, problems
from quality.settings import Settings

__all__ = ["FINDINGS_SHOWN", "Judged", "Places", "Problem", "exit_status", "judge", "problems"]

#: Findings printed for one document. A damaged page has hundreds; a person acts on the worst of them,
#: and the document's own line says how many there are.
FINDINGS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Judged:
    """A document's problems, worst first, with those that are ignored or accepted."""

    document: Document
    report: Report
    problems: tuple[Problem, ...]
    #: Entries of the baseline that something in the document stood for.
    used: frozenset[Entry] = frozenset()
    #: Whether there was a baseline at all.
    baselined: bool = False

    @property
    def failing(self) -> tuple[Problem, ...]:
        """Problems that are neither ignored nor accepted. If there are any, the document fails."""
        return tuple(problem for problem in self.problems if problem.status == "new")

    @property
    def shown(self) -> tuple[Problem, ...]:
        """What a person is told: no more than the worst findings."""
        left = FINDINGS_SHOWN
        chosen = []
        for problem in self.failing:
            if problem.subject == "finding":
                left -= 1
            if left >= 0 or problem.subject != "finding":
                chosen.append(problem)
        return tuple(chosen)

    def accepted(self) -> Judged:
        """The same once the baseline holds all of it."""
        problems = (replace(p, status="accepted") if p.status == "new" else p for p in self.problems)
        return replace(self, problems=tuple(problems))


def judge(
    document: Document,
    report: Report,
    settings: Settings,
    *,
    ignores: Ignores | None = None,
    baseline: tuple[Baseline, Rescore] | None = None,
) -> Judged:
    """What is wrong with a document by the settings for its path.

    `baseline` comes with what scores new sentences by themselves, in the document's language.
    """
    found = problems(report, fail_on=settings.fail_on, record_line=document.line, called_too=baseline is not None)
    found = tuple(problem for problem in found if settings.wants(problem.code))
    if ignores is not None:
        found = tuple(
            replace(problem, status="ignored") if ignores.cover(problem, report.paragraphs) else problem
            for problem in found
        )
    used: frozenset[Entry] = frozenset()
    if baseline is not None:
        accepted, rescore = baseline
        found, used = accepted.applied(found, report, rescore)
    return Judged(document, report, _without_repeats(found), used, baseline is not None)


def _without_repeats(found: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Without paragraphs that stand in for their document, where it or new findings in them are told of anyway."""
    new = [problem for problem in found if problem.status == "new"]
    documents = {problem.code for problem in new if problem.subject == "document"}
    explained = {(problem.code[0], problem.paragraph) for problem in new if problem.subject == "finding"}
    return tuple(
        problem
        for problem in found
        if not problem.stands_in
        or (problem.code not in documents and (problem.code[0], problem.paragraph) not in explained)
    )


def exit_status(*, damaged: bool, unreadable: bool) -> int:
    """0 fine, 1 damage found, 3 some input could not be read. Damage goes before.

    >>> exit_status(damaged=True, unreadable=True), exit_status(damaged=False, unreadable=True)
    (1, 3)
    """
    return 1 if damaged else 3 if unreadable else 0
