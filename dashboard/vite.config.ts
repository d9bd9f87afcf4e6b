import { defineConfig } from 'vite';

/** A running stack, for `npx vite dashboard`. */
const api = process.env.HAWSER_API ?? 'http://127.0.0.1:4100';

/** Built to `dist/`, or wherever the CDK asks for it; every file but the page has its content's hash in its name. */
export default defineConfig({
  root: import.meta.dirname,
  // No inline script, style or data URL: the site's Content-Security-Policy allows none.
  build: { target: 'es2024', assetsInlineLimit: 0, modulePreload: { polyfill: false }, reportCompressedSize: false },
  // The API takes changes by cookie from its own pages alone: here, too, they come from its own origin.
  server: { proxy: { '/v1': { target: api, changeOrigin: true, headers: { origin: api } } } },
});
