/** Chapter 5's exercises: steps are counted, windows forget, checkpoints win. */
import type { Exercise } from '../exercise.ts';

export const chapter05: readonly Exercise[] = [
  {
    id: '5.1',
    form: 'a number of steps',
    because: 'Seven mini data sets, four batches in each, gone over twice.',
    hint: 'The last batch of a mini data set is smaller and is a step, too; so is each batch of each epoch.',
    isRight: (answer) => answer === 56,
  },
  {
    id: '5.2',
    form: 'an accuracy between 0 and 1',
    because: 'The window has forgotten the rows on which the model still knew nothing.',
    hint: "Give streamMetric('accuracy', { window: 200 }) to trainOnline with a new group, and read its value.",
    isRight: (answer) => typeof answer === 'number' && answer > 0.94 && answer < 1,
  },
  {
    id: '5.3',
    form: 'a number of rows',
    because: 'The checkpoint holds the next offset, and behind it there is nothing.',
    hint: "It is the rows property of what life('two-lives') gives.",
    isRight: (answer) => answer === 0,
  },
];
