/** Asks the brokers in charge of a transactional id and of groups, again where they have moved or it was too soon. */
import { pause } from '../../../process/index.ts';
import { KafkaProtocolError } from '../../errors.ts';
import type { KafkaCall } from '../../protocol/calls.ts';
import type { CommittedOffset, MemberIdentity } from '../../protocol/group-member.ts';
import type { BrokerConnection } from '../../protocol/broker-connection.ts';
import type { ProducerIdentity } from '../../protocol/produce.ts';
import {
  commitOffsetsCall,
  describeTransactionCall,
  endTransactionCall,
  featuresCall,
  initTransactionsCall,
  type TransactionOwner,
  type TransactionStanding,
} from '../../protocol/transactions.ts';
import type { KafkaLink } from '../connections.ts';
import { isConnectionFailure, kafkaTypeOf } from '../failures.ts';

/** So soon (ms) what came too early is asked again, and so often before the pauses grow. */
const SOON_MS = 1.5;
const SOON_TIMES = 100;
const LATER_MS = 20;
/** A coordinator that waits for its copies answers after so long (ms) at the latest: Kafka's own limit. */
const WRITING_MS = 5_000;

/** A new topic is not known to every broker at once, but after so long (ms). */
const NEW_TOPIC_MS = 3_000;
const UNKNOWN_TOPIC = 'UNKNOWN_TOPIC_OR_PARTITION';

type Kind = 'group' | 'transaction';

/** The requests of one transactional id, each tried for `patience` ms. */
export class TransactionCoordinator {
  readonly #link: KafkaLink;
  readonly #patience: number;
  readonly #known = new Map<string, BrokerConnection>();

  constructor(link: KafkaLink, patience: number) {
    this.#link = link;
    this.#patience = patience;
  }

  /** The version of transactions that the cluster has agreed on (KIP-890: 2); 0 where it has on none. */
  async version(transactionalId: string): Promise<number> {
    return this.#ask(
      'asking for the version of transactions',
      transactionalId,
      'transaction',
      async (broker) => {
        const call = featuresCall(broker);
        const features = call && (await this.#send(broker, call));
        return features?.get('transaction.version') ?? 0;
      },
    );
  }

  /** Takes the transactional id, or goes on with it under the next epoch. */
  async init(before: TransactionOwner, timeoutMs: number): Promise<ProducerIdentity> {
    const what = `taking the transactional id "${before.transactionalId}"`;
    return this.#ask(what, before.transactionalId, 'transaction', (broker) =>
      this.#send(broker, initTransactionsCall(broker, before, timeoutMs)),
    );
  }

  /** How the last transaction of the id stands, once it is not just being ended. */
  async standing(transactionalId: string): Promise<TransactionStanding> {
    return this.#ask('asking how the transaction stands', transactionalId, 'transaction', async (broker) => {
      const found = await this.#send(broker, describeTransactionCall(broker, transactionalId));
      if (found.state.startsWith('Prepare')) {
        const facts = { what: 'The transaction', answer: 'it is still being ended', canRetry: true };
        throw new KafkaProtocolError({ ...facts, type: 'CONCURRENT_TRANSACTIONS' });
      }
      return found;
    });
  }

  /** Commits offsets as a part of the transaction. */
  async commitOffsets(
    owner: TransactionOwner,
    group: MemberIdentity,
    offsets: readonly CommittedOffset[],
  ): Promise<void> {
    const what = `committing offsets of group "${group.groupId}" in a transaction`;
    await this.#ask(what, group.groupId, 'group', (broker) =>
      this.#send(broker, commitOffsetsCall(broker, owner, group, offsets)),
    );
  }

  /** Commits or aborts; gives who writes the next one. */
  async end(owner: TransactionOwner, commit: boolean): Promise<ProducerIdentity> {
    const what = commit ? 'committing the transaction' : 'aborting the transaction';
    return this.#ask(what, owner.transactionalId, 'transaction', (broker) =>
      this.#send(broker, endTransactionCall(owner, commit)),
    );
  }

  #send<Answer>(broker: BrokerConnection, call: KafkaCall<Answer>): Promise<Answer> {
    const within = this.#link.settings.connectTimeout + WRITING_MS;
    return this.#link.question(broker, () => broker.send(call), within);
  }

  /** One request at whoever is in charge: who that is, is asked once, and again after every failure that may pass. */
  #ask<T>(
    what: string,
    name: string,
    kind: Kind,
    work: (broker: BrokerConnection) => Promise<T>,
  ): Promise<T> {
    const key = `${kind}/${name}`;
    const begun = performance.now();
    const attempt = async (): Promise<T> => {
      for (let early = 0; ; early++) {
        const broker = this.#known.get(key) ?? (await this.#link.coordinator(name, kind));
        this.#known.set(key, broker);
        try {
          return await work(broker);
        } catch (error) {
          const type = kafkaTypeOf(error);
          if (type === 'CONCURRENT_TRANSACTIONS' && early < SOON_TIMES) {
            await pause(early < SOON_TIMES / 2 ? SOON_MS : LATER_MS);
            continue;
          }
          if (isConnectionFailure(error) || type !== undefined) this.#known.delete(key);
          if (type === UNKNOWN_TOPIC && performance.now() - begun > NEW_TOPIC_MS)
            throw new KafkaProtocolError({
              what,
              type,
              answer: 'no such topic or partition',
              canRetry: false,
            });
          throw error;
        }
      }
    };
    return this.#link.retrying(what, attempt, this.#patience);
  }
}
