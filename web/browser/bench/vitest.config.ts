import { defineConfig } from 'vitest/config';

export default defineConfig({ test: { include: ['bench/page.ts'], testTimeout: 1_200_000, hookTimeout: 1_200_000 } });
