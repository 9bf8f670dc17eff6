/** Nearest neighbours: River's class and probabilities, of every row, before it is learnt. */
import { test } from 'node:test';
import { KNeighborsClassifier, OnlineStandardScaler, withScaler } from '../../../src/training/index.ts';
import { checkRows, labelledRows, learnersFixture } from '../helpers/learners.ts';

for (const name of ['phishing', 'bananas'] as const) {
  const features = name === 'phishing' ? 9 : 2;

  test(`nearest neighbours on ${name}: River's class of every row, and its probability within 1e-12`, () => {
    checkRows(
      new KNeighborsClassifier({ features }),
      labelledRows(name),
      learnersFixture[name].neighbors,
      1e-12,
    );
  });

  test(`behind a standard scaler on ${name}: River's too`, () => {
    const model = withScaler(new OnlineStandardScaler(features), new KNeighborsClassifier({ features }));
    checkRows(model, labelledRows(name), learnersFixture[name].scaledNeighbors, 1e-12);
  });

  // Many distances are alike here, and votes are split: the older rows are nearer, and class 0 goes before class 1.
  test(`four equal votes of the last 60 rows on ${name}, Manhattan distance: River's, also where they tie`, () => {
    const options = { neighbors: 4, windowSize: 60, weighted: false, p: 1 } as const;
    const model = new KNeighborsClassifier({ features, ...options });
    checkRows(model, labelledRows(name), learnersFixture[name].manhattan, 0);
  });
}

test('seven neighbours of seven classes: the probabilities of all of them', () => {
  const rows = labelledRows('segments');
  const options = { features: rows[0]!.xs.length, classes: 7, neighbors: 7, windowSize: 100 };
  checkRows(new KNeighborsClassifier(options), rows, learnersFixture.segments.neighbors, 1e-12);
});
