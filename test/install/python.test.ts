import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { ToolMissingError } from '../../src/install/errors.ts';
import { projectAt } from '../../src/install/folders.ts';
import { cleanPythonEnv, findPython } from '../../src/install/python.ts';
import { markVenvCurrent, venvIsCurrent, venvPython } from '../../src/install/venv.ts';
import { platformOf } from '../../src/platform.ts';
import { tempFolder } from './helpers.ts';

test('finds a Python that is new enough', async () => {
  const { version } = await findPython();
  assert.match(version, /^3\.(1\d|[2-9]\d)\./);
});

test('no Python at all: every name that was tried, and how to get one', async (t) => {
  const folder = await tempFolder(t);
  await assert.rejects(findPython({ PATH: folder }), (error) => {
    assert(error instanceof ToolMissingError);
    assert.deepEqual(error.tried.slice(0, 2), ['python3', 'python']);
    assert.match(error.answered, /python3: not found/);
    assert.match(error.toDo, /apt-get install python3 python3-venv.*STREAMTRAIN_PYTHON/s);
    return true;
  });
});

test("Windows' launcher is asked once: what it starts is called by its own name", async (t) => {
  const folder = await tempFolder(t);
  // As py.exe does: takes -3 away, and starts the newest.
  const launcher = '#!/bin/sh\n[ "$1" = -3 ] || exit 9\nshift\nexec python3 "$@"\n';
  await fs.writeFile(path.join(folder, 'py'), launcher, { mode: 0o755 });
  const env = { ...process.env, PATH: `${folder}:${process.env['PATH']}`, STREAMTRAIN_PYTHON: '' };
  const { program, version } = await findPython(env, platformOf('win32'));
  assert.ok(path.isAbsolute(program) && path.basename(program) !== 'py', program);
  assert.equal(version, (await findPython()).version);
  await assert.rejects(findPython({ PATH: '' }, platformOf('win32')), (error) => {
    assert(error instanceof ToolMissingError);
    assert.deepEqual(error.tried, ['py -3', 'python', 'python3']);
    return true;
  });
});

test('STREAMTRAIN_PYTHON that leads nowhere is not silently replaced by another', async () => {
  const env = { ...process.env, STREAMTRAIN_PYTHON: '/nowhere/python3' };
  await assert.rejects(findPython(env), (error) => {
    assert(error instanceof ToolMissingError);
    assert.deepEqual(error.tried, ['/nowhere/python3']);
    return true;
  });
});

// Old Pythons and Debian's Python without ensurepip are not on every machine: programs that answer as they do.
for (const { name, answer, expected, advice } of [
  {
    name: 'too old',
    answer: '3.9.18\\nTrue',
    expected: /3\.9\.18 is older than 3\.10/,
    advice: /Install Python 3\.10/,
  },
  {
    name: "without ensurepip (Debian's python3 alone)",
    answer: '3.11.2\\nFalse',
    expected: /3\.11\.2 lacks the modules venv and ensurepip/,
    advice: /apt-get install python3\.11-venv/,
  },
]) {
  test(`a Python ${name} is refused with its reason`, async (t) => {
    const program = path.join(await tempFolder(t), 'python3');
    await fs.writeFile(program, `#!/bin/sh\nprintf '${answer}\\n'\n`, { mode: 0o755 });
    await assert.rejects(findPython({ ...process.env, STREAMTRAIN_PYTHON: program }), (error) => {
      assert(error instanceof ToolMissingError);
      assert.match(error.answered, expected);
      assert.match(error.toDo, advice);
      return true;
    });
  });
}

test("the user's Python settings do not leak into the project's environment", () => {
  const env = cleanPythonEnv({
    PYTHONPATH: '/x',
    PYTHONHOME: '/y',
    PIP_USER: '1',
    PIP_INDEX_URL: 'kept',
    PATH: 'kept',
  });
  assert.deepEqual([env['PYTHONPATH'], env['PYTHONHOME'], env['PIP_USER']], [undefined, undefined, '0']);
  assert.deepEqual([env['PIP_INDEX_URL'], env['PATH']], ['kept', 'kept']);
});

test('the environment is current only while the requirement files are those it was made from', async (t) => {
  const folder = await tempFolder(t);
  const project = projectAt(folder);
  const requirements = path.join(folder, 'scripts', 'python');
  await fs.mkdir(requirements, { recursive: true });
  await fs.cp(path.join(projectAt().folder, 'scripts', 'python'), requirements, { recursive: true });
  assert.equal(await venvIsCurrent(project), false, 'nothing there yet');
  await fs.mkdir(path.dirname(venvPython(project)), { recursive: true });
  await fs.writeFile(venvPython(project), '');
  await markVenvCurrent(project);
  assert.equal(await venvIsCurrent(project), true);
  // The system's Python is another one since: its packages are in a folder of their own.
  const systems = path.join(folder, 'python3.99');
  await fs.writeFile(systems, '');
  await fs.rm(venvPython(project));
  await fs.symlink(systems, venvPython(project));
  assert.equal(await venvIsCurrent(project), false);
  await fs.mkdir(path.join(project.venvFolder, 'lib', 'python3.99'), { recursive: true });
  assert.equal(await venvIsCurrent(project), true);
  await fs.appendFile(path.join(requirements, 'requirements.txt'), '# another line\n');
  assert.equal(await venvIsCurrent(project), false);
});
