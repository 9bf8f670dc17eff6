/** `streamtrain lag`: how far a consumer group is behind. */
import { Command } from 'commander';
import { describeGroup, waitForLag, type GroupDescription } from '../../kafka/index.ts';
import type { Bind, CliContext } from '../context.ts';
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
    .addHelpText('after', '\nExample:\n  $ streamtrain lag cancer-training --wait --timeout 60000\n')
    .action(
      bind<LagFlags>(async (context, [group = ''], flags) => {
        const options = { ...context.kafka, ...(flags.topic === undefined ? {} : { topics: flags.topic }) };
        const { atMost: max, timeout } = flags;
        const description = flags.wait
          ? await waitForLag(group, { ...options, max, timeout, signal: context.signal })
          : await describeGroup(group, options);
        show(context, description);
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
