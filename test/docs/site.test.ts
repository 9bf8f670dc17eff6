/** The site of `npm run docs`: whole, with every guide in it, and without a link that leads nowhere. */
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { makeDocs, brokenLinks } = (await import(
  new URL('../../scripts/make-docs.mjs', import.meta.url).href
)) as { makeDocs: (out: string) => Promise<string[]>; brokenLinks: (site: string) => string[] };

test('the site has every room and every guide, its docstrings have no broken link, and its pages neither', async (t) => {
  const site = await fs.mkdtemp(path.join(os.tmpdir(), 'streamtrain-docs-'));
  t.after(() => fs.rm(site, { recursive: true, force: true }));
  assert.deepEqual(await makeDocs(site), []);
  const there = async (page: string) => fs.readFile(path.join(site, page), 'utf8');
  for (const room of [
    'kafka',
    'data',
    'model',
    'training',
    'plots',
    'broker',
    'graph',
    'kernel',
    'serving',
    'sources',
  ])
    assert.match(await there(`modules/streamtrain_${room}.html`), new RegExp(`streamtrain/${room}`));
  assert.match(await there('functions/streamtrain_kafka.fromKafka.html'), /PartitionDatasetOptions/);
  const guides = await fs.readdir(path.join(root, 'docs'), { recursive: true });
  assert.ok(guides.includes(path.join('zh', 'overviews.md')));
  for (const guide of guides.filter((name) => name.endsWith('.md') && !name.startsWith('site')))
    assert.ok(
      (await there(`documents/${guide.slice(0, -3).replaceAll(path.sep, '_')}.html`)).length > 1000,
      guide,
    );
  assert.match(await there('documents/zh_overviews.html'), /第 16 章/, 'guides in Chinese, too');
  assert.match(await there('index.html'), /Train models on/);

  // A page that is taken away is missed.
  await fs.rm(path.join(site, 'functions/streamtrain_kafka.fromKafka.html'));
  assert.ok(brokenLinks(site).some((problem) => /fromKafka\.html leads nowhere$/.test(problem)));
});
