"""The ONNX model answers as the trained one does, at thresholds above all."""

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import onnx
import pytest

from pipeline.errors import PipelineError
from pipeline.exact import exact_thresholds
from pipeline.steps.export import edge_rows, histogram, require_parity, score_onnx, to_onnx

Matrix = npt.NDArray[np.float32]


@pytest.fixture(scope="module")
def rows() -> Matrix:
    return np.random.default_rng(0).random((2_000, 4)).astype(np.float32)


@pytest.fixture(scope="module")
def trained(rows: Matrix) -> lgb.Booster:
    label = (rows[:, 0] + rows[:, 1] * rows[:, 2] > 0.9).astype(int)
    settings = {"objective": "binary", "num_threads": 1, "verbose": -1, "num_leaves": 15, "learning_rate": 0.3}
    return lgb.train(settings, lgb.Dataset(rows, label), 30)


@pytest.fixture(scope="module")
def booster(trained: lgb.Booster) -> lgb.Booster:
    return exact_thresholds(trained)


@pytest.fixture(scope="module")
def model(booster: lgb.Booster) -> bytes:
    return to_onnx(booster, 4)


def thresholds(booster: lgb.Booster) -> npt.NDArray[np.float64]:
    return np.asarray(booster.trees_to_dataframe()["threshold"].dropna(), dtype=np.float64)


def test_exact_thresholds_are_float32_values(booster: lgb.Booster) -> None:
    values = thresholds(booster)
    np.testing.assert_array_equal(values, values.astype(np.float32).astype(np.float64))


def test_exact_thresholds_never_lie_above_the_trained_ones(trained: lgb.Booster, booster: lgb.Booster) -> None:
    assert (thresholds(booster) <= thresholds(trained)).all()


def test_exact_thresholds_change_no_answer_on_float32_rows(
    trained: lgb.Booster, booster: lgb.Booster, rows: Matrix
) -> None:
    everywhere = np.concatenate([rows, edge_rows(trained, rows, 1), edge_rows(booster, rows, 2)])
    np.testing.assert_array_equal(trained.predict(everywhere), booster.predict(everywhere))


def test_rounding_to_the_nearest_instead_would_change_answers(trained: lgb.Booster, rows: Matrix) -> None:
    edges = edge_rows(trained, rows, 1)
    nearest = to_onnx(trained, 4)
    assert np.abs(score_onnx(nearest, edges) - np.asarray(trained.predict(edges))).max() > 1e-5


def test_parity_holds_on_held_out_rows_and_at_thresholds(booster: lgb.Booster, model: bytes, rows: Matrix) -> None:
    assert require_parity(booster, model, rows, seed=3) < 1e-5


def test_edge_rows_are_on_below_and_above_thresholds(booster: lgb.Booster, rows: Matrix) -> None:
    values = thresholds(booster).astype(np.float32)
    edges = edge_rows(booster, rows, 1)
    assert np.isin(edges, values).any(axis=1).sum() > 100
    assert np.isin(edges, np.nextafter(values, np.float32(np.inf))).any(axis=1).sum() > 100
    assert np.isin(edges, np.nextafter(values, np.float32(-np.inf))).any(axis=1).sum() > 100


def test_the_graph_has_the_promised_input_output_and_operators(model: bytes) -> None:
    graph = onnx.load_from_string(model)
    assert [value.name for value in graph.graph.input] == ["features"]
    assert [value.name for value in graph.graph.output] == ["score"]
    assert [dim.dim_value for dim in graph.graph.output[0].type.tensor_type.shape.dim] == [0, 1]
    assert {(opset.domain, opset.version) for opset in graph.opset_import} == {("", 15), ("ai.onnx.ml", 1)}
    assert {node.domain for node in graph.graph.node} <= {"", "ai.onnx.ml"}


def test_equal_models_give_equal_bytes(booster: lgb.Booster, model: bytes) -> None:
    assert to_onnx(booster, 4) == model


def test_a_model_with_other_answers_is_refused(booster: lgb.Booster, model: bytes, rows: Matrix) -> None:
    tampered = onnx.load_from_string(model)
    weights = next(value for value in tampered.graph.node[0].attribute if value.name == "class_weights")
    weights.floats[0] += 0.5
    with pytest.raises(PipelineError) as caught:
        require_parity(booster, tampered.SerializeToString(), rows, seed=3)
    assert caught.value.what == "the ONNX model's scores differ from the trained model's"
    assert caught.value.expected == "at most 1e-05"


def test_a_histogram_bin_includes_its_upper_edge() -> None:
    found = histogram([0, 0, 0, 1], bins=2)
    assert found == {"edges": [0.0], "shares": [0.75, 0.25], "missing": 0.0}


def test_a_histogram_of_many_values_has_equal_shares() -> None:
    found = histogram(np.arange(1_000))
    assert len(found["edges"]) == 9
    np.testing.assert_allclose(found["shares"], 0.1, atol=0.002)
    assert sum(found["shares"]) == pytest.approx(1)


def test_a_histogram_of_one_value_is_one_bin() -> None:
    assert histogram([3.0, 3.0]) == {"edges": [], "shares": [1.0], "missing": 0.0}


def test_a_histogram_counts_missing_values_separately() -> None:
    found = histogram([1, 2, 3, np.nan], bins=2)
    assert found == {"edges": [2.0], "shares": [0.5, 0.25], "missing": 0.25}


def test_a_histogram_of_missing_values_has_no_edges() -> None:
    assert histogram([np.nan, np.nan]) == {"edges": [], "shares": [0.0], "missing": 1.0}


@pytest.fixture(scope="module")
def by_set() -> tuple[lgb.Booster, Matrix]:
    """Trees that split a feature of 30 categories by set; in some rows it is missing or no category."""
    random = np.random.default_rng(1)
    rows = np.column_stack([random.integers(0, 30, 4_000), random.random(4_000)]).astype(np.float32)
    label = (np.isin(rows[:, 0], [1, 5, 8, 13, 21, 27]) ^ (random.random(4_000) < 0.1)).astype(int)
    settings = {"objective": "binary", "num_threads": 1, "verbose": -1, "min_data_per_group": 5, "cat_smooth": 1}
    booster = exact_thresholds(lgb.train(settings, lgb.Dataset(rows, label, categorical_feature=[0]), 20))
    rows[::50, 0] = np.nan
    rows[1::50, 0] = 31
    return booster, rows


def test_splits_by_set_become_chains_of_equalities_that_share_nodes(by_set: tuple[lgb.Booster, Matrix]) -> None:
    attributes = {value.name: value for value in onnx.load_from_string(to_onnx(by_set[0], 2)).graph.node[0].attribute}
    assert b"BRANCH_EQ" in attributes["nodes_modes"].strings
    trees, children = attributes["nodes_treeids"].ints, attributes["nodes_truenodeids"].ints
    inner = [mode != b"LEAF" for mode in attributes["nodes_modes"].strings]
    pointed = [pair for pair, is_inner in zip(zip(trees, children, strict=True), inner, strict=True) if is_inner]
    assert len(pointed) > len(set(pointed))


def test_parity_holds_for_splits_by_set(by_set: tuple[lgb.Booster, Matrix]) -> None:
    booster, rows = by_set
    assert require_parity(booster, to_onnx(booster, 2), rows, seed=3) < 1e-5


def test_edge_rows_have_categories_inside_and_outside_of_sets(by_set: tuple[lgb.Booster, Matrix]) -> None:
    categories = edge_rows(*by_set, seed=1)[:, 0]
    assert {1, 5, 8, 13, 21, 27} < set(categories[~np.isnan(categories)].tolist())
    assert set(categories[~np.isnan(categories)].tolist()) - {1, 5, 8, 13, 21, 27}
