// Lint rules: the type-aware recommended set, because a forgotten promise is how a stream loses rows.
import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

const starters = '/^(spawn|spawnSync|execFile|execFileSync|fork)$/';
const message = 'Say windowsHide: true, or a console window opens on Windows.';
/** A program is started without a window of its own. */
const hiddenWindows = [
  {
    selector: `CallExpression[callee.name=${starters}]:not(:has(Property[key.name="windowsHide"]))`,
    message,
  },
  {
    selector: `CallExpression[callee.arguments.0.name=${starters}]:not(:has(Property[key.name="windowsHide"]))`,
    message,
  },
];
/** What differs between systems stands in one file. */
const onePlatformTable = {
  selector: 'MemberExpression[object.name="process"][property.name="platform"]',
  message: 'Ask src/platform.ts what differs between systems.',
};

/** It ends lines at a lone carriage return, and since Node 24 at U+2028, which stand within keys, texts and JSON. */
const lineReader = {
  name: 'node:readline',
  message: 'Use linesOf of src/process/: a line ends at a line feed alone.',
};

export default tseslint.config(
  { ignores: ['dist/', 'docs/site/', '.dist-*/', 'node_modules/', '.venv/', '.streamtrain/'] },
  eslint.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            { from: 'package', name: ['test', 'it', 'describe', 'suite'], package: 'node:test' },
          ],
        },
      ],
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      eqeqeq: 'error',
    },
  },
  {
    files: ['src/**/*.ts', 'scripts/**/*.mjs'],
    rules: { 'no-restricted-syntax': ['error', ...hiddenWindows] },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/platform.ts'],
    rules: { 'no-restricted-syntax': ['error', ...hiddenWindows, onePlatformTable] },
  },
  {
    files: ['src/**/*.ts'],
    // It reads what programs print for people.
    ignores: ['src/install/command.ts'],
    rules: { 'no-restricted-imports': ['error', { paths: [lineReader] }] },
  },
  {
    // Plain-JavaScript scripts run before TypeScript is there; tsc checks them through JSDoc.
    files: ['**/*.mjs', 'eslint.config.js'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly' } },
    rules: {
      'no-undef': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
);
