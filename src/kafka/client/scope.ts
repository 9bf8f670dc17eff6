/** Lets a function take connection options or an open client, and close only what it opened itself. */

import type { KafkaClient } from './client.ts';
import { openKafka } from './open.ts';
import type { OptionNames } from '../../options.ts';
import { connectionNames, connectionOptions } from '../settings/connection.ts';
import type { KafkaOptions } from '../settings/settings.ts';

/** Where Kafka is: options (over the environment), or a client that is open already and stays open. */
export interface KafkaAccess extends KafkaOptions {
  client?: KafkaClient;
}

/** Every option of {@link KafkaAccess}. */
export const accessNames: OptionNames<KafkaAccess> = { ...connectionNames, client: true };

/** A client, and what to call when the work with it is over. */
export interface ClientLease {
  readonly client: KafkaClient;
  readonly release: () => Promise<void>;
}

/** The given client, or one opened from the options. */
export async function leaseClient(access: KafkaAccess): Promise<ClientLease> {
  if (access.client !== undefined) return { client: access.client, release: () => Promise.resolve() };
  const client = await openKafka(connectionOptions(access));
  return { client, release: () => client.close() };
}

/** Runs one piece of work with a client. */
export async function usingKafka<T>(
  access: KafkaAccess,
  work: (client: KafkaClient) => Promise<T>,
): Promise<T> {
  const { client, release } = await leaseClient(access);
  try {
    return await work(client);
  } finally {
    await release();
  }
}
