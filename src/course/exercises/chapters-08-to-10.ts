/** The exercises of chapters 8 to 10: faults and checkpoints, texts, larger streams. */
import { partitionOfKey } from '../../kafka/index.ts';
import type { Exercise } from '../exercise.ts';
import { isNear, isSameList, listOf, numberOf, shareOf, shareRightOf, wordOf } from './answer-forms.ts';

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

/** Made-up texts in the file: the model is right in a whole number of them. */
const MADE_UP = 200;
/** Texts on which model and lexicon are both wrong with the chapter's seed, a few more or fewer, of all. */
const BOTH_WRONG = 70;
const TEXTS = 4196;
/** With 256 places, the mean of the chapter's five orders. */
const FEW_PLACES = 0.7074;

export const chapter09: readonly Exercise[] = [
  {
    id: '9.1',
    form: 'a number of tokens',
    because: 'Seven words and the hashtag, the face, the note that one is shouted, and the marks: 11 in all.',
    hint: 'tweetTokens(...) gives a list; look at which words have NOT_ in front.',
    mistakes: { words: 'That is the text cut at its spaces: a shout and the marks are tokens of their own.' },
    judge: (answer) => {
      const tokens = numberOf(answer);
      return tokens === undefined ? 'form' : tokens === 9 ? 'words' : tokens === 11;
    },
  },
  {
    id: '9.2',
    part: 'share',
    form: 'a share between 0 and 1',
    because: 'To the model these are texts like others; VADER, for which they were made, gets 99 %.',
    hint: 'Filter judged by id > 4000, and use shareRight.',
    mistakes: {
      vader: 'That is how often VADER is right: ask for the model.',
      all: 'That is the share of all texts: take those with ids above 4000.',
    },
    judge: (answer) => {
      const bare = shareOf(answer);
      const given = answer as { share: unknown; judged: unknown };
      const share = bare ?? shareOf(given.share);
      if (share === undefined) return 'form';
      if (share > 0.98 && share <= 1) return 'vader';
      if (bare === undefined) {
        const [madeUp, all] = [shareRightOf(given.judged, 4000), shareRightOf(given.judged, 0)];
        if (madeUp === undefined) return 'form';
        return isNear(share, madeUp, 0.0006) || (all !== undefined && isNear(share, all, 0.0006) && 'all');
      }
      const right = Math.round(share * MADE_UP);
      return isNear(share, right / MADE_UP, 0.0006) && right >= 150 && right <= 166;
    },
  },
  {
    id: '9.3',
    form: 'an accuracy between 0 and 1',
    because: 'Each of the 256 weights serves some forty tokens, friends and foes alike.',
    hint: "await tryOut('256 places', { features: 256 }) returns it.",
    mistakes: { commonest: 'That is what the commonest class gives.' },
    judge: (answer) => {
      const share = shareOf(answer);
      if (share === undefined) return 'form';
      return isNear(share, 2897 / 4196, 0.0006) ? 'commonest' : isNear(share, FEW_PLACES, 0.0021);
    },
  },
  {
    id: '9.4',
    form: 'a share between 0 and 1',
    because: 'Only where both are wrong does no choice help.',
    hint: 'Subtract the share of both(false, false) from 1.',
    mistakes: {
      wrong: 'That is the share on which both are wrong.',
      vader: 'That is how often VADER alone is right.',
    },
    judge: (answer) => {
      const share = shareOf(answer);
      if (share === undefined) return 'form';
      if (share > 0.01 && share < 0.025) return 'wrong';
      return isNear(share, 0.94, 0.002) ? 'vader' : isNear(share, 1 - BOTH_WRONG / TEXTS, 0.0008);
    },
  },
];

export const chapter10: readonly Exercise[] = [
  {
    id: '10.1',
    form: 'a number of partitions',
    because: 'Two keys lead to two partitions at most, however many rows there are.',
    hint: "The keys are '0' and '1'. Ask partitionOfKey for each of them, with 4 partitions, and count.",
    mistakes: { all: 'All four are used only where there are keys enough.' },
    judge: (answer) => {
      const partitions = numberOf(answer);
      if (partitions === undefined) return 'form';
      const right = new Set(['0', '1'].map((key) => partitionOfKey(key, 4))).size;
      return partitions === 4 ? 'all' : partitions === right;
    },
  },
  {
    id: '10.2',
    form: 'a number, how many times as fast, to one decimal place',
    because: 'Of 100 seconds 37 are left: waiting and decoding have not become faster.',
    hint: 'Of 100 seconds, how many are left? Only the 70 of learning become fewer.',
    mistakes: {
      part: 'Ten times is the learning alone.',
      left: 'That is what is left of the time: how many times does it go into the whole?',
      most: 'That is what a processor without end would give.',
    },
    judge: (answer) => {
      const times = numberOf(answer);
      if (times === undefined) return 'form';
      if (times === 10) return 'part';
      if (isNear(times, 0.37, 0.001) || isNear(times, 37, 0.001)) return 'left';
      return isNear(times, 10 / 3, 0.05) ? 'most' : isNear(times, 100 / 37, 0.0051);
    },
  },
  {
    id: '10.3',
    form: 'a number of gigabytes',
    because: 'A row is 18 numbers of 4 bytes.',
    hint: 'One row is packed.length bytes.',
    mistakes: {
      bytes: 'Those are bytes: a gigabyte is a billion of them.',
      doubles: 'Those are numbers of 8 bytes; packed, each takes 4.',
      numbers: 'A 32-bit float is 4 bytes.',
    },
    judge: (answer) => {
      const gigabytes = numberOf(answer);
      if (gigabytes === undefined) return 'form';
      if (isNear(gigabytes, 72e9, 1)) return 'bytes';
      if (gigabytes === 144) return 'doubles';
      return gigabytes === 18 ? 'numbers' : isNear(gigabytes, 72, 0.001);
    },
  },
];
