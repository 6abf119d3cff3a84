import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** What the AWS SDK needs to talk to DynamoDB Local; nothing leaves the machine. */
const LOCAL_AWS = { AWS_REGION: 'local', AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };

export default defineConfig({
  test: {
    env: LOCAL_AWS,
    // More than processors, as most of them wait for time to pass; a percentage ends at 100.
    maxWorkers: availableParallelism() + 1,
    projects: [
      {
        extends: true,
        // Far beyond what any of them takes: it ends what hangs, also on a busy machine.
        test: {
          name: 'unit',
          include: ['tests/unit/**/*.test.ts'],
          testTimeout: 60_000,
          // What they import keeps no state, and takes as long to load as they take to run.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'contract',
          include: ['tests/contract/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: { name: 'simulation', include: ['tests/simulation/**/*.test.ts'], testTimeout: 300_000 },
      },
      {
        extends: true,
        test: {
          name: 'end-to-end',
          include: ['tests/end-to-end/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['tests/browser/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
