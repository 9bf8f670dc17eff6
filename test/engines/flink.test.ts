/** Flink, for real: windows that equal our own, kills in the middle of the flow, and its SQL gateway from TypeScript. */
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  engineParts,
  EngineEndedError,
  EngineUnreachableError,
  FlinkRequestError,
  FlinkSqlError,
  FlinkValueError,
  SqlGateway,
  startFlink,
  type Flink,
} from '../../src/engines/index.ts';
import { latestCheckpoint, noteJob, refuseOtherStatement } from '../../src/engines/flink/checkpoints.ts';
import { HeldRows } from '../../src/engines/flink/held-rows.ts';
import { ask, meaningOf } from '../../src/engines/flink/rest.ts';
import { refuseFinerTimes } from '../../src/engines/flink/session.ts';
import { fromKafka, writeToKafka } from '../../src/kafka/index.ts';
import { InvalidOptionError } from '../../src/options.ts';
import { mulberry32 } from '../../src/random.ts';
import { testBrokers } from '../helpers/broker.ts';
import { randomTopic } from '../helpers/topics.ts';

const { isFetched, bytes } = await engineParts('flink');
const skip =
  !isFetched &&
  `not run: Flink's parts are not here (npx streamtrain engines fetch flink: ${Math.round(bytes / 1e6)} MB)`;

let flink: Flink;
let folder: string;
before(async () => {
  if (skip) return;
  folder = await fs.mkdtemp(path.join(os.tmpdir(), 'streamtrain-flink-test-'));
  flink = await startFlink();
});
after(async () => {
  if (skip) return;
  await flink.stop();
  await fs.rm(folder, { recursive: true, force: true });
});

/** Flink's pauses between two starts of a job that fails. */
const SHORT = { 'restart-strategy.exponential-delay.max-backoff': '2 ms' };
const FIRST = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;

/** Rows of one label and two measures, one a second of event time. */
function makeRows(count: number) {
  const random = mulberry32(7);
  return Array.from({ length: count }, (_, at) => ({
    key: random() < 0.4 ? '1' : '0',
    value: `${(10 * random()).toFixed(3)},${(random() - 0.5).toFixed(4)}`,
    timestamp: FIRST + at * 1000,
  }));
}

interface Window {
  start: number;
  rows: number;
  malignant: number;
  size: number;
  spread: number;
}

/** Our own one-minute windows over the same topic. */
function windowsOf(records: readonly { key: unknown; value: unknown; timestamp: number }[]): Window[] {
  const groups = new Map<number, { label: number; size: number; other: number }[]>();
  for (const { key, value, timestamp } of records) {
    const start = timestamp - (timestamp % MINUTE);
    const [size = NaN, other = NaN] = String(value).split(',').map(Number);
    groups.set(start, [...(groups.get(start) ?? []), { label: Number(String(key)), size, other }]);
  }
  return [...groups].map(([start, rows]) => {
    const mean = (of: (row: (typeof rows)[number]) => number) =>
      rows.reduce((sum, row) => sum + of(row), 0) / rows.length;
    const middle = mean(({ other }) => other);
    const squares = rows.reduce((sum, { other }) => sum + (other - middle) ** 2, 0);
    return {
      ...{ start, rows: rows.length, malignant: rows.reduce((sum, { label }) => sum + label, 0) },
      ...{ size: mean(({ size }) => size), spread: Math.sqrt(squares / (rows.length - 1)) },
    };
  });
}

function assertSameWindows(actual: readonly Window[], expected: readonly Window[]): void {
  const sorted = actual.toSorted((one, other) => one.start - other.start);
  const exact = ({ start, rows, malignant }: Window) => ({ start, rows, malignant });
  assert.deepEqual(sorted.map(exact), expected.map(exact));
  for (const [at, { size, spread }] of sorted.entries()) {
    assert.ok(Math.abs(size - expected[at]!.size) < 1e-9, `size of window ${at}`);
    assert.ok(Math.abs(spread - expected[at]!.spread) < 1e-9, `spread of window ${at}`);
  }
}

async function sourceTable(gateway: SqlGateway, topic: string, options = ''): Promise<void> {
  await gateway.execute(`CREATE TABLE samples (
      label STRING, size DOUBLE, other DOUBLE,
      happened TIMESTAMP_LTZ(3) METADATA FROM 'timestamp',
      WATERMARK FOR happened AS happened - INTERVAL '30' SECOND
    ) WITH ('connector' = 'kafka', 'topic' = '${topic}', ${options}
      'properties.bootstrap.servers' = '${(await testBrokers()).join(',')}',
      'properties.isolation.level' = 'read_committed',
      'properties.group.id' = '${topic}-flink', 'scan.startup.mode' = 'earliest-offset',
      'key.format' = 'raw', 'key.fields' = 'label',
      'value.format' = 'csv', 'value.fields-include' = 'EXCEPT_KEY')`);
}

const WINDOWS = `SELECT window_start, COUNT(*) AS \`rows\`, SUM(CAST(label AS BIGINT)) AS malignant,
    AVG(size) AS size, STDDEV_SAMP(other) AS spread
  FROM TABLE(TUMBLE(TABLE samples, DESCRIPTOR(happened), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end`;

test(
  'one-minute windows over a topic by SQL are those that a dozen lines of TypeScript make',
  { skip },
  async (t) => {
    const brokers = await testBrokers();
    const topic = await randomTopic(t);
    await writeToKafka(topic, makeRows(419), { brokers });
    const { sqlGateway } = flink;
    await sourceTable(sqlGateway, topic, `'scan.bounded.mode' = 'latest-offset',`);
    type Row = Omit<Window, 'start'> & { window_start: string };
    const { rows, columns } = await sqlGateway.execute<Row>(WINDOWS);
    await sqlGateway.execute('DROP TABLE samples');
    assert.deepEqual(columns.map(({ name, type }) => `${name} ${type}`).slice(0, 3), [
      'window_start TIMESTAMP_WITHOUT_TIME_ZONE(3)',
      'rows BIGINT',
      'malignant BIGINT',
    ]);
    const theirs = rows.map(({ window_start, ...rest }) => ({
      start: Date.parse(`${window_start}Z`),
      ...rest,
    }));
    const ours = windowsOf(await fromKafka(topic, { brokers }).toArray());
    assert.equal(ours.length, 7);
    assertSameWindows(theirs, ours);
  },
);

test(
  'values become those of JavaScript, or an error; so does what Flink refuses, with its first line that says something',
  { skip },
  async () => {
    const { sqlGateway } = flink;
    const { rows } = await sqlGateway.execute(`SELECT 1.5e0 AS d, CAST(1.1 AS DECIMAL(10, 2)) AS dc,
    TIMESTAMP '2026-01-01 00:00:00.123' AS ts, CAST(TIMESTAMP '2026-01-01 00:00:00.123' AS TIMESTAMP_LTZ(3)) AS l,
    TRUE AS t, X'0102' AS y, CAST(NULL AS INT) AS nothing, ARRAY[1, 2] AS ar, MAP['a', 1] AS m, ROW(1, 'x') AS r`);
    assert.deepEqual(rows, [
      {
        ...{ d: 1.5, dc: 1.1, ts: '2026-01-01T00:00:00.123', l: new Date(FIRST + 123), t: true },
        ...{ y: Buffer.from([1, 2]), nothing: null, ar: [1, 2], m: { a: 1 }, r: { EXPR$0: 1, EXPR$1: 'x' } },
      },
    ]);
    const counted = 'SELECT i, COUNT(*) AS n FROM (VALUES (1), (1), (2)) AS t(i) GROUP BY i';
    assert.deepEqual((await sqlGateway.execute(counted)).rows, [
      { i: 1, n: 2 },
      { i: 2, n: 1 },
    ]);
    const ordered = await sqlGateway.execute(
      "SELECT w FROM (VALUES (1, 'x'), (2, 'y'), (3, 'x'), (4, 'y')) AS t(i, w) ORDER BY i",
      { settings: { 'execution.runtime-mode': 'batch' } },
    );
    assert.deepEqual(
      ordered.rows.map(({ w }) => w),
      ['x', 'y', 'x', 'y'],
    );
    const large = await sqlGateway.execute<{ c: string }>("SELECT REPEAT('x', 3000000) AS c");
    assert.equal(large.rows[0]?.c.length, 3_000_000, 'a row of a result may be larger than 2 MB');
    await assert.rejects(sqlGateway.execute("SELECT CAST('10:11:12.345' AS TIME(3)) AS t"), {
      code: 'ST_ENGINES_FLINK_SQL',
      message: /whole seconds in a TIME, so TIME\(3\) would lose the rest/,
    });
    await assert.rejects(sqlGateway.execute('SELECT CAST(9007199254740993 AS BIGINT) AS b'), (error) => {
      assert.ok(error instanceof FlinkValueError);
      assert.equal(error.code, 'ST_ENGINES_FLINK_VALUE');
      assert.match(error.message, /column "b".*BIGINT.*beyond 2\^53.*CAST/);
      return true;
    });
    await assert.rejects(sqlGateway.execute("SELECT MAP['null', 1, CAST(NULL AS STRING), 2] AS m"), {
      code: 'ST_ENGINES_FLINK_VALUE',
      message: /column "m".*has a key that is NULL, or the text/,
    });
    for (const [statement, reason] of [
      ['SELECT * FROM nowhere', /Object 'nowhere' not found/],
      ['SELECT 1/0', /^Division by zero$/],
      ['SELECT 1; SELECT 2', /single statement/],
      ['SELECT 1 AS old', /^SQL parse failed\. Encountered "old" at line 1, column 13$/],
      ["SELECT MAP[1, 'a'] AS m", /^it cannot write this result as JSON, such as a MAP with keys/],
    ] as const)
      await assert.rejects(sqlGateway.execute(statement), (error) => {
        assert.ok(error instanceof FlinkSqlError);
        assert.deepEqual([error.code, error.statement], ['ST_ENGINES_FLINK_SQL', statement]);
        assert.match(error.reason, reason);
        assert.ok(error.message.includes(error.reason));
        return true;
      });
    await assert.rejects(ask(`${flink.url}/v1/nowhere`), (error) => {
      assert.ok(error instanceof FlinkRequestError);
      assert.equal(error.code, 'ST_ENGINES_FLINK_REQUEST');
      return true;
    });
  },
);

test(
  'RESET and SET take nothing from what jobs are found by; settings of ours are refused; pages of others read no answer',
  { skip },
  async () => {
    const { sqlGateway, url } = flink;
    await sqlGateway.execute(`CREATE TABLE swallowed (i INT) WITH ('connector' = 'blackhole')`);
    await sqlGateway.execute('RESET');
    await sqlGateway.execute("SET 'table.dml-sync' = 'true'");
    const { rows } = await sqlGateway.execute<{ 'job id': string }>('INSERT INTO swallowed VALUES (1)');
    assert.match(rows[0]?.['job id'] ?? '', /^[0-9a-f]{32}$/);
    const settings = { 'pipeline.name': 'mine' };
    const refused = { name: 'InvalidOptionError', message: /settings\["pipeline\.name"\]/ };
    await assert.rejects(sqlGateway.execute('SHOW TABLES', { settings }), refused);
    await assert.rejects(sqlGateway.start('INSERT INTO swallowed VALUES (1)', { settings }), refused);
    await assert.rejects(sqlGateway.changes('SHOW TABLES', { settings }).next(), refused);
    const answer = await fetch(`${url}/v1/info`, { headers: { origin: 'http://elsewhere.example' } });
    assert.equal(answer.headers.get('access-control-allow-origin'), url);
  },
);

test('a TIME that is finer than a second is refused: Flink would leave the rest out', () => {
  const refused = [
    'CREATE TABLE t (a time ( 3 ), b INT)',
    "SELECT TIME '10:11:12.300'",
    'x TIME(06) WITHOUT TIME ZONE',
  ];
  for (const sql of refused) assert.throws(() => refuseFinerTimes(sql), FlinkSqlError, sql);
  const allowed = [
    ...['TIMESTAMP(3)', 'a TIME, b TIME(0)', "TIME '10:11:12.000'", "'it''s TIME(3)'", '`TIME(3)` INT'],
    ...['a INT -- TIME(3)', '/* TIME(3)\n*/ a INT', 'MY_TIME(3)', "TIMESTAMP '2026-01-01 00:00:00.123'"],
  ];
  for (const sql of allowed) refuseFinerTimes(sql);
});

test("a reason is the first of Flink's messages that says what failed, without the words that only lead to it", () => {
  const outside = [
    'Internal server error.',
    'org.apache.flink.table.gateway.service.utils.SqlExecutionException: Error while retrieving result.',
    'java.lang.RuntimeException: Failed to fetch next result',
    'java.io.IOException: Failed to fetch job execution result',
    'org.apache.flink.runtime.client.JobExecutionException: Job execution failed.',
    'org.apache.flink.runtime.JobException: Recovery is suppressed by NoRestartBackoffTimeStrategy',
  ];
  const noTopic = [
    "org.apache.flink.util.FlinkException: Global failure triggered by OperatorCoordinator for 'Source: k[7]'.",
    'org.apache.flink.util.FlinkRuntimeException: Failed to list subscribed topic partitions due to ',
    'java.lang.RuntimeException: Failed to get metadata for topics [none].',
  ];
  assert.equal(meaningOf([...outside, ...noTopic]), 'Failed to get metadata for topics [none].');
  const badRow = [
    'java.io.IOException: Failed to deserialize consumer record due to',
    "java.io.IOException: Failed to deserialize CSV row 'x,y'.",
  ];
  const gone = [
    'java.util.concurrent.ExecutionException: UnknownTopicOrPartitionException: This server does not host this topic-partition.',
    'org.apache.kafka.common.errors.UnknownTopicOrPartitionException: This server does not host this topic-partition.',
  ];
  assert.equal(
    meaningOf([...outside, ...noTopic, ...gone]),
    'Failed to get metadata for topics [none]: This server does not host this topic-partition.',
  );
  const noFormat = [
    "org.apache.flink.table.api.ValidationException: Unable to create a source for reading table 'f'.\nTable options are:\n'x'='y'",
    "org.apache.flink.table.api.ValidationException: Could not find any factory for identifier 'nope'.",
  ];
  assert.equal(meaningOf([...outside, ...noFormat]), "Could not find any factory for identifier 'nope'.");
  assert.equal(meaningOf([...outside, ...badRow]), "Failed to deserialize CSV row 'x,y'.");
});

test(
  'jobs are listed and cancelled; an aborted statement takes its job with it; a job that fails says why',
  { skip },
  async () => {
    const { sqlGateway } = flink;
    await sqlGateway.execute(
      `CREATE TABLE ticks (i INT) WITH ('connector' = 'datagen', 'rows-per-second' = '50', 'fields.i.min' = '0', 'fields.i.max' = '9')`,
    );
    await sqlGateway.execute(`CREATE TABLE nowhere (i INT) WITH ('connector' = 'blackhole')`);
    const job = await sqlGateway.start('INSERT INTO nowhere SELECT i FROM ticks', { name: 'ticks' });
    const listed = (await sqlGateway.jobs()).map(({ id, name, state }) => ({ id, name, state }));
    assert.deepEqual(listed, [{ id: job.id, name: job.name, state: 'RUNNING' }]);
    assert.match(job.name, /^ticks-/);

    const enough = new Error('enough');
    const controller = new AbortController();
    let seen = 0;
    const watched = async () => {
      for await (const { row } of sqlGateway.changes<{ i: number }>('SELECT i FROM ticks', controller))
        if (row.i >= 0 && ++seen === 20) controller.abort(enough);
    };
    await assert.rejects(watched(), enough);
    await until(async () => (await sqlGateway.jobs()).length === 1);
    await job.cancel();
    await job.done;
    assert.deepEqual(await sqlGateway.jobs(), []);
    const bad = 'INSERT INTO nowhere SELECT 1 / (i - i) FROM ticks';
    const failed = sqlGateway.start(bad).then(({ done }) => done);
    await assert.rejects(failed, (error) => {
      assert.ok(error instanceof FlinkSqlError);
      assert.match(error.reason, /by zero/);
      return true;
    });
    // With checkpoints it is begun again, and not for ever.
    const begunAgain = sqlGateway.start(bad, {
      checkpoints: { folder: path.join(folder, 'bad') },
      settings: { 'restart-strategy.exponential-delay.initial-backoff': '1 ms', ...SHORT },
    });
    const end = begunAgain.then(({ done }) => done);
    await assert.rejects(end, { code: 'ST_ENGINES_FLINK_SQL', message: /by zero/ });
  },
);

test(
  'a job that goes on from a checkpoint and ends leaves none that a third start would go on from; folders have any name',
  { skip },
  async () => {
    const place = path.join(folder, 'kept in é 100%25 #1?');
    assert.equal(await latestCheckpoint(place), undefined);
    const { sqlGateway } = flink;
    await sqlGateway.execute(
      `CREATE TABLE counted_rows (i INT) WITH ('connector' = 'datagen', 'rows-per-second' = '200', 'number-of-rows' = '1000')`,
    );
    await sqlGateway.execute(`CREATE TABLE into_nothing (i INT) WITH ('connector' = 'blackhole')`);
    const begin = () =>
      sqlGateway.start('INSERT INTO into_nothing SELECT i FROM counted_rows', {
        checkpoints: { folder: place, everyMs: 200, resume: true },
      });
    const first = await begin();
    await until(async () => ((await first.checkpoints())?.completed ?? 1) > 0);
    await first.cancel();
    const kept = await latestCheckpoint(place);
    assert.ok(kept?.startsWith(path.join(place, first.id)), kept);
    const other = sqlGateway.start('INSERT INTO into_nothing SELECT i + 1 FROM counted_rows', {
      checkpoints: { folder: place, resume: true },
    });
    await assert.rejects(other, { code: 'ST_OPTION_INVALID', message: /checkpoint is of another statement/ });
    // One that began anew and died before its first checkpoint does not take over those that are there.
    const anew = await sqlGateway.start('INSERT INTO into_nothing SELECT i + 1 FROM counted_rows', {
      checkpoints: { folder: place, everyMs: 600_000 },
    });
    await anew.cancel();
    assert.match(await fs.readFile(path.join(place, 'streamtrain-job.json'), 'utf8'), RegExp(anew.id));
    const old = { 'restart-strategy': 'none' };
    await assert.rejects(sqlGateway.start('SELECT 1', { settings: old }), {
      code: 'ST_OPTION_INVALID',
      message: /restart-strategy\.type/,
    });
    const second = await begin();
    assert.equal(second.resumedFrom, kept);
    await second.done;
    assert.equal(await second.checkpoints(), undefined);
    assert.equal(await latestCheckpoint(place), undefined);
  },
);

test('a checkpoint is of the statement of its own job, whatever other jobs kept theirs in the folder', async (t) => {
  const place = await fs.mkdtemp(path.join(os.tmpdir(), 'streamtrain-flink-note-'));
  t.after(() => fs.rm(place, { recursive: true }));
  const from = (job: string) => path.join(place, job, 'chk-7');
  const [one, other] = ["INSERT INTO t SELECT 'a  b'", "INSERT INTO t SELECT 'a b'"];
  await refuseOtherStatement(place, one, from('a'));
  await noteJob(place, 'a', `${one};`);
  await noteJob(place, 'b', other);
  await refuseOtherStatement(place, ` ${one} ;\n`, from('a'));
  await refuseOtherStatement(place, other, from('b'));
  await refuseOtherStatement(place, other, from('of which nothing was noted'));
  const refused = { code: 'ST_OPTION_INVALID', message: /of another statement/ };
  await assert.rejects(refuseOtherStatement(place, other, from('a')), refused);
  await assert.rejects(refuseOtherStatement(place, one, from('b')), refused);
  // Jobs that are started at the same moment are all noted.
  await Promise.all(['c', 'd', 'e', 'f'].map((job) => noteJob(place, job, one)));
  for (const job of ['c', 'd', 'e', 'f'])
    await assert.rejects(refuseOtherStatement(place, other, from(job)), refused);
  for (const damaged of ['{"a": "INS', '[]', '{"a": 1}', '']) {
    await fs.writeFile(path.join(place, 'streamtrain-job.json'), damaged);
    for (const checkpoint of [from('a'), undefined])
      await assert.rejects(refuseOtherStatement(place, one, checkpoint), {
        code: 'ST_OPTION_INVALID',
        message: /streamtrain-job\.json is whole/,
      });
  }
});

test('a folder of checkpoints that cannot be read is an error, not a new beginning', async (t) => {
  const forbidden = Object.assign(new Error('permission denied'), { code: 'EACCES' });
  t.mock.method(fs, 'readdir', async () => Promise.reject(forbidden));
  await assert.rejects(latestCheckpoint('checkpoints'), forbidden);
});

test(
  'killed in the middle of the flow, and started again from its checkpoint: no window twice, none missing',
  { skip },
  async (t) => {
    const brokers = await testBrokers();
    const [topic, out] = [await randomTopic(t), await randomTopic(t)];
    const rows = makeRows(1_800);
    const flush = { key: '0', value: '0,0', timestamp: FIRST + 60 * MINUTE };
    const settings = { folder: path.join(folder, 'the windows of é'), everyMs: 1_500 };
    const expected = windowsOf(rows);
    const begin = async (gateway: SqlGateway) => {
      await sourceTable(gateway, topic);
      await gateway.execute(`CREATE TABLE windows (window_start TIMESTAMP(3), \`rows\` BIGINT, malignant BIGINT, size DOUBLE,
      spread DOUBLE) WITH ('connector' = 'kafka', 'topic' = '${out}', 'format' = 'json',
      'properties.bootstrap.servers' = '${brokers.join(',')}', 'json.timestamp-format.standard' = 'ISO-8601',
      'sink.delivery-guarantee' = 'exactly-once', 'sink.transactional-id-prefix' = '${out}',
      'properties.transaction.timeout.ms' = '600000')`);
      const checkpoints = { ...settings, resume: true };
      return gateway.start(`INSERT INTO windows ${WINDOWS}`, { name: 'windows', checkpoints });
    };
    const written = async (level: 'read_committed' | 'read_uncommitted') => {
      const configuration = [`isolation.level=${level}`];
      const records = await fromKafka(out, { brokers, configuration }).toArray();
      return records.map(({ value }) => {
        const { window_start, ...rest } = JSON.parse(String(value)) as Omit<Window, 'start'> & {
          window_start: string;
        };
        return { start: Date.parse(`${window_start}Z`), ...rest };
      });
    };

    const first = await begin(flink.sqlGateway);
    assert.equal(first.resumedFrom, undefined);
    // Rows go on to come until after the kill: two windows a second.
    let flows = true;
    const flow = writeToKafka(topic, rows, { brokers, rowsPerSecond: 120 }).finally(() => (flows = false));
    // In flight: some windows are committed, others are written and not committed, and rows still come. A machine so slow that
    // all rows came before that is killed behind the flow.
    await until(async () => {
      const [committed, all] = [
        (await written('read_committed')).length,
        (await written('read_uncommitted')).length,
      ];
      return committed > 0 && (all > committed || !flows);
    });
    const ended = assert.rejects(first.done, (error) => {
      assert.ok(error instanceof EngineEndedError, String(error));
      assert.match(error.message, /SIGKILL/);
      return true;
    });
    await flink.kill();
    const [committed, all] = [await written('read_committed'), await written('read_uncommitted')];
    assert.ok(
      committed.length > 0 && committed.length < expected.length,
      `${committed.length} were committed`,
    );
    t.diagnostic(
      `killed with ${committed.length} windows committed, ${all.length - committed.length} in flight`,
    );
    await ended;
    await flow;
    await writeToKafka(topic, [flush], { brokers });

    await using second = await startFlink({ folder: path.join(folder, 'Flink of é') });
    const again = await begin(second.sqlGateway);
    assert.match(again.resumedFrom ?? '', /chk-\d+$/);
    await until(async () => (await written('read_committed')).length >= expected.length);
    await again.cancel();
    assertSameWindows(await written('read_committed'), expected);
  },
);

test('rows that are taken back go, equal ones one by one; the others stay in their order', () => {
  const held = new HeldRows<{ i: number }>();
  for (const i of [1, 2, 1, 3]) held.take({ kind: 'INSERT', row: { i } });
  held.take({ kind: 'UPDATE_BEFORE', row: { i: 1 } });
  held.take({ kind: 'UPDATE_AFTER', row: { i: 4 } });
  assert.deepEqual(held.rows(), [{ i: 1 }, { i: 2 }, { i: 3 }, { i: 4 }]);
  held.take({ kind: 'DELETE', row: { i: 1 } });
  assert.deepEqual(held.rows(), [{ i: 2 }, { i: 3 }, { i: 4 }]);
  assert.throws(() => held.take({ kind: 'DELETE', row: { i: 1 } }), /never given/);
  const zeros = new HeldRows<{ i: number }>();
  for (const i of [-0, 0]) zeros.take({ kind: 'INSERT', row: { i } });
  zeros.take({ kind: 'DELETE', row: { i: -0 } });
  assert.deepEqual(zeros.rows(), [{ i: 0 }]);
});

test("another machine's gateway is refused: the ends of its jobs could not be seen", async () => {
  for (const url of ['http://flink.example.org:8083', 'http://127.0.0.1.example.org', 'nowhere'])
    await assert.rejects(SqlGateway.open(url), InvalidOptionError);
});

test('a gateway at an address where nothing answers is an error that can be tried again', async () => {
  await assert.rejects(SqlGateway.open('http://127.0.0.1:9'), (error) => {
    assert.ok(error instanceof EngineUnreachableError);
    assert.deepEqual([error.code, error.canRetry], ['ST_ENGINES_UNREACHABLE', true]);
    return true;
  });
});

/** Waits for something that comes by itself. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let waited = 0; !(await isSo()); waited += 200) {
    assert.ok(waited < 120_000, 'it did not come in two minutes');
    await sleep(200);
  }
}
