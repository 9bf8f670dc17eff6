/**
 * Leaves consumer groups in order when the process is told to end, so that others need not wait for a time-out. The rule:
 * a library never ends the process where anybody else listens for the signal.
 */

/** Something to close before the process ends. */
interface Closable {
  close(): Promise<void>;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const open = new Set<Closable>();

/**
 * Closes `stream` on Ctrl-C and its like; the returned function takes it off the list again. Where the program has a
 * handler of its own for the signal (`process.once`, an abort handler, `stopOnSignals`), that one decides and nothing
 * is done here. Where it has none, the process ends by the signal as it would without us, after the group was left.
 */
export function leaveOnSignal(stream: Closable): () => void {
  // Before all others: a handler that takes itself off the list while it runs must still be seen.
  if (open.size === 0) for (const signal of SIGNALS) process.prependListener(signal, leaveAll);
  open.add(stream);
  return () => {
    if (!open.delete(stream) || open.size > 0) return;
    for (const signal of SIGNALS) process.off(signal, leaveAll);
  };
}

function leaveAll(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  const end = () => {
    for (const one of SIGNALS) process.off(one, leaveAll);
    // Whoever began to listen meanwhile decides now.
    if (process.listenerCount(signal) > 0) return;
    // The signal's usual effect, exit status included.
    process.kill(process.pid, signal);
  };
  Promise.allSettled([...open].map((stream) => stream.close())).then(end, end);
  // A second Ctrl-C does not wait.
  for (const one of SIGNALS) process.off(one, leaveAll);
}
