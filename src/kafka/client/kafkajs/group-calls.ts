/** The calls of the group protocol on kafkajs' connections: join, heartbeat, leave, commit. */
import type { GroupJoin, GroupMembership, LogClient } from '../reader.ts';
import { isConnectionFailure, kafkaTypeOf, translated } from './failures.ts';
import { beatCall, consumerCommitCall } from './consumer-group-wire.ts';
import {
  commitCall,
  committedCall,
  heartbeatCall,
  joinCall,
  leaveCall,
  syncCall,
  type Joined,
} from './group-wire.ts';
import type { Broker } from './internals.ts';
import type { KafkaLink } from './link.ts';

/** Answers that mean: ask again who the coordinator is. */
const MOVED = new Set([
  'NOT_COORDINATOR_FOR_GROUP',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'COORDINATOR_NOT_AVAILABLE',
]);

type GroupCalls = Pick<LogClient, 'join' | 'heartbeat' | 'leave' | 'beat' | 'commit' | 'committed'>;

/** The group half of a {@link LogClient}. `onJoin` is told which broker a join waits for. */
export function groupCalls(link: KafkaLink, onJoin: (broker: Broker) => void): GroupCalls {
  let known: Promise<Broker> | undefined;

  /** Runs one call at the group's coordinator; who that is, is asked once and again when it has moved. */
  async function atCoordinator<T>(
    groupId: string,
    what: string,
    work: (broker: Broker) => Promise<T>,
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

  async function join(broker: Broker, wish: GroupJoin): Promise<GroupMembership> {
    const { groupId, groupInstanceId } = wish;
    onJoin(broker);
    const { leaderId, memberId, generation, protocol, members } = await askToJoin(broker, wish);
    const leads = leaderId === memberId;
    const shares = leads ? await wish.assign(protocol, members) : new Map<string, Buffer>();
    const speaker = { groupId, generation, memberId, groupInstanceId };
    const { assignment } = await link.send(
      broker,
      syncCall(broker, speaker, shares, wish.rebalanceTimeoutMs),
    );
    return { memberId, generation, leads, assignment };
  }

  /** The join request; a new member is first given a name, and joins when it asks again under it (KIP-394). */
  async function askToJoin(broker: Broker, wish: GroupJoin): Promise<Joined> {
    let joined = await link.send(broker, joinCall(broker, wish, wish.memberId));
    wish.onMemberId?.(joined.memberId);
    if (joined.nameRequired) {
      joined = await link.send(broker, joinCall(broker, wish, joined.memberId));
      wish.onMemberId?.(joined.memberId);
    }
    return joined;
  }

  return {
    join: (wish) => atCoordinator(wish.groupId, 'joining', (broker) => join(broker, wish)),

    heartbeat: (speaker) =>
      atCoordinator(speaker.groupId, 'heartbeat', async (broker) => {
        await link.send(broker, heartbeatCall(broker, speaker));
      }),

    leave: (speaker) =>
      atCoordinator(speaker.groupId, 'leaving', async (broker) => {
        await link.send(broker, leaveCall(broker, speaker));
      }),

    beat: (beat) =>
      atCoordinator(beat.speaker.groupId, 'heartbeat', (broker) => link.send(broker, beatCall(broker, beat))),

    commit: (speaker, offsets) =>
      atCoordinator(speaker.groupId, 'committing', async (broker) => {
        const call = speaker.protocol === 'consumer' ? consumerCommitCall : commitCall;
        await link.send<object>(broker, call(broker, speaker, offsets));
      }),

    committed: (groupId, partitions) =>
      atCoordinator(groupId, 'asking for committed offsets', async (broker) => {
        const { offsets } = await link.send(broker, committedCall(broker, groupId, partitions));
        return offsets;
      }),
  };
}
