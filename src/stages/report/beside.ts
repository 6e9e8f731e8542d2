import type { Report } from '../../facts/report.ts';
import { formatBytes } from '../../facts/units.ts';
import type { Section } from './document.ts';
import { sum } from './figures.ts';

const kinds = {
  'soci-index': 'SOCI indexes',
  'layer-plan': 'Layer plans',
  attestation: 'Attestations',
  report: 'Reports',
  artifact: 'Other artifacts',
} as const satisfies Record<Report['image']['beside'][number]['kind'], string>;

/** What lies beside the image in the registry and is not counted into its size. */
export function besideSection({ image }: Report): Section[] {
  const rows = Object.entries(kinds).flatMap(([kind, title]) => {
    const those = image.beside.filter((one) => one.kind === kind);
    return those.length === 0
      ? []
      : [[title, String(those.length), formatBytes(sum(those.map((one) => one.bytes)))]];
  });
  if (rows.length === 0) return [];
  return [
    {
      title: 'Beside the image',
      before: [['Not counted into its size.']],
      table: {
        columns: [{ title: 'What' }, { title: 'Count', align: 'right' }, { title: 'Size', align: 'right' }],
        rows,
      },
    },
  ];
}
