/** The kernel's five sockets, which carry signed messages. */
import { randomUUID } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { Reply, Router, XPublisher } from 'zeromq';
import { decode, encode, messageLimits, type Message, type Outgoing, Signer } from './codec.ts';
import type { Connection } from './connection.ts';
import { OutputSocket } from './output-socket.ts';

/** The sockets that requests come in by. */
export type RequestChannel = 'shell' | 'control' | 'stdin';

/** Who receives what comes in. */
interface WireListener {
  /** A valid message came in. */
  received(channel: RequestChannel, message: Message): void;
  /** One line for the kernel's log: a message was dropped, and why. */
  log(line: string): void;
}

/** The bound sockets. The owner closes them. */
export class Wire {
  readonly session = randomUUID();
  readonly #routers: Readonly<Record<RequestChannel, Router>>;
  readonly #heartbeat = new Reply({ maxMessageSize: messageLimits.frame });
  readonly #publisher = new XPublisher(OutputSocket.options);
  readonly #output: OutputSocket;
  readonly #signer: Signer;
  readonly #listener: WireListener;
  readonly #sending: Record<RequestChannel, Promise<unknown>>;

  constructor(connection: Connection, listener: WireListener) {
    // Handover: a client of the same session, or one that connects again before the old connection is known to be gone, is
    // answered from then on, as by ipykernel; without it nobody would answer the new one.
    const router = () =>
      new Router({
        ...{ maxMessageSize: messageLimits.frame, linger: 1000, sendHighWaterMark: 0, handover: true },
      });
    this.#routers = { shell: router(), control: router(), stdin: router() };
    this.#publisher.linger = 1000;
    this.#signer = new Signer(connection.key, connection.hash);
    this.#listener = listener;
    this.#output = new OutputSocket(this.#publisher, (line) => listener.log(line));
    const idle = Promise.resolve();
    this.#sending = { shell: idle, control: idle, stdin: idle };
  }

  /** Binds the connection file's addresses, and no other, and begins to listen. */
  async bind({ addresses }: Connection): Promise<void> {
    const { shell, control, stdin } = this.#routers;
    await Promise.all([
      shell.bind(addresses.shell),
      control.bind(addresses.control),
      stdin.bind(addresses.stdin),
      this.#publisher.bind(addresses.iopub),
      this.#heartbeat.bind(addresses.hb),
    ]);
    void this.#beat();
    void this.#welcome();
    for (const channel of ['shell', 'control', 'stdin'] as const) void this.#listen(channel);
    // Who subscribed while the sockets were bound gets the welcome before anything else.
    await turn();
  }

  /** Tells all clients that the kernel works on `request`, or no more. */
  status(state: 'busy' | 'idle', request: Message): void {
    const content = { execution_state: state };
    void this.publish({ type: 'status', content, parent: request.header });
  }

  /** Answers on the channel that the request came by. */
  reply(
    channel: RequestChannel,
    request: Message,
    type: string,
    content: Outgoing['content'],
  ): Promise<void> {
    return this.send(channel, {
      type,
      content,
      parent: request.header,
      identities: request.identities,
    });
  }

  /** Sends to one client. Settles when zeromq has it; never rejects. */
  async send(channel: RequestChannel, outgoing: Outgoing): Promise<void> {
    const frames = encode(outgoing, this.session, this.#signer);
    const sent = this.#sending[channel].then(() => this.#routers[channel].send(frames));
    this.#sending[channel] = sent.catch((error: unknown) => this.#listener.log(`not sent: ${String(error)}`));
    await this.#sending[channel];
  }

  /** Sends to all clients, in order. Settles when zeromq has it, which is later when clients read slowly. */
  publish(outgoing: Outgoing): Promise<void> {
    const topic = Buffer.from(`kernel.${outgoing.type}`);
    return this.#output.send(encode({ ...outgoing, identities: [topic] }, this.session, this.#signer));
  }

  /** Settles when zeromq has everything sent so far. */
  async flushed(): Promise<void> {
    await Promise.all([...Object.values(this.#sending), this.#output.flushed()]);
  }

  /** Closes the sockets; what zeromq has is still delivered. */
  close(): void {
    for (const socket of [...Object.values(this.#routers), this.#heartbeat, this.#publisher]) socket.close();
  }

  async #listen(channel: RequestChannel): Promise<void> {
    try {
      for await (const frames of this.#routers[channel]) {
        const decoded = decode(frames, this.#signer);
        if ('message' in decoded) this.#listener.received(channel, decoded.message);
        else this.#listener.log(`dropped a message on ${channel}: ${decoded.problem}`);
      }
    } catch (error) {
      if (!this.#routers[channel].closed) this.#listener.log(`${channel}: ${String(error)}`);
    }
  }

  async #beat(): Promise<void> {
    try {
      for await (const frames of this.#heartbeat) await this.#heartbeat.send(frames);
    } catch (error) {
      if (!this.#heartbeat.closed) this.#listener.log(`heartbeat: ${String(error)}`);
    }
  }

  /** Greets each new subscriber, so that it knows that no output is missed from here on (JEP 65). */
  async #welcome(): Promise<void> {
    try {
      for await (const [frame] of this.#publisher) {
        if (frame?.[0] !== 1) continue;
        const subscription = frame.subarray(1);
        const content = { subscription: subscription.toString('utf8') };
        const welcome = { type: 'iopub_welcome', content, identities: [subscription] };
        void this.#output.send(encode(welcome, this.session, this.#signer));
      }
    } catch (error) {
      if (!this.#publisher.closed) this.#listener.log(`subscriptions: ${String(error)}`);
    }
  }
}
