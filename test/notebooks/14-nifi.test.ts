/** Chapter 14 runs a real NiFi: a queue fills while the receiver pauses, its page is seen, and no line is lost. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { displayedBy, printedBy } from '../../src/course/index.ts';
import { engineParts, findChromium } from '../../src/engines/index.ts';
import { testChapter } from '../helpers/chapter.ts';

const { isFetched, bytes, files } = await engineParts('nifi');
const NOT_FETCHED = `NiFi was not fetched (${bytes} bytes): npx streamtrain engines fetch nifi`;

if (!isFetched) test('chapter 14-nifi runs on streamtrain', { skip: NOT_FETCHED });
else
  testChapter('14-nifi', 'ch14-', (notebook) => {
    const printed = (id: string) => printedBy(notebook, id);
    assert.match(
      printed('start-fetch'),
      /^Apache NiFi 1\.18\.0, 229 MB, is here\nstarted in [\d.]+ s: http:\/\/127/,
    );
    const text = notebook.cells.map(({ source }) => [source].flat().join('')).join('\n');
    assert.ok(text.includes(`once, ${Math.round(bytes / 1e6)} MB to download`), 'how big it is');
    assert.ok(text.includes(`once and kept: ${files} files`), 'of how many files');
    assert.match(printed('receiver-open'), /<a secret>$/m);
    assert.match(printed('pressure-drop'), /'split' │ 'send' │ 7 +│ \d+ │ true/);
    assert.match(printed('pressure-drop'), /so far: 0$/m);
    if (findChromium() !== undefined) {
      const picture = Buffer.from(String(displayedBy(notebook, 'pressure-page', 'image/png')), 'base64');
      assert.equal(picture.subarray(1, 4).toString(), 'PNG');
      assert.ok(picture.length > 50_000, 'the page shows five steps');
    }
    assert.match(printed('pressure-resume'), /^683 lines taken in 7 requests, 683 rows in the topic/);
    assert.match(printed('aside-count'), /^700 lines in the file: 683 rows in the topic, 17 lines aside$/m);
  });
