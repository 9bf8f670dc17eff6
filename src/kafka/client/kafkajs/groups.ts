/** Fills the consumer-group part of the client interface over kafkajs' requests. */

import { messageOf } from '../../../errors.ts';
import { BytesReader, BytesWriter } from '../bytes.ts';
import type { GroupClient, GroupInfo, GroupOffsets } from '../client.ts';
import { kafkaTypeOf } from './failures.ts';
import { DESCRIBE_KEY, describeConsumerGroupCall } from './consumer-group-wire.ts';
import type { Broker, WireCall } from './internals.ts';
import type { KafkaLink } from './link.ts';
import { ConsumerGroupError, KafkaProtocolError } from '../../errors.ts';

/** Group questions and changes over one {@link KafkaLink}. */
export class KafkaJsGroups implements GroupClient {
  readonly #link: KafkaLink;

  constructor(link: KafkaLink) {
    this.#link = link;
  }

  async list(): Promise<readonly string[]> {
    return this.#link.retrying('listing consumer groups', async () => {
      const { brokers } = await this.#link.metadata([]);
      const answers = await Promise.all(
        brokers.map(async ({ nodeId }) => {
          const broker = await this.#link.broker(nodeId);
          return this.#link.guarded(broker, () => broker.listGroups());
        }),
      );
      return answers.flatMap(({ groups }) => groups.map(({ groupId }) => groupId)).sort();
    });
  }

  async describe(group: string): Promise<GroupInfo> {
    return this.#atCoordinator(`describing group "${group}"`, group, async (broker) => {
      const newer = await this.#describeNewer(broker, group);
      if (newer) return newer;
      const { groups } = await broker.describeGroups({ groupIds: [group] });
      const found = groups.find(({ groupId }) => groupId === group);
      const members = (found?.members ?? []).map(({ memberId, clientId, clientHost, memberAssignment }) => {
        const assignment = assignmentOf(memberAssignment);
        return { memberId, clientId, host: clientHost.replace(/^\//, ''), assignment };
      });
      return { group, state: found?.state ?? 'Dead', members };
    });
  }

  /** A group whose broker shares the partitions out (KIP-848) is not known to the older request. */
  async #describeNewer(broker: Broker, group: string): Promise<GroupInfo | undefined> {
    if ((broker.versions?.[DESCRIBE_KEY]?.maxVersion ?? -1) < 0) return undefined;
    return (await this.#link.send(broker, describeConsumerGroupCall(group))).found;
  }

  async offsets(group: string): Promise<GroupOffsets> {
    return this.#atCoordinator(`reading the offsets of group "${group}"`, group, (broker) =>
      this.#link.send(broker, committedOffsetsCall(group)),
    );
  }

  async setOffsets(group: string, offsets: GroupOffsets): Promise<void> {
    const topics = [...offsets].map(([topic, partitions]) => ({
      topic,
      partitions: [...partitions].map(([partition, offset]) => ({ partition, offset: String(offset) })),
    }));
    await this.#atCoordinator(`setting the offsets of group "${group}"`, group, async (broker) => {
      try {
        await broker.offsetCommit({ groupId: group, groupGenerationId: -1, memberId: '', topics });
      } catch (error) {
        throw stillRead(group, error) ?? error;
      }
    });
  }

  async delete(group: string): Promise<boolean> {
    return this.#atCoordinator(`deleting group "${group}"`, group, async (broker) => {
      try {
        const { results } = await broker.deleteGroups([group]);
        if (results[0]?.error !== undefined) throw results[0].error;
        return true;
      } catch (error) {
        const type = kafkaTypeOf(error);
        if (type === 'GROUP_ID_NOT_FOUND') return false;
        throw stillRead(group, error) ?? error;
      }
    });
  }

  async #atCoordinator<T>(what: string, group: string, ask: (broker: Broker) => Promise<T>): Promise<T> {
    return this.#link.retrying(what, async () => {
      const broker = await this.#link.coordinator(group);
      return this.#link.guarded(broker, () => ask(broker));
    });
  }
}

function stillRead(group: string, error: unknown): ConsumerGroupError | undefined {
  const type = kafkaTypeOf(error) ?? '';
  if (!/^(NON_EMPTY_GROUP|UNKNOWN_MEMBER_ID|ILLEGAL_GENERATION|REBALANCE_IN_PROGRESS)$/.test(type))
    return undefined;
  const problem = `it still has members; close them first (${messageOf(error)})`;
  return new ConsumerGroupError(group, type, problem, { cause: error });
}

/** The consumer protocol's assignment: version, topics with partitions, user data. */
function assignmentOf(bytes: Buffer): Readonly<Record<string, readonly number[]>> {
  if (bytes.length < 6) return {};
  const reader = new BytesReader(bytes);
  reader.int16();
  return Object.fromEntries(
    reader.list(() => [reader.string() ?? '', reader.list(() => reader.int32())] as [string, number[]]),
  );
}

/** OffsetFetch, version 4, of all topics of a group. Format: https://kafka.apache.org/protocol.html */
function committedOffsetsCall(group: string): WireCall<GroupOffsets> {
  return {
    request: {
      apiKey: 9,
      apiVersion: 4,
      apiName: 'OffsetFetch',
      encode: () => Promise.resolve(new BytesWriter(64).string(group).int32(-1).body()),
    },
    response: {
      decode: (body) => Promise.resolve(decodeOffsets(body)),
      parse: (answer) => Promise.resolve(answer),
    },
  };
}

function decodeOffsets(body: Buffer): GroupOffsets {
  const bytes = new BytesReader(body);
  bytes.int32(); // throttle time
  const topics = bytes.list(() => {
    const topic = bytes.string() ?? '';
    const partitions = bytes.list(() => {
      const entry: [number, number] = [bytes.int32(), bytes.int64()];
      bytes.string(); // metadata
      bytes.int16(); // error
      return entry;
    });
    return [
      topic,
      new Map(partitions.filter(([, offset]) => offset >= 0).sort(([one], [other]) => one - other)),
    ] as const;
  });
  const errorCode = bytes.int16();
  if (errorCode !== 0) throw offsetsError(errorCode);
  return new Map([...topics].filter(([, partitions]) => partitions.size > 0));
}

function offsetsError(errorCode: number): KafkaProtocolError {
  const types: Readonly<Record<number, string>> = {
    14: 'COORDINATOR_LOAD_IN_PROGRESS',
    15: 'COORDINATOR_NOT_AVAILABLE',
    16: 'NOT_COORDINATOR',
    30: 'GROUP_AUTHORIZATION_FAILED',
  };
  const type = types[errorCode] ?? `ERROR_${errorCode}`;
  const answer = {
    type,
    message: 'the committed offsets cannot be read',
    retriable: errorCode >= 14 && errorCode <= 16,
  };
  return new KafkaProtocolError('Reading offsets', answer);
}
