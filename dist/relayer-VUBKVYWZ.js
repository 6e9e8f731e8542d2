import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  latestBeside,
  openBaseline
} from "./chunk-H7LAWSFL.js";
import {
  relay,
  withPlanArtifacts
} from "./chunk-V3SHP67Y.js";
import "./chunk-XZYK6QK7.js";
import "./chunk-XCJSANW5.js";
import {
  relayerSections,
  terminalDocument
} from "./chunk-RMFX2JOR.js";
import "./chunk-HAYGAELK.js";
import {
  describeImages
} from "./chunk-EMIEZZ4X.js";
import {
  codeSpan
} from "./chunk-PCHBEAKS.js";
import "./chunk-T4TZTXRW.js";
import "./chunk-PRT3IF5T.js";
import "./chunk-QOMFPMPL.js";
import "./chunk-QAO53BFA.js";
import "./chunk-FEKXO3MT.js";
import "./chunk-5KLYFH7M.js";
import "./chunk-WSWMSC73.js";
import "./chunk-KE4MHNEF.js";
import "./chunk-Z4T7WJWK.js";
import "./chunk-QFWJVSNV.js";
import {
  copyImage
} from "./chunk-TSZ5WMM2.js";
import "./chunk-OFZY7IXT.js";
import "./chunk-5UY46ZQ3.js";
import {
  openImage,
  registryOptions,
  withSink
} from "./chunk-NSLFNWD3.js";
import "./chunk-5A45ZFB5.js";
import {
  formatBytes,
  formatImageName,
  parseImageName
} from "./chunk-GQUP2JUB.js";
import "./chunk-6YJR5GCO.js";
import "./chunk-472U6O6R.js";
import "./chunk-NVMCYYRY.js";
import "./chunk-HXSIVDWK.js";
import "./chunk-RI4IMNUK.js";
import {
  isDigest
} from "./chunk-RJ5NUFKW.js";
import "./chunk-THYTPSF7.js";
import {
  inputError
} from "./chunk-4J2PJRUG.js";
import {
  __callDispose,
  __using
} from "./chunk-CLVFFHSH.js";

// src/cli/relayer.ts
async function run({ settings, positionals, context, output }) {
  var _stack = [];
  try {
    const [from, to] = [parseImageName(positionals.SRC ?? ""), parseImageName(positionals.DST ?? "")];
    refuseAsDestination(to);
    const options = registryOptions(settings, context);
    const open = __using(_stack, new AsyncDisposableStack(), true);
    const image = await openImage(from, options);
    open.defer(() => image.source.close());
    const usual = to.transport === "docker" ? latestBeside(to.reference) : void 0;
    const baseline = await openBaseline({ named: settings.baseline, usual }, options);
    if (baseline.image) open.defer(() => baseline.image?.source.close());
    if (baseline.missing) context.notice(`No baseline: ${baseline.missing}. The image is re-laid afresh.`);
    const relaid = await relay({ image, baseline: baseline.image, settings, options, context }, open);
    open.defer(() => relaid.close());
    const destination = formatImageName(to);
    const { descriptor, bytesWritten } = await context.phase(`Write ${destination}`, async () => {
      const sent = await withPlanArtifacts(relaid, relaid.plans, settings.platforms);
      return withSink(
        to,
        options,
        (sink, tag) => copyImage({
          source: sent.source,
          descriptor: sent.descriptor,
          referrers: sent.referrers,
          sink,
          tags: tag === void 0 ? [] : [tag],
          platforms: settings.platforms,
          progress: context.progress,
          signal: context.signal,
          notice: context.notice
        })
      );
    });
    const result = {
      source: image.name,
      destination,
      digest: descriptor.digest,
      relayer: relaid.facts,
      writtenBytes: bytesWritten
    };
    const { image: facts } = await describeImages(relaid, void 0, settings.platforms);
    output.show(result, () => terminalDocument(documentOf(result, facts), output));
    return 0;
  } catch (_) {
    var _error = _, _hasError = true;
  } finally {
    var _promise = __callDispose(_stack, _error, _hasError);
    _promise && await _promise;
  }
}
function refuseAsDestination(to) {
  if (to.transport === "docker-archive" || to.transport === "docker-daemon") {
    throw inputError(
      "no-plans-there",
      `${formatImageName(to)} would lose its layer plan: docker's own stores keep images alone`,
      { hint: "Write to a registry, to oci:DIR:TAG or to oci-archive:FILE:TAG, and copy it from there." }
    );
  }
  if (to.transport === "docker" ? to.reference.digest === void 0 : !isDigest(to.target ?? "")) return;
  throw inputError(
    "bad-reference",
    `${formatImageName(to)} is no place to write to: nobody knows the digest before`,
    { hint: "Name a tag instead, as DST." }
  );
}
function documentOf({ destination, digest, relayer, writtenBytes }, image) {
  return {
    headline: { text: `${destination} is ${digest}` },
    about: [
      [
        writtenBytes === 0 ? "Nothing had to be written: all of it was there." : `${formatBytes(writtenBytes)} written.`
      ],
      ...relayer.map(({ platform, input, tree }) => [
        `${platform}: the files are those of `,
        codeSpan(input),
        ", tree ",
        codeSpan(tree),
        "."
      ])
    ],
    sections: relayerSections(relayer, image)
  };
}
export {
  run
};
