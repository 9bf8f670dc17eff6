/** A place for outputs inside of controls: what code prints and shows can go there. */
import { refuseUnknownOptions } from '../options.ts';
import { kernelHook, type Json } from './kernel-hook.ts';
import { modules } from './model.ts';
import { OutputList, pictures, type NotebookOutput } from './output-list.ts';
import { Widget, escaped, widgetNames, type WidgetOptions } from './widget.ts';

/** Changes are told to the front end after so many ms. */
const gatherMs = 15;

/**
 * A place for outputs. Elsewhere than in the kernel, what it would hold is printed.
 *
 * @throws UnknownOptionError (`ST_OPTION_UNKNOWN`)
 * @example
 * ```ts
 * const log = new Output();
 * log.capture(() => console.log('goes there'));
 * ```
 */
export class Output extends Widget {
  #list = this.#told(new OutputList());
  #timer: NodeJS.Timeout | undefined;

  constructor(options: WidgetOptions = {}) {
    refuseUnknownOptions('Output', options, widgetNames);
    super({ ...modules.output, model: 'OutputModel', view: 'OutputView' }, options, {
      msg_id: '',
      outputs: [],
    });
  }

  /** What it holds, as notebooks store it. */
  get outputs(): readonly NotebookOutput[] {
    return this.#list.outputs;
  }

  /** Calls `work`; what it prints and shows, later on too, goes here. */
  capture<T>(work: () => T): T {
    const hook = kernelHook();
    return hook ? hook.capture(this.#list, work) : work();
  }

  /** Adds a value, as a cell would show it. */
  async show(value: unknown): Promise<void> {
    const hook = kernelHook();
    if (hook) this.#list.display(await hook.bundle(value));
    else console.log(value);
  }

  /** Adds text. */
  print(text: string): void {
    if (kernelHook()) this.#list.text('stdout', text);
    else process.stdout.write(text);
  }

  clear(): void {
    this.#list.clear(false);
  }

  /** Shows this list in place of all that it holds; what comes into the list later on is shown, too. */
  replace(list: OutputList): void {
    this.#list.onChange(() => {});
    this.#list = this.#told(list);
    this.#send();
  }

  override toText(): string {
    return this.outputs.map(textOf).filter(Boolean).join('\n');
  }

  override toHtml(): string {
    return this.outputs.map(htmlOf).join('\n');
  }

  override close(): void {
    clearTimeout(this.#timer);
    super.close();
  }

  /** The list, whose changes the front end is told of. */
  #told(list: OutputList): OutputList {
    list.onChange(() => (this.#timer ??= setTimeout(() => this.#send(), gatherMs)));
    return list;
  }

  #send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.patch({ outputs: [...this.outputs] });
  }
}

function textOf({ text, data, ename, evalue }: Json): string {
  if (typeof text === 'string') return text.trimEnd();
  if (typeof ename === 'string') return `${ename}: ${evalue as string}`;
  const plain = (data as Json)['text/plain'];
  return typeof plain === 'string' ? plain : '';
}

function htmlOf(output: NotebookOutput): string {
  const data = (output['data'] ?? {}) as Readonly<Record<string, unknown>>;
  const svg = data['image/svg+xml'];
  const words = escaped(textOf(output));
  if (typeof svg === 'string')
    return `<img alt="${words}" src="data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}">`;
  const kind = pictures.find((each) => each in data);
  if (kind !== undefined) return `<img alt="${words}" src="data:${kind};base64,${String(data[kind])}">`;
  const html = data['text/html'];
  return typeof html === 'string' ? html : `<pre>${words}</pre>`;
}
