/** Starts the Chromium of this machine headless, with an empty profile and nothing of its own to download. */
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';

import { QUIET_FLAGS } from '../../src/engines/page-picture.ts';

export { findChromium } from '../../src/engines/page-picture.ts';

/** Starts it; whoever starts it closes it. */
export async function startChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, headless: true, args: [...QUIET_FLAGS] });
}
