"""River's side of bench/river.ts: predict, update the accuracy, learn. Prints one line of JSON for each data set.

python bench/python-river.py ROWS
"""

import itertools
import json
import sys
import time

from river import datasets, linear_model, metrics, optim, preprocessing

rows = int(sys.argv[1])
for name, dataset in (("phishing", datasets.Phishing()), ("bananas", datasets.Bananas())):
    # In memory first: reading is not counted.
    data = list(itertools.islice(itertools.cycle(list(dataset)), rows))
    model = preprocessing.StandardScaler() | linear_model.LogisticRegression(optimizer=optim.SGD(0.005))
    metric = metrics.Accuracy()
    started = time.perf_counter()
    for x, y in data:
        metric.update(y, model.predict_one(x))
        model.learn_one(x, y)
    seconds = time.perf_counter() - started
    print(json.dumps({"data": name, "rows": rows, "rowsPerSecond": rows / seconds, "accuracy": metric.get()}))
