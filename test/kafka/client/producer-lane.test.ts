import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { Lane } from '../../../src/kafka/client/producer/producer-lane.ts';
import type { LaneBatch } from '../../../src/kafka/client/producer/producer-lane.ts';
import { encodeRecords } from '../../../src/kafka/client/record-batch.ts';

const IDENTITY = { producerId: 1n, producerEpoch: 0 };
const LATER = Number.MAX_SAFE_INTEGER;

function batchOf(names: readonly string[]): LaneBatch {
  const records = names.map((name) => ({ key: null, value: name }));
  const delivery = {
    ...{ parts: 1, firstOffset: -1, failed: [], error: undefined, records: records.length },
    ...{ resolve: () => undefined, reject: () => undefined },
  };
  return { records, delivery, deadline: LATER, encoded: encodeRecords(records, 1), sequence: undefined };
}

/** The rules of a broker for one producer and one partition: next sequence number only, five batches remembered. */
class SequenceBroker {
  readonly log: string[] = [];
  #expected = 0;
  readonly #known: number[] = [];

  /** `written` also for what it had already. */
  append({ batch: { records }, sequence }: SentBatch): 'written' | 'out-of-order' {
    if (this.#known.includes(sequence)) return 'written';
    if (sequence !== this.#expected) return 'out-of-order';
    this.log.push(...records.map(({ value }) => String(value)));
    this.#known.push(sequence);
    if (this.#known.length > 5) this.#known.shift();
    this.#expected += records.length;
    return 'written';
  }
}

/** A batch on the wire: its bytes keep the sequence number they were sent with. */
interface SentBatch {
  readonly batch: LaneBatch;
  readonly sequence: number;
}

/** What the network does to a batch and its answer. */
type Fate = 'fine' | 'lost' | 'answer lost' | 'refused' | 'too large';

test('every record arrives once and in order, whatever is lost, refused or split on the way', () => {
  const fates = fc.array(
    fc.constantFrom<Fate>('fine', 'fine', 'fine', 'lost', 'answer lost', 'refused', 'too large'),
    {
      maxLength: 60,
    },
  );
  fc.assert(
    fc.property(
      fates,
      fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 20 }),
      (plan, sizes) => {
        const lane = new Lane('topic', 0);
        const broker = new SequenceBroker();
        const refused = new Set<string>();
        let count = 0;
        const wanted: string[] = [];
        for (const size of sizes) {
          const names = Array.from({ length: size }, () => String(count++));
          wanted.push(...names);
          lane.add(batchOf(names));
        }
        let fate = 0;
        const fateOf = (): Fate => plan[fate++] ?? 'fine';
        for (let round = 0; lane.hasUnsent; round++) {
          assert.ok(round < 500, 'it never comes to an end');
          const inFlight: (SentBatch & { fate: Fate })[] = [];
          for (
            let next = lane.next(LATER);
            next !== undefined && inFlight.length < 5;
            next = lane.next(LATER)
          ) {
            const batch = lane.take(next, IDENTITY);
            inFlight.push({ batch, sequence: batch.encoded?.bytes.readInt32BE(53) ?? -1, fate: fateOf() });
          }
          assert.ok(inFlight.length > 0, 'something can always be sent when nothing is in flight');
          for (const sent of inFlight) settle(lane, broker, sent, sent.fate, refused);
        }
        assert.deepEqual(
          broker.log,
          wanted.filter((name) => !refused.has(name)),
        );
      },
    ),
    { numRuns: 2_000 },
  );
});

function settle(lane: Lane, broker: SequenceBroker, sent: SentBatch, fate: Fate, refused: Set<string>): void {
  const { batch } = sent;
  if (fate === 'lost') return lane.failed();
  // A broker looks at size and content before it looks at the sequence, and always comes to the same answer: so only
  // batches it has not taken before can be refused.
  const names = batch.records.map(({ value }) => String(value));
  const isNew = !broker.log.includes(names[0] ?? '');
  if (fate === 'too large' && isNew && names.length > 1) {
    return lane.split(batch, [batchOf(names.slice(0, 1)), batchOf(names.slice(1))]);
  }
  if (fate === 'refused' && isNew) {
    for (const name of names) refused.add(name);
    return lane.refused(batch);
  }
  const outcome = broker.append(sent);
  if (outcome === 'out-of-order' || fate === 'answer lost') return lane.failed();
  lane.delivered(batch);
}

test('without idempotence no sequence number is sent', () => {
  const lane = new Lane('topic', 0);
  lane.add(batchOf(['a']));
  const next = lane.next(LATER);
  assert.ok(next);
  assert.equal(lane.take(next, { producerId: -1n, producerEpoch: -1 }).sequence, -1);
  assert.equal(next.encoded?.bytes.readBigInt64BE(43), -1n);
});

test('sequence numbers start again at 0 after 31 bits', () => {
  const lane = new Lane('topic', 0);
  lane.add(batchOf(['a', 'b']));
  lane.add(batchOf(['c']));
  const [first, second] = [lane.next(LATER), undefined];
  assert.ok(first && second === undefined);
  first.sequence = 2 ** 31 - 1;
  lane.take(first, IDENTITY);
  const half = [batchOf(['a']), batchOf(['b'])];
  lane.split(first, half);
  assert.deepEqual(
    half.map(({ sequence }) => sequence),
    [2 ** 31 - 1, 0],
  );
});
