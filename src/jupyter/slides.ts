/** Slides out of a notebook by nbconvert and reveal.js, in one folder that needs no network. */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { formatNotebook, type Notebook } from '../course/notebook-file.ts';
import { asSlides } from '../course/slides.ts';
import { projectAt, type Project } from '../install/index.ts';
import { SlidesError } from './errors.ts';
import { runPython } from './run-notebook.ts';

/** What of the package reveal.js the slides load. */
const REVEAL_PARTS = ['dist', 'plugin/notes'];

/** Figures as pictures before what would need a program of its own to draw them. */
const PRIORITY = ['image/svg+xml', 'image/png', 'image/jpeg', 'text/html', 'text/markdown', 'text/plain'];

/**
 * Writes `NAME.slides.html` into a folder, and beside it, once for all, reveal.js.
 *
 * @param notebook with its outputs, which are shown
 * @param to the folder; made where it is missing
 * @param name of the file, without `.slides.html`
 * @param project whose `notebooks/` it is one of; default: this clone
 * @returns the file
 * @throws SlidesError (`ST_JUPYTER_SLIDES`) when nbconvert fails, or the page would load something from elsewhere
 */
export async function writeSlides(
  notebook: Notebook,
  to: string,
  name: string,
  project: Pick<Project, 'folder'> = projectAt(),
): Promise<string> {
  // Beside `notebooks/`, so that the paths of pictures lead where they do there.
  const folder = await mkdtemp(path.join(project.folder, '.slides-'));
  try {
    await writeFile(path.join(folder, `${name}.ipynb`), formatNotebook(asSlides(notebook)));
    const config = {
      TemplateExporter: {
        extra_template_basedirs: [path.join(project.folder, 'scripts', 'python', 'templates')],
      },
      NbConvertBase: { display_data_priority: PRIORITY },
      HTMLExporter: { embed_images: true },
      SlidesExporter: {
        reveal_url_prefix: 'reveal.js',
        template_name: 'streamtrain-slides',
        reveal_theme: 'white',
      },
    };
    await writeFile(path.join(folder, 'config.json'), JSON.stringify(config));
    // It expands variables in the folder of its settings (`$HOME`), and takes the path of a notebook for a pattern (`[a]`).
    const args = ['-m', 'nbconvert', '--to', 'slides', '--config', 'config.json', '--output-dir', '.'];
    // Nor is a name that begins with a dash an option.
    const input = `./${name}.ipynb`.replace(/[[*?]/g, '[$&]');
    const { code, stderr } = await runPython([...args, input], process.env, { folder });
    if (code !== 0)
      throw new SlidesError({ notebook: name, problem: stderr.trim().split('\n').at(-1) ?? '' });
    const page = await readFile(path.join(folder, `${name}.slides.html`), 'utf8');
    const loaded = loadedFromElsewhere(page);
    if (loaded !== undefined)
      throw new SlidesError({
        notebook: name,
        problem: `the page would load something from the network: ${loaded}`,
      });
    await mkdir(to, { recursive: true });
    await copyReveal(path.join(to, 'reveal.js'));
    const file = path.join(to, `${name}.slides.html`);
    await writeFile(file, page);
    return file;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What a page would load from the network: elements, style sheets' imports and pictures, modules. */
function loadedFromElsewhere(page: string): string | undefined {
  const address = String.raw`(?:https?:)?\/\/`;
  const elements = new RegExp(
    `<(?:script|link|img|iframe|source|video|audio|embed)\\b[^>]*?\\b(?:src|href)=["']?${address}[^"'\\s>]*`,
  );
  const styles = new RegExp(`(?:@import\\s+(?:url\\()?|url\\()\\s*["']?${address}[^"')\\s]*`);
  const modules = new RegExp(`\\b(?:import|from)\\s*\\(?\\s*["']${address}[^"']*`);
  return [elements, styles, modules].map((one) => one.exec(page)?.[0]).find((found) => found !== undefined);
}

async function copyReveal(to: string): Promise<void> {
  const from = path.dirname(createRequire(import.meta.url).resolve('reveal.js/package.json'));
  for (const part of REVEAL_PARTS) await cp(path.join(from, part), path.join(to, part), { recursive: true });
  await cp(path.join(from, 'LICENSE'), path.join(to, 'LICENSE'));
}
