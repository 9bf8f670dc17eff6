/** The picture of chapter 1 in each language is the one that the tested function draws. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { flowSvg, streamingArchitecture } from '../../src/plots/index.ts';

for (const [name, language] of [
  ['docs/architecture.svg', 'en'],
  ['docs/zh/architecture.svg', 'zh'],
] as const)
  test(`${name} is what flowSvg draws (STREAMTRAIN_UPDATE_SNAPSHOTS=1 draws it again)`, () => {
    const file = new URL(`../../${name}`, import.meta.url);
    const drawn = flowSvg(streamingArchitecture({ language }));
    if (process.env['STREAMTRAIN_UPDATE_SNAPSHOTS']) writeFileSync(file, drawn);
    assert.ok(readFileSync(file, 'utf8') === drawn, 'the file differs from what is drawn');
  });
