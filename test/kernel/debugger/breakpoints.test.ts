/** Breakpoints in scripts of this process' own engine, which its garbage collector may take. */
import assert from 'node:assert/strict';
import { Session } from 'node:inspector/promises';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import v8 from 'node:v8';
import vm from 'node:vm';
import { Breakpoints } from '../../../src/kernel/debugger/breakpoints.ts';
import { Inspector } from '../../../src/kernel/debugger/inspector.ts';
import { Sources } from '../../../src/kernel/debugger/sources.ts';
import { mapPrefix } from '../../../src/kernel/cell-names.ts';

const engine = new Session();
before(() => engine.connect());
after(() => engine.disconnect());

const ask = (method: string) => (engine.post as (method: string) => Promise<unknown>).call(engine, method);

/** Each generated line is the line of the source with its number. */
function mapOf(source: string): string {
  const mappings = source.split('\n').map((_, line) => (line === 0 ? 'AAAA' : 'AACA'));
  return JSON.stringify({
    version: 3,
    sources: ['cell'],
    sourcesContent: [source],
    names: [],
    mappings: mappings.join(';'),
  });
}

/** Runs a cell's script, as the runner does. @returns its script of V8 */
async function run(name: string, source: string): Promise<string> {
  const parsed = new Promise<string>((resolve) => {
    engine.on('Debugger.scriptParsed', ({ params }) => params.url === name && resolve(params.scriptId));
  });
  new vm.Script(source, { filename: name }).runInThisContext();
  return parsed;
}

/** Until the engine has no script of this id: it lets go of code at its own time. */
async function untilDropped(scriptId: string): Promise<void> {
  v8.setFlagsFromString('--expose-gc');
  const collect = vm.runInNewContext('gc') as () => void;
  const start = { scriptId, lineNumber: 0, columnNumber: 0 };
  for (let tries = 0; tries < 200; tries++) {
    collect();
    await sleep(10);
    const isThere = await engine.post('Debugger.getPossibleBreakpoints', { start }).then(
      () => true,
      () => false,
    );
    if (!isThere) return;
  }
  assert.fail('the engine still has the script');
}

test('a breakpoint of a cell that ran and left no function holds for its next run, whatever the engine has dropped', async () => {
  await ask('Debugger.enable');
  const inspector = new Inspector(engine.post.bind(engine));
  const sources = new Sources(inspector.ask, '.ts');
  const breakpoints = new Breakpoints(inspector.ask, sources);
  const cell = 'var total = 0;\nfor (const one of [1, 2]) {\n  total += one;\n}';
  const map = `${mapPrefix}${encodeURIComponent(mapOf(cell))}`;
  const add = async (number: number) => {
    const id = await run(`In [${number}]`, cell);
    return { id, script: (await sources.add(id, `In [${number}]`, map))! };
  };
  const path = sources.cellPath(cell);
  const first = await add(1);
  await untilDropped(first.id);
  const answer = [{ verified: true, line: 3, source: { path } }];
  assert.deepEqual(await breakpoints.replace(path, [{ line: 3 }]), answer);
  assert.deepEqual(breakpoints.list, [{ source: path, breakpoints: [{ line: 3 }] }]);
  const second = await add(2);
  assert.deepEqual(await breakpoints.apply(second.script), [3]);
  assert.deepEqual(await breakpoints.replace(path, []), []);
});
