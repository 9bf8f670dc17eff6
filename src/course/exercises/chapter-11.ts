/** The exercises of chapter 11: serving. */
import type { Exercise } from '../exercise.ts';
import { isNear, numberOf, shareOf } from './answer-forms.ts';

/** What the useless version says of the chapter's 315 samples: how often malignant, of so many. */
const BENIGN = { called: 200, of: 207 };
const MALIGNANT = { called: 77, of: 108 };

/** A count of rows that were called malignant, among all of a kind. */
interface Called {
  readonly called: number;
  readonly of: number;
}

const shareIn = ({ called, of }: Called): number => called / of;
const both = { called: BENIGN.called + MALIGNANT.called, of: BENIGN.of + MALIGNANT.of };

/** How many predictions say malignant, among those of a truth (or of any); undefined where there is none. */
function calledIn(predictions: unknown, truth?: number): Called | undefined {
  if (!Array.isArray(predictions)) return undefined;
  const rows = predictions as { truth?: unknown; class?: unknown }[];
  const asked = rows.filter((row) => truth === undefined || row?.truth === truth);
  const called = asked.filter((row) => row.class === 1).length;
  return asked.length === 0 ? undefined : { called, of: asked.length };
}

export const chapter11: readonly Exercise[] = [
  {
    id: '11.1',
    part: 'share',
    form: 'a share between 0 and 1',
    because: 'Nearly every healthy patient would have been told of a tumour.',
    hint: 'by(useless).filter(({ truth }) => truth === 0) are the benign ones; count those whose class is 1.',
    mistakes: {
      right: 'That is the share of the benign samples that it called benign.',
      ill: 'That is the share of the malignant samples: ask for those with truth 0.',
      all: 'That is the share of all samples: take only those with truth 0.',
    },
    judge: (answer) => {
      const bare = shareOf(answer);
      const given = answer as { share: unknown; predictions: unknown };
      const share = bare ?? shareOf(given.share);
      if (share === undefined) return 'form';
      // Not each sample came equally often: without the predictions themselves, the figure is known roughly.
      const near = bare === undefined ? 0.0006 : 0.015;
      const [benign, malignant, all] =
        bare === undefined
          ? [0, 1, undefined].map((truth) => calledIn(given.predictions, truth))
          : [BENIGN, MALIGNANT, both];
      if (benign === undefined) return 'form';
      if (isNear(share, shareIn(benign), near)) return true;
      if (isNear(share, 1 - shareIn(benign), near)) return 'right';
      if (malignant !== undefined && isNear(share, shareIn(malignant), near)) return 'ill';
      return all !== undefined && isNear(share, shareIn(all), near) && 'all';
    },
  },
  {
    id: '11.2',
    form: 'a number of seconds',
    because: '80 labelled rows come in a second, and 2,000 of them are wanted.',
    hint: 'How many labelled rows come in a second? Rows without a label do not count.',
    mistakes: { rows: 'That would be so if each row had its label.' },
    judge: (answer) => {
      const seconds = numberOf(answer);
      return seconds === undefined ? 'form' : seconds === 5 ? 'rows' : isNear(seconds, 25, 1e-9);
    },
  },
  {
    id: '11.3',
    form: 'an HTTP status, a number',
    because: 'The request cannot be answered, whoever is asked: 400, with a sentence that says why.',
    hint: 'startPredictionServer({ models: { cancer: whole }, port: 0 }) has a url; hand it to ask as the third argument.',
    mistakes: {
      fine: 'With nine grades it would be: leave one out.',
      missing: 'No such model: ask for it by the name that you gave it.',
    },
    judge: (answer) => {
      const status = numberOf(answer);
      if (status === undefined) return 'form';
      return status === 200 ? 'fine' : status === 404 ? 'missing' : status === 400;
    },
  },
];
