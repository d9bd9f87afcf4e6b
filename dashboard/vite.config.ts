import { defineConfig } from 'vite';

/** Built to `dist/`, or wherever the CDK asks for it; every file but the page has its content's hash in its name. */
export default defineConfig({
  root: import.meta.dirname,
  // No inline script, style or data URL: the site's Content-Security-Policy allows none.
  build: { target: 'es2024', assetsInlineLimit: 0, modulePreload: { polyfill: false }, reportCompressedSize: false },
  server: { proxy: { '/v1': process.env.HAWSER_API ?? 'http://127.0.0.1:4100' } },
});
