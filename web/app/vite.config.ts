import { createHash } from 'node:crypto';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';
import { emojiData } from './emojiData.ts';

// `npm run dev` shows the page beside a server that runs elsewhere.
const server = process.env.CHAT_URL ?? 'http://127.0.0.1:8080';

/**
 * What nearly every view begins with, and how a text is drawn: rooms share that with their dialogs, and it is smaller here than in a file of
 * its own.
 */
const BASE =
  /\/client\/src\/|\/node_modules\/(?:react|react-dom|react-router|scheduler)\/|\/src\/ui\/(?:Icon|notes|Button|Dialog|Topic|cut|focus|isTouched|useBack|useLifetime)|\/src\/features\/room\/Text|\/src\/lib\/(?:markdown|useBlocks|preferences|notify)/;

/** Tells the worker which files the page is made of. */
function listFiles(): Plugin {
  return {
    name: 'list-files',
    apply: 'build',
    enforce: 'post',
    generateBundle(_, bundle) {
      const worker = bundle['worker.js'];
      const index = bundle['index.html'];
      if (worker?.type !== 'chunk' || index?.type !== 'asset') throw new Error('there are no worker and no page');
      const assets = Object.keys(bundle).filter((name) => name.startsWith('assets/'));
      const files = JSON.stringify(['/', '/icon.svg', '/site.webmanifest', ...assets.sort().map((name) => `/${name}`)]);
      const version = createHash('sha256').update(files).update(index.source).digest('hex').slice(0, 16);
      worker.code = worker.code.replaceAll('__FILES__', files).replaceAll('__VERSION__', JSON.stringify(version));
    },
  };
}

export default defineConfig({
  plugins: [react(), tailwindcss(), emojiData(), listFiles()],
  publicDir: 'page',
  build: {
    target: 'es2022',
    // The policy allows no `data:`.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: { index: 'index.html', worker: 'worker/worker.ts' },
      // A worker is for what lies beside and below it, and is asked for under the same name each time.
      output: {
        entryFileNames: ({ name }) => (name === 'worker' ? 'worker.js' : 'assets/[name]-[hash].js'),
        // It comes in one file: cut in pieces it is larger, and asked for piece by piece.
        codeSplitting: { groups: [{ name: 'base', test: BASE }] },
      },
    },
  },
  server: {
    proxy: { '/api': server, '/chat': { target: server, ws: true } },
  },
});
