import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  formatReference,
  isTag,
  parseReference
} from "./chunk-6YJR5GCO.js";
import {
  isDigest
} from "./chunk-RJ5NUFKW.js";
import {
  inputError
} from "./chunk-4J2PJRUG.js";

// src/content/image/name.ts
var transports = [
  "docker",
  "oci",
  "oci-archive",
  "docker-archive",
  "docker-daemon"
];
function parseImageName(text) {
  const colon = text.indexOf(":");
  const prefix = colon < 0 ? "" : text.slice(0, colon);
  const rest = text.slice(colon + 1);
  switch (prefix) {
    case "docker":
      if (rest.startsWith("//")) return { transport: "docker", reference: parseReference(rest.slice(2)) };
      break;
    case "oci":
    case "oci-archive":
    case "docker-archive": {
      const { path, target } = splitPath(prefix, rest);
      if (path === "") throw bad(text, "the path is empty");
      return { transport: prefix, path, ...target === void 0 ? {} : { target } };
    }
    case "docker-daemon":
      if (rest === "") throw bad(text, "the name is empty");
      return { transport: "docker-daemon", name: rest };
  }
  const scheme = /^([a-z][a-z0-9+.-]*):(?:\/\/|[./])/.exec(text)?.[1];
  if (scheme !== void 0) {
    throw inputError("unknown-transport", `"${text}": unknown transport "${scheme}"`, {
      hint: `Known transports: docker://, ${transports.slice(1).map((name) => `${name}:`).join(", ")}.`
    });
  }
  if (/^[./]/.test(text)) {
    throw inputError("bad-reference", `"${text}" is not an image reference: it looks like a path`, {
      hint: `A folder? Write oci:${text}. A file? Write oci-archive: or docker-archive: before its path.`
    });
  }
  return { transport: "docker", reference: parseReference(text) };
}
function splitPath(transport, rest) {
  const at = rest.lastIndexOf("@");
  if (transport !== "docker-archive" && at > 0 && isDigest(rest.slice(at + 1))) {
    return { path: rest.slice(0, at), target: rest.slice(at + 1) };
  }
  const colon = transport === "docker-archive" ? rest.indexOf(":") : rest.lastIndexOf(":");
  if (colon < 0) return { path: rest };
  const target = rest.slice(colon + 1);
  if (transport === "docker-archive" ? target !== "" : isTag(target))
    return { path: rest.slice(0, colon), target };
  return { path: rest };
}
function formatImageName(name) {
  switch (name.transport) {
    case "docker":
      return formatReference(name.reference);
    case "docker-daemon":
      return `docker-daemon:${name.name}`;
    default: {
      const separator = name.target !== void 0 && isDigest(name.target) ? "@" : ":";
      return `${name.transport}:${name.path}${name.target === void 0 ? "" : `${separator}${name.target}`}`;
    }
  }
}
function retag(name, change) {
  switch (name.transport) {
    case "docker": {
      const { digest, host, repository, tag = digest === void 0 ? "latest" : void 0 } = name.reference;
      const changed = tag === void 0 ? void 0 : change(tag);
      return changed === void 0 ? void 0 : { transport: "docker", reference: { host, repository, tag: changed } };
    }
    case "oci":
    case "oci-archive": {
      const { target } = name;
      const changed = target === void 0 || isDigest(target) ? void 0 : change(target);
      return changed === void 0 ? void 0 : { ...name, target: changed };
    }
    default:
      return void 0;
  }
}
function bad(text, why) {
  return inputError("bad-reference", `"${text}" is not an image name: ${why}`, {
    hint: "For example oci:./layout:latest or docker-archive:image.tar."
  });
}

// src/content/image/platform.ts
var architectures = /* @__PURE__ */ new Map([
  ["x86_64", ["amd64"]],
  ["x86-64", ["amd64"]],
  ["aarch64", ["arm64"]],
  ["i386", ["386"]],
  ["armhf", ["arm", "v7"]],
  ["armel", ["arm", "v6"]]
]);
var defaultVariants = { arm64: "v8", amd64: "v1", arm: "v7" };
function parsePlatform(text) {
  const parts = text.trim().toLowerCase().split("/");
  const [os, architecture, variant] = parts;
  if (!os || !architecture || parts.length > 3 || !parts.every((part) => /^[a-z0-9][a-z0-9_.-]*$/.test(part))) {
    throw inputError("bad-platform", `"${text}" is not a platform`, {
      hint: "Write os/architecture or os/architecture/variant, for example linux/amd64 or linux/arm/v7."
    });
  }
  return normalisePlatform(variant === void 0 ? { os, architecture } : { os, architecture, variant });
}
function normalisePlatform(platform) {
  const [architecture, aliasVariant] = architectures.get(platform.architecture) ?? [platform.architecture];
  const variant = platform.variant ?? aliasVariant;
  const { variant: _, ...rest } = platform;
  const keep = variant && (architecture === "arm" || variant !== defaultVariants[architecture]);
  return keep ? { ...rest, architecture, variant } : { ...rest, architecture };
}
function formatPlatform(platform) {
  return [platform.os, platform.architecture, platform.variant].filter(Boolean).join("/");
}
function platformMatches(have, want) {
  const a = normalisePlatform(have);
  const b = normalisePlatform(want);
  const variant = (p) => p.variant ?? defaultVariants[p.architecture] ?? "";
  return a.os === b.os && a.architecture === b.architecture && variant(a) === variant(b);
}
function splitPlatform(text) {
  const [os = "", architecture = "", variant] = text.split("/");
  return normalisePlatform(variant === void 0 ? { os, architecture } : { os, architecture, variant });
}
function isSamePlatform(have, want) {
  return have === want || platformMatches(splitPlatform(have), splitPlatform(want));
}
function isUnknownPlatform(platform) {
  return platform.os === "unknown" && platform.architecture === "unknown";
}
function hostPlatform() {
  const byNode = { x64: "amd64", arm64: "arm64", arm: "arm", ia32: "386" };
  return { os: "linux", architecture: byNode[process.arch] ?? process.arch };
}

// src/facts/units.ts
var byteUnits = /* @__PURE__ */ new Map([
  ["b", 1],
  ["kb", 1e3],
  ["mb", 1e6],
  ["gb", 1e9],
  ["tb", 1e12],
  ["kib", 2 ** 10],
  ["mib", 2 ** 20],
  ["gib", 2 ** 30],
  ["tib", 2 ** 40]
]);
var secondUnits = /* @__PURE__ */ new Map([
  ["ms", 1e-3],
  ["s", 1],
  ["sec", 1],
  ["m", 60],
  ["min", 60],
  ["h", 3600]
]);
var quantity = /^(\d+(?:\.\d+)?|\.\d+)\s*([a-z]*)$/i;
function parseBytes(text) {
  const bytes = Math.round(product(text, byteUnits, "b"));
  if (!Number.isSafeInteger(bytes)) {
    throw inputError("bad-size", `"${text}" is not a size`, {
      hint: "Write a number and a unit: 500 MB, 6 GB, 1.5 GiB."
    });
  }
  return bytes;
}
function parseSeconds(text) {
  const nanoseconds = Math.round(product(text, secondUnits, "s") * 1e9);
  if (!Number.isSafeInteger(nanoseconds)) {
    throw inputError("bad-duration", `"${text}" is not a duration`, {
      hint: "Write a number and a unit: 45 s, 2 min, 300 ms."
    });
  }
  return nanoseconds / 1e9;
}
function product(text, units, bare) {
  const match = quantity.exec(text.trim());
  return Number(match?.[1]) * (units.get((match?.[2] || bare).toLowerCase()) ?? Number.NaN);
}
function formatBytes(bytes) {
  let value = Math.abs(bytes);
  let unit = "B";
  for (const larger of ["kB", "MB", "GB", "TB"]) {
    if (value < 999.5) break;
    value /= 1e3;
    unit = larger;
  }
  return `${bytes < 0 ? "-" : ""}${unit === "B" ? Math.round(value) : threeDigits(value)} ${unit}`;
}
function formatChosenBytes(bytes) {
  const units = ["KiB", "MiB", "GiB"];
  let value = bytes;
  let unit;
  for (const larger of units) {
    if (value === 0 || value % 1024 !== 0) break;
    value /= 1024;
    unit = larger;
  }
  return unit === void 0 ? formatBytes(bytes) : `${value} ${unit}`;
}
function formatSeconds(seconds) {
  const sign = seconds < 0 ? "-" : "";
  const value = Math.abs(seconds);
  if (value > 0 && value < 0.0995) return `${sign}${threeDigits(value * 1e3)} ms`;
  if (value < 99.95) return `${sign}${threeDigits(value)} s`;
  const whole = Math.round(value);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole % 3600 / 60), whole % 60];
  return sign + [hours ? `${hours} h` : "", minutes ? `${minutes} min` : "", rest ? `${rest} s` : ""].filter(Boolean).join(" ");
}
var formatValue = {
  bytes: formatBytes,
  count: (value) => String(Math.round(value)),
  seconds: formatSeconds
};
function threeDigits(value) {
  return value >= 99.95 ? value.toFixed(0) : value >= 9.995 ? value.toFixed(1) : value.toFixed(2);
}

export {
  parseImageName,
  formatImageName,
  retag,
  parsePlatform,
  normalisePlatform,
  formatPlatform,
  platformMatches,
  splitPlatform,
  isSamePlatform,
  isUnknownPlatform,
  hostPlatform,
  parseBytes,
  parseSeconds,
  formatBytes,
  formatChosenBytes,
  formatSeconds,
  formatValue
};
