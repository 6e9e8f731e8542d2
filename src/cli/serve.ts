import { once } from 'node:events';
import { serveLayout } from '../content/registry/server.ts';
import type { Call } from './call.ts';

/** Serves a layout until it is interrupted: that is how it ends, so it ends well. */
export async function run({ flags, positionals, context, output }: Call): Promise<number> {
  const server = await serveLayout({
    layout: positionals.LAYOUT ?? '',
    host: flags.host,
    port: flags.port,
    readOnly: flags['read-only'],
    onRequest: context.notice,
  });
  try {
    output.show(
      { host: server.host, url: server.url },
      () =>
        `Serving ${positionals.LAYOUT} at ${server.host}; for example ${server.host}/image:tag. Ctrl-C ends it.\n`,
    );
    if (!context.signal.aborted) await once(context.signal, 'abort');
  } finally {
    await server.close();
  }
  return 0;
}
