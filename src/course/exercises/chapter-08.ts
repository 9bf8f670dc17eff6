/** Chapter 8's exercises: reasons, checkpoints that stand behind the last row, and one trainer a checkpoint. */
import type { Exercise } from '../exercise.ts';

export const chapter08: readonly Exercise[] = [
  {
    id: '8.1',
    form: 'a reason, as text',
    because: 'The codec says which kind of fault it found; the message has the column, too.',
    hint: 'letters.find(...) with that value, and then its reason.',
    isRight: (answer) => answer === 'not-a-number',
  },
  {
    id: '8.2',
    form: 'a number of rows',
    because: 'Its checkpoint stands behind the last row.',
    hint: "Take nextOffset('unbroken') before and after the trainer has ended.",
    isRight: (answer) => answer === 0,
  },
  {
    id: '8.3',
    form: 'a list of two exit codes',
    because: 'One trains, the other is refused: two writers on one checkpoint would undo each other.',
    hint: "Spawn both, then wait for once(child, 'exit') of each; the first of what it gives is the code.",
    isRight: (answer) => Array.isArray(answer) && answer.length === 2 && answer[0] === 0 && answer[1] === 1,
  },
];
