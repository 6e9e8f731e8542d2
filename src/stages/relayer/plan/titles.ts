import { formatBytes } from '../../../facts/units.ts';
import type { Owner, Owners } from '../owners.ts';
import { separateBytes } from './cost.ts';
import type { Parcel } from './parcels.ts';
import type { LayerState } from './survey.ts';

/** `python torch 2.9.1, python numpy 2.3.4 and 14 others`: the two with the most bytes by name. */
export function titleOf(parcels: readonly Parcel[], owners: Owners, whiteouts: number): string {
  const bytes = new Map<number, number>();
  for (const parcel of parcels) bytes.set(parcel.owner, (bytes.get(parcel.owner) ?? 0) + parcel.bytes);
  const largest = [...bytes]
    .sort((a, b) => b[1] - a[1] || a[0] - b[0])
    .map(([owner]) => owners.owners[owner]);
  const [first, second] = largest;
  if (first === undefined) return `removes ${whiteouts} ${whiteouts === 1 ? 'path' : 'paths'}`;
  if (second === undefined) return ownerTitle(first);
  const others = largest.length - 2;
  if (others === 0) return `${ownerTitle(first)} and ${ownerTitle(second)}`;
  return `${ownerTitle(first)}, ${ownerTitle(second)} and ${others} ${others === 1 ? 'other' : 'others'}`;
}

export function ownerTitle(owner: Owner): string {
  return owner.version === undefined ? owner.name : `${owner.name} ${owner.version}`;
}

export const reasons = {
  noBaseline: 'first plan: there is no baseline',
  otherBase: 'planned afresh: the base is not the one that the baseline has',
  changed: 'changed since the baseline',
  compacts: (given: readonly LayerState[]): string => {
    const layers = `${given.length} ${given.length === 1 ? 'layer' : 'layers'}`;
    if (given.every(({ bytes }) => bytes < separateBytes))
      return `folds in ${layers.replace(' ', ' small ')}`;
    const dead = given.reduce((total, layer) => total + layer.dead, 0);
    return `compacts ${layers} with ${formatBytes(dead)} of dead bytes`;
  },
} as const;
