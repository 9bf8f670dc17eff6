/** The process that the tests' cells run in: the module room's hooks and `vm.Script`, as the runner has them. */
import { inspect } from 'node:util';
import vm from 'node:vm';
import { hooks, installHook } from '../../../src/kernel/cell-names.ts';
import { installModuleHooks } from '../../../src/kernel/modules/index.ts';
import { installVariables } from '../../../src/kernel/runner/variables.ts';

const maps: string[] = [];
const tslab = { newDisplay: () => 'display', versions: { tslab: '1.0.22' } };
const { scriptOptions } = installModuleHooks({
  cwd: process.cwd(),
  tslab,
  addSourceMap: (file) => maps.push(file),
  mapComment: () => '',
});
const print = (text: string) => process.send?.({ type: 'log', text });
Object.assign(globalThis, { print, maps });
installHook(hooks.wait, (value: unknown) => value);
installVariables();

// Cells may replace `process` and the like.
const { send, on } = { send: process.send!.bind(process), on: process.on.bind(process) };

on('message', (message: { code: string; fileName: string }) => {
  void (async () => {
    try {
      const { code, fileName } = message;
      const script = new vm.Script(code, { filename: fileName, ...scriptOptions?.(fileName) });
      const result = (await script.runInThisContext()) as { value: unknown } | undefined;
      const value =
        result === undefined ? undefined : inspect(result.value, { depth: 6, breakLength: Infinity });
      send({ type: 'done', value });
    } catch (error) {
      send({ type: 'done', error: String(error), stack: (error as Error | undefined)?.stack });
    }
  })();
});
send({ type: 'ready' });
