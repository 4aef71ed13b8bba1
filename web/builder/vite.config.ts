import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { compress } from './compress.ts';

// The API that the development server passes requests on to: a `make serve` beside it.
const api = process.env.A8N_API ?? 'http://127.0.0.1:5678';
const passed = ['/api', '/webhook', '/resume', '/form', '/openapi.json', '/docs', '/own'];

export default defineConfig({
  // Addresses stay relative to <base href>, so that a8n can live below a path of somebody's site.
  base: './',
  plugins: [react(), compress()],
  resolve: { alias: { '@': new URL('./src', import.meta.url).pathname } },
  build: {
    outDir: process.env.A8N_BUILDER_OUT ?? '../a8n_web/static',
    emptyOutDir: true,
    manifest: true,
    // The notices that the packages in the bundle ask for.
    license: { fileName: 'licences.txt' },
    target: 'es2022',
    // Data URLs would need an exception in the Content-Security-Policy.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
  },
  server: { proxy: Object.fromEntries(passed.map((path) => [path, api])) },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: ['src/lib/texts.setup.ts'],
    restoreMocks: true,
  },
});
