"""What River's and scikit-learn's metrics say of random labels and predictions."""

import random

import numpy as np
from river import metrics, utils
from sklearn.metrics import brier_score_loss, cohen_kappa_score, matthews_corrcoef, roc_auc_score

from .files import write


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


def kappa_against(ys, labels, baseline):
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
