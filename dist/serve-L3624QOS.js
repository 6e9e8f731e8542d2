import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  serveLayout
} from "./chunk-5VBTFJOK.js";
import "./chunk-5FFPK4XH.js";
import "./chunk-ZNG7KDUI.js";
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
