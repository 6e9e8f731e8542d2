import type { Report } from '../facts/report.ts';
import { formatBytes } from '../facts/units.ts';
import { changeSections } from '../stages/report/changes.ts';
import { codeSpan, type Document } from '../stages/report/document.ts';
import { platformViews } from '../stages/report/layers.ts';
import { terminalDocument } from '../stages/report/terminal.ts';
import type { Call } from './call.ts';
import { describeNamed } from './named-images.ts';

/** What a node that holds one image downloads and unpacks for another. */
export async function run(call: Call): Promise<number> {
  const report = await describeNamed(call);
  call.output.show(report, () => terminalDocument(comparison(report), call.output));
  return 0;
}

/** The difference of image and baseline, to be read by people. Of an index the headline is the largest platform's. */
export function comparison(report: Report): Document {
  const { image, baseline, deltas } = report;
  const most = Math.max(0, ...deltas.map((delta) => delta.chain.bytes));
  return {
    headline: {
      text:
        most === 0
          ? 'Nothing to download for a node that holds the baseline'
          : `${formatBytes(most)} to download for a node that holds the baseline`,
    },
    about: [
      ...(baseline ? [['From ', codeSpan(baseline.name), ', ', codeSpan(baseline.digest)]] : []),
      ['To ', codeSpan(image.name), ', ', codeSpan(image.digest)],
    ],
    sections: changeSections(report, platformViews(report)),
  };
}
