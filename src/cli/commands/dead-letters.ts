/** `streamtrain dead-letters`: the bad records that were kept, and why. */
import { Command, Option } from 'commander';
import { badRecordReasons, readDeadLetters, type DeadLetter } from '../../kafka/index.ts';
import type { Bind } from '../context.ts';
import { rangeOptions, withRangeFlags, type RangeFlags } from '../range-flags.ts';
import { bytesJson, headersJson } from '../record-text.ts';

interface DeadLettersFlags extends RangeFlags {
  reason?: string;
  counts?: boolean;
}

/** Builds the command. */
export function deadLettersCommand(bind: Bind): Command {
  const command = new Command('dead-letters')
    .description(
      'Show the records that could not be decoded: where each stood, why it was refused, and its bytes.',
    )
    .argument('<topic>', 'the dead-letter topic');
  return withRangeFlags(command)
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
            if (output.gone) return;
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
