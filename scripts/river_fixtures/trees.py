"""What River's trees and forests predict at each step, before they learn the row."""

from itertools import islice

from river import datasets, forest, tree
from river.datasets import synth

from .exact_erf import with_exact_erf
from .files import write


def numbered(dataset):
    """Rows with features named by their number, and whole numbers as labels."""
    return [(dict(enumerate(map(float, x.values()))), y if isinstance(y, str) else int(y)) for x, y in dataset]


def named(rows):
    """Features by names: River takes a feature 0 for none when it looks for poor ones."""
    return [({f"x{i}": value for i, value in x.items()}, y) for x, y in rows]


def traced(model, rows, classes=2, every=5):
    """The class it says of every row, and every so many-th row's probabilities."""
    said, probabilities = [], []
    for i, (x, y) in enumerate(rows):
        p = model.predict_proba_one(x)
        said.append(max(p, key=p.get) if p else 0)
        if i % every == 0:
            row = [p.get(label, 0.0) for label in range(classes)] if p else [1 / classes] * classes
            probabilities.append(row[1] if classes == 2 else row)
        model.learn_one(x, y)
    return {"every": every, "classes": "".join(map(str, said)), "probabilities": probabilities}


def tree_of(rows, classes=2, every=5, **options):
    model = tree.HoeffdingTreeClassifier(**options)
    trace = traced(model, rows, classes, every)
    return {**trace, "leaves": model.n_leaves, "branches": model.n_branches, "height": model.height}


def forest_of(rows, every=5, **options):
    model = forest.ARFClassifier(**options)
    trace = traced(model, rows, every=every)
    return {**trace, "warnings": model.n_warnings_detected(), "drifts": model.n_drifts_detected()}


def make_trees():
    write("trees", with_exact_erf(traces))


def traces():
    phishing = numbered(datasets.Phishing())
    bananas = numbered(datasets.Bananas().take(2000))
    sea = numbered(synth.SEA(variant=0, noise=0.1, seed=42).take(10_000))
    stagger = numbered(islice(synth.STAGGER(classification_function=1, seed=6), 1000))
    segments = numbered(datasets.ImageSegments().take(500))
    names = sorted({y for _, y in segments})
    segments = [(x, names.index(y)) for x, y in segments]
    drifting = numbered(
        synth.ConceptDriftStream(
            synth.SEA(variant=0, seed=1), synth.SEA(variant=3, seed=2), position=1500, width=50, seed=9
        ).take(3000)
    )
    rules = numbered(
        synth.ConceptDriftStream(
            synth.STAGGER(classification_function=0, seed=1),
            synth.STAGGER(classification_function=2, seed=2),
            position=1000,
            width=20,
            seed=3,
        ).take(2000)
    )
    return {
        "trees": {
            "phishing": tree_of(phishing, every=1),
            "bananas": tree_of(bananas, every=1),
            "bananasGini": tree_of(
                bananas, grace_period=50, delta=0.01, split_criterion="gini", leaf_prediction="mc"
            ),
            "bananasHellinger": tree_of(
                bananas, grace_period=50, delta=0.01, split_criterion="hellinger", leaf_prediction="nb"
            ),
            "sea": tree_of(sea, every=20),
            "seaShallow": tree_of(
                sea, every=20, grace_period=50, delta=0.01, tau=0.1, leaf_prediction="nb", max_depth=2
            ),
            "stagger": tree_of(stagger, grace_period=50, delta=0.05, tau=0.2, nominal_attributes=[0, 1, 2]),
            "staggerBinary": tree_of(
                stagger, grace_period=50, delta=0.05, tau=0.2, nominal_attributes=[0, 1, 2], binary_split=True
            ),
            "phishingNominal": tree_of(
                phishing, grace_period=50, delta=0.01, nominal_attributes=list(range(9))
            ),
            "phishingPoor": tree_of(
                named(phishing), grace_period=30, delta=0.2, remove_poor_attrs=True, leaf_prediction="mc"
            ),
            "segments": tree_of(segments, classes=7, grace_period=30, delta=0.2, tau=0.4),
        },
        "forests": {
            "phishing": forest_of(phishing, seed=1),
            "bananas": forest_of(bananas, seed=42),
            "drifting": forest_of(drifting, seed=7, n_models=5),
            "rules": forest_of(rules, seed=8, n_models=3, leaf_prediction="mc", nominal_attributes=[0, 1, 2]),
        },
    }
