import { inputError } from '../../content/error.ts';
import { shownPath } from '../../content/rootfs/path.ts';
import type { FileTable } from '../../content/rootfs/table.ts';

/**
 * What a plan said of a layer is what the layer has, now that it was read. A layer that is carried over and that only
 * the SOCI index is made of is read after the image is: that does not come by here.
 * @param where of the layer, for messages
 * @throws PullBudgetError `bad-file-table`
 */
export function checkKnownTable(known: FileTable, read: FileTable, where: string): void {
  if (known === read) return;
  const other = Math.min(known.rows, read.rows);
  let row = 0;
  while (row < other && isSameRow(known, read, row)) row++;
  if (row === known.rows && row === read.rows && known.unpackedBytes === read.unpackedBytes) return;
  const about = row < read.rows ? `, first of ${shownPath(read.path(row))}` : '';
  throw inputError('bad-file-table', `${where} is not what the baseline's layer plan says of it${about}`, {
    hint: "Set verify to full, which believes no plan; and look at who may write the baseline's repository.",
  });
}

type Column = Exclude<keyof FileTable, 'diffId' | 'rows' | 'unpackedBytes' | 'pyc'>;
const columns: readonly Column[] = [
  'path',
  'kind',
  'mode',
  'uid',
  'gid',
  'mtime',
  'bytes',
  'digest',
  'target',
  'devmajor',
  'devminor',
  'xattrs',
  'dataStart',
  'isSparse',
];

function isSameRow(a: FileTable, b: FileTable, row: number): boolean {
  const isSame = columns.every((column) => {
    const [inA, inB] = [a[column](row), b[column](row)];
    return Buffer.isBuffer(inA) ? inA.equals(inB as Buffer) : inA === inB;
  });
  if (!isSame) return false;
  const [inA, inB] = [a.pyc(row), b.pyc(row)];
  if (inA === undefined || inB === undefined) return inA === inB;
  return inA.sourceMtime === inB.sourceMtime && inA.maskedDigest.equals(inB.maskedDigest);
}
