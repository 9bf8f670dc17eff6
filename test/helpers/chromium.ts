/** Starts the Chromium of this machine headless, with an empty profile and nothing of its own to download. */
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';

export { findChromium } from '../../src/engines/page-picture.ts';

const FLAGS = [
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
  '--disable-gpu',
];

/** Starts it; whoever starts it closes it. */
export async function startChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, headless: true, args: FLAGS });
}
