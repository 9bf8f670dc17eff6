/** The bill of materials: what is in it, and that its digests are those that set-up holds files to. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { KAFKA_JARS } from '../../src/broker/jar-list.ts';
import { FLINK_FILES } from '../../src/engines/flink/part-list.ts';
import { NIFI_FILES } from '../../src/engines/nifi/part-list.ts';
import { SPARK } from '../../src/engines/spark/pyspark.ts';
import { projectAt } from '../../src/install/index.ts';
import { tempFolder } from '../install/helpers.ts';
import { runIn } from './tiny-clone.ts';

interface Component {
  readonly 'bom-ref': string;
  readonly version: string;
  readonly purl: string;
  readonly hashes: readonly { readonly alg: string; readonly content: string }[];
}
interface Bom {
  readonly bomFormat: string;
  readonly specVersion: string;
  readonly metadata: {
    readonly component: { readonly name: string; readonly version: string; readonly type: string };
  };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

const { folder } = projectAt();
const read = (file: string) => readFileSync(path.join(folder, file), 'utf8');

test('npm run sbom lists every package and jar with the digests that set-up checks, and nothing for development', async (t) => {
  const to = await tempFolder(t);
  const { code, text } = await runIn(folder, ['scripts/make-sbom.mjs', '--to', to]);
  assert.equal(code, 0, text);
  const { version, devDependencies } = JSON.parse(read('package.json')) as {
    version: string;
    devDependencies: Record<string, string>;
  };
  const bom = JSON.parse(readFileSync(path.join(to, `streamtrain-${version}.cdx.json`), 'utf8')) as Bom;
  assert.deepEqual([bom.bomFormat, bom.specVersion], ['CycloneDX', '1.5']);
  const { component } = bom.metadata;
  assert.deepEqual(
    [component.name, component.version, component.type],
    ['streamtrain', version, 'application'],
  );

  const found = new Map(bom.components.map((one) => [one.purl, one]));
  const digests = (purl: string) => found.get(purl)?.hashes.map(({ alg, content }) => `${alg} ${content}`);
  const { packages } = JSON.parse(read('package-lock.json')) as {
    packages: Record<string, { version: string; integrity?: string; dev?: boolean }>;
  };
  const wanted = Object.entries(packages).filter(
    ([name, { dev, integrity }]) => name !== '' && !dev && integrity,
  );
  assert.ok(wanted.length > 300, String(wanted.length));
  for (const [place, entry] of wanted) {
    const name = place.replace(/.*node_modules\//, '').replace('@', '%40');
    const digest = Buffer.from(entry.integrity!.replace(/^sha512-/, ''), 'base64').toString('hex');
    const purls = bom.components.filter(({ hashes }) => hashes.some(({ content }) => content === digest));
    assert.ok(purls.length > 0, `${name}@${entry.version}`);
  }
  for (const name of Object.keys(devDependencies).filter((one) => !one.startsWith('@types/')))
    assert.equal(found.get(`pkg:npm/${name.replace('@', '%40')}@${devDependencies[name]}`), undefined, name);

  for (const jar of [...KAFKA_JARS, ...FLINK_FILES, ...NIFI_FILES, ...SPARK.files]) {
    const [jarVersion, name, ...group] = jar.path.split('/').slice(0, -1).reverse();
    const purl = `pkg:maven/${group.reverse().join('.')}/${name}@${jarVersion}${jar.path.endsWith('.nar') ? '?type=nar' : ''}`;
    assert.deepEqual(digests(purl), [`SHA-256 ${jar.sha256}`], purl);
  }
  for (const { purl, sha256 } of SPARK.besides ?? []) assert.deepEqual(digests(purl), [`SHA-256 ${sha256}`]);
  assert.ok(found.has('pkg:pypi/pyspark@4.2.0'));
  const pins = [...read('scripts/python/locked.txt').matchAll(/^([\w.-]+)==([^\s\\;]+)/gm)];
  assert.ok(pins.length > 80);
  for (const [, name, pin] of pins) assert.ok((digests(`pkg:pypi/${name}@${pin}`) ?? []).length > 0, name);

  const refs = bom.components.map((one) => one['bom-ref']);
  assert.equal(new Set(refs).size, refs.length, 'a reference is there twice');
  const known = new Set([...refs, ...bom.dependencies.map(({ ref }) => ref)]);
  for (const { dependsOn } of bom.dependencies) for (const ref of dependsOn) assert.ok(known.has(ref), ref);
});
