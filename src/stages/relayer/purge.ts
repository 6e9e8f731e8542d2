import picomatch from 'picomatch';
import { inputError } from '../../content/error.ts';
import { shownPath } from '../../content/rootfs/path.ts';
import type { FileTable } from '../../content/rootfs/table.ts';
import type { Tree } from '../../content/rootfs/tree.ts';

/** Whether a path of an image is to be in no blob. */
export type IsPurged = (path: Buffer) => boolean;

/** Globs, with or without a slash in front; a directory that one fits goes with all that is below it. */
export function purging(globs: readonly string[]): IsPurged {
  const matchers = globs.flatMap((glob) => {
    const inside = glob.replace(/^\/+/, '').replace(/\/+$/, '');
    return [picomatch(inside, { dot: true }), picomatch(`${inside}/**`, { dot: true })];
  });
  return (path) => {
    if (matchers.length === 0) return false;
    const text = path.toString();
    return matchers.some((matches) => matches(text));
  };
}

/** The first path of a layer that is to be in no blob; whiteouts hold nothing. */
export function purgedPath(table: FileTable, isPurged: IsPurged): Buffer | undefined {
  for (let row = 0; row < table.rows; row++) {
    const kind = table.kind(row);
    if (kind === 'whiteout' || kind === 'opaque') continue;
    const path = table.path(row);
    if (isPurged(path)) return path;
  }
  return undefined;
}

/** @throws PullBudgetError `purged-path-visible`: removing it would change what containers see */
export function refuseVisible(tree: Tree, isPurged: IsPurged): void {
  for (let node = 1; node < tree.size; node++) {
    const path = tree.path(node);
    if (!isPurged(path)) continue;
    throw inputError(
      'purged-path-visible',
      `/${shownPath(path)} is to be purged, and the image still has it`,
      {
        hint: 'Purging takes what was deleted or replaced out of the layers below. Remove the file in the build as well.',
      },
    );
  }
}
