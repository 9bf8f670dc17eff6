/** The process of the language service where no snapshot of it is there: `node process.js DIALECT`. */
import type { Dialect } from '../contracts.ts';
import { serve } from './serve.ts';

serve(process.argv[2] as Dialect);
