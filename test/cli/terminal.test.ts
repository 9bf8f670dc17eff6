/** What people see: help of every command, tables, and a progress line that keeps to its line. */
import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, test } from 'node:test';
import type { Command } from 'commander';
import { Progress } from '../../src/cli/context.ts';
import { formatTable } from '../../src/terminal.ts';
import { wholeProgram } from '../../src/cli/program.ts';
import { run } from '../../src/cli/run.ts';

class Screen extends Writable {
  text = '';
  readonly isTTY: boolean;
  readonly columns = 40;

  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString('utf8');
    done();
  }
}

describe('help', () => {
  test('every command explains itself, its own options and the shared ones', async () => {
    const visit = (command: Command): void => {
      const help = command.helpInformation();
      assert.match(help, /--help/, command.name());
      assert.match(help, /--json/, command.name());
      assert.ok(command.description().length > 10, command.name());
      for (const option of command.options) assert.ok(option.description.length > 3, option.flags);
      for (const child of command.commands) visit(child);
    };
    const program = await wholeProgram({
      signal: new AbortController().signal,
      streams: { stdout: new Screen(false), stderr: new Screen(false) },
    });
    visit(program);
    const names = program.commands.map((command) => command.name());
    for (const name of ['topics', 'write', 'read', 'lag', 'replay', 'dead-letters', 'train', 'course'])
      assert.ok(names.includes(name), name);
  });

  test('help that was asked for is a success on stdout; called without a command it is wrong usage', async () => {
    for (const [argv, exitCode] of [
      [['read', '--help'], 0],
      [['--version'], 0],
      [[], 2],
      [['topics'], 2],
    ] as const) {
      const streams = { stdout: new Screen(false), stderr: new Screen(false) };
      assert.equal(await run(argv, streams), exitCode, argv.join(' '));
      assert.equal(streams.stdout.text !== '', exitCode === 0);
      assert.equal(streams.stderr.text !== '', exitCode !== 0);
    }
  });
});

describe('tables', () => {
  test('numbers stand to the right, nothing is -, control characters cannot move the cursor', () => {
    const rows = [
      { topic: 'a', logEnd: 5 },
      { topic: 'b\u001b[2J', logEnd: null },
    ];
    assert.equal(formatTable(rows, ['topic', 'logEnd']), 'TOPIC  LOG-END\na            5\nb [2J        -');
    assert.equal(formatTable([] as typeof rows, ['topic']), 'TOPIC');
  });
});

describe('the progress line', () => {
  test('is redrawn in place on a terminal, fits it, and is gone at the end', () => {
    const screen = new Screen(true);
    const progress = new Progress('Writing', screen, { total: 1_000_000 });
    progress.at(12_345);
    progress.end();
    const drawn = screen.text.split('\r\u001b[2K');
    assert.equal(drawn.length, 3);
    assert.match(drawn[1]!, /^Writing 12,345 of 1,000,000 rows/);
    assert.ok(drawn[1]!.length < 40);
    assert.equal(drawn[2], '');
  });

  test('is silent where nobody watches, and with --quiet', () => {
    const [file, terminal] = [new Screen(false), new Screen(true)];
    for (const progress of [new Progress('Read', file), new Progress('Read', terminal, { quiet: true })]) {
      progress.add(1);
      progress.end();
    }
    assert.equal(file.text + terminal.text, '');
  });
});
