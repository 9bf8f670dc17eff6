/** What registries answer, held against what was asked, by the client; and what the small one makes of odd requests. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startSchemaRegistry } from '../../../src/kafka/registry/local/server.ts';
import { schemaRegistry } from '../../../src/kafka/registry/registry.ts';
import { InvalidOptionError } from '../../../src/options.ts';
import { refused, says, scripted } from './helpers.ts';

describe('the client', () => {
  test('refuses subjects that lead to another address', async (t) => {
    const { url, seen } = await scripted(t, says(200, [1]));
    const registry = schemaRegistry({ url, retryForMs: 0 });
    for (const subject of ['', '.', '..', 7 as never]) {
      await assert.rejects(registry.versions(subject), InvalidOptionError);
      await assert.rejects(registry.version(subject), InvalidOptionError);
      await assert.rejects(registry.register(subject, { schema: 'int' }), InvalidOptionError);
      await assert.rejects(registry.lookUp(subject, { schema: 'int' }), InvalidOptionError);
    }
    assert.deepEqual(seen, []);
    assert.deepEqual(await registry.versions('..value'), [1]);
  });

  test('refuses answers that are not of the form that was asked for', async (t) => {
    const version = { subject: 'a', version: 1, id: 1, schema: '"int"' };
    const asks: [string, unknown, (registry: ReturnType<typeof schemaRegistry>) => Promise<unknown>][] = [
      ['subjects', [1], (registry) => registry.subjects()],
      ['subjects', { a: 1 }, (registry) => registry.subjects()],
      ['versions', ['x'], (registry) => registry.versions('a')],
      ['versions', [0], (registry) => registry.versions('a')],
      ['version', { ...version, version: 'x' }, (registry) => registry.version('a')],
      ['version', { ...version, subject: undefined }, (registry) => registry.version('a')],
      ['version', null, (registry) => registry.version('a')],
      ['kind', { ...version, schemaType: 5 }, (registry) => registry.version('a')],
      ['schema', null, (registry) => registry.schema(1)],
      ['references', { schema: '"R"', references: [{ name: 'R' }] }, (registry) => registry.schema(1)],
      ['references', { schema: '"R"', references: 'R' }, (registry) => registry.schema(1)],
      ['compatible', {}, (registry) => registry.isCompatible('a', { schema: 'int' })],
    ];
    for (const [what, answer, ask] of asks) {
      const { url } = await scripted(t, says(200, answer));
      await assert.rejects(
        ask(schemaRegistry({ url, retryForMs: 0 })),
        refused(200, undefined, /answer/),
        what,
      );
    }
  });

  test('does not follow schemas that refer to themselves', async (t) => {
    const references = [{ name: 'R', subject: 'r', version: 1 }];
    const { url, seen } = await scripted(t, says(200, { schema: '"R"', references }));
    await assert.rejects(schemaRegistry({ url }).schema(1), refused(200, undefined, /refers to itself/));
    assert.equal(seen.length, 2);
  });

  test('asks once where no waiting helps: an answer without end, a secret that no header holds', async (t) => {
    const { url, seen } = await scripted(t, (response) => {
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(2 ** 20, 32)));
      };
      response.on('drain', more);
      more();
    });
    await assert.rejects(
      schemaRegistry({ url, retryForMs: 300_000 }).schema(1),
      refused(200, undefined, /an answer of more than 16777216 bytes/),
    );
    assert.equal(seen.length, 1);
    const odd = schemaRegistry({ url, auth: { token: 'a\nb' }, retryForMs: 300_000 });
    await assert.rejects(odd.subjects(), refused(0, undefined, /cannot be asked/));
  });
});

describe('the small registry', () => {
  test('keeps texts as they were sent, wherever the network cut them', async (t) => {
    const local = await startSchemaRegistry();
    t.after(() => local.close());
    const registry = schemaRegistry({ url: local.url, retryForMs: 0 });
    const schema = { type: 'record', name: 'R', doc: 'ä'.repeat(200_001), fields: [] };
    const id = await registry.register('long', { schema });
    assert.equal((await registry.schema(id))?.text, JSON.stringify(schema));
  });

  test('answers what is too long, no address or no object with a refusal', async (t) => {
    const local = await startSchemaRegistry();
    t.after(() => local.close());
    const registry = schemaRegistry({ url: local.url });
    const schema = { type: 'record', name: 'R', doc: 'a'.repeat(3_000_000), fields: [] };
    await assert.rejects(registry.register('long', { schema }), refused(413, 413, /more than 1000000 bytes/));
    assert.equal((await fetch(`${local.url}/subjects/%zz/versions`)).status, 400);
    for (const body of ['null', '7', '"x"'])
      assert.equal((await fetch(`${local.url}/subjects/a`, { method: 'POST', body })).status, 400);
  });

  test('refuses references of one name to two schemas, as the codecs do; one schema twice is one', async (t) => {
    const local = await startSchemaRegistry();
    t.after(() => local.close());
    const registry = schemaRegistry({ url: local.url, retryForMs: 0 });
    const sizes = [{ maximum: 1 }, { maximum: 2 }];
    const to = (subject: string) => ({ name: 'size.json', subject, version: 1 });
    for (const [i, schema] of sizes.entries()) {
      await registry.register(`size-${i}`, { kind: 'JSON', schema });
      const outer = { properties: { [`p${i}`]: { $ref: 'size.json' } } };
      await registry.register(`outer-${i}`, { kind: 'JSON', schema: outer, references: [to(`size-${i}`)] });
    }
    const whole = { kind: 'JSON', schema: { allOf: [{ $ref: 'a.json' }, { $ref: 'b.json' }] } } as const;
    const both = (a: string, b: string) => [
      { name: 'a.json', subject: a, version: 1 },
      { name: 'b.json', subject: b, version: 1 },
    ];
    await assert.rejects(
      registry.register('whole', { ...whole, references: both('outer-0', 'outer-1') }),
      refused(422, 42201, /size\.json/),
    );
    const id = await registry.register('whole', { ...whole, references: both('outer-0', 'outer-0') });
    assert.equal((await registry.schema(id))?.references.length, 3);
  });
});
