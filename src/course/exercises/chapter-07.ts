/** Chapter 7's exercises: how long an alarm takes, how much a reaction is worth, what is reported where nothing changes. */
import type { Exercise } from '../exercise.ts';
import { isNear, isSameList, listOf, numberOf, shareOf } from './answer-forms.ts';

export const chapter07: readonly Exercise[] = [
  {
    id: '7.1',
    form: 'a row number',
    because: 'A risk a thousand times smaller costs nine rows of delay: the change is abrupt and great.',
    hint: 'The rule changes at row 2000. Update the detector with 0 or 1 from row 1500 on, and stop at its first report.',
    mistakes: {
      usual: 'That is the row of the default confidence.',
      since: 'Rows are counted from the start of the stream, not from 1500 or from the change.',
    },
    judge: (answer) => {
      const row = numberOf(answer);
      if (row === undefined) return 'form';
      return row === 2012 ? 'usual' : row === 521 || row === 21 ? 'since' : row === 2021;
    },
  },
  {
    id: '7.2',
    form: 'an accuracy between 0 and 1',
    because:
      'Thirty times the rate unlearns faster than ten times, and still not as fast as forgetting everything.',
    hint: "relive(rowsAgain, 'raiseLearningRate', { factor: 30 }) has it as accuracy.",
    judge: (answer) => {
      const accuracy = shareOf(answer);
      return accuracy === undefined ? 'form' : isNear(accuracy, 0.9212, 0.0006);
    },
  },
  {
    id: '7.3',
    form: 'a list of two numbers of drifts',
    because: 'ADWIN reports that the model has learnt; HDDM-A only looks for rises of the error.',
    hint: "Hand relive the rows, 'report', and { detector: new Adwin() }; then once more without a detector of your own.",
    mistakes: { turned: 'ADWIN first, then HDDM-A.' },
    judge: (answer) => {
      const drifts = listOf(answer);
      if (drifts?.length !== 2) return 'form';
      return isSameList(drifts, [0, 1]) ? 'turned' : isSameList(drifts, [1, 0]);
    },
  },
];
