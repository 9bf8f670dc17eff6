/** The calls of a group's member: join, heartbeat, leave, commit. */
import { pause } from '../../process/index.ts';
import type { LogClient } from './client.ts';
import { isConnectionFailure, kafkaTypeOf, translated } from './failures.ts';
import { beatCall, consumerCommitCall } from '../protocol/consumer-group.ts';
import {
  commitCall,
  committedCall,
  heartbeatCall,
  joinCall,
  leaveCall,
  syncCall,
  type Joined,
} from '../protocol/classic-group.ts';
import type { KafkaCall } from '../protocol/calls.ts';
import type { GroupJoin, GroupMembership } from '../protocol/group-member.ts';
import type { BrokerConnection } from '../protocol/broker-connection.ts';
import type { KafkaLink } from './connections.ts';

/** Answers that mean: ask again who the coordinator is. */
const MOVED = new Set([
  'NOT_COORDINATOR_FOR_GROUP',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'COORDINATOR_NOT_AVAILABLE',
]);

/** A coordinator answers a commit after so long (ms) at the latest: Kafka's offsets.commit.timeout.ms. */
const COMMIT_MS = 5_000;

type GroupCalls = Required<Pick<LogClient, 'join' | 'heartbeat' | 'leave' | 'beat' | 'commit' | 'committed'>>;

/** The group half of a {@link LogClient}. */
export function groupCalls(link: KafkaLink): GroupCalls {
  let known: Promise<BrokerConnection> | undefined;

  /** Runs one call at the group's coordinator; who that is, is asked once and again when it has moved. */
  async function atCoordinator<T>(
    groupId: string,
    what: string,
    work: (broker: BrokerConnection) => Promise<T>,
  ): Promise<T> {
    const finding =
      known ??
      link.retrying(`finding the coordinator of group "${groupId}"`, () => link.coordinator(groupId));
    known = finding;
    try {
      return await work(await finding);
    } catch (error) {
      if (isConnectionFailure(error) || MOVED.has(kafkaTypeOf(error) ?? '')) known = undefined;
      if (known === finding && (await finding.catch(() => undefined)) === undefined) known = undefined;
      throw translated(error, `group "${groupId}", ${what}`, link.settings);
    }
  }

  /** A call that is answered at once: a broker that takes longer than `connectTimeout`, and `more` ms, hangs. */
  function atOnce<Answer>(broker: BrokerConnection, call: KafkaCall<Answer>, more = 0): Promise<Answer> {
    const within = link.settings.connectTimeout + more;
    return link.question(broker, () => broker.send(call), within);
  }

  /** A call whose answer waits for other members: meanwhile the broker is looked after, and given up when it hangs. */
  async function waiting<Answer>(broker: BrokerConnection, call: KafkaCall<Answer>): Promise<Answer> {
    const over = new AbortController();
    const look = async (): Promise<void> => {
      for (;;) {
        await pause(link.settings.connectTimeout, over.signal);
        if (!(await link.isAlive(broker)) && !over.signal.aborted) return link.drop(broker);
      }
    };
    look().catch(() => undefined); // it is over
    try {
      return await link.send(broker, call);
    } finally {
      over.abort();
    }
  }

  async function join(broker: BrokerConnection, wish: GroupJoin): Promise<GroupMembership> {
    const { groupId, groupInstanceId } = wish;
    const { leaderId, memberId, generation, protocol, members } = await askToJoin(broker, wish);
    const leads = leaderId === memberId;
    const shares = leads ? await wish.assign(protocol, members) : new Map<string, Buffer>();
    const identity = { groupId, generation, memberId, groupInstanceId };
    const call = syncCall(broker, identity, shares, wish.rebalanceTimeoutMs);
    const { assignment } = await waiting(broker, call);
    return { memberId, generation, leads, assignment };
  }

  /** The join request; a new member is first given a name, and joins when it asks again under it (KIP-394). */
  async function askToJoin(broker: BrokerConnection, wish: GroupJoin): Promise<Joined> {
    let joined = await waiting(broker, joinCall(broker, wish, wish.memberId));
    wish.onMemberId?.(joined.memberId);
    if (joined.nameRequired) {
      joined = await waiting(broker, joinCall(broker, wish, joined.memberId));
      wish.onMemberId?.(joined.memberId);
    }
    return joined;
  }

  return {
    join: (wish) => atCoordinator(wish.groupId, 'joining', (broker) => join(broker, wish)),

    heartbeat: (identity) =>
      atCoordinator(identity.groupId, 'heartbeat', async (broker) => {
        await atOnce(broker, heartbeatCall(broker, identity));
      }),

    leave: (identity) =>
      atCoordinator(identity.groupId, 'leaving', async (broker) => {
        await atOnce(broker, leaveCall(broker, identity));
      }),

    beat: (beat) =>
      atCoordinator(beat.identity.groupId, 'heartbeat', (broker) => atOnce(broker, beatCall(broker, beat))),

    commit: (identity, offsets) =>
      atCoordinator(identity.groupId, 'committing', async (broker) => {
        const call = identity.protocol === 'consumer' ? consumerCommitCall : commitCall;
        await atOnce<object>(broker, call(broker, identity, offsets), COMMIT_MS);
      }),

    committed: (groupId, partitions) =>
      atCoordinator(groupId, 'asking for committed offsets', (broker) =>
        atOnce(broker, committedCall(broker, groupId, partitions, { stable: true })),
      ),
  };
}
