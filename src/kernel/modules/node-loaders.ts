/** Hands compiled sources to Node's loaders: to that of ES modules by its hooks, to `require` by its table of endings. */
import * as nodeModule from 'node:module';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { Map, Reflect, encodeURIComponent } from '../primordials.ts';

/** A module as the loader takes it. */
interface ModuleSource {
  readonly format: 'module';
  readonly source: string;
}

interface HookResult {
  readonly shortCircuit?: boolean;
}
type Next = (name: string, context?: unknown) => HookResult;
/** `registerHooks` of Node >= 22.15. */
type RegisterHooks = (hooks: {
  resolve(specifier: string, context: unknown, next: Next): HookResult;
  load(url: string, context: unknown, next: Next): HookResult;
}) => void;

/** The loader thread's side, for Node 20. It drains the port when asked, so nothing is asked before it is known. */
const threadCode = `
import { receiveMessageOnPort } from 'node:worker_threads';
const sources = new Map();
let port;
export function initialize(data) { port = data.port; }
function sourceOf(url) {
  for (let got; (got = receiveMessageOnPort(port)); ) sources.set(got.message.url, got.message.module);
  return sources.get(url);
}
export async function resolve(specifier, context, next) {
  if (!sourceOf(specifier)) return next(specifier, context);
  return { url: specifier, format: 'module', importAttributes: {}, shortCircuit: true };
}
export async function load(url, context, next) {
  const module = sourceOf(url);
  return module ? { ...module, shortCircuit: true } : next(url, context);
}
`;

/**
 * Sources of ES modules by URL; the loader's hooks are installed with the first one. They run in this thread where Node
 * can (22.15 and later), else in its loader thread.
 */
export class SourceStore {
  readonly #sources = new Map<string, ModuleSource>();
  #port: MessagePort | undefined;
  #installed = false;

  has(url: string): boolean {
    return this.#sources.has(url);
  }

  set(url: string, source: string): void {
    this.#install();
    const module: ModuleSource = { format: 'module', source };
    this.#sources.set(url, module);
    this.#port?.postMessage({ url, module });
  }

  #install(): void {
    if (this.#installed) return;
    this.#installed = true;
    const registerHooks = (nodeModule as { registerHooks?: RegisterHooks }).registerHooks;
    if (registerHooks) {
      registerHooks({
        resolve: (specifier, context, next) =>
          this.has(specifier)
            ? ({ url: specifier, format: 'module', importAttributes: {}, shortCircuit: true } as HookResult)
            : next(specifier, context),
        load: (url, context, next) => {
          const module = this.#sources.get(url);
          return module ? { ...module, shortCircuit: true } : next(url, context);
        },
      });
      return;
    }
    const { port1, port2 } = new MessageChannel();
    port1.unref();
    this.#port = port1;
    const url = `data:text/javascript,${encodeURIComponent(threadCode)}`;
    nodeModule.register(url, { data: { port: port2 }, transferList: [port2] });
  }
}

/** A CommonJS module, with the function by which Node's own loaders run its text. */
type CommonJsModule = NodeJS.Module & { _compile(code: string, file: string): void };

/** All have the same table of endings, and the same cache. */
const anyRequire = nodeModule.createRequire(import.meta.url);

/**
 * Lets `require` compile files of some endings, wherever in the process it is called.
 *
 * Node's hooks reach `require` only from 22.15 on. Its table of endings, `require.extensions`, is deprecated but on the
 * record that it stays; `module._compile` is not documented, but every compiler hook lives by it. Tried on Node
 * 20.20. Where they are absent, `require` of a TypeScript file ends with Node's own error; `import` works.
 *
 * @param compile gives JavaScript for a file
 */
export function compileRequired(endings: readonly string[], compile: (file: string) => string): void {
  const table = Reflect.get(anyRequire, 'extensions') as
    | Record<string, (module: CommonJsModule, file: string) => void>
    | undefined;
  if (!table) return;
  for (const ending of endings) table[ending] = (module, file) => module._compile(compile(file), file);
}

/** Lets the next `require` of a file run it again. */
export function forgetRequired(file: string): void {
  Reflect.deleteProperty(anyRequire.cache, file);
}
