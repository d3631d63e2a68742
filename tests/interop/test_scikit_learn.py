"""scikit-learn's perceptrons: the same predictions."""

import warnings

import numpy as np
import pytest
import sklearn.exceptions
import sklearn.neural_network

import funnet as fn

X = fn.Key(2).generator().standard_normal((60, 4))
ACTIVATIONS = {"relu": fn.Relu(), "tanh": fn.Tanh(), "logistic": fn.Sigmoid(), "identity": fn.Sequential([])}


def fitted(kind, target, **options):
    model = getattr(sklearn.neural_network, kind)(
        hidden_layer_sizes=(5, 3), max_iter=30, random_state=0, **options
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sklearn.exceptions.ConvergenceWarning)
        return model.fit(X, target)


def net(activation, outputs, *head):
    act = ACTIVATIONS[activation]
    return fn.Sequential([fn.Linear(5), act, fn.Linear(3), act, fn.Linear(outputs), *head])


def predicted(model, twin):
    return twin(fn.interop.from_sklearn(model, twin.init(fn.Key(0), X)), X)[0]


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_regressor(activation):
    model = fitted("MLPRegressor", X[:, :2] ** 2, activation=activation)
    np.testing.assert_allclose(predicted(model, net(activation, 2)), model.predict(X), atol=1e-12)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_classifier(activation):
    model = fitted("MLPClassifier", np.digitize(X[:, 0], [-0.5, 0.5]), activation=activation)
    y = predicted(model, net(activation, 3, fn.Softmax()))
    np.testing.assert_allclose(y, model.predict_proba(X), atol=1e-12)


def test_a_classifier_of_two_classes():
    model = fitted("MLPClassifier", X[:, 0] > 0)
    y = predicted(model, net("relu", 1, fn.Sigmoid()))
    np.testing.assert_allclose(y[:, 0], model.predict_proba(X)[:, 1], atol=1e-12)


def test_float32_parameters_stay_float32():
    model = fitted("MLPRegressor", X[:, :2])
    like = net("relu", 2).init(fn.Key(0), X.astype("f4"))
    params = fn.interop.from_sklearn(model, like)
    fn.tree.same_structure(params, like)
    assert not params[0].w.flags.writeable


def test_other_models_and_other_networks():
    model = fitted("MLPRegressor", X[:, :2])
    with pytest.raises(fn.DtypeError) as caught:
        fn.interop.from_sklearn(sklearn.neural_network.MLPRegressor(), ())
    assert str(caught.value) == (
        "from_sklearn: expected a fitted model with coefs_ and intercepts_, got MLPRegressor"
    )
    for twin in (
        net("relu", 3),
        fn.Sequential([fn.Linear(5), fn.Linear(3)]),
        fn.Sequential([fn.Linear(5), fn.BatchNorm(), fn.Linear(3), fn.Linear(2)]),
        fn.Sequential([fn.Linear(5, bias=False), fn.Linear(3), fn.Linear(2)]),
    ):
        with pytest.raises(fn.CheckpointError, match=r"got w and b of shapes \[\(\(4, 5\), \(5,\)\), "):
            fn.interop.from_sklearn(model, twin.init(fn.Key(0), X))
