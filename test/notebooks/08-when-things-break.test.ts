/** Chapter 8 kills, restarts, poisons and damages, and loses nothing. */
import assert from 'node:assert/strict';
import { printedBy } from '../../src/course/index.ts';
import { testChapter } from '../helpers/chapter.ts';
import { numbersAfter } from '../helpers/notebook-01.ts';

testChapter(
  '08-when-things-break',
  'ch8-',
  (notebook) => {
    const printed = (id: string) => printedBy(notebook, id);
    assert.equal(printed('kill-run').match(/^SIGKILL after checkpoint-/gm)?.length, 3);
    assert.match(printed('kill-run'), /exit code 0/);
    assert.match(printed('kill-unbroken'), /the same: true/);
    assert.match(printed('kill-rows'), /offset 5592 of 5592\n.*offset 5592/);
    assert.match(printed('broker-result'), /^5592 of 5592 rows learnt/);
    assert.match(printed('broker-result'), /accuracy 9[5-8]\.\d %/);
    const [before, after] = numbersAfter(printed('broker-result'), /(?:process id|then) (\d+)/g);
    assert.ok(before! > 0 && after! > 0 && before !== after, 'the broker that came back is another process');
    const [learnt, aside, sent] = numbersAfter(
      printed('poison-train'),
      /(\d+) (?:rows learnt|put aside|written)/g,
    );
    assert.ok(
      learnt! + aside! === sent && sent === 706,
      'learnt and put aside make up all that were written',
    );
    assert.equal(aside, 7);
    assert.match(printed('poison-letters'), /not-a-number, "5,1,1,banana/);
    assert.match(printed('damage-resume'), /remark: .*checkpoint-000000000004/);
    assert.match(printed('damage-resume'), /went on from checkpoint-000000000003 /);
    assert.match(printed('damage-resume'), /all in all 5592 of 5592/);
  },
  {},
);
