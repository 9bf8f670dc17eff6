/** JupyterLab in a cloud workspace: the user's browser is elsewhere, and a forwarder passes on what it sends and asks. */

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
