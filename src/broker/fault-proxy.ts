/** A TCP proxy that cuts, delays and slices what goes through it, to test a stream against a bad network. */
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { LOOPBACK } from './ports.ts';

/** A running proxy. All faults apply to both directions and to open connections as well as to later ones. */
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
  /** Swallows everything until {@link resume}, with the connections left open: a network that went silent. */
  freeze(): void;
  /** Holds every chunk back for this long. */
  delay(ms: number): void;
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
  const sockets = new Set<net.Socket>();
  let fault = noFault();
  let bytes = 0;
  let wake = deferred();

  /** Reads one side, writes the other, chunk by chunk, so that a slow receiver slows the sender down. */
  async function pass(from: net.Socket, to: net.Socket): Promise<void> {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      if (fault.delayMs > 0) await sleep(fault.delayMs);
      while (fault.isFrozen) await wake.promise;
      for (let at = 0; at < chunk.length;) {
        const size = fault.sliceBytes ?? chunk.length;
        const piece = chunk.subarray(at, (at += size));
        bytes += piece.length;
        if (to.destroyed) return;
        if (!to.write(piece)) await new Promise<void>((resolve) => onceAny(to, ['drain', 'close'], resolve));
        if (fault.sliceBytes !== undefined) await sleep(0);
      }
    }
    to.end();
  }

  function join(client: net.Socket): void {
    if (fault.isCut || !proxy.target) return void client.resetAndDestroy();
    const server = net.connect(proxy.target);
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => other.destroy());
      socket.once('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
      pass(socket, other).catch(() => other.destroy());
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
    freeze() {
      fault.isFrozen = true;
    },
    delay(ms) {
      fault.delayMs = ms;
    },
    slice(size) {
      if (!Number.isInteger(size) || size < 1)
        throw new RangeError(`slice(${size}): give a whole number of bytes, at least 1`);
      fault.sliceBytes = size;
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
  isFrozen: boolean;
  delayMs: number;
  sliceBytes: number | undefined;
}

function noFault(): Fault {
  return { isCut: false, isFrozen: false, delayMs: 0, sliceBytes: undefined };
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

function onceAny(socket: net.Socket, events: readonly string[], done: () => void): void {
  const listener = () => {
    for (const event of events) socket.off(event, listener);
    done();
  };
  for (const event of events) socket.on(event, listener);
}
