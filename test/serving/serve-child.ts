/** A server as a process of its own, for the tests that kill one. Its argument is a {@link ServeChild} as JSON. */
import { openKafka } from '../../src/kafka/index.ts';
import { kafkaCheckpoints } from '../../src/training/index.ts';
import { serveRows } from './helpers.ts';

/** What it is told. */
export interface ServeChild {
  readonly brokers: readonly string[];
  readonly topics: { readonly rows: string; readonly to: string; readonly groupId: string };
  readonly instance?: string;
  /** The topic of the model's versions; without one, the model serves as it is made. */
  readonly versions?: string;
  /** ms */
  readonly sessionTimeout?: number;
}

const told = JSON.parse(process.argv[2] ?? '') as ServeChild;
await using client = await openKafka({ brokers: [...told.brokers] });
await using server = await serveRows(client, told.topics, {
  source: {
    ...{ topics: told.topics.rows, groupId: told.topics.groupId, client, stop: 'never' },
    ...(told.sessionTimeout !== undefined && { consumer: { sessionTimeout: told.sessionTimeout } }),
  },
  batchRows: 50,
  transactionTimeout: 3_000,
  ...(told.versions !== undefined && {
    models: kafkaCheckpoints({ topic: told.versions, client }),
    modelsEvery: 50,
  }),
  ...(told.instance !== undefined && { instance: told.instance }),
  onProgress: ({ rows }) => process.send?.({ rows }),
});
process.once('message', () => void server.stop());
await server.done;
process.disconnect?.();
