import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  serveLayout
} from "./chunk-LLGKDPMZ.js";
import "./chunk-5A45ZFB5.js";
import "./chunk-6YJR5GCO.js";
import "./chunk-NVMCYYRY.js";
import "./chunk-RI4IMNUK.js";
import "./chunk-RJ5NUFKW.js";
import "./chunk-THYTPSF7.js";
import "./chunk-4J2PJRUG.js";
import "./chunk-CLVFFHSH.js";

// src/cli/serve.ts
import { once } from "node:events";
async function run({ flags, positionals, context, output }) {
  const server = await serveLayout({
    layout: positionals.LAYOUT ?? "",
    host: flags.host,
    port: flags.port,
    readOnly: flags["read-only"],
    onRequest: context.notice
  });
  try {
    const references = await server.references();
    output.show(
      { host: server.host, url: server.url },
      () => [`Serving ${positionals.LAYOUT} at ${server.host}. Ctrl-C ends it.`, ...listed(references), ""].join(
        "\n"
      )
    );
    if (!context.signal.aborted) await once(context.signal, "abort");
  } finally {
    await server.close();
  }
  return 0;
}
var most = 10;
function listed(references) {
  if (references.length === 0) return ["It holds no image yet."];
  const more = references.length - most;
  return [
    ...references.slice(0, most).map((name) => name.includes("@") ? `  ${name} (no tag: by its digest)` : `  ${name}`),
    ...more > 0 ? [`  and ${more} more`] : []
  ];
}
export {
  run
};
