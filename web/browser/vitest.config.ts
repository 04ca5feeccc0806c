import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    testTimeout: 240_000,
    hookTimeout: 240_000,
    // What is waited for comes within moments, and on a machine with other things to do, within seconds.
    expect: { poll: { timeout: 30_000 } },
    // A test waits for half of its time. Each file has a server and a browser of its own.
    maxWorkers: 2,
  },
});
