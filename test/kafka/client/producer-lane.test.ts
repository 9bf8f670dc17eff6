import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { newDelivery, batchOf } from '../../../src/kafka/client/producer/delivery.ts';
import type { Part, LaneBatch } from '../../../src/kafka/client/producer/delivery.ts';
import { Lane } from '../../../src/kafka/client/producer/lane.ts';
import { encodeChunks } from '../../../src/kafka/protocol/record-batch.ts';

const IDENTITY = { producerId: 1n, producerEpoch: 0 };
const LATER = Number.MAX_SAFE_INTEGER;
const ignore = (): undefined => undefined;

function partOf(names: readonly string[], deadline = LATER): Part {
  const records = names.map((name) => ({ key: null, value: name }));
  return newDelivery(records, { now: 1, deadline, limit: Infinity }, ignore, ignore)[0]!;
}

const namesOf = ({ parts }: LaneBatch): string[] =>
  parts.flatMap(({ records }) => records.map(({ value }) => String(value)));

/** The next batch to send, made of what waits if none is made, as a sender does it. */
function nextOf(lane: Lane, limit: number): LaneBatch | undefined {
  if (!lane.ready(LATER)) return undefined;
  if (lane.ahead === 0) lane.gather(limit, Infinity);
  for (const one of batches(lane)) one.encoded ??= encodeChunks(one.parts);
  return lane.next(LATER);
}

/** Every batch ever made, so that the new ones can be encoded. */
const made = new WeakMap<Lane, LaneBatch[]>();
function batches(lane: Lane): LaneBatch[] {
  let list = made.get(lane);
  if (list === undefined) made.set(lane, (list = []));
  return list;
}
class WatchedLane extends Lane {
  override gather(limit: number, span: number): LaneBatch | undefined {
    const batch = super.gather(limit, span);
    if (batch !== undefined) batches(this).push(batch);
    return batch;
  }
  override split(batch: LaneBatch, pieces: readonly LaneBatch[]): void {
    batches(this).push(...pieces);
    super.split(batch, pieces);
  }
}

/**
 * The rules of a broker for one producer and one partition: any sequence number from a producer it does not know, then
 * the next one only, five batches remembered.
 */
class SequenceBroker {
  readonly log: string[] = [];
  #epoch = 0;
  #expected: number | undefined;
  #known: string[] = [];

  /** `written` also for what it had already. */
  append(sent: SentBatch): 'written' | 'out-of-order' | 'fenced' {
    const { names, sequence, epoch } = sent;
    if (epoch < this.#epoch) return 'fenced';
    const mark = `${sequence}+${names.length}`;
    if (epoch === this.#epoch && this.#known.includes(mark)) return 'written';
    const expected = this.#expected !== undefined && epoch > this.#epoch ? 0 : this.#expected;
    if (expected !== undefined && sequence !== expected) return 'out-of-order';
    if (epoch > this.#epoch) this.#known = [];
    this.#epoch = epoch;
    this.log.push(...names);
    this.#known.push(mark);
    if (this.#known.length > 5) this.#known.shift();
    this.#expected = sequence + names.length;
    return 'written';
  }
}

/** A batch on the wire: its bytes keep the sequence number and the epoch they were sent with. */
interface SentBatch {
  readonly batch: LaneBatch;
  readonly names: readonly string[];
  readonly sequence: number;
  readonly epoch: number;
  readonly era: number;
  readonly fate: Fate;
}

/** What the network does to a batch and its answer; `given up`: its time is over before the answer comes. */
type Fate = 'fine' | 'lost' | 'answer lost' | 'refused' | 'too large' | 'given up';

test('every record arrives once and in order, whatever is lost, refused, merged, split or given up on the way', () => {
  const fates = fc.array(
    fc.constantFrom<Fate>('fine', 'fine', 'fine', 'lost', 'answer lost', 'refused', 'too large', 'given up'),
    { maxLength: 60 },
  );
  const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 20 });
  let merged = 0;
  fc.assert(
    fc.property(fates, sizes, fc.integer({ min: 1, max: 200 }), (plan, sizes, limit) => {
      const lane = new WatchedLane('topic', 0, IDENTITY);
      const broker = new SequenceBroker();
      const refused = new Set<string>();
      const givenUp = new Set<string>();
      let count = 0;
      const wanted: string[] = [];
      for (const size of sizes) {
        const names = Array.from({ length: size }, () => String(count++));
        wanted.push(...names);
        lane.add(partOf(names));
      }
      let fate = 0;
      for (let round = 0; lane.hasUnsent; round++) {
        assert.ok(round < 500, 'it never comes to an end');
        const inFlight: SentBatch[] = [];
        for (
          let next = nextOf(lane, limit);
          next !== undefined && inFlight.length < 5;
          next = nextOf(lane, limit)
        ) {
          const { era } = lane;
          const batch = lane.take(next);
          if (batch.parts.length > 1) merged++;
          const { bytes } = batch.encoded!;
          inFlight.push({
            ...{ batch, era, names: namesOf(batch), fate: plan[fate++] ?? 'fine' },
            ...{ sequence: bytes.readInt32BE(53), epoch: bytes.readInt16BE(51) },
          });
        }
        assert.ok(inFlight.length > 0, 'something can always be sent when nothing is in flight');
        for (const sent of inFlight) settle(lane, broker, sent, refused, givenUp);
      }
      const sure = (names: readonly string[]): string[] => names.filter((name) => !givenUp.has(name));
      assert.deepEqual(
        sure(broker.log),
        sure(wanted).filter((name) => !refused.has(name)),
      );
      assert.equal(new Set(broker.log).size, broker.log.length, 'a record is there twice');
    }),
    { numRuns: 3_000 },
  );
  assert.ok(merged > 1_000, `only ${merged} batches were merged: that is not tested`);
});

function settle(
  lane: Lane,
  broker: SequenceBroker,
  sent: SentBatch,
  refused: Set<string>,
  givenUp: Set<string>,
): void {
  const { batch, names, fate, era } = sent;
  if (fate === 'given up' && era === lane.era) {
    // The batch reaches the broker or does not; its fate is not known here any more.
    for (const { records } of lane.giveUpSent()) for (const { value } of records) givenUp.add(String(value));
    broker.append(sent);
    // One that moved up behind a refused one is not given up: the broker cannot have taken it.
    if (era === lane.era) lane.failed(batch);
    return;
  }
  if (fate === 'lost') return era === lane.era ? lane.failed(batch) : undefined;
  // A broker looks at size and content before it looks at the sequence, and always comes to the same answer: so only
  // batches it has not taken before can be too large.
  const isNew = !broker.log.includes(names[0] ?? '');
  if (era === lane.era && fate === 'too large' && isNew && names.length > 1) {
    return lane.split(batch, [batchOf([partOf(names.slice(0, 1))]), batchOf([partOf(names.slice(1))])]);
  }
  // A right may be withdrawn after the first attempt was written and its answer lost.
  if (era === lane.era && fate === 'refused') {
    for (const name of names) (batch.isDoubtful ? givenUp : refused).add(name);
    for (const { records } of lane.refused(batch))
      for (const { value } of records) givenUp.add(String(value));
    return;
  }
  const outcome = broker.append(sent);
  if (era !== lane.era) return;
  if (outcome !== 'written' || fate === 'answer lost')
    return lane.failed(batch, { mayBeThere: outcome === 'written' });
  lane.delivered(batch);
}

test('until the broker knows the producer one batch travels alone: behind a refused one none is taken with a gap', () => {
  const lane = new WatchedLane('topic', 0, IDENTITY);
  for (const name of ['a', 'b', 'c', 'd']) lane.add(partOf([name]));
  const first = lane.take(nextOf(lane, 10)!);
  assert.equal(nextOf(lane, 10), undefined, 'the second waits for the answer about the first');
  lane.refused(first);
  const second = lane.take(nextOf(lane, 10)!);
  assert.deepEqual([namesOf(second), second.sequence], [['b'], 0]);
  lane.delivered(second);
  const [third, fourth] = [lane.take(nextOf(lane, 10)!), lane.take(nextOf(lane, 10)!)];
  assert.deepEqual([third.sequence, fourth.sequence], [1, 2]);
  lane.renew({ producerId: 2n, producerEpoch: 0 });
  assert.equal(nextOf(lane, 10), undefined);
});

test('refused for good after an answer was lost: what was sent behind is given up, and no number is given twice', () => {
  const lane = new WatchedLane('topic', 0, IDENTITY);
  const broker = new SequenceBroker();
  const send = (name: string): SentBatch => {
    lane.add(partOf([name]));
    const batch = lane.take(nextOf(lane, 10)!);
    const { bytes } = batch.encoded!;
    return {
      ...{ batch, era: lane.era, names: [name], fate: 'fine' },
      ...{ sequence: bytes.readInt32BE(53), epoch: bytes.readInt16BE(51) },
    };
  };
  const first = send('known');
  broker.append(first);
  lane.delivered(first.batch);
  const lost = [send('a'), send('b'), send('c')];
  for (const one of lost) assert.equal(broker.append(one), 'written');
  for (const { batch } of lost) lane.failed(batch);
  const again = lane.take(nextOf(lane, 10)!);
  const values = lane.refused(again).flatMap(({ records }) => records.map(({ value }) => value));
  assert.deepEqual([namesOf(again), values], [['a'], ['b', 'c']]);
  const next = ['d', 'e'].map(send);
  assert.deepEqual(
    next.map(({ sequence, epoch }) => [sequence, epoch]),
    [
      [0, 1],
      [1, 1],
    ],
  );
  for (const one of next) assert.equal(broker.append(one), 'written');
  assert.deepEqual(broker.log, ['known', 'a', 'b', 'c', 'd', 'e']);
});

test('a backlog becomes few batches, each within the limit; what was sent goes again as it was', () => {
  const lane = new WatchedLane('topic', 0, IDENTITY);
  for (let at = 0; at < 100; at++) lane.add(partOf([String(at)]));
  const first = nextOf(lane, 300)!;
  lane.take(first);
  const names = namesOf(first);
  assert.ok(names.length > 10 && names.length < 20, `${names.length} records in 300 bytes`);
  lane.failed(first);
  for (let at = 100; at < 200; at++) lane.add(partOf([String(at)]));
  assert.deepEqual(namesOf(nextOf(lane, 10_000)!), names);
  assert.equal(nextOf(lane, 10_000)!.sequence, 0);
});

test('records whose time ends far apart do not share a batch', () => {
  const lane = new WatchedLane('topic', 0, IDENTITY);
  for (const deadline of [1_000, 1_050, 1_200, 1_210]) lane.add(partOf([String(deadline)], deadline));
  assert.deepEqual(namesOf(lane.gather(10_000, 100)!), ['1000', '1050']);
});

test('what is overdue fails alone: what came later is sent, under the next epoch if the fate of the former is open', () => {
  const lane = new WatchedLane('topic', 0, IDENTITY);
  lane.add(partOf(['sent'], 1_000));
  lane.take(nextOf(lane, 10)!);
  lane.add(partOf(['waiting'], 1_500));
  lane.add(partOf(['young'], 9_000));
  const values = (parts: readonly Part[]) =>
    parts.flatMap(({ records }) => records.map(({ value }) => value));
  const { sent, unsent } = lane.overdue(2_000);
  assert.deepEqual([values(sent), values(unsent)], [['sent'], ['waiting']]);
  const next = lane.take(nextOf(lane, 10)!);
  assert.deepEqual(namesOf(next), ['young']);
  assert.deepEqual([next.encoded?.bytes.readInt16BE(51), next.encoded?.bytes.readInt32BE(53)], [1, 0]);
});

test('without idempotence no sequence number is sent', () => {
  const lane = new WatchedLane('topic', 0, { producerId: -1n, producerEpoch: -1 });
  lane.add(partOf(['a']));
  const next = nextOf(lane, 10)!;
  assert.equal(lane.take(next).sequence, -1);
  assert.equal(next.encoded?.bytes.readBigInt64BE(43), -1n);
});

test('sequence numbers start again at 0 after 31 bits', () => {
  const lane = new WatchedLane('topic', 0, IDENTITY);
  lane.add(partOf(['a', 'b']));
  lane.add(partOf(['c']));
  const first = nextOf(lane, 10)!;
  first.sequence = 2 ** 31 - 1;
  lane.take(first);
  const half = [batchOf([partOf(['a'])]), batchOf([partOf(['b'])])];
  lane.split(first, half);
  assert.deepEqual(
    half.map(({ sequence }) => sequence),
    [2 ** 31 - 1, 0],
  );
});

test('200,000 records that wait one by one are merged, and given up, without a stack overflow', () => {
  const lane = new Lane('topic', 0, IDENTITY);
  for (let at = 0; at < 200_000; at++) lane.add(partOf(['x'], 1_000));
  assert.equal(lane.gather(170_000, Infinity)?.records, 10_000);
  assert.equal(lane.overdue(2_000).unsent.length, 200_000);
});
