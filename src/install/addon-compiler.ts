/** Compiles TensorFlow's addon for Node with one call of a C++ compiler: the machine's own, else one from a Python wheel. */
import fs from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { platform } from '../platform.ts';
import { withLock } from '../process/index.ts';
import { runCommand } from './command.ts';
import { exists, publishFolder } from './files.ts';
import type { Project } from './folders.ts';
import type { Target } from './tensorflow-wheels.ts';
import { downloadWheel, unpackWheel } from './venv.ts';

/** A compiler that was tried. */
interface AddonCompiler {
  readonly program: string;
  /** What comes before all other arguments. */
  readonly args: readonly string[];
}

/** What finding one needs. */
interface CompilerRequest {
  readonly project: Project;
  /** The user's cache folder: a fetched compiler is kept there. */
  readonly cache: string;
  /** `CXX` and `PATH` are read from it. */
  readonly env: NodeJS.ProcessEnv;
  readonly target: Target;
  readonly note: (text: string) => void;
}

/** A complete C++ compiler in a Python wheel, with the headers and libraries of every target. */
const ZIG = {
  requirement: 'ziglang==0.17.1',
  sha256: [
    'ea6cc5d87b033cf0aedfbc8f9549a908cae6c50ac31f1698188fa48a74524b54', // Linux x86-64
    'b7c5f02fccd40f89b999ee16a1f5ddced56e6182370f8affe494bcf8a28cf07e', // Linux arm64
    '09953b6af7f64168b915180a42774f520f92d86ef6331b28e33915c7e1f0bb23', // macOS arm64, from 13 on
  ],
};

/** Node's C headers for addons, as a package: the same for every Node that has this version of the interface. */
export function nodeHeaders(): string {
  return path.join(
    path.dirname(createRequire(import.meta.url).resolve('node-api-headers/package.json')),
    'include',
  );
}

/**
 * Finds a C++ compiler for the target: `$CXX`, `g++`, `clang++`, each tried on a small file that includes what the addon
 * includes; else the one of the Python package ziglang (101 MB, once, into the cache), also for another processor than
 * this machine's.
 *
 * @throws {@link CommandError} (`ST_INSTALL_COMMAND`) when there is none and none can be fetched
 */
export async function findCompiler(request: CompilerRequest): Promise<AddonCompiler> {
  const { target, env, note } = request;
  const isOwn = target.platform === platform.name && target.arch === process.arch;
  const own = isOwn ? await ownCompiler(env) : undefined;
  if (own !== undefined) return own;
  if (isOwn) note(`no C++ compiler here: taking that of the Python package ${ZIG.requirement}`);
  return { program: await fetchZig(request), args: ['c++', '-target', target.zigTarget] };
}

/** The first of the machine's own compilers that compiles. */
export async function ownCompiler(env: NodeJS.ProcessEnv): Promise<AddonCompiler | undefined> {
  for (const words of [env['CXX'], 'g++', 'clang++']) {
    const [program, ...args] = words?.trim().split(/\s+/) ?? [];
    if (program && (await compiles({ program, args }, env))) return { program, args };
  }
  return undefined;
}

async function compiles({ program, args }: AddonCompiler, env: NodeJS.ProcessEnv): Promise<boolean> {
  const headers = ['-include', 'node_api.h', '-include', 'string', '-I', nodeHeaders()];
  const all = [...args, '-std=c++17', '-fsyntax-only', ...headers, '-x', 'c++', platform.nullFile];
  return runCommand(program, all, { what: 'try the compiler', toDo: '', env, timeoutMs: 60_000 }).then(
    () => true,
    () => false,
  );
}

/** The fetched compiler's program. */
async function fetchZig({ project, cache }: CompilerRequest): Promise<string> {
  const place = path.join(cache, ZIG.requirement.replace('==', '-'));
  const program = path.join(place, 'ziglang', platform.program('zig'));
  return withLock(`${place}.lock`, async () => {
    if (await exists(program)) return program;
    const draft = await fs.mkdtemp(path.join(cache, 'ziglang-'));
    try {
      const wheel = await downloadWheel(project, { ...ZIG, to: path.join(draft, 'wheel') });
      const unpacked = path.join(draft, 'unpacked');
      await unpackWheel(project, wheel, unpacked);
      await publishFolder(unpacked, place);
    } finally {
      await fs.rm(draft, { recursive: true, force: true });
    }
    return program;
  });
}

/** What to compile. */
interface AddonRequest {
  readonly compiler: AddonCompiler;
  readonly target: Target;
  /** The package with the addon's source, `deps/lib` and `deps/include`. */
  readonly folder: string;
  /** The file to write, in `lib/<napi>` of that folder; its folder is made. */
  readonly addon: string;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Compiles and links the addon. It finds its libraries relative to itself, as the package's own build does.
 *
 * @throws {@link CommandError} (`ST_INSTALL_COMMAND`) with the compiler's own words
 * @see node_modules/@tensorflow/tfjs-node/binding.gyp
 */
export async function compileAddon({ compiler, target, folder, addon, env }: AddonRequest): Promise<void> {
  const source = path.join(folder, 'binding');
  const files = (await fs.readdir(source)).filter((name) => name.endsWith('.cc')).sort();
  const lib = path.join(folder, 'deps', 'lib');
  await fs.mkdir(path.dirname(addon), { recursive: true });
  const includes = [nodeHeaders(), path.join(folder, 'deps', 'include'), folder, source];
  await runCommand(
    compiler.program,
    [
      ...[...compiler.args, '-std=c++17', '-O2', '-fPIC', ...target.linkFlags],
      ...['-DNAPI_VERSION=8', '-DBUILDING_NODE_EXTENSION', ...includes.flatMap((place) => ['-I', place])],
      ...files.map((name) => path.join(source, name)),
      ...['-L', lib, '-ltensorflow', '-ltensorflow_framework'],
      ...target.besides.map((name) => path.join(lib, name)),
      ...[`-Wl,-rpath,${target.origin}/../../deps/lib`, '-o', addon],
    ],
    {
      what: "compile TensorFlow's addon for Node",
      toDo:
        "The compiler's own words are above. Another compiler can be named with CXX=...; without any (CXX unset, no " +
        'g++ and no clang++ on PATH) the Python package ziglang is used.',
      cwd: folder,
      // Both compilers write next to nothing else than the addon, and that into a folder that goes away.
      env: {
        ...env,
        ZIG_GLOBAL_CACHE_DIR: path.join(folder, 'zig'),
        ZIG_LOCAL_CACHE_DIR: path.join(folder, 'zig'),
      },
    },
  );
}
