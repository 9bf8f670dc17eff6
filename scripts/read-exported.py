"""Opens exported models with the readers of other programs, and prints what they predict, as JSON.

    python scripts/read-exported.py FOLDER saved-model keras     (an environment with tensorflow and keras)
    python scripts/read-exported.py FOLDER onnx                  (one with onnx and onnxruntime)

FOLDER is one that test/export/readers.test.ts wrote: cases.json says which model is where, and its rows (null: missing). The
test runs this where STREAMTRAIN_KERAS_PYTHON and STREAMTRAIN_ONNX_PYTHON name such environments' Python, and with
STREAMTRAIN_UPDATE_SNAPSHOTS=1 writes test/export/fixtures/readers.json from it.
"""

import json
import os
import sys
from pathlib import Path

import numpy as np

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"


def saved_model(folder, rows):
    import tensorflow as tf

    signature = tf.saved_model.load(str(folder)).signatures["serving_default"]
    dtype = signature.structured_input_signature[1]["rows"].dtype
    return signature(rows=tf.constant(rows, dtype))["predictions"].numpy()


def keras(folder, rows):
    import keras

    model = keras.models.load_model(folder / "model.h5", compile=False)
    dtype = getattr(model.inputs[0].dtype, "name", model.inputs[0].dtype)
    if dtype == "float32":
        return model.predict(rows.astype(np.float32), verbose=0)
    # predict() would round rows to float32.
    return np.asarray(model(rows.astype(dtype)))


def onnx(folder, rows):
    import onnx
    import onnxruntime

    file = str(folder / "model.onnx")
    onnx.checker.check_model(onnx.load(file), full_check=True)
    session = onnxruntime.InferenceSession(file)
    (given,) = session.get_inputs()
    dtype = np.float64 if given.type == "tensor(double)" else np.float32
    return session.run(["predictions"], {given.name: rows.astype(dtype)})[0]


def versions(formats):
    import importlib

    names = ["onnx", "onnxruntime"] if "onnx" in formats else ["tensorflow", "keras"]
    return {name: importlib.import_module(name).__version__ for name in names}


def main():
    folder, formats = Path(sys.argv[1]), sys.argv[2:]
    readers = {"saved-model": saved_model, "keras": keras, "onnx": onnx}
    read = {}
    for case in json.loads((folder / "cases.json").read_text()):
        if case["format"] not in formats:
            continue
        rows = np.array([np.nan if value is None else value for value in case["rows"]], np.float64)
        found = readers[case["format"]](folder / case["folder"], rows.reshape(-1, case["features"]))
        read[case["folder"]] = [float(value) for value in np.asarray(found).ravel()]
    # Readers print to stdout, too: what counts is the last line.
    print()
    print(json.dumps({"versions": versions(formats), "predictions": read}))


main()
