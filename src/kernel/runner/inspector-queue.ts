/**
 * Posts to the main thread's inspector, one message after the other.
 *
 * Why: what is posted while the main thread works on an earlier message waits there for the end of that; if the earlier one
 * then pauses in the debugger (each script does as it begins, once the debugger is on), Node waits for messages that it
 * has already, and for ever. Seen with Node 20.20, `MainThreadInterface::Post` of its sources is the same in 22, 24 and 26.
 *
 * In Node 26 an answer, or the message itself, now and then (some three times in a thousand sessions' beginnings on a busy
 * machine) stays where it is until the threads have something else to do, seen for half a minute: so both are given that. What
 * the inspector says by itself, such as that the main thread stands, comes the same way as an answer.
 */
import type { Session } from 'node:inspector';

type Answered = (error: Error | null, result?: object) => void;

interface Message {
  readonly method: string;
  readonly params: object;
  readonly answered: Answered;
}

/** Answered when the user's code comes to it; the main thread is done with them at once. */
const later = new Set(['Runtime.awaitPromise']);

/** After these the pause is over, which an event says. */
const goingOn = new Set(['Debugger.resume', 'Debugger.stepInto', 'Debugger.stepOut', 'Debugger.stepOver']);

/** While something may come from the main thread, this one wakes so often, in ms. */
const wakes = 100;

/** The messages to one session. */
export class InspectorQueue {
  readonly #session: Session;
  readonly #waiting: Message[] = [];
  /** What the main thread works on, if it does not stand. */
  #running: Message | undefined;
  /** What it works on while it stands, within what it worked on before. */
  #standing: { message?: Message | undefined } | undefined;

  #waking: NodeJS.Timeout | undefined;
  #isClosed = false;
  readonly #wakeMain: () => void;

  /** Nothing is posted. */
  #held: { readonly whenQuiet: () => void } | undefined;

  /**
   * Make it before others listen to the session: what they post in a pause is posted at once.
   *
   * @param wakeMain gives the main thread something to do
   */
  constructor(session: Session, wakeMain: () => void) {
    this.#session = session;
    this.#wakeMain = wakeMain;
    session.on('Debugger.paused', () => this.#is({}));
    session.on('Debugger.resumed', () => this.#is(undefined));
  }

  post(method: string, params: object, answered: Answered): void {
    this.#waiting.push({ method, params, answered });
    this.#next();
  }

  /** Before all that waits, also while this is held: what stands must go on, or that would be done in a pause that nobody asked for. */
  first(method: string): void {
    if (this.#held) return this.#session.post(method);
    this.#waiting.unshift({ method, params: {}, answered: () => undefined });
    this.#next();
  }

  /** Posts nothing more, and calls back when the main thread works on nothing: another session is to speak with it. */
  hold(whenQuiet: () => void): void {
    this.#held = { whenQuiet };
    this.#next();
  }

  /** The other session has ended. */
  letGo(): void {
    this.#held = undefined;
    this.#next();
  }

  /** The session has ended: what still waits is answered. */
  close(): void {
    this.#isClosed = true;
    clearInterval(this.#waking);
    for (const { answered } of this.#waiting.splice(0)) answered(new Error('the debugger was switched off'));
  }

  #is(standing: { message?: Message } | undefined): void {
    this.#standing = standing;
    this.#next();
  }

  #next(): void {
    this.#stayAwake();
    if (this.#standing ? this.#standing.message : this.#running) return;
    if (this.#held) {
      const { whenQuiet } = this.#held;
      this.#held = { whenQuiet: () => undefined };
      return whenQuiet();
    }
    const message = this.#waiting.shift();
    if (!message) return;
    if (!later.has(message.method)) this.#work(message);
    this.#session.post(message.method, message.params, (error: Error | null, result?: object) => {
      this.#done(message, error);
      message.answered(error, result);
    });
    this.#next();
  }

  #work(message: Message): void {
    if (this.#standing) this.#standing.message = message;
    else this.#running = message;
  }

  /**
   * Both threads are woken unless the main one stands and is asked nothing: this one often, the main one once after what was
   * posted last, for that may be busy for long.
   */
  #stayAwake(): void {
    clearInterval(this.#waking);
    if (this.#isClosed || (this.#standing && !this.#standing.message)) return;
    let turns = 0;
    this.#waking = setInterval(() => {
      turns += 1;
      if (turns === 2) this.#wakeMain();
    }, wakes).unref();
  }

  #done(message: Message, error: Error | null): void {
    if (this.#running === message) this.#running = undefined;
    if (message.method === 'Debugger.disable') this.#standing = undefined;
    const isOver = error !== null || !goingOn.has(message.method);
    if (this.#standing?.message === message && isOver) this.#standing.message = undefined;
    this.#next();
  }
}
