import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// The gateway of `make run`, for `npm run dev`.
const gateway = "http://127.0.0.1:8000";

export default defineConfig({
  base: "/graphiql/",
  plugins: [react()],
  build: {
    outDir: "../gateway/server/graphiql",
    emptyOutDir: true,
    license: { fileName: "assets/licenses.md" },
    // React's "use no memo" in GraphiQL's own files means nothing here, where no compiler runs.
    rolldownOptions: { checks: { moduleLevelDirective: false } },
    // The editor alone is more than Vite's usual half a megabyte.
    chunkSizeWarningLimit: 4000,
  },
  server: { proxy: { "/graphql": gateway, "/graphiql/settings.json": gateway } },
});
