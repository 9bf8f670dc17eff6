/** Cures kafkajs' request queue of the timers it sets in the past, which Node 24 warns of on stderr. */

/** kafkajs' `RequestQueue`, as far as its timer goes. */
export interface RequestQueueClass {
  readonly prototype: {
    /** ms since 1970 until which the broker wants no request; -1 for never. */
    throttledUntil: number;
    scheduleCheckPendingRequests(): void;
  };
}

/** Further ahead than the clock may go on between our look at it and kafkajs'. */
const SOON_MS = 2;

const cured = new WeakSet<RequestQueueClass>();

/**
 * Makes the queue set its timer for "soon" where it would have set one for a time long past: `throttledUntil` is -1
 * while nothing is throttled, and kafkajs 2.2.4 takes the time from now until then. Does nothing a second time.
 */
export function cureTimersInThePast(queue: RequestQueueClass): void {
  if (cured.has(queue)) return;
  cured.add(queue);
  const { prototype } = queue;
  const schedule = Object.getOwnPropertyDescriptor(prototype, 'scheduleCheckPendingRequests')!
    .value as () => void;
  prototype.scheduleCheckPendingRequests = function (this: RequestQueueClass['prototype']) {
    const until = this.throttledUntil;
    this.throttledUntil = Math.max(until, Date.now() + SOON_MS);
    try {
      schedule.call(this);
    } finally {
      this.throttledUntil = until;
    }
  };
}
