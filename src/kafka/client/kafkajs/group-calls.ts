/** The calls of the group protocol on kafkajs' connections: join, heartbeat, leave, commit. */
import { createRequire } from 'node:module';
import type { GroupJoin, GroupMembership, GroupSpeaker, LogClient } from '../reader.ts';
import { isConnectionFailure, kafkaTypeOf, translated } from './failures.ts';
import type { Broker, WireCall } from './internals.ts';
import type { KafkaLink } from './link.ts';
import type { ClusterMetadata } from './metadata.ts';
import { shareOut } from '../../group/share-out.ts';

/** The answer to a join. */
interface Joined {
  readonly generationId: number;
  readonly leaderId: string;
  readonly memberId: string;
  readonly members: readonly { readonly memberId: string; readonly memberMetadata: Buffer }[];
}

/** How kafkajs writes a request, by version. */
interface RequestVersions {
  protocol(options: { version: number }): (body: object) => WireCall<Joined>;
}

/** The requests to a group's coordinator, as kafkajs' `Broker` has them. */
interface Coordinator extends Pick<Broker, 'connectionPool' | 'versions'> {
  syncGroup(options: object): Promise<{ readonly memberAssignment: Buffer }>;
  heartbeat(options: object): Promise<unknown>;
  leaveGroup(options: object): Promise<unknown>;
  offsetCommit(options: object): Promise<unknown>;
  offsetFetch(options: object): Promise<{
    readonly responses: readonly {
      readonly topic: string;
      readonly partitions: readonly { readonly partition: number; readonly offset: string }[];
    }[];
  }>;
}

/** How kafkajs writes and reads what members tell each other while a group is formed. */
interface AssignerProtocol {
  readonly MemberMetadata: {
    encode(metadata: { version: number; topics: readonly string[] }): Buffer;
    decode(bytes: Buffer): { readonly topics: readonly string[] };
  };
  readonly MemberAssignment: {
    encode(value: { version: number; assignment: Readonly<Record<string, readonly number[]>> }): Buffer;
    decode(bytes: Buffer): { readonly assignment: Readonly<Record<string, readonly number[]>> } | null;
  };
}

/** What a join says, the lasting name left out. */
interface JoinRequest {
  readonly groupId: string;
  readonly memberId: string;
  readonly sessionTimeout: number;
  readonly rebalanceTimeout: number;
  readonly groupProtocols: readonly { readonly name: string; readonly metadata: Buffer }[];
}

const require = createRequire(import.meta.url);

/** Kafka's number for joining a group, and the newest version kafkajs can write. */
const JOIN_KEY = 11;
const NEWEST_JOIN = 5;

/** Protocol names under which other clients know a round-robin assignment: kafkajs' and Java's. */
const ASSIGNERS = ['RoundRobinAssigner', 'roundrobin'];

/** Answers that mean: ask again who the coordinator is. */
const MOVED = new Set([
  'NOT_COORDINATOR_FOR_GROUP',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'COORDINATOR_NOT_AVAILABLE',
]);

type GroupCalls = Pick<LogClient, 'join' | 'heartbeat' | 'leave' | 'commit' | 'committed'>;

/** The group half of a {@link LogClient}. */
export function groupCalls(
  link: KafkaLink,
  learn: (topics: readonly string[]) => Promise<ClusterMetadata>,
): GroupCalls {
  const { MemberMetadata, MemberAssignment } =
    require('kafkajs/src/consumer/assignerProtocol') as AssignerProtocol;
  const joinRequest = require('kafkajs/src/protocol/requests/joinGroup') as RequestVersions;
  let known: Promise<Coordinator> | undefined;

  /** Runs one call at the group's coordinator; who that is, is asked once and again when it has moved. */
  async function atCoordinator<T>(
    groupId: string,
    what: string,
    work: (broker: Coordinator) => Promise<T>,
  ): Promise<T> {
    const finding =
      known ??
      link.retrying(`finding the coordinator of group "${groupId}"`, async () => {
        // kafkajs' brokers have these calls; the shared type names only what the rest of this room uses.
        return (await link.coordinator(groupId)) as unknown as Coordinator;
      });
    known = finding;
    try {
      return await work(await finding);
    } catch (error) {
      if (isConnectionFailure(error) || MOVED.has(kafkaTypeOf(error) ?? '')) known = undefined;
      if (known === finding && (await finding.catch(() => undefined)) === undefined) known = undefined;
      throw translated(error, `group "${groupId}", ${what}`, link.settings);
    }
  }

  async function join(broker: Coordinator, wish: GroupJoin): Promise<GroupMembership> {
    const { groupId } = wish;
    const metadata = MemberMetadata.encode({ version: 0, topics: wish.topics });
    const request = {
      groupId,
      memberId: wish.memberId,
      sessionTimeout: wish.sessionTimeoutMs,
      rebalanceTimeout: wish.rebalanceTimeoutMs,
      groupProtocols: ASSIGNERS.map((name) => ({ name, metadata })),
    };
    const joined = await askToJoin(broker, request, wish);
    const { generationId, memberId } = joined;
    wish.onMemberId?.(memberId);
    const groupAssignment = joined.leaderId === memberId ? await assign(joined.members) : [];
    const { memberAssignment } = await broker.syncGroup({ groupId, generationId, memberId, groupAssignment });
    const mine = memberAssignment.length > 0 ? MemberAssignment.decode(memberAssignment) : null;
    return { memberId, generation: generationId, assignment: mine?.assignment ?? {} };
  }

  /**
   * The join request, past kafkajs' own method for two reasons: that one does not pass the lasting name on, and keeps a
   * new member's name to itself until the group has formed, so that it could not leave meanwhile.
   */
  async function askToJoin(broker: Coordinator, request: JoinRequest, wish: GroupJoin): Promise<Joined> {
    const version = Math.min(NEWEST_JOIN, broker.versions?.[JOIN_KEY]?.maxVersion ?? NEWEST_JOIN);
    const write = joinRequest.protocol({ version });
    const send = (memberId: string) =>
      broker.connectionPool.send(
        write({ ...request, memberId, groupInstanceId: wish.groupInstanceId, protocolType: 'consumer' }),
      );
    try {
      return await send(request.memberId);
    } catch (error) {
      // Since KIP-394 a new member is first given a name, and joins when it asks again under it.
      const { memberId } = error as { readonly memberId?: string };
      if (kafkaTypeOf(error) !== 'MEMBER_ID_REQUIRED' || memberId === undefined) throw error;
      wish.onMemberId?.(memberId);
      return send(memberId);
    }
  }

  /** As the group's leader: who gets which partition. */
  async function assign(members: readonly { memberId: string; memberMetadata: Buffer }[]) {
    const wishes = members.map(({ memberId, memberMetadata }) => ({
      memberId,
      topics: MemberMetadata.decode(memberMetadata).topics,
    }));
    const { topics } = await learn([...new Set(wishes.flatMap((wish) => wish.topics))]);
    const partitions = topics.flatMap(({ topic, partitions: list }) =>
      list.map(({ partition }) => ({ topic, partition })),
    );
    return [...shareOut(wishes, partitions)].map(([memberId, assignment]) => ({
      memberId,
      memberAssignment: MemberAssignment.encode({ version: 0, assignment }),
    }));
  }

  return {
    join: (wish) => atCoordinator(wish.groupId, 'joining', (broker) => join(broker, wish)),

    heartbeat: (speaker) =>
      atCoordinator(speaker.groupId, 'heartbeat', async (broker) => {
        await broker.heartbeat(asMember(speaker));
      }),

    leave: (speaker) =>
      atCoordinator(speaker.groupId, 'leaving', async (broker) => {
        await broker.leaveGroup(asMember(speaker));
      }),

    commit: (speaker, offsets) =>
      atCoordinator(speaker.groupId, 'committing', async (broker) => {
        const topics = Object.entries(offsets).map(([topic, partitions]) => ({
          topic,
          partitions: Object.entries(partitions).map(([partition, offset]) => ({
            partition: Number(partition),
            offset: String(offset),
          })),
        }));
        await broker.offsetCommit({ ...asMember(speaker), topics });
      }),

    committed: (groupId, partitions) =>
      atCoordinator(groupId, 'asking for committed offsets', async (broker) => {
        const topics = Object.entries(partitions).map(([topic, list]) => ({
          topic,
          partitions: list.map((partition) => ({ partition })),
        }));
        const { responses } = await broker.offsetFetch({ groupId, topics });
        return Object.fromEntries(
          responses.map(({ topic, partitions: found }) => [
            topic,
            Object.fromEntries(
              found
                .filter(({ offset }) => Number(offset) >= 0)
                .map(({ partition, offset }) => [partition, Number(offset)]),
            ),
          ]),
        );
      }),
  };
}

function asMember({ groupId, memberId, generation }: GroupSpeaker) {
  return { groupId, memberId, groupGenerationId: generation };
}
