/** Source archives of Python packages: fetched by pip, and by pip alone; nothing is built, and nothing in them is run. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { platform } from '../platform.ts';
import { runCommand } from './command.ts';
import { ChecksumError, CommandError } from './errors.ts';
import { cleanPythonEnv } from './python.ts';
import type { OnProgress } from './steps.ts';
import { pythonWithPip, reportProgress } from './venv.ts';

/**
 * pip asks a source archive for its name and version, even where it is only to be downloaded: by the build backend of PEP 517,
 * which for an archive without `pyproject.toml` is setuptools. By itself pip would fetch that, without a digest, and run
 * the archive's `setup.py` with it. This one is found in its place, and answers what is known already.
 */
const BACKEND = `import os
NAME, VERSION = os.environ['STREAMTRAIN_SDIST'].split('==')
class Backend:
    @staticmethod
    def prepare_metadata_for_build_wheel(folder, config_settings=None):
        place = f'{NAME}-{VERSION}.dist-info'
        os.makedirs(os.path.join(folder, place))
        with open(os.path.join(folder, place, 'METADATA'), 'w') as metadata:
            metadata.write(f'Metadata-Version: 2.1\\nName: {NAME}\\nVersion: {VERSION}\\n')
        return place
__legacy__ = Backend
`;

/** Which archive, and where to. */
interface SdistRequest {
  /** `pyspark==4.2.0`. The archive must have no `pyproject.toml`, which could name another backend. */
  readonly requirement: string;
  /** Hex. */
  readonly sha256: string;
  /** The folder to put it in; created. pip puts what it downloads here first, too: the temporary folder may be small. */
  readonly to: string;
  readonly env: NodeJS.ProcessEnv;
  readonly onProgress?: OnProgress;
}

/**
 * Downloads a source archive with pip, which knows the user's index, proxy and certificates, and holds it against its digest before
 * it looks into it. Tried with pip 22.0, 23.0, 23.1, 24.0, 25.3 and 26.0.
 *
 * @returns the archive's path
 * @throws ChecksumError (`ST_INSTALL_CHECKSUM`), CommandError (`ST_INSTALL_COMMAND`), DiskFullError (`ST_INSTALL_DISK_FULL`)
 */
export async function downloadSdist(request: SdistRequest): Promise<string> {
  const { requirement, sha256, to, env, onProgress } = request;
  const python = await pythonWithPip(env);
  const backend = path.join(to, 'backend', 'setuptools');
  await fs.mkdir(backend, { recursive: true });
  await fs.writeFile(path.join(backend, '__init__.py'), '');
  await fs.writeFile(path.join(backend, 'build_meta.py'), BACKEND);
  const list = path.join(to, 'requirement.txt');
  await fs.writeFile(list, `${requirement} --hash=sha256:${sha256}\n`);
  const how = [
    ...['download', '--no-deps', '--no-binary=:all:', '--require-hashes', '--use-pep517'],
    ...['--no-build-isolation', ...(await progressFlags(python)), '--dest', to, '-r', list],
  ];
  const what = `download the Python package ${requirement}`;
  try {
    await runCommand(python, ['-m', 'pip', ...how], {
      what,
      toDo: 'Check the network and pip\'s settings ("pip config list": index, proxy, certificates), then run again.',
      env: {
        ...{ ...cleanPythonEnv(env), ...platform.tempFolder(to), STREAMTRAIN_SDIST: requirement },
        PYTHONPATH: path.dirname(backend),
        // The real setuptools, where there is one, would else reach for parts of itself when pip starts.
        SETUPTOOLS_USE_DISTUTILS: 'stdlib',
      },
      onLine: (line) => reportProgress(line, onProgress),
    });
  } catch (error) {
    throw wrongDigest(error, what, sha256) ?? error;
  }
  const archive = (await fs.readdir(to)).find((name) => name.endsWith('.tar.gz'));
  if (archive === undefined) throw new Error(`pip said it downloaded ${requirement}, but ${to} holds none`);
  return path.join(to, archive);
}

/** The error for what pip refused for its digest: it prints the one that it got. */
function wrongDigest(error: unknown, what: string, sha256: string): ChecksumError | undefined {
  if (!(error instanceof CommandError)) return undefined;
  const actual = /^\s+Got\s+([0-9a-f]{64})$/m.exec(error.answered)?.[1];
  if (actual === undefined || !error.answered.includes('DO NOT MATCH THE HASHES')) return undefined;
  return new ChecksumError({
    what,
    tried: error.tried,
    answered: `sha256 is ${actual}, in our list it is ${sha256}`,
    toDo: 'Run again. If the digest is still wrong, the package index serves an altered file: name another one in pip\'s settings ("pip config list").',
    cause: error,
  });
}

/** How pip says how far it is; those before 24.1 cannot in a form that programs read. */
async function progressFlags(python: string): Promise<string[]> {
  const asked = {
    what: 'ask pip for its version',
    toDo: 'Install pip for this Python.',
    env: cleanPythonEnv(),
  };
  const { stdout } = await runCommand(python, ['-m', 'pip', '--version'], asked);
  const [, major = '0', minor = '0'] = /^pip (\d+)\.(\d+)/.exec(stdout) ?? [];
  const isNew = Number(major) > 24 || (Number(major) === 24 && Number(minor) >= 1);
  return ['--progress-bar', isNew ? 'raw' : 'off'];
}
