import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCommand } from '../../src/install/command.ts';
import { CommandError, DiskFullError, ToolMissingError } from '../../src/install/errors.ts';

const words = { what: 'greet the world', toDo: 'Try another greeting.' };

test('gives back what a program printed, and its lines as they come', async () => {
  const lines: string[] = [];
  const { stdout, all } = await runCommand('sh', ['-c', 'echo one; echo two >&2; echo three'], {
    ...words,
    onLine: (line) => lines.push(line),
  });
  assert.equal(stdout, 'one\nthree\n');
  assert.match(all, /two/);
  assert.deepEqual(lines.sort(), ['one', 'three', 'two']);
});

test('a failing program: what was wanted, the command to paste, its own words, what to do', async () => {
  const script = "echo 'it is broken' >&2; exit 3";
  await assert.rejects(runCommand('sh', ['-c', script], words), (error) => {
    assert(error instanceof CommandError);
    assert.equal(error.code, 'ST_INSTALL_COMMAND');
    assert.equal(
      error.message,
      [
        'Could not greet the world.',
        `  Tried:    sh -c 'echo '\\''it is broken'\\'' >&2; exit 3'`,
        '  Answered: exit 3',
        '            it is broken',
        '  To do:    Try another greeting.',
      ].join('\n'),
    );
    return true;
  });
});

test('a program that is not installed has an error of its own', async () => {
  await assert.rejects(runCommand('no-such-compiler', [], words), (error) => {
    assert(error instanceof ToolMissingError);
    assert.match(error.answered, /no-such-compiler: no such program/);
    return true;
  });
});

test('a program that met a full disk: the error speaks of the disk', { skip: notLinux() }, async () => {
  await assert.rejects(runCommand('sh', ['-c', 'echo data | cat > /dev/full'], words), (error) => {
    assert(error instanceof DiskFullError);
    assert.match(error.answered, /No space left on device/);
    return true;
  });
});

test('a program that hangs is ended', async () => {
  const started = Date.now();
  await assert.rejects(runCommand('sleep', ['60'], { ...words, timeoutMs: 100 }), (error) => {
    assert(error instanceof CommandError);
    assert.match(error.answered, /no end after 0\.1 s/);
    return true;
  });
  assert(Date.now() - started < 5_000);
});

/** `/dev/full` is Linux's. */
function notLinux(): string | false {
  return process.platform === 'linux' ? false : '/dev/full exists on Linux only';
}
