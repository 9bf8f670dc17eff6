/** How the engines' parts are fetched: from a mirror on this machine, with its faults. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import syncFs from 'node:fs';
import fs from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import {
  EngineOnDemandError,
  engineParts,
  EnginePartsError,
  fetchEngine,
  startEngineByName,
  startFlink,
} from '../../src/engines/index.ts';
import { fetchParts, partsStatus, requireParts, type EngineParts } from '../../src/engines/parts.ts';
import { findMaven } from '../../src/broker/maven.ts';
import { NIFI_FILES } from '../../src/engines/nifi/part-list.ts';
import { SPARK } from '../../src/engines/spark/pyspark.ts';
import { ChecksumError, DownloadError } from '../../src/install/errors.ts';
import { projectAt } from '../../src/install/folders.ts';
import { findWrongFiles, type MavenFile } from '../../src/install/maven-files.ts';
import { InvalidOptionError } from '../../src/options.ts';
import { isLong } from '../helpers/schedules.ts';

const contents = new Map([
  ['a/one/1/one-1.jar', 'the first part'],
  ['a/two/1/two-1.nar', 'another part, for a folder of its own'],
]);
const digest = (text: string) => createHash('sha256').update(text).digest('hex');
const engine: EngineParts = {
  name: 'toy',
  title: 'Toy Engine',
  version: '1',
  files: [...contents].map(([place, text], at) => ({
    path: place,
    bytes: text.length,
    sha256: digest(text),
    ...(at === 1 ? { folder: 'lib/more' } : {}),
  })),
};

let folder: string;
let cache: string;
let server: http.Server;
let env: NodeJS.ProcessEnv;
let altered: string | undefined;
let asked: string[];
before(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), 'streamtrain parts '));
  server = http.createServer((request, response) => {
    const place = (request.url ?? '').replace('/maven2/', '');
    asked.push(place);
    const text = contents.get(place);
    if (text === undefined) response.writeHead(404).end();
    else response.end(place === altered ? text.toUpperCase() : text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  env = { STREAMTRAIN_MAVEN_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/maven2/` };
});
beforeEach(async () => {
  cache = await fs.mkdtemp(path.join(folder, 'cache '));
  altered = undefined;
  asked = [];
});
after(async () => {
  server.closeAllConnections();
  server.close();
  await fs.rm(folder, { recursive: true, force: true });
});

test('fetches every file into its folder, once, also for two programs at once, and tells how far it is', async () => {
  const seen: number[] = [];
  const lines: string[] = [];
  const options = { env, cache };
  const both = await Promise.all([
    fetchParts(engine, {
      ...options,
      log: (line) => lines.push(line),
      onProgress: ({ done }) => seen.push(done),
    }),
    fetchParts(engine, options),
  ]);
  const [{ folder: place, isFetched, bytes }] = both;
  assert.deepEqual([isFetched, bytes, asked.length], [true, 51, 2]);
  assert.equal(place, path.join(cache, 'engines', 'toy-1'));
  assert.equal(
    await fs.readFile(path.join(place, 'lib/more/two-1.nar'), 'utf8'),
    contents.get('a/two/1/two-1.nar'),
  );
  if (lines.length > 0) assert.equal(seen.at(-1), 51);
  assert.deepEqual(await requireParts(engine, options), place);
  assert.equal((await fetchParts(engine, options)).outcome, 'already there');
  assert.equal(asked.length, 2);
});

test('a file with a wrong byte is refused and nothing is put in place; the next call fetches that one alone', async () => {
  altered = 'a/two/1/two-1.nar';
  await assert.rejects(fetchParts(engine, { env, cache, retryDelayMs: 1 }), ChecksumError);
  assert.equal((await partsStatus(engine, { cache })).isFetched, false);
  altered = undefined;
  asked = [];
  await fetchParts(engine, { env, cache });
  assert.deepEqual(asked, ['a/two/1/two-1.nar']);
});

test('where the repository cannot be reached and there is no Maven, both are said, and what to do', async () => {
  const closed = { STREAMTRAIN_MAVEN_URL: 'http://127.0.0.1:9/maven2', PATH: '' };
  await assert.rejects(fetchParts(engine, { env: closed, cache, retryDelayMs: 1 }), (error) => {
    assert.ok(error instanceof DownloadError && error.code === 'ST_INSTALL_DOWNLOAD');
    assert.equal(error.tried.at(-1), 'mvn on PATH');
    assert.match(error.toDo, /^Install Maven.*STREAMTRAIN_MAVEN_URL/);
    return true;
  });
});

if (isLong)
  test('where the repository cannot be reached a real Maven fetches the same files; one that is not as in our list is refused', async (t) => {
    if (findMaven(process.env) === undefined) return t.diagnostic('not run: there is no Maven here');
    const closed = { ...process.env, STREAMTRAIN_MAVEN_URL: 'http://127.0.0.1:9/maven2' };
    const isSmall = ({ bytes }: MavenFile) => bytes < 100_000;
    const files = [...NIFI_FILES.filter(isSmall), ...SPARK.files.filter(isSmall)];
    assert.ok(files.length > 10 && files.some(({ folder }) => folder === 'common/java11'));
    const small = { ...engine, files };
    const lines: string[] = [];
    const log = (line: string) => void lines.push(line);
    const options = { env: closed, cache, retryDelayMs: 1, log };
    const { isFetched, folder: place } = await fetchParts(small, options);
    assert.equal(isFetched, true);
    assert.deepEqual(await findWrongFiles(place, files), []);
    assert.match(lines.join('\n'), /did not work: .*\nfetching Toy Engine 1 with Maven/);
    const [first, ...others] = files;
    const wrong = { ...small, version: '2', files: [{ ...first!, sha256: digest('other') }, ...others] };
    await assert.rejects(fetchParts(wrong, options), ChecksumError);
    assert.equal((await partsStatus(wrong, options)).isFetched, false);
  });

test('a part from elsewhere is fetched behind the files, counts in the size, and what is lost is fetched again', async (t) => {
  const withOther: EngineParts = {
    ...engine,
    besides: [
      {
        title: 'something else',
        purl: 'pkg:generic/other@1',
        bytes: 100,
        sha256: digest('other'),
        isThere: (place) =>
          fs.access(path.join(place, 'other')).then(
            () => true,
            () => false,
          ),
        fetch: async (place, { onProgress }) => {
          times++;
          await fs.writeFile(path.join(place, 'other'), '');
          onProgress({ done: 100 });
        },
      },
    ],
  };
  let last = 0;
  let times = 0;
  const options = { env, cache, onProgress: ({ done }: { done: number }) => (last = done) };
  const fetched = await fetchParts(withOther, options);
  assert.deepEqual([fetched.bytes, fetched.files, last], [151, 3, 151]);
  await fs.rm(path.join(fetched.folder, 'other'));
  assert.equal((await fetchParts(withOther, options)).outcome, 'done');
  assert.deepEqual([asked.length, times], [2, 2]);
  await fs.rm(path.join(fetched.folder, 'one-1.jar'));
  assert.equal((await fetchParts(withOther, options)).isFetched, true);
  assert.deepEqual([asked.length, times, last], [3, 2, 151]);
  // As a disk without hard links answers.
  t.mock.method(fs, 'link', () => Promise.reject(Object.assign(new Error('no links'), { code: 'EPERM' })));
  await fs.rm(path.join(fetched.folder, 'one-1.jar'));
  assert.equal((await fetchParts(withOther, options)).isFetched, true);
  assert.deepEqual([asked.length, times, last], [4, 2, 151]);
});

test('an engine in a cache folder that can be read only is used; what is not there goes elsewhere, and it is said', async (t) => {
  const { XDG_CACHE_HOME } = process.env;
  t.after(() =>
    XDG_CACHE_HOME === undefined
      ? delete process.env['XDG_CACHE_HOME']
      : (process.env['XDG_CACHE_HOME'] = XDG_CACHE_HOME),
  );
  process.env['XDG_CACHE_HOME'] = folder;
  const usual = path.join(folder, 'streamtrain');
  const { folder: place } = await fetchParts(engine, { env, cache: usual });
  // As a disk answers that was mounted so; root may write everywhere else.
  const readOnly = Object.assign(new Error('EROFS: read-only file system'), { code: 'EROFS' });
  const write = syncFs.writeFileSync;
  t.mock.method(syncFs, 'writeFileSync', (...given: Parameters<typeof write>) => {
    if (String(given[0]).startsWith(usual)) throw readOnly;
    write(...given);
  });
  assert.equal(await requireParts(engine), place);
  assert.equal((await fetchParts(engine, { env })).outcome, 'already there');
  const lines: string[] = [];
  const broken = { ...engine, name: 'broken', files: [{ ...engine.files[0]!, path: 'a/none/1/none-1.jar' }] };
  await assert.rejects(fetchParts(broken, { env, retryDelayMs: 1, log: (line) => void lines.push(line) }));
  await fs.rm(path.join(projectAt().stateFolder, 'cache', 'engines', 'broken-1.part'), { recursive: true });
  assert.match(lines[0] ?? '', /not writable \(EROFS.*keeping downloads in .* instead/);
});

test('an engine that was never fetched is not started: the error says how big it is, where it goes, and the command', async () => {
  await assert.rejects(startFlink({ cache }), (error) => {
    assert.ok(error instanceof EnginePartsError);
    assert.equal(error.code, 'ST_ENGINES_PARTS_MISSING');
    assert.match(
      error.message,
      /Apache Flink 2\.0\.0 is not on this machine. It is 124 MB to download, 51 files/,
    );
    assert.match(error.message, /npx streamtrain engines fetch flink/);
    assert.ok(error.message.includes(path.join(cache, 'engines', 'flink-2.0.0')));
    return true;
  });
  const { isFetched, bytes } = await engineParts('flink', { cache });
  assert.deepEqual([isFetched, bytes], [false, 124_344_022]);
  assert.equal(asked.length, 0);
  await assert.rejects(fetchEngine('storm' as 'flink', { cache }), InvalidOptionError);
});

test('what runs only with a program of its own cannot be started by itself, and says how it starts', async () => {
  await assert.rejects(startEngineByName('spark', {}), (error) => {
    assert.ok(error instanceof EngineOnDemandError && error.code === 'ST_ENGINES_ON_DEMAND');
    assert.match(error.message, /trainOnSpark/);
    return true;
  });
});
