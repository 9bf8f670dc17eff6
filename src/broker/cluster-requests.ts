/** What a cluster's faults ask of Kafka: who leads, who coordinates, move a leader, move replicas, set a quota. */
import { setTimeout as sleep } from 'node:timers/promises';
import { performance } from 'node:perf_hooks';
import { messageOf } from '../errors.ts';
import type { KafkaCall } from '../kafka/protocol/calls.ts';
import { coordinatorCall, type PartitionMetadata } from '../kafka/protocol/metadata.ts';
import { ClusterRequestError } from './errors.ts';
import { LOOPBACK } from '../process/index.ts';
import { addressesOf, exchange, requestMetadata } from './wire.ts';

/** How many bytes a second a client may read and write, counted by each broker on its own. */
export interface ClientQuota {
  /** The clients of this id; default: all that have no quota of their own. */
  clientId?: string;
  /** Bytes a second; null removes the quota. */
  consumerByteRate?: number | null;
  /** Bytes a second; null removes the quota. */
  producerByteRate?: number | null;
}

/** Kafka's error codes that a request here can meet and that go away. */
const PASSING = new Set([5, 6, 7, 9, 14, 15, 16, 41]);
/** So long a new topic may take to be known on every node, ms. */
const UNKNOWN_PATIENCE_MS = 3000;
const NONE = 0;
/** ELECTION_NOT_NEEDED: it leads already. */
const ALREADY_LEADS = 84;

/** Asks the brokers at `ports()` in turn until one gives an answer that `read` accepts, for at most `timeoutMs`. */
export class ClusterRequests {
  readonly #ports: () => readonly number[];
  readonly #timeoutMs: number;

  /** @param ports the client ports of the nodes that run now */
  constructor(ports: () => readonly number[], timeoutMs: number) {
    this.#ports = ports;
    this.#timeoutMs = timeoutMs;
  }

  /** Waits until every node lists all these addresses. */
  async everyNodeKnows(addresses: readonly string[]): Promise<void> {
    await this.#repeat('wait until every node of the cluster knows the others', async () => {
      for (const port of this.#ports()) {
        const known = addressesOf(await requestMetadata({ host: LOOPBACK, port }));
        const missing = addresses.filter((address) => !known.includes(address));
        if (missing.length > 0) throw new Error(`${LOOPBACK}:${port} does not know ${missing.join(', ')}`);
      }
    });
  }

  /** The partition as the cluster sees it, once it has a leader. */
  async partition(topic: string, partition: number): Promise<PartitionMetadata> {
    return this.#repeat(`find the leader of ${topic}/${partition}`, async (port) => {
      const { topics } = await requestMetadata({ host: LOOPBACK, port, topics: [topic] });
      const found = topics[0]?.partitions.find((one) => one.partition === partition);
      if (!found) throw new UnknownPartitionError('the cluster knows no such partition');
      if (found.leader < 0) throw new Error('it has no leader now');
      return found;
    });
  }

  /** The node id of a group's coordinator. */
  async coordinator(groupId: string): Promise<number> {
    const call = coordinatorCall(groupId);
    const { nodeId } = await this.#ask(`find the coordinator of group ${groupId}`, {
      ...call,
      read: (answer) => {
        const found = call.read(answer);
        refuse(found.errorCode, found.message);
        return found;
      },
    });
    return nodeId;
  }

  /** Gives the lead to the first replica. */
  async electPreferred(topic: string, partition: number): Promise<void> {
    await this.#ask(`elect the preferred leader of ${topic}/${partition}`, {
      key: 43,
      name: 'ElectLeaders',
      version: 1,
      throttles: true,
      write: (body) => {
        body.int8(0).list([topic], (name) => body.string(name).list([partition], (one) => body.int32(one)));
        body.int32(this.#timeoutMs);
      },
      read: (answer) => {
        refuse(answer.int16());
        answer.list(() => {
          answer.string();
          answer.list(() => {
            answer.int32();
            const code = answer.int16();
            const message = answer.string();
            if (code !== ALREADY_LEADS) refuse(code, message);
          });
        });
      },
    });
  }

  /** Starts to move a partition to these nodes, the first the preferred leader. */
  async reassign(topic: string, partition: number, replicas: readonly number[]): Promise<void> {
    await this.#ask(`move ${topic}/${partition} to the nodes ${replicas.join(', ')}`, {
      key: 45,
      name: 'AlterPartitionReassignments',
      version: 0,
      flexible: true,
      throttles: true,
      write: (body) => {
        body.int32(this.#timeoutMs).compactList([topic], (name) => {
          body.compactString(name).compactList([partition], (one) => {
            body.int32(one).compactList(replicas, (node) => body.int32(node));
            body.tags();
          });
          body.tags();
        });
        body.tags();
      },
      read: (answer) => {
        refuse(answer.int16(), answer.compactString());
        answer.compactList(() => {
          answer.compactString();
          answer.compactList(() => {
            answer.int32();
            refuse(answer.int16(), answer.compactString());
            answer.tags();
          });
          answer.tags();
        });
      },
    });
  }

  /** Sets or removes what clients may read and write in a second. */
  async setQuota(quota: ClientQuota): Promise<void> {
    const rates = { consumer_byte_rate: quota.consumerByteRate, producer_byte_rate: quota.producerByteRate };
    const given = Object.entries(rates).filter(([, rate]) => rate !== undefined);
    await this.#ask('set a quota', {
      key: 49,
      name: 'AlterClientQuotas',
      version: 0,
      throttles: true,
      write: (body) => {
        body.list([quota], ({ clientId = null }) => {
          body.list([clientId], (name) => body.string('client-id').string(name));
          body.list(given, ([key, rate]) => {
            body.string(key).float64(rate ?? 0);
            body.int8(rate === null ? 1 : 0);
          });
        });
        body.int8(0); // not only to check it
      },
      read: (answer) => void answer.list(() => refuse(answer.int16(), answer.string())),
    });
  }

  /** Polls a partition until it is as wanted. */
  async settled(
    what: string,
    topic: string,
    partition: number,
    isSettled: (now: PartitionMetadata) => boolean,
  ): Promise<void> {
    await this.#repeat(what, async () => {
      const now = await this.partition(topic, partition);
      if (!isSettled(now)) {
        const { leader, replicas, inSync } = now;
        throw new Error(`leader ${leader}, replicas ${replicas.join(', ')}, in sync ${inSync.join(', ')}`);
      }
    });
  }

  async #ask<Answer>(what: string, call: KafkaCall<Answer>): Promise<Answer> {
    return this.#repeat(what, (port) => exchange({ host: LOOPBACK, port, timeoutMs: 5000 }, call));
  }

  async #repeat<T>(what: string, attempt: (port: number) => Promise<T>): Promise<T> {
    const began = performance.now();
    for (let tried = 0; ; tried++) {
      const ports = this.#ports();
      const port = ports[tried % ports.length];
      try {
        if (port === undefined) throw new Error('no node of the cluster is running');
        return await attempt(port);
      } catch (error) {
        const isFinal = error instanceof AnsweredError && !PASSING.has(error.kafkaCode);
        const patienceMs = error instanceof UnknownPartitionError ? UNKNOWN_PATIENCE_MS : this.#timeoutMs;
        if (!isFinal && performance.now() - began < patienceMs && port !== undefined) {
          await sleep(50);
          continue;
        }
        if (error instanceof ClusterRequestError) throw error;
        throw new ClusterRequestError({
          what,
          tried: ports.map((one) => `${LOOPBACK}:${one}`),
          answered: messageOf(error),
          toDo: 'Check the names and numbers, and that more than half of the nodes run (node(id).start()).',
          cause: error,
        });
      }
    }
  }
}

/** A node does not know a partition: it is not there, or only just created. */
class UnknownPartitionError extends Error {}

/** Kafka refused. */
class AnsweredError extends Error {
  readonly kafkaCode: number;
  constructor(kafkaCode: number, message: string | null) {
    super(`Kafka's error ${kafkaCode}${message ? `: ${message}` : ''}`);
    this.kafkaCode = kafkaCode;
  }
}

function refuse(code: number, message: string | null = null): void {
  if (code !== NONE) throw new AnsweredError(code, message);
}
