/** Finds a Python that can make virtual environments. */
import { runCommand } from './command.ts';
import { ToolMissingError } from './errors.ts';
import { messageOf } from '../errors.ts';
import { platform, type Platform, type Start } from '../platform.ts';

/** A Python that will do. */
export interface Python {
  /** How to start it. */
  readonly program: string;
  /** `3.11.7`. */
  readonly version: string;
}

/** Prints the version, whether the two modules that make an environment are there, and which program this is. */
const QUESTION = `import sys, importlib.util as u
print('.'.join(map(str, sys.version_info[:3])))
print(all(u.find_spec(name) for name in ('venv', 'ensurepip')))
print(sys.executable)`;

/**
 * Finds Python 3.10 or newer with `venv` and `ensurepip`: `$STREAMTRAIN_PYTHON` if set (then only that), else
 * `python3`, `python` and the versioned names, in this order; on Windows `py -3` first.
 *
 * @throws {@link ToolMissingError} (`ST_INSTALL_TOOL_MISSING`) naming every program tried and why it will not do
 * @example
 * ```ts
 * const { program, version } = await findPython();
 * ```
 */
export async function findPython(
  env: NodeJS.ProcessEnv = process.env,
  { pythons }: Pick<Platform, 'pythons'> = platform,
): Promise<Python> {
  const wish = env['STREAMTRAIN_PYTHON'];
  const candidates = wish ? [{ program: wish, args: [] }] : pythons;
  const refusals: string[] = [];
  let lacksVenv: string | undefined;
  for (const candidate of candidates) {
    const program = spelt(candidate);
    const answer = await ask(candidate, env);
    if ('refusal' in answer) {
      refusals.push(`${program}: ${answer.refusal}`);
    } else if (!isRecent(answer.version)) {
      refusals.push(`${program}: Python ${answer.version} is older than 3.10`);
    } else if (!answer.hasVenv) {
      refusals.push(`${program}: Python ${answer.version} lacks the modules venv and ensurepip`);
      lacksVenv ??= answer.version.split('.').slice(0, 2).join('.');
    } else {
      // A launcher is asked once: what it starts is called by its own name from then on.
      const isLauncher = candidate.args.length > 0;
      return { program: isLauncher ? answer.executable : program, version: answer.version };
    }
  }
  throw new ToolMissingError({
    what: 'find a Python 3.10 or newer that can make virtual environments',
    tried: candidates.map(spelt),
    answered: refusals.join('\n'),
    toDo:
      lacksVenv !== undefined
        ? `On Debian and Ubuntu: sudo apt-get install python${lacksVenv}-venv`
        : 'Install Python 3.10 or newer (Debian and Ubuntu: sudo apt-get install python3 python3-venv; ' +
          'macOS: brew install python; Windows: winget install Python.Python.3.13), or name one with STREAMTRAIN_PYTHON=/path/to/python3.',
  });
}

const spelt = ({ program, args }: Start): string => [program, ...args].join(' ');

type Answer = { version: string; hasVenv: boolean; executable: string } | { refusal: string };

async function ask({ program, args }: Start, env: NodeJS.ProcessEnv): Promise<Answer> {
  try {
    const { stdout } = await runCommand(program, [...args, '-c', QUESTION], {
      what: 'ask Python for its version',
      toDo: '',
      env: cleanPythonEnv(env),
      timeoutMs: 20_000,
    });
    const [version = '', hasVenv = '', executable = ''] = stdout.trim().split(/\r?\n/);
    return { version, hasVenv: hasVenv === 'True', executable };
  } catch (error) {
    if (error instanceof ToolMissingError) return { refusal: 'not found' };
    return {
      refusal: 'answered' in (error as object) ? (error as ToolMissingError).answered : messageOf(error),
    };
  }
}

function isRecent(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 3 || (major === 3 && minor >= 10);
}

/**
 * The environment without the settings that make one Python load another's modules, install elsewhere, or write other bytes than
 * UTF-8. `PIP_USER`: pip's own files may say it, too.
 */
export function cleanPythonEnv(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const clean = {
    ...env,
    ...{ PIP_DISABLE_PIP_VERSION_CHECK: '1', PIP_NO_INPUT: '1', PIP_USER: '0' },
    ...{ PYTHONNOUSERSITE: '1', PYTHONIOENCODING: 'utf-8' },
  };
  for (const name of ['PYTHONHOME', 'PYTHONPATH', 'PIP_TARGET', 'PIP_PREFIX', 'VIRTUAL_ENV']) {
    delete (clean as NodeJS.ProcessEnv)[name];
  }
  return clean;
}
