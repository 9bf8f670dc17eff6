/** Says a library's error in the words of the command line: flags and commands instead of options and calls. */
import type { Command } from 'commander';
import { messageOf } from '../errors.ts';
import { InstallError } from '../install/errors.ts';
import { BadRecordError, type BadRecordReason } from '../kafka/codec/errors.ts';

/** The library's options, and the flags they come from; of several the one that the command has. */
const flagsOf: ReadonlyMap<string, readonly string[]> = new Map([
  ['partition', ['--partition']],
  ['offset', ['--from']],
  ['stop', ['--to', '--end', '--follow']],
  ['maxRecords', ['--records', '--max']],
  ['streamTimeout', ['--stream-timeout', '--timeout']],
  ['retryForMs', ['--retry-for']],
  ['maxRecordBytes', ['--max-record-bytes']],
  ['maxRequestBytes', ['--max-request-bytes']],
  ['maxBytes', ['--max-row-bytes']],
  ['columns', ['--columns']],
  ['label', ['--label']],
  ['missing', ['--missing']],
  ['delimiter', ['--delimiter']],
  ['encoding', ['--encoding']],
  ['comment', ['--comment']],
  ['onTopicRecreated', ['--on-topic-recreated']],
  ['batchSize', ['--batch-size']],
  ['epochsPerBatch', ['--epochs']],
  ['checkpointEvery', ['--checkpoint-every']],
  ['keep', ['--keep']],
  ['maxRows', ['--max-rows']],
  ['seed', ['--seed']],
  ['learningRate', ['--learning-rate']],
  ['onBad', ['--skip-bad']],
  ['groupId', ['--group']],
  ['topics', ['--topic']],
  ['partitions', ['--partitions']],
  ['rowsPerSecond', ['--rate', '--rows-per-second']],
  ['replay.speed', ['--speed']],
  ['replay.maxPause', ['--max-pause']],
  ['compression.type', ['--compression']],
  ['brokers', ['--brokers']],
  ['dataFolder', ['--data']],
  ['clientId', ['--client-id']],
  ['prefix', ['--name-prefix']],
  ['classes', ['--classes']],
  ['fields', ['--fields']],
  ['schema', ['--schema']],
  ['registry', ['--registry']],
  ['url', ['--registry']],
]);

/** Calls that a message advises, and the command that does the same. */
const calls: readonly (readonly [RegExp, string])[] = [
  [/createTopic\('([^']*)', \{ partitions: (\d+) \}\)/g, '"streamtrain topics create $1 --partitions $2"'],
  [/\{ partitions: (\d+) \}/g, '--partitions $1'],
  [/deleteTopic\('([^']*)'\)/g, '"streamtrain topics delete $1"'],
  [/ Correct the writer, or choose onBad: 'skip' or deadLetters\(topic\)\./g, ''],
  [/\(withoutImputer\)/g, '(--without-imputer)'],
  [
    / Save one there with saveModel\(model, folder\) first\./g,
    ' Save one there first (saveModel in a program).',
  ],
];

/** What helps against a record that cannot be read, where the command has the flag. */
const flagsThatHelp: Readonly<Partial<Record<BadRecordReason, readonly (readonly [string, string])[]>>> = {
  'column-count': [
    ['--columns', 'says how many columns a row has'],
    ['--delimiter', 'what stands between them'],
  ],
  'not-a-number': [['--missing', 'names a mark of a missing value']],
  'not-finite': [['--missing', 'names a mark of a missing value']],
  'too-long': [['--max-row-bytes', 'allows longer rows']],
  'bad-label': [
    ['--label', 'says where the label is'],
    ['--labels', 'which class each stands for'],
  ],
};

/** The error's message as `command` says it: one line, but for the longer ones of what set-up and the broker tried. */
export function inFlags(error: unknown, command?: Command): string {
  let text = messageOf(error);
  for (const [pattern, words] of calls) text = text.replace(pattern, words);
  if (error instanceof BadRecordError && command) text += helpFor(error, command);
  text = withFlags(text, command);
  return error instanceof InstallError ? text : text.replace(/\s*\n\s*/g, ' ');
}

/** Names of options, where a message shows that it means one, become flags. */
function withFlags(text: string, command: Command | undefined): string {
  const flag = (whole: string, name: string, before = '', after = ''): string => {
    const known = flagsOf.get(name);
    const chosen = known?.find((one) => hasFlag(command, one)) ?? known?.[0];
    return chosen === undefined ? whole : `${before}${chosen}${after}`;
  };
  return (
    text
      .replace(
        /(?:The option|Option) "?([\w.]+)((?:\[[^\]\n]*\])*)"? is/g,
        (whole, name: string, place: string) => flag(whole, name, '', `${place} is`),
      )
      .replace(/\b([a-z]+[A-Z]\w*): '(\w+)'/g, (whole, name: string, value: string) =>
        flag(whole, name, '', ` ${value}`),
      )
      .replace(/(?<=(?:[Rr]aise|[Ss]et|[Gg]ive|[Uu]se|[Oo]ption) )"([\w.]+)"/g, (whole, name: string) =>
        flag(whole, name),
      )
      // In quotes it may be a name of the user's.
      .replace(/(?<!["'\w.-])([a-z]+[A-Z]\w*)(?!["'\w(])/g, (whole, name: string) => flag(whole, name))
      .replace(/(?<=^Kafka settings: |; )([\w.]+)(?=: )/g, (whole, name: string) => flag(whole, name))
      .replace(/^Kafka configuration --/g, '--')
  );
}

function helpFor(error: BadRecordError, command: Command): string {
  const known = (flagsThatHelp[error.reason] ?? []).filter(([flag]) => hasFlag(command, flag));
  const help = known.map(([flag, does]) => `${flag} ${does}`).join(', ');
  const skip = hasFlag(command, '--skip-bad') ? '--skip-bad leaves such records out' : '';
  const all = [help, skip].filter((words) => words !== '').join('; ');
  return all === '' ? '' : ` ${all}.`;
}

function hasFlag(command: Command | undefined, flag: string): boolean {
  for (let one: Command | null | undefined = command; one; one = one.parent) {
    if (one.options.some(({ long }) => long === flag)) return true;
  }
  return false;
}
