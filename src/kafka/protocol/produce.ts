/** Kafka's Produce request: batches out, one answer a partition back. */

import { BytesReader, BytesWriter } from './bytes.ts';
import type { WireCall } from './kafkajs.ts';

/** A sealed batch and where it goes. */
export interface AddressedBatch {
  readonly topic: string;
  readonly partition: number;
  readonly bytes: Buffer;
}

/** What the broker says about one batch; `errorCode` 0 means it has it. */
export interface ProduceAnswer {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
  readonly firstOffset: number;
}

/**
 * Produce, version 7 (from Kafka 2.1 on; needed for zstd). At most one batch a partition.
 * With `acks` 0 there is no answer: the call gives `undefined`.
 * Format: https://kafka.apache.org/protocol.html#The_Messages_Produce
 */
export function produceCall(
  batches: readonly AddressedBatch[],
  acks: -1 | 0 | 1,
  timeout: number,
): WireCall<readonly ProduceAnswer[] | undefined> {
  return {
    request: {
      apiKey: 0,
      apiVersion: 7,
      apiName: 'Produce',
      expectResponse: () => acks !== 0,
      encode: () => {
        const size = batches.reduce(
          (sum, { bytes, topic }) => sum + bytes.length + topic.length * 3 + 16,
          32,
        );
        const body = new BytesWriter(size).string(null).int16(acks).int32(timeout);
        body.list([...byTopic(batches)], ([topic, own]) => {
          body
            .string(topic)
            .list(own, ({ partition, bytes }) => body.int32(partition).int32(bytes.length).raw(bytes));
        });
        return Promise.resolve(body.body());
      },
    },
    response: { decode: (body) => Promise.resolve(decode(body)), parse: (answer) => Promise.resolve(answer) },
  };
}

function byTopic(batches: readonly AddressedBatch[]): ReadonlyMap<string, AddressedBatch[]> {
  const topics = new Map<string, AddressedBatch[]>();
  for (const batch of batches) {
    const own = topics.get(batch.topic);
    if (own === undefined) topics.set(batch.topic, [batch]);
    else own.push(batch);
  }
  return topics;
}

function decode(body: Buffer): readonly ProduceAnswer[] {
  const bytes = new BytesReader(body);
  return bytes
    .list(() => {
      const topic = bytes.string() ?? '';
      return bytes.list(() => {
        const answer = {
          topic,
          partition: bytes.int32(),
          errorCode: bytes.int16(),
          firstOffset: bytes.int64(),
        };
        bytes.int64(); // log append time
        bytes.int64(); // log start offset
        return answer;
      });
    })
    .flat();
}
