import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  planSoci,
  sociReport,
  suffixedTag,
  withIndexes
} from "./chunk-XVYAV23G.js";
import "./chunk-NBKYUZKR.js";
import "./chunk-VQ4Q22Q6.js";
import {
  sociLayerSection,
  terminalDocument
} from "./chunk-OOFY7LIH.js";
import "./chunk-2OLRYP5P.js";
import {
  codeSpan
} from "./chunk-ETJS3K4O.js";
import "./chunk-OMZLEA2T.js";
import "./chunk-ZAOUJVRN.js";
import "./chunk-KATR3GBZ.js";
import "./chunk-LCFLOM33.js";
import "./chunk-PPVMWD7X.js";
import "./chunk-KE4MHNEF.js";
import "./chunk-ZCK5VOXB.js";
import "./chunk-QFWJVSNV.js";
import {
  copyImage
} from "./chunk-JMQPLGRN.js";
import "./chunk-OFZY7IXT.js";
import {
  openImage,
  openSink,
  registryOptions
} from "./chunk-KFOAQ6GS.js";
import {
  formatBytes,
  formatImageName,
  parseImageName
} from "./chunk-6CT2XH3G.js";
import {
  tagOf
} from "./chunk-XN73LCA4.js";
import "./chunk-6YJR5GCO.js";
import "./chunk-472U6O6R.js";
import "./chunk-NVMCYYRY.js";
import "./chunk-SK2TNT2F.js";
import "./chunk-HXSIVDWK.js";
import "./chunk-OSP77K32.js";
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
  const to = positionals.DST === void 0 ? void 0 : destination(parseImageName(positionals.DST));
  const options = registryOptions(settings, context);
  const image = await openImage(from, options);
  try {
    const place = to ?? ownPlace(from, image.descriptor);
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
  if (name.transport !== "docker-archive" && name.transport !== "docker-daemon") return name;
  throw inputError("no-soci-there", `${formatImageName(name)} cannot hold SOCI indexes: docker loads none`, {
    hint: "Write to a registry, to oci:DIR:TAG or to oci-archive:FILE:TAG."
  });
}
function ownPlace(name, found) {
  const refuse = (why, hint) => inputError("not-in-place", `${formatImageName(name)} cannot be indexed in place: ${why}`, { hint });
  switch (name.transport) {
    case "docker": {
      const { digest, host, repository, tag = digest === void 0 ? "latest" : void 0 } = name.reference;
      if (tag !== void 0) return { transport: "docker", reference: { host, repository, tag } };
      throw refuse("a digest is fixed, and no tag is named", `Add DST: ${host}/${repository}:TAG.`);
    }
    case "oci": {
      const target = name.target === void 0 ? tagOf(found) : name.target;
      if (target !== void 0 && !isDigest(target)) return { ...name, target };
      throw refuse("no tag is named", `Add DST: oci:${name.path}:TAG.`);
    }
    default:
      throw refuse(
        "an archive is written anew, as a whole",
        "Add DST: a registry, oci:DIR:TAG or oci-archive:FILE:TAG."
      );
  }
}
function write(request, place, inPlace) {
  const { image, plan, settings, options, context } = request;
  const sociPlace = plan.suffix === void 0 ? place : behindTag(place, plan.suffix);
  return withIndexes(request, async (indexed) => {
    const copy = (what, to) => context.phase(
      `Write ${formatImageName(to)}`,
      () => withSink(
        to,
        options,
        (sink, tag) => copyImage({
          source: what.source,
          descriptor: what.descriptor,
          referrers: what.referrers ?? [],
          sink,
          tags: tag === void 0 ? [] : [tag],
          platforms: inPlace ? [] : settings.platforms,
          progress: context.progress,
          signal: context.signal
        })
      )
    );
    const plain = sociPlace === place || inPlace ? void 0 : await copy(image, place);
    const made = await copy(indexed, sociPlace);
    const destination2 = sociPlace === place ? made.descriptor : (plain ?? image).descriptor;
    return {
      source: image.name,
      destination: formatImageName(place),
      digest: destination2.digest,
      ...sociReport(indexed, made.descriptor, [formatImageName(sociPlace)]),
      blobs: made.blobs,
      writtenBytes: made.bytesWritten + (plain?.bytesWritten ?? 0)
    };
  });
}
function behindTag(name, suffix) {
  const none = () => inputError(
    "bad-reference",
    `${formatImageName(name)} names no tag, and soci-tag-suffix goes behind one`,
    {
      hint: "Add a tag to the destination, or leave soci-tag-suffix out."
    }
  );
  switch (name.transport) {
    case "docker": {
      const { digest, host, repository, tag = digest === void 0 ? "latest" : void 0 } = name.reference;
      if (tag === void 0) throw none();
      return { transport: "docker", reference: { host, repository, tag: suffixedTag(tag, suffix) } };
    }
    case "oci":
      if (name.target === void 0 || isDigest(name.target)) throw none();
      return { ...name, target: suffixedTag(name.target, suffix) };
    default:
      throw inputError(
        "bad-reference",
        `${formatImageName(name)} is one archive, and would be written twice`,
        {
          hint: "Leave soci-tag-suffix out, or write to a registry or to oci:DIR:TAG."
        }
      );
  }
}
async function withSink(name, options, work) {
  const { sink, tag } = await openSink(name, options);
  try {
    const result = await work(sink, tag);
    await sink.close();
    return result;
  } catch (error) {
    await sink.abort();
    throw error;
  }
}
function documentOf({ destination: destination2, digest, soci, sociImage, writtenBytes }) {
  const isBeside = sociImage !== void 0 && sociImage.digest !== digest;
  return {
    headline: { text: `${destination2} is ${digest}` },
    about: [
      ...isBeside ? [[codeSpan(sociImage.pushed.join(", ")), " is ", codeSpan(sociImage.digest), ", with the index."]] : [],
      [`${formatBytes(writtenBytes)} written.`]
    ],
    sections: soci.map(sociLayerSection)
  };
}
export {
  run
};
