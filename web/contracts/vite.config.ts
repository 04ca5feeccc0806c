import { readdirSync } from 'node:fs';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// `npm run dev` shows the pages beside a server that runs elsewhere, each at `/pages/NAME/`.
const server = process.env.CHAT_URL ?? 'http://127.0.0.1:3000';

/** One page for each contract. */
const pages = readdirSync(new URL('pages', import.meta.url)).map((name) => `pages/${name}/index.html`);

export default defineConfig({
  plugins: [react(), tailwindcss()],
  publicDir: false,
  build: {
    target: 'es2022',
    // The policy allows no `data:`.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: { input: pages },
  },
  server: { proxy: { '/api': server, '/socket.io': { target: server, ws: true } } },
});
