"""Writes test/data/fixtures/sklearn-scaling.json: what scikit-learn's StandardScaler and MinMaxScaler make of columns.

Constant columns whose value is no binary fraction, columns around 10^9 and 10^12, and ordinary ones.
Run it in an environment that has scikit-learn: python scripts/make-scaling-fixture.py
"""

import json
import random
from pathlib import Path

import numpy as np
from sklearn.preprocessing import MinMaxScaler, StandardScaler

random.seed(11)
columns = {
    "constant 0.1": [0.1] * 419,
    "constant 1e9 + 0.1": [1e9 + 0.1] * 300,
    "constant -7.3e-12": [-7.3e-12] * 57,
    "constant 0": [0.0] * 10,
    "one row": [3.7],
    "constant but for rounding": [0.3 if i % 3 else 0.1 + 0.2 for i in range(100)],
    "grades": [random.randint(1, 10) for _ in range(120)],
    "around 1e9, apart by 0.01": [1e9 + round(random.uniform(0, 1), 2) for _ in range(90)],
    "ms since 1970": [1.7e12 + random.randint(0, 86_400_000) for _ in range(90)],
    "s since 1970, by the second": [1.7e9 + i for i in range(100)],
    "tiny": [random.gauss(0, 1) * 1e-150 for _ in range(40)],
    "huge": [random.gauss(0, 1) * 1e150 for _ in range(40)],
}
cases = []
for name, values in columns.items():
    column = np.array(values, dtype=np.float64).reshape(-1, 1)
    standard, least = StandardScaler().fit(column), MinMaxScaler().fit(column)
    probe = np.array([values[0], values[0] + abs(values[0]) + 1, values[-1]]).reshape(-1, 1)
    cases.append(
        {
            "name": name,
            "values": values,
            "mean": standard.mean_[0],
            "deviation": standard.scale_[0],
            "probe": probe.ravel().tolist(),
            "standard": standard.transform(probe).ravel().tolist(),
            "minMax": least.transform(probe).ravel().tolist(),
        }
    )
target = Path(__file__).parent.parent / "test/data/fixtures/sklearn-scaling.json"
target.parent.mkdir(exist_ok=True)
target.write_text(json.dumps(cases) + "\n")
