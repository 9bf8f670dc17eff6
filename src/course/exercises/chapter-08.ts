/** Chapter 8's exercises: reasons, checkpoints that stand behind the last row, and one trainer a checkpoint. */
import type { Exercise } from '../exercise.ts';
import { isSameList, listOf, numberOf, wordOf } from './answer-forms.ts';

export const chapter08: readonly Exercise[] = [
  {
    id: '8.1',
    form: 'a reason, as text',
    because: 'The codec says which kind of fault it found; the message has the column, too.',
    hint: 'letters.find(...) with that value, and then its reason.',
    mistakes: { value: 'That is the value that is wrong, not the reason that is given.' },
    judge: (answer) => {
      const reason = wordOf(answer);
      if (reason === undefined) return 'form';
      return reason.includes('banana') ? 'value' : reason === 'not-a-number';
    },
  },
  {
    id: '8.2',
    form: 'a number of rows',
    because: 'Its checkpoint stands behind the last row.',
    hint: "Take nextOffset('unbroken') before and after the trainer has ended.",
    mistakes: { offset: 'That is the offset itself: subtract what it was before.' },
    judge: (answer) => {
      const rows = numberOf(answer);
      return rows === undefined ? 'form' : rows === 8 * 699 ? 'offset' : rows === 0;
    },
  },
  {
    id: '8.3',
    form: 'a list of two exit codes',
    because: 'One trains, the other is refused: two writers on one checkpoint would undo each other.',
    hint: "Spawn both, then wait for once(child, 'exit') of each; the first of what it gives is the code.",
    mistakes: {
      both: 'Two that end well did not run at the same moment: start both before you wait for either.',
    },
    judge: (answer) => {
      const codes = listOf(answer);
      if (codes?.length !== 2) return 'form';
      return isSameList(codes, [0, 0])
        ? 'both'
        : isSameList(
            [...codes].sort((one, other) => one - other),
            [0, 1],
          );
    },
  },
];
