/** `streamtrain topics` and `streamtrain lag`: topics, and how far a consumer group is behind. */
import type { Command } from 'commander';
import {
  ConsumerGroupError,
  createTopic,
  deleteTopic,
  describeGroup,
  describeTopic,
  type GroupDescription,
  listTopics,
  openKafka,
  UnknownTopicError,
  waitForLag,
} from '../../kafka/index.ts';
import { readableCount } from '../../terminal.ts';
import type { Bind, CliContext } from '../context.ts';
import { UsageError } from '../errors.ts';
import { nameValue, wholeNumber } from '../values.ts';

interface CreateOptions {
  partitions?: number;
  replication?: number;
  set?: Record<string, string>;
}

/** Adds its flags, its help and what it does to the command. */
export function topicsCommand(topics: Command, bind: Bind): void {
  topics
    .command('list')
    .description("Names of all topics, Kafka's own left out.")
    .action(
      bind(async ({ kafka, output }) => {
        const names = await listTopics(kafka);
        if (output.json) output.line(JSON.stringify(names));
        else for (const name of names) output.line(name);
      }),
    );

  topics
    .command('create')
    .description('Create a topic; one that is there already with as many partitions is left as it is.')
    .argument('<topic>')
    .option('-p, --partitions <count>', 'number of partitions (default: 1)', wholeNumber(1))
    .option('--replication <count>', "copies of each partition (default: the broker's)", wholeNumber(1))
    .option(
      '--set <name=value>',
      'a topic setting, such as cleanup.policy=compact; may be repeated',
      nameValue,
    )
    .action(
      bind<CreateOptions>(async ({ kafka, output }, [topic = ''], { partitions, replication, set }) => {
        const result = await createTopic(topic, {
          ...kafka,
          ...(partitions === undefined ? {} : { partitions }),
          ...(replication === undefined ? {} : { replication }),
          ...(set === undefined ? {} : { config: set }),
        });
        const what = result.created ? 'Created topic' : 'There already: topic';
        output.result(result, `${what} ${topic} with ${result.partitions} partition(s)`);
      }),
    );

  topics
    .command('describe')
    .description('Partitions, offsets and settings of a topic.')
    .argument('<topic>')
    .action(
      bind(async ({ kafka, output }, [topic = '']) => {
        const found = await describeTopic(topic, kafka);
        if (output.json) {
          output.line(JSON.stringify(found));
          return;
        }
        output.line(
          `Topic ${topic}: ${found.partitions.length} partition(s), ${readableCount(found.records)} records`,
        );
        const offsets = new Map(found.offsets.map((one) => [one.partition, one]));
        output.table(
          found.partitions.map(({ partition, leader, replicas, inSync }) => {
            const { low, high } = offsets.get(partition) ?? {};
            return { partition, first: low, next: high, leader, replicas, inSync };
          }),
          ['partition', 'first', 'next', 'leader', 'replicas', 'inSync'],
        );
      }),
    );

  topics
    .command('delete')
    .description('Delete topics with all their records.')
    .argument('<topics...>')
    .option('--if-exists', 'no failure when a topic is not there')
    .action(
      bind<{ ifExists?: boolean }>(async ({ kafka, output }, names, { ifExists = false }) => {
        await using client = await openKafka(kafka);
        let missing: string | undefined;
        for (const topic of names) {
          const deleted = await deleteTopic(topic, { client });
          if (!deleted && !ifExists) missing ??= topic;
          else output.result({ topic, deleted }, deleted ? `Deleted topic ${topic}` : `No topic ${topic}`);
        }
        if (missing !== undefined) throw new UnknownTopicError({ topic: missing });
      }),
    );

  topics.addHelpText(
    'after',
    '\nExamples:\n  $ streamtrain topics create events --partitions 3 --set retention.ms=86400000\n' +
      '  $ streamtrain topics describe events\n  $ streamtrain topics delete events\n',
  );
}

interface LagFlags {
  topic?: string[];
  wait?: boolean;
  atMost: number;
  timeout: number;
}

/** Adds its flags, its help and what it does to the command. */
export function lagCommand(command: Command, bind: Bind): void {
  command
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
          throw new UsageError({ problem: '--at-most and --timeout go with --wait.' });
        const options = { ...context.kafka, ...(flags.topic === undefined ? {} : { topics: flags.topic }) };
        const { atMost: max, timeout } = flags;
        const description = flags.wait
          ? await waitForLag(group, { ...options, max, timeout, signal: context.signal })
          : await describeGroup(group, options);
        show(context, description);
        if (description.state === 'Dead')
          throw new ConsumerGroupError({
            group,
            type: 'Dead',
            problem: 'there is no such group; above is what it would begin with',
          });
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
