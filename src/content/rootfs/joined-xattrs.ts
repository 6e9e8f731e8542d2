/** Extended attributes of nodes whose header row does not tell them, by layer and row. */
export type JoinedXattrs = Map<number, Buffer>;

export function rowKey(layer: number, row: number): number {
  return layer * 2 ** 32 + row;
}
