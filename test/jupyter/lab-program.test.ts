import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCommand } from '../../src/install/command.ts';
import { projectAt } from '../../src/install/folders.ts';
import { cleanPythonEnv } from '../../src/install/python.ts';
import { venvPython } from '../../src/install/venv.ts';
import { LAB_PROGRAM, WITHOUT_YARN } from '../../src/jupyter/lab-program.ts';

const runPython = async (program: string) =>
  runCommand(venvPython(projectAt()), ['-c', program], {
    what: 'run Python',
    toDo: '',
    env: cleanPythonEnv(),
  });

test('JupyterLab is loaded without starting a Node and without working out a grammar', async () => {
  const { stdout } = await runPython(`${WITHOUT_YARN}
import json, resource, sys
from jupyterlab.labapp import main
children = resource.getrusage(resource.RUSAGE_CHILDREN)
heavy = [name for name in ('lark', 'rfc3987_syntax', 'IPython') if name in sys.modules]
print(json.dumps({'seconds of children': children.ru_utime + children.ru_stime, 'heavy': heavy}))`);
  assert.deepEqual(JSON.parse(stdout), { 'seconds of children': 0, heavy: [] });
});

test('a JupyterLab whose starter ends before it says anything ends, too, with its reason', async () => {
  // Its input is empty, as a pipe is whose other end was closed.
  await assert.rejects(runPython(LAB_PROGRAM), /ended before it was told to start/);
});
