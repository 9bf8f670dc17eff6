"""The article's step as a bare tf.function, on request: reads {"rows", "steps"} a line, writes {"ms"} a line."""
import json
import os
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np
import tensorflow as tf

layers = tf.keras.layers
tf.random.set_seed(1)
model = tf.keras.Sequential(
    [
        layers.Input((9,)),
        layers.Dense(128, activation="relu"),
        layers.Dropout(0.2),
        layers.Dense(256, activation="relu"),
        layers.Dropout(0.4),
        layers.Dense(128, activation="relu"),
        layers.Dropout(0.4),
        layers.Dense(1, activation="sigmoid"),
    ]
)
optimizer = tf.keras.optimizers.Adam()
loss_of = tf.keras.losses.BinaryCrossentropy()
optimizer.build(model.trainable_variables)


@tf.function(reduce_retracing=True)
def step(xs, ys):
    with tf.GradientTape() as tape:
        predictions = model(xs, training=True)
        loss = loss_of(ys, predictions)
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    return loss, predictions


def batch(rows):
    i = np.arange(rows * 9, dtype=np.float64)
    xs = np.sin(i * 1.3).astype(np.float32).reshape(rows, 9)
    ys = (xs[:, :2].sum(axis=1, keepdims=True) > 0).astype(np.float32)
    return xs, ys


print(json.dumps({"version": tf.__version__}), flush=True)
for line in sys.stdin:
    wish = json.loads(line)
    xs, ys = batch(wish["rows"])
    # Tensors are made outside of the measured part: the best case for Python.
    xs, ys = tf.constant(xs), tf.constant(ys)
    begin = time.perf_counter()
    for _ in range(wish["steps"]):
        loss, predictions = step(xs, ys)
        predictions.numpy()
    print(json.dumps({"ms": (time.perf_counter() - begin) * 1000 / wish["steps"], "loss": float(loss)}), flush=True)
