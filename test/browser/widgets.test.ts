/** Controls in JupyterLab, as hands use them: drag a slider, click, type, load the page again, a control of one's own; and bars of long work. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { projectAt } from '../../src/install/index.ts';
import { testBrokers } from '../helpers/broker.ts';
import { cellAt, outputText, promptOf, runCell, until } from '../helpers/jupyterlab-cells.ts';
import { NO_CHROMIUM, notebookOf, openSession, type Session } from '../helpers/jupyterlab-session.ts';

const LIMIT = { timeout: 240_000 };

/** A number and a figure follow a slider; a cell waits for a button while the slider moves. */
const FOLLOW = [
  `import { AnyWidget, Button, IntSlider, Text, VBox, interact } from 'streamtrain/widgets';
const circle = (radius: number) => \`<svg xmlns="http://www.w3.org/2000/svg" width="220" height="220">
  <circle cx="110" cy="110" r="\${radius}" fill="#0072B2"/></svg>\`;`,
  `await interact(({ radius }) => {
  console.log('area', Math.round(Math.PI * radius ** 2));
  display.bundle({ 'image/svg+xml': circle(radius), 'text/plain': 'a circle' });
}, { radius: [0, 100, 1] });`,
  `const [go, name, size] = [new Button({ description: 'go' }), new Text({ description: 'name' }), new IntSlider()];
size.observe((value, before) => console.log('size', before, '->', value));
new VBox([size, name, go])`,
  `await go.clicked();
\`\${name.value}, size \${size.value}\``,
  `const counter = new AnyWidget({ esm: \`export default { render({ model, el }) {
    const button = el.appendChild(document.createElement('button'));
    const draw = () => (button.textContent = 'count ' + model.get('count'));
    button.onclick = () => { model.set('count', model.get('count') + 1); model.save_changes(); };
    model.on('change:count', draw); draw();
  } }\`, state: { count: 3 } });
counter.observe(({ count }) => console.log('counted', count));
counter`,
  `display(size);
display(counter);`,
];

/** Long work that goes on when it is let: a bar stands as long as somebody looks at it. */
const WORK = [
  `import { setTimeout as pause } from 'node:timers/promises';
import { createTopic, deleteTopic, writeToKafka } from 'streamtrain/kafka';
import { LogisticRegression, trainOnBatches } from 'streamtrain/training';
import { Button } from 'streamtrain/widgets';
const goOn = new Button({ description: 'go on' });
goOn`,
  `const rows = Array.from({ length: 600 }, (_, at) => ({ xs: Float32Array.of(at % 2, 1), ys: at % 2 }));
await trainOnBatches({
  model: new LogisticRegression({ features: 2 }), data: rows, epochs: 4,
  onEpoch: ({ epoch }) => (epoch === 1 ? pause(600) : epoch === 2 ? goOn.clicked() : undefined),
});
'trained'`,
  `const topic = \`test-progress-\${crypto.randomUUID()}\`;
async function* items() {
  for (let key = 0; key < 40; key += 1) {
    if (key === 30) await goOn.clicked();
    yield { key: String(key), value: 'row' };
  }
}
await createTopic(topic);
try { await writeToKafka(topic, items(), { log: false }) } finally { await deleteTopic(topic) }
'written'`,
];

let folder: string;
let session: Session | undefined;

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'streamtrain-widgets-'));
  await mkdir(path.join(folder, 'node_modules'));
  await symlink(projectAt().folder, path.join(folder, 'node_modules/streamtrain'), 'dir');
  await writeFile(path.join(folder, 'follow.ipynb'), notebookOf(FOLLOW));
  await writeFile(path.join(folder, 'work.ipynb'), notebookOf(WORK));
  session = await openSession({ name: 'widgets', folder, brokers: await testBrokers() });
});

after(async () => {
  await session?.close();
  await rm(folder, { recursive: true, force: true });
});

test(
  'a figure and a number follow a slider; controls move while a cell awaits, and are there after a reload',
  LIMIT,
  async (t) => {
    if (!session) return t.skip(NO_CHROMIUM);
    const { picture, withNotebook } = session;
    await withNotebook('follow.ipynb', async (lab) => {
      const { page } = lab;
      const hasRun = (index: number) => async () => /^\[\d+\]:$/.test(await promptOf(page, index));
      const show = (index: number) => cellAt(page, index).scrollIntoViewIfNeeded();
      for (const index of [0, 1]) {
        await runCell(page, index);
        await until(`cell ${index} has run`, hasRun(index));
      }
      const handle = cellAt(page, 1).locator('.noUi-handle');
      await until('the number is there', async () => /area 7854/.test(await outputText(page, 1)));
      const figure = cellAt(page, 1).locator('.jp-RenderedSVG img, .jp-RenderedSVG svg').first();
      const before = (await figure.getAttribute('src')) ?? (await figure.innerHTML());
      await page.screenshot({ path: picture('before') });
      const box = (await handle.boundingBox())!;
      await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
      await page.mouse.down();
      for (let step = 1; step <= 12; step += 1)
        await page.mouse.move(box.x + box.width / 2 + step * 4, box.y + 8);
      await until('the number follows while the mouse is down', async () => {
        const area = /area (\d+)/.exec(await outputText(page, 1));
        return Number(area?.[1]) > 7854;
      });
      await page.mouse.up();
      await until(
        'the figure follows',
        async () => ((await figure.getAttribute('src')) ?? (await figure.innerHTML())) !== before,
      );
      await page.screenshot({ path: picture('dragged') });

      await runCell(page, 2);
      await until(
        'the panel is there',
        async () => (await cellAt(page, 2).locator('input[type="text"]').count()) > 0,
      );
      await runCell(page, 3);
      await until('the next cell waits', async () => (await promptOf(page, 3)) === '[*]:');
      await show(2);
      await cellAt(page, 2).locator('.noUi-handle').focus();
      await page.keyboard.press('ArrowRight');
      await until('what the listener prints is under its cell', async () =>
        /size 50 -> 51/.test(await outputText(page, 2)),
      );
      await cellAt(page, 2).locator('input[type="text"]').fill('Anemoi');
      await cellAt(page, 2).locator('button', { hasText: 'go' }).click();
      await until('the cell goes on', hasRun(3));
      assert.equal((await outputText(page, 3)).trim(), "'Anemoi, size 51'");

      await runCell(page, 4);
      const own = cellAt(page, 4).getByRole('button', { name: 'count 3' });
      await until('the own control is drawn', async () => (await own.count()) > 0);
      await own.click();
      await until('the cell is told', async () => /counted 4/.test(await outputText(page, 4)));
      await page.screenshot({ path: picture('panel') });

      const { cells } = await lab.content();
      const [, still] = cells.map(
        ({ outputs = [] }) => (outputs[0] as { data?: Record<string, unknown> })?.data ?? {},
      );
      assert.match(
        String(still?.['text/plain']),
        /^IntSlider radius: 50 \(0 to 100\)/,
        'a still twin is stored',
      );
      assert.match(String(still?.['text/html']), /<img alt="a circle" src="data:image\/svg/);

      await page.reload();
      await page.getByText(/^TypeScript.*\| Idle$/).waitFor({ timeout: 60_000 });
      await runCell(page, 5);
      const restored = cellAt(page, 5).getByRole('button', { name: 'count 4' });
      await until('the own control is there again', async () => (await restored.count()) > 0);
      await until('the slider, too', async () =>
        /51/.test(await cellAt(page, 5).locator('.widget-readout').innerText()),
      );
      await restored.click();
      await until(
        'it moves',
        async () => (await cellAt(page, 5).getByRole('button', { name: 'count 5' }).count()) > 0,
      );
      await page.screenshot({ path: picture('reloaded') });
      assert.deepEqual(lab.pageErrors, []);
      assert.deepEqual(lab.foreignRequests, []);
    });
  },
);

test('long work has a bar while it goes on, and leaves its last line', LIMIT, async (t) => {
  if (!session) return t.skip(NO_CHROMIUM);
  const { picture, withNotebook } = session;
  await withNotebook('work.ipynb', async (lab) => {
    const { page } = lab;
    const button = cellAt(page, 0).getByRole('button', { name: 'go on' });
    await runCell(page, 0);
    await until('the button is there', async () => (await button.count()) > 0);
    for (const { index, title, at, end, value, share } of [
      {
        ...{ index: 1, title: 'trainOnBatches', share: '50%', value: "'trained'" },
        ...{ at: /^trainOnBatches: 1200 of 2400 rows, epoch 2 of 4, loss [\d.]+, [\d.]+ s$/m },
        ...{ end: /^trainOnBatches: 2400 of 2400 rows, epoch 4 of 4, loss [\d.]+, [\d.]+ s$/m },
      },
      {
        ...{ index: 2, title: 'writeToKafka', share: '0%', value: "'written'" },
        ...{ at: /^writeToKafka, test-progress-\S+: 30 rows, [\d.]+ s$/m },
        ...{ end: /^writeToKafka, test-progress-\S+: 40 rows, [\d.]+ s$/m },
      },
    ]) {
      const cell = cellAt(page, index);
      await runCell(page, index);
      await until(`the line of ${title} stands`, async () => at.test(await outputText(page, index)));
      const bar = cell.locator('.progress-bar');
      await until(`so does its bar`, async () => (await bar.evaluate(({ style }) => style.width)) === share);
      assert.equal(await promptOf(page, index), '[*]:', 'the work goes on');
      await page.screenshot({ path: picture(title) });
      await button.click();
      await until(`${title} has ended`, async () => (await outputText(page, index)).includes(value));
      const left = await until('the last line is left', async () => {
        const text = await outputText(page, index);
        return end.test(text) ? text : undefined;
      });
      assert.equal(await bar.count(), 0, left);
    }
    assert.deepEqual(lab.pageErrors, []);
  });
});
