import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);

// src/stages/report/width.ts
var wide = new RegExp("[\\u1100-\\u115f\\u2e80-\\u303e\\u3041-\\ua4cf\\ua960-\\ua97f\\uac00-\\ud7a3\\uf900-\\ufaff\\ufe30-\\ufe6f\\uff01-\\uff60\\uffe0-\\uffe6\\u{20000}-\\u{3fffd}]|\\p{Emoji_Presentation}", "u");
function displayWidth(text) {
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}
function characterWidth(character) {
  if (character <= "\x7F") return 1;
  if (new RegExp("\\p{Mn}|\\p{Me}", "u").test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}
function cut(text, width) {
  if (displayWidth(text) <= width) return text;
  const { head } = splitAt(text, width - 1);
  return `${head}\u2026`;
}
var breakable = / (?!(?:%|[kMGT]?B|s|h|min)(?![\w.]))/;
function wrap(text, width) {
  const lines = [];
  let line = "";
  for (const word of text.split(breakable)) {
    if (line !== "" && displayWidth(line) + 1 + displayWidth(word) <= width) {
      line += ` ${word}`;
      continue;
    }
    if (line !== "") lines.push(line);
    line = word;
    while (displayWidth(line) > width) {
      const { head, tail } = splitAt(line, width);
      lines.push(head);
      line = tail;
    }
  }
  return [...lines, line];
}
function splitAt(text, width) {
  let head = "";
  let used = 0;
  for (const character of text) {
    used += characterWidth(character);
    if (used > width && head !== "") break;
    head += character;
  }
  return { head, tail: text.slice(head.length) };
}

export {
  displayWidth,
  cut,
  wrap
};
