/** The exercises of chapters 14 and 15: NiFi and Azure. */
import type { Exercise } from '../exercise.ts';
import { numberOf, wordOf } from './answer-forms.ts';

/** What several exercises of these chapters ask: the code of an error. */
function codeIs(answer: unknown, right: string): boolean | 'form' | 'class' {
  const code = wordOf(answer);
  if (code === undefined) return 'form';
  return code.endsWith('error') ? 'class' : code === right.toLowerCase().replaceAll('_', '-');
}

/** What the check says where the class was named. */
const CLASS = { class: 'That is the class of the error; its code begins with ST_.' };

export const chapter14: readonly Exercise[] = [
  {
    id: '14.1',
    form: 'a number of lines',
    because: 'What is put aside is the header and the sixteen samples that lack a value.',
    hint: 'Filter the rejected lines for those that include a question mark.',
    mistakes: { header: 'One of those is the header, which has no question mark.' },
    judge: (answer) => {
      const lines = numberOf(answer);
      return lines === undefined ? 'form' : lines === 17 ? 'header' : lines === 16;
    },
  },
  {
    id: '14.2',
    form: 'a number of requests',
    because: '683 rows in pieces of 50, and the last piece is not full.',
    hint: 'How often does 50 go into 683? What is left is a request, too.',
    mistakes: {
      last: 'The last piece has 33 lines: it is sent, too.',
      aside: 'Only whole rows get as far as that: 683, not the 700 lines of the file.',
    },
    judge: (answer) => {
      const requests = numberOf(answer);
      if (requests === undefined) return 'form';
      return requests === 13 ? 'last' : requests === 15 ? 'aside' : requests === 14;
    },
  },
  {
    id: '14.3',
    form: 'an error code, as text',
    because: 'A connection that leads nowhere can be seen without NiFi.',
    hint: 'Give nifiFlow the same flow with one more connection inside try, and look at the code of what it throws.',
    mistakes: CLASS,
    judge: (answer) => codeIs(answer, 'ST_ENGINES_NIFI_FLOW'),
  },
];

export const chapter15: readonly Exercise[] = [
  {
    id: '15.1',
    form: 'a number of minutes',
    because: 'A window of Stream Analytics holds its end.',
    hint: 'Give streamAnalyticsWindowEnd the time in ms, and project.window; take midnight from what comes back.',
    mistakes: { start: 'That is the window that begins then; those of Stream Analytics hold their end.' },
    judge: (answer) => {
      const minutes = numberOf(answer);
      return minutes === undefined ? 'form' : minutes === 8 ? 'start' : minutes === 7;
    },
  },
  {
    id: '15.2',
    form: 'a number of samples',
    because: 'Only a sample exactly on a full minute changes sides: every sixtieth, the first one included.',
    hint: 'Begin of the window here: its end minus a minute. Begin there: the time, rounded down to a minute.',
    mistakes: { first: 'The sample of midnight counts, too: it lies on a full minute.' },
    judge: (answer) => {
      const count = numberOf(answer);
      return count === undefined ? 'form' : count === 11 ? 'first' : count === 12;
    },
  },
  {
    id: '15.3',
    form: 'an error code, as text',
    because: 'The parts of a connection string are checked before anything is connected.',
    hint: 'Call azureEventHubs with it inside try, and look at the code of what it throws.',
    mistakes: CLASS,
    judge: (answer) => codeIs(answer, 'ST_KAFKA_SETTINGS'),
  },
];
