/** Finds a Python that can make virtual environments. */
import { runCommand } from './command.ts';
import { ToolMissingError } from './errors.ts';
import { messageOf } from '../errors.ts';

/** A Python that will do. */
export interface Python {
  /** How to start it. */
  readonly program: string;
  /** `3.11.7`. */
  readonly version: string;
}

const CANDIDATES = ['python3', 'python', 'python3.13', 'python3.12', 'python3.11', 'python3.10'];

/** Prints the version, then whether the two modules that make an environment are there. */
const QUESTION = `import sys, importlib.util as u
print('.'.join(map(str, sys.version_info[:3])))
print(all(u.find_spec(name) for name in ('venv', 'ensurepip')))`;

/**
 * Finds Python 3.10 or newer with `venv` and `ensurepip`: `$STREAMTRAIN_PYTHON` if set (then only that), else
 * `python3`, `python` and the versioned names, in this order.
 *
 * @throws {@link ToolMissingError} (`ST_INSTALL_TOOL_MISSING`) naming every program tried and why it will not do
 * @example
 * ```ts
 * const { program, version } = await findPython();
 * ```
 */
export async function findPython(env: NodeJS.ProcessEnv = process.env): Promise<Python> {
  const wish = env['STREAMTRAIN_PYTHON'];
  const candidates = wish ? [wish] : CANDIDATES;
  const refusals: string[] = [];
  let lacksVenv: string | undefined;
  for (const program of candidates) {
    const answer = await ask(program, env);
    if ('refusal' in answer) {
      refusals.push(`${program}: ${answer.refusal}`);
    } else if (!isRecent(answer.version)) {
      refusals.push(`${program}: Python ${answer.version} is older than 3.10`);
    } else if (!answer.hasVenv) {
      refusals.push(`${program}: Python ${answer.version} lacks the modules venv and ensurepip`);
      lacksVenv ??= answer.version.split('.').slice(0, 2).join('.');
    } else {
      return { program, version: answer.version };
    }
  }
  throw new ToolMissingError({
    what: 'find a Python 3.10 or newer that can make virtual environments',
    tried: candidates,
    answered: refusals.join('\n'),
    toDo:
      lacksVenv !== undefined
        ? `On Debian and Ubuntu: sudo apt-get install python${lacksVenv}-venv`
        : 'Install Python 3.10 or newer (Debian and Ubuntu: sudo apt-get install python3 python3-venv; ' +
          'macOS: brew install python), or name one with STREAMTRAIN_PYTHON=/path/to/python3.',
  });
}

type Answer = { version: string; hasVenv: boolean } | { refusal: string };

async function ask(program: string, env: NodeJS.ProcessEnv): Promise<Answer> {
  try {
    const { stdout } = await runCommand(program, ['-c', QUESTION], {
      what: 'ask Python for its version',
      toDo: '',
      env: cleanPythonEnv(env),
      timeoutMs: 20_000,
    });
    const [version = '', hasVenv = ''] = stdout.trim().split('\n');
    return { version, hasVenv: hasVenv.trim() === 'True' };
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

/** The environment without the settings that make one Python load another's modules or install elsewhere. */
export function cleanPythonEnv(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const clean = { ...env, PIP_DISABLE_PIP_VERSION_CHECK: '1', PIP_NO_INPUT: '1', PYTHONNOUSERSITE: '1' };
  for (const name of ['PYTHONHOME', 'PYTHONPATH', 'PIP_USER', 'PIP_TARGET', 'PIP_PREFIX', 'VIRTUAL_ENV']) {
    delete (clean as NodeJS.ProcessEnv)[name];
  }
  return clean;
}
