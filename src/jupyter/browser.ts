/** The way to the user's browser: on this desktop, or elsewhere, behind the forwarder of a cloud workspace. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectAt } from '../install/folders.ts';
import { platform } from '../platform.ts';
import { jupyterFolder } from './environment.ts';

/**
 * Opens `url` in the desktop's browser. The opener is given a page that leads there and that only this user can read: on
 * the opener's command line everybody could read the token.
 *
 * @param folder where that page is written
 * @returns false when there is no desktop or no opener (the user then follows the printed link)
 */
export async function openBrowser(
  url: string,
  folder: string = jupyterFolder(projectAt()),
  env: NodeJS.ProcessEnv = process.env,
): Promise<boolean> {
  const page = path.join(folder, 'open-browser.html');
  const opener = platform.opener(pathToFileURL(page).href, env);
  if (opener === undefined) return false;
  fs.rmSync(page, { force: true });
  fs.writeFileSync(page, redirectTo(url), { mode: 0o600, flag: 'wx' });
  return new Promise((resolve) => {
    const child = spawn(opener.program, opener.args, {
      ...{ stdio: 'ignore', detached: true, windowsHide: true, env },
    });
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}

function redirectTo(url: string): string {
  const address = url.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
  return (
    `<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer">` +
    `<meta http-equiv="refresh" content="0;url=${address}"><title>JupyterLab</title>` +
    `<p><a href="${address}">Open JupyterLab</a></p>\n`
  );
}

/** Where the forwarder of a GitHub Codespace shows a port: `https://NAME-8888.app.github.dev`; undefined elsewhere. */
export function forwardedOrigin(port: number, env: NodeJS.ProcessEnv): string | undefined {
  const name = env['CODESPACE_NAME'];
  if (env['CODESPACES'] !== 'true' || !name) return undefined;
  return `https://${name}-${port}.${env['GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN'] || 'app.github.dev'}`;
}

/**
 * What makes Jupyter accept a browser behind that forwarder, and no other one: pages of that very origin, where else only
 * its own address would do (`allow_origin`; kernels' sockets would stay shut), and requests that still carry its name as
 * their host, where on loopback only local names are answered.
 */
export function forwardedArguments(origin: string): string[] {
  const hosts = ['localhost', new URL(origin).hostname];
  return [
    `--ServerApp.allow_origin=${origin}`,
    ...hosts.map((host) => `--ServerApp.local_hostnames=${host}`),
  ];
}
