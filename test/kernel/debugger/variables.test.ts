/** What the panel shows of cells' variables, asked of this process' own engine. */
import assert from 'node:assert/strict';
import { Session } from 'node:inspector/promises';
import { after, test } from 'node:test';
import vm from 'node:vm';
import { hooks, installHook, variableOf } from '../../../src/kernel/cell-names.ts';
import { Inspector } from '../../../src/kernel/debugger/inspector.ts';
import { Variables } from '../../../src/kernel/debugger/variables.ts';
import { debugHook } from '../../../src/kernel/runner/debug-hook.ts';

installHook(hooks.debug, debugHook);
const engine = new Session();
engine.connect();
after(() => engine.disconnect());

test('a name that its cell has declared and not reached is left out; the others are shown', async () => {
  const [early, later, kept] = ['early', 'later', 'kept'].map(variableOf);
  vm.runInThisContext(`let ${kept} = [1, 2];`);
  // What a question sees that comes between the declaration of a cell's names and their first value.
  assert.throws(() => vm.runInThisContext(`let ${early} = 1; [].at(0).x; let ${later} = 2;`), TypeError);
  const variables = new Variables(new Inspector(engine.post.bind(engine)));
  const lines = await variables.inside(variables.hold({ kind: 'cells' }));
  assert.deepEqual(
    lines.map(({ name, value }) => [name, value]),
    [
      ['kept', '[ 1, 2 ]'],
      ['early', '1'],
    ],
  );
});
