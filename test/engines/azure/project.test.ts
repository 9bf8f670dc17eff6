import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { readStreamAnalyticsProject, streamAnalyticsWindowEnd } from '../../../src/engines/index.ts';

const COURSE = 'notebooks/stream-analytics';
let folder: string;

before(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'streamtrain-stream-analytics-'));
});
after(() => fs.rmSync(folder, { recursive: true }));

/** The course's project with one file changed. */
function changed(file: string, change: (text: string) => string): string {
  const copy = fs.mkdtempSync(path.join(folder, 'project-'));
  fs.cpSync(COURSE, copy, { recursive: true });
  const place = path.join(copy, file);
  const [before_, now] = [fs.readFileSync(place, 'utf8'), change(fs.readFileSync(place, 'utf8'))];
  assert.notEqual(now, before_, 'something was changed');
  fs.writeFileSync(place, now);
  return copy;
}

test("the course's project fits together", async () => {
  const { query, ...rest } = await readStreamAnalyticsProject(COURSE);
  assert.match(query, /TumblingWindow/);
  assert.deepEqual(rest, {
    name: 'cancer-windows',
    inputs: [{ name: 'cancer', namespace: 'NAMESPACE', eventHub: 'cancer' }],
    outputs: [{ name: 'windows', namespace: 'NAMESPACE', eventHub: 'windows' }],
    window: { sizeMs: 60_000, offsetMs: 0 },
  });
});

const faults: [what: string, file: string, change: (text: string) => string, told: RegExp][] = [
  ['no JSON', 'JobConfig.json', (text) => text.replace(',', ''), /JobConfig.json: is no JSON/],
  [
    'an unknown field',
    'JobConfig.json',
    (text) => text.replace('DataLocale', 'Locale'),
    /JobConfig.json:.*"Locale"/,
  ],
  ['a policy that is none', 'JobConfig.json', (text) => text.replace('"Drop"', '"Lose"'), /OutOfOrderPolicy/],
  [
    'a missing query',
    'asaproj.json',
    (text) => text.replace('windows.asaql', 'w.asaql'),
    /w.asaql: cannot be read/,
  ],
  [
    'a file outside',
    'asaproj.json',
    (text) => text.replace('Inputs/c', '../Inputs/c'),
    /outside the project/,
  ],
  ['another kind', 'asaproj.json', (text) => text.replace('"Input"', '"Output"'), /cancer.json: ScriptType/],
  [
    'no settings',
    'asaproj.json',
    (text) => text.replace('"JobConfig"', '"Input"'),
    /names 0 files of the kind JobConfig/,
  ],
  [
    'another input',
    'cancer-windows.asaql',
    (text) => text.replace('FROM cancer', 'FROM [no one]'),
    /reads "no one", which is no Input.*does not use the Input "cancer"/,
  ],
  [
    'another output',
    'Outputs/windows.json',
    (text) => text.replace('"windows"', '"other"'),
    /writes into "windows".*does not use the Output "other"/,
  ],
  ['no output', 'cancer-windows.asaql', (text) => text.replace('INTO windows', ''), /writes into nothing/],
  [
    'a window by no unit',
    'cancer-windows.asaql',
    (text) => text.replace('(minute', '(moment'),
    /TumblingWindow does not read/,
  ],
  [
    'a window that does not divide a day',
    'cancer-windows.asaql',
    (text) => text.replace('(minute, 1)', '(minute, 7)'),
    /windows of 420000 ms do not divide a day/,
  ],
  [
    'a window of another kind beside it',
    'cancer-windows.asaql',
    (text) => `${text}, HoppingWindow(Duration(minute, 5), Hop(minute, 1))`,
    /has a tumbling window and others/,
  ],
  [
    'a key in a file',
    'Inputs/cancer.json',
    (text) => text.replace('"Msi"', '"Msi", "SharedAccessPolicyKey": "c2VjcmV0"'),
    /SharedAccessPolicyKey/,
  ],
];
for (const [what, file, change, told] of faults)
  test(`${what} is refused, with the file's name`, async () => {
    await assert.rejects(
      readStreamAnalyticsProject(changed(file, change)),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, 'ST_ENGINES_STREAM_ANALYTICS');
        assert.match(error.message, told);
        assert.ok(!error.message.includes('c2VjcmV0'), 'a key is not shown');
        return true;
      },
    );
  });

test('comments, texts, steps and capitals do not confuse the check', async () => {
  const query = `/* FROM nobody */ WITH step AS (SELECT * FROM [Cancer] TIMESTAMP BY happened)
SELECT 'FROM nowhere' AS note, COUNT(*) AS samples INTO WINDOWS FROM step -- INTO nothing
GROUP BY TumblingWindow(Duration(ss, 90), Offset(millisecond, -1))`;
  const { window } = await readStreamAnalyticsProject(changed('cancer-windows.asaql', () => query));
  assert.deepEqual(window, { sizeMs: 90_000, offsetMs: -1 });
});

test('a window holds its end and not its start, or with an offset of -1 ms the other way round', () => {
  const minutes = { sizeMs: 60_000, offsetMs: 0 };
  const ends = (times: number[], window = minutes) =>
    times.map((time) => streamAnalyticsWindowEnd(time, window));
  assert.deepEqual(
    ends([0, 1, 59_999, 60_000, 60_001, 120_000]),
    [0, 60_000, 60_000, 60_000, 120_000, 120_000],
  );
  const moved = { ...minutes, offsetMs: -1 };
  assert.deepEqual(ends([0, 1, 59_999, 60_000, 119_999], moved), [59_999, 59_999, 59_999, 119_999, 119_999]);
  // An offset of days, either way, moves by whole windows.
  for (const days of [-2, 2]) {
    const offsetMs = days * 86_400_000 - 1;
    assert.deepEqual(ends([-1, 0, 59_999], { ...minutes, offsetMs }), [-1, 59_999, 59_999]);
  }
  assert.throws(() => streamAnalyticsWindowEnd(NaN, minutes), { code: 'ST_OPTION_INVALID' });
  for (const window of [{ sizeMs: 0 }, { sizeMs: NaN }, { sizeMs: 420_000 }, { offsetMs: NaN }])
    assert.throws(() => streamAnalyticsWindowEnd(0, { ...minutes, ...window }), {
      code: 'ST_OPTION_INVALID',
    });
});
