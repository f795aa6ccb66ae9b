import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { moduleOf } from "./hbs.config.mjs";
import packageJson from "./package.json" with { type: "json" };

export default defineConfig({
  define: { __VERSION__: JSON.stringify(packageJson.version) },
  plugins: [
    {
      name: "handlebars-templates",
      enforce: "pre",
      load: moduleOf,
    },
  ],
  test: {
    include: ["test/**/*.test.ts"],
    setupFiles: ["test/support/seed.ts"],
    // Much of a test's time is that of programs it runs; by default a core is kept free.
    maxWorkers: availableParallelism(),
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
