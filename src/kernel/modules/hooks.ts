/** Hands compiled sources to Node's module loader: in this thread where Node can, else through its loader thread. */
import * as nodeModule from 'node:module';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { Map, encodeURIComponent } from '../primordials.ts';

/** A module as the loader takes it. */
export interface ModuleSource {
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

/** Sources by URL; the loader's hooks are installed with the first one. */
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
