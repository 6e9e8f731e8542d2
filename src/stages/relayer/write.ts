import type { ByteStream } from '../../content/bytes.ts';
import type { Tree } from '../../content/rootfs/tree.ts';
import type { PlannedLayer } from './plan.ts';

/** Gives the content of files of the input's layers, `bytes` of them from byte `start` of the uncompressed tar on. */
export type ReadContent = (layer: number, start: number, bytes: number) => ByteStream;

/**
 * The tar of a new layer: entries sorted by path, whiteouts among them, PAX records only where ustar can't say it,
 * numeric ids without names. The same tree and plan give the same bytes anywhere.
 * @throws (while iterating) PullBudgetError `sparse-file`, what `read` throws
 */
export function layerTar(
  _tree: Tree,
  _layer: Extract<PlannedLayer, { kind: 'new' }>,
  _read: ReadContent,
): ByteStream {
  throw new Error('to be built');
}
