import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  digestOf,
  isDigest,
  parseDigest
} from "./chunk-RJ5NUFKW.js";
import {
  inputError
} from "./chunk-4J2PJRUG.js";

// src/content/image/reference.ts
var component = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/;
var tagPattern = /^\w[\w.-]{0,127}$/;
var hostPattern = /^(?:\[[0-9a-fA-F:.]+\]|[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*)(?::\d{1,5})?$/;
function parseReference(text) {
  const [named, digest, ...more] = text.split("@");
  if (named === void 0 || more.length > 0) throw bad(text, 'has more than one "@"');
  if (digest !== void 0 && !isDigest(digest)) throw bad(text, `"${digest}" is not a digest`);
  const colon = named.lastIndexOf(":");
  const tagged = colon > named.lastIndexOf("/");
  const tag = tagged ? named.slice(colon + 1) : void 0;
  if (tag !== void 0 && !tagPattern.test(tag)) throw bad(text, `"${tag}" is not a tag`);
  const { host, repository } = splitHost(tagged ? named.slice(0, colon) : named);
  const port = /:(\d+)$/.exec(host)?.[1];
  if (Number(port) > 65535) throw bad(text, `port out of range: ${port} of "${host}" is above 65535`);
  if (!hostPattern.test(host) || !URL.canParse(`http://${host}`)) throw bad(text, `"${host}" is not a host`);
  if (/^[0-9a-f]{64}$/.test(repository)) throw bad(text, "a repository cannot be 64 hex digits");
  for (const part of repository.split("/")) {
    if (!component.test(part)) {
      throw bad(
        text,
        part === "" ? "the repository has an empty part" : `"${part}" cannot stand in a repository (lower case letters, digits, and . _ - between them)`
      );
    }
  }
  if (host.length + 1 + repository.length > 255) throw bad(text, "the name is longer than 255 characters");
  return {
    host,
    repository,
    ...tag === void 0 ? {} : { tag },
    ...digest === void 0 ? {} : { digest }
  };
}
function splitHost(name) {
  const slash = name.indexOf("/");
  const first = name.slice(0, slash);
  if (slash > 0 && (/[.:[]/.test(first) || first === "localhost" || first !== first.toLowerCase())) {
    const host = first === "index.docker.io" ? "docker.io" : first;
    const repository = name.slice(slash + 1);
    return {
      host,
      repository: host === "docker.io" && !repository.includes("/") ? `library/${repository}` : repository
    };
  }
  return { host: "docker.io", repository: slash > 0 ? name : `library/${name}` };
}
function formatReference({ host, repository, tag, digest }) {
  return `${host}/${repository}${tag === void 0 ? "" : `:${tag}`}${digest === void 0 ? "" : `@${digest}`}`;
}
function isTag(text) {
  return tagPattern.test(text);
}
function bad(text, why) {
  return inputError("bad-reference", `"${text}" is not an image reference: ${why}`, {
    hint: "Write [host/]repository[:tag][@sha256:\u2026], for example ghcr.io/acme/server:1.4."
  });
}

// src/content/image/descriptor.ts
function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
function parseDescriptor(value, where) {
  if (!isObject(value)) throw bad2(where, "is not an object");
  if (typeof value.mediaType !== "string") throw bad2(where, "has no mediaType");
  parseDigest(value.digest, `${where}.digest`);
  if (!Number.isSafeInteger(value.size) || value.size < 0) {
    throw bad2(where, `has size ${JSON.stringify(value.size)}`);
  }
  if (value.annotations !== void 0 && value.annotations !== null)
    parseAnnotations(value.annotations, where);
  if (value.platform !== void 0) parsePlatformObject(value.platform, where);
  return value;
}
function parseAnnotations(value, where) {
  if (!isObject(value) || !Object.values(value).every((text) => typeof text === "string")) {
    throw bad2(where, "has annotations that are not strings");
  }
  return value;
}
function parsePlatformObject(value, where) {
  if (!isObject(value) || typeof value.os !== "string" || typeof value.architecture !== "string") {
    throw bad2(where, "has a platform without os and architecture");
  }
}
function bad2(where, what) {
  return inputError("bad-descriptor", `${where} ${what}`, {
    hint: "The manifest does not follow the OCI image specification; build or push the image again."
  });
}
function describeBytes(mediaType, bytes) {
  return { mediaType, digest: digestOf(bytes), size: bytes.byteLength };
}

export {
  isObject,
  parseDescriptor,
  parseAnnotations,
  describeBytes,
  parseReference,
  formatReference,
  isTag
};
