/** Connections to one broker, and the requests of this library's own that go over them. */
import { unlessAborted } from '../../process/index.ts';
import { KafkaConnectionError } from '../errors.ts';
import { bodyOf, readAnswer, type ApiVersions, type KafkaCall, type Versioned } from './calls.ts';
import type { Broker, KafkaJsRequests } from './kafkajs-parts.ts';

/** Connections to one broker: made by kafkajs, logged in, with the requests that the broker understands. */
export class BrokerConnection implements Versioned {
  readonly host: string;
  readonly port: number;
  readonly #broker: Broker;
  /** Aborted when the connections are given up. */
  readonly #end = new AbortController();
  /** How many requests of this library's own are on their way, or about to be. */
  #underWay = 0;

  constructor({ host, port }: { host: string; port: number }, broker: Broker) {
    this.host = host;
    this.port = port;
    this.#broker = broker;
  }

  /**
   * The requests that kafkajs writes itself.
   *
   * @throws KafkaConnectionError (`ST_KAFKA_CONNECTION`) once the connections are given up: kafkajs would connect again
   */
  get requests(): KafkaJsRequests {
    this.#end.signal.throwIfAborted();
    return this.#broker;
  }

  /** What the broker understands; `null` before {@link connect}. */
  get versions(): ApiVersions | null {
    return this.#broker.versions;
  }

  get isConnected(): boolean {
    return !this.#end.signal.aborted && this.#broker.connectionPool.isConnected();
  }

  connect(): Promise<void> {
    return this.#broker.connect();
  }

  /**
   * Sends one request of this library's own, and reads its answer.
   *
   * @throws KafkaConnectionError (`ST_KAFKA_CONNECTION`) once the connections are given up: kafkajs loses a request that it is just
   *   encoding then, and its promise never settles; it would also connect again for one that comes later
   */
  async send<Answer>(call: KafkaCall<Answer>): Promise<Answer> {
    const { signal } = this.#end;
    signal.throwIfAborted();
    this.#underWay++;
    try {
      return await unlessAborted(this.#sent(call), signal);
    } finally {
      this.#underWay--;
    }
  }

  #sent<Answer>(call: KafkaCall<Answer>): Promise<Answer> {
    const { key, name, version, isAnswered = true, timeoutMs } = call;
    return this.#broker.connectionPool.send({
      request: {
        apiKey: key,
        apiName: name,
        apiVersion: version,
        expectResponse: () => isAnswered,
        encode: () => {
          const body = bodyOf(call);
          return Promise.resolve({ buf: body, buffer: body });
        },
      },
      response: {
        decode: (bytes: Buffer) => {
          const { answer, throttleMs } = readAnswer(call, bytes);
          return Promise.resolve({ answer, clientSideThrottleTime: throttleMs });
        },
        parse: ({ answer }: { answer: Answer }) => Promise.resolve(answer),
      },
      requestTimeout: timeoutMs,
      logResponseError: false, // the failure is in the error, not in a log
    }) as Promise<Answer>;
  }

  /**
   * Closes the connections now. kafkajs itself would wait for the answers under way, which a broker that hangs never gives;
   * here they fail. A connection on which nothing is awaited ends in order, so that what was written arrives.
   */
  cut(): void {
    const [brokers, problem] = [[`${this.host}:${this.port}`], 'the connection was given up'];
    this.#end.abort(new KafkaConnectionError({ brokers, problem }));
    for (const connection of this.#broker.connectionPool.pool) {
      const { socket, requestQueue } = connection;
      const { inflight, pending } = requestQueue;
      const isIdle = this.#underWay === 0 && inflight.size === 0 && pending.length === 0;
      if (isIdle && connection.isConnected()) connection.disconnect().catch(() => undefined);
      else socket?.destroy(new Error(problem));
    }
  }
}
