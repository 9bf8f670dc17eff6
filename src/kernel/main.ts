/** The kernel's process: `node main.js CONNECTION_FILE`, started by Jupyter. */
import module from 'node:module';

// Newer Nodes keep compiled code between starts; a third of the start is compiling.
(module as { enableCompileCache?: () => void }).enableCompileCache?.();
const { serve } = await import('./server/serve.ts');
await serve(process.argv[2] ?? '');
