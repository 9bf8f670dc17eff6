/** The tables of processes: those that this machine has are really read, the lines of the others as they are printed. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { platform } from '../../src/platform.ts';
import { descendants, endTree } from '../../src/process/children.ts';
import { livenessOf, ownIdentity } from '../../src/process/identity.ts';
import { parsePowerShellLine, parsePsLine, parseStat, processTable } from '../../src/process/table.ts';

const hasPs = process.platform !== 'win32' && spawnSync('ps', ['-A', '-o', 'lstart=']).status === 0;
const tables = [processTable(), ...(hasPs ? [processTable('darwin')] : [])];

/** A Node that started another one, which does nothing. */
async function family(t: TestContext): Promise<{ parent: number; child: number }> {
  const script = `const { spawn } = require('node:child_process');
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)'], { stdio: 'ignore' });
    child.once('spawn', () => console.log(child.pid));`;
  const parent = spawn(process.execPath, ['-e', script], {
    ...{ stdio: ['ignore', 'pipe', 'inherit'], detached: platform.hasSignals, windowsHide: true },
  });
  t.after(() => endTree(parent.pid!));
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  return { parent: parent.pid!, child: Number(line.toString()) };
}

test('every table finds a process, its parent and what it started; the start stays the same', async (t) => {
  const { parent, child } = await family(t);
  for (const table of tables) {
    const seen = table.look(child);
    assert.equal(seen?.parent, parent);
    assert.equal(seen.hasEnded, false);
    // Newer ones name their main thread, and Linux shows that.
    assert.match(seen.command, /node|MainThread/);
    assert.deepEqual(table.look(child), seen);
    assert.notEqual(seen.start, '');
    assert.equal(table.look(2 ** 22 + 1), undefined);
    const below = descendants(process.pid, table).map(({ pid }) => pid);
    assert.ok(below.includes(parent) && below.includes(child));
    assert.ok(below.indexOf(parent) < below.indexOf(child));
    assert.ok(!descendants(process.pid, table).some(({ command }) => /(^|\/)ps$|powershell/.test(command)));
  }
});

test('by every table a process is alive, a reused id is another process, an ended one is dead', async (t) => {
  const { parent, child } = await family(t);
  for (const table of tables) {
    const own = ownIdentity(table);
    assert.equal(own.processStart, table.look(process.pid)?.start);
    assert.equal(livenessOf(own, table), 'alive');
    const there = { ...own, pid: child, processStart: table.look(child)!.start };
    assert.equal(livenessOf(there, table), 'alive');
    assert.equal(livenessOf({ ...there, processStart: 'another' }, table), 'dead');
    assert.equal(livenessOf({ ...own, processStart: 'another' }, table), 'dead');
  }
  const theirs = await Promise.all(
    tables.map(async (table) => ({
      ...ownIdentity(table),
      pid: parent,
      processStart: table.look(parent)!.start,
    })),
  );
  endTree(parent);
  for (const [at, table] of tables.entries()) {
    for (const since = performance.now(); performance.now() - since < 10_000; await sleep(20))
      if (livenessOf(theirs[at]!, table) === 'dead' && table.look(child) === undefined) break;
    assert.equal(livenessOf(theirs[at]!, table), 'dead');
    assert.ok(table.look(child)?.hasEnded ?? true, 'what it had started has ended with it');
  }
});

test('lines of ps, as macOS prints them', () => {
  assert.deepEqual(
    parsePsLine('  501     1 Ss   Thu Nov  6 12:23:25 2026     /Applications/My App.app/My App'),
    {
      ...{ pid: 501, parent: 1, start: 'Thu Nov 6 12:23:25 2026', hasEnded: false },
      command: '/Applications/My App.app/My App',
    },
  );
  assert.equal(parsePsLine(' 7 6 Z+   Thu Nov 26 12:23:25 2026     (node)')?.hasEnded, true);
  for (const line of ['', '  PID  PPID STAT STARTED COMM', 'ps: illegal option'])
    assert.equal(parsePsLine(line), undefined);
});

test('lines of PowerShell, in the form that it is asked for', () => {
  assert.deepEqual(parsePowerShellLine('4711 88 134086922055540000 some program.exe\r'), {
    ...{ pid: 4711, parent: 88, start: '134086922055540000', hasEnded: false },
    command: 'some program.exe',
  });
  assert.equal(parsePowerShellLine('0 0 0 System Idle Process\r')?.command, 'System Idle Process');
  for (const line of ['\r', 'Get-CimInstance : Access denied'])
    assert.equal(parsePowerShellLine(line), undefined);
});

test("a program's name in /proc may hold brackets and blanks", () => {
  const fields = `5 (a) b) S 3 ${Array(17).fill('0').join(' ')} 777 0`;
  const seen = { pid: 5, parent: 3, start: '777', command: 'a) b', hasEnded: false };
  assert.deepEqual(parseStat(fields), seen);
  assert.deepEqual(parseStat(fields.replace(') S', ') Z')), { ...seen, hasEnded: true });
  assert.equal(parseStat(''), undefined);
});
