import type { Report } from '../../facts/report.ts';
import { advice } from './advice.ts';
import { besideSection } from './beside.ts';
import { changeSections } from './changes.ts';
import { codeSpan, type Document, type Inline, type Line, type Section } from './document.ts';
import { layerSections, platformViews } from './layers.ts';
import { relayerNoticeSection, relayerSections } from './relayer.ts';
import { sociSection } from './soci.ts';
import { timeSection } from './times.ts';
import { headline, verdictSection, waiverSection } from './verdicts.ts';

const maxPlatforms = 8;
const maxAdvice = 3;

/** All that a person is told of a report, in the order in which it matters to them. */
export function overview(report: Report): Document {
  const views = platformViews(report).slice(0, maxPlatforms);
  return {
    headline: headline(report),
    about: about(report),
    sections: [
      ...verdictSection(report),
      ...adviceSection(report),
      ...changeSections(report, views),
      ...layerSections(report, views),
      ...timeSection(report),
      ...relayerSections(report.relayer ?? [], report.image),
      ...relayerNoticeSection(report.relayerNotices ?? []),
      ...sociSection(report),
      ...besideSection(report),
      ...waiverSection(report),
    ],
  };
}

function about({ image, pushed, tool, createdAt }: Report): Line[] {
  const platforms = image.platforms.map((one) => one.platform);
  const [only] = platforms;
  return [
    [
      codeSpan(image.name),
      ' is ',
      codeSpan(image.digest),
      ...(only && platforms.length === 1 ? [`, ${only}`] : []),
      '.',
    ],
    ...(platforms.length > 1
      ? [
          [
            `An index of ${platforms.length} platforms: `,
            ...list(platforms.slice(0, maxPlatforms)),
            platforms.length > maxPlatforms
              ? ` and ${platforms.length - maxPlatforms} more, in the report file only.`
              : '. Budgets hold for each.',
          ],
        ]
      : []),
    ...(pushed.length > 0 ? [['Pushed to ', ...list(pushed.slice(0, 20)), '.']] : []),
    [`${tool.name} ${tool.version}, ${createdAt}.`],
  ];
}

function list(names: readonly string[]): Inline[] {
  return names.flatMap((name, at) => (at === 0 ? [codeSpan(name)] : [', ', codeSpan(name)]));
}

function adviceSection(report: Report): Section[] {
  const lines = advice(report).slice(0, maxAdvice);
  return lines.length === 0 ? [] : [{ title: 'What to do', before: lines }];
}
