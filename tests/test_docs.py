"""What the README and the notebooks promise a reader."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def test_the_readme_has_two_commands_of_one_line_and_ci_runs_both() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    marked = re.findall(r"^<!-- command: (\w+) -->\n```sh\n([^\n]+)\n```$", readme, re.M)
    assert [name for name, _ in marked] == ["score", "test"]
    assert readme.count("python3 -m venv") == len(marked)
    assert readme.count("<!-- command:") == len(marked)
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for name, _ in marked:
        assert f"$(readme_command {name})" in script
        assert f'bash -euo pipefail -c "${name}_command"' in script


def test_the_links_of_the_readme_lead_to_files_of_the_repository() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    targets = [target for target in re.findall(r"\]\(([^)#]+)\)", readme) if "://" not in target]
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_is_stored_without_outputs_and_its_code_compiles(path: Path) -> None:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    assert cells[0]["cell_type"] == "markdown"
    for cell in cells:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None
            compile("".join(cell["source"]), f"{path.name}#{cell['id']}", "exec")
