/** Questions about consumer groups and changes to them: the group part of the client interface. */

import { messageOf } from '../../errors.ts';
import { newestVersion } from '../protocol/calls.ts';
import type { GroupClient, GroupInfo, GroupOffsets } from './client.ts';
import type { CommittedOffset } from '../protocol/group-member.ts';
import { kafkaTypeOf } from './failures.ts';
import { DESCRIBE_KEY, describeConsumerGroupCall } from '../protocol/consumer-group.ts';
import { commitCall, committedCall } from '../protocol/classic-group.ts';
import { decodeAssignment } from '../protocol/consumer-protocol.ts';
import { byTopic, perTopic } from '../protocol/group-member.ts';
import type { BrokerConnection } from '../protocol/broker-connection.ts';
import { leftOut } from './known-topics.ts';
import type { KafkaLink } from './connections.ts';
import { ConsumerGroupError } from '../errors.ts';

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
          return this.#link.question(broker, () => broker.requests.listGroups());
        }),
      );
      return answers.flatMap(({ groups }) => groups.map(({ groupId }) => groupId)).sort();
    });
  }

  async describe(group: string): Promise<GroupInfo> {
    return this.#atCoordinator(`describing group "${group}"`, group, async (broker) => {
      const newer = await this.#describeNewer(broker, group);
      if (newer) return newer;
      const { groups } = await broker.requests.describeGroups({ groupIds: [group] });
      const found = groups.find(({ groupId }) => groupId === group);
      if (found === undefined) throw leftOut(`Group "${group}"`);
      const members = found.members.map(({ memberId, clientId, clientHost, memberAssignment }) => {
        const assignment = found.protocolType === 'consumer' ? assignmentOf(memberAssignment) : {};
        return { memberId, clientId, host: clientHost.replace(/^\//, ''), assignment };
      });
      return { group, state: found.state, members };
    });
  }

  /** A group whose broker shares the partitions out (KIP-848) is not known to the older request. */
  async #describeNewer(broker: BrokerConnection, group: string): Promise<GroupInfo | undefined> {
    if (newestVersion(broker, DESCRIBE_KEY) < 0) return undefined;
    return (await broker.send(describeConsumerGroupCall(group))).found;
  }

  async offsets(group: string): Promise<GroupOffsets> {
    return this.#atCoordinator(`reading the offsets of group "${group}"`, group, async (broker) => {
      return offsetsByTopic(await broker.send(committedCall(broker, group, undefined)));
    });
  }

  async setOffsets(group: string, offsets: GroupOffsets): Promise<void> {
    const outside = { groupId: group, generation: -1, memberId: '' };
    const list = [...offsets].flatMap(([topic, partitions]) =>
      [...partitions].map(([partition, offset]) => ({ topic, partition, offset, metadata: '' })),
    );
    await this.#atCoordinator(`setting the offsets of group "${group}"`, group, async (broker) => {
      try {
        await broker.send(commitCall(broker, outside, list));
      } catch (error) {
        throw stillRead(group, error) ?? error;
      }
    });
  }

  async delete(group: string): Promise<boolean> {
    let attempts = 0;
    return this.#atCoordinator(`deleting group "${group}"`, group, async (broker) => {
      attempts++;
      try {
        const { results } = await broker.requests.deleteGroups([group]);
        if (results[0] === undefined) throw leftOut(`Group "${group}"`);
        if (results[0].error !== undefined) throw results[0].error;
        return true;
      } catch (error) {
        const type = kafkaTypeOf(error);
        // On a second attempt the first, whose answer was lost, may have deleted it.
        if (type === 'GROUP_ID_NOT_FOUND') return attempts > 1;
        throw stillRead(group, error) ?? error;
      }
    });
  }

  async #atCoordinator<T>(
    what: string,
    group: string,
    ask: (broker: BrokerConnection) => Promise<T>,
  ): Promise<T> {
    return this.#link.retrying(what, async () => {
      const broker = await this.#link.coordinator(group);
      return this.#link.question(broker, () => ask(broker));
    });
  }
}

function stillRead(group: string, error: unknown): ConsumerGroupError | undefined {
  const type = kafkaTypeOf(error) ?? '';
  if (!/^(NON_EMPTY_GROUP|UNKNOWN_MEMBER_ID|ILLEGAL_GENERATION|REBALANCE_IN_PROGRESS)$/.test(type))
    return undefined;
  const problem = `it still has members; close them first (${messageOf(error)})`;
  return new ConsumerGroupError({ group, type, problem, cause: error });
}

/** What a consumer has been given; nothing in bytes that are too short for it. Members of other kinds, as Connect's, have their own. */
function assignmentOf(bytes: Buffer): Readonly<Record<string, readonly number[]>> {
  return bytes.length < 6 ? {} : Object.fromEntries(perTopic(decodeAssignment(bytes)));
}

/** By topic, and by partition in order. */
function offsetsByTopic(offsets: readonly CommittedOffset[]): GroupOffsets {
  return new Map(
    byTopic(offsets).map(([topic, list]) => {
      const inOrder = [...list].sort((one, other) => one.partition - other.partition);
      return [topic, new Map(inOrder.map(({ partition, offset }) => [partition, offset]))];
    }),
  );
}
