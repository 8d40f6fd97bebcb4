"""The pipeline knows no model: not by its words, and not by its imports."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PARCELS = Path(__file__).parent / "fixtures" / "parcels"
# A "model card" is the field's word for a document, and card.md its file in the package.
FOREIGN = re.compile(r"fraud|customer|terminal|transaction|handbook|(?<!model )(?<!model[-_])\bcards?\b(?!\.md)", re.I)


def test_no_file_of_the_pipeline_mentions_cards_or_fraud() -> None:
    files = [file for file in (ROOT / "pipeline").rglob("*") if file.suffix in {".py", ".json", ".in", ".md", ".yaml"}]
    assert len(files) > 20
    found = [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()}"
        for file in files
        for number, line in enumerate(file.read_text().splitlines(), start=1)
        if FOREIGN.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("line", ["card fraud", "blocked cards", "CUSTOMERS", "a terminal", "the handbook's table"])
def test_the_search_for_words_finds_them(line: str) -> None:
    assert FOREIGN.search(line)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A training of the parcels model where there is nothing but the pipeline: no models/, no repository."""
    place = tmp_path_factory.mktemp("elsewhere")
    shutil.copytree(ROOT / "pipeline", place / "pipeline", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(PARCELS, place / "teams" / "post", ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "pipeline", "train", "parcels", "--folder", "teams/post"]
    ended = subprocess.run(
        [*command, "--as-of", "2026-03-01", "--output", "out"],
        cwd=place,
        env={"PATH": os.environ["PATH"], "HOME": str(place), "GIT_COMMIT": "0123abc"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    (place / "out" / "log").write_text(ended.stdout)
    return place / "out"


def result(trained: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((trained / "log").read_text().splitlines()[-1])["result"]
    return found


def test_another_model_is_trained_measured_and_packaged(trained: Path) -> None:
    assert result(trained)["model"] == "parcels"
    model = json.loads((trained / "model" / "model.json").read_text())
    assert [feature["name"] for feature in model["features"]] == ["depot", "kilograms", "parcels_1d"]
    assert model["features"][0]["categories"] == ["north", "south", "island"]
    assert (trained / "layer.tar").exists()


def test_its_own_source_is_in_the_lineage(trained: Path) -> None:
    lineage = json.loads((trained / "model" / "lineage.json").read_text())
    assert lineage["dataset"]["source"] == {"type": "parcels", "a_day": 150}


def test_its_own_rule_excludes_rows_from_the_test_but_not_from_training(trained: Path) -> None:
    split = json.loads((trained / "model" / "lineage.json").read_text())["split"]
    assert split["training"]["rows"] == 5 * 150
    assert split["test"]["rows"] == pytest.approx(3 * 75, abs=30)


def test_its_own_metric_is_measured_gated_and_shown(trained: Path) -> None:
    lift = result(trained)["metrics"]["lift_10"]
    assert lift > 1.1
    card = (trained / "model" / "card.md").read_text()
    assert f"| lift in the first tenth | {lift:.3f} | at least 1.1 |" in card
    assert f"lift in the first tenth {lift:.3f}" in (trained / "log").read_text()
    assert set(result(trained)["metrics"]) >= {"average_precision", "auc_roc", "precision", "recall", "f1"}
    assert "card_precision_100" not in result(trained)["metrics"]
