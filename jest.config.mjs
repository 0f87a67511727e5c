export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  // Bundles and the demo's shop are no modules of ours.
  modulePathIgnorePatterns: ['<rootDir>/action/[^/]+/dist/', '<rootDir>/demo/'],
  globalSetup: './script/jest-global-setup.mjs',
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { target: 'es2024', parser: { syntax: 'typescript' } },
        module: { type: 'es6' },
      },
    ],
  },
  // Two cores is what GitHub's runners and small machines have; sandboxes and browsers need the rest.
  maxWorkers: 2,
  // Each file has its own database in WebAssembly and frees it late: a worker that grew is replaced.
  workerIdleMemoryLimit: '1500MB',
  // A machine that is four times as slow as ours must pass as well; what hangs is ended all the same.
  testTimeout: 120_000,
};
