/** Controls over the widget protocol: the states that ipywidgets sends, moves both ways, waits that end, still twins. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { projectAt, venvPython } from '../../src/install/index.ts';
import { InvalidOptionError } from '../../src/options.ts';
import * as widgets from '../../src/widgets/index.ts';
import { displayMethod } from '../../src/widgets/kernel-hook.ts';
import { withFrontEnd } from './kernel.ts';

const { AnyWidget, Button, Dropdown, FloatLogSlider, FloatSlider, IntSlider, Output, Tabs, VBox } = widgets;

const controls = (): Record<string, widgets.Widget> => ({
  IntSlider: new IntSlider({ description: 'a', value: 3, min: 1, max: 10 }),
  FloatSlider: new FloatSlider({ description: 'a', value: 0.5 }),
  FloatLogSlider: new FloatLogSlider({ description: 'a', value: 0.001, min: -4, max: -1 }),
  IntProgress: new widgets.IntProgress({ description: 'a', value: 3, max: 10 }),
  Dropdown: new Dropdown({ description: 'a', options: ['x', 'y'], value: 'y' }),
  ToggleButtons: new widgets.ToggleButtons({ description: 'a', options: ['x', 'y'], value: 'y' }),
  Checkbox: new widgets.Checkbox({ description: 'a', value: true }),
  Text: new widgets.Text({ description: 'a', value: 'b' }),
  Label: new widgets.Label({ value: 'b' }),
  HTML: new widgets.HTML({ value: 'b' }),
  Button: new Button({ description: 'a', icon: 'play' }),
  HBox: new widgets.HBox([]),
  VBox: new VBox([]),
  Tabs: new Tabs({ a: new widgets.Label() }),
  Output: new Output(),
});

const show = (widget: widgets.Widget) => widget[displayMethod]() as Record<string, unknown>;

test('what is sent for each control is what ipywidgets sends', () =>
  withFrontEnd((front) => {
    const python = venvPython(projectAt());
    const printed = execFileSync(python, [path.join(import.meta.dirname, 'states.py')], { encoding: 'utf8' });
    const theirs = JSON.parse(printed) as Record<string, Record<string, Record<string, unknown> | null>>;
    const ours = controls();
    assert.deepEqual(Object.keys(ours), Object.keys(theirs));
    const references = { layout: 'IPY_MODEL', style: 'IPY_MODEL', children: [] };
    const plain = (state: Record<string, unknown>) =>
      Object.fromEntries(
        Object.entries(state).map(([name, value]) => [name, Object.hasOwn(references, name) ? '' : value]),
      );
    const partOf = (state: Record<string, unknown>, part: string) =>
      front.opened(String(state[part]).replace('IPY_MODEL_', ''));
    for (const [name, widget] of Object.entries(ours)) {
      show(widget);
      const state = front.opened(widget.id);
      assert.deepEqual(plain(state), plain(theirs[name]!['control']!), name);
      for (const part of ['layout', 'style']) {
        const wanted = theirs[name]![part];
        if (!wanted) continue;
        // Ours leave out what is not set, and let descriptions have the room they need.
        const got = { ...wanted, ...partOf(state, part) };
        if ('description_width' in wanted) assert.equal(got['description_width'], 'initial', name);
        assert.deepEqual(
          { ...got, description_width: '' },
          { ...wanted, description_width: '' },
          `${name}'s ${part}`,
        );
      }
    }
  }));

test('a slider is moved by either side; each is told, and the front end has its echo', () =>
  withFrontEnd(async (front) => {
    const slider = new IntSlider({ description: 'epochs', value: 3, min: 1, max: 10 });
    const heard: [number, number][] = [];
    const stop = slider.observe((value, before) => void heard.push([value, before]));
    const { 'application/vnd.jupyter.widget-view+json': view, ...twin } = show(slider);
    assert.deepEqual(view, { version_major: 2, version_minor: 0, model_id: slider.id });
    assert.equal(twin['text/plain'], 'IntSlider epochs: 3 (1 to 10)');
    await front.send(slider.id, { method: 'update', state: { value: 7 }, buffer_paths: [] });
    assert.equal(slider.value, 7);
    slider.value = 8;
    assert.deepEqual(heard, [[7, 3], [8, 7]]); // prettier-ignore
    assert.deepEqual(front.messages(slider.id), [
      { method: 'echo_update', state: { value: 7 }, buffer_paths: [] },
      { method: 'update', state: { value: 8 }, buffer_paths: [] },
    ]);
    stop();
    slider.value = 9;
    assert.equal(heard.length, 2);
  }));

test('values that cannot be are refused: in code by an error, of the front end by the value before', () =>
  withFrontEnd(async (front) => {
    const slider = new IntSlider({ value: 3, max: 10 });
    show(slider);
    for (const value of [11, 2.5, NaN]) assert.throws(() => (slider.value = value), InvalidOptionError);
    await front.send(slider.id, { method: 'update', state: { value: '5' } });
    assert.equal(slider.value, 3);
    assert.deepEqual(front.messages(slider.id).at(-1), {
      method: 'update',
      state: { value: 3 },
      buffer_paths: [],
    });
    const rate = new FloatLogSlider({ value: 0.1, min: -4, max: -1 });
    show(rate);
    await front.send(rate.id, { method: 'update', state: { value: 10 ** -4 } });
    assert.equal(rate.value, 10 ** -4);
    assert.throws(() => new IntSlider({ min: 5, max: 1 }), /at most max/);
    assert.throws(() => new FloatSlider({ value: 2 }), /ST_|value/);
    assert.throws(() => new Dropdown({ options: [] }), /at least one/);
    assert.throws(() => new IntSlider({ maximum: 3 } as object), /has no option "maximum"/);
  }));

test('a loop over a slider has the value now, then the newest of those that come', () =>
  withFrontEnd(async (front) => {
    const slider = new IntSlider({ value: 1 });
    show(slider);
    const seen: number[] = [];
    const loop = (async () => {
      for await (const value of slider) {
        seen.push(value);
        if (value === 4) break;
        await front.send(slider.id, { method: 'update', state: { value: value + 1 } });
        await front.send(slider.id, { method: 'update', state: { value: value + 3 } });
      }
    })();
    await loop;
    assert.deepEqual(seen, [1, 4]);
    front.isAttended = false;
    const alone: number[] = [];
    for await (const value of slider) alone.push(value);
    assert.deepEqual(alone, [4], 'where nobody moves it, the loop ends');
    await assert.rejects(
      slider.until((value) => value > 50),
      { code: 'ST_WIDGETS_UNATTENDED' },
    );
    assert.equal(await slider.until((value) => value === 4), 4);
  }));

test('closing ends loops and waits', () =>
  withFrontEnd(async (front) => {
    const slider = new IntSlider({ value: 1 });
    show(slider);
    const values = slider[Symbol.asyncIterator]();
    assert.deepEqual(await values.next(), { done: false, value: 1 });
    const [next, wait] = [values.next(), assert.rejects(slider.until((value) => value === 2), { code: 'ST_WIDGETS_CLOSED' })]; // prettier-ignore
    slider.close();
    assert.deepEqual(await next, { done: true, value: undefined });
    await wait;
    const closed = front.sent.filter(({ action }) => action === 'close').map(({ id }) => id);
    assert.equal(closed[0], slider.id);
    assert.equal(closed.length, 3, 'its layout and style, too');
  }));

test('a page that is loaded again is told all states', () =>
  withFrontEnd(async (front) => {
    const tabs = new Tabs({ one: new Button({ description: 'go' }), two: new FloatSlider() });
    show(tabs);
    await front.act('open', 'page', 'jupyter.widget.control', {});
    await front.send('page', { method: 'request_states' });
    const { method, states } = front.messages('page')[0] as { method: string; states: Record<string, { model_name: string; state: object }> }; // prettier-ignore
    assert.equal(method, 'update_states');
    assert.equal(states[tabs.id]?.model_name, 'TabModel');
    assert.deepEqual(states[tabs.id]?.state, front.opened(tabs.id));
    await front.send(tabs.id, { method: 'request_state' });
    assert.deepEqual(front.messages(tabs.id)[0], {
      method: 'update',
      state: front.opened(tabs.id),
      buffer_paths: [],
    });
  }));

test('what JSON refuses changes no state, and keeps no other control from a page that is loaded again', () =>
  withFrontEnd(async (front) => {
    const own = new AnyWidget<{ part: Record<string, unknown> }>({ esm: '', state: { part: { n: 1 } } });
    const slider = new IntSlider({ value: 3 });
    show(own);
    show(slider);
    assert.throws(() => (own.value = { part: { n: 1n } }), { code: 'ST_KERNEL_COMM_CONTENT' });
    assert.deepEqual(own.value, { part: { n: 1 } });
    const { part }: { part: Record<string, unknown> } = own.value;
    part['n'] = 1n;
    await front.act('open', 'page', 'jupyter.widget.control', {});
    await front.send('page', { method: 'request_states' });
    const [{ states }] = front.messages('page') as [{ states: Record<string, object> }];
    assert.deepEqual([own.id in states, slider.id in states], [false, true]);
    assert.match(String(front.errors), /controls left out: 1/);
    own.close();
  }));

test('a listener that throws does not silence the others, and its failure is said', () =>
  withFrontEnd(async (front) => {
    const fail = () => {
      throw new Error('of a listener');
    };
    const [slider, button] = [new IntSlider({ value: 3 }), new Button()];
    const own = new AnyWidget({ esm: '', state: {} });
    const heard: string[] = [];
    slider.observe(fail);
    slider.observe(() => void heard.push('moved'));
    button.onClick(fail);
    button.onClick(() => void heard.push('clicked'));
    own.onMessage(fail);
    own.onMessage(() => void heard.push('sent'));
    for (const widget of [slider, button, own]) show(widget);
    await front.send(slider.id, { method: 'update', state: { value: 4 } });
    await front.send(button.id, { method: 'custom', content: { event: 'click' } });
    await front.send(own.id, { method: 'custom', content: {} });
    assert.deepEqual(heard, ['moved', 'clicked', 'sent']);
    assert.equal(front.errors.length, 3);
  }));

test('a click that cannot come any more is not waited for', () =>
  withFrontEnd(async (front) => {
    const button = new Button();
    show(button);
    const wait = button.clicked();
    await front.send(button.id, { method: 'custom', content: { event: 'click' } });
    await wait;
    const closed = { code: 'ST_WIDGETS_CLOSED' };
    const waits = assert.rejects(button.clicked(), closed);
    button.close();
    await waits;
    await assert.rejects(button.clicked(), closed);
  }));

test('bytes in the state of a control of one’s own go beside the JSON, both ways', () =>
  withFrontEnd(async (front) => {
    const own = new AnyWidget({ esm: 'export default {}', state: { pixels: new Uint8Array([1, 2]), n: 1 } });
    show(own);
    const opening = front.sent.find(({ id }) => id === own.id)!;
    assert.deepEqual([opening.data['buffer_paths'], opening.buffers], [[['pixels']], ['AQI=']]);
    await front.send(
      own.id,
      { method: 'update', state: { pixels: null, n: 2 }, buffer_paths: [['pixels']] },
      ['BQY='],
    );
    assert.deepEqual(own.value, { pixels: new Uint8Array([5, 6]), n: 2 });
    const sent: unknown[] = [];
    own.onMessage((content, [bytes]) => void sent.push(content, [...bytes!]));
    await front.send(own.id, { method: 'custom', content: { hi: 1 } }, ['Bw==']);
    assert.deepEqual(sent, [{ hi: 1 }, [7]]);
    own.send({ back: 2 });
    assert.deepEqual(front.messages(own.id).at(-1), { method: 'custom', content: { back: 2 } });
    assert.throws(() => new AnyWidget({ esm: '', state: { _esm: 1 } }), /names that are not taken/);
  }));

test('elsewhere than in the kernel a control stands still, and says so', async (t) => {
  const slider = new FloatSlider({ description: 'threshold' });
  assert.match(
    inspect(slider),
    /^FloatSlider threshold: 0.5 \(0 to 1\) \(it stands still here: .*streamtrain/,
  );
  assert.deepEqual(Object.keys(show(slider)), ['text/plain', 'text/html']);
  const printed = t.mock.method(console, 'log', () => {});
  await widgets.interact(({ threshold }) => `at ${threshold}`, { threshold: [0, 1, 0.01] });
  const lines = printed.mock.calls.map(({ arguments: [text] }) => String(text));
  assert.match(lines[0]!, /^FloatSlider threshold: 0.5 .*stands still/);
  assert.equal(lines[1], 'at 0.5');
  const values: number[] = [];
  for await (const value of slider) values.push(value);
  assert.deepEqual(values, [0.5]);
  await assert.rejects(new Button({ description: 'go' }).clicked(), { code: 'ST_WIDGETS_UNATTENDED' });
});

test('a checkbox is ticked by either side, and takes nothing but yes and no', () =>
  withFrontEnd(async (front) => {
    const box = new widgets.Checkbox({ description: 'shuffle' });
    show(box);
    const seen: boolean[] = [];
    box.observe((value) => void seen.push(value));
    await front.send(box.id, { method: 'update', state: { value: true } });
    assert.deepEqual([box.value, box.toText()], [true, 'Checkbox shuffle: yes']);
    await front.send(box.id, { method: 'update', state: { value: 'no' } });
    assert.equal(box.value, true);
    assert.throws(() => (box.value = 1 as never), { code: 'ST_OPTION_INVALID' });
    box.value = false;
    assert.deepEqual([seen, box.toText()], [[true, false], 'Checkbox shuffle: no']);
    assert.throws(() => new widgets.Checkbox({ checked: true } as never), { code: 'ST_OPTION_UNKNOWN' });
  }));
