/** The process that cells run in; the server starts it with two pipes of its own. */
import { randomUUID } from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { Worker } from 'node:worker_threads';
import { hooks, installHook } from '../cell-names.ts';
import { formatResult } from '../display/format.ts';
import { installGlobals } from '../display/globals.ts';
import * as tslab from '../display/tslab.ts';
import { InputRefusedError } from '../errors.ts';
import { installModuleHooks } from '../modules/index.ts';
import { JSON, URL, process } from '../primordials.ts';
import { kernelVersions } from '../versions.ts';
import { makeBridge } from './bridge.ts';
import { installCellStreams, installConsole, watchFiles } from './cell-streams.ts';
import { watchChildren } from './child-processes.ts';
import { debugHook, leaveDebugger, mapCommentOf } from './debug-hook.ts';
import { Evaluator } from './evaluate.ts';
import { EventPipe } from './event-pipe.ts';
import { Interrupts } from './interrupts.ts';
import { preview, propertiesOf } from './live.ts';
import type { RunnerRequest } from './protocol.ts';
import { KeyboardInterrupt, awaitHook, runOfCaller } from './runs.ts';
import { newShared } from './shared-pipe.ts';
import { addSourceMap, installStackMaps } from './stack-maps.ts';
import { reportError } from './traceback.ts';
import { installVariables } from './variables.ts';

const secret = process.env['STREAMTRAIN_RUNNER_SECRET'] ?? randomUUID();
delete process.env['STREAMTRAIN_RUNNER_SECRET'];
process.execArgv = [];
process.argv.splice(1);

const shared = newShared();
const watcher = new Worker(new URL(import.meta.url.replace(/child(\.\w+)$/, 'watcher$1')), {
  workerData: shared,
});
const pipe = new EventPipe(shared, secret, () => watcher.postMessage('output'));

installStackMaps();
const cutOff = installCellStreams(pipe);
const { bridge, answered, comms } = makeBridge(pipe, shared, kernelVersions(), (error) => late(error));
installGlobals(bridge);
const closeGroups = installConsole(bridge);
installHook(hooks.wait, awaitHook);
installVariables();
installHook(hooks.debug, debugHook);
watchChildren(pipe, shared);
watchFiles({
  raw: (fd) => {
    cutOff(fd);
    pipe.raw(fd);
  },
});
syncBuiltinESMExports();
const moduleHooks = installModuleHooks({
  cwd: process.cwd(),
  tslab,
  addSourceMap,
  mapComment: mapCommentOf(shared),
});
const evaluator = new Evaluator(pipe, { ...moduleHooks, beforeCell: closeGroups });

// An error that nobody caught is shown under the cell that caused it; the process goes on.
function late(error: unknown): void {
  if (error instanceof KeyboardInterrupt) return;
  const run = runOfCaller();
  // Nobody may ever settle what waits for a line, such as a question of node:readline: the cell ends with the reason.
  if (error instanceof InputRefusedError && !run.over) return evaluator.stop(run, error);
  pipe.event(run.id, { type: 'error', error: reportError(error) });
}
process.on('uncaughtException', late);
process.on('unhandledRejection', late);
process.on('exit', (exitCode) => {
  pipe.event(runOfCaller().id, { type: 'exiting', exitCode });
  leaveDebugger(shared, () => watcher.postMessage('exiting'));
});

watcher.on('message', (line: string) => {
  const request = JSON.parse(line) as (RunnerRequest | { readonly type: 'wake' }) & {
    count?: number;
    last?: number;
  };
  switch (request.type) {
    case 'execute':
      return evaluator.execute(request);
    case 'interrupt':
      return interrupts.handle(request.count ?? 0, request.last ?? 0);
    case 'input':
      return answered(request);
    case 'live': {
      const { id, what, path } = request;
      const value = what === 'properties' ? propertiesOf(path) : preview(path);
      return pipe.event(0, { type: 'live', id, value });
    }
    case 'comm':
      return comms.received(request.comm);
    case 'exit':
      process.exit();
  }
});
watcher.on('error', (error) => pipe.event(0, { type: 'error', error: reportError(error) }));

// Warm: the first result should not pay for the loading of what shows results.
void formatResult(0);
// Last: an interrupt cuts off nothing of the above.
const interrupts = new Interrupts(shared, evaluator, pipe);
pipe.event(0, { type: 'ready' });
