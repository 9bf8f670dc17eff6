/** The runner's second thread: takes requests while a cell blocks the first, breaks endless loops, leaves no orphan. */
import { Session, type Debugger } from 'node:inspector';
import net from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { endTree } from '../../process/children.ts';
import { linesOf } from '../../process/lines.ts';
import { hooks } from '../cell-names.ts';
import { interruptChildren } from './child-processes.ts';
import type { DebugPort } from './debug-port.ts';
import { pipes, type RunnerRequest } from './protocol.ts';
import { flushBuffer, tryLock, unlock, word, type Shared } from './shared-pipe.ts';

/** How long the main thread has to notice an interrupt by itself, in ms. */
const grace = 15;

/** How long an interrupt waits for what the debugger has asked, in ms. */
const quietWait = 200;

const shared = workerData as Shared;
const main = parentPort!;
let interrupts = 0;
/** The run that the main thread was last asked to begin. */
let lastRun = 0;
let breaking = false;
/** A session of the interrupt's own speaks with the main thread. */
let isBrokenIn = false;
let debugPort: Promise<DebugPort> | undefined;
/** The same, once it is there. Held from the beginning, if it comes to be while an interrupt breaks in. */
let openPort: DebugPort | undefined;

main.on('message', (what: 'output' | 'exiting') => {
  if (what === 'output') setTimeout(flushHeldOutput, 8);
  else void debugPort?.then((port) => port.close());
});

const requests = new net.Socket({ fd: pipes.requests, readable: true, writable: false });
requests.on('error', endProcess).on('close', endProcess);
void takeRequests();

async function takeRequests(): Promise<void> {
  for await (const bytes of linesOf(requests)) {
    const line = bytes.toString();
    if (line.startsWith('{"type":"interrupt"')) interrupt();
    else if (line.startsWith('{"type":"inspector"')) void askInspector(line);
    else {
      lastRun = Number(/^\{"type":"execute","run":(\d+)/.exec(line)?.[1] ?? lastRun);
      main.postMessage(line);
    }
  }
}

/** The server has ended, or closed the pipe. */
function endProcess(): void {
  endTree(process.pid);
  // It had no group of its own.
  process.kill(process.pid, 'SIGKILL');
}

/** A flood stopped without the main thread coming round to its buffer. */
function flushHeldOutput(): void {
  if (!tryLock(shared)) {
    setTimeout(flushHeldOutput, 8);
    return;
  }
  try {
    flushBuffer(pipes.events, shared);
  } catch {
    // The reader has ended; so does this process soon.
  } finally {
    unlock(shared);
  }
}

/** The debugger's part is loaded when it is first asked for. */
async function askInspector(line: string): Promise<void> {
  const port = await (debugPort ??= openDebugPort());
  port.ask(JSON.parse(line) as Extract<RunnerRequest, { type: 'inspector' }>);
}

async function openDebugPort(): Promise<DebugPort> {
  const [{ DebugPort }, { WatcherPipe }] = await Promise.all([
    import('./debug-port.ts'),
    import('./event-pipe.ts'),
  ]);
  const pipe = new WatcherPipe(shared);
  openPort = new DebugPort(
    shared,
    (event) => pipe.event(event),
    () => isBrokenIn,
    () => main.postMessage('{"type":"wake"}'),
  );
  if (breaking) openPort.hold(() => undefined);
  return openPort;
}

function interrupt(): void {
  interrupts += 1;
  Atomics.store(shared.control, word.asked, interrupts);
  notifyMain();
  interruptChildren(shared);
  setTimeout(() => {
    if (!isHandled() && !breaking) breakIn();
  }, grace);
}

function notifyMain(): void {
  main.postMessage(`{"type":"interrupt","count":${interrupts},"last":${lastRun}}`);
}

function isHandled(): boolean {
  return Atomics.load(shared.control, word.interrupts) >= interrupts;
}

/** Ends what the main thread does, when nobody else speaks with it: two sessions at once may wait for ever, see `InspectorQueue`. */
function breakIn(): void {
  breaking = true;
  let isBegun = false;
  const begin = (): void => {
    if (isBegun || !breaking) return;
    isBegun = true;
    if (!isHandled()) return breakInNow();
    breaking = false;
    openPort?.letGo();
  };
  if (!openPort) return begin();
  openPort.hold(begin);
  setTimeout(begin, quietWait);
}

/**
 * Pauses the main thread wherever it is, lets it decide what is to be done, and ends what it was doing. A plain
 * `Runtime.terminateExecution` would leave Node's stack of async contexts behind, on which Node aborts.
 */
function breakInNow(): void {
  isBrokenIn = true;
  const session = new Session();
  session.connectToMainThread();
  const scripts = new Map<string, string>();
  session.on('Debugger.scriptParsed', ({ params }) => scripts.set(params.scriptId, params.url));
  session.on('Debugger.paused', ({ params }) => {
    const expression = `${hooks.pause}(${JSON.stringify(userFrames(params, scripts))})`;
    session.post('Runtime.evaluate', { expression, returnByValue: true }, (_error, answer) => {
      const decision: unknown = answer?.result.value;
      session.post('Debugger.resume', { terminateOnResume: decision === 'terminate' });
      // Main was writing: it pauses by itself when it has written.
      if (decision !== 'later') finish(session);
    });
  });
  session.post('Debugger.enable');
  session.post('Debugger.pause');
  // The pause never comes while native code runs; the session must not wait for ever.
  const check = setInterval(() => {
    if (isHandled() && breaking) finish(session);
    if (!breaking) clearInterval(check);
  }, 50);
}

function finish(session: Session): void {
  session.post('Debugger.disable', () => {
    session.disconnect();
    isBrokenIn = false;
    breaking = false;
    openPort?.letGo();
    // The notice to the main thread may have been what was ended.
    for (const delay of [0, 20, 100]) setTimeout(() => isHandled() || notifyMain(), delay);
    setTimeout(() => {
      if (!isHandled() && !breaking) breakIn();
    }, 150);
  });
}

/** Where the main thread was, innermost first, without Node's own frames. */
function userFrames(
  { callFrames }: Debugger.PausedEventDataType,
  scripts: ReadonlyMap<string, string>,
): object[] {
  return callFrames
    .map((frame) => ({ ...frame, url: scripts.get(frame.location.scriptId) ?? frame.url }))
    .filter(({ url }) => url !== '' && !url.startsWith('node:'))
    .slice(0, 20)
    .map(({ url, functionName, location }) => ({
      url,
      name: functionName,
      line: location.lineNumber,
      column: location.columnNumber ?? 0,
    }));
}
