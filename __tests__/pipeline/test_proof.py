"""The rows that a package brings along reach what can be reached, and carry ONNX Runtime's scores."""

from collections.abc import Iterator
from typing import Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import pytest

from pipeline.exact import exact_thresholds
from pipeline.steps.export import score_onnx, to_onnx
from pipeline.steps.proof import EXTREME_ROWS, make_proof, proof_rows

FEATURES = 5
CATEGORY = 4
Matrix = npt.NDArray[np.float32]


def rows_of(random: np.random.Generator) -> Matrix:
    x = random.normal(0, 10, (3_000, FEATURES)).astype(np.float32)
    x[random.random(x.shape) < 0.1] = np.nan
    x[:, CATEGORY] = random.integers(0, 30, len(x))
    return x


@pytest.fixture(scope="module")
def booster() -> lgb.Booster:
    random = np.random.default_rng(0)
    x = rows_of(random)
    signal = np.nan_to_num(x[:, 0]) + 10 * np.isnan(x[:, 1]) + 8 * np.isin(x[:, CATEGORY], [3, 7, 11, 29])
    label = (signal + random.normal(0, 4, len(x)) > 5).astype(int)
    settings = {"objective": "binary", "num_threads": 1, "verbose": -1, "num_leaves": 31, "cat_smooth": 1}
    return exact_thresholds(lgb.train(settings, lgb.Dataset(x, label, categorical_feature=[CATEGORY]), 40))


@pytest.fixture(scope="module")
def model(booster: lgb.Booster) -> bytes:
    return to_onnx(booster, FEATURES)


def thresholds(node: Any) -> Iterator[tuple[int, np.float32]]:
    if "split_feature" not in node:
        return
    if node["decision_type"] == "<=":
        with np.errstate(over="ignore"):
            yield node["split_feature"], np.float32(node["threshold"])
    for side in ("left_child", "right_child"):
        yield from thresholds(node[side])


def test_the_model_tests_sets_of_categories(booster: lgb.Booster) -> None:
    assert (booster.trees_to_dataframe()["decision_type"] == "==").any()


def test_every_leaf_is_reached(booster: lgb.Booster) -> None:
    leaves = np.asarray(booster.predict(proof_rows(booster, 1), pred_leaf=True))
    found = [len(set(column)) for column in leaves.T]
    assert found == [tree["num_leaves"] for tree in booster.dump_model()["tree_info"]]


def test_few_rows_do_it(booster: lgb.Booster) -> None:
    leaves = sum(tree["num_leaves"] for tree in booster.dump_model()["tree_info"])
    assert len(proof_rows(booster, 1)) - EXTREME_ROWS < leaves / 2


def test_rows_stand_on_thresholds_and_right_above_them(booster: lgb.Booster) -> None:
    rows = proof_rows(booster, 1)
    splits = {split for tree in booster.dump_model()["tree_info"] for split in thresholds(tree["tree_structure"])}
    on = sum(value in rows[:, feature] for feature, value in splits)
    above = sum(np.nextafter(value, np.float32(np.inf)) in rows[:, feature] for feature, value in splits)
    assert min(on, above) > 0.7 * len(splits)


def test_rows_have_missing_and_extreme_values(booster: lgb.Booster) -> None:
    rows = proof_rows(booster, 1)
    assert np.isnan(rows).any(axis=0).all()
    assert np.isinf(rows).any(axis=0).all()
    assert np.isnan(rows[-1]).all()


def test_the_rows_are_followed_by_their_scores(booster: lgb.Booster, model: bytes) -> None:
    values = np.frombuffer(make_proof(booster, model, 1), dtype="<f4")
    rows = proof_rows(booster, 1)
    np.testing.assert_array_equal(values[: rows.size].reshape(rows.shape), rows)
    np.testing.assert_array_equal(values[rows.size :], score_onnx(model, rows))


def test_equal_models_give_equal_bytes(booster: lgb.Booster, model: bytes) -> None:
    assert make_proof(booster, model, 1) == make_proof(booster, model, 1)


def test_a_model_without_a_split_has_a_proof() -> None:
    booster = lgb.train({"objective": "binary", "verbose": -1}, lgb.Dataset(np.zeros((100, 2)), np.arange(100) % 2), 3)
    rows = proof_rows(booster, 1)
    assert rows.shape[1] == 2
    assert len(rows) > EXTREME_ROWS
