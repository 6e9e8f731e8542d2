import { type Document, isAlias, isScalar, isSeq, type LineCounter, type Scalar } from 'yaml';
import type { PlaceInBudgets } from '../facts/budget.ts';
import type { SettingsFile } from './read.ts';

/** Where things stand in a settings file. */
export function placesIn(
  content: string,
  document: Document.Parsed,
  lines: LineCounter,
  path: string,
): Pick<SettingsFile, 'position' | 'inText'> {
  const label = (line: number, column: number): string => `${path}:${line}:${column}`;
  const nodeAt = (keys: readonly PropertyKey[]): unknown => {
    const node = keys.length === 0 ? document.contents : document.getIn(keys, true);
    return isAlias(node) ? node.resolve(document) : node;
  };
  const start = (node: unknown) => {
    const offset = (node as Scalar | undefined)?.range?.[0];
    return offset === undefined ? undefined : lines.linePos(offset);
  };
  const rows = content.split(/\r\n|\n/);

  return {
    position(...keys) {
      // Of what is missing, the place of what it is missing from.
      for (let depth = keys.length; depth > 0; depth--) {
        const at = start(nodeAt(keys.slice(0, depth)));
        if (at) return label(at.line, at.col);
      }
      return path;
    },
    inText(key): PlaceInBudgets {
      const node = nodeAt([key]);
      const scalars = (isSeq(node) ? node.items : [node]).filter((one) => isScalar(one));
      const places = scalars.flatMap((scalar) => linesOf(scalar, start(scalar), rows));
      return (line, column) => {
        const at = places[line - 1] ?? { line: 1, before: 0 };
        return { where: label(at.line, at.before + column), line: at.line };
      };
    },
  };
}

/** A line of text in the file, and how many columns stand before it there. */
interface LineInFile {
  readonly line: number;
  readonly before: number;
}

/** Of each line of a scalar's value where it stands; what YAML folded is found no nearer than where it begins. */
function linesOf(
  { type, value }: Scalar,
  start: { line: number; col: number } | undefined,
  rows: readonly string[],
): LineInFile[] {
  if (!start) return [];
  const quote = type === 'QUOTE_DOUBLE' || type === 'QUOTE_SINGLE' ? 1 : 0;
  return String(value)
    .split('\n')
    .map((text, at) => {
      if (type !== 'BLOCK_LITERAL') return { line: start.line, before: start.col - 1 + quote };
      // The text begins below its header, and is the end of its row.
      const line = start.line + 1 + at;
      return { line, before: Math.max(0, (rows[line - 1] ?? '').lastIndexOf(text)) };
    });
}
