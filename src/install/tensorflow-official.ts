/** Native TensorFlow the package's own way: its install script downloads libtensorflow and a ready addon. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../errors.ts';
import { connectOnce } from '../process/index.ts';
import { runCommand } from './command.ts';
import { NativeTensorFlowError } from './errors.ts';
import { exists, folderSize } from './files.ts';
import type { OnProgress } from './steps.ts';
import type { TensorFlowPackage } from './tensorflow-package.ts';

/** What the package's own way needs. */
interface OfficialRequest {
  readonly native: TensorFlowPackage;
  /** An empty folder to work in; afterwards it holds `deps/lib/` and `lib/<napi>/tfjs_binding.node`. */
  readonly staging: string;
  /** See `buildEnvironment`. */
  readonly env: NodeJS.ProcessEnv;
  readonly onProgress?: OnProgress;
}

/** Nothing grows for this long: the download hangs, ms. */
const STALL_MS = 300_000;

/**
 * Runs the package's own `scripts/install.js` in a copy of the package, so that node_modules is never half done. Its
 * address settings hold: `TFJS_NODE_BASE_URI`, `TFJS_NODE_CDN_STORAGE`, `npm_config_tfjs_binding_binary_host_mirror`.
 * A quick look whether the server can be reached at all comes first.
 *
 * @throws {@link NativeTensorFlowError} or {@link CommandError} saying why it did not work
 * @see node_modules/@tensorflow/tfjs-node/scripts/install.js
 */
export async function installOfficially(request: OfficialRequest): Promise<void> {
  const { native, staging, env, onProgress } = request;
  await requireReachable(env);
  await copyPackage(native, staging);
  const stall = new AbortController();
  const watch = watchGrowth(path.join(staging, 'deps'), stall, onProgress);
  try {
    await runCommand(process.execPath, [path.join('scripts', 'install.js')], {
      what: "run the install script of @tensorflow/tfjs-node (the package's own way)",
      toDo: 'The fallback is tried next.',
      cwd: staging,
      env,
      signal: stall.signal,
    });
  } finally {
    clearInterval(watch);
  }
  // The script ends with 0 also when the connection broke in the middle: look at what is there.
  const expected = [path.relative(native.folder, native.addon), path.join('deps', 'lib')];
  for (const part of expected) {
    if (await exists(path.join(staging, part))) continue;
    throw new NativeTensorFlowError({
      what: "get native TensorFlow the package's own way",
      tried: ['scripts/install.js of @tensorflow/tfjs-node'],
      answered: `it ended well but left no ${part}`,
      toDo: 'The fallback is tried next.',
    });
  }
}

/** Copies what the package's install needs, without any native part that may be there already. */
export async function copyPackage(native: TensorFlowPackage, staging: string): Promise<void> {
  for (const part of ['package.json', 'binding.gyp', 'binding', 'scripts']) {
    await fs.cp(path.join(native.folder, part), path.join(staging, part), { recursive: true });
  }
}

/** The server that the package's script will ask, read from the same settings. */
export function officialServer(env: NodeJS.ProcessEnv): URL {
  const first = (...names: string[]) => names.map((name) => env[name]).find((value) => value);
  return new URL(
    first('TFJS_NODE_BASE_URI', 'npm_config_TFJS_NODE_BASE_URI') ??
      first('TFJS_NODE_CDN_STORAGE', 'npm_config_TFJS_NODE_CDN_STORAGE', 'CDN_STORAGE') ??
      'https://storage.googleapis.com/',
  );
}

/** Connects to the server, or to the proxy the script would use, and hangs up again. */
async function requireReachable(env: NodeJS.ProcessEnv, timeoutMs = 4_000): Promise<void> {
  const server = officialServer(env);
  const proxy = env['HTTPS_PROXY'] ?? env['https_proxy'] ?? env['HTTP_PROXY'] ?? env['http_proxy'];
  const target = proxy ? new URL(proxy) : server;
  const port = Number(target.port || (target.protocol === 'https:' ? 443 : 80));
  try {
    await connectOnce(target.hostname.replace(/^\[|\]$/g, ''), port, timeoutMs);
  } catch (error) {
    throw new NativeTensorFlowError({
      what: `reach the server of @tensorflow/tfjs-node's native library`,
      tried: [`connecting to ${target.hostname}:${port}${proxy ? ' (the proxy that is set)' : ''}`],
      answered: messageOf(error) || String((error as NodeJS.ErrnoException).code),
      toDo: 'The fallback is tried next.',
    });
  }
}

/** Reports the folder's size every second; aborts when it has not changed for too long. */
function watchGrowth(folder: string, stall: AbortController, onProgress?: OnProgress): NodeJS.Timeout {
  let size = 0;
  let changed = performance.now();
  const look = async (): Promise<void> => {
    const now = await folderSize(folder);
    if (now !== size) changed = performance.now();
    size = now;
    if (now > 0) onProgress?.({ done: now });
    if (performance.now() - changed > STALL_MS)
      stall.abort(new Error(`nothing arrived for ${STALL_MS / 1000} s`));
  };
  return setInterval(() => void look(), 1_000);
}
