/** What the panel shows of cells' variables, asked of this process' own engine. */
import assert from 'node:assert/strict';
import { Session } from 'node:inspector/promises';
import { after, test } from 'node:test';
import vm from 'node:vm';
import { holderOf, hooks, installHook, variableOf } from '../../../src/kernel/cell-names.ts';
import { Inspector } from '../../../src/kernel/debugger/inspector.ts';
import { Variables } from '../../../src/kernel/debugger/variables.ts';
import { debugHook } from '../../../src/kernel/runner/debug-hook.ts';
import { compileExpression } from '../../../src/kernel/language/expression.ts';
import { installVariables } from '../../../src/kernel/runner/variables.ts';

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

test('an import that follows its module is shown until a cell declares the name, and then that one, also null', async () => {
  installVariables();
  const declare = (name: string) =>
    vm.runInThisContext(`${hooks.declare}[${JSON.stringify(name)}]`) as unknown;
  declare(holderOf('count'));
  vm.runInThisContext(`${holderOf('count')} = { count: 7 }`);
  const shown = async () => {
    const variables = new Variables(new Inspector(engine.post.bind(engine)));
    const lines = await variables.inside(variables.hold({ kind: 'cells' }));
    return lines.filter(({ name }) => name === 'count').map(({ value }) => value);
  };
  assert.deepEqual(await shown(), ['7']);
  declare(variableOf('count'));
  vm.runInThisContext(`${variableOf('count')} = null`);
  assert.deepEqual(await shown(), ['null']);
  // What the console of the debugger runs.
  const bindings = { isBound: () => true, isConstant: () => true, isFollowed: () => false };
  const assigned = compileExpression('count = 2', bindings);
  assert.throws(() => vm.runInThisContext(assigned) as unknown, /Assignment to constant variable/);
});
