/** The exercises of chapter 16: the depth of a tree, a short memory, trees that are replaced, kappa. */
import type { Exercise } from '../exercise.ts';
import { isNear, numberOf, shareOf } from './answer-forms.ts';

export const chapter16: readonly Exercise[] = [
  {
    id: '16.1',
    form: 'a number of leaves',
    because: 'Two levels of questions lead to four leaves, and on 10,000 rows each of them was worth asking.',
    hint: 'Learn every row of calm with learnRow, then look at leaves.',
    mistakes: {
      nodes: 'Those are all nodes, or the questions: leaves are what is below the last question.',
      deep: 'That is the tree without a bound: give maxDepth: 2.',
    },
    judge: (answer) => {
      const leaves = numberOf(answer);
      if (leaves === undefined) return 'form';
      return leaves === 7 || leaves === 3 ? 'nodes' : leaves === 20 ? 'deep' : leaves === 4;
    },
  },
  {
    id: '16.2',
    form: 'an accuracy',
    because:
      'What is forgotten cannot mislead: 98.3 % instead of 98.0 % with 1,000 rows, at a tenth of the memory.',
    hint: 'Put new KNeighborsClassifier({ features: 3, windowSize: 100 }) behind a scaler, and judge it with prequentialScore.',
    mistakes: { long: 'That is with a window of 1,000 rows.' },
    judge: (answer) => {
      const accuracy = shareOf(answer);
      if (accuracy === undefined) return 'form';
      return isNear(accuracy, 0.9803, 0.0006) ? 'long' : isNear(accuracy, 0.983, 0.0006);
    },
  },
  {
    id: '16.3',
    form: 'a number of drifts',
    because: 'Each tree has a detector of its own, and some report more than once around one change.',
    hint: 'Learn the rows with forest(3), row by row, then look at drifts.',
    mistakes: { one: 'The rule changes once, but each tree notices it for itself.' },
    judge: (answer) => {
      const drifts = numberOf(answer);
      if (drifts === undefined) return 'form';
      return drifts === 1 ? 'one' : drifts === 18;
    },
  },
  {
    id: '16.4',
    form: 'a number',
    because:
      'Whoever always says the same is right as often as chance would be, saying that as often: nothing beyond it.',
    hint: 'How often would be right who says "benign" at random, in 100 % of all cases?',
    mistakes: { accuracy: 'That is its accuracy. Kappa is what is beyond chance.' },
    judge: (answer) => {
      const kappa = numberOf(answer);
      if (kappa === undefined) return 'form';
      return isNear(kappa, 0.65, 0.002) || isNear(kappa, 65, 0.2) ? 'accuracy' : isNear(kappa, 0, 1e-9);
    },
  },
];
