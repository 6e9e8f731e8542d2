import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);

// src/facts/plain.ts
import { stripVTControlCharacters } from "node:util";
function plain(text, length = Number.POSITIVE_INFINITY) {
  const line = stripVTControlCharacters(text.slice(0, length * 8).toWellFormed()).replace(/[\s\p{Cc}]+/gu, " ").replace(new RegExp("\\p{Cf}", "gu"), "").trim();
  const points = [...line];
  if (points.length <= length) return line;
  const kept = points.slice(0, length - 1).join("");
  return `${kept.trimEnd()}\u2026`;
}
function instruction(createdBy, length) {
  const text = plain(createdBy, 2e3).replace(/^(?:\|\d+ .*?)?\/bin\/(?:ba)?sh -c #\(nop\) +/, "").replace(/^(?:RUN )?(?:\|\d+ .*?)?\/bin\/(?:ba)?sh(?: -\w*o pipefail)? -\w*c /, "RUN ").replace(/ # buildkit$/, "");
  return plain(text, length);
}

export {
  plain,
  instruction
};
