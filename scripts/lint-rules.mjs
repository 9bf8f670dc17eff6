// Rules of this project for the linter, beside those of `.oxlintrc.json`; a rule is a selector of what is not to be there.

const STARTERS = '/^(spawn|spawnSync|execFile|execFileSync|fork)$/';
const HIDDEN = ':not(:has(Property[key.name="windowsHide"]))';

/** @typedef {{ report: (found: { node: unknown, message: string }) => void }} Context what a rule gets from the linter */

/** @param {string} message @param {readonly string[]} selectors */
const nowhere = (message, ...selectors) => ({
  /** @param {Context} context */
  create: (context) =>
    Object.fromEntries(
      selectors.map((selector) => [
        selector,
        /** @param {unknown} node */ (node) => context.report({ node, message }),
      ]),
    ),
});

export default {
  meta: { name: 'project' },
  rules: {
    'hidden-windows': nowhere(
      'Say windowsHide: true, or a console window opens on Windows.',
      `CallExpression[callee.name=${STARTERS}]${HIDDEN}`,
      `CallExpression[callee.arguments.0.name=${STARTERS}]${HIDDEN}`,
    ),
    'one-platform-table': nowhere(
      'Ask src/platform.ts what differs between systems.',
      'MemberExpression[object.name="process"][property.name="platform"]',
    ),
  },
};
