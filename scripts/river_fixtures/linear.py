"""What River's linear models predict at each step of its data sets."""

import random

import pandas as pd
from river import datasets, dummy, evaluate, linear_model, metrics, optim, preprocessing

from .files import write


def rows_of(dataset):
    """Rows as lists of features, and labels as numbers."""
    rows = [(list(map(float, x.values())), y) for x, y in dataset]
    return [x for x, _ in rows], [y for _, y in rows]


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
        # Their rows are in data/phishing.csv and data/bananas.csv.
        content[name] = {
            "trace": progressive(dataset, logistic(optimizer=optim.SGD(0.005)), every),
            "regularised": progressive(
                dataset, logistic(optimizer=optim.SGD(0.1), l2=0.01, intercept_lr=0.05, clip_gradient=0.5), 10
            ),
            "baselines": baselines(dataset),
        }
    phishing = content["phishing"]
    phishing["delayed"] = delayed(datasets.Phishing(), 100)
    phishing["miniBatches"] = mini_batches(*rows_of(datasets.Phishing()), 32)
    xs, ys = rows_of(datasets.ImageSegments().take(500))
    classes = sorted(set(ys))
    ys = [classes.index(y) for y in ys]
    content["segments"] = {"xs": xs, "ys": ys, "probabilities": softmax(xs, ys)}
    content["regression"] = regression()
    write("linear", content)
