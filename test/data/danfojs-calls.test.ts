/** What the course leaves to danfojs is right: each call against a plain count over the rows. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { readBreastCancer, trainTestSplit, type DataFrame } from '../../src/data/index.ts';
import { frameOf, type Cell } from '../../src/data/frame.ts';

const rowsOf = (frame: DataFrame) => (frame.shape[0] === 0 ? [] : (frame.values as Cell[][]));
const missing = (cell: Cell) => cell === null || cell === undefined || Number.isNaN(cell);

/** Frames that a careless library gets wrong: gaps of each kind, other labels, odd names, text, one row, no row. */
const frames: Record<string, () => DataFrame> = {
  'numbers with gaps': () => frameOf([[1, NaN], [3, null], [2, undefined], [1, 4]], ['a', 'b']), // prettier-ignore
  'all of a column missing': () => frameOf([[1, NaN], [3, NaN]], ['a', 'b']), // prettier-ignore
  'labels that are no places': () => frameOf([[1, 2], [3, 4], [5, 4]], ['a', 'b'], [2, 0, 700]), // prettier-ignore
  'rows with names': () => frameOf([[1, 2], [3, 4]], ['a', 'b'], ['x', 'y']), // prettier-ignore
  'text and numbers': () => frameOf([[1, 'M'], [3, 'B'], [1, 'B']], ['a', 'b']), // prettier-ignore
  'large numbers': () => frameOf([[1e9 + 1, 0.1], [1e9 + 2, 2 ** 53]], ['a', 'b']), // prettier-ignore
  'names like members': () => frameOf([[1, 2], [3, 4]], ['index', 'constructor']), // prettier-ignore
  'names like numbers': () => frameOf([[1, 2], [3, 4]], ['b', '7']), // prettier-ignore
  'an empty name, and one with a blank': () => frameOf([[1, 2], [3, 4]], ['', 'a b']), // prettier-ignore
  'one row': () => frameOf([[1, 2]], ['a', 'b']),
  'no row left': () => {
    const frame = frameOf([[1, 2]], ['a', 'b']);
    return frame.query(frame.column('a').eq(2));
  },
};

for (const [name, make] of Object.entries(frames)) {
  describe(name, () => {
    let frame: DataFrame;
    let rows: Cell[][];
    let asMade: unknown[];
    const parts = ({ columns, index, dtypes, shape }: DataFrame) =>
      structuredClone({ columns, index, dtypes, shape });
    before(() => {
      frame = make();
      rows = structuredClone(rowsOf(frame));
      asMade = [rows, parts(frame)];
    });
    const untouched = () => assert.deepEqual([rowsOf(frame), parts(frame)], asMade, 'the frame itself stays');

    test('isNa().sum({ axis: 0 }) counts the gaps of each column', () => {
      const counts = frame.isNa().sum({ axis: 0 });
      const expected = frame.columns.map((_, c) => rows.filter((row) => missing(row[c])).length);
      assert.deepEqual(rows.length === 0 ? [] : expected, counts.values);
      if (rows.length > 0) assert.deepEqual(counts.index, frame.columns);
      untouched();
    });

    test('drop leaves every other column with its type, its rows and their labels', () => {
      for (const [c, column] of frame.columns.entries()) {
        const left = frame.drop({ columns: [column] });
        assert.deepEqual(rowsOf(left), rows.map((row) => row.toSpliced(c, 1))); // prettier-ignore
        assert.deepEqual(left.columns, frame.columns.toSpliced(c, 1));
        assert.deepEqual(left.dtypes, frame.dtypes.toSpliced(c, 1));
        assert.deepEqual(left.index, frame.index);
      }
      assert.throws(() => frame.drop({ columns: ['not there'] }), /not there/);
      untouched();
    });

    test('a column is read, counted, and filtered by with loc', () => {
      for (const [c, column] of frame.columns.entries()) {
        const values = rows.map((row) => row[c]);
        assert.deepEqual(frame.column(column).values, values);
        const counts = new Map<string, number>();
        for (const value of values) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
        const { index, values: found } = frame.column(column).valueCounts();
        assert.deepEqual(new Map(index.map((label, i) => [String(label), found[i]])), counts);
        for (const value of values.filter((each) => !missing(each)) as number[]) {
          const part = frame.loc({ rows: frame.column(column).eq(value) });
          assert.deepEqual(rowsOf(part), rows.filter((row) => row[c] === value)); // prettier-ignore
          assert.deepEqual(part.index, frame.index.filter((_, r) => rows[r]![c] === value)); // prettier-ignore
          assert.deepEqual([part.columns, part.dtypes], [frame.columns, frame.dtypes]);
        }
      }
      untouched();
    });

    test('replace changes one value of one column in a new frame', () => {
      for (const [c, column] of frame.columns.entries()) {
        const [value] = rows.map((row) => row[c]).filter((each) => !missing(each)) as (number | string)[];
        if (value === undefined) continue;
        const replaced = frame.replace(value, 0, { columns: [column] });
        const expected = rows.map((row) => row.map((cell, at) => (at === c && cell === value ? 0 : cell)));
        assert.deepEqual(rowsOf(replaced), expected);
        assert.deepEqual([replaced.columns, replaced.index], [frame.columns, frame.index]);
      }
      untouched();
    });

    test('head gives the first rows', () => {
      if (rows.length > 0) assert.deepEqual(rowsOf(frame.head(1)), rows.slice(0, 1));
      untouched();
    });
  });
}

test('the table of chapter 3: query, groupby, describe, median, mean, unique are those of the rows', async () => {
  const cancer = await readBreastCancer();
  const rows = rowsOf(cancer) as number[][];
  const column = (name: string, of = rows) => of.map((row) => row[cancer.columns.indexOf(name)]!);
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const near = (found: unknown, expected: number) =>
    assert.ok(Math.abs((found as number) - expected) < 1e-9, `${String(found)}, not ${expected}`);
  const ill = rows.filter((row) => row[10] === 4);
  assert.deepEqual(rowsOf(cancer.query(cancer.column('Class').eq(4))), ill);
  const rare = cancer.query(cancer.column('Class').eq(4).and(cancer.column('Mitoses').gt(3)));
  assert.deepEqual(rowsOf(rare), ill.filter((row) => row[9]! > 3)); // prettier-ignore
  assert.equal(cancer.query(cancer.column('Bare_Nuclei').isNa()).shape[0], 16);
  const groups = rowsOf(cancer.groupby(['Class']).col(['Mitoses']).mean()) as number[][];
  assert.deepEqual(groups.map(([label]) => label), [2, 4]); // prettier-ignore
  near(groups[1]![1], mean(column('Mitoses', ill)));
  near(cancer.column('Mitoses').mean(), mean(column('Mitoses')));
  near(
    cancer.column('Bare_Nuclei').mean(),
    mean(column('Bare_Nuclei').filter((value) => !Number.isNaN(value))),
  );
  const described = cancer.describe().column('Mitoses').values as number[];
  assert.deepEqual([described[0], described[3], described[4], described[5]], [699, 1, 1, 10]);
  near(described[1], mean(column('Mitoses')));
  assert.equal(cancer.column('Sample_code_number').nUnique(), 645);
  assert.equal(new Set(column('Sample_code_number')).size, 645);
});

test('a part of a split is dropped from, counted and filtered by loc as the whole is', async () => {
  const { train } = trainTestSplit(await readBreastCancer(), { seed: 1 });
  const rows = rowsOf(train) as number[][];
  assert.deepEqual(train.drop({ columns: ['Class'] }).index, train.index);
  assert.deepEqual(rowsOf(train.loc({ rows: train.column('Class').eq(4) })), rows.filter((row) => row[10] === 4)); // prettier-ignore
  assert.deepEqual(
    train.isNa().sum({ axis: 0 }).values[6],
    rows.filter((row) => Number.isNaN(row[6])).length,
  );
});
