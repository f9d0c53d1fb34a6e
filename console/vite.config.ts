import { defineConfig } from "vitest/config";

// The hub serves the result under `default-src 'self'`: no inline script or style, nothing from
// another host, and no file tucked into another as a data: address.
export default defineConfig({
  resolve: {
    alias: { "tandem-client": new URL("../sdk/js/src/index.ts", import.meta.url).pathname },
  },
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rollupOptions: { input: ["index.html", "docs.html"] },
  },
  server: {
    // For `npm run dev` beside a hub on its usual port.
    proxy: { "/v1": { target: "http://127.0.0.1:8080", ws: true } },
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
