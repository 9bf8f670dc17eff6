/** A server as a process of its own, for the tests that kill one. Its argument is a {@link ServeChild} as JSON. */
import { openKafka } from '../../src/kafka/index.ts';
import { kafkaCheckpoints } from '../../src/training/index.ts';
import { serveRows } from './helpers.ts';

/** What it is given. */
export interface ServeChild {
  readonly brokers: readonly string[];
  readonly topics: { readonly rows: string; readonly to: string; readonly groupId: string };
  readonly instance?: string;
  /** The topic of the model's versions; without one, the model serves as it is made. */
  readonly versions?: string;
  /** ms */
  readonly sessionTimeout?: number;
}

const given = JSON.parse(process.argv[2] ?? '') as ServeChild;
await using client = await openKafka({ brokers: [...given.brokers] });
await using server = await serveRows(client, given.topics, {
  source: {
    ...{ topics: given.topics.rows, groupId: given.topics.groupId, client, stop: 'never' },
    ...(given.sessionTimeout !== undefined && { consumer: { sessionTimeout: given.sessionTimeout } }),
  },
  batchRows: 50,
  transactionTimeout: 3_000,
  ...(given.versions !== undefined && {
    models: kafkaCheckpoints({ topic: given.versions, client }),
    modelsEvery: 50,
  }),
  ...(given.instance !== undefined && { instance: given.instance }),
  onProgress: ({ rows }) => process.send?.({ rows }),
});
process.once('message', () => void server.stop());
await server.done;
process.disconnect?.();
