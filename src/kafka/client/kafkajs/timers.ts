/** Cures kafkajs' request queue of the timers it sets in the past, which Node 24 warns of on stderr. */

/** kafkajs' `RequestQueue`, as far as its timer goes. */
interface RequestQueue {
  /** Requests that wait for their turn. */
  readonly pending: readonly unknown[];
  /** ms since 1970 until which the broker wants no request; -1 for never. */
  readonly throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests(): void;
  scheduleCheckPendingRequests(): void;
}

/** The class of kafkajs' request queues. */
export interface RequestQueueClass {
  readonly prototype: RequestQueue;
}

/** How soon to look again at requests that wait for a free place, ms; kafkajs' own figure. */
const PENDING_MS = 10;

/**
 * Gives the queue a timer that is never in the past: kafkajs 2.2.4 waits from now until `throttledUntil`, also while
 * that is -1 because nothing is throttled. Node took such a time for 1 ms, and so does this. Does nothing new a
 * second time.
 */
export function cureTimersInThePast({ prototype }: RequestQueueClass): void {
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.throttleCheckTimeoutId) return;
    const throttledMs = this.throttledUntil - Date.now();
    const waitMs = throttledMs > 0 ? throttledMs : this.pending.length > 0 ? PENDING_MS : 1;
    this.throttleCheckTimeoutId = setTimeout(() => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    }, waitMs);
  };
}
