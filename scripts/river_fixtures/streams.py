"""Rows of River's generators."""

from itertools import islice

from river.datasets import synth

from .files import write


def make_streams():
    made = {
        "sea": synth.SEA(variant=2, noise=0.1, seed=5),
        "stagger": synth.STAGGER(classification_function=1, seed=6),
        "staggerBalanced": synth.STAGGER(classification_function=0, seed=7, balance_classes=True),
        "hyperplane": synth.Hyperplane(seed=8, n_features=5, n_drift_features=3, mag_change=0.01),
        "gradual": synth.ConceptDriftStream(
            synth.SEA(variant=0, seed=1), synth.SEA(variant=3, seed=2), position=150, width=60, seed=9
        ),
    }
    content = {}
    for name, stream in made.items():
        rows = list(islice(stream, 300))
        content[name] = [[list(x.values()), int(y)] for x, y in rows[:20] + rows[140:160] + rows[-10:]]
    write("streams", content)
