import { defineConfig } from 'vitest/config';

// Servers are processes of their own: a test file at a time is enough for a small machine.
export default defineConfig({
  test: { include: ['tests/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000, fileParallelism: false },
});
