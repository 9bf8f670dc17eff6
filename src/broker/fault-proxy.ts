/** A TCP proxy that cuts, silences, delays, throttles and slices what goes through it: a bad network for tests. */
import net from 'node:net';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkMs, refuseUnknownOptions } from '../options.ts';
import { deferred, LOOPBACK } from '../process/index.ts';

/** Which way bytes go: from the client (`requests`), to it (`answers`), or both. */
export type Direction = 'both' | 'requests' | 'answers';

/** A running proxy. All faults apply to open connections as well as to later ones, and to both directions unless one is named. */
export interface FaultProxy extends AsyncDisposable {
  /** Where it listens, on the loopback address. */
  readonly port: number;
  /** `127.0.0.1:port`. */
  readonly address: string;
  /** Where connections go; {@link startBroker} sets it when the proxy is given to it. */
  target: { host: string; port: number } | undefined;
  /** Connections open now. */
  readonly connections: number;
  /** Bytes passed on so far, both directions together. */
  readonly bytes: number;
  /** Breaks all connections (reset) and refuses new ones until {@link resume}. */
  cut(): void;
  /** Breaks the open connections once; new ones are accepted at once. */
  cutOnce(): void;
  /**
   * Breaks the open connections once so many more bytes have gone through, in the middle of a message as likely as not;
   * new ones are accepted at once.
   */
  cutAfter(bytes: number): void;
  /**
   * Holds everything back until {@link resume}, with the connections left open: a network that went silent. With
   * `'answers'` the broker goes on getting requests and does what they ask, and no client learns of it: what makes writes doubtful.
   */
  freeze(direction?: Direction): void;
  /** Holds every chunk back for this long. */
  delay(ms: number): void;
  /** Passes on at most so many bytes a second each way, all connections together. */
  throttle(bytesPerSecond: number): void;
  /** Passes everything on in pieces of at most this many bytes. */
  slice(bytes: number): void;
  /** Ends all faults; what {@link freeze} held back is passed on. */
  resume(): void;
  /** Breaks all connections and stops listening. */
  close(): Promise<void>;
}

/** Where to forward to, and where to listen. */
export interface FaultProxyOptions {
  /** Default: none yet; a connection is broken until there is one. */
  target?: { host: string; port: number };
  /** Default: a free one. */
  port?: number;
}

/**
 * Starts a proxy. Kafka's clients follow the address a broker gives itself, so a proxy in front of an ordinary broker is
 * left at the second connection; give it to {@link startBroker}, which opens an extra listener that names the proxy's
 * address, and connect to `proxy.address`. The broker's own address stays undisturbed.
 *
 * @throws Error when the port is taken
 * @example
 * ```ts
 * await using proxy = await startFaultProxy();
 * await using broker = await startBroker({ temporary: true, proxy });
 * const kafka = new Kafka({ brokers: [proxy.address] });
 * proxy.cutOnce(); // and see whether the reader goes on where it was
 * ```
 */
export async function startFaultProxy(options: FaultProxyOptions = {}): Promise<FaultProxy> {
  refuseUnknownOptions('startFaultProxy', options, { target: true, port: true });
  const sockets = new Set<net.Socket>();
  let fault = noFault();
  let bytes = 0;
  let wake = deferred();
  const throttles = { requests: newThrottle(), answers: newThrottle() };

  /** Reads one side, writes the other, chunk by chunk, so that a slow receiver slows the sender down. */
  async function pass(from: net.Socket, to: net.Socket, way: keyof typeof throttles): Promise<void> {
    const isFrozen = () => fault.frozen === 'both' || fault.frozen === way;
    for await (const chunk of from as AsyncIterable<Buffer>) {
      if (fault.delayMs > 0) await sleep(fault.delayMs);
      for (let at = 0; at < chunk.length;) {
        while (isFrozen()) await wake.promise;
        const most = pieceBytes();
        await throttles[way](Math.min(most, chunk.length - at), fault.bytesPerSecond);
        const piece = chunk.subarray(at, (at += most));
        if (to.destroyed) return;
        bytes += piece.length;
        if (!to.write(piece)) await new Promise<void>((resolve) => onceAny(to, ['drain', 'close'], resolve));
        if (fault.sliceBytes !== undefined) await sleep(0);
        if (fault.cutAt !== undefined && bytes >= fault.cutAt) {
          fault.cutAt = undefined;
          breakAll();
        }
      }
    }
    to.end();
  }

  /** How much is passed on at once: a twentieth of a second's worth at most, and no more than up to the next cut. */
  function pieceBytes(): number {
    const { sliceBytes = Infinity, bytesPerSecond = Infinity, cutAt = Infinity } = fault;
    return Math.max(1, Math.floor(Math.min(sliceBytes, bytesPerSecond / 20, cutAt - bytes)));
  }

  function join(client: net.Socket): void {
    if (fault.isCut || !proxy.target) return void client.resetAndDestroy();
    const server = net.connect(proxy.target);
    for (const [socket, other, way] of [
      [client, server, 'requests'],
      [server, client, 'answers'],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => other.destroy());
      socket.once('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
      pass(socket, other, way).catch(() => other.destroy());
    }
  }

  const listener = net.createServer({ allowHalfOpen: true }, join);
  const breakAll = () => sockets.forEach((socket) => socket.resetAndDestroy());
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(options.port ?? 0, LOOPBACK, resolve);
  });
  const { port } = listener.address() as net.AddressInfo;

  const proxy: FaultProxy = {
    port,
    address: `${LOOPBACK}:${port}`,
    target: options.target,
    get connections() {
      return sockets.size / 2;
    },
    get bytes() {
      return bytes;
    },
    cut() {
      fault.isCut = true;
      breakAll();
    },
    cutOnce: breakAll,
    cutAfter(count) {
      fault.cutAt = bytes + atLeastOne('cutAfter', count);
    },
    freeze(direction = 'both') {
      fault.frozen = direction;
      wake.resolve();
      wake = deferred();
    },
    delay(ms) {
      fault.delayMs = checkMs('delay', ms);
    },
    throttle(bytesPerSecond) {
      fault.bytesPerSecond = atLeastOne('throttle', bytesPerSecond);
    },
    slice(size) {
      fault.sliceBytes = atLeastOne('slice', size);
    },
    resume() {
      fault = noFault();
      wake.resolve();
      wake = deferred();
    },
    async close() {
      this.resume();
      breakAll();
      await new Promise((resolve) => listener.close(resolve));
    },
    [Symbol.asyncDispose]() {
      return this.close();
    },
  };
  return proxy;
}

interface Fault {
  isCut: boolean;
  cutAt: number | undefined;
  frozen: Direction | undefined;
  delayMs: number;
  bytesPerSecond: number | undefined;
  sliceBytes: number | undefined;
}

function noFault(): Fault {
  return {
    isCut: false,
    cutAt: undefined,
    frozen: undefined,
    delayMs: 0,
    bytesPerSecond: undefined,
    sliceBytes: undefined,
  };
}

function atLeastOne(fault: string, bytes: number): number {
  if (Number.isSafeInteger(bytes) && bytes >= 1) return bytes;
  throw new RangeError(`${fault}(${bytes}): give a whole number of bytes, at least 1`);
}

/** Lets so many bytes pass at a rate: each caller waits until those before it are through. */
function newThrottle(): (bytes: number, bytesPerSecond: number | undefined) => Promise<void> {
  let isFreeAt = 0;
  return async (bytes, bytesPerSecond) => {
    if (bytesPerSecond === undefined) return;
    const now = performance.now();
    const startsAt = Math.max(now, isFreeAt);
    isFreeAt = startsAt + (bytes / bytesPerSecond) * 1000;
    if (isFreeAt > now) await sleep(isFreeAt - now);
  };
}

function onceAny(socket: net.Socket, events: readonly string[], done: () => void): void {
  const listener = () => {
    for (const event of events) socket.off(event, listener);
    done();
  };
  for (const event of events) socket.on(event, listener);
}
