import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  serveLayout
} from "./chunk-TI5HSTD5.js";
import "./chunk-DN4LVVJZ.js";
import "./chunk-XCNO737Y.js";
import "./chunk-5Q72PV5X.js";
import "./chunk-L263LXT5.js";
import "./chunk-RJ5NUFKW.js";
import "./chunk-WFL3E5KL.js";
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
    output.show(
      { host: server.host, url: server.url },
      () => `Serving ${positionals.LAYOUT} at ${server.host}; for example ${server.host}/image:tag. Ctrl-C ends it.
`
    );
    if (!context.signal.aborted) await once(context.signal, "abort");
  } finally {
    await server.close();
  }
  return 0;
}
export {
  run
};
