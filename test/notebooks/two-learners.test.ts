/** A class on one Kafka: two learners at the same moment, each under a prefix, and neither notices. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { complaints, printedBy, withSolutions } from '../../src/course/index.ts';
import { projectAt } from '../../src/install/index.ts';
import { runNotebook } from '../../src/jupyter/index.ts';
import { listGroups, listTopics } from '../../src/kafka/index.ts';
import { testBrokers } from '../helpers/broker.ts';
import { assertSolved } from '../helpers/exercises.ts';
import { isLong } from '../helpers/schedules.ts';
import { randomName } from '../helpers/topics.ts';
import { typescriptFlags } from '../helpers/typescript.ts';

const PROGRAM = fileURLToPath(new URL('learner-child.ts', import.meta.url));

test('two processes use the same names at once on one broker, and each learns its own rows only', async () => {
  const STREAMTRAIN_BROKERS = (await testBrokers()).join(',');
  const outputs = await Promise.all(
    [1, 2].map(async (who) => {
      const env = { ...process.env, STREAMTRAIN_BROKERS, STREAMTRAIN_PREFIX: randomName(`learner-${who}`) };
      const args = [...typescriptFlags(), PROGRAM, String(who)];
      const { stdout } = await promisify(execFile)(process.execPath, args, { env });
      return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as object;
    }),
  );
  for (const [at, output] of outputs.entries())
    assert.deepEqual(output, {
      learnt: 600,
      authors: [String(at + 1)],
      topics: ['ch5-samples'],
      groups: ['ch5-look', 'ch5-online'],
      left: [],
    });
});

if (isLong)
  test(
    'two learners run chapter 5 at once on one broker, and both get their own rows',
    { timeout: 600_000 },
    async (t) => {
      const brokers = await testBrokers();
      const prefixes = [randomName('ada'), randomName('ben')];
      const { folder, stateFolder } = projectAt();
      // What is on the broker while both run: the topics of each, under its name.
      const seen = new Set<string>();
      const look = async () => {
        for (const topic of await listTopics({ brokers, prefix: '' })) seen.add(topic);
      };
      const watching = setInterval(() => void look().catch(() => undefined), 500);
      t.after(() => clearInterval(watching));
      const runs = await Promise.all(
        prefixes.map(async (prefix) => {
          const own = await mkdtemp(path.join(stateFolder, 'learner-'));
          t.after(() => rm(own, { recursive: true, force: true }));
          const file = path.join(own, 'my-copy.ipynb');
          const ours = path.join(folder, 'notebooks');
          await copyFile(path.join(ours, 'tsconfig.json'), path.join(own, 'tsconfig.json'));
          await copyFile(path.join(ours, '05-online-training.ipynb'), file);
          return runNotebook(file, { brokers, prefix, change: withSolutions, keepGoing: false });
        }),
      );
      for (const { code, stderr, notebook, seconds } of runs) {
        assert.equal(code, 0, stderr);
        assert.deepEqual(complaints(notebook), []);
        assertSolved(notebook);
        // A row of the other would make these more.
        assert.match(printedBy(notebook, 'loop-complete'), /all 699 rows/);
        assert.match(printedBy(notebook, 'online-run'), /^699 rows in 22 mini datasets, 66 steps/m);
        assert.match(printedBy(notebook, 'resume-run'), /first life: 256 rows; second life: 443 rows/);
        t.diagnostic(`${seconds.toFixed(1)} s`);
      }
      assert.equal(
        printedBy(runs[0]!.notebook, 'online-report'),
        printedBy(runs[1]!.notebook, 'online-report'),
      );
      for (const prefix of prefixes) {
        assert.ok(seen.has(`${prefix}.ch5-samples`), `not seen while it ran: ${[...seen].join(', ')}`);
        const left = [...(await listTopics({ brokers, prefix })), ...(await listGroups({ brokers, prefix }))];
        assert.deepEqual(left, [], 'it ends clean');
      }
    },
  );
