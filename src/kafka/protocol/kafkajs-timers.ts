/** Cures kafkajs' request queue of timers in the past and of the wall clock, which jumps when it is set. */

/** One request that waits for its answer. */
interface SocketRequest {
  /** ms */
  readonly requestTimeout: number;
  timeoutRequest(): void;
}

/** kafkajs' `RequestQueue`, as far as its times go. */
interface RequestQueue {
  /** Requests that wait for their turn. */
  readonly pending: readonly unknown[];
  readonly inflight: ReadonlyMap<unknown, SocketRequest>;
  readonly maxInFlightRequests: number | null;
  readonly requestTimeout: number;
  readonly enforceRequestTimeout: boolean;
  /** Time (ms) until which the broker wants no request; -1 for never. Here on the monotonic clock. */
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  requestTimeoutIntervalId?: NodeJS.Timeout;
  isConnected(): boolean;
  destroy(): void;
  checkPendingRequests(): void;
  scheduleCheckPendingRequests(): void;
  scheduleRequestTimeoutCheck(): void;
  canSendSocketRequestImmediately(): boolean;
  maybeThrottle(ms: number | null | undefined): void;
}

/** The class of kafkajs' request queues. */
export interface RequestQueueClass {
  readonly prototype: RequestQueue;
}

/** How soon to look again at requests that wait for a free place, ms; kafkajs' own figure. */
const PENDING_MS = 10;
/** How often is looked for requests whose time is over, ms; kafkajs' own figure. */
const CHECK_MS = 100;
/** A check that comes later than this, ms, tells that the program was busy: it could not have seen an answer. */
const MOST_COUNTED_MS = 1_000;

/**
 * Gives the queue durations on the monotonic clock, and a timer that is never in the past: kafkajs 2.2.4 measures by
 * `Date.now()`, so that a clock set back by an hour throttles for an hour, and one set forward times every request out;
 * and it waits from now until `throttledUntil`, also while that is -1 because nothing is throttled. A request's time
 * counts only while the program could have read the answer. Does nothing new a second time.
 */
export function cureTimers({ prototype }: RequestQueueClass): void {
  prototype.scheduleRequestTimeoutCheck = function (this: RequestQueue) {
    if (!this.enforceRequestTimeout) return;
    this.destroy();
    const waited = new WeakMap<SocketRequest, number>();
    let last = performance.now();
    this.requestTimeoutIntervalId = setInterval(
      () => {
        const now = performance.now();
        const passed = Math.min(now - last, MOST_COUNTED_MS);
        last = now;
        for (const request of [...this.inflight.values()]) {
          const before = waited.get(request);
          const total = before === undefined ? 0 : before + passed;
          waited.set(request, total);
          if (total > request.requestTimeout) request.timeoutRequest();
        }
        if (!this.isConnected()) this.destroy();
      },
      Math.min(this.requestTimeout, CHECK_MS),
    );
  };
  prototype.maybeThrottle = function (this: RequestQueue, ms: number | null | undefined) {
    if (ms !== null && ms !== undefined && ms > 0)
      this.throttledUntil = Math.max(performance.now() + ms, this.throttledUntil);
  };
  prototype.canSendSocketRequestImmediately = function (this: RequestQueue) {
    const { inflight, maxInFlightRequests, throttledUntil } = this;
    return !(
      (maxInFlightRequests !== null && inflight.size >= maxInFlightRequests) ||
      throttledUntil > performance.now()
    );
  };
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.throttleCheckTimeoutId) return;
    const throttledMs = this.throttledUntil - performance.now();
    const waitMs = throttledMs > 0 ? throttledMs : this.pending.length > 0 ? PENDING_MS : 1;
    this.throttleCheckTimeoutId = setTimeout(() => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    }, waitMs);
  };
}
