/** Where outputs go that code prints and shows below controls: the newest run of `interact`, and places with a bound. */
import assert from 'node:assert/strict';
import { AsyncResource } from 'node:async_hooks';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { sinkOfCaller } from '../../src/kernel/runner/cell-streams.ts';
import { IntSlider, interact, Output } from '../../src/widgets/index.ts';
import { displayMethod } from '../../src/widgets/kernel-hook.ts';
import { OutputList } from '../../src/widgets/output-list.ts';
import { withFrontEnd, type FrontEnd } from './kernel.ts';

interface Stored {
  readonly text?: string;
  readonly data?: Record<string, unknown>;
}

/** What the newest place for outputs holds. */
function lastOutputs({ sent }: FrontEnd): readonly Stored[] {
  const states = sent.map(({ data }) => data['state'] as { outputs?: Stored[] } | undefined);
  return states.findLast((state) => state?.outputs)?.outputs ?? [];
}

/** Shows what `interact` has shown. */
function open({ shown }: FrontEnd): void {
  (shown.at(-1) as { [displayMethod](): unknown })[displayMethod]();
}

/** Something that prints under whoever calls this now, whenever it is called. */
function captureLater(text: string): () => void {
  return AsyncResource.bind(() => sinkOfCaller()?.text('stdout', text));
}

test('interact runs again for the newest values only, and shows what fails', () =>
  withFrontEnd(async (front) => {
    const seen: number[] = [];
    let finish = () => {};
    const slider = new IntSlider({ value: 1 });
    await interact(
      async ({ n, log }) => {
        seen.push(n);
        if (n === 2) await new Promise<void>((resolve) => (finish = resolve));
        if (n === 5) throw new RangeError('five');
        return log ? { n } : undefined;
      },
      { n: slider, log: true },
    );
    const [panel] = front.shown as { [displayMethod](): Record<string, unknown> }[];
    const twin = panel![displayMethod]();
    assert.match(String(twin['text/plain']), /^IntSlider n: 1 .*\nCheckbox log: yes\n\{ n: 1 \}$/);
    for (const value of [2, 3, 4]) slider.value = value;
    finish();
    const outputs = () =>
      front.sent.filter(({ data }) => (data['state'] as Record<string, unknown> | undefined)?.['outputs']);
    const count = outputs().length;
    while (outputs().length < count + 2) await new Promise((go) => setImmediate(go));
    assert.deepEqual(seen, [1, 2, 4]);
    slider.value = 5;
    while (outputs().length < count + 3) await new Promise((go) => setImmediate(go));
    const last = (outputs().at(-1)!.data['state'] as { outputs: { ename: string; evalue: string }[] })
      .outputs[0]!;
    assert.deepEqual([last.ename, last.evalue], ['RangeError', 'five']);
    await assert.rejects(interact(() => { throw new RangeError('first'); }, { n: true }), /first/); // prettier-ignore
    await assert.rejects(
      interact(() => {}, { n: [1] as never }),
      /\[min, max, step\]/,
    );
  }));

test('what interact prints later on is shown, too, unless a newer value has taken its place', () =>
  withFrontEnd(async (front) => {
    const slider = new IntSlider({ value: 1 });
    const say = new Map<number, () => void>();
    await interact(({ n }) => void say.set(n, captureLater(`late ${n}\n`)), { n: slider });
    open(front);
    const texts = () => lastOutputs(front).map(({ text }) => text);
    say.get(1)!();
    while (texts().length === 0) await pause(5);
    assert.deepEqual(texts(), ['late 1\n']);
    slider.value = 2;
    while (!say.has(2)) await pause(1);
    say.get(1)!();
    say.get(2)!();
    while (texts()[0] !== 'late 2\n') await pause(5);
    assert.deepEqual(texts(), ['late 2\n']);
  }));

test('after an interrupt, which may have cut off the run under way, interact runs for the next value', () =>
  withFrontEnd(async (front) => {
    const slider = new IntSlider({ value: 1 });
    const ends = new Map<number, () => void>();
    await interact(
      async ({ n }) => {
        if (n !== 1) await new Promise<void>((go) => ends.set(n, go));
        return n;
      },
      { n: slider },
    );
    open(front);
    slider.value = 2;
    slider.value = 3;
    assert.deepEqual([...ends.keys()], [2]);
    front.interrupts += 1;
    slider.value = 4;
    assert.deepEqual([...ends.keys()], [2, 4]);
    ends.get(4)!();
    const shown = () => lastOutputs(front).map(({ data }) => data?.['text/plain']);
    while (shown()[0] !== '4') await pause(1);
    ends.get(2)!();
    await pause(30);
    assert.deepEqual(shown(), ['4'], 'the run that was given up shows nothing');
    slider.value = 5;
    while (!ends.has(5)) await pause(1);
    ends.get(5)!();
    while (shown()[0] !== '5') await pause(1);
  }));

test('text of a place for outputs is bounded, and what is left out is counted', () => {
  const output = new Output();
  assert.equal(output.outputs.length, 0);
  return withFrontEnd(() => {
    for (let line = 0; line < 30_000; line += 1) output.print(`line ${line}\n`);
    const [{ text }] = output.outputs as unknown as [{ text: string }];
    const left = Number(/^\[(\d+) characters before this are left out\]/.exec(text)?.[1]);
    const all = Array.from({ length: 30_000 }, (_, line) => `line ${line}\n`).join('').length;
    assert.equal(left + text.length - text.indexOf('\n') - 1, all);
    assert.ok(text.endsWith('line 29999\n'));
    output.close();
  });
});

test('a place for outputs is bounded as a whole: the oldest go, and are counted', () =>
  withFrontEnd(async () => {
    const output = new Output();
    for (let at = 0; at < 600; at += 1) await output.show(at);
    const texts = (at: number) => (output.outputs as readonly Stored[]).at(at)!;
    assert.equal(output.outputs.length, 501);
    assert.equal(texts(0).text, '[100 outputs before this are left out]\n');
    assert.equal(texts(1).data?.['text/plain'], '100');
    const big = {
      [displayMethod]: () => ({ 'text/plain': 'a picture', 'image/png': 'A'.repeat(2_000_000) }),
    };
    for (let at = 0; at < 5; at += 1) await output.show(big);
    assert.equal(output.outputs.length, 3);
    assert.equal(texts(0).text, '[603 outputs before this are left out]\n');
    output.clear();
    assert.deepEqual(output.outputs, []);
    output.close();
  }));

test('outputs of one stream stand together; an update changes all of its id, and a clearing that waits comes with the next', () => {
  const list = new OutputList();
  let changes = 0;
  list.onChange(() => (changes += 1));
  list.text('stdout', 'a');
  list.text('stdout', 'b');
  list.text('stderr', 'c');
  for (const text of ['old', 'old']) list.display({ data: { 'text/plain': text }, id: 'one' });
  assert.equal(list.display({ data: { 'text/plain': 'new' }, id: 'one', update: true }), true);
  assert.equal(list.display({ data: { 'text/plain': 'x' }, id: 'none', update: true }), false);
  const what = () =>
    list.outputs.map(({ text, data, evalue }) => text ?? evalue ?? (data as Stored['data'])?.['text/plain']);
  assert.deepEqual(what(), ['ab', 'c', 'new', 'new']);
  list.clear(true);
  assert.equal(what().length, 4, 'nothing has come as yet');
  list.error(new RangeError('far'));
  assert.deepEqual([what(), changes], [['far'], 8]);
});

test('a still list keeps the picture of a figure, and what has none as it is', () => {
  const list = new OutputList({ isStill: true });
  const plotly = { 'application/vnd.plotly.v1+json': {} };
  list.display({ data: { ...plotly, 'image/png': 'p' } });
  list.display({ data: plotly });
  assert.deepEqual(
    list.outputs.map(({ data }) => data),
    [{ 'image/png': 'p' }, plotly],
  );
});
