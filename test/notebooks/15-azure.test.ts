/** Chapter 15 keeps the limits of Event Hubs, and holds windows of Stream Analytics against Flink's. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printedBy } from '../../src/course/index.ts';
import { engineParts } from '../../src/engines/index.ts';
import { testChapter } from '../helpers/chapter.ts';

const { isFetched, bytes } = await engineParts('flink');
const NOT_FETCHED = `Flink was not fetched (${bytes} bytes): npx streamtrain engines fetch flink`;

if (!isFetched) test('chapter 15-azure runs on streamtrain', { skip: NOT_FETCHED });
else
  testChapter('15-azure', 'ch15-', (notebook) => {
    const printed = (id: string) => printedBy(notebook, id);
    const preset = printed('hubs-open');
    assert.ok(preset.includes("password: '***'") && !preset.includes('bm90'), 'the key is not shown');
    assert.match(printed('hubs-write'), /^699 rows written with gzip, 699 read/m);
    assert.match(
      printed('hubs-refused'),
      /^ST_KAFKA_RECORD_TOO_LARGE[^]* 1000000 of maxRequestBytes[^]*\nST_KAFKA_SETTINGS .*lz4[^]*\nrows in the topic: 699/,
    );
    assert.match(printed('hubs-group'), /^mini datasets of 400 and 299 rows/m);
    assert.match(
      printed('analytics-project'),
      /TumblingWindow[^]*\nreads \{ name: 'cancer'[^]*\nwrites \{ name: 'windows'[^]*\nwindows of \{ sizeMs: 60000, offsetMs: 0/,
    );
    assert.match(printed('analytics-table'), /│ '00:00:00' │ 1 [^]*│ '00:01:00' │ 60 [^]*\n13 windows/);
    assert.match(
      printed('flink-run'),
      /^13 windows by Flink; the second: \{\s+window_end: '2026-01-01T00:01:00',\s+samples: 60/m,
    );
    assert.match(printed('flink-compare'), /^13 of 13 windows compared, and the same/m);
  });
