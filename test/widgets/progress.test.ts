/** Progress of long work: a bar before a front end that draws controls, one changing line before others, nothing for what is quick. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { displayMethod } from '../../src/widgets/kernel-hook.ts';
import { showProgress } from '../../src/widgets/progress.ts';
import { withFrontEnd, type FrontEnd } from './kernel.ts';

const outputs = ({ shown }: FrontEnd) =>
  shown.map((value) => (value as { [displayMethod](): Record<string, unknown> })[displayMethod]());
const view = 'application/vnd.jupyter.widget-view+json';

/** Work of 20 rows that begins to be shown at the tenth. */
async function work(): Promise<void> {
  const progress = showProgress({ title: 'scoring', unit: 'rows', total: 20 });
  progress.update(5);
  await pause(600);
  progress.update(10, { note: 'loss 0.5' });
  progress.update(20, { note: 'loss 0.25' });
  progress.end();
}

test('a front end that asks for controls has a bar while the work goes on; then a still twin tells the end, and no comm is left open', () =>
  withFrontEnd(async (front) => {
    front.comms.received({ action: 'asked', target: 'jupyter.widget.control' });
    await work();
    const [first, last] = outputs(front);
    assert.match(String(first?.['text/plain']), /^scoring: (10|20) of 20 rows, loss 0.\d+, \d+\.\d s$/);
    assert.match(String(last?.['text/plain']), /^scoring: 20 of 20 rows, loss 0.25, \d+\.\d s$/);
    assert.deepEqual([first?.[view] !== undefined, last?.[view]], [true, undefined]);
    const bar = front.sent.find(({ data }) => (data['state'] as { _model_name?: string })?._model_name === 'IntProgressModel')!; // prettier-ignore
    const changes = front.messages(bar.id).map(({ state }) => state as Record<string, unknown>);
    assert.equal(changes.findLast((state) => 'value' in state)?.['value'], 20);
    const ids = (action: string) => front.sent.filter((each) => each.action === action).map(({ id }) => id).sort(); // prettier-ignore
    assert.deepEqual(ids('close'), ids('open'));
  }));

test('others have one line that changes', () =>
  withFrontEnd(async (front) => {
    await work();
    const texts = outputs(front).map((data) => String(data['text/plain']));
    assert.match(texts.at(-1)!, /^scoring: 20 of 20 rows/);
    assert.ok(outputs(front).every((data) => !(view in data)));
  }));

test('work that is over soon leaves nothing', () =>
  withFrontEnd((front) => {
    const progress = showProgress({ title: 'scoring', unit: 'rows' });
    for (let row = 1; row <= 100; row += 1) progress.update(row);
    progress.end();
    assert.deepEqual(front.shown, []);
  }));
