import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    // What is waited for comes within moments, and on a machine with other things to do, within seconds.
    expect: { poll: { timeout: 20_000 } },
    fileParallelism: false,
  },
});
