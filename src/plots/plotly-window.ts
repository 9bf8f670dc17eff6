/** plotly.js in a window without a browser: jsdom, with stand-ins for the little of layout that plotly asks for. */
import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import type { JSDOM } from 'jsdom';
import { orToolsMissing } from './errors.ts';
import { lettersIn, type JsonObject } from './figure.ts';

/** The part of plotly.js that drawing needs. */
interface PlotlyInWindow {
  newPlot(element: object, data: readonly JsonObject[], layout: JsonObject): Promise<unknown>;
  toImage(element: object, options: { format: 'svg'; imageDataOnly: true }): Promise<string>;
  purge(element: object): void;
}

/** A loaded plotly and the window it lives in. */
interface PlotlyWindow {
  readonly plotly: PlotlyInWindow;
  readonly document: Document;
}

const require = createRequire(import.meta.url);
let loading: Promise<PlotlyWindow> | undefined;

/** Loads plotly.js once (about 0.7 s); later calls get the same one. @throws FigureToolsMissingError (`ST_PLOTS_TOOLS_MISSING`) */
export function plotlyWindow(): Promise<PlotlyWindow> {
  loading ??= load();
  return loading;
}

/**
 * Plotly drops promises whose failures it has reported already; Node would end the process for each. What it gives to its
 * caller fails as before.
 */
const promisesWithoutAlarm = `{
  const then = Promise.prototype.then;
  const quiet = (promise) => (then.call(promise, undefined, () => {}), promise);
  Promise.prototype.then = function (...steps) { return quiet(then.apply(this, steps)); };
  const Plain = Promise;
  window.Promise = class Promise extends Plain {
    static get [Symbol.species]() { return Plain; }
    constructor(executor) { super(executor); quiet(this); }
  };
}`;

async function load(): Promise<PlotlyWindow> {
  const { JSDOM } = await orToolsMissing('jsdom', () => import('jsdom'));
  const bundle = await orToolsMissing('plotly.js', () =>
    readFile(require.resolve('plotly.js/dist/plotly.min.js'), 'utf8'),
  );
  const dom = new JSDOM('<!doctype html><body></body>', {
    pretendToBeVisual: true,
    runScripts: 'outside-only',
  });
  standIn(dom);
  dom.window.eval(promisesWithoutAlarm);
  dom.window.eval(bundle);
  return {
    plotly: (dom.window as unknown as { Plotly: PlotlyInWindow }).Plotly,
    document: dom.window.document,
  };
}

/** What jsdom lacks: it does not lay out, so text is measured by its length and font size. */
function standIn({ window }: JSDOM): void {
  window.URL.createObjectURL = () => 'blob:none';
  // Nothing is fetched: plotly would ask for the shapes of maps, and end the process where there is no answer.
  Object.assign(window, {
    XMLHttpRequest: function offline() {
      throw new Error('figures are drawn without a network');
    },
  });
  Object.assign(window.HTMLCanvasElement.prototype, { getContext: () => null });
  Object.assign(window.SVGElement.prototype, {
    getBBox: textBox,
    getBoundingClientRect: textBox,
    getComputedTextLength(this: SVGElement) {
      return textBox.call(this).width;
    },
  });
}

function textBox(this: SVGElement) {
  const lines = this.querySelectorAll('tspan.line');
  const texts =
    lines.length > 0 ? [...lines].map((line) => line.textContent ?? '') : [this.textContent ?? ''];
  const size = fontSize(this);
  const width = 0.56 * size * Math.max(...texts.map(lettersIn));
  const height = 1.2 * size * texts.length;
  const x = -width * (startOf[this.getAttribute('text-anchor') ?? ''] ?? 0);
  return { x, y: -size, left: x, top: -size, right: x + width, bottom: height - size, width, height };
}

/** Which share of a text stands before its place. */
const startOf: Readonly<Record<string, number>> = { middle: 0.5, end: 1 };

function fontSize(element: Element): number {
  for (let at: Element | null = element; at; at = at.parentElement) {
    const size = /font-size:\s*([\d.]+)/.exec(at.getAttribute('style') ?? '')?.[1];
    if (size) return Number(size);
  }
  const inner = element.querySelector('[style*="font-size"]');
  return Number(/font-size:\s*([\d.]+)/.exec(inner?.getAttribute('style') ?? '')?.[1] ?? 12);
}
