/** `streamtrain read`: a topic's records to stdout. */
import { Command, Option } from 'commander';
import { fromKafka, fromKafkaGroup, type KafkaRecord } from '../../kafka/index.ts';
import type { Bind, CliContext } from '../context.ts';
import { UsageError } from '../errors.ts';
import type { Progress } from '../progress.ts';
import { rangeOptions, readingOptions, withRangeFlags, type RangeFlags } from '../range-flags.ts';
import { recordJson, recordLine } from '../record-text.ts';
import { wholeNumber } from '../values.ts';

interface ReadFlags extends RangeFlags {
  group?: string;
  follow?: boolean;
  timeout?: number;
  withKey?: boolean;
}

/** Builds the command. */
export function readCommand(bind: Bind): Command {
  const command = new Command('read')
    .description("Print a topic's records: the value, one a line; with --json everything a record carries.")
    .argument('<topic>');
  return withRangeFlags(command)
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
          throw new UsageError('--timeout goes with --follow.');
        if (flags.follow === true && flags.to !== undefined)
          throw new UsageError('--follow never stops and --to does: use one of them.');
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
    if (output.gone) return;
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
      if (signal.aborted || output.gone) break;
      const slow = print(record);
      if (slow) await slow;
    }
  } finally {
    signal.removeEventListener('abort', leave);
    await leaving;
  }
  signal.throwIfAborted();
}
