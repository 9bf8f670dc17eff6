// `npm run pack`: compiles, puts the published packages together, looks at what is in them, and makes their tarballs.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { findNpm, projectFolder, runScript } from './bootstrap.mjs';
import { commandLine } from './command-line.mjs';

const HELP = `Usage: npm run pack -- [options]

Compiles src and makes the tarballs of what is published, streamtrain and @streamtrain/kernel, in .streamtrain/packages.
Their contents are checked: no source maps, no build information, nothing a file imports is missing. Beside them goes the
bill of materials of "npm run sbom". Nothing is published:
"npm publish FILE" does that with each, the kernel first.

  --to FOLDER   put the tarballs there instead
  --built       take dist as it is
  --not-here    say that this folder itself is not published, and fail, where npm packs or publishes it
  --help        this text
`;

const { values } = commandLine({
  name: 'npm run pack',
  options: { to: { type: 'string' }, built: { type: 'boolean' }, 'not-here': { type: 'boolean' } },
  makes: true,
});

/** What has no place in a published package. */
const unwanted =
  /\.tsbuildinfo$|\.map$|\.tgz$|(?<!\.d)\.ts$|\.streamtrain-build$|\.env$|node_modules|__pycache__/;

/** Makes all tarballs. */
async function main() {
  // Needs packages, so that it is not loaded before they are there.
  const { assemble, packages } = await import('./packages.mjs');
  const { makeSbom } = await import('./make-sbom.mjs');
  const to = path.resolve(values.to ?? path.join(projectFolder, '.streamtrain', 'packages'));
  fs.mkdirSync(to, { recursive: true });
  for (const one of packages) {
    const folder = fs.mkdtempSync(path.join(to, 'package-'));
    try {
      assemble(one, { project: projectFolder, to: folder });
      const packed = pack(folder, to);
      const bad = packed.files.map((file) => file.path).filter((file) => unwanted.test(file));
      if (bad.length > 0) throw new Error(`${one.name} would contain ${bad.join(', ')}.`);
      const [size, unpacked] = [packed.size, packed.unpackedSize].map(
        (bytes) => `${(bytes / 1e6).toFixed(1)} MB`,
      );
      console.log(`✓ ${packed.id}: ${packed.files.length} files, ${size}, unpacked ${unpacked}`);
      console.log(`  ${path.join(to, packed.filename)}`);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  }
  console.log(`✓ what they are made of\n  ${await makeSbom(to)}`);
}

/**
 * @param {string} folder a package
 * @param {string} to where its tarball goes
 * @returns {{ id: string, filename: string, size: number, unpackedSize: number, files: { path: string }[] }}
 */
function pack(folder, to) {
  const args = [findNpm(), 'pack', '--json', '--ignore-scripts', '--pack-destination', to];
  const text = execFileSync(process.execPath, args, {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    windowsHide: true,
  });
  const [packed] = JSON.parse(text);
  return packed;
}

if (values.help) console.log(HELP);
else if (values['not-here']) {
  // What npm calls before "npm pack" and "npm publish" in this folder; and before "npm run pack", which may go on.
  if (process.env['npm_command']?.startsWith('run')) process.exit();
  console.error(
    '✗ This folder is the course, which is not published: "npm run pack" makes the packages that are.',
  );
  process.exitCode = 1;
} else await runScript(main, { quiet: true, build: !values.built });
