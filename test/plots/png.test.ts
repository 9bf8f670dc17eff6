/** Pictures on machines without fonts. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { pngOf } from '../../src/plots/png.ts';

const withText = (text: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="120" height="40"><title>\ud55c</title><text x="5" y="25"
    font-family="Helvetica, Arial, sans-serif" font-size="16">${text}</text></svg>`;
const draw = async (text: string) =>
  Buffer.from(await pngOf(withText(text), { scale: 1, systemFonts: false }));

test('without any font on the machine, letters and the signs of figures are drawn, each in its own shape', async () => {
  const empty = await draw('');
  const signs = ['Loss', 'ß', 'Ж', 'μ', '\u2212', '≥', '→', '●', '✓', '²', '训', '练', '，', '（', '。'];
  const pictures = await Promise.all(signs.map(draw));
  const different = new Set([empty, ...pictures].map((png) => png.toString('base64')));
  assert.equal(different.size, signs.length + 1);
});

test('what no font has is named in one warning with the cure; what they have, or only the title holds, is not', async () => {
  const heard: Error[] = [];
  const listen = (warning: Error) => void heard.push(warning);
  process.on('warning', listen);
  try {
    const warned = once(process, 'warning');
    await draw('损失 かな한 −0.5 → ✓');
    await warned;
    await draw('한かな');
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    process.off('warning', listen);
  }
  assert.equal(heard.length, 1);
  assert.match(heard[0]!.message, /the characters "かな한": .*apt-get install fonts-noto-cjk/);
});

test('every character that figures, verdicts and the Chinese chapters say is drawn without any font on the machine', async () => {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const filesIn = (folder: string, ending: string) =>
    readdirSync(path.join(root, folder))
      .filter((name) => name.endsWith(ending))
      .map((name) => path.join(root, folder, name));
  const files = [
    ...filesIn('src/plots', '.ts'),
    ...filesIn('src/course', '.ts'),
    ...filesIn('src/course/exercises', '.ts'),
    ...filesIn('notebooks', '.zh.ipynb'),
  ];
  const said = files.map((file) => readFileSync(file, 'utf8')).join('');
  const characters = [...new Set(said.match(/[\p{Script=Han}\u3000-\u303f\uff00-\uff60]/gu))];
  assert.ok(characters.length > 500);
  const heard: Error[] = [];
  const listen = (warning: Error) => void heard.push(warning);
  process.on('warning', listen);
  try {
    await draw(characters.join(''));
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    process.off('warning', listen);
  }
  assert.deepEqual(
    heard.map(({ message }) => message).filter((message) => message.startsWith('No font')),
    [],
  );
});
