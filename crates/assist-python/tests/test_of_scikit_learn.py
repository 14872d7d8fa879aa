"""scikit-learn's own tests of logistic regression, as they are installed, asked of ours.

`of_scikit_learn_plugin.py` lets their modules take `AssistClassifier` for `LogisticRegression` and for the binomial
family of generalised linear models, by way of stand-ins that know their arguments. Nothing of a test is changed. The
table below says of each whether it is asked, and of those that are not why.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sklearn

# The versions whose tests the table knows one by one. Of others what differs is told, and nothing fails.
IS_KNOWN = sklearn.__version__.split(".")[:2] == ["1", "9"]

Params = dict[str, Any]
Row = dict[str, str]


@dataclass(frozen=True)
class Runs:
    """A test that is asked; where not in all of its parametrisations, then why not in the others."""

    where: Callable[[Params], bool] = lambda params: True
    otherwise: str = ""
    # What in it is not ours, beside the fits that are.
    but: str = ""
    # Where there are many solutions, of which scikit-learn returns one: the test must end with our refusal.
    refused: Callable[[Params], bool] = lambda params: False


CV = "LogisticRegressionCV, which ours does not have"
CLASSES = "more than two classes"
PATH = "a path function of scikit-learn, and nothing else"
DEPRECATED = "the deprecation of an argument that ours does not have"
SOLVER = "internals of a solver"
WARM = "warm start, which ours does not have"
CALLBACKS = "callbacks, which ours does not have"
FAMILY = "another family than the binomial"

ALL = Runs()
CV_IS_THEIRS = Runs(but="LogisticRegressionCV is scikit-learn's, and is what ours is compared with")
# In these alone the stand-in leaves such fits to scikit-learn; in all others they are refused.
MANY_CLASSES_ARE_THEIRS = Runs(but="fits to more than two classes are scikit-learn's")


def _is_single(params: Params) -> bool:
    """Whether the estimator that is a parameter is not the one with cross-validation."""
    return any(getattr(value, "__name__", "") == "LogisticRegression" for value in params.values())


def _has_two_classes(params: Params) -> bool:
    return params["n_classes"] == 2


def _is_binomial(params: Params) -> bool:
    return type(params["glm_dataset"][1]).__name__ == "BinomialRegressor"


def _is_wide(params: Params) -> bool:
    return params["glm_dataset"][0] == "wide"


LOGISTIC: dict[str, Runs | str] = {
    "test_predict_2_classes": ALL,
    "test_predict_3_classes": CLASSES,
    "test_logistic_glmnet": MANY_CLASSES_ARE_THEIRS,
    "test_check_solver_option": f"{SOLVER}: which of them takes which argument",
    "test_elasticnet_l1_ratio_err_helpful": Runs(where=_is_single, otherwise=CV),
    "test_sparsify": f"coefficients as a sparse matrix, and {CLASSES}",
    "test_inconsistent_input": ALL,
    "test_write_parameters": ALL,
    "test_nan": ALL,
    "test_consistency_path": Runs(but="the path function is scikit-learn's, and is what ours is compared with"),
    "test_logistic_regression_path_convergence_fail": PATH,
    "test_liblinear_dual_random_state": f"{SOLVER}: that its result depends on chance",
    "test_logistic_cv": f"{CV}, compared in 6 digits with a solution that liblinear leaves at 5",
    "test_logistic_cv_refit_false_non_elasticnet": CV,
    "test_logistic_cv_mock_scorer": CV,
    "test_logistic_cv_multinomial_score": CLASSES,
    "test_multinomial_logistic_regression_string_inputs": CLASSES,
    "test_multinomial_cv_iris": CLASSES,
    "test_logistic_cv_folds_with_classes_missing": Runs(
        where=_has_two_classes,
        otherwise=CLASSES,
        but="LogisticRegressionCV is scikit-learn's, and its coefficients are written to ours",
    ),
    "test_logistic_regression_solvers": ALL,
    "test_logistic_regression_solvers_multiclass": CLASSES,
    "test_logistic_regression_solvers_multiclass_unpenalized": CLASSES,
    "test_logistic_cv_sparse": CV,
    "test_logistic_regressioncv_class_weights": CV,
    "test_logistic_regression_sample_weights": Runs(where=lambda params: params["problem"] == "single", otherwise=CV),
    "test_logistic_regression_solver_class_weights": ALL,
    "test_sample_and_class_weight_equivalence_liblinear": ALL,
    "test_logistic_regression_class_weights": MANY_CLASSES_ARE_THEIRS,
    "test_liblinear_decision_function_zero": ALL,
    "test_logreg_intercept_scaling_zero": ALL,
    "test_logreg_l1": ALL,
    "test_logistic_regression_cv_refit": CV_IS_THEIRS,
    "test_logreg_predict_proba_multinomial": CLASSES,
    "test_max_iter": ALL,
    "test_n_iter": Runs(but="LogisticRegressionCV and fits to more than two classes are scikit-learn's"),
    "test_warm_start": f"{WARM}, and {CLASSES}",
    "test_warm_start_newton_solver": f"{WARM}, and {CLASSES}",
    "test_saga_vs_liblinear": ALL,
    "test_dtype_match": Runs(
        where=lambda params: params["solver"] == "liblinear",
        otherwise="coefficients of 32 bits for rows of 32 bits: ours have 64, as those of liblinear",
    ),
    "test_warm_start_converge_LR": WARM,
    "test_elastic_net_coeffs": ALL,
    "test_elastic_net_l1_l2_equivalence": ALL,
    "test_elastic_net_vs_l1_l2": ALL,
    "test_LogisticRegression_elastic_net_objective": ALL,
    "test_LogisticRegressionCV_GridSearchCV_elastic_net": Runs(
        where=_has_two_classes, otherwise=CLASSES, but=CV_IS_THEIRS.but
    ),
    "test_LogisticRegressionCV_no_refit": CV,
    "test_LogisticRegressionCV_elasticnet_attribute_shapes": CV,
    "test_LogisticRegressionCV_on_folds": f"{CV}, and {CLASSES}",
    "test_l1_ratio_non_elasticnet": DEPRECATED,
    "test_elastic_net_versus_sgd": ALL,
    "test_logistic_regression_path_coefs_multinomial": PATH,
    "test_logistic_regression_path_init_coefs": PATH,
    "test_penalty_none": DEPRECATED,
    "test_c_inf_no_warning": ALL,
    "test_logisticregression_liblinear_sample_weight": ALL,
    "test_scores_attribute_layout_elasticnet": CV_IS_THEIRS,
    "test_multinomial_identifiability_on_iris": CLASSES,
    "test_sample_weight_not_modified": CLASSES,
    "test_large_sparse_matrix": "sparse matrices, whose indices have 64 bits",
    "test_liblinear_with_large_values": f"{SOLVER}: values at which it never ends",
    "test_single_feature_newton_cg": ALL,
    "test_liblinear_not_stuck": ALL,
    "test_lr_cv_scores_differ_when_sample_weight_is_requested": CV,
    "test_lr_cv_scores_without_enabling_metadata_routing": CV,
    "test_zero_max_iter": f"{SOLVER}: its state before the first iteration; ours refuses `max_iter=0`",
    "test_passing_params_without_enabling_metadata_routing": CV,
    "test_newton_cholesky_fallback_to_lbfgs": f"{SOLVER}: which other one takes over from it",
    "test_liblinear_multiclass_raises": Runs(where=_is_single, otherwise=CV),
    "test_penalty_deprecated": DEPRECATED,
    "test_logisticregressioncv_warns_with_use_legacy_attributes": CV,
    "test_l1_ratio_None_deprecated": DEPRECATED,
    "test_logisticregression_warns_with_n_jobs": "the deprecation of an argument that has an effect in ours",
    "test_logistic_regression_array_api_compliance": Runs(
        where=lambda params: params["binary"] and params["array_namespace"] == "numpy",
        otherwise=f"arrays of other libraries than NumPy, or {CLASSES}",
    ),
    "test_lr_penalty_l1ratio_incompatible": DEPRECATED,
    "test_lr_scoring_warns": CV,
    "test_get_default_scorer": CV,
    "test_logistic_regression_array_api_warm_start": WARM,
    "test_logistic_regression_callback_support": CALLBACKS,
    "test_logistic_regression_callback_fitted_estimator": CALLBACKS,
    "test_logistic_regression_callback_support_warning": CALLBACKS,
}

GLM: dict[str, Runs | str] = {
    "test_glm_regression": Runs(where=_is_binomial, otherwise=FAMILY),
    "test_glm_regression_hstacked_X": Runs(where=_is_binomial, otherwise=FAMILY),
    "test_glm_regression_vstacked_X": Runs(where=_is_binomial, otherwise=FAMILY),
    "test_glm_regression_unpenalized": Runs(where=_is_binomial, otherwise=FAMILY, refused=_is_wide),
    "test_glm_regression_unpenalized_hstacked_X": Runs(
        where=_is_binomial, otherwise=FAMILY, refused=lambda params: True
    ),
    "test_glm_regression_unpenalized_vstacked_X": Runs(where=_is_binomial, otherwise=FAMILY, refused=_is_wide),
    "test_sample_weights_validation": f"{FAMILY}, and rows of one label only",
    "test_glm_wrong_y_range": FAMILY,
    "test_glm_identity_regression": FAMILY,
    "test_glm_sample_weight_consistency": Runs(
        where=lambda params: params["GLMEstimator"].__name__ == "_GeneralizedLinearRegressor",
        otherwise=FAMILY,
        but="it is meant for the normal family, but holds of the binomial one as well, as y lies between 0 and 1",
    ),
    "test_glm_log_regression": FAMILY,
    "test_warm_start": f"{FAMILY}, and {WARM}",
    "test_normal_ridge_comparison": FAMILY,
    "test_poisson_glmnet": FAMILY,
    "test_convergence_warning": FAMILY,
    "test_tweedie_link_argument": FAMILY,
    "test_tweedie_link_auto": FAMILY,
    "test_tweedie_score": FAMILY,
    "test_tags": FAMILY,
    "test_linalg_warning_with_newton_solver": FAMILY,
    "test_newton_solver_verbosity": SOLVER,
    "test_poisson_regressor_array_api_compliance": FAMILY,
    "test_poisson_regressor_array_api_warm_start": f"{FAMILY}, and {WARM}",
}

TABLE = {
    "sklearn.linear_model.tests.test_logistic": LOGISTIC,
    "sklearn.linear_model._glm.tests.test_glm": GLM,
}
ASKED = [
    (module, function)
    for module, table in TABLE.items()
    for function, entry in table.items()
    if isinstance(entry, Runs)
]

# How many are what, of one version: a test that is no longer collected would else go unnoticed.
COUNTS = {
    "1.9.1": {
        "sklearn.linear_model.tests.test_logistic": {"asked": 146, "refused": 0, "not applicable": 542},
        "sklearn.linear_model._glm.tests.test_glm": {"asked": 36, "refused": 16, "not applicable": 267},
    }
}


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    """What became of each of scikit-learn's tests, from a run of its own."""
    absent = [module for module in TABLE if importlib.util.find_spec(module) is None]
    if absent:
        pytest.skip(f"scikit-learn is installed without its tests: {absent}")
    folder = tmp_path_factory.mktemp("of_scikit_learn")
    settings, told = folder / "pytest.ini", folder / "told.json"
    # Neither this project's settings nor the user's, so that the counts are the same everywhere.
    settings.write_text("[pytest]\n", encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "SKLEARN_"))}
    # Without it scikit-learn leaves out what it asks of arrays under the array API, NumPy's among them.
    environment["SCIPY_ARRAY_API"] = "1"
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    paths = [str(Path(__file__).parent), os.environ.get("PYTHONPATH")]
    environment["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
    run = subprocess.run(
        [
            sys.executable, "-m", "pytest", "-c", settings, "--rootdir", Path(sklearn.__file__).parents[1],
            "-p", "of_scikit_learn_plugin", "-p", "no:cacheprovider", "--tb=short", "-q", "--of-scikit-learn", told,
            "--pyargs", *TABLE,
        ],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=1200,
    )  # fmt: skip
    assert told.exists(), f"scikit-learn's tests could not be run:\n{run.stdout}\n{run.stderr}"
    found: list[Row] = json.loads(told.read_text(encoding="utf-8"))
    assert found, f"none of scikit-learn's tests was found:\n{run.stdout}\n{run.stderr}"
    return found


def _fail(told: str) -> None:
    """Fails for a version that the table knows, and else tells."""
    if IS_KNOWN:
        pytest.fail(told, pytrace=False)
    warnings.warn(f"scikit-learn {sklearn.__version__}, which the table does not know: {told}", stacklevel=2)


def test_each_is_in_the_table(rows: list[Row]) -> None:
    """A test that is new in scikit-learn is noticed, and classified by a person; one that is gone leaves the table."""
    there = {(row["module"], row["function"]) for row in rows}
    listed = {(module, function) for module, table in TABLE.items() for function in table}
    new = sorted(f"{module}.{function}" for module, function in there - listed)
    gone = sorted(f"{module}.{function}" for module, function in listed - there)
    if new:
        _fail(f"classify these in the table of {Path(__file__).name}, as asked or with the reason why not: {new}")
    if gone:
        _fail(f"take these out of the table of {Path(__file__).name}, as scikit-learn has them no more: {gone}")


def test_the_counts(rows: list[Row], capsys: pytest.CaptureFixture[str]) -> None:
    """How many are asked, and how many not, is known and told; with `-rP` each of the latter with its reason."""
    counts: dict[str, dict[str, int]] = {}
    for module in TABLE:
        of_module = [row for row in rows if row["module"] == module]
        verdicts = Counter(row["verdict"] for row in of_module)
        outcomes = Counter(row["outcome"] for row in of_module if row["verdict"] == "runs")
        functions = Counter(
            "asked" if isinstance(TABLE[module].get(function), Runs) else "not applicable"
            for function in {row["function"] for row in of_module}
        )
        counts[module] = {
            "asked": verdicts["runs"],
            "refused": verdicts["refused"],
            "not applicable": verdicts["not applicable"],
        }
        with capsys.disabled():
            print(
                f"\nscikit-learn {sklearn.__version__}, {module.rpartition('.')[2]}.py: "
                f"{verdicts['runs']} asked ({outcomes['passed']} passed, {outcomes['failed'] + outcomes['']} failed, "
                f"{outcomes['skipped']} skipped by it), {verdicts['refused']} refused as they have many solutions, "
                f"{verdicts['not applicable']} not applicable; "
                f"of {len({row['function'] for row in of_module})} functions {functions['asked']} asked, "
                f"{functions['not applicable']} not applicable"
            )
        reasons = Counter((row["function"], row["reason"]) for row in of_module if row["verdict"] == "not applicable")
        for (function, reason), times in reasons.items():
            print(f"  not applicable, {times} times: {function}: {reason}")
    assert counts == COUNTS.get(sklearn.__version__, counts)


@pytest.mark.parametrize(("module", "function"), ASKED, ids=[".".join(pair) for pair in ASKED])
def test_it_passes(rows: list[Row], module: str, function: str) -> None:
    """Each that is asked passes in all parametrisations; where there are many solutions it ends with our refusal."""
    asked = [
        row
        for row in rows
        if (row["module"], row["function"]) == (module, function) and row["verdict"] in ("runs", "refused")
    ]
    expected = {"runs": ("passed", "skipped"), "refused": ("refused",)}
    failed = [row for row in asked if row["outcome"] not in expected[row["verdict"]]]
    if failed:
        _fail("\n\n".join(f"{row['name']} is {row['outcome'] or 'not run'}\n{row['text']}" for row in failed))
    elif not asked:
        _fail(f"{function} was not found in any parametrisation that applies")
