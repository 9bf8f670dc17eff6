/** Users' own types show themselves, or are shown by what was registered for them. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { formatResult, formatValue } from '../../../src/kernel/display/format.ts';
import { displayMethod, registerDisplay, type Shown } from '../../../src/kernel/display/registry.ts';

class Celsius {
  readonly degrees: number;
  constructor(degrees: number) {
    this.degrees = degrees;
  }
}
/** Registers for the length of one test. */
function register(t: TestContext, show: (value: Celsius) => Shown): void {
  t.after(registerDisplay(Celsius, show));
}
const warm = new Celsius(21);

describe("a user's own type", () => {
  it('registered by its class is shown that way, subclasses too, with text beside', (t) => {
    register(t, ({ degrees }) => ({ 'text/html': `<b>${degrees}</b>` }));
    assert.deepEqual(formatValue(warm)?.data, {
      'text/html': '<b>21</b>',
      'text/plain': 'Celsius { degrees: 21 }',
    });
    class Body extends Celsius {}
    assert.equal(formatValue(new Body(37))?.data['text/html'], '<b>37</b>');
    assert.equal(formatValue({ degrees: 1 })?.data['text/html'], undefined);
  });

  it('registered by a predicate, by a function-made class, or for a built-in works as well', (t) => {
    t.after(registerDisplay((value) => value === 42, () => 'the answer')); // prettier-ignore
    assert.deepEqual(formatValue(42)?.data, { 'text/plain': 'the answer' });
    function Old() {}
    Object.assign(Old.prototype as object, { method: () => 0 });
    t.after(registerDisplay(Old as never, () => 'old'));
    assert.equal(formatValue(Object.create(Old.prototype as object))?.data['text/plain'], 'old');
    t.after(registerDisplay(URL, ({ href }) => ({ 'text/markdown': `<${href}>` })));
    assert.equal(formatValue(new URL('http://a.b/'))?.data['text/markdown'], '<http://a.b/>');
  });

  it('registered twice is shown the later way, and taking that back brings the earlier', (t) => {
    register(t, () => 'first');
    const back = registerDisplay(Celsius, () => 'second');
    assert.equal(formatValue(warm)?.data['text/plain'], 'second');
    back();
    assert.equal(formatValue(warm)?.data['text/plain'], 'first');
  });

  it("with Deno's Symbol.for('Jupyter.display') shows itself, at once or later, bytes as base64", async () => {
    const now = { [displayMethod]: () => ({ 'image/png': new Uint8Array([1, 2, 3]), 'text/plain': 'p' }) };
    assert.deepEqual(formatValue(now)?.data, { 'image/png': 'AQID', 'text/plain': 'p' });
    const later = { [displayMethod]: async () => ({ 'application/json': { a: 1n } }) };
    const { 'application/json': json } = (await formatResult(later))?.data ?? {};
    assert.deepEqual(json, { a: 1 });
    assert.match(String(formatValue(later)?.data['text/plain']), /Jupyter\.display/);
    const trapped = new Proxy(
      {},
      { get: (_, key) => (key === displayMethod ? () => ({ 'text/html': 'x' }) : 0) },
    );
    assert.equal(formatValue(trapped)?.data['text/html'], 'x');
  });

  const failures: [name: string, show: () => unknown, says: RegExp][] = [
    ['throws', () => { throw new Error('broken') }, /display of Celsius failed: broken\]\nCelsius \{ degrees: 21 \}/], // prettier-ignore
    ['rejects', () => Promise.reject(new Error('later')), /failed: later\]\nCelsius/],
    ['gives no bundle', () => ({ html: 1 }), /gave no MIME bundle but \{ html: 1 \}/],
    ['gives nothing', () => undefined, /gave no MIME bundle but undefined/],
    [
      'gives JSON that is none',
      () => ({ 'application/json': undefined }),
      /"application\/json" cannot be sent/,
    ],
  ];
  for (const [name, show, says] of failures) {
    it(`whose display ${name} is shown plainly, with the reason`, async (t) => {
      register(t, show as () => string);
      assert.match(String((await formatResult(warm))?.data['text/plain']), says);
    });
  }

  it('is not harmed by a predicate that throws', (t) => {
    t.after(registerDisplay((value) => (value as { a: { b: boolean } }).a.b, () => 'no')); // prettier-ignore
    assert.equal(formatValue(null)?.data['text/plain'], 'null');
  });
});
