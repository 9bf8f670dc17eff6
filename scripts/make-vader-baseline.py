"""Writes data/vader-baseline.json: what VADER itself makes of the 4,200 rated texts of its paper.

Run it in a throw-away venv; the second argument is the file that `fetchTweets` of src/install/tweets.ts keeps:

    python3 -m venv vader-venv
    vader-venv/bin/pip install vaderSentiment==3.3.2
    vader-venv/bin/python scripts/make-vader-baseline.py ~/.cache/streamtrain/vaderSentiment-3.3.2/tweets_GroundTruth.txt

Each text is scored as it stands in the file by the package's own analyzer; the sign of its compound score goes into
`scores`, one character a text. The same input gives the same bytes. With `--check` nothing is written; exit code 1 when
the file differs.

C. J. Hutto, E. Gilbert: "VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social Media Text", ICWSM 2014.
"""

import argparse
import hashlib
import importlib.metadata
import json
import pathlib
import sys

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

VERSION = "3.3.2"
TWEETS_SHA256 = "dfbe7102e2f92579ed8b19df9a3822491880697c67adf712fb66e520cc05102f"
MADE_UP = 200  # the last texts, contrived by the authors
THRESHOLD = 0.05  # the paper's, on a scale from -1 to 1


def read_tweets(path: pathlib.Path) -> list[tuple[float, str]]:
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != TWEETS_SHA256:
        sys.exit(f"{path} is another file: sha256 {digest}")
    rows = [line.split("\t") for line in content.decode("utf-8").split("\r\n")]
    return [(float(valence), text) for _, valence, text in rows]


def sign(value: float, threshold: float = 0.0) -> int:
    if threshold == 0.0:
        return (value > 0) - (value < 0)
    return (value >= threshold) - (value <= -threshold)


def share(hits: list[bool]) -> float:
    return round(sum(hits) / len(hits), 6)


def f1(truths: list[int], predictions: list[int], label: int) -> float:
    both = sum(t == label and p == label for t, p in zip(truths, predictions))
    return 2 * both / (truths.count(label) + predictions.count(label))


def binary(valences: list[float], scores: list[float]) -> dict:
    """The sign of the mean rating; the texts rated exactly 0 have none and are left out."""
    rows = [(v > 0, s) for v, s in zip(valences, scores) if v != 0]
    return {
        "rows": len(rows),
        "positive": sum(truth for truth, _ in rows),
        "scoredZero": sum(s == 0 for _, s in rows),
        "accuracyZeroIsNegative": share([truth == (s > 0) for truth, s in rows]),
        "accuracyZeroIsPositive": share([truth == (s >= 0) for truth, s in rows]),
    }


def three_classes(valences: list[float], scores: list[float]) -> dict:
    """Ratings brought from -4..4 to -1..1, then the paper's thresholds for both."""
    truths = [sign(v / 4, THRESHOLD) for v in valences]
    predictions = [sign(s, THRESHOLD) for s in scores]
    return {
        "rows": len(truths),
        "threshold": THRESHOLD,
        "negative": truths.count(-1),
        "neutral": truths.count(0),
        "positive": truths.count(1),
        "accuracy": share([t == p for t, p in zip(truths, predictions)]),
        "macroF1": round(sum(f1(truths, predictions, label) for label in (-1, 0, 1)) / 3, 6),
    }


def pearson(xs: list[float], ys: list[float]) -> float:
    mx, my = sum(xs) / len(xs), sum(ys) / len(ys)
    cov = sum((x - mx) * (y - my) for x, y in zip(xs, ys))
    return round(cov / (sum((x - mx) ** 2 for x in xs) * sum((y - my) ** 2 for y in ys)) ** 0.5, 6)


def make_json(tweets: list[tuple[float, str]]) -> str:
    version = importlib.metadata.version("vaderSentiment")
    if version != VERSION:
        sys.exit(f"vaderSentiment {VERSION} is needed, this is {version}")
    analyzer = SentimentIntensityAnalyzer()
    valences = [valence for valence, _ in tweets]
    scores = [analyzer.polarity_scores(text)["compound"] for _, text in tweets]
    report = {
        "package": f"vaderSentiment {VERSION}",
        "tweetsSha256": TWEETS_SHA256,
        "madeBy": "scripts/make-vader-baseline.py",
        "texts": len(tweets),
        "correlation": pearson(valences, scores),
        "binary": binary(valences, scores),
        "binaryMadeUpTexts": binary(valences[-MADE_UP:], scores[-MADE_UP:]),
        "threeClasses": three_classes(valences, scores),
        "scores": "".join("-0+"[sign(score) + 1] for score in scores),
    }
    return json.dumps(report, indent=2) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tweets", type=pathlib.Path, help="tweets_GroundTruth.txt")
    parser.add_argument("--check", action="store_true", help="compare with the file that is there, write nothing")
    options = parser.parse_args()
    target = pathlib.Path(__file__).resolve().parent.parent / "data" / "vader-baseline.json"
    text = make_json(read_tweets(options.tweets))
    if not options.check:
        target.write_text(text, encoding="utf-8")
    elif target.read_text(encoding="utf-8") != text:
        sys.exit(f"{target} differs")


if __name__ == "__main__":
    main()
