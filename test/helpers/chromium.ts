/** Finds a Chromium on this machine and starts it headless, with an empty profile and nothing of its own to download. */
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];

const FLAGS = [
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
  '--disable-gpu',
];

/** The program to use: `STREAMTRAIN_CHROMIUM`, else the first known one on PATH; `undefined` when there is none. */
export function findChromium(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const named = env['STREAMTRAIN_CHROMIUM'];
  if (named) return named;
  const folders = (env['PATH'] ?? '').split(path.delimiter).filter(Boolean);
  return PROGRAMS.flatMap((name) => folders.map((folder) => path.join(folder, name))).find(isExecutable);
}

/** Starts it; whoever starts it closes it. */
export async function startChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, headless: true, args: FLAGS });
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
