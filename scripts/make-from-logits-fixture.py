"""Writes test/model/fixtures/from-logits.json: what Keras makes of from_logits=True on a model that ends in a sigmoid.

Run with Keras 3, TensorFlow and JAX installed:  python scripts/make-from-logits-fixture.py
"""

import json
import os
import subprocess
import sys
import warnings
from pathlib import Path

HERE = Path(__file__).resolve().parent
TARGET = HERE.parent / "test" / "model" / "fixtures" / "from-logits.json"


def loss_of_sure_and_right(keras, numpy, flag):
    """Two rows, judged with logits of -20 and 20: as sure and as right as can be."""
    xs, ys = numpy.array([[-20.0], [20.0]], "float32"), numpy.array([[0.0], [1.0]], "float32")
    layers = [
        keras.layers.Input((1,)),
        keras.layers.Dense(1, activation="sigmoid", kernel_initializer="ones"),
    ]
    model = keras.Sequential(layers)
    model.compile("adam", keras.losses.BinaryCrossentropy(from_logits=flag))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        loss = model.evaluate(xs, ys, verbose=0)
    return {"loss": loss, "warns": any("from_logits" in str(each.message) for each in caught)}


def trainings(keras, numpy, flag):
    """The article's network on 419 scaled rows, ten epochs, ten seeds: mean loss and accuracy on the other 280."""
    text = (HERE.parent / "data" / "breast-cancer-wisconsin.csv").read_text().split("\n")[1:]
    rows = [line.split(",") for line in text if line]
    xs = numpy.array([[1.0 if cell == "?" else float(cell) for cell in row[1:10]] for row in rows], "float32")
    ys = numpy.array([row[10] == "4" for row in rows], "float32")
    order = numpy.random.default_rng(0).permutation(len(xs))
    train, test = order[:419], order[419:]
    xs = (xs - xs[train].mean(0)) / xs[train].std(0)
    measured = []
    for seed in range(10):
        keras.utils.set_random_seed(seed)
        model = keras.Sequential([keras.layers.Input((9,))])
        for units, rate in [(128, 0.2), (256, 0.4), (128, 0.4)]:
            model.add(keras.layers.Dense(units, activation="relu"))
            model.add(keras.layers.Dropout(rate))
        model.add(keras.layers.Dense(1, activation="sigmoid"))
        model.compile("adam", keras.losses.BinaryCrossentropy(from_logits=flag), metrics=["accuracy"])
        model.fit(xs[train], ys[train], batch_size=64, epochs=10, verbose=0)
        measured.append(model.evaluate(xs[test], ys[test], verbose=0))
    loss, accuracy = (round(float(value), 6) for value in numpy.mean(measured, axis=0))
    return {"loss": loss, "accuracy": accuracy}


def measure():
    import keras
    import numpy

    each = {"with": True, "without": False}
    found = {"keras": keras.__version__}
    found.update({name: loss_of_sure_and_right(keras, numpy, flag) for name, flag in each.items()})
    if keras.backend.backend() == "tensorflow":
        found["trainings"] = {name: trainings(keras, numpy, flag) for name, flag in each.items()}
    print(json.dumps(found))


if len(sys.argv) > 1:
    measure()
else:
    result = {}
    for backend in ["tensorflow", "jax"]:
        env = {**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
        run = subprocess.run([sys.executable, __file__, "measure"], env=env, capture_output=True, text=True, check=True)
        result[backend] = json.loads(run.stdout.strip().split("\n")[-1])
    TARGET.write_text(json.dumps(result, indent=2) + "\n")
