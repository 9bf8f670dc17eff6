// `npm run docs`: the API reference with the guides in it, as a site in docs/site; a link that leads nowhere fails.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Application, LogLevel, OptionDefaults, ReflectionKind } from 'typedoc';
import { commandLine } from './command-line.mjs';

const HELP = `Usage: npm run docs -- [options]

Writes the API reference, with the guides of docs/ in it, as a site into docs/site.

  --out FOLDER   write it there
  --help         this text

Exit code 1 when a docstring or a guide has a link that leads nowhere.
`;

const projectFolder = fileURLToPath(new URL('..', import.meta.url));

/** Rooms that are no part of what a program imports: others use them, or the course's own scripts. */
const inner = ['cli', 'install', 'jupyter', 'process', 'scaling'];

/** @returns {string[]} the faces of all rooms; that of the whole last, so that a name belongs to its room */
function faces() {
  const rooms = fs
    .readdirSync(path.join(projectFolder, 'src'))
    .filter((room) => !inner.includes(room) && fs.existsSync(face(room)))
    .sort();
  return [...rooms.map(face), path.join(projectFolder, 'src', 'index.ts')];
}

/** @param {string} room */
function face(room) {
  return path.join(projectFolder, 'src', room, 'index.ts');
}

/**
 * Writes the site.
 *
 * @param {string} out where to; what is there is replaced
 * @returns {Promise<string[]>} what is wrong with it
 */
export async function makeDocs(out) {
  const app = await Application.bootstrap({
    name: 'streamtrain',
    tsconfig: path.join(projectFolder, 'tsconfig.build.json'),
    entryPoints: faces(),
    projectDocuments: ['*.md', 'zh/*.md'].map((files) => path.join(projectFolder, 'docs', files)),
    readme: path.join(projectFolder, 'README.md'),
    // The compiler has its own check.
    skipErrorChecking: true,
    excludeInternal: true,
    excludePrivate: true,
    // Links to sources need an address of the repository; none is invented.
    disableSources: true,
    disableGit: true,
    validation: { notExported: false, invalidLink: true, rewrittenLink: true, notDocumented: false },
    navigation: { includeCategories: false, includeGroups: false },
    includeVersion: true,
    highlightLanguages: [...OptionDefaults.highlightLanguages, 'python'],
    logLevel: 'Warn',
  });
  // A module is called as it is imported.
  app.converter.on('createDeclaration', (_context, reflection) => {
    if (!reflection.kindOf(ReflectionKind.Module)) return;
    reflection.name = reflection.name === 'index' ? 'streamtrain' : `streamtrain/${reflection.name}`;
  });
  /** @type {string[]} */
  const problems = [];
  const { logger } = app;
  logger.log = (message, level) => void (level >= LogLevel.Warn && problems.push(message));
  const project = await app.convert();
  if (project === undefined) return [...problems, 'the sources could not be read'];
  app.validate(project);
  await app.generateDocs(project, out);
  return [...problems, ...brokenLinks(out)];
}

/**
 * @param {string} site folder of HTML pages
 * @returns {string[]} a sentence for each link of theirs to a page or a place of the site that is not there
 */
export function brokenLinks(site) {
  const pages = new Map(
    fs
      .readdirSync(site, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.html'))
      .map((name) => [path.join(site, name), fs.readFileSync(path.join(site, name), 'utf8')]),
  );
  /** @type {Map<string, Set<string>>} */
  const places = new Map();
  const placesOf = (/** @type {string} */ page) => {
    const known =
      places.get(page) ??
      new Set([...(pages.get(page) ?? '').matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id ?? ''));
    places.set(page, known);
    return known;
  };
  /** @type {Set<string>} */
  const broken = new Set();
  for (const [page, text] of pages) {
    for (const [, link = ''] of text.matchAll(/\s(?:href|src)="([^"]+)"/g)) {
      if (/^[a-z]+:/i.test(link)) continue;
      const target = new URL(link.replaceAll('&amp;', '&'), pathToFileURL(page));
      const place = decodeURIComponent(target.hash.slice(1));
      target.hash = '';
      target.search = '';
      const file = fileURLToPath(target);
      const isThere = pages.has(file) || fs.existsSync(file);
      if (!isThere || (place !== '' && pages.has(file) && !placesOf(file).has(place)))
        broken.add(`${path.relative(site, page)}: ${link} leads nowhere`);
    }
  }
  return [...broken];
}

if (process.argv[1] !== undefined && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const options = /** @type {const} */ ({ out: { type: 'string' } });
  const { values } = commandLine({ name: 'npm run docs', options, makes: true });
  if (values.help) console.log(HELP);
  else {
    const out = path.resolve(values.out ?? path.join(projectFolder, 'docs', 'site'));
    const problems = await makeDocs(out);
    for (const problem of problems) console.error(problem);
    if (problems.length === 0) console.log(`${path.join(out, 'index.html')}`);
    else process.exitCode = 1;
  }
}
