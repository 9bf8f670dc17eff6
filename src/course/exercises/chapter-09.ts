/** Chapter 9's exercises: what a token is, where the model and the lexicon part ways, what too few places cost. */
import type { Exercise } from '../exercise.ts';
import { isNear, numberOf, shareOf } from './answer-forms.ts';
import { shareRightOf } from './judged-rows.ts';

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
