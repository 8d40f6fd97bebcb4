"""Two trainings asked for at once, by a master that runs two builds at once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from __tests__.ci.support.master import Ci, eventually

SUCCESS = 0
PARALLEL = 2
MODELS = ["fraud", "churn"]


@pytest.fixture
def ci(tmp_path: Path) -> Iterator[Ci]:
    platform = Ci(tmp_path / "ci", parallel=PARALLEL, models=MODELS)
    (platform.repository.control / "hold").touch()
    try:
        yield platform.start().start_runners()
    finally:
        platform.close()


def test_two_trainings_do_not_get_in_each_others_way(ci: Ci) -> None:
    for model in MODELS:
        assert ci.force("force-train", model=model)[0] == 200
    eventually(lambda: any("mlops train" in ci.raw_log(each) for each in ci.builds("train")), 30, "a training")

    # The training that waits its turn takes no runner from others.
    ci.repository.commit("works meanwhile")
    [published] = ci.finished("image", 1, 60)
    assert published["results"] == SUCCESS
    assert len(ci.builds("train")) == 1

    (ci.repository.control / "hold").unlink()
    first, second = ci.finished("train", len(MODELS), 60)
    assert [first["results"], second["results"]] == [SUCCESS, SUCCESS]
    assert [first["properties"]["model"][0], second["properties"]["model"][0]] == MODELS
    assert second["started_at"] >= first["complete_at"]
    assert len(ci.builds("train")) == len(MODELS)
