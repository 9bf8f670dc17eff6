#!/usr/bin/env node
/** The entry of the `streamtrain` command. */
import { run } from './run.ts';

const exitCode = await run(process.argv.slice(2));
process.exitCode = exitCode;
// What an interrupted command has left to itself, such as a download, must not keep the process.
if (exitCode > 128) process.exit();
