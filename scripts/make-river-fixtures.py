"""Writes test/training/fixtures/river/*.json.gz: what River says of data, models, metrics, detectors and generators.

Run it in an environment with river 0.23.0 and scikit-learn: python scripts/make-river-fixtures.py
The same versions give the same files, byte for byte.
"""

import warnings

from river_fixtures.drifts import make_drift
from river_fixtures.learners import make_learners
from river_fixtures.linear import make_linear
from river_fixtures.stream_metrics import make_metrics
from river_fixtures.streams import make_streams
from river_fixtures.trees import make_trees

warnings.simplefilter("ignore")
make_streams()
make_linear()
make_learners()
make_metrics()
make_drift()
make_trees()
