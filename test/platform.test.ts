/** What differs between the systems, for each of them, on any of them. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { test } from 'node:test';
import { platform, platformOf } from '../src/platform.ts';

const linux = platformOf('linux');
const mac = platformOf('darwin');
const windows = platformOf('win32');

test('each system has its own line; another Unix is taken for Linux, under its own name', () => {
  for (const name of ['linux', 'darwin', 'win32', 'freebsd'] as const)
    assert.equal(platformOf(name).name, name);
  assert.equal(platform.name, process.platform);
  assert.deepEqual([linux.hasSignals, mac.hasSignals, windows.hasSignals], [true, true, false]);
  assert.deepEqual({ ...platformOf('freebsd'), name: 'linux' }, linux);
});

test('the empty file of this system is empty', () => {
  // Windows' one is for other programs to read.
  if (platform.hasSignals) assert.equal(fs.readFileSync(platform.nullFile, 'utf8'), '');
  assert.deepEqual([linux.nullFile, mac.nullFile, windows.nullFile], ['/dev/null', '/dev/null', 'NUL']);
});

test('programs, scripts and those of a Python environment have the names of the system', () => {
  assert.deepEqual([linux.program('java'), windows.program('java')], ['java', 'java.exe']);
  assert.deepEqual([mac.script('mvn'), windows.script('mvn')], ['mvn', 'mvn.cmd']);
  assert.equal(linux.venvProgram('/a/.venv', 'python'), '/a/.venv/bin/python');
  assert.equal(windows.venvProgram('C:\\a\\.venv', 'python'), 'C:\\a\\.venv\\Scripts\\python.exe');
});

test('a Python is looked for under every name of 3.10 to 3.14, on Windows by its launcher first', () => {
  for (const unix of [linux, mac])
    assert.deepEqual(
      unix.pythons.map(({ program }) => program),
      ['python3', 'python', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10'],
    );
  assert.deepEqual(windows.pythons[0], { program: 'py', args: ['-3'] });
  assert.deepEqual(
    windows.pythons.slice(1).map(({ program }) => program),
    ['python', 'python3'],
  );
});

test('PATH is split and lengthened with its own delimiter, under the name the environment has it by', () => {
  assert.deepEqual(linux.searchPath({ PATH: '/usr/bin::/bin' }), ['/usr/bin', '/bin']);
  assert.deepEqual(windows.searchPath({ Path: 'C:\\Windows;D:\\tools;' }), ['C:\\Windows', 'D:\\tools']);
  assert.deepEqual([linux.searchPath({}), windows.searchPath({})], [[], []]);
  assert.deepEqual(mac.withSearchPath({ PATH: '/bin', A: '1' }, ['/x', '/y']), {
    PATH: '/x:/y:/bin',
    A: '1',
  });
  // Two spellings of one name would leave it to chance which counts.
  assert.deepEqual(windows.withSearchPath({ Path: 'C:\\b' }, ['C:\\a']), { Path: 'C:\\a;C:\\b' });
});

test('a batch file is started by cmd.exe with every word quoted; a program by itself', () => {
  const words = ['-q', '-DoutputDirectory=C:\\my files\\', 'a & b | c ^ d'];
  assert.deepEqual(windows.spawnable('C:\\maven\\mvn.cmd', words), {
    program: 'cmd.exe',
    args: [
      ...['/d', '/s', '/c'],
      '""C:\\maven\\mvn.cmd" "-q" "-DoutputDirectory=C:\\my files\\\\" "a & b | c ^ d""',
    ],
    windowsVerbatimArguments: true,
  });
  assert.deepEqual(windows.spawnable('java.exe', words), { program: 'java.exe', args: words });
  assert.deepEqual(linux.spawnable('mvn.cmd', words), { program: 'mvn.cmd', args: words });
  for (const word of ['say "hello"', '100%PATH%', 'two\nlines'])
    assert.throws(() => windows.spawnable('mvn.CMD', [word]), /mvn\.CMD.*cannot be given/);
});

test('a process ends with all that it started: by its group, on Windows by taskkill', () => {
  assert.deepEqual([linux.endTree(5), mac.endTree(5)], [undefined, undefined]);
  assert.deepEqual(windows.endTree(4711), { program: 'taskkill', args: ['/PID', '4711', '/T', '/F'] });
});

test('an address is opened by the program of the desktop, without a shell; on Linux only where there is one', () => {
  const url = 'file:///C:/a%20b/open.html';
  assert.equal(linux.opener(url, {}), undefined);
  assert.deepEqual(linux.opener(url, { WAYLAND_DISPLAY: 'w' }), { program: 'xdg-open', args: [url] });
  assert.deepEqual(mac.opener(url, {}), { program: 'open', args: [url] });
  assert.deepEqual(windows.opener(url, {})?.args.at(-1), url);
});

test("Jupyter's folder of a user, and the one for temporary files", () => {
  assert.equal(linux.jupyterData('/home/me', {}), '/home/me/.local/share/jupyter');
  assert.equal(linux.jupyterData('/home/me', { XDG_DATA_HOME: '/data' }), '/data/jupyter');
  assert.equal(mac.jupyterData('/Users/me', { XDG_DATA_HOME: '/data' }), '/Users/me/Library/Jupyter');
  assert.equal(
    windows.jupyterData('C:\\Users\\me', { APPDATA: 'C:\\Users\\me\\Roaming' }),
    'C:\\Users\\me\\Roaming\\jupyter',
  );
  assert.deepEqual(windows.tempFolder('D:\\t'), { TEMP: 'D:\\t', TMP: 'D:\\t' });
  // This system's programs do heed it.
  const code = 'console.log(require("os").tmpdir())';
  const env = { ...process.env, ...platform.tempFolder(fs.realpathSync('.')) };
  const { stdout } = spawnSync(process.execPath, ['-e', code], { env, encoding: 'utf8' });
  assert.equal(stdout.trim(), fs.realpathSync('.'));
});
