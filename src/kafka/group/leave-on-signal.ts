/** Leaves consumer groups in order when the process is told to end, so that others need not wait for a time-out. */

/** Something to close before the process ends. */
interface Closable {
  close(): Promise<void>;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const open = new Set<Closable>();

/**
 * Closes `stream` on Ctrl-C and its like; the returned function takes it off the list again. Where the program has a
 * handler of its own for the signal, that one decides and nothing is done here.
 */
export function leaveOnSignal(stream: Closable): () => void {
  if (open.size === 0) for (const signal of SIGNALS) process.on(signal, leaveAll);
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
    // The signal's usual effect, exit status included.
    process.kill(process.pid, signal);
  };
  Promise.allSettled([...open].map((stream) => stream.close())).then(end, end);
  // A second Ctrl-C does not wait.
  for (const one of SIGNALS) process.off(one, leaveAll);
}
