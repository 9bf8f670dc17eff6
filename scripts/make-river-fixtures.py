"""Writes test/training/fixtures/river/*.json.gz: what River says of data, models, metrics, detectors and generators.

Run it in an environment with river 0.23.0 and scikit-learn: python scripts/make-river-fixtures.py
The same versions give the same files, byte for byte.
"""

import gzip
import json
import random
import warnings
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
from river import datasets, drift, dummy, evaluate, linear_model, metrics, optim, preprocessing, utils
from river.datasets import synth
from scipy import stats
from sklearn.metrics import brier_score_loss, cohen_kappa_score, matthews_corrcoef, roc_auc_score

TARGET = Path(__file__).parent.parent / "test/training/fixtures/river"
warnings.simplefilter("ignore")


def write(name, content):
    """Writes compact JSON, compressed without a time stamp."""
    text = json.dumps(content, separators=(",", ":"))
    (TARGET / f"{name}.json.gz").write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def rows_of(dataset):
    """Rows as lists of features, and labels as numbers."""
    rows = [(list(map(float, x.values())), y) for x, y in dataset]
    return [x for x, _ in rows], [y for _, y in rows]


# Linear models ---------------------------------------------------------------------------------------------------------


def progressive(dataset, model, every):
    """Predict, update the metrics, learn; keeps every so many-th probability, and the metrics every 50 rows."""
    judges = {
        "accuracy": metrics.Accuracy(),
        "f1": metrics.F1(),
        "rocAuc": metrics.ROCAUC(),
        "logLoss": metrics.LogLoss(),
    }
    probabilities, points = [], []
    for i, (x, y) in enumerate(dataset):
        p = model.predict_proba_one(x)
        for name, judge in judges.items():
            judge.update(y, p if name in ("rocAuc", "logLoss") else max(p, key=p.get))
        if i % every == 0:
            probabilities.append(p[True])
        if (i + 1) % 50 == 0:
            points.append([judge.get() for judge in judges.values()])
        model.learn_one(x, y)
    last = model["LogisticRegression"]
    return {
        "every": every,
        "probabilities": probabilities,
        "points": points,
        "metrics": {name: judge.get() for name, judge in judges.items()},
        "weights": list(last.weights.values()),
        "intercept": last.intercept,
    }


def logistic(**options):
    return preprocessing.StandardScaler() | linear_model.LogisticRegression(**options)


def baselines(dataset):
    """Accuracy of always saying the last class, and the most frequent one."""
    found = {}
    for name, model in {"noChange": dummy.NoChangeClassifier(), "majority": dummy.PriorClassifier()}.items():
        accuracy = metrics.Accuracy()
        for i, (x, y) in enumerate(dataset):
            label = model.predict_one(x)
            if i > 0:
                accuracy.update(y, label)
            model.learn_one(x, y)
        found[name] = accuracy.get()
    return found


def delayed(dataset, delay):
    """Metrics when every label comes so many rows late."""
    judge = metrics.Accuracy() + metrics.F1() + metrics.ROCAUC()
    evaluate.progressive_val_score(dataset, logistic(optimizer=optim.SGD(0.005)), judge, delay=delay)
    return dict(zip(("accuracy", "f1", "rocAuc"), judge.get()))


def mini_batches(xs, ys, size):
    """Pipeline.learn_many: predictions of every mini-batch before it is learnt."""
    model = logistic(optimizer=optim.SGD(0.05), l2=0.01)
    probabilities = []
    for start in range(0, len(xs), size):
        frame = pd.DataFrame(xs[start : start + size])
        labels = pd.Series(ys[start : start + size])
        if start > 0:
            probabilities += model.predict_proba_many(frame)[True].tolist()
        model.learn_many(frame, labels)
    return {"size": size, "probabilities": probabilities[::5]}


def softmax(xs, ys):
    model = preprocessing.StandardScaler() | linear_model.SoftmaxRegression(optim.SGD(0.05), l2=0.001)
    probabilities = []
    for x, y in zip(xs, ys):
        x = dict(enumerate(x))
        p = model.predict_proba_one(x)
        probabilities.append([p.get(label, 0.0) for label in range(7)])
        model.learn_one(x, y)
    return probabilities[1::5]


def regression():
    """Rows that the test draws itself, from the same seed."""
    rng = random.Random(7)
    model = linear_model.LinearRegression(optim.SGD(0.02), l2=0.001, intercept_lr=0.05, clip_gradient=3.0)
    predictions = []
    for _ in range(500):
        x = {i: rng.uniform(-2, 2) for i in range(3)}
        y = 3 * x[0] - 2 * x[1] + 0.5 + rng.uniform(-0.1, 0.1)
        predictions.append(model.predict_one(x))
        model.learn_one(x, y)
    return predictions


def make_linear():
    content = {}
    for name, dataset, every in (("phishing", datasets.Phishing(), 1), ("bananas", datasets.Bananas(), 5)):
        xs, ys = rows_of(dataset)
        content[name] = {
            "xs": xs,
            "ys": list(map(int, ys)),
            "trace": progressive(dataset, logistic(optimizer=optim.SGD(0.005)), every),
            "regularised": progressive(
                dataset, logistic(optimizer=optim.SGD(0.1), l2=0.01, intercept_lr=0.05, clip_gradient=0.5), 10
            ),
            "baselines": baselines(dataset),
        }
    phishing = content["phishing"]
    phishing["delayed"] = delayed(datasets.Phishing(), 100)
    phishing["miniBatches"] = mini_batches(phishing["xs"], [y == 1 for y in phishing["ys"]], 32)
    xs, ys = rows_of(datasets.ImageSegments().take(500))
    classes = sorted(set(ys))
    ys = [classes.index(y) for y in ys]
    content["segments"] = {"xs": xs, "ys": ys, "probabilities": softmax(xs, ys)}
    content["regression"] = regression()
    write("linear", content)


# Metrics ---------------------------------------------------------------------------------------------------------------


def points_of(judge, rows, every=20):
    points = []
    for i, (arguments, weight) in enumerate(rows):
        judge.update(*arguments, **({} if weight is None else {"w": weight}))
        if (i + 1) % every == 0:
            points.append(judge.get())
    return points


def fading_accuracy(ys, labels, factor):
    right, total, points = 0.0, 0.0, []
    for i, (y, label) in enumerate(zip(ys, labels)):
        right, total = factor * right + (y == label), factor * total + 1
        if (i + 1) % 20 == 0:
            points.append(right / total)
    return points


def kappa_against(ys, labels, baseline, start=0):
    """(p0 - pb) / (1 - pb): Bifet and others, KDD 2015; Zliobaite and others, Machine Learning 98, 2015."""
    points = []
    for end in range(20, len(ys) + 1, 20):
        p0 = np.mean(np.equal(ys[:end], labels[:end]))
        pb = np.mean(np.equal(ys[:end], baseline[:end]))
        points.append((p0 - pb) / (1 - pb))
    return points


def no_change(ys):
    return [0] + ys[:-1]


def majority(ys, classes):
    return [int(np.argmax(np.bincount(ys[:i], minlength=classes))) for i in range(len(ys))]


def make_metrics():
    rng = random.Random(11)
    ys, ps, ws = [], [], []
    for i in range(400):
        y = int(rng.random() < (0.3 if i < 200 else 0.6))
        ys.append(y)
        ps.append(round(min(1.0, max(0.0, 0.35 + 0.3 * y + rng.uniform(-0.45, 0.45))), 6))
        ws.append(rng.randint(0, 3) / 2)
    labels = [int(p > 0.5) for p in ps]
    bools = [(bool(y), bool(label)) for y, label in zip(ys, labels)]
    probabilities = [(bool(y), p) for y, p in zip(ys, ps)]
    by_label = {
        "accuracy": metrics.Accuracy,
        "balancedAccuracy": metrics.BalancedAccuracy,
        "precision": metrics.Precision,
        "recall": metrics.Recall,
        "f1": metrics.F1,
        "kappa": metrics.CohenKappa,
        "mcc": metrics.MCC,
    }
    binary = {}
    for name, make in by_label.items():
        binary[name] = points_of(make(), [(row, None) for row in bools])
        binary[f"{name}@60"] = points_of(utils.Rolling(make(), 60), [(row, None) for row in bools])
        if name != "kappa":  # River divides kappa's margins by the rows, not by their weight
            binary[f"{name} weighted"] = points_of(make(), list(zip(bools, ws)))
    for name, make in {"logLoss": metrics.LogLoss, "rocAuc": metrics.ROCAUC}.items():
        binary[name] = points_of(make(), [(row, None) for row in probabilities])
        binary[f"{name}@60"] = points_of(utils.Rolling(make(), 60), [(row, None) for row in probabilities])
        binary[f"{name} weighted"] = points_of(make(), list(zip(probabilities, ws)))
    binary["rocAuc 50"] = points_of(metrics.ROCAUC(n_thresholds=50), [(row, None) for row in probabilities])
    binary["rollingRocAuc"] = points_of(metrics.RollingROCAUC(window_size=60), [(row, None) for row in probabilities])
    binary["brier"] = [brier_score_loss(ys[:end], ps[:end]) for end in range(20, 401, 20)]
    binary["accuracy~0.95"] = fading_accuracy(ys, labels, 0.95)
    binary["kappaT"] = kappa_against(ys, labels, no_change(ys))
    binary["kappaM"] = kappa_against(ys, labels, majority(ys, 2))
    ties = [round(p, 1) for p in ps]
    binary["rollingRocAuc ties"] = [
        roc_auc_score(ys[max(0, end - 60) : end], ties[max(0, end - 60) : end]) for end in range(20, 401, 20)
    ]
    binary["rollingRocAuc ties weighted"] = [
        roc_auc_score(ys[start:end], ties[start:end], sample_weight=ws[start:end])
        for start, end in ((max(0, end - 60), end) for end in range(20, 401, 20))
    ]

    many_ys, many_ps = [], []
    for _ in range(400):
        y = rng.choices(range(4), weights=[5, 3, 1, 1])[0]
        raw = [rng.random() + (0.7 if label == y else 0) for label in range(4)]
        many_ys.append(y)
        many_ps.append([value / sum(raw) for value in raw])
    many_labels = [int(np.argmax(p)) for p in many_ps]
    pairs = [(pair, None) for pair in zip(many_ys, many_labels)]
    many = {
        "accuracy": points_of(metrics.Accuracy(), pairs),
        "balancedAccuracy": points_of(metrics.BalancedAccuracy(), pairs),
        "kappa": points_of(metrics.CohenKappa(), pairs),
        "logLoss": points_of(metrics.CrossEntropy(), [((y, dict(enumerate(p))), None) for y, p in zip(many_ys, many_ps)]),
        "mcc": [matthews_corrcoef(many_ys[:end], many_labels[:end]) for end in range(20, 401, 20)],
        "kappaT": kappa_against(many_ys, many_labels, no_change(many_ys)),
        "kappaM": kappa_against(many_ys, many_labels, majority(many_ys, 4)),
    }
    assert np.allclose(many["kappa"][-1], cohen_kappa_score(many_ys, many_labels))
    for average in ("Macro", "Micro", "Weighted"):
        for name, short in (("precision", "Precision"), ("recall", "Recall"), ("f1", "F1")):
            many[f"{name} {average.lower()}"] = points_of(getattr(metrics, average + short)(), pairs)
            if average == "Macro":
                many[f"{name}@60"] = points_of(utils.Rolling(getattr(metrics, average + short)(), 60), pairs)

    truth = [rng.uniform(-5, 5) for _ in range(400)]
    guess = [value + rng.uniform(-1, 1) for value in truth]
    values = [(pair, None) for pair in zip(truth, guess)]
    regression = {
        "rmse": points_of(metrics.RMSE(), values),
        "mae": points_of(metrics.MAE(), values),
        "rmse@60": points_of(utils.Rolling(metrics.RMSE(), 60), values),
        "mae@60": points_of(utils.Rolling(metrics.MAE(), 60), values),
    }
    write(
        "metrics",
        {
            "binary": {"ys": ys, "ps": ps, "ws": ws, "points": binary},
            "many": {"ys": many_ys, "ps": many_ps, "points": many},
            "regression": {"ys": truth, "ps": guess, "points": regression},
        },
    )


# Drift -----------------------------------------------------------------------------------------------------------------


def ranges(indices):
    """[3, 4, 5, 9] as [[3, 5], [9, 9]]."""
    found = []
    for i in indices:
        if found and found[-1][1] == i - 1:
            found[-1][1] = i
        else:
            found.append([i, i])
    return found


def detections(detector, stream):
    drifts, warned = [], []
    for i, value in enumerate(stream):
        detector.update(value)
        if detector.drift_detected:
            drifts.append(i)
        if getattr(detector, "warning_detected", False):
            warned.append(i)
    return {"drifts": drifts, "warnings": ranges(warned)}


ERROR_DETECTORS = {
    "ddm": [({}, {}), ({"warm_start": 100, "drift_threshold": 2.5}, {"warmStart": 100, "driftThreshold": 2.5})],
    "eddm": [({}, {}), ({"alpha": 0.9, "beta": 0.8}, {"alpha": 0.9, "beta": 0.8})],
    "hddmA": [({}, {}), ({"two_sided_test": True}, {"twoSided": True})],
    "hddmW": [({}, {}), ({"two_sided_test": True, "lambda_val": 0.1}, {"twoSided": True, "lambda": 0.1})],
}
NUMBER_DETECTORS = {
    "adwin": [
        ({}, {}),
        (
            {"delta": 0.05, "clock": 7, "max_buckets": 3, "min_window_length": 2, "grace_period": 50},
            {"delta": 0.05, "clock": 7, "maxBuckets": 3, "minWindowLength": 2, "gracePeriod": 50},
        ),
    ],
    "kswin": [
        ({"seed": 1}, {"seed": 1}),
        (
            {"seed": 42, "alpha": 0.0001, "window_size": 200, "stat_size": 100},
            {"seed": 42, "alpha": 0.0001, "windowSize": 200, "statSize": 100},
        ),
    ],
    "pageHinkley": [
        ({}, {}),
        ({"mode": "up", "threshold": 10, "min_instances": 50}, {"mode": "up", "threshold": 10, "minInstances": 50}),
        ({"mode": "down", "threshold": 5, "alpha": 0.99}, {"mode": "down", "threshold": 5, "alpha": 0.99}),
    ],
}
CLASSES = {
    "adwin": drift.ADWIN,
    "kswin": drift.KSWIN,
    "pageHinkley": drift.PageHinkley,
    "ddm": drift.binary.DDM,
    "eddm": drift.binary.EDDM,
    "hddmA": drift.binary.HDDM_A,
    "hddmW": drift.binary.HDDM_W,
}


def all_detections(stream, detectors):
    return [
        {"detector": name, "options": ours, **detections(CLASSES[name](**theirs), stream)}
        for name, variants in detectors.items()
        for theirs, ours in variants
    ]


# Segments of [rows, value at the first row, value at the last row].
ERROR_STREAMS = [
    [[2000, 0.2, 0.2]],
    [[1000, 0.1, 0.1], [1000, 0.5, 0.5]],
    [[1000, 0.5, 0.5], [1000, 0.1, 0.1]],
    [[800, 0.05, 0.05], [800, 0.3, 0.3], [800, 0.05, 0.05], [800, 0.6, 0.6]],
    [[1000, 0.1, 0.1], [1000, 0.1, 0.5], [500, 0.5, 0.5]],
    [[3000, 0.05, 0.45]],
    [[300, 0.4, 0.4], [300, 0.8, 0.8], [300, 0.2, 0.2], [300, 0.9, 0.9], [300, 0.0, 0.0]],
    [[1500, 0.02, 0.02], [1500, 0.06, 0.06]],
    [[1000, 1.0, 1.0], [200, 0.0, 0.0], [800, 1.0, 1.0]],
    [[2500, 0.3, 0.1], [500, 0.35, 0.35]],
]
NUMBER_STREAMS = [
    [[2000, 0, 0]],
    [[1000, 0, 0], [1000, 1, 1]],
    [[1000, 5, 5], [1000, 2, 2]],
    [[500, 0, 0], [500, 3, 3], [500, -3, -3], [500, 0, 0]],
    [[1000, 0, 0], [500, 0, 4], [500, 4, 4]],
    [[3000, 0, 2]],
    [[1000, 100, 100], [1000, 100.5, 100.5]],
    [[1000, -1e6, -1e6], [1000, 1e6, 1e6]],
    [[700, 0, 0], [30, 8, 8], [1270, 0, 0]],
    [[1500, 2, 2], [1500, 2, -2]],
]


def segment_values(segments):
    for rows, first, last in segments:
        for i in range(rows):
            yield first + (last - first) * i / rows


def error_stream(segments, seed):
    rng = random.Random(seed)
    return [int(rng.random() < rate) for rate in segment_values(segments)]


def number_stream(segments, seed):
    """Around the mean; every third stream's spread doubles in its second half."""
    rng = random.Random(seed)
    means = list(segment_values(segments))
    return [
        mean + (rng.random() - 0.5) * (4 if seed % 3 == 0 and i >= len(means) / 2 else 2)
        for i, mean in enumerate(means)
    ]


def river_streams():
    """The streams of river/drift/test_drift_detectors.py (River, BSD 3-Clause)."""
    np.random.seed(12345)
    one = np.concatenate((np.random.randint(2, size=1000), np.random.randint(8, size=1000)))
    np.random.seed(12345)
    two = [np.random.binomial(1, 0.2) for _ in range(1000)] + [np.random.binomial(1, 0.8) for _ in range(1000)]
    np.random.seed(12345)
    three = np.concatenate([np.random.normal(mean, 0.1, 500) > 0 for mean in (0.0, 0.25, 0.0, 0.25)]).astype(int)
    return [list(map(int, stream)) for stream in (one, two, three)]


def make_drift():
    content = {"river": [], "errors": [], "numbers": []}
    for stream in river_streams():
        is_errors = max(stream) == 1
        detectors = NUMBER_DETECTORS | (ERROR_DETECTORS if is_errors else {})
        content["river"].append({"stream": "".join(map(str, stream)), "found": all_detections(stream, detectors)})
    for seed, segments in enumerate(ERROR_STREAMS):
        found = all_detections(error_stream(segments, seed), ERROR_DETECTORS | NUMBER_DETECTORS)
        content["errors"].append({"segments": segments, "seed": seed, "found": found})
    for seed, segments in enumerate(NUMBER_STREAMS, 100):
        found = all_detections(number_stream(segments, seed), NUMBER_DETECTORS)
        content["numbers"].append({"segments": segments, "seed": seed, "found": found})
    rng = random.Random(3)
    content["kolmogorovSmirnov"] = []
    for size in (1, 2, 5, 10, 30, 30, 100, 100, 300, 2000):
        for shift in (0, 0.1, 0.4):
            first = [round(rng.random(), 3) for _ in range(size)]
            second = [round(rng.random() + shift, 3) for _ in range(size)]
            statistic, p_value = stats.ks_2samp(first, second, method="auto")
            content["kolmogorovSmirnov"].append([size, shift, float(statistic), float(p_value)])
    write("drift", content)


# Streams ---------------------------------------------------------------------------------------------------------------


def make_streams():
    made = {
        "sea": synth.SEA(variant=2, noise=0.1, seed=5),
        "stagger": synth.STAGGER(classification_function=1, seed=6),
        "staggerBalanced": synth.STAGGER(classification_function=0, seed=7, balance_classes=True),
        "hyperplane": synth.Hyperplane(seed=8, n_features=5, n_drift_features=3, mag_change=0.01),
        "gradual": synth.ConceptDriftStream(
            synth.SEA(variant=0, seed=1), synth.SEA(variant=3, seed=2), position=150, width=60, seed=9
        ),
    }
    content = {}
    for name, stream in made.items():
        rows = list(islice(stream, 300))
        content[name] = [[list(x.values()), int(y)] for x, y in rows[:20] + rows[140:160] + rows[-10:]]
    write("streams", content)


if __name__ == "__main__":
    TARGET.mkdir(parents=True, exist_ok=True)
    make_streams()
    make_linear()
    make_metrics()
    make_drift()
