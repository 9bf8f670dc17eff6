/** The names every cell has: display, questions, settings, and a standard input that asks the user. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { createInterface as promising } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { display } from '../../../src/kernel/display/display.ts';
import { formatResult, formatValue } from '../../../src/kernel/display/format.ts';
import { cellGlobals, installGlobals } from '../../../src/kernel/display/globals.ts';
import { cellSignal } from '../../../src/process/index.ts';
import { NotebookStdin, alert, confirm, password, prompt } from '../../../src/kernel/display/input.ts';
import { defaultLimits, setDisplayLimits } from '../../../src/kernel/display/limits.ts';
import { displayMethod } from '../../../src/kernel/display/registry.ts';
import { recordingBridge, withBridge } from './bridge.ts';

describe('display(value, { id })', () => {
  it('shows any value at once and replaces it by its id', () =>
    withBridge(({ shown }) => {
      const handle = display([1], { id: 'a', metadata: { b: 1 } });
      handle.update('two').clear();
      display(undefined);
      assert.deepEqual(shown.slice(0, 3), [
        { data: { 'text/plain': '[ 1 ]' }, id: 'a', update: false, metadata: { b: 1 } },
        { data: { 'text/plain': "'two'" }, id: 'a', update: true, metadata: { b: 1 } },
        { data: { 'text/plain': '' }, id: 'a', update: true, metadata: { b: 1 } },
      ]);
      assert.deepEqual(shown[3]?.data, { 'text/plain': 'undefined' });
      assert.match(shown[3]?.id ?? '', /^[0-9a-f]{16}$/);
    }));

  it('keeps the order when an earlier value takes longer to show itself', () =>
    withBridge(async ({ shown }) => {
      const slow = { [displayMethod]: async () => (await delay(20), { 'text/plain': 'slow' }) };
      const handle = display(slow).update('quick').clear();
      assert.deepEqual(shown, []);
      await handle.sent;
      assert.deepEqual(shown.map(({ data }) => data['text/plain']), ['slow', "'quick'", '']); // prettier-ignore
      assert.deepEqual(shown.map(({ update }) => update), [false, true, true]); // prettier-ignore
      await handle.sent;
      handle.update('now');
      assert.equal(shown.length, 4);
    }));

  it('a handle is no result: a cell may end in display(value)', () =>
    withBridge(async () => {
      assert.equal(await formatResult(display('once')), undefined);
      assert.equal(await formatResult(display('once').update('twice')), undefined);
      assert.ok(await formatResult({ id: 'no handle' }));
    }));
});

describe('questions', () => {
  it('prompt gives the answer, or what an empty one means', () =>
    withBridge(async ({ answers, asked }) => {
      answers.push('Ada', '');
      assert.equal(await prompt('Name?'), 'Ada');
      assert.equal(await prompt('Name? ', 'nobody'), 'nobody');
      assert.deepEqual(asked[0], { prompt: 'Name? ', password: false });
      assert.deepEqual(asked[1], asked[0]);
    }));

  it('confirm asks until it is told yes or no', () =>
    withBridge(async ({ answers, asked }) => {
      answers.push('perhaps', 'YES ', '');
      assert.equal(await confirm('Delete?'), true);
      assert.equal(await confirm(), false);
      assert.deepEqual(asked.map(({ prompt }) => prompt), ['Delete? [y/N] ', 'Delete? [y/N] ', 'Sure? [y/N] ']); // prettier-ignore
    }));

  it('password is asked for hidden, alert waits for Enter', () =>
    withBridge(async ({ answers, asked }) => {
      answers.push('s3cret', '');
      assert.equal(await password(), 's3cret');
      await alert('Done');
      assert.deepEqual(asked, [
        { prompt: 'Password: ', password: true },
        { prompt: 'Done [Enter] ', password: false },
      ]);
    }));

  it('fail as the kernel fails when the front end takes no input', () =>
    withBridge(async () => assert.rejects(prompt(), /takes no input/)));
});

describe('process.stdin in a cell', () => {
  const nowhere = () => new Writable({ write: (_chunk, _encoding, done) => done() });

  it("answers readline's questions, one input box a question, also in a later cell", async () => {
    const { bridge, answers, asked } = recordingBridge();
    answers.push('Ada', '36', 'again');
    const stdin = new NotebookStdin(bridge);
    const rl = promising({ input: stdin, output: nowhere() });
    assert.equal(await rl.question('name? '), 'Ada');
    assert.equal(await rl.question('age? '), '36');
    rl.close();
    await delay(5);
    assert.equal(asked.length, 2);
    const later = createInterface({ input: stdin, output: nowhere() });
    assert.equal(await new Promise((answer) => later.question('? ', answer)), 'again');
    later.close();
    await delay(5);
    assert.equal(asked.length, 3);
  });

  it('is an async iterable of lines, which ends when the reader stops', async () => {
    const { bridge, answers, asked } = recordingBridge();
    answers.push('a', 'b', 'c');
    const lines: string[] = [];
    const reader = createInterface({ input: new NotebookStdin(bridge) });
    for await (const line of reader) {
      lines.push(line);
      if (line === 'b') reader.close();
    }
    assert.deepEqual(lines, ['a', 'b']);
    assert.ok(asked.length <= 3, 'at most one box more than lines read');
  });

  it('asks nothing while nobody reads, and fails when input is refused', async () => {
    const { bridge, asked } = recordingBridge();
    const stdin = new NotebookStdin(bridge);
    await delay(5);
    assert.equal(asked.length, 0);
    stdin.resume();
    const [error] = (await once(stdin, 'error')) as [Error];
    assert.match(error.message, /takes no input/);
  });
});

describe('installGlobals', () => {
  it('makes every name global, replaceable, and process.stdin the notebook’s', async (t) => {
    const globals = globalThis as unknown as Record<string, unknown>;
    const stdin = Object.getOwnPropertyDescriptor(process, 'stdin')!;
    const before = Object.keys(cellGlobals).map(
      (name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const,
    );
    t.after(() => {
      Object.defineProperty(process, 'stdin', stdin);
      for (const [name, property] of before) {
        if (property) Object.defineProperty(globalThis, name, property);
        else delete globals[name];
      }
      for (const name of ['streamtrain.kernel', 'streamtrain.cellSignal'])
        delete (globalThis as Record<symbol, unknown>)[Symbol.for(name)];
    });
    const recorded = recordingBridge();
    assert.equal(cellSignal(), undefined);
    installGlobals(recorded.bridge);
    for (const name of Object.keys(cellGlobals))
      assert.equal(globals[name], cellGlobals[name as 'kernel'], name);
    assert.ok(process.stdin instanceof NotebookStdin);
    assert.equal(process.stdin, process.stdin);
    process.stdin.destroy();
    assert.equal(process.stdin.destroyed, false, 'a fresh one after the failed one');
    const { versions, interrupt, kernel } = cellGlobals;
    assert.equal(versions()['kernel'], '0.1.0');
    assert.equal(interrupt.signal, recorded.bridge.interruptSignal);
    assert.equal(cellSignal(), recorded.bridge.interruptSignal, 'libraries have it, too');
    assert.equal(kernel.cell, 7);
    globals['display'] = 1;
    assert.equal(globals['display'], 1);
  });
});

describe('kernel.options', () => {
  it('sets checking and bounds, and refuses what it does not know without changing anything', (t) =>
    withBridge((recorded) => {
      t.after(() => setDisplayLimits(defaultLimits));
      const { options } = cellGlobals.kernel;
      assert.equal(options({ checking: 'warn', display: { items: 1 } }).display.items, 1);
      assert.equal(recorded.checking, 'warn');
      assert.equal(formatValue([1, 2])?.data['text/plain'], '[ 1, ... 1 more item ]');
      const wrong = { checking: 'off', display: { items: -1 } } as const;
      assert.throws(() => options(wrong), { code: 'ST_OPTION_INVALID', message: /display\.items is -1/ });
      assert.throws(() => options({ checking: 'loud' as 'off' }), /checking is "loud"; expected/);
      assert.throws(() => options({ cheking: 1 } as object), /has no option "cheking"/);
      assert.equal(recorded.checking, 'warn');
    }));
});
