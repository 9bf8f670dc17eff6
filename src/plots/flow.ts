/** The path of data through a system, as an SVG of boxes and arrows. */
import { checkOneOf } from '../options.ts';
import { translated } from '../language.ts';
import { FigureDataError } from './errors.ts';
import { lettersIn, plainText, type FigureLanguageOption } from './figure.ts';
import { figureOptions, languageOption } from './figure-options.ts';

/** One box. */
export interface FlowBox {
  readonly title: string;
  /** Short lines under the title. */
  readonly lines?: readonly string[];
}

/** Boxes in columns from left to right; arrows lead from each column to the next. */
export interface Flow {
  readonly title: string;
  /** What the picture shows, for those who cannot see it. */
  readonly description: string;
  readonly columns: readonly { readonly heading: string; readonly boxes: readonly FlowBox[] }[];
}

const architectureIn = translated<Flow>({
  en: {
    title: 'A streaming pipeline, from source to prediction',
    description:
      'Sensors, web events and files send rows to Kafka topics; a reader decodes and cleans them in mini-batches; ' +
      'a model is trained on each; predictions, metrics and checkpoints come out.',
    columns: [
      { heading: 'Sources', boxes: [{ title: 'Sensors' }, { title: 'Web events' }, { title: 'Files' }] },
      { heading: 'Ingestion', boxes: [{ title: 'Kafka topics', lines: ['partitions, offsets'] }] },
      {
        heading: 'Processing',
        boxes: [{ title: 'Dataset', lines: ['decode, clean, scale', 'mini-batches'] }],
      },
      { heading: 'Model', boxes: [{ title: 'Online training', lines: ['predict, then learn'] }] },
      {
        heading: 'Outputs',
        boxes: [{ title: 'Predictions' }, { title: 'Metrics, drift' }, { title: 'Checkpoints' }],
      },
    ],
  },
  zh: {
    title: '流式管道：从数据源到预测',
    description:
      '传感器、网页事件和文件把数据行送入 Kafka 主题；数据集按小批量解码和清洗；' +
      '模型逐批训练；产出预测、指标和检查点。',
    columns: [
      { heading: '数据源', boxes: [{ title: '传感器' }, { title: '网页事件' }, { title: '文件' }] },
      { heading: '接入', boxes: [{ title: 'Kafka 主题', lines: ['分区、偏移量'] }] },
      { heading: '处理', boxes: [{ title: '数据集', lines: ['解码、清洗、标准化', '小批量'] }] },
      { heading: '模型', boxes: [{ title: '在线训练', lines: ['先预测，后学习'] }] },
      { heading: '产出', boxes: [{ title: '预测' }, { title: '指标、漂移' }, { title: '检查点' }] },
    ],
  },
});

/** The pipeline of the article: sources, ingestion, processing, model, outputs. */
export function streamingArchitecture(options: FigureLanguageOption = {}): Flow {
  const { language } = figureOptions('streamingArchitecture', options, languageOption);
  return architectureIn(language);
}

const looks = {
  light: { ground: '#FFFFFF', ink: '#222222', line: '#444444', boxes: ['#E8F1FA', '#FFF4E0', '#E6F5EC'] },
  dark: { ground: '#1B1F24', ink: '#E6E6E6', line: '#A0A8B0', boxes: ['#1D3347', '#45371A', '#1C3B2C'] },
} as const;
const margin = 20;
const gapAcross = 44;
const gapDown = 16;
const top = 74;

/**
 * Draws a flow as SVG text with title and description for screen readers; all of it plain shapes, so that GitHub and
 * untrusted notebooks show it.
 *
 * @throws FigureDataError (`ST_PLOTS_DATA`) when there is no column, or one without a box
 * @example
 * ```ts
 * tslab.display.svg(flowSvg(streamingArchitecture()));
 * ```
 */
export function flowSvg(flow: Flow, options: { theme?: 'light' | 'dark' } = {}): string {
  const { theme = 'light' } = figureOptions('flowSvg', options, { theme: 'text' });
  checkOneOf('theme', theme, ['light', 'dark']);
  const empty = flow.columns.findIndex(({ boxes }) => boxes.length === 0);
  if (flow.columns.length === 0 || empty >= 0) {
    const problem = empty >= 0 ? `column ${flow.columns[empty]!.heading} has no box` : 'there is no column';
    throw new FigureDataError({ figure: 'The flow', problem });
  }
  const look = looks[theme];
  const placed = place(flow);
  const { width, height } = placed;
  const boxes = placed.columns.flatMap((column, index) => [
    text(column.x + column.width / 2, top - 14, column.heading, { size: 13, fill: look.ink, bold: true }),
    ...column.boxes.map((box) => drawBox(box, look.boxes[index % look.boxes.length]!, look)),
  ]);
  const arrows = placed.columns
    .slice(1)
    .flatMap((to, index) =>
      placed.columns[index]!.boxes.flatMap((a) => to.boxes.map((b) => arrow(a, b, look.line))),
    );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" font-family="Helvetica, Arial, sans-serif">`,
    `<title>${plainText(flow.title)}</title>`,
    `<desc>${plainText(flow.description)}</desc>`,
    `<rect width="${width}" height="${height}" rx="10" fill="${look.ground}"/>`,
    text(width / 2, 32, flow.title, { size: 17, fill: look.ink, bold: true }),
    ...arrows,
    ...boxes,
    '</svg>',
  ].join('\n');
}

interface Placed extends FlowBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Columns as wide as their longest text, boxes centred from top to bottom. */
function place({ columns, title }: Flow) {
  const heightOf = ({ lines = [] }: FlowBox) => 44 + 18 * lines.length;
  const tall = (boxes: readonly FlowBox[]) =>
    boxes.reduce((sum, box) => sum + heightOf(box), 0) + gapDown * (boxes.length - 1);
  const inner = Math.max(...columns.map(({ boxes }) => tall(boxes)));
  let x = margin;
  const placed = columns.map(({ heading, boxes }) => {
    const texts = boxes.flatMap((box) => [
      8.6 * lettersIn(box.title),
      ...(box.lines ?? []).map((line) => 7 * lettersIn(line)),
    ]);
    const width = Math.ceil(Math.max(8 * lettersIn(heading), ...texts) + 28);
    let y = top + (inner - tall(boxes)) / 2;
    const at = boxes.map((box): Placed => {
      const height = heightOf(box);
      const here = { ...box, x, y, width, height };
      y += height + gapDown;
      return here;
    });
    const column = { heading, x, width, boxes: at };
    x += width + gapAcross;
    return column;
  });
  const width = Math.max(x - gapAcross + margin, Math.ceil(9.5 * lettersIn(title)) + 2 * margin);
  return { columns: placed, width, height: top + inner + margin };
}

function drawBox(
  { x, y, width, height, title, lines = [] }: Placed,
  fill: string,
  look: { ink: string; line: string },
): string {
  const middle = x + width / 2;
  return [
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="8" fill="${fill}" stroke="${look.line}"/>`,
    text(middle, y + 27, title, { size: 15, fill: look.ink, bold: true }),
    ...lines.map((line, index) => text(middle, y + 47 + 18 * index, line, { size: 13, fill: look.ink })),
  ].join('\n');
}

/** A line with a drawn head: no marker, whose id would clash where two pictures stand on one page. */
function arrow(from: Placed, to: Placed, color: string): string {
  const [x1, y1] = [from.x + from.width, from.y + from.height / 2];
  const [x2, y2] = [to.x, to.y + to.height / 2];
  const length = Math.hypot(x2 - x1, y2 - y1);
  const [dx, dy] = [(x2 - x1) / length, (y2 - y1) / length];
  const point = (along: number, aside: number) =>
    `${(x2 - along * dx - aside * dy).toFixed(1)} ${(y2 - along * dy + aside * dx).toFixed(1)}`;
  return (
    `<path d="M${x1} ${y1}L${point(6, 0)}" stroke="${color}" stroke-width="2" fill="none"/>` +
    `<path d="M${x2} ${y2}L${point(10, 4.5)}L${point(10, -4.5)}z" fill="${color}"/>`
  );
}

function text(
  x: number,
  y: number,
  content: string,
  { size, fill, bold = false }: { size: number; fill: string; bold?: boolean },
): string {
  const weight = bold ? ' font-weight="bold"' : '';
  return `<text x="${x}" y="${y}" text-anchor="middle" font-size="${size}"${weight} fill="${fill}">${plainText(content)}</text>`;
}
