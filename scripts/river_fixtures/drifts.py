"""Where River's detectors report drifts and warnings."""

import random

import numpy as np
from river import drift
from scipy import stats

from .files import write


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
