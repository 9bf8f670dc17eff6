"""River's side of bench/river.ts: predict, update the accuracy, learn. Prints one line of JSON for each data set and model.

By processor time. python bench/python-river.py ROWS [LEARNER]
"""

import itertools
import json
import sys
import time

import river
from river import (
    anomaly,
    datasets,
    forest,
    linear_model,
    metrics,
    naive_bayes,
    neighbors,
    optim,
    preprocessing,
    tree,
)


def nearest():
    return preprocessing.StandardScaler() | neighbors.KNNClassifier(engine=neighbors.LazySearch(window_size=1000))


# Each model, and how much of the rows it is given: nearest neighbours take a thousand times as long.
models = {
    "": (lambda: preprocessing.StandardScaler() | linear_model.LogisticRegression(optimizer=optim.SGD(0.005)), 1),
    "naive Bayes": (naive_bayes.GaussianNB, 0.2),
    "nearest neighbours": (nearest, 0.04),
    "Hoeffding tree": (tree.HoeffdingTreeClassifier, 0.2),
    "adaptive random forest": (lambda: forest.ARFClassifier(seed=42), 0.05),
    "half-space trees": (lambda: preprocessing.MinMaxScaler() | anomaly.HalfSpaceTrees(seed=42), 0.1),
}


def measured(data, model, scores):
    metric = metrics.Accuracy()
    started = time.process_time()
    for x, y in data:
        if scores:
            model.score_one(x)
            model.learn_one(x)
        else:
            metric.update(y, model.predict_one(x))
            model.learn_one(x, y)
    return len(data) / (time.process_time() - started), metric.get()


rows = int(sys.argv[1])
only = sys.argv[2] if len(sys.argv) > 2 else None
for name, dataset in (("phishing", datasets.Phishing()), ("bananas", datasets.Bananas())):
    for learner, (make, share) in models.items():
        if only not in (None, learner):
            continue
        # In memory first: reading is not counted.
        data = list(itertools.islice(itertools.cycle(list(dataset)), max(1, int(rows * share))))
        scores = learner == "half-space trees"
        rate, accuracy = measured(data, make(), scores)
        line = {"version": f"River {river.__version__}", "data": name, "learner": learner, "rows": len(data), "rowsPerSecond": rate}
        print(json.dumps(line if scores else {**line, "accuracy": accuracy}))
