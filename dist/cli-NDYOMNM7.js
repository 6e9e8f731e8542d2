import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  deliverTo,
  planSoci,
  sociReport,
  suffixedTag,
  withIndexes
} from "./chunk-UHDB4C44.js";
import "./chunk-XZYK6QK7.js";
import "./chunk-MA4OFCCJ.js";
import "./chunk-WEC7RCHK.js";
import "./chunk-ESUH2VSV.js";
import "./chunk-XCJSANW5.js";
import {
  sociLayerSection,
  terminalDocument
} from "./chunk-RMFX2JOR.js";
import "./chunk-HAYGAELK.js";
import {
  codeSpan
} from "./chunk-PCHBEAKS.js";
import "./chunk-T4TZTXRW.js";
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
import {
  tagOf
} from "./chunk-5A45ZFB5.js";
import {
  formatBytes,
  formatImageName,
  parseImageName,
  retag
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
import "./chunk-CLVFFHSH.js";

// src/cli/index.ts
async function run({ settings, positionals, context, output }) {
  const plan = planSoci(settings.soci ?? "v2", settings.sociTagSuffix);
  if (plan === void 0) {
    throw inputError("soci-off", "soci is off: there is nothing to make", {
      hint: "Set soci to v2, v1 or both; without it, index makes v2."
    });
  }
  const from = parseImageName(positionals.SRC ?? "");
  const named = positionals.DST === void 0 ? void 0 : destination(parseImageName(positionals.DST));
  const isSame = from.transport !== "oci-archive" && named && formatImageName(named) === formatImageName(from);
  const to = isSame ? void 0 : named;
  const given = to ?? ownPlace(from);
  const options = registryOptions(settings, context);
  const image = await openImage(from, options);
  try {
    const place = given ?? placeOfEntry(from, image.descriptor);
    const before = to === void 0 && plan.suffix === void 0 ? [] : [place];
    const request = {
      image,
      plan,
      known: [...before, settings.baseline ?? []].flat(),
      settings,
      options,
      context
    };
    const result = await write(request, place, to === void 0);
    output.show(result, () => terminalDocument(documentOf(result), output));
  } finally {
    await image.source.close();
  }
  return 0;
}
function destination(name) {
  const text = formatImageName(name);
  if (name.transport === "docker-archive" || name.transport === "docker-daemon") {
    throw inputError("no-soci-there", `${text} cannot hold SOCI indexes: docker loads none`, {
      hint: "Write to a registry, to oci:DIR:TAG or to oci-archive:FILE:TAG."
    });
  }
  const isByDigest = name.transport === "docker" ? name.reference.digest !== void 0 : isDigest(name.target ?? "");
  if (!isByDigest) return name;
  throw inputError("bad-reference", `${text} is no place to write to: nobody knows the digest before`, {
    hint: "Name a tag instead, as DST."
  });
}
function ownPlace(name) {
  if (name.transport === "oci" && name.target === void 0) return void 0;
  const place = name.transport === "oci-archive" ? void 0 : retag(name, (tag) => tag);
  if (place === void 0) throw notInPlace(name);
  return place;
}
function placeOfEntry(name, entry) {
  const target = tagOf(entry);
  if (name.transport !== "oci" || target === void 0) throw notInPlace(name);
  return { ...name, target };
}
function notInPlace(name) {
  const [why, hint] = whyNotInPlace(name);
  return inputError("not-in-place", `${formatImageName(name)} cannot be indexed in place: ${why}`, { hint });
}
function whyNotInPlace(name) {
  switch (name.transport) {
    case "docker": {
      const { host, repository } = name.reference;
      return ["a digest is fixed, and no tag is named", `Add DST: ${host}/${repository}:TAG.`];
    }
    case "oci":
      return ["no tag is named", `Add DST: oci:${name.path}:TAG.`];
    case "oci-archive":
    case "docker-archive":
      return [
        "an archive is written anew, as a whole",
        "Add DST: a registry, oci:DIR:TAG or oci-archive:FILE:TAG."
      ];
    case "docker-daemon":
      return ["docker loads no SOCI index", "Add DST: a registry, oci:DIR:TAG or oci-archive:FILE:TAG."];
  }
}
function write(request, place, inPlace) {
  const { image, plan, settings, options, context } = request;
  const sociPlace = plan.suffix === void 0 ? place : behindTag(place, plan.suffix);
  const first = inPlace ? sociPlace : place;
  const copy = (what, { name, tag, ...to }) => context.phase(
    `Write ${formatImageName(name)}`,
    () => copyImage({
      source: what.source,
      descriptor: what.descriptor,
      referrers: what.referrers ?? [],
      ...to,
      tags: tag === void 0 ? [] : [tag],
      platforms: inPlace ? [] : settings.platforms,
      progress: context.progress,
      signal: context.signal
    })
  );
  return withSink(first, options, (sink, tag) => {
    const delivery = isDeliveredTo(first, inPlace) ? deliverTo(sink, image.source) : void 0;
    const to = { name: first, sink, tag, ...delivery && { delivered: delivery.delivered } };
    return withIndexes({ ...request, delivery }, async (indexed) => {
      if (first === sociPlace)
        return resultOf(image, indexed, { place, sociPlace, made: await copy(indexed, to) });
      const plain = await copy(image, to);
      const made = await withSink(
        sociPlace,
        options,
        (beside, besideTag) => copy(indexed, { name: sociPlace, sink: beside, tag: besideTag })
      );
      return resultOf(image, indexed, { place, sociPlace, made, plain });
    });
  });
}
var isDeliveredTo = ({ transport }, inPlace) => !inPlace && transport !== "oci-archive";
function resultOf(image, indexed, { place, sociPlace, made, plain }) {
  const name = formatImageName(sociPlace);
  const destination2 = sociPlace === place ? made.descriptor : (plain ?? image).descriptor;
  return {
    source: image.name,
    destination: formatImageName(place),
    digest: destination2.digest,
    ...sociPlace === place ? {} : { beside: { name, digest: made.descriptor.digest } },
    ...sociReport(indexed, made.descriptor, [name]),
    blobs: plain === void 0 ? made.blobs : added(made.blobs, plain.blobs),
    writtenBytes: made.bytesWritten + (plain?.bytesWritten ?? 0)
  };
}
var added = (one, other) => ({
  written: one.written + other.written,
  existed: one.existed + other.existed,
  mounted: one.mounted + other.mounted,
  skipped: one.skipped + other.skipped
});
function behindTag(name, suffix) {
  if (name.transport === "oci-archive") {
    throw inputError("bad-reference", `${formatImageName(name)} is one archive, and would be written twice`, {
      hint: "Leave soci-tag-suffix out, or write to a registry or to oci:DIR:TAG."
    });
  }
  const beside = retag(name, (tag) => suffixedTag(tag, suffix));
  if (beside !== void 0) return beside;
  throw inputError(
    "bad-reference",
    `${formatImageName(name)} names no tag, and soci-tag-suffix goes behind one`,
    { hint: "Add a tag to the destination, or leave soci-tag-suffix out." }
  );
}
function documentOf({ destination: destination2, digest, beside, soci, sociImage, writtenBytes }) {
  const what = sociImage === void 0 ? ", the image as it was." : ", with the index.";
  const isNothing = writtenBytes === 0;
  return {
    headline: { text: `${destination2} is ${digest}` },
    about: [
      ...beside ? [[codeSpan(beside.name), " is ", codeSpan(beside.digest), what]] : [],
      [
        isNothing ? "Nothing had to be written: all of it was there." : `${formatBytes(writtenBytes)} written.`
      ]
    ],
    sections: soci.map(sociLayerSection)
  };
}
export {
  run
};
