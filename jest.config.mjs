/** Native ES modules, compiled by SWC; types are checked apart by `npm run typecheck`. */
export default {
  testEnvironment: 'node',
  // Most of them wait for servers and child processes.
  maxWorkers: 2,
  // A test that hangs ends; one that a busy machine slows down does not.
  testTimeout: 30_000,
  roots: ['<rootDir>/test', '<rootDir>/sample-app/test'],
  testMatch: ['**/*.spec.ts'],
  globalSetup: '<rootDir>/test/setup/global-setup.mjs',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^nestjs-cache-framework$': '<rootDir>/lib/index.ts',
    '^nestjs-cache-framework/database$': '<rootDir>/lib/backends/database/index.ts',
  },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
        module: { type: 'es6' },
      },
    ],
  },
};
