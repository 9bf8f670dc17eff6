/** `streamtrain lag`: how far a consumer group is behind. */
import { Command } from 'commander';
import { ConsumerGroupError, describeGroup, waitForLag, type GroupDescription } from '../../kafka/index.ts';
import type { Bind, CliContext } from '../context.ts';
import { UsageError } from '../errors.ts';
import { wholeNumber } from '../values.ts';

interface LagFlags {
  topic?: string[];
  wait?: boolean;
  atMost: number;
  timeout: number;
}

/** Builds the command. */
export function lagCommand(bind: Bind): Command {
  return new Command('lag')
    .description('How far a consumer group is behind, partition by partition.')
    .argument('<group>')
    .option('--topic <topics...>', 'these topics, too, where the group has not committed anything yet')
    .option('--wait', 'wait until the group has caught up')
    .option('--at-most <records>', 'with --wait: so many records behind is good enough', wholeNumber(0), 0)
    .option('--timeout <ms>', 'with --wait: give up after so long', wholeNumber(0), 30_000)
    .addHelpText(
      'after',
      '\nExample:\n  $ streamtrain lag cg --wait --timeout 60000\n' +
        '\nExit code 1 for a group or topic that is not there, and when --wait gave up.\n',
    )
    .action(
      bind<LagFlags>(async (context, [group = ''], flags) => {
        if (flags.wait !== true && ['atMost', 'timeout'].some(context.isGiven))
          throw new UsageError('--at-most and --timeout go with --wait.');
        const options = { ...context.kafka, ...(flags.topic === undefined ? {} : { topics: flags.topic }) };
        const { atMost: max, timeout } = flags;
        const description = flags.wait
          ? await waitForLag(group, { ...options, max, timeout, signal: context.signal })
          : await describeGroup(group, options);
        show(context, description);
        if (description.state === 'Dead')
          throw new ConsumerGroupError(
            group,
            'Dead',
            'there is no such group; above is what it would begin with',
          );
      }),
    );
}

function show(
  { output, note }: CliContext,
  { group, state, members, partitions, totalLag }: GroupDescription,
): void {
  if (output.json) {
    output.line(JSON.stringify({ group, state, totalLag, members: members.length, partitions }));
    return;
  }
  output.table(partitions, [
    'topic',
    'partition',
    'currentOffset',
    'logEndOffset',
    'lag',
    'clientId',
    'host',
  ]);
  note(`Group ${group} is ${state}, with ${members.length} member(s); ${totalLag} records behind`);
}
