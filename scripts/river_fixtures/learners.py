"""What River's naive Bayes, nearest neighbours and half-space trees say of each row before they learn it."""

import random

from river import anomaly, datasets, naive_bayes, neighbors, preprocessing

from .files import write
from .linear import rows_of

BANANAS = 2000


def probabilities(model, xs, ys, classes=2):
    """Of every row, before it is learnt; classes that are not known yet have 0."""
    found = []
    for x, y in zip(xs, ys):
        x = dict(enumerate(x))
        p = model.predict_proba_one(x)
        found.append([p.get(label, 0.0) for label in range(classes)])
        model.learn_one(x, y)
    return found


def second(rows):
    return [row[1] for row in rows]


def knn(window_size=1000, p=2, **options):
    engine = neighbors.LazySearch(window_size, dist_func=lambda a, b: minkowski(a, b, p))
    return neighbors.KNNClassifier(engine=engine, **options)


def minkowski(a, b, p):
    """River's minkowski_distance, but with the features in their order, not in that of a set."""
    return sum((abs(a[k] - b[k])) ** p for k in a) ** (1 / p)


def scores(model, xs):
    found = []
    for x in xs:
        x = dict(enumerate(x))
        found.append(model.score_one(x))
        model.learn_one(x)
    return found


def outliers(seed, rows):
    """Rows of two clusters, a few of them anywhere; drawn by the test alike."""
    rng = random.Random(seed)
    xs, ys = [], []
    for _ in range(rows):
        odd = rng.random() < 0.03
        middle = 0.3 if rng.random() < 0.5 else 0.6
        xs.append([rng.random() if odd else middle + 0.1 * (rng.random() - 0.5) for _ in range(4)])
        ys.append(int(odd))
    return xs, ys


def make_learners():
    content = {}
    data = {"phishing": rows_of(datasets.Phishing()), "bananas": rows_of(datasets.Bananas().take(BANANAS))}
    for name, (xs, ys) in data.items():
        ys = list(map(int, ys))
        scaled = preprocessing.StandardScaler() | knn()
        content[name] = {
            "bayes": second(probabilities(naive_bayes.GaussianNB(), xs, ys)),
            "neighbors": second(probabilities(knn(), xs, ys)),
            "scaledNeighbors": second(probabilities(scaled, xs, ys)),
            "manhattan": second(probabilities(knn(60, 1, n_neighbors=4, weighted=False), xs, ys)),
            "halfSpaces": scores(preprocessing.MinMaxScaler() | anomaly.HalfSpaceTrees(seed=42), xs),
        }
    xs, ys = rows_of(datasets.ImageSegments().take(500))
    classes = sorted(set(ys))
    ys = [classes.index(y) for y in ys]
    content["segments"] = {
        "bayes": probabilities(naive_bayes.GaussianNB(), xs, ys, 7),
        "neighbors": probabilities(knn(100, n_neighbors=7), xs, ys, 7),
    }
    xs, _ = outliers(3, 2000)
    content["outliers"] = {
        "default": scores(anomaly.HalfSpaceTrees(seed=7), xs),
        "small": scores(
            anomaly.HalfSpaceTrees(
                n_trees=5, height=4, window_size=50, seed=1, limits={0: (0.2, 0.8), 3: (-1.0, 2.0)}
            ),
            xs,
        ),
    }
    write("learners", content)
