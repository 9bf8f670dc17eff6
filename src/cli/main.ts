#!/usr/bin/env node
/** The entry of the `streamtrain` command. */
import { run } from './run.ts';

process.exitCode = await run(process.argv.slice(2));
