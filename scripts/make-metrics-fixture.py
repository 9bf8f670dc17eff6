"""Writes test/training/fixtures/sklearn-metrics.json: what scikit-learn says of random labels and scores.

Run it in an environment that has scikit-learn: python scripts/make-metrics-fixture.py
"""

import json
import random
from pathlib import Path

from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, precision_score, recall_score

random.seed(7)
cases = []
for rows in (10, 25, 50, 100, 280, 419):
    labels = [int(random.random() < 0.35) for _ in range(rows)]
    scores = [round(min(1, max(0, random.gauss(0.35 + 0.3 * label, 0.25))), 4) for label in labels]
    predicted = [int(score > 0.5) for score in scores]
    cases.append(
        {
            "labels": labels,
            "scores": scores,
            "confusion": confusion_matrix(labels, predicted, labels=[0, 1]).tolist(),
            "accuracy": accuracy_score(labels, predicted),
            "precision": precision_score(labels, predicted),
            "recall": recall_score(labels, predicted),
            "f1": f1_score(labels, predicted),
        }
    )
target = Path(__file__).parent.parent / "test/training/fixtures/sklearn-metrics.json"
target.write_text(json.dumps(cases) + "\n")
