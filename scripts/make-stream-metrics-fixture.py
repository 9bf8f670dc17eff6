"""Writes test/training/fixtures/sklearn-stream-metrics.json.gz: what scikit-learn says where metrics are easily wrong.

One class only, classes that never came or were never said, ties, rare classes, weights, few rows.
Run it in an environment that has scikit-learn: python scripts/make-stream-metrics-fixture.py
"""

import gzip
import json
import math
import random
import warnings
from pathlib import Path

import numpy as np
from sklearn import metrics as m

warnings.simplefilter("ignore")
rng = random.Random(5)


def rows_of(rows, classes, share, sharp=1.0, digits=6, truths=None, said=None):
    ys, ps = [], []
    for _ in range(rows):
        y = rng.choice(truths) if truths else rng.choices(range(classes), weights=share)[0]
        raw = [rng.random() * (1 if said is None or label in said else 1e-3) + sharp * (label == y) for label in range(classes)]
        p = [round(value / sum(raw), digits) for value in raw]
        p[0] = 1 - sum(p[1:])
        ys.append(y)
        ps.append(p)
    return ys, ps


def scores_of(ys, ps, classes, weights):
    labels = list(range(classes))
    said = [int(p[1] > 0.5) if classes == 2 else int(np.argmax(p)) for p in ps]
    w = {"sample_weight": weights}
    found = {
        "accuracy": m.accuracy_score(ys, said, **w),
        "balancedAccuracy": m.balanced_accuracy_score(ys, said, **w),
        "kappa": m.cohen_kappa_score(ys, said, **w),
        "mcc": m.matthews_corrcoef(ys, said, **w),
        "logLoss": m.log_loss(ys, ps, labels=labels, **w),
    }
    averages = ["macro", "micro", "weighted"] + (["binary"] if classes == 2 else [])
    for average in averages:
        for name, score in (("precision", m.precision_score), ("recall", m.recall_score), ("f1", m.f1_score)):
            found[f"{name} {average}"] = score(ys, said, average=average, zero_division=0, **w)
    if classes == 2:
        positive = [p[1] for p in ps]
        found["brier"] = float(np.average((np.array(positive) - np.array(ys)) ** 2, weights=weights))
        found["rocAuc"] = m.roc_auc_score(ys, positive, **w) if len(set(ys)) == 2 else math.nan
    return found


cases = []
for name, classes, options in [
    ("two classes", 2, {"rows": 200, "share": [3, 2]}),
    ("ties", 2, {"rows": 300, "share": [1, 1], "digits": 1}),
    ("rare class", 2, {"rows": 3000, "share": [99, 1], "sharp": 0.2}),
    ("truths of class 1 only", 2, {"rows": 20, "share": [1, 1], "truths": [1], "sharp": 0.1}),
    ("truths of class 0 only", 2, {"rows": 20, "share": [1, 1], "truths": [0], "sharp": 0.1}),
    ("all right, one class", 2, {"rows": 10, "share": [1, 1], "truths": [1], "sharp": 5}),
    ("one row", 2, {"rows": 1, "share": [1, 1]}),
    ("four classes", 4, {"rows": 300, "share": [5, 3, 1, 1], "sharp": 0.5}),
    ("a class that never came", 4, {"rows": 60, "share": [1, 1, 1, 1], "truths": [0, 1, 3], "sharp": 0.2}),
    ("a class that was never said", 3, {"rows": 60, "share": [1, 1, 1], "said": [0, 1], "sharp": 0.1}),
    ("three classes, one row", 3, {"rows": 1, "share": [1, 1, 1]}),
]:
    ys, ps = rows_of(classes=classes, **options)
    for weighted in (False, True):
        weights = [rng.randint(1, 4) / 2 for _ in ys] if weighted else [1.0] * len(ys)
        scores = {key: None if math.isnan(value) else value for key, value in scores_of(ys, ps, classes, weights).items()}
        cases.append({"name": name + (", weighted" if weighted else ""), "classes": classes, "ys": ys, "ps": ps, "ws": weights, "scores": scores})
target = Path(__file__).parent.parent / "test/training/fixtures/sklearn-stream-metrics.json.gz"
target.write_bytes(gzip.compress((json.dumps(cases) + "\n").encode(), mtime=0))
