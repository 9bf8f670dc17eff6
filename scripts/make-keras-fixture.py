"""Writes test/model/fixtures/keras.json: what Keras does with frozen layers, constraints, channels first and its losses.

Run it in an environment that has tensorflow-cpu 2.15: python scripts/make-keras-fixture.py
"""

import json
from pathlib import Path

import numpy as np
import tensorflow as tf

keras = tf.keras
random = np.random.default_rng(7)


def plain(array):
    return [round(float(value), 7) for value in np.asarray(array, np.float32).ravel()]


def draw(*shape):
    return random.normal(size=shape).astype(np.float32)


def weights_of(model):
    return [plain(weight) for layer in leaves(model) for weight in layer.weights]


def leaves(model):
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from leaves(layer)
        else:
            yield layer


def trained(name, make, rows, features, freeze=lambda model: None, loss="binary_crossentropy", steps=4):
    """Trains by plain gradient descent from drawn weights, and tells where it came to."""
    model = make()
    model.build((None, features))
    for layer in leaves(model):
        if layer.weights:
            drawn = [draw(*weight.shape) * 0.7 for weight in layer.weights]
            if isinstance(layer, keras.layers.BatchNormalization):
                drawn[-1] = np.abs(drawn[-1]) + 0.5  # a variance
            layer.set_weights(drawn)
    freeze(model)
    start = weights_of(model)
    xs = draw(rows, features)
    ys = (xs[:, :1] > 0).astype(np.float32)
    model.compile(optimizer=keras.optimizers.SGD(0.2), loss=loss)
    losses = [float(model.train_on_batch(xs, ys)) for _ in range(steps)]
    return {
        "name": name,
        "xs": plain(xs),
        "ys": plain(ys),
        "start": start,
        "losses": losses,
        "end": weights_of(model),
        "predictions": plain(model.predict(xs, verbose=0)),
    }


L = keras.layers


def freeze_base(model):
    model.layers[0].trainable = False


def base(*layers):
    return lambda: keras.Sequential([keras.Sequential(list(layers)), L.Dense(1, activation="sigmoid")])


def dense(units, **more):
    return L.Dense(units, activation="tanh", **more)


runs = [
    trained("a frozen dense base", base(dense(4, kernel_regularizer=keras.regularizers.L2(0.05))), 6, 3, freeze_base),
    trained("a base that is not frozen", base(dense(4), L.BatchNormalization(momentum=0.9)), 6, 3),
    trained("a frozen base with batch normalisation", base(dense(4), L.BatchNormalization(momentum=0.9)), 6, 3, freeze_base),
    trained(
        "a frozen convolutional base",
        base(L.Reshape((6, 1)), L.Conv1D(3, 2, activation="tanh"), L.BatchNormalization(momentum=0.9), L.Flatten()),
        6,
        6,
        freeze_base,
    ),
    trained(
        "weights kept within a norm",
        lambda: keras.Sequential([dense(4, kernel_constraint=keras.constraints.MaxNorm(0.8, axis=0)), L.Dense(1, activation="sigmoid")]),
        6,
        3,
    ),
    trained(
        "weights that are never negative",
        lambda: keras.Sequential(
            [dense(4, kernel_constraint="non_neg", bias_constraint="non_neg"), L.Dense(1, activation="sigmoid")]
        ),
        6,
        3,
    ),
]

channels = []
for shape in ((2, 3), (2, 3, 4)):
    model = keras.Sequential([L.Flatten(data_format="channels_first", input_shape=shape), L.Dense(2)])
    kernel = draw(int(np.prod(shape)), 2)
    model.set_weights([kernel, np.zeros(2, np.float32)])
    xs = draw(3, *shape)
    channels.append({"shape": shape, "kernel": plain(kernel), "xs": plain(xs), "predictions": plain(model.predict(xs, verbose=0))})

accuracy = []
for truths, scores in (([0, 1, 1, 0], [0.5, 0.5, 0.51, 0.49]), ([1, 1], [0.5, 0.5000001])):
    metric = keras.metrics.BinaryAccuracy()
    metric.update_state(truths, scores)
    accuracy.append({"ys": truths, "predictions": scores, "accuracy": float(metric.result())})

losses = []
targets = {
    "hinge": [[1, -1], [-1, 1]],
    "squared_hinge": [[1, -1], [-1, 1]],
    "categorical_hinge": [[1, 0], [0, 1]],
    "poisson": [[5, 0], [2, 1]],
    "kullback_leibler_divergence": [[0.25, 0.75], [1, 0]],
    "mean_absolute_percentage_error": [[5, 2], [-3, 1]],
    "mean_squared_logarithmic_error": [[5, 0], [2, 1]],
    "logcosh": [[5, -2], [0.5, 1]],
}
outputs = np.array([[0.3, 0.6], [0.8, 0.4]], np.float32)
for name, ys in targets.items():
    value = keras.losses.get(name)(np.array(ys, np.float32), outputs)
    losses.append({"loss": name, "ys": ys, "mean": float(np.mean(value))})

target = Path(__file__).parent.parent / "test/model/fixtures/keras.json"
target.parent.mkdir(exist_ok=True)
fixture = {
    "tensorflow": tf.__version__,
    "runs": runs,
    "channels": channels,
    "accuracy": accuracy,
    "outputs": plain(outputs),
    "losses": losses,
}
target.write_text(json.dumps(fixture) + "\n")
