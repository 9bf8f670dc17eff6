/** Chapter 3 shows the table as it is, refuses it as it is, and measures what a leak is worth. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { displayedBy, printedBy, textOf } from '../../src/course/index.ts';
import * as data from '../../src/data/index.ts';
import { decodeCsv } from '../helpers/decode-csv.ts';
import { testChapter } from '../helpers/chapter.ts';
import { numbersAfter } from '../helpers/notebook-01.ts';

const ID = 'Sample_code_number';

testChapter(
  '03-the-data',
  'ch3-',
  (notebook) => {
    const printed = (id: string) => printedBy(notebook, id);
    assert.match(printed('table-read'), /^699 rows, 11 columns/);
    assert.match(printed('table-marks'), /^type: int32 \| missing: 0 \| mean: NaN\n/);
    assert.match(printed('table-clean'), /0 │ 458[^]*1 │ 241/);
    assert.match(
      textOf(displayedBy(notebook, 'table-describe', 'text/html') as string),
      /<td>683<\/td>[^]*NaN/,
    );
    assert.match(printed('missing-count'), /Bare_Nuclei\s+│ 16\b/);
    assert.equal(printed('missing-count').match(/│ 0 /g)?.length, 8);
    assert.match(printed('missing-classes'), /gap: 2 of 16\n.*all: 241 of 699\n/);
    const [draws] = numbersAfter(printed('missing-chance'), /: (\d+) of 1000/g);
    assert.ok(draws! >= 27 && draws! <= 67, `${draws} draws: three deviations around 47`);
    assert.match(printed('features-split'), /458 benign, 241 malignant/);
    assert.match(printed('correlation-strongest'), /: 0\.91\n/);
    const refused = printed('raw-decode').trim().split('\n');
    assert.match(refused[0]!, /^1000025,.*offset 0: expected 9 columns, found 10/);
    assert.match(refused[1]!, /,\?,.*offset 1: column 6 holds "\?"/);
    assert.match(refused[2]!, /,,.*offset 2: column 6 holds ""/);
    assert.match(printed('leakage-ids'), /^46 ids stand in several rows, 100 rows in all\n.*rows: 4\n/);
    const [known, byId, benign] = numbersAfter(printed('leakage-run'), /([\d.]+) (?:of 280|%)/g);
    assert.ok(known! > 23 && known! < 30, `${known} rows with an id of the training rows`);
    assert.ok(byId! > 87 && byId! < 95 && benign! > 75 && benign! < 88, `${byId} %, ${benign} %`);
    assert.match(printed('leakage-run'), /split by id: 0 such rows/);
    const accuracies = numbersAfter(printed('neighbour-run'), /([\d.]+) %/g);
    const [atRandom, spread, grouped, groupedSpread] = accuracies;
    assert.ok(Math.abs(atRandom! - 95.8) < 1, accuracies.join(' '));
    assert.ok(Math.abs(atRandom! - grouped!) < Math.min(spread!, groupedSpread!), accuracies.join(' '));
    for (const each of [spread!, groupedSpread!]) assert.ok(each > 0.5 && each < 1.7, accuracies.join(' '));
    const [twice, twiceById] = numbersAfter(printed('twice-run'), /([\d.]+) %/g);
    assert.ok(halved(100 - twice!, 100 - twiceById!), `${twice} % and ${twiceById} %`);
    const medians = numbersAfter(printed('statistics-median'), /(?<=rows: .*)\b(\d+)(?=[ \d]*\n)/g).slice(
      0,
      18,
    );
    assert.deepEqual(medians.slice(0, 9), medians.slice(9));
    const [onAll, onTraining] = numbersAfter(printed('noise-run'), /([\d.]+) %/g);
    assert.ok(onAll! > 90 && Math.abs(onTraining! - 50) < 10, `${onAll} % and ${onTraining} %`);
    const [balance, panels, matrix] = ['balance-figure', 'features-figure', 'correlation-figure'].map(
      (id) => {
        assert.ok(displayedBy(notebook, id, 'image/svg+xml'), `${id} has a static twin`);
        return (displayedBy(notebook, id, 'application/vnd.plotly.v1+json') as { data: Trace[] }).data;
      },
    );
    const { customdata, y } = balance![0]!;
    assert.deepEqual([customdata, y], [['benign', 'malignant'], [458, 241]]); // prettier-ignore
    assert.equal(new Set(panels!.map(({ xaxis }) => xaxis)).size, 9, 'a panel for each feature');
    const drawn = data.correlations(cancer, features).flat().map((each) => each.toFixed(2)); // prettier-ignore
    assert.deepEqual([drawn.length, matrix![0]!.text], [81, drawn]);
    assert.match(printed('cleanup-topics'), /tensors left: 0/);
  },
  {},
);

interface Trace {
  readonly y: number[];
  readonly text?: string[];
  readonly customdata?: unknown[];
  readonly xaxis?: string;
}

/** "About half of the errors". */
const halved = (errors: number, of: number) => errors / of > 0.3 && errors / of < 0.7;

const cancer = data.encodeLabels(await data.readBreastCancer());
const features = [...data.breastCancerFeatures];
const rows = cancer.values as number[][];
const column = (name: string, of = rows) => of.map((row) => row[cancer.columns.indexOf(name)]!).filter((value) => !Number.isNaN(value)); // prettier-ignore
const share = (values: readonly unknown[], of: readonly unknown[]) => values.length / of.length;
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

test('TensorFlow refuses an id too many and a "?", and puts its default for an empty field', () => {
  assert.throws(() => decodeCsv('1000025,5,1,1,1,2,1,3,1,1', 9, 0), /Expect 9 fields but have 10/);
  assert.throws(() => decodeCsv('8,4,5,1,2,?,7,3,1', 9, 0), /Field 5 in record 0 is not a valid float: \?/);
  assert.deepEqual(decodeCsv('8,4,5,1,2,,7,3,1', 9, 0), [8, 4, 5, 1, 2, 0, 7, 3, 1]);
  assert.deepEqual(decodeCsv('8,4,5,1,2,,7,3,1', 9, -7)[5], -7);
  assert.ok(Math.min(...features.flatMap((name) => column(name))) === 1, 'no feature is graded 0');
});

test('the shares that the text names are those of the table', () => {
  assert.equal(Math.round((1000 * 458) / 699), 655);
  const [benign, malignant] = [0, 1].map((label) => rows.filter((row) => row[10] === label));
  for (const name of features) {
    const low = share(column(name, benign).filter((value) => value <= 3), column(name, benign)); // prettier-ignore
    assert.ok(name === 'Clump_Thickness' ? low < 0.7 : low >= 0.95, `${name}: ${low}`);
    const one = share(column(name, malignant).filter((value) => value === 1), column(name, malignant)); // prettier-ignore
    assert.ok(name === 'Mitoses' ? one > 0.5 : one < 0.2, `${name}: ${one}`);
  }
  const medians = features.map(
    (name) => column(name).sort((a, b) => a - b)[Math.floor(column(name).length / 2)]!,
  );
  assert.ok(medians.every((value) => value >= 1 && value <= 4));
  const correlation = data.correlations(cancer, [...features, 'Class']);
  const withClass = correlation.at(-1)!.slice(0, 9);
  assert.equal(features[withClass.indexOf(Math.min(...withClass))], 'Mitoses', 'tells least');
  const pairs = correlation.slice(0, 9).flatMap((row, i) => row.slice(i + 1, 9));
  assert.equal(Math.max(...pairs).toFixed(2), '0.91');
  const ids = column(ID);
  const shared = rows.filter((row) => ids.indexOf(row[0]!) !== ids.lastIndexOf(row[0]!));
  assert.deepEqual(
    [new Set(ids).size, shared.length, shared.filter((row) => row[10] === 1).length],
    [645, 100, 16],
  );
});

test('two malignant rows or fewer among 16 come by chance in 4.7 % of draws, what is as unlikely in 6.7 %', () => {
  const ways = (n: number, k: number): number => (k === 0 ? 1 : (ways(n - 1, k - 1) * n) / k);
  const chance = Array.from({ length: 17 }, (_, k) => (ways(241, k) * ways(458, 16 - k)) / ways(699, 16));
  const percentOf = (chances: number[]) => (100 * chances.reduce((sum, each) => sum + each, 0)).toFixed(2);
  assert.equal(percentOf(chance), '100.00');
  assert.equal(percentOf(chance.slice(0, 3)), '4.74');
  assert.equal(percentOf(chance.filter((each) => each <= chance[2]!)), '6.66');
});

test('size at 4 or more is the best rule of one feature and one threshold on these rows', () => {
  const rules = features.flatMap((name) =>
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((least) => {
      const values = rows.map((row) => row[cancer.columns.indexOf(name)]!);
      return {
        name,
        least,
        right: rows.filter((row, at) => values[at]! >= least === (row[10] === 1)).length,
      };
    }),
  );
  const [best, next] = rules.sort((a, b) => b.right - a.right);
  assert.deepEqual(best, { name: 'Uniformity_of_Cell_Size', least: 4, right: 648 });
  assert.ok(next!.right < 648);
});

test('what the leaks are worth holds for other splits than those of the chapter', () => {
  const seeds = [11, 12, 13, 14, 15, 16, 17, 18, 19, 20];
  const twice = new (data.danfo().DataFrame)([...rows, ...rows], { columns: cancer.columns });
  const right = (frame: data.DataFrame, groupBy?: string) =>
    mean(seeds.map((seed) => neighbourAccuracy(data.trainTestSplit(frame, { testSize: 0.4, seed, ...(groupBy && { groupBy }) })))); // prettier-ignore
  const [atRandom, byId] = [right(cancer), right(cancer, ID)];
  assert.ok(Math.abs(atRandom - byId) < 0.01, `${atRandom} and ${byId}`);
  const [twiceAtRandom, twiceById] = [right(twice), right(twice, ID)];
  assert.ok(halved(1 - twiceAtRandom, 1 - twiceById), `${twiceAtRandom} and ${twiceById}`);
  const medians = (frame: data.DataFrame) =>
    Object.values(data.fitMedianImputer(frame, { columns: features }).medians);
  for (const seed of [2, 3, 4, ...seeds]) {
    const { train } = data.trainTestSplit(cancer, { testSize: 0.4, seed, groupBy: ID });
    const apart = medians(train).map((value, i) => Math.abs(value - medians(cancer)[i]!)).filter((each) => each > 0); // prettier-ignore
    assert.ok(apart.length <= 2 && apart.every((each) => each <= 1), `seed ${seed}: ${apart.join(' ')}`);
  }
});

/** The share of the test rows whose nearest training row is of their class. */
function neighbourAccuracy({ train, test: held }: data.TrainTestSplit): number {
  const imputer = data.fitMedianImputer(train, { columns: features });
  const [learnt, asked] = [train, held].map((part) => imputer.transform(part).values as number[][]);
  const hits = asked!.map((row) => {
    let [label, least] = [NaN, Infinity];
    for (const other of learnt!) {
      let distance = 0;
      for (let c = 1; c <= 9; c++) distance += (row[c]! - other[c]!) ** 2;
      if (distance < least) [label, least] = [other[10]!, distance];
    }
    return Number(label === row[10]);
  });
  return mean(hits);
}
