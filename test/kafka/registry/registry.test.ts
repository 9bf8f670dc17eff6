/** The client of schema registries: what it asks, how long it waits, whom it trusts, and what it says when it is refused. */
import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { inspect } from 'node:util';
import {
  SchemaIncompatibleError,
  SchemaPendingError,
  SchemaRegistryAwayError,
} from '../../../src/kafka/registry/errors.ts';
import { startSchemaRegistry, type LocalRegistryOptions } from '../../../src/kafka/registry/local/server.ts';
import { schemaRegistry, type SchemaRegistryOptions } from '../../../src/kafka/registry/registry.ts';
import { KafkaSettingsError } from '../../../src/kafka/errors.ts';
import { InvalidOptionError, UnknownOptionError } from '../../../src/options.ts';
import { makeCertificates } from '../../helpers/certificates.ts';
import { refused, says, scripted } from './helpers.ts';

const cell = (...fields: object[]): object => ({ type: 'record', name: 'Cell', fields });
const first = cell({ name: 'a', type: 'int' });
const second = cell({ name: 'a', type: 'long' }, { name: 'b', type: 'double', default: 0 });

async function registryFor(
  t: TestContext,
  server: LocalRegistryOptions = {},
  client: Partial<SchemaRegistryOptions> = {},
) {
  const local = await startSchemaRegistry(server);
  t.after(() => local.close());
  return { local, registry: schemaRegistry({ url: local.url, retryForMs: 0, ...client }) };
}

describe('subjects and ids', () => {
  test('one schema has one id, whichever subjects have it; versions count from 1', async (t) => {
    const { local, registry } = await registryFor(t);
    assert.deepEqual(await registry.subjects(), []);
    assert.equal(await registry.register('cells-value', { schema: first }), 1);
    assert.equal(await registry.register('cells-value', { schema: JSON.stringify(first, null, 2) }), 1);
    assert.equal(await registry.register('cells-value', { schema: second }), 2);
    assert.equal(await registry.register('a b/ü', { schema: second }), 2);
    assert.deepEqual(await registry.subjects(), ['a b/ü', 'cells-value']);
    assert.deepEqual(await registry.versions('cells-value'), [1, 2]);
    const { version, id, kind, schema } = await registry.version('cells-value');
    assert.deepEqual([version, id, kind, JSON.parse(schema)], [2, 2, 'AVRO', second]);
    assert.equal((await registry.lookUp('cells-value', { schema: first })).version, 1);
    assert.ok(local.requests.includes('POST /subjects/cells-value/versions'));
  });

  test('a schema is fetched once, however many ask, and what is not known says 404 with its code', async (t) => {
    const { local, registry } = await registryFor(t);
    await registry.register('cells-value', { schema: first });
    const all = await Promise.all([registry.schema(1), registry.schema(1), registry.schema(1)]);
    assert.deepEqual(JSON.parse(all[2]!.text), first);
    assert.equal(registry.known(1), all[0]);
    assert.equal(await registry.schema(99), undefined);
    assert.equal(registry.known(99), undefined);
    assert.deepEqual(
      local.requests.filter((one) => one.includes('/ids/')),
      ['GET /schemas/ids/1', 'GET /schemas/ids/99'],
    );
    assert.throws(
      () => registry.known(3),
      (error) => error instanceof SchemaPendingError && error.id === 3 && error.canRetry,
    );
    await assert.rejects(
      registry.versions('none'),
      refused(404, 40401, /Subject 'none' not found.*HTTP 404, code 40401/),
    );
    await assert.rejects(registry.version('cells-value', 7), refused(404, 40402, /Version 7 not found/));
    await assert.rejects(
      registry.lookUp('cells-value', { schema: second }),
      refused(404, 40403, /Schema not found/),
    );
    await assert.rejects(
      registry.register('x', { schema: { type: 'nothing' } }),
      refused(422, 42201, /Invalid schema/),
    );
  });

  test('an incompatible version is refused by the level of the subject', async (t) => {
    const { registry } = await registryFor(t);
    await registry.register('cells-value', { schema: first });
    const bare = cell({ name: 'a', type: 'int' }, { name: 'b', type: 'double' });
    assert.equal(await registry.isCompatible('cells-value', { schema: second }), true);
    assert.equal(await registry.isCompatible('cells-value', { schema: bare }), false);
    await assert.rejects(
      registry.register('cells-value', { schema: bare }),
      (error) => error instanceof SchemaIncompatibleError && /default-less Cell.b/.test(error.message),
    );
    await registry.setCompatibility('cells-value', 'FORWARD');
    assert.equal(await registry.isCompatible('cells-value', { schema: bare }), true);
    assert.equal(await registry.isCompatible('cells-value', { schema: second }), false);
    await registry.setCompatibility('cells-value', 'NONE');
    assert.equal(await registry.register('cells-value', { schema: cell({ name: 'z', type: 'string' }) }), 2);
    await registry.setCompatibility('cells-value', 'BACKWARD_TRANSITIVE');
    assert.equal(
      await registry.isCompatible('cells-value', { schema: cell({ name: 'z', type: 'string' }) }),
      true,
    );
    await assert.rejects(registry.setCompatibility('cells-value', 'SIDEWAYS' as never), InvalidOptionError);
  });

  test('schemas that refer to others come with them', async (t) => {
    const { registry } = await registryFor(t);
    const kind = { type: 'enum', name: 'Kind', symbols: ['x', 'y'] };
    await registry.register('kind', { schema: kind });
    const references = [{ name: 'Kind', subject: 'kind', version: 1 }];
    const id = await registry.register('cells-value', {
      schema: cell({ name: 'k', type: 'Kind' }),
      references,
    });
    assert.deepEqual((await registry.schema(id))?.references, [{ name: 'Kind', text: JSON.stringify(kind) }]);
    await assert.rejects(
      registry.register('c', { schema: cell({ name: 'k', type: 'Kind' }) }),
      refused(422, 42201, /Kind/),
    );
  });
});

describe('a registry that is away', () => {
  test('is asked again until it answers', async (t) => {
    const { url, seen } = await scripted(
      t,
      says(503, 'down'),
      says(429, {}),
      (response) => response.destroy(),
      says(200, { schema: '"int"' }),
    );
    const registry = schemaRegistry({ url, retryForMs: 20_000 });
    assert.equal((await registry.schema(4))?.text, '"int"');
    assert.deepEqual(seen, Array(4).fill('GET /schemas/ids/4'));
  });

  test('is asked at once over a new connection where it closed an idle one', async (t) => {
    const resets = (response: { destroy(): void }) => void response.destroy();
    const { url, seen } = await scripted(t, says(200, { schema: '"int"' }), resets, resets);
    const registry = schemaRegistry({ url, retryForMs: 0 });
    assert.equal((await registry.schema(1))?.text, '"int"');
    // The connection of the first answer is used again, and no third one is opened.
    await assert.rejects(registry.schema(2), /1 try: socket hang up/);
    assert.deepEqual(seen, ['GET /schemas/ids/1', 'GET /schemas/ids/2', 'GET /schemas/ids/2']);
  });

  test('is asked once more where this process stood still while it should have answered', async (t) => {
    const { url } = await scripted(t, says(200, { schema: '"int"' }));
    const schema = schemaRegistry({ url, timeoutMs: 1_000, retryForMs: 0 }).schema(4);
    const until = performance.now() + 3_000;
    setImmediate(() => {
      while (performance.now() < until);
    });
    assert.equal((await schema)?.text, '"int"');
  });

  test('and stays away ends in an error that says so, not in a row left out', async (t) => {
    const { url } = await scripted(t, says(500, { error_code: 50001, message: 'store' }));
    const away = (text: RegExp) => (error: unknown) =>
      error instanceof SchemaRegistryAwayError && error.canRetry && text.test(error.message);
    await assert.rejects(schemaRegistry({ url, retryForMs: 300 }).schema(1), away(/HTTP 500/));
    const closed = await startSchemaRegistry();
    await closed.close();
    await assert.rejects(
      schemaRegistry({ url: closed.url, retryForMs: 0 }).schema(1),
      away(/1 try: .*ECONNREFUSED/),
    );
    const silent = await scripted(t, () => {});
    const registry = schemaRegistry({ url: silent.url, timeoutMs: 300, retryForMs: 0 });
    await assert.rejects(registry.schema(1), away(/no answer in 300 ms/));
    // It is asked again, for there was no answer to remember.
    await assert.rejects(registry.schema(1), away(/no answer/));
    assert.equal(silent.seen.length, 2);
  });

  test('something else at the address is told', async (t) => {
    const { url } = await scripted(t, says(200, '<html>'), says(404, '<html>'), says(200, { nothing: 1 }));
    const registry = schemaRegistry({ url, retryForMs: 0 });
    await assert.rejects(
      registry.schema(1),
      refused(200, undefined, /no JSON; this may be no schema registry/),
    );
    await assert.rejects(registry.schema(1), refused(404, undefined, /may be no schema registry/));
    await assert.rejects(registry.schema(1), refused(200, undefined, /holds no schema/));
  });
});

describe('whom it trusts', () => {
  const auth = { username: 'ann', password: 'correct horse' };

  test('credentials are sent and never shown', async (t) => {
    const { local, registry } = await registryFor(t, { auth }, { auth });
    await registry.register('cells-value', { schema: first });
    await assert.rejects(
      schemaRegistry({ url: local.url }).subjects(),
      refused(401, 401, /Unauthorized.*Give auth/),
    );
    const wrong = schemaRegistry({ url: local.url.replace('//', '//ann:wrong@') });
    await assert.rejects(
      wrong.subjects(),
      (error) => !inspect(error).includes('wrong') && /Unauthorized/.test(String(error)),
    );
    const inUrl = schemaRegistry({ url: local.url.replace('//', '//ann:correct%20horse@') });
    assert.deepEqual(await inUrl.subjects(), ['cells-value']);
    assert.equal(inUrl.url, local.url);
    assert.ok(!inspect(inUrl, { depth: 9, showHidden: true }).includes('horse'));
  });

  test('TLS: an authority that was given, and no other', async (t) => {
    const { ca, otherCa, server } = await makeCertificates();
    const { local, registry } = await registryFor(t, { tls: server }, { tls: { ca } });
    assert.deepEqual(await registry.subjects(), []);
    // At once: waiting does not help.
    const other = schemaRegistry({ url: local.url, tls: { ca: otherCa }, retryForMs: 300_000 });
    await assert.rejects(
      other.subjects(),
      refused(0, undefined, /cannot be asked GET \/subjects: .*CERT|VERIFY/),
    );
    assert.throws(() => schemaRegistry({ url: local.url, tls: { ca: 'no such file' } }), KafkaSettingsError);
  });

  test('redirects are followed, but not with credentials to somebody else, and not in a circle', async (t) => {
    const target = await scripted(t, says(200, ['x']));
    const moved = await scripted(t, says(307, '', { location: `${target.url}/subjects` }));
    assert.deepEqual(await schemaRegistry({ url: moved.url }).subjects(), ['x']);
    await assert.rejects(
      schemaRegistry({ url: moved.url, auth }).subjects(),
      refused(307, undefined, /not given the credentials/),
    );
    assert.equal(target.seen.length, 1);
    const circle = await scripted(t, says(302, '', { location: '/subjects' }));
    await assert.rejects(
      schemaRegistry({ url: circle.url }).subjects(),
      refused(302, undefined, /more than 5 redirects/),
    );
    await assert.rejects(
      schemaRegistry({ url: circle.url }).register('x', { schema: first }),
      refused(302, undefined, /give that address/),
    );
    const nowhere = await scripted(t, says(301, ''));
    await assert.rejects(
      schemaRegistry({ url: nowhere.url }).subjects(),
      refused(301, undefined, /without an address/),
    );
    const file = await scripted(t, says(301, '', { location: 'file:///etc/passwd' }));
    await assert.rejects(
      schemaRegistry({ url: file.url }).subjects(),
      refused(301, undefined, /not as safe/),
    );
  });

  test('options that make no sense are refused at once', () => {
    const url = 'http://127.0.0.1:8081';
    for (const wrong of [
      { url: 'kafka:9092' },
      { url: `${url}?a=1` },
      { url, auth: { user: 'x' } },
      { url, timeoutMs: 0 },
      { url, retryForMs: Infinity },
      { url: 'http://a%zz:b@127.0.0.1:8081' },
      { url, tls: {} },
    ])
      assert.throws(() => schemaRegistry(wrong as never), InvalidOptionError, JSON.stringify(wrong));
    assert.throws(() => schemaRegistry({ url, retryFor: 1 } as never), UnknownOptionError);
    for (const secret of ['nothing//ann:secret@x', 'http://ann:secret%zz@x', 'http://secret%zz:b@x'])
      assert.throws(
        () => schemaRegistry({ url: secret }),
        (error) => error instanceof InvalidOptionError && !inspect(error).includes('secret'),
      );
  });
});
