/** Chapter 9's exercises: what a token is, where the model and the lexicon part ways, what too few places cost. */
import type { Exercise } from '../exercise.ts';

const within = (answer: unknown, low: number, high: number): boolean =>
  typeof answer === 'number' && answer >= low && answer <= high;

export const chapter09: readonly Exercise[] = [
  {
    id: '9.1',
    form: 'a number of tokens',
    because: 'Seven words and the hashtag, the face, the note that one is shouted, and the marks: 11 in all.',
    hint: 'tweetTokens(...) gives a list; look at which words have NOT_ in front.',
    isRight: (answer) => answer === 11,
  },
  {
    id: '9.2',
    form: 'a share between 0 and 1',
    because: 'To the model these are texts like others; VADER, for which they were made, gets 99 %.',
    hint: 'Filter judged by id > 4000, and use shareRight.',
    isRight: (answer) => within(answer, 0.75, 0.83),
  },
  {
    id: '9.3',
    form: 'an accuracy between 0 and 1',
    because: 'Each of the 256 weights serves some forty tokens, friends and foes alike.',
    hint: "await tryOut('256 places', { features: 256 }) returns it.",
    isRight: (answer) => within(answer, 0.7, 0.74),
  },
  {
    id: '9.4',
    form: 'a share between 0 and 1',
    because: 'Only where both are wrong does no choice help.',
    hint: 'Subtract the share of both(false, false) from 1.',
    isRight: (answer) => within(answer, 0.975, 0.99),
  },
];
