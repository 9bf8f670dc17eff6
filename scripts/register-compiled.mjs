// `node --import ./scripts/register-compiled.mjs`: what `--import tsx` does, for the sources of this project, at half the cost.
import module from 'node:module';
import { load } from './compiled-typescript.mjs';

process.setSourceMapsEnabled(true);

// Newer Nodes call hooks in the thread that imports (22.15, 23.5), which costs least.
const { registerHooks } = /** @type {{ registerHooks?: (hooks: { load: typeof load }) => void }} */ (module);
if (registerHooks) registerHooks({ load });
else module.register('./compiled-typescript.mjs', import.meta.url);
