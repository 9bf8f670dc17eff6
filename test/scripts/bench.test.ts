/** `npm run bench`: what it writes where, what stays, and that neither a bench that fails nor a Ctrl-C loses the others. */
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { BENCHES } from '../../bench/all.ts';
import { runRounds, secondsLeft, type Bench } from '../../bench/rounds.ts';
import { summary } from '../../bench/summary.ts';
import { addRow, tables, type Measured } from '../../bench/tables.ts';
import { blockOf, readTexts, withBlocks, withoutPlace } from '../../bench/texts.ts';
import { tempFolder } from '../install/helpers.ts';

const measured = (...rows: [table: string, row: Record<string, string | number>][]): Measured[] => {
  const all = new Map<string, Measured>();
  for (const [table, row] of rows) addRow(all, table, row);
  return [...all.values()];
};

test('every table of every bench has a place in the texts, and every place its end', async () => {
  const texts = await readTexts();
  const names = Object.values(BENCHES).flatMap((bench) => bench.tables);
  assert.deepEqual(withoutPlace(texts, [...names, 'summary']), []);
});

test('a block is replaced between its marks and nowhere else; a mark without an end is refused', () => {
  const place = (name: string, block: string) =>
    `<!-- figures: ${name} -->\n\n${block}\n\n<!-- end of figures -->\n`;
  const text = `a\n${place('step', 'old')}b\n${place('step-more', 'other')}c\n`;
  const changed = withBlocks(text, new Map([['step', 'new']]));
  assert.equal(changed, text.replace('old', 'new'));
  assert.equal(blockOf(changed, 'step-more'), 'other');
  assert.equal(blockOf(changed, 'none'), undefined);
  const open = text.replace('<!-- end of figures -->', '');
  assert.throws(() => withBlocks(open, new Map([['step', 'new']])), /"step" has no end/);
});

test('rows of a table stand by their first key, figures as median, least and most, equal counts in full', () => {
  const [table] = tables(
    measured(
      ['t', { what: 'read', columns: 9, rowsPerSecond: 1_234_567, steps: 4720, peakMiB: 0.41239 }],
      ['t', { what: 'write', columns: 9, rowsPerSecond: 1, problem: 'no end in 10 s' }],
      ['t', { what: 'read', columns: 18, rowsPerSecond: 12.5 }],
      ['t', { what: 'read', columns: 9, rowsPerSecond: 1_000_000, steps: 4720, peakMiB: 0.41241 }],
      ['t', { what: 'write', columns: 9, rowsPerSecond: 1, problem: 'no end in 11 s' }],
    ),
  );
  assert.deepEqual(table!.text.split('\n'), [
    '| what | columns | rows per second | steps | peak MiB | problem |',
    '| --- | --- | --: | --: | --: | --- |',
    '| read | 9 | 1,120,000 (1,000,000-1,230,000) | 4,720 | 0.412 |  |',
    '| read | 18 | 12.5 |  |  |  |',
    '| write | 9 | 1 |  |  | no end in 11 s |',
  ]);
});

test('what was not measured keeps its line of the summary, with its day, and its machine where that is another', () => {
  const steps: [string, Record<string, string | number>][] = [
    ['step', { miniBatch: 32, step: 'compiled step', ms: 0.3523 }],
    ['step', { miniBatch: 32, step: 'tfjs-node trainOnBatch', ms: 6.3 }],
    ['step', { miniBatch: 32, step: 'Python 2.21.0 @tf.function', ms: 0.764 }],
  ];
  const training = [
    { what: 'batch, 64', topicRows: 600_000, rowsPerSecond: 1 },
    { what: 'batch, 64', topicRows: 60_000, rowsPerSecond: 100_527 },
  ].map((row): [string, typeof row] => ['training', row]);
  const linesOf = (block: string) => block.split('\n').filter((line) => /^\| (one|training)/.test(line));
  const before = summary(measured(...steps, ...training), { day: '2026-11-26', machine: 'A, 2 x B' }, '');
  const line = "| one training step of the article's model, 32 rows | 0.352 ms";
  const batch =
    '| training from a topic, mini-batches of 64, 60,000 rows of 18 features | 101,000 rows/s |  |';
  assert.deepEqual(linesOf(before), [
    `${line} | TensorFlow's Python 0.764 ms, tfjs-node 6.3 ms | 2026-11-26 |`,
    `${batch} 2026-11-26 |`,
  ]);
  const later = summary(
    measured(...steps.slice(0, 2)),
    { day: '2026-11-28', machine: 'C, 4 x D' },
    before.replaceAll(' |', '   |'),
  );
  assert.deepEqual(linesOf(later), [
    `${line} | TensorFlow's Python 0.764 ms (2026-11-26, A, 2 x B), tfjs-node 6.3 ms | 2026-11-28 |`,
    `${batch} 2026-11-26, A, 2 x B |`,
  ]);
  assert.match(later, /^Measured on C, 4 x D,/);
  const last = summary([], { day: '2026-11-29', machine: 'C, 4 x D' }, later);
  assert.equal(last, later);
});

/** Programs that report a row and count their runs in a file. */
async function programs(t: TestContext, texts: Record<string, string>): Promise<Bench[]> {
  const folder = await tempFolder(t);
  return await Promise.all(
    Object.entries(texts).map(async ([name, text]) => {
      const file = path.join(folder, `${name}.mjs`);
      await fs.writeFile(file, text);
      return { name, args: [file], seconds: 1 };
    }),
  );
}

const REPORT = `console.log('from a library');
console.log(JSON.stringify({ table: 't', row: { what: 'it', ms: 2 } }));\n`;

test('a bench that fails is named, left out from then on, and the others go on', async (t) => {
  const benches = await programs(t, {
    good: REPORT,
    bad: `${REPORT} process.exitCode = 3;`,
    silent: '',
    garbled: `import fs from 'node:fs';
fs.writeFileSync(process.argv[1] + '.pid', String(process.pid));
console.log('{"table":');
setTimeout(() => {}, 60_000);`,
  });
  const said: string[] = [];
  const say = (line: string) => void said.push(line);
  const signal = new AbortController().signal;
  const { rows, failed } = await runRounds({ benches, rounds: 2, signal, say });
  assert.deepEqual(
    [...failed],
    [
      ['bad', 'It ended with 3.'],
      ['silent', 'It reported no rows.'],
      ['garbled', failed.get('garbled')],
    ],
  );
  assert.match(failed.get('garbled')!, /JSON/);
  const pid = Number(await fs.readFile(`${benches[3]!.args[0]}.pid`, 'utf8'));
  assert.throws(() => process.kill(pid, 0), /ESRCH/, 'it does not run beside the next bench');
  const runs = (name: string) => rows.get(name)?.map(({ figures }) => figures.get('ms'));
  assert.deepEqual(runs('good'), [[2, 2]]);
  assert.deepEqual(runs('bad'), [[2]]);
  assert.match(said[0]!, /^round 1 of 2: good \(0\.0 min so far, some 0\.1 min left\)$/);
  assert.match(said.at(-1)!, /^round 2 of 2: good /);
});

test('a bench that takes too long is ended', async (t) => {
  const benches = await programs(t, { slow: `${REPORT} setInterval(() => {}, 1000);` });
  const signal = new AbortController().signal;
  const { failed } = await runRounds({ benches, rounds: 2, signal, say: () => {}, patience: 1 });
  assert.deepEqual([...failed], [['slow', 'It took more than 1 s.']]);
});

test('a Ctrl-C ends the bench that runs, and gives what was measured', async (t) => {
  const benches = await programs(t, { good: REPORT, endless: `${REPORT} setInterval(() => {}, 1000);` });
  const interrupt = new AbortController();
  const say = (line: string) => void (line.includes('endless') && setTimeout(() => interrupt.abort(), 500));
  const { rows, failed } = await runRounds({ benches, rounds: 9, signal: interrupt.signal, say });
  assert.equal(failed.size, 0);
  assert.deepEqual(rows.get('good')?.[0]?.figures.get('ms'), [2]);
});

test('the time left goes by what a bench took, or is as much longer than usual as the others were', () => {
  const benches = ['a', 'b'].map((name): Bench => ({ name, args: [], seconds: 10 }));
  assert.equal(secondsLeft(benches, benches, new Map()), 20);
  assert.equal(secondsLeft(benches.slice(1), benches, new Map([['a', [30, 50]]])), 40);
  assert.equal(secondsLeft([...benches, benches[0]!], benches, new Map([['a', [30]], ['b', [5]]])), 65); // prettier-ignore
});
