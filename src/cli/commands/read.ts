/** `streamtrain read` and `streamtrain dead-letters`: a topic's records, and the bad ones that were kept. */
import { type Command, Option } from 'commander';
import {
  badRecordReasons,
  type DeadLetter,
  fromKafka,
  fromKafkaGroup,
  type KafkaRecord,
  readDeadLetters,
} from '../../kafka/index.ts';
import type { Bind, CliContext, Progress } from '../context.ts';
import { UsageError } from '../errors.ts';
import {
  bytesJson,
  headersJson,
  type RangeFlags,
  rangeOptions,
  readingOptions,
  recordJson,
  recordLine,
  withRangeFlags,
} from '../reading.ts';
import { wholeNumber } from '../values.ts';

interface ReadFlags extends RangeFlags {
  group?: string;
  follow?: boolean;
  timeout?: number;
  withKey?: boolean;
}

/** Adds its flags, its help and what it does to the command. */
export function readCommand(command: Command, bind: Bind): void {
  withRangeFlags(command.argument('<topic>'))
    .addOption(
      new Option(
        '-g, --group <group>',
        'read as a member of a consumer group, and commit what was printed',
      ).conflicts(['from', 'to', 'partition']),
    )
    .option('-f, --follow', 'do not stop at the end: wait for new records')
    .option('--timeout <ms>', 'with --follow: stop after so long without a record', wholeNumber(0))
    .option('--with-key', 'key, tab, value')
    .addHelpText(
      'after',
      '\nExamples:\n  $ streamtrain read cancer --max 5 --with-key\n' +
        '  $ streamtrain read cancer --from -100 --json\n' +
        '  $ streamtrain read cancer --group audit --follow --timeout 2000\n',
    )
    .action(
      bind<ReadFlags>(async (context, [topic = ''], flags) => {
        if (flags.follow !== true && flags.timeout !== undefined)
          throw new UsageError({ problem: '--timeout goes with --follow.' });
        if (flags.follow === true && flags.to !== undefined)
          throw new UsageError({ problem: '--follow never stops and --to does: use one of them.' });
        const progress = context.progress('Read', flags.max);
        const print = printer(context, progress, flags.withKey ?? false);
        try {
          if (flags.group === undefined) await readRange(context, topic, flags, print);
          else await readAsMember(context, topic, flags.group, flags, print);
        } finally {
          await context.output.flush();
          progress.end();
        }
        context.note(`Read ${progress.rows} records`);
      }),
    );
}

/** Prints one record; a promise when the reader of stdout must be waited for. */
type Print = (record: KafkaRecord) => Promise<void> | undefined;

function printer({ output }: CliContext, progress: Progress, withKey: boolean): Print {
  return (record) => {
    progress.add(1);
    const crowded = output.line(output.json ? recordJson(record) : recordLine(record, withKey));
    return crowded ? output.flush() : undefined;
  };
}

async function readRange(
  { kafka, output, signal }: CliContext,
  topic: string,
  flags: ReadFlags,
  print: Print,
) {
  const records = fromKafka(topic, {
    ...kafka,
    ...rangeOptions(flags),
    ...(flags.follow === true ? { stop: 'never' as const, streamTimeout: flags.timeout ?? -1 } : {}),
    signal,
  });
  for await (const record of records) {
    const slow = print(record);
    if (slow) await slow;
    if (output.isClosed) return;
  }
}

/** A record counts as read, and is committed, once the next one was asked for; Ctrl-C commits and leaves the group. */
async function readAsMember(
  { kafka, output, signal }: CliContext,
  topic: string,
  groupId: string,
  flags: ReadFlags,
  print: Print,
): Promise<void> {
  const { follow = false, timeout = -1, max } = flags;
  const stream = fromKafkaGroup({
    ...kafka,
    topics: topic,
    groupId,
    commit: 'auto',
    stop: follow ? 'never' : 'end',
    streamTimeout: follow ? timeout : -1,
    ...(max === undefined ? {} : { maxRecords: max }),
    ...readingOptions(flags),
  });
  signal.throwIfAborted();
  let leaving: Promise<void> | undefined;
  const leave = (): void => {
    leaving = stream.close();
    leaving.catch(() => {});
  };
  signal.addEventListener('abort', leave, { once: true });
  try {
    for await (const record of stream) {
      if (signal.aborted || output.isClosed) break;
      const slow = print(record);
      if (slow) await slow;
    }
  } finally {
    signal.removeEventListener('abort', leave);
    await leaving;
  }
  signal.throwIfAborted();
}

interface DeadLettersFlags extends RangeFlags {
  reason?: string;
  counts?: boolean;
}

/** Adds its flags, its help and what it does to the command. */
export function deadLettersCommand(command: Command, bind: Bind): void {
  withRangeFlags(command.argument('<topic>', 'the dead-letter topic'))
    .addOption(new Option('--reason <reason>', 'only those').choices([...badRecordReasons, 'unknown']))
    .option('--counts', 'only how many there are for each reason')
    .addHelpText('after', '\nExample:\n  $ streamtrain dead-letters cancer.dead --counts\n')
    .action(
      bind<DeadLettersFlags>(async ({ kafka, output, signal, progress, note }, [topic = ''], flags) => {
        const line = progress('Read');
        const counts = new Map<string, number>();
        let found = 0;
        try {
          for await (const letter of readDeadLetters(topic, { ...kafka, ...rangeOptions(flags), signal })) {
            line.add(1);
            if (flags.reason !== undefined && letter.reason !== flags.reason) continue;
            found++;
            counts.set(letter.reason, (counts.get(letter.reason) ?? 0) + 1);
            if (flags.counts === true) continue;
            if (output.line(output.json ? letterJson(letter) : letterLine(letter))) await output.flush();
            if (output.isClosed) return;
          }
        } finally {
          line.end();
        }
        if (flags.counts === true) {
          const rows = [...counts]
            .sort((a, b) => b[1] - a[1])
            .map(([reason, records]) => ({ reason, records }));
          output.table(rows, ['reason', 'records']);
        } else note(`${found} dead letters`);
      }),
    );
}

function letterLine({ reason, message, source, value, record }: DeadLetter): string {
  const { topic, partition, offset } = reason === 'unknown' ? record : source;
  const text = value === null ? 'null' : JSON.stringify(value.toString('utf8'));
  return `${topic}/${partition}@${offset}  ${reason}: ${message}  ${text}`;
}

function letterJson({ reason, message, source, key, value, ...rest }: DeadLetter): string {
  const bytes = { key: bytesJson(key), value: bytesJson(value), headers: headersJson(rest) };
  return JSON.stringify({ reason, message, source, ...bytes });
}
