import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
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
import "./chunk-RJ5NUFKW.js";
import "./chunk-THYTPSF7.js";
import "./chunk-4J2PJRUG.js";
import "./chunk-CLVFFHSH.js";

// src/cli/copy.ts
async function run({ settings, positionals, context, output }) {
  const [from, to] = [parseImageName(positionals.SRC ?? ""), parseImageName(positionals.DST ?? "")];
  const options = registryOptions(settings, context);
  const image = await openImage(from, options);
  try {
    const result = await context.phase(
      `Copy ${image.name} to ${formatImageName(to)}`,
      () => withSink(
        to,
        options,
        (sink, tag) => copyImage({
          source: image.source,
          descriptor: image.descriptor,
          sink,
          tags: tag === void 0 ? [] : [tag],
          platforms: settings.platforms,
          progress: context.progress,
          signal: context.signal
        })
      )
    );
    const { descriptor, blobs, bytesWritten, skippedLayers } = result;
    const document = {
      source: image.name,
      destination: formatImageName(to),
      digest: descriptor.digest,
      mediaType: descriptor.mediaType,
      blobs,
      writtenBytes: bytesWritten,
      skippedLayers: skippedLayers.map((layer) => layer.digest)
    };
    output.show(document, () => summary(document.destination, result));
  } finally {
    await image.source.close();
  }
  return 0;
}
function summary(destination, { descriptor, blobs, bytesWritten }) {
  const there = blobs.existed + blobs.mounted;
  const parts = [
    `${blobs.written} blobs written (${formatBytes(bytesWritten)})`,
    ...there > 0 ? [`${there} were there`] : [],
    ...blobs.skipped > 0 ? [`${blobs.skipped} foreign layers skipped: clients take them from their own URLs`] : []
  ];
  return `${destination} is ${descriptor.digest}
${parts.join(", ")}.
`;
}
export {
  run
};
