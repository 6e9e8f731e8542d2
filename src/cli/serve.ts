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
    const references = await server.references();
    output.show({ host: server.host, url: server.url }, () =>
      [`Serving ${positionals.LAYOUT} at ${server.host}. Ctrl-C ends it.`, ...listed(references), ''].join(
        '\n',
      ),
    );
    if (!context.signal.aborted) await once(context.signal, 'abort');
  } finally {
    await server.close();
  }
  return 0;
}

const most = 10;

function listed(references: readonly string[]): string[] {
  if (references.length === 0) return ['It holds no image yet.'];
  const more = references.length - most;
  return [
    ...references
      .slice(0, most)
      .map((name) => (name.includes('@') ? `  ${name} (no tag: by its digest)` : `  ${name}`)),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}
