import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  FlatReader,
  buildTool,
  checkpointBytes,
  checkpointPlaceBytes,
  checkpointsHeaderBytes,
  entryTypeOf,
  entryTypes,
  nextHeader,
  windowBytes,
  ztocEntry,
  ztocMediaType,
  ztocVersion
} from "./chunk-TUNIGZ25.js";
import {
  TarScanner
} from "./chunk-QFWJVSNV.js";
import {
  readConfig,
  sociAnnotations,
  sociIndexTypes,
  sociVersionOf
} from "./chunk-VNRMI4KZ.js";
import {
  formatPlatform,
  isUnknownPlatform,
  normalisePlatform,
  platformMatches
} from "./chunk-GQUP2JUB.js";
import {
  maxManifestBytes,
  parseJson,
  parseManifest
} from "./chunk-EAXNCVMH.js";
import {
  isObject
} from "./chunk-6YJR5GCO.js";
import {
  isImageConfigType,
  isImageManifestType,
  isIndexType,
  mediaTypes
} from "./chunk-RI4IMNUK.js";
import {
  isDigest
} from "./chunk-RJ5NUFKW.js";
import {
  PullBudgetError,
  inputError
} from "./chunk-4J2PJRUG.js";
import {
  __commonJS,
  __toESM
} from "./chunk-CLVFFHSH.js";

// node_modules/picomatch/lib/constants.js
var require_constants = __commonJS({
  "node_modules/picomatch/lib/constants.js"(exports, module) {
    "use strict";
    var WIN_SLASH = "\\\\/";
    var WIN_NO_SLASH = `[^${WIN_SLASH}]`;
    var DEFAULT_MAX_EXTGLOB_RECURSION = 0;
    var DOT_LITERAL = "\\.";
    var PLUS_LITERAL = "\\+";
    var QMARK_LITERAL = "\\?";
    var SLASH_LITERAL = "\\/";
    var ONE_CHAR = "(?=.)";
    var QMARK = "[^/]";
    var END_ANCHOR = `(?:${SLASH_LITERAL}|$)`;
    var START_ANCHOR = `(?:^|${SLASH_LITERAL})`;
    var DOTS_SLASH = `${DOT_LITERAL}{1,2}${END_ANCHOR}`;
    var NO_DOT = `(?!${DOT_LITERAL})`;
    var NO_DOTS = `(?!${START_ANCHOR}${DOTS_SLASH})`;
    var NO_DOT_SLASH = `(?!${DOT_LITERAL}{0,1}${END_ANCHOR})`;
    var NO_DOTS_SLASH = `(?!${DOTS_SLASH})`;
    var QMARK_NO_DOT = `[^.${SLASH_LITERAL}]`;
    var STAR = `${QMARK}*?`;
    var SEP = "/";
    var POSIX_CHARS = {
      DOT_LITERAL,
      PLUS_LITERAL,
      QMARK_LITERAL,
      SLASH_LITERAL,
      ONE_CHAR,
      QMARK,
      END_ANCHOR,
      DOTS_SLASH,
      NO_DOT,
      NO_DOTS,
      NO_DOT_SLASH,
      NO_DOTS_SLASH,
      QMARK_NO_DOT,
      STAR,
      START_ANCHOR,
      SEP
    };
    var WINDOWS_CHARS = {
      ...POSIX_CHARS,
      SLASH_LITERAL: `[${WIN_SLASH}]`,
      QMARK: WIN_NO_SLASH,
      STAR: `${WIN_NO_SLASH}*?`,
      DOTS_SLASH: `${DOT_LITERAL}{1,2}(?:[${WIN_SLASH}]|$)`,
      NO_DOT: `(?!${DOT_LITERAL})`,
      NO_DOTS: `(?!(?:^|[${WIN_SLASH}])${DOT_LITERAL}{1,2}(?:[${WIN_SLASH}]|$))`,
      NO_DOT_SLASH: `(?!${DOT_LITERAL}{0,1}(?:[${WIN_SLASH}]|$))`,
      NO_DOTS_SLASH: `(?!${DOT_LITERAL}{1,2}(?:[${WIN_SLASH}]|$))`,
      QMARK_NO_DOT: `[^.${WIN_SLASH}]`,
      START_ANCHOR: `(?:^|[${WIN_SLASH}])`,
      END_ANCHOR: `(?:[${WIN_SLASH}]|$)`,
      SEP: "\\"
    };
    var POSIX_REGEX_SOURCE = {
      __proto__: null,
      alnum: "a-zA-Z0-9",
      alpha: "a-zA-Z",
      ascii: "\\x00-\\x7F",
      blank: " \\t",
      cntrl: "\\x00-\\x1F\\x7F",
      digit: "0-9",
      graph: "\\x21-\\x7E",
      lower: "a-z",
      print: "\\x20-\\x7E ",
      punct: "\\-!\"#$%&'()\\*+,./:;<=>?@[\\]^_`{|}~",
      space: " \\t\\r\\n\\v\\f",
      upper: "A-Z",
      word: "A-Za-z0-9_",
      xdigit: "A-Fa-f0-9"
    };
    module.exports = {
      DEFAULT_MAX_EXTGLOB_RECURSION,
      MAX_LENGTH: 1024 * 64,
      POSIX_REGEX_SOURCE,
      // regular expressions
      REGEX_BACKSLASH: /\\(?![*+?^${}(|)[\]])/g,
      REGEX_NON_SPECIAL_CHARS: /^[^@![\].,$*+?^{}()|\\/]+/,
      REGEX_SPECIAL_CHARS: /[-*+?.^${}(|)[\]]/,
      REGEX_SPECIAL_CHARS_BACKREF: /(\\?)((\W)(\3*))/g,
      REGEX_SPECIAL_CHARS_GLOBAL: /([-*+?.^${}(|)[\]])/g,
      REGEX_REMOVE_BACKSLASH: /(?:\[.*?[^\\]\]|\\(?=.))/g,
      // Replace globs with equivalent patterns to reduce parsing time.
      REPLACEMENTS: {
        __proto__: null,
        "***": "*",
        "**/**": "**",
        "**/**/**": "**"
      },
      // Digits
      CHAR_0: 48,
      /* 0 */
      CHAR_9: 57,
      /* 9 */
      // Alphabet chars.
      CHAR_UPPERCASE_A: 65,
      /* A */
      CHAR_LOWERCASE_A: 97,
      /* a */
      CHAR_UPPERCASE_Z: 90,
      /* Z */
      CHAR_LOWERCASE_Z: 122,
      /* z */
      CHAR_LEFT_PARENTHESES: 40,
      /* ( */
      CHAR_RIGHT_PARENTHESES: 41,
      /* ) */
      CHAR_ASTERISK: 42,
      /* * */
      // Non-alphabetic chars.
      CHAR_AMPERSAND: 38,
      /* & */
      CHAR_AT: 64,
      /* @ */
      CHAR_BACKWARD_SLASH: 92,
      /* \ */
      CHAR_CARRIAGE_RETURN: 13,
      /* \r */
      CHAR_CIRCUMFLEX_ACCENT: 94,
      /* ^ */
      CHAR_COLON: 58,
      /* : */
      CHAR_COMMA: 44,
      /* , */
      CHAR_DOT: 46,
      /* . */
      CHAR_DOUBLE_QUOTE: 34,
      /* " */
      CHAR_EQUAL: 61,
      /* = */
      CHAR_EXCLAMATION_MARK: 33,
      /* ! */
      CHAR_FORM_FEED: 12,
      /* \f */
      CHAR_FORWARD_SLASH: 47,
      /* / */
      CHAR_GRAVE_ACCENT: 96,
      /* ` */
      CHAR_HASH: 35,
      /* # */
      CHAR_HYPHEN_MINUS: 45,
      /* - */
      CHAR_LEFT_ANGLE_BRACKET: 60,
      /* < */
      CHAR_LEFT_CURLY_BRACE: 123,
      /* { */
      CHAR_LEFT_SQUARE_BRACKET: 91,
      /* [ */
      CHAR_LINE_FEED: 10,
      /* \n */
      CHAR_NO_BREAK_SPACE: 160,
      /* \u00A0 */
      CHAR_PERCENT: 37,
      /* % */
      CHAR_PLUS: 43,
      /* + */
      CHAR_QUESTION_MARK: 63,
      /* ? */
      CHAR_RIGHT_ANGLE_BRACKET: 62,
      /* > */
      CHAR_RIGHT_CURLY_BRACE: 125,
      /* } */
      CHAR_RIGHT_SQUARE_BRACKET: 93,
      /* ] */
      CHAR_SEMICOLON: 59,
      /* ; */
      CHAR_SINGLE_QUOTE: 39,
      /* ' */
      CHAR_SPACE: 32,
      /*   */
      CHAR_TAB: 9,
      /* \t */
      CHAR_UNDERSCORE: 95,
      /* _ */
      CHAR_VERTICAL_LINE: 124,
      /* | */
      CHAR_ZERO_WIDTH_NOBREAK_SPACE: 65279,
      /* \uFEFF */
      /**
       * Create EXTGLOB_CHARS
       */
      extglobChars(chars) {
        return {
          "!": { type: "negate", open: "(?:(?!(?:", close: `))${chars.STAR})` },
          "?": { type: "qmark", open: "(?:", close: ")?" },
          "+": { type: "plus", open: "(?:", close: ")+" },
          "*": { type: "star", open: "(?:", close: ")*" },
          "@": { type: "at", open: "(?:", close: ")" }
        };
      },
      /**
       * Create GLOB_CHARS
       */
      globChars(win32) {
        return win32 === true ? WINDOWS_CHARS : POSIX_CHARS;
      }
    };
  }
});

// node_modules/picomatch/lib/utils.js
var require_utils = __commonJS({
  "node_modules/picomatch/lib/utils.js"(exports) {
    "use strict";
    var {
      REGEX_BACKSLASH,
      REGEX_REMOVE_BACKSLASH,
      REGEX_SPECIAL_CHARS,
      REGEX_SPECIAL_CHARS_GLOBAL
    } = require_constants();
    exports.isObject = (val) => val !== null && typeof val === "object" && !Array.isArray(val);
    exports.hasRegexChars = (str) => REGEX_SPECIAL_CHARS.test(str);
    exports.isRegexChar = (str) => str.length === 1 && exports.hasRegexChars(str);
    exports.escapeRegex = (str) => str.replace(REGEX_SPECIAL_CHARS_GLOBAL, "\\$1");
    exports.toPosixSlashes = (str) => str.replace(REGEX_BACKSLASH, "/");
    exports.isWindows = () => {
      if (typeof navigator !== "undefined" && navigator.platform) {
        const platform2 = navigator.platform.toLowerCase();
        return platform2 === "win32" || platform2 === "windows";
      }
      if (typeof process !== "undefined" && process.platform) {
        return process.platform === "win32";
      }
      return false;
    };
    exports.removeBackslashes = (str) => {
      return str.replace(REGEX_REMOVE_BACKSLASH, (match) => {
        return match === "\\" ? "" : match;
      });
    };
    exports.escapeLast = (input, char, lastIdx) => {
      const idx = input.lastIndexOf(char, lastIdx);
      if (idx === -1) return input;
      if (input[idx - 1] === "\\") return exports.escapeLast(input, char, idx - 1);
      return `${input.slice(0, idx)}\\${input.slice(idx)}`;
    };
    exports.removePrefix = (input, state = {}) => {
      let output = input;
      if (output.startsWith("./")) {
        output = output.slice(2);
        state.prefix = "./";
      }
      return output;
    };
    exports.wrapOutput = (input, state = {}, options2 = {}) => {
      const prepend = options2.contains ? "" : "^";
      const append = options2.contains ? "" : "$";
      let output = `${prepend}(?:${input})${append}`;
      if (state.negated === true) {
        output = `(?:^(?!${output}).*$)`;
      }
      return output;
    };
    exports.basename = (path, { windows } = {}) => {
      const segs = path.split(windows ? /[\\/]/ : "/");
      const last = segs[segs.length - 1];
      if (last === "") {
        return segs[segs.length - 2];
      }
      return last;
    };
  }
});

// node_modules/picomatch/lib/scan.js
var require_scan = __commonJS({
  "node_modules/picomatch/lib/scan.js"(exports, module) {
    "use strict";
    var utils = require_utils();
    var {
      CHAR_ASTERISK,
      /* * */
      CHAR_AT,
      /* @ */
      CHAR_BACKWARD_SLASH,
      /* \ */
      CHAR_COMMA,
      /* , */
      CHAR_DOT,
      /* . */
      CHAR_EXCLAMATION_MARK,
      /* ! */
      CHAR_FORWARD_SLASH,
      /* / */
      CHAR_LEFT_CURLY_BRACE,
      /* { */
      CHAR_LEFT_PARENTHESES,
      /* ( */
      CHAR_LEFT_SQUARE_BRACKET,
      /* [ */
      CHAR_PLUS,
      /* + */
      CHAR_QUESTION_MARK,
      /* ? */
      CHAR_RIGHT_CURLY_BRACE,
      /* } */
      CHAR_RIGHT_PARENTHESES,
      /* ) */
      CHAR_RIGHT_SQUARE_BRACKET
      /* ] */
    } = require_constants();
    var isPathSeparator = (code) => {
      return code === CHAR_FORWARD_SLASH || code === CHAR_BACKWARD_SLASH;
    };
    var depth = (token) => {
      if (token.isPrefix !== true) {
        token.depth = token.isGlobstar ? Infinity : 1;
      }
    };
    var scan = (input, options2) => {
      const opts = options2 || {};
      const length = input.length - 1;
      const scanToEnd = opts.parts === true || opts.tokens === true || opts.scanToEnd === true;
      const slashes = [];
      const tokens = [];
      const parts = [];
      let str = input;
      let index = -1;
      let start = 0;
      let lastIndex = 0;
      let isBrace = false;
      let isBracket = false;
      let isGlob = false;
      let isExtglob = false;
      let isGlobstar = false;
      let braceEscaped = false;
      let backslashes = false;
      let negated = false;
      let negatedExtglob = false;
      let finished = false;
      let braces = 0;
      let prev;
      let code;
      let token = { value: "", depth: 0, isGlob: false };
      const eos = () => index >= length;
      const peek = () => str.charCodeAt(index + 1);
      const advance = () => {
        prev = code;
        return str.charCodeAt(++index);
      };
      while (index < length) {
        code = advance();
        let next;
        if (code === CHAR_BACKWARD_SLASH) {
          backslashes = token.backslashes = true;
          code = advance();
          if (code === CHAR_LEFT_CURLY_BRACE) {
            braceEscaped = true;
          }
          continue;
        }
        if (braceEscaped === true || code === CHAR_LEFT_CURLY_BRACE) {
          braces++;
          while (eos() !== true && (code = advance())) {
            if (code === CHAR_BACKWARD_SLASH) {
              backslashes = token.backslashes = true;
              advance();
              continue;
            }
            if (code === CHAR_LEFT_CURLY_BRACE) {
              braces++;
              continue;
            }
            if (braceEscaped !== true && code === CHAR_DOT && (code = advance()) === CHAR_DOT) {
              isBrace = token.isBrace = true;
              isGlob = token.isGlob = true;
              finished = true;
              if (scanToEnd === true) {
                continue;
              }
              break;
            }
            if (braceEscaped !== true && code === CHAR_COMMA) {
              isBrace = token.isBrace = true;
              isGlob = token.isGlob = true;
              finished = true;
              if (scanToEnd === true) {
                continue;
              }
              break;
            }
            if (code === CHAR_RIGHT_CURLY_BRACE) {
              braces--;
              if (braces === 0) {
                braceEscaped = false;
                isBrace = token.isBrace = true;
                finished = true;
                break;
              }
            }
          }
          if (scanToEnd === true) {
            continue;
          }
          break;
        }
        if (code === CHAR_FORWARD_SLASH) {
          slashes.push(index);
          tokens.push(token);
          token = { value: "", depth: 0, isGlob: false };
          if (finished === true) continue;
          if (prev === CHAR_DOT && index === start + 1) {
            start += 2;
            continue;
          }
          lastIndex = index + 1;
          continue;
        }
        if (opts.noext !== true) {
          const isExtglobChar = code === CHAR_PLUS || code === CHAR_AT || code === CHAR_ASTERISK || code === CHAR_QUESTION_MARK || code === CHAR_EXCLAMATION_MARK;
          if (isExtglobChar === true && peek() === CHAR_LEFT_PARENTHESES) {
            isGlob = token.isGlob = true;
            isExtglob = token.isExtglob = true;
            finished = true;
            if (code === CHAR_EXCLAMATION_MARK && index === start) {
              negatedExtglob = true;
            }
            if (scanToEnd === true) {
              let parens = 0;
              while (eos() !== true && (code = advance())) {
                if (code === CHAR_BACKWARD_SLASH) {
                  backslashes = token.backslashes = true;
                  advance();
                  continue;
                }
                if (code === CHAR_LEFT_PARENTHESES) {
                  parens++;
                  continue;
                }
                if (code === CHAR_RIGHT_PARENTHESES && --parens === 0) {
                  finished = true;
                  break;
                }
              }
              continue;
            }
            break;
          }
        }
        if (code === CHAR_ASTERISK) {
          if (prev === CHAR_ASTERISK) isGlobstar = token.isGlobstar = true;
          isGlob = token.isGlob = true;
          finished = true;
          if (scanToEnd === true) {
            continue;
          }
          break;
        }
        if (code === CHAR_QUESTION_MARK) {
          isGlob = token.isGlob = true;
          finished = true;
          if (scanToEnd === true) {
            continue;
          }
          break;
        }
        if (code === CHAR_LEFT_SQUARE_BRACKET) {
          while (eos() !== true && (next = advance())) {
            if (next === CHAR_BACKWARD_SLASH) {
              backslashes = token.backslashes = true;
              advance();
              continue;
            }
            if (next === CHAR_RIGHT_SQUARE_BRACKET) {
              isBracket = token.isBracket = true;
              isGlob = token.isGlob = true;
              finished = true;
              break;
            }
          }
          if (scanToEnd === true) {
            continue;
          }
          break;
        }
        if (opts.nonegate !== true && code === CHAR_EXCLAMATION_MARK && index === start) {
          negated = token.negated = true;
          start++;
          continue;
        }
        if (opts.noparen !== true && code === CHAR_LEFT_PARENTHESES) {
          isGlob = token.isGlob = true;
          if (scanToEnd === true) {
            let parens = 1;
            while (eos() !== true && (code = advance())) {
              if (code === CHAR_BACKWARD_SLASH) {
                backslashes = token.backslashes = true;
                advance();
                continue;
              }
              if (code === CHAR_LEFT_PARENTHESES) {
                parens++;
                continue;
              }
              if (code === CHAR_RIGHT_PARENTHESES && --parens === 0) {
                finished = true;
                break;
              }
            }
            continue;
          }
          break;
        }
        if (isGlob === true) {
          finished = true;
          if (scanToEnd === true) {
            continue;
          }
          break;
        }
      }
      if (opts.noext === true) {
        isExtglob = false;
        isGlob = false;
      }
      let base = str;
      let prefix = "";
      let glob = "";
      if (start > 0) {
        prefix = str.slice(0, start);
        str = str.slice(start);
        lastIndex -= start;
      }
      if (base && isGlob === true && lastIndex > 0) {
        base = str.slice(0, lastIndex);
        glob = str.slice(lastIndex);
      } else if (isGlob === true) {
        base = "";
        glob = str;
      } else {
        base = str;
      }
      if (base && base !== "" && base !== "/" && base !== str) {
        if (isPathSeparator(base.charCodeAt(base.length - 1))) {
          base = base.slice(0, -1);
        }
      }
      if (opts.unescape === true) {
        if (glob) glob = utils.removeBackslashes(glob);
        if (base && backslashes === true) {
          base = utils.removeBackslashes(base);
        }
      }
      const state = {
        prefix,
        input,
        start,
        base,
        glob,
        isBrace,
        isBracket,
        isGlob,
        isExtglob,
        isGlobstar,
        negated,
        negatedExtglob
      };
      if (opts.tokens === true) {
        state.maxDepth = 0;
        if (!isPathSeparator(code)) {
          tokens.push(token);
        }
        state.tokens = tokens;
      }
      if (opts.parts === true || opts.tokens === true) {
        let prevIndex;
        for (let idx = 0; idx < slashes.length; idx++) {
          const n2 = prevIndex !== void 0 ? prevIndex + 1 : start;
          const i = slashes[idx];
          const value2 = input.slice(n2, i);
          if (opts.tokens) {
            if (idx === 0 && start !== 0) {
              tokens[idx].isPrefix = true;
              tokens[idx].value = prefix;
            } else {
              tokens[idx].value = value2;
            }
            depth(tokens[idx]);
            state.maxDepth += tokens[idx].depth;
          }
          if (i >= start) {
            parts.push(value2);
            prevIndex = i;
          }
        }
        const n = prevIndex !== void 0 ? prevIndex + 1 : start;
        const value = input.slice(n);
        parts.push(value);
        if (opts.tokens && prevIndex && prevIndex + 1 < input.length) {
          tokens[tokens.length - 1].value = value;
          depth(tokens[tokens.length - 1]);
          state.maxDepth += tokens[tokens.length - 1].depth;
        }
        state.slashes = slashes;
        state.parts = parts;
      }
      return state;
    };
    module.exports = scan;
  }
});

// node_modules/picomatch/lib/parse.js
var require_parse = __commonJS({
  "node_modules/picomatch/lib/parse.js"(exports, module) {
    "use strict";
    var constants = require_constants();
    var utils = require_utils();
    var {
      MAX_LENGTH,
      POSIX_REGEX_SOURCE,
      REGEX_NON_SPECIAL_CHARS,
      REGEX_SPECIAL_CHARS_BACKREF,
      REPLACEMENTS
    } = constants;
    var expandRange = (args, options2) => {
      if (typeof options2.expandRange === "function") {
        return options2.expandRange(...args, options2);
      }
      args.sort();
      const value = `[${args.join("-")}]`;
      try {
        new RegExp(value);
      } catch (ex) {
        return args.map((v) => utils.escapeRegex(v)).join("..");
      }
      return value;
    };
    var syntaxError = (type, char) => {
      return `Missing ${type}: "${char}" - use "\\\\${char}" to match literal characters`;
    };
    var splitTopLevel = (input) => {
      const parts = [];
      let bracket = 0;
      let paren = 0;
      let quote = 0;
      let value = "";
      let escaped = false;
      for (const ch of input) {
        if (escaped === true) {
          value += ch;
          escaped = false;
          continue;
        }
        if (ch === "\\") {
          value += ch;
          escaped = true;
          continue;
        }
        if (ch === '"') {
          quote = quote === 1 ? 0 : 1;
          value += ch;
          continue;
        }
        if (quote === 0) {
          if (ch === "[") {
            bracket++;
          } else if (ch === "]" && bracket > 0) {
            bracket--;
          } else if (bracket === 0) {
            if (ch === "(") {
              paren++;
            } else if (ch === ")" && paren > 0) {
              paren--;
            } else if (ch === "|" && paren === 0) {
              parts.push(value);
              value = "";
              continue;
            }
          }
        }
        value += ch;
      }
      parts.push(value);
      return parts;
    };
    var isPlainBranch = (branch) => {
      let escaped = false;
      for (const ch of branch) {
        if (escaped === true) {
          escaped = false;
          continue;
        }
        if (ch === "\\") {
          escaped = true;
          continue;
        }
        if (/[?*+@!()[\]{}]/.test(ch)) {
          return false;
        }
      }
      return true;
    };
    var normalizeSimpleBranch = (branch) => {
      let value = branch.trim();
      let changed = true;
      while (changed === true) {
        changed = false;
        if (/^@\([^\\()[\]{}|]+\)$/.test(value)) {
          value = value.slice(2, -1);
          changed = true;
        }
      }
      if (!isPlainBranch(value)) {
        return;
      }
      return value.replace(/\\(.)/g, "$1");
    };
    var hasRepeatedCharPrefixOverlap = (branches) => {
      const values = branches.map(normalizeSimpleBranch).filter(Boolean);
      for (let i = 0; i < values.length; i++) {
        for (let j = i + 1; j < values.length; j++) {
          const a = values[i];
          const b = values[j];
          const char = a[0];
          if (!char || a !== char.repeat(a.length) || b !== char.repeat(b.length)) {
            continue;
          }
          if (a === b || a.startsWith(b) || b.startsWith(a)) {
            return true;
          }
        }
      }
      return false;
    };
    var parseRepeatedExtglob = (pattern, requireEnd = true) => {
      if (pattern[0] !== "+" && pattern[0] !== "*" || pattern[1] !== "(") {
        return;
      }
      let bracket = 0;
      let paren = 0;
      let quote = 0;
      let escaped = false;
      for (let i = 1; i < pattern.length; i++) {
        const ch = pattern[i];
        if (escaped === true) {
          escaped = false;
          continue;
        }
        if (ch === "\\") {
          escaped = true;
          continue;
        }
        if (ch === '"') {
          quote = quote === 1 ? 0 : 1;
          continue;
        }
        if (quote === 1) {
          continue;
        }
        if (ch === "[") {
          bracket++;
          continue;
        }
        if (ch === "]" && bracket > 0) {
          bracket--;
          continue;
        }
        if (bracket > 0) {
          continue;
        }
        if (ch === "(") {
          paren++;
          continue;
        }
        if (ch === ")") {
          paren--;
          if (paren === 0) {
            if (requireEnd === true && i !== pattern.length - 1) {
              return;
            }
            return {
              type: pattern[0],
              body: pattern.slice(2, i),
              end: i
            };
          }
        }
      }
    };
    var buildCharClassStar = (chars) => {
      const source = chars.length === 1 ? utils.escapeRegex(chars[0]) : `[${chars.map((ch) => utils.escapeRegex(ch)).join("")}]`;
      return `${source}*`;
    };
    var getStarExtglobSequenceChars = (pattern) => {
      let index = 0;
      const chars = [];
      while (index < pattern.length) {
        const match = parseRepeatedExtglob(pattern.slice(index), false);
        if (!match || match.type !== "*") {
          return;
        }
        const branches = splitTopLevel(match.body).map((branch2) => branch2.trim());
        if (branches.length !== 1) {
          return;
        }
        const branch = normalizeSimpleBranch(branches[0]);
        if (!branch || branch.length !== 1) {
          return;
        }
        chars.push(branch);
        index += match.end + 1;
      }
      if (chars.length < 1) {
        return;
      }
      return chars;
    };
    var repeatedExtglobRecursion = (pattern) => {
      let depth = 0;
      let value = pattern.trim();
      let match = parseRepeatedExtglob(value);
      while (match) {
        depth++;
        value = match.body.trim();
        match = parseRepeatedExtglob(value);
      }
      return depth;
    };
    var analyzeRepeatedExtglob = (body, options2) => {
      if (options2.maxExtglobRecursion === false) {
        return { risky: false };
      }
      const max = typeof options2.maxExtglobRecursion === "number" ? options2.maxExtglobRecursion : constants.DEFAULT_MAX_EXTGLOB_RECURSION;
      const branches = splitTopLevel(body).map((branch) => branch.trim());
      if (branches.length > 1) {
        if (branches.some((branch) => branch === "") || branches.some((branch) => /^[*?]+$/.test(branch)) || hasRepeatedCharPrefixOverlap(branches)) {
          return { risky: true };
        }
      }
      const safeChars = [];
      let sawStarSequence = false;
      let combinable = true;
      for (const branch of branches) {
        const chars = getStarExtglobSequenceChars(branch);
        if (chars) {
          sawStarSequence = true;
          safeChars.push(...chars);
          continue;
        }
        const literal = normalizeSimpleBranch(branch);
        if (literal && literal.length === 1) {
          safeChars.push(literal);
          continue;
        }
        combinable = false;
        if (repeatedExtglobRecursion(branch) > max) {
          return { risky: true };
        }
      }
      if (sawStarSequence) {
        return combinable ? { risky: true, safeOutput: buildCharClassStar([...new Set(safeChars)]) } : { risky: true };
      }
      return { risky: false };
    };
    var parse = (input, options2) => {
      if (typeof input !== "string") {
        throw new TypeError("Expected a string");
      }
      input = REPLACEMENTS[input] || input;
      const opts = { ...options2 };
      const max = typeof opts.maxLength === "number" ? Math.min(MAX_LENGTH, opts.maxLength) : MAX_LENGTH;
      let len = input.length;
      if (len > max) {
        throw new SyntaxError(`Input length: ${len}, exceeds maximum allowed length: ${max}`);
      }
      const bos = { type: "bos", value: "", output: opts.prepend || "" };
      const tokens = [bos];
      const capture = opts.capture ? "" : "?:";
      const PLATFORM_CHARS = constants.globChars(opts.windows);
      const EXTGLOB_CHARS = constants.extglobChars(PLATFORM_CHARS);
      const {
        DOT_LITERAL,
        PLUS_LITERAL,
        SLASH_LITERAL,
        ONE_CHAR,
        DOTS_SLASH,
        NO_DOT,
        NO_DOT_SLASH,
        NO_DOTS_SLASH,
        QMARK,
        QMARK_NO_DOT,
        STAR,
        START_ANCHOR
      } = PLATFORM_CHARS;
      const globstar = (opts2) => {
        return `(${capture}(?:(?!${START_ANCHOR}${opts2.dot ? DOTS_SLASH : DOT_LITERAL}).)*?)`;
      };
      const nodot = opts.dot ? "" : NO_DOT;
      const qmarkNoDot = opts.dot ? QMARK : QMARK_NO_DOT;
      let star = opts.bash === true ? globstar(opts) : STAR;
      if (opts.capture) {
        star = `(${star})`;
      }
      if (typeof opts.noext === "boolean") {
        opts.noextglob = opts.noext;
      }
      const state = {
        input,
        index: -1,
        start: 0,
        dot: opts.dot === true,
        consumed: "",
        output: "",
        prefix: "",
        backtrack: false,
        negated: false,
        brackets: 0,
        braces: 0,
        parens: 0,
        quotes: 0,
        globstar: false,
        tokens
      };
      input = utils.removePrefix(input, state);
      len = input.length;
      const extglobs = [];
      const braces = [];
      const stack = [];
      let prev = bos;
      let value;
      const eos = () => state.index === len - 1;
      const peek = state.peek = (n = 1) => input[state.index + n];
      const advance = state.advance = () => input[++state.index] || "";
      const remaining = () => input.slice(state.index + 1);
      const consume = (value2 = "", num = 0) => {
        state.consumed += value2;
        state.index += num;
      };
      const append = (token) => {
        state.output += token.output != null ? token.output : token.value;
        consume(token.value);
      };
      const negate = () => {
        let count = 1;
        while (peek() === "!" && (peek(2) !== "(" || peek(3) === "?")) {
          advance();
          state.start++;
          count++;
        }
        if (count % 2 === 0) {
          return false;
        }
        state.negated = true;
        state.start++;
        return true;
      };
      const increment = (type) => {
        state[type]++;
        stack.push(type);
      };
      const decrement = (type) => {
        state[type]--;
        stack.pop();
      };
      const push = (tok) => {
        if (prev.type === "globstar") {
          const isBrace = state.braces > 0 && (tok.type === "comma" || tok.type === "brace");
          const isExtglob = tok.extglob === true || extglobs.length && (tok.type === "pipe" || tok.type === "paren");
          if (tok.type !== "slash" && tok.type !== "paren" && !isBrace && !isExtglob) {
            state.output = state.output.slice(0, -prev.output.length);
            prev.type = "star";
            prev.value = "*";
            prev.output = star;
            state.output += prev.output;
          }
        }
        if (extglobs.length && tok.type !== "paren") {
          extglobs[extglobs.length - 1].inner += tok.value;
        }
        if (tok.value || tok.output) append(tok);
        if (prev && prev.type === "text" && tok.type === "text") {
          prev.output = (prev.output || prev.value) + tok.value;
          prev.value += tok.value;
          return;
        }
        tok.prev = prev;
        tokens.push(tok);
        prev = tok;
      };
      const extglobOpen = (type, value2) => {
        const token = { ...EXTGLOB_CHARS[value2], conditions: 1, inner: "" };
        token.prev = prev;
        token.parens = state.parens;
        token.output = state.output;
        token.startIndex = state.index;
        token.tokensIndex = tokens.length;
        const output = (opts.capture ? "(" : "") + token.open;
        increment("parens");
        push({ type, value: value2, output: state.output ? "" : ONE_CHAR });
        push({ type: "paren", extglob: true, value: advance(), output });
        extglobs.push(token);
      };
      const extglobClose = (token) => {
        const literal = input.slice(token.startIndex, state.index + 1);
        const body = input.slice(token.startIndex + 2, state.index);
        const analysis = analyzeRepeatedExtglob(body, opts);
        if ((token.type === "plus" || token.type === "star") && analysis.risky) {
          const safeOutput = analysis.safeOutput ? (token.output ? "" : ONE_CHAR) + (opts.capture ? `(${analysis.safeOutput})` : analysis.safeOutput) : void 0;
          const open = tokens[token.tokensIndex];
          open.type = "text";
          open.value = literal;
          open.output = safeOutput || utils.escapeRegex(literal);
          for (let i = token.tokensIndex + 1; i < tokens.length; i++) {
            tokens[i].value = "";
            tokens[i].output = "";
            delete tokens[i].suffix;
          }
          state.output = token.output + open.output;
          state.backtrack = true;
          push({ type: "paren", extglob: true, value, output: "" });
          decrement("parens");
          return;
        }
        let output = token.close + (opts.capture ? ")" : "");
        let rest;
        if (token.type === "negate") {
          let extglobStar = star;
          if (token.inner && token.inner.length > 1 && token.inner.includes("/")) {
            extglobStar = globstar(opts);
          }
          if (extglobStar !== star || eos() || /^\)+$/.test(remaining())) {
            output = token.close = `)$))${extglobStar}`;
          }
          if (token.inner.includes("*") && (rest = remaining()) && /^\.[^\\/.]+$/.test(rest)) {
            const expression = parse(rest, { ...options2, fastpaths: false }).output;
            output = token.close = `)${expression})${extglobStar})`;
          }
          if (token.prev.type === "bos") {
            state.negatedExtglob = true;
          }
        }
        push({ type: "paren", extglob: true, value, output });
        decrement("parens");
      };
      if (opts.fastpaths !== false && !/(^[*!]|[/()[\]{}"])/.test(input)) {
        let backslashes = false;
        let output = input.replace(REGEX_SPECIAL_CHARS_BACKREF, (m, esc, chars, first, rest, index) => {
          if (first === "\\") {
            backslashes = true;
            return m;
          }
          if (first === "?") {
            if (esc) {
              return esc + first + (rest ? QMARK.repeat(rest.length) : "");
            }
            if (index === 0) {
              return qmarkNoDot + (rest ? QMARK.repeat(rest.length) : "");
            }
            return QMARK.repeat(chars.length);
          }
          if (first === ".") {
            return DOT_LITERAL.repeat(chars.length);
          }
          if (first === "*") {
            if (esc) {
              return esc + first + (rest ? star : "");
            }
            return star;
          }
          return esc ? m : `\\${m}`;
        });
        if (backslashes === true) {
          if (opts.unescape === true) {
            output = output.replace(/\\/g, "");
          } else {
            output = output.replace(/\\+/g, (m) => {
              return m.length % 2 === 0 ? "\\\\" : m ? "\\" : "";
            });
          }
        }
        if (output === input && opts.contains === true) {
          state.output = input;
          return state;
        }
        state.output = utils.wrapOutput(output, state, options2);
        return state;
      }
      while (!eos()) {
        value = advance();
        if (value === "\0") {
          continue;
        }
        if (value === "\\") {
          const next = peek();
          if (next === "/" && opts.bash !== true) {
            continue;
          }
          if (next === "." || next === ";") {
            continue;
          }
          if (!next) {
            value += "\\";
            push({ type: "text", value });
            continue;
          }
          const match = /^\\+/.exec(remaining());
          let slashes = 0;
          if (match && match[0].length > 2) {
            slashes = match[0].length;
            state.index += slashes;
            if (slashes % 2 !== 0) {
              value += "\\";
            }
          }
          if (opts.unescape === true) {
            value = advance();
          } else {
            value += advance();
          }
          if (state.brackets === 0) {
            push({ type: "text", value });
            continue;
          }
        }
        if (state.brackets > 0 && (value !== "]" || prev.value === "[" || prev.value === "[^")) {
          if (opts.posix !== false && value === ":") {
            const inner = prev.value.slice(1);
            if (inner.includes("[")) {
              prev.posix = true;
              if (inner.includes(":")) {
                const idx = prev.value.lastIndexOf("[");
                const pre = prev.value.slice(0, idx);
                const rest2 = prev.value.slice(idx + 2);
                const posix = POSIX_REGEX_SOURCE[rest2];
                if (posix) {
                  prev.value = pre + posix;
                  state.backtrack = true;
                  advance();
                  if (!bos.output && tokens.indexOf(prev) === 1) {
                    bos.output = ONE_CHAR;
                  }
                  continue;
                }
              }
            }
          }
          if (value === "[" && peek() !== ":" || value === "-" && peek() === "]") {
            value = `\\${value}`;
          }
          if (value === "]" && (prev.value === "[" || prev.value === "[^")) {
            value = `\\${value}`;
          }
          if (opts.posix === true && value === "!" && prev.value === "[") {
            value = "^";
          }
          prev.value += value;
          append({ value });
          continue;
        }
        if (state.quotes === 1 && value !== '"') {
          value = utils.escapeRegex(value);
          prev.value += value;
          append({ value });
          continue;
        }
        if (value === '"') {
          state.quotes = state.quotes === 1 ? 0 : 1;
          if (opts.keepQuotes === true) {
            push({ type: "text", value });
          }
          continue;
        }
        if (value === "(") {
          increment("parens");
          push({ type: "paren", value });
          continue;
        }
        if (value === ")") {
          if (state.parens === 0 && opts.strictBrackets === true) {
            throw new SyntaxError(syntaxError("opening", "("));
          }
          const extglob = extglobs[extglobs.length - 1];
          if (extglob && state.parens === extglob.parens + 1) {
            extglobClose(extglobs.pop());
            continue;
          }
          push({ type: "paren", value, output: state.parens ? ")" : "\\)" });
          decrement("parens");
          continue;
        }
        if (value === "[") {
          if (opts.nobracket === true || !remaining().includes("]")) {
            if (opts.nobracket !== true && opts.strictBrackets === true) {
              throw new SyntaxError(syntaxError("closing", "]"));
            }
            value = `\\${value}`;
          } else {
            increment("brackets");
          }
          push({ type: "bracket", value });
          continue;
        }
        if (value === "]") {
          if (opts.nobracket === true || prev && prev.type === "bracket" && prev.value.length === 1) {
            push({ type: "text", value, output: `\\${value}` });
            continue;
          }
          if (state.brackets === 0) {
            if (opts.strictBrackets === true) {
              throw new SyntaxError(syntaxError("opening", "["));
            }
            push({ type: "text", value, output: `\\${value}` });
            continue;
          }
          decrement("brackets");
          const prevValue = prev.value.slice(1);
          if (prev.posix !== true && prevValue[0] === "^" && !prevValue.includes("/")) {
            value = `/${value}`;
          }
          prev.value += value;
          append({ value });
          if (opts.literalBrackets === false || utils.hasRegexChars(prevValue)) {
            continue;
          }
          const escaped = utils.escapeRegex(prev.value);
          state.output = state.output.slice(0, -prev.value.length);
          if (opts.literalBrackets === true) {
            state.output += escaped;
            prev.value = escaped;
            continue;
          }
          prev.value = `(${capture}${escaped}|${prev.value})`;
          state.output += prev.value;
          continue;
        }
        if (value === "{" && opts.nobrace !== true) {
          increment("braces");
          const open = {
            type: "brace",
            value,
            output: "(",
            outputIndex: state.output.length,
            tokensIndex: state.tokens.length
          };
          braces.push(open);
          push(open);
          continue;
        }
        if (value === "}") {
          const brace = braces[braces.length - 1];
          if (opts.nobrace === true || !brace) {
            push({ type: "text", value, output: value });
            continue;
          }
          let output = ")";
          if (brace.dots === true) {
            const arr = tokens.slice();
            const range = [];
            for (let i = arr.length - 1; i >= 0; i--) {
              tokens.pop();
              if (arr[i].type === "brace") {
                break;
              }
              if (arr[i].type !== "dots") {
                range.unshift(arr[i].value);
              }
            }
            output = expandRange(range, opts);
            state.backtrack = true;
          }
          if (brace.comma !== true && brace.dots !== true) {
            const out = state.output.slice(0, brace.outputIndex);
            const toks = state.tokens.slice(brace.tokensIndex);
            brace.value = brace.output = "\\{";
            value = output = "\\}";
            state.output = out;
            for (const t of toks) {
              state.output += t.output || t.value;
            }
          }
          push({ type: "brace", value, output });
          decrement("braces");
          braces.pop();
          continue;
        }
        if (value === "|") {
          if (extglobs.length > 0) {
            extglobs[extglobs.length - 1].conditions++;
          }
          push({ type: "text", value });
          continue;
        }
        if (value === ",") {
          let output = value;
          const brace = braces[braces.length - 1];
          if (brace && stack[stack.length - 1] === "braces") {
            brace.comma = true;
            output = "|";
          }
          push({ type: "comma", value, output });
          continue;
        }
        if (value === "/") {
          if (prev.type === "dot" && state.index === state.start + 1) {
            state.start = state.index + 1;
            state.consumed = "";
            state.output = "";
            tokens.pop();
            prev = bos;
            continue;
          }
          push({ type: "slash", value, output: SLASH_LITERAL });
          continue;
        }
        if (value === ".") {
          if (state.braces > 0 && prev.type === "dot") {
            if (prev.value === ".") prev.output = DOT_LITERAL;
            const brace = braces[braces.length - 1];
            prev.type = "dots";
            prev.output += value;
            prev.value += value;
            brace.dots = true;
            continue;
          }
          if (state.braces + state.parens === 0 && prev.type !== "bos" && prev.type !== "slash") {
            push({ type: "text", value, output: DOT_LITERAL });
            continue;
          }
          push({ type: "dot", value, output: DOT_LITERAL });
          continue;
        }
        if (value === "?") {
          const isGroup = prev && prev.value === "(";
          if (!isGroup && opts.noextglob !== true && peek() === "(" && peek(2) !== "?") {
            extglobOpen("qmark", value);
            continue;
          }
          if (prev && prev.type === "paren") {
            const next = peek();
            let output = value;
            if (prev.value === "(" && !/[!=<:]/.test(next) || next === "<" && !/<([!=]|\w+>)/.test(remaining())) {
              output = `\\${value}`;
            }
            push({ type: "text", value, output });
            continue;
          }
          if (opts.dot !== true && (prev.type === "slash" || prev.type === "bos")) {
            push({ type: "qmark", value, output: QMARK_NO_DOT });
            continue;
          }
          push({ type: "qmark", value, output: QMARK });
          continue;
        }
        if (value === "!") {
          if (opts.noextglob !== true && peek() === "(") {
            if (peek(2) !== "?" || !/[!=<:]/.test(peek(3))) {
              extglobOpen("negate", value);
              continue;
            }
          }
          if (opts.nonegate !== true && state.index === 0) {
            negate();
            continue;
          }
        }
        if (value === "+") {
          if (opts.noextglob !== true && peek() === "(" && peek(2) !== "?") {
            extglobOpen("plus", value);
            continue;
          }
          if (prev && prev.value === "(" || opts.regex === false) {
            push({ type: "plus", value, output: PLUS_LITERAL });
            continue;
          }
          if (prev && (prev.type === "bracket" || prev.type === "paren" || prev.type === "brace") || state.parens > 0) {
            push({ type: "plus", value });
            continue;
          }
          push({ type: "plus", value: PLUS_LITERAL });
          continue;
        }
        if (value === "@") {
          if (opts.noextglob !== true && peek() === "(" && peek(2) !== "?") {
            push({ type: "at", extglob: true, value, output: "" });
            continue;
          }
          push({ type: "text", value });
          continue;
        }
        if (value !== "*") {
          if (value === "$" || value === "^") {
            value = `\\${value}`;
          }
          const match = REGEX_NON_SPECIAL_CHARS.exec(remaining());
          if (match) {
            value += match[0];
            state.index += match[0].length;
          }
          push({ type: "text", value });
          continue;
        }
        if (prev && (prev.type === "globstar" || prev.star === true)) {
          prev.type = "star";
          prev.star = true;
          prev.value += value;
          prev.output = star;
          state.backtrack = true;
          state.globstar = true;
          consume(value);
          continue;
        }
        let rest = remaining();
        if (opts.noextglob !== true && /^\([^?]/.test(rest)) {
          extglobOpen("star", value);
          continue;
        }
        if (prev.type === "star") {
          if (opts.noglobstar === true) {
            consume(value);
            continue;
          }
          const prior = prev.prev;
          const before = prior.prev;
          const isStart = prior.type === "slash" || prior.type === "bos";
          const afterStar = before && (before.type === "star" || before.type === "globstar");
          if (opts.bash === true && (!isStart || rest[0] && rest[0] !== "/")) {
            push({ type: "star", value, output: "" });
            continue;
          }
          const isBrace = state.braces > 0 && (prior.type === "comma" || prior.type === "brace");
          const isExtglob = extglobs.length && (prior.type === "pipe" || prior.type === "paren");
          if (!isStart && prior.type !== "paren" && !isBrace && !isExtglob) {
            push({ type: "star", value, output: "" });
            continue;
          }
          while (rest.slice(0, 3) === "/**") {
            const after = input[state.index + 4];
            if (after && after !== "/") {
              break;
            }
            rest = rest.slice(3);
            consume("/**", 3);
          }
          const isEnd = eos() || state.parens > 0 && rest === ")".repeat(state.parens) && !extglobs.some((extglob) => extglob.type === "negate");
          if (prior.type === "bos" && eos()) {
            prev.type = "globstar";
            prev.value += value;
            prev.output = globstar(opts);
            state.output = prev.output;
            state.globstar = true;
            consume(value);
            continue;
          }
          if (prior.type === "slash" && prior.prev.type !== "bos" && !afterStar && isEnd) {
            state.output = state.output.slice(0, -(prior.output + prev.output).length);
            prior.output = `(?:${prior.output}`;
            prev.type = "globstar";
            prev.output = globstar(opts) + (opts.strictSlashes ? ")" : "|$)");
            prev.value += value;
            state.globstar = true;
            state.output += prior.output + prev.output;
            consume(value);
            continue;
          }
          if (prior.type === "slash" && prior.prev.type !== "bos" && rest[0] === "/") {
            const end = rest[1] !== void 0 ? "|$" : "";
            state.output = state.output.slice(0, -(prior.output + prev.output).length);
            prior.output = `(?:${prior.output}`;
            prev.type = "globstar";
            prev.output = `${globstar(opts)}${SLASH_LITERAL}|${SLASH_LITERAL}${end})`;
            prev.value += value;
            state.output += prior.output + prev.output;
            state.globstar = true;
            consume(value + advance());
            push({ type: "slash", value: "/", output: "" });
            continue;
          }
          if (prior.type === "bos" && rest[0] === "/") {
            prev.type = "globstar";
            prev.value += value;
            prev.output = `(?:^|${SLASH_LITERAL}|${globstar(opts)}${SLASH_LITERAL})`;
            state.output = prev.output;
            state.globstar = true;
            consume(value + advance());
            push({ type: "slash", value: "/", output: "" });
            continue;
          }
          state.output = state.output.slice(0, -prev.output.length);
          prev.type = "globstar";
          prev.output = globstar(opts);
          prev.value += value;
          state.output += prev.output;
          state.globstar = true;
          consume(value);
          continue;
        }
        const token = { type: "star", value, output: star };
        if (opts.bash === true) {
          token.output = ".*?";
          if (prev.type === "bos" || prev.type === "slash") {
            token.output = nodot + token.output;
          }
          push(token);
          continue;
        }
        if (prev && (prev.type === "bracket" || prev.type === "paren") && opts.regex === true) {
          token.output = value;
          push(token);
          continue;
        }
        if (state.index === state.start || prev.type === "slash" || prev.type === "dot") {
          if (prev.type === "dot") {
            state.output += NO_DOT_SLASH;
            prev.output += NO_DOT_SLASH;
          } else if (opts.dot === true) {
            state.output += NO_DOTS_SLASH;
            prev.output += NO_DOTS_SLASH;
          } else {
            state.output += nodot;
            prev.output += nodot;
          }
          if (peek() !== "*") {
            state.output += ONE_CHAR;
            prev.output += ONE_CHAR;
          }
        }
        push(token);
      }
      while (state.brackets > 0) {
        if (opts.strictBrackets === true) throw new SyntaxError(syntaxError("closing", "]"));
        state.output = utils.escapeLast(state.output, "[");
        decrement("brackets");
      }
      while (state.parens > 0) {
        if (opts.strictBrackets === true) throw new SyntaxError(syntaxError("closing", ")"));
        state.output = utils.escapeLast(state.output, "(");
        decrement("parens");
      }
      while (state.braces > 0) {
        if (opts.strictBrackets === true) throw new SyntaxError(syntaxError("closing", "}"));
        state.output = utils.escapeLast(state.output, "{");
        decrement("braces");
      }
      if (opts.strictSlashes !== true && (prev.type === "star" || prev.type === "bracket")) {
        push({ type: "maybe_slash", value: "", output: `${SLASH_LITERAL}?` });
      }
      if (state.backtrack === true) {
        state.output = "";
        for (const token of state.tokens) {
          state.output += token.output != null ? token.output : token.value;
          if (token.suffix) {
            state.output += token.suffix;
          }
        }
      }
      return state;
    };
    parse.fastpaths = (input, options2) => {
      const opts = { ...options2 };
      const max = typeof opts.maxLength === "number" ? Math.min(MAX_LENGTH, opts.maxLength) : MAX_LENGTH;
      const len = input.length;
      if (len > max) {
        throw new SyntaxError(`Input length: ${len}, exceeds maximum allowed length: ${max}`);
      }
      input = REPLACEMENTS[input] || input;
      const {
        DOT_LITERAL,
        SLASH_LITERAL,
        ONE_CHAR,
        DOTS_SLASH,
        NO_DOT,
        NO_DOTS,
        NO_DOTS_SLASH,
        STAR,
        START_ANCHOR
      } = constants.globChars(opts.windows);
      const nodot = opts.dot ? NO_DOTS : NO_DOT;
      const slashDot = opts.dot ? NO_DOTS_SLASH : NO_DOT;
      const capture = opts.capture ? "" : "?:";
      const state = { negated: false, prefix: "" };
      let star = opts.bash === true ? ".*?" : STAR;
      if (opts.capture) {
        star = `(${star})`;
      }
      const globstar = (opts2) => {
        if (opts2.noglobstar === true) return star;
        return `(${capture}(?:(?!${START_ANCHOR}${opts2.dot ? DOTS_SLASH : DOT_LITERAL}).)*?)`;
      };
      const create = (str) => {
        switch (str) {
          case "*":
            return `${nodot}${ONE_CHAR}${star}`;
          case ".*":
            return `${DOT_LITERAL}${ONE_CHAR}${star}`;
          case "*.*":
            return `${nodot}${star}${DOT_LITERAL}${ONE_CHAR}${star}`;
          case "*/*":
            return `${nodot}${star}${SLASH_LITERAL}${ONE_CHAR}${slashDot}${star}`;
          case "**":
            return nodot + globstar(opts);
          case "**/*":
            return `(?:${nodot}${globstar(opts)}${SLASH_LITERAL})?${slashDot}${ONE_CHAR}${star}`;
          case "**/*.*":
            return `(?:${nodot}${globstar(opts)}${SLASH_LITERAL})?${slashDot}${star}${DOT_LITERAL}${ONE_CHAR}${star}`;
          case "**/.*":
            return `(?:${nodot}${globstar(opts)}${SLASH_LITERAL})?${DOT_LITERAL}${ONE_CHAR}${star}`;
          default: {
            const match = /^(.*?)\.(\w+)$/.exec(str);
            if (!match) return;
            const source2 = create(match[1]);
            if (!source2) return;
            return source2 + DOT_LITERAL + match[2];
          }
        }
      };
      const output = utils.removePrefix(input, state);
      let source = create(output);
      if (source && opts.strictSlashes !== true) {
        source += `${SLASH_LITERAL}?`;
      }
      return source;
    };
    module.exports = parse;
  }
});

// node_modules/picomatch/lib/picomatch.js
var require_picomatch = __commonJS({
  "node_modules/picomatch/lib/picomatch.js"(exports, module) {
    "use strict";
    var scan = require_scan();
    var parse = require_parse();
    var utils = require_utils();
    var constants = require_constants();
    var isObject2 = (val) => val && typeof val === "object" && !Array.isArray(val);
    var picomatch2 = (glob, options2, returnState = false) => {
      if (Array.isArray(glob)) {
        const fns = glob.map((input) => picomatch2(input, options2, returnState));
        const arrayMatcher = (str) => {
          for (const isMatch of fns) {
            const state2 = isMatch(str);
            if (state2) return state2;
          }
          return false;
        };
        return arrayMatcher;
      }
      const isState = isObject2(glob) && glob.tokens && glob.input;
      if (glob === "" || typeof glob !== "string" && !isState) {
        throw new TypeError("Expected pattern to be a non-empty string");
      }
      const opts = options2 || {};
      const posix = opts.windows;
      const regex = isState ? picomatch2.compileRe(glob, options2) : picomatch2.makeRe(glob, options2, false, true);
      const state = regex.state;
      delete regex.state;
      let isIgnored = () => false;
      if (opts.ignore) {
        const ignoreOpts = { ...options2, ignore: null, onMatch: null, onResult: null };
        isIgnored = picomatch2(opts.ignore, ignoreOpts, returnState);
      }
      const matcher2 = (input, returnObject = false) => {
        const { isMatch, match, output } = picomatch2.test(input, regex, options2, { glob, posix });
        const result = { glob, state, regex, posix, input, output, match, isMatch };
        if (typeof opts.onResult === "function") {
          opts.onResult(result);
        }
        if (isMatch === false) {
          result.isMatch = false;
          return returnObject ? result : false;
        }
        if (isIgnored(input)) {
          if (typeof opts.onIgnore === "function") {
            opts.onIgnore(result);
          }
          result.isMatch = false;
          return returnObject ? result : false;
        }
        if (typeof opts.onMatch === "function") {
          opts.onMatch(result);
        }
        return returnObject ? result : true;
      };
      if (returnState) {
        matcher2.state = state;
      }
      return matcher2;
    };
    picomatch2.test = (input, regex, options2, { glob, posix } = {}) => {
      if (typeof input !== "string") {
        throw new TypeError("Expected input to be a string");
      }
      if (input === "") {
        return { isMatch: false, output: "" };
      }
      const opts = options2 || {};
      const format = opts.format || (posix ? utils.toPosixSlashes : null);
      let match = input === glob;
      let output = match && format ? format(input) : input;
      if (match === false) {
        output = format ? format(input) : input;
        match = output === glob;
      }
      if (match === false || opts.capture === true) {
        if (opts.matchBase === true || opts.basename === true) {
          match = picomatch2.matchBase(input, regex, options2, posix);
        } else {
          match = regex.exec(output);
        }
      }
      return { isMatch: Boolean(match), match, output };
    };
    picomatch2.matchBase = (input, glob, options2, posix = options2 && options2.windows) => {
      const regex = glob instanceof RegExp ? glob : picomatch2.makeRe(glob, options2);
      return regex.test(utils.basename(input, { windows: posix }));
    };
    picomatch2.isMatch = (str, patterns, options2) => picomatch2(patterns, options2)(str);
    picomatch2.parse = (pattern, options2) => {
      if (Array.isArray(pattern)) return pattern.map((p) => picomatch2.parse(p, options2));
      return parse(pattern, { ...options2, fastpaths: false });
    };
    picomatch2.scan = (input, options2) => scan(input, options2);
    picomatch2.compileRe = (state, options2, returnOutput = false, returnState = false) => {
      if (returnOutput === true) {
        return state.output;
      }
      const opts = options2 || {};
      const prepend = opts.contains ? "" : "^";
      const append = opts.contains ? "" : "$";
      let source = `${prepend}(?:${state.output})${append}`;
      if (state && state.negated === true) {
        source = `^(?!${source}).*$`;
      }
      const regex = picomatch2.toRegex(source, options2);
      if (returnState === true) {
        regex.state = state;
      }
      return regex;
    };
    picomatch2.makeRe = (input, options2 = {}, returnOutput = false, returnState = false) => {
      if (!input || typeof input !== "string") {
        throw new TypeError("Expected a non-empty string");
      }
      let parsed = { negated: false, fastpaths: true };
      if (options2.fastpaths !== false && (input[0] === "." || input[0] === "*")) {
        parsed.output = parse.fastpaths(input, options2);
      }
      if (!parsed.output) {
        parsed = parse(input, options2);
      }
      return picomatch2.compileRe(parsed, options2, returnOutput, returnState);
    };
    picomatch2.toRegex = (source, options2) => {
      try {
        const opts = options2 || {};
        return new RegExp(source, opts.flags || (opts.nocase ? "i" : ""));
      } catch (err) {
        if (options2 && options2.debug === true) throw err;
        return /$^/;
      }
    };
    picomatch2.constants = constants;
    module.exports = picomatch2;
  }
});

// node_modules/picomatch/index.js
var require_picomatch2 = __commonJS({
  "node_modules/picomatch/index.js"(exports, module) {
    "use strict";
    var pico = require_picomatch();
    var utils = require_utils();
    function picomatch2(glob, options2, returnState = false) {
      if (options2 && (options2.windows === null || options2.windows === void 0)) {
        options2 = { ...options2, windows: utils.isWindows() };
      }
      return pico(glob, options2, returnState);
    }
    Object.assign(picomatch2, pico);
    module.exports = picomatch2;
  }
});

// src/stages/soci/go-json.ts
function field(name, type) {
  return { name, type, omitEmpty: false };
}
function optional(name, type) {
  return { name, type, omitEmpty: true };
}
var platform = [
  field("architecture", "string"),
  field("os", "string"),
  optional("os.version", "string"),
  optional("os.features", "[]string"),
  optional("variant", "string")
];
var descriptor = [
  field("mediaType", "string"),
  field("digest", "string"),
  field("size", "int"),
  optional("urls", "[]string"),
  optional("annotations", "map[string]string"),
  optional("data", "bytes"),
  optional("platform", { pointer: platform }),
  optional("artifactType", "string")
];
var versioned = [
  field("schemaVersion", "int"),
  optional("mediaType", "string"),
  optional("artifactType", "string")
];
var related = [optional("subject", { pointer: descriptor }), optional("annotations", "map[string]string")];
var goManifest = [
  ...versioned,
  field("config", { struct: descriptor }),
  field("layers", { slice: descriptor }),
  ...related
];
var goIndex = [...versioned, field("manifests", { slice: descriptor }), ...related];
function marshalStruct(struct, object, where) {
  return writeStruct(struct, object, { document: where, path: "" }, "lost");
}
function marshalWhole(struct, object, where) {
  return writeStruct(struct, object, { document: where, path: "" }, "kept");
}
function parseGoJson(raw, where) {
  return parseJson(replaceBadBytes(raw), where);
}
function writeStruct(struct, object, at, unknown) {
  const parts = [];
  for (const { name, type, omitEmpty } of struct) {
    const { text, empty } = write(
      type,
      fieldOf(object, name),
      { ...at, path: `${at.path}.${name}` },
      unknown
    );
    if (!(omitEmpty && empty)) parts.push(`${goString(name)}:${text}`);
  }
  if (unknown === "kept") {
    const known = struct.map(({ name }) => name);
    for (const [key, value] of Object.entries(object)) {
      if (!known.some((name) => folds(key, name))) parts.push(`${goString(key)}:${writeAny(value)}`);
    }
  }
  return `{${parts.join(",")}}`;
}
function write(type, value, at, unknown) {
  if (typeof type === "object") return writeNested(type, value, at, unknown);
  switch (type) {
    case "string":
      return writeString(value, at);
    case "int":
      return writeInt(value, at);
    case "bytes":
      return writeBytes(value, at);
    case "[]string":
      return writeStrings(value, at);
    case "map[string]string":
      return writeMap(value, at);
  }
}
function writeNested(type, value, at, unknown) {
  if ("slice" in type) {
    if (value === void 0 || value === null) return { text: "null", empty: true };
    if (!Array.isArray(value)) throw unreadable(at, "is no list");
    const items = value.map(
      (item, index) => writeObject(type.slice, item, { ...at, path: `${at.path}[${index}]` }, unknown)
    );
    return { text: `[${items.join(",")}]`, empty: items.length === 0 };
  }
  if ("pointer" in type) {
    if (value === void 0 || value === null) return { text: "null", empty: true };
    return { text: writeObject(type.pointer, value, at, unknown), empty: false };
  }
  return { text: writeObject(type.struct, value, at, unknown), empty: false };
}
function writeObject(struct, value, at, unknown) {
  const object = value ?? {};
  if (!isObject(object)) throw unreadable(at, "is no object");
  return writeStruct(struct, object, at, unknown);
}
function writeString(value, at) {
  const text = value ?? "";
  if (typeof text !== "string") throw unreadable(at, "is no string");
  return { text: goString(text), empty: text === "" };
}
function writeInt(value, at) {
  const number = value ?? 0;
  if (!Number.isSafeInteger(number)) throw unreadable(at, "is no whole number");
  return { text: String(number), empty: number === 0 };
}
function writeBytes(value, at) {
  const text = value ?? "";
  if (typeof text !== "string") throw unreadable(at, "is no base64");
  const base64 = text.replace(/[\r\n]/g, "");
  if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) throw unreadable(at, "is no base64");
  return { text: goString(Buffer.from(base64, "base64").toString("base64")), empty: base64 === "" };
}
function writeStrings(value, at) {
  if (value === void 0 || value === null) return { text: "null", empty: true };
  if (!Array.isArray(value)) throw unreadable(at, "is no list");
  const items = value.map((item, index) => writeString(item, { ...at, path: `${at.path}[${index}]` }).text);
  return { text: `[${items.join(",")}]`, empty: items.length === 0 };
}
function writeMap(value, at) {
  if (value === void 0 || value === null) return { text: "null", empty: true };
  if (!isObject(value)) throw unreadable(at, "is no object");
  const texts = /* @__PURE__ */ new Map();
  for (const [key, item] of Object.entries(value)) {
    texts.set(
      key.toWellFormed(),
      writeString(item, { ...at, path: `${at.path}[${JSON.stringify(key)}]` }).text
    );
  }
  const items = [...texts.keys()].sort(byBytes).map((key) => `${goString(key)}:${texts.get(key)}`);
  return { text: `{${items.join(",")}}`, empty: items.length === 0 };
}
function writeAny(value) {
  if (typeof value === "string") return goString(value);
  if (Array.isArray(value)) return `[${value.map(writeAny).join(",")}]`;
  if (isObject(value)) {
    return `{${Object.entries(value).map(([key, item]) => `${goString(key)}:${writeAny(item)}`)}}`;
  }
  return JSON.stringify(value);
}
function byBytes(a, b) {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
function goString(text) {
  return JSON.stringify(text.toWellFormed()).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`
  );
}
function fieldOf(object, name) {
  if (!Object.keys(object).some((key) => key !== name && folds(key, name))) {
    return Object.hasOwn(object, name) ? object[name] : void 0;
  }
  const last = Object.keys(object).findLast((key) => folds(key, name));
  return last === void 0 ? void 0 : object[last];
}
function folds(key, name) {
  if (key === name) return true;
  return key.length === name.length && key.toUpperCase().toLowerCase() === name.toLowerCase();
}
function unreadable({ document, path }, what) {
  return inputError("bad-manifest", `${document}: ${path.slice(1)} ${what}`, {
    hint: "Container engines cannot read this manifest either; build or push the image again."
  });
}
var replacement = Buffer.from("\uFFFD");
function replaceBadBytes(raw) {
  const parts = [];
  let from = 0;
  for (let at = 0; at < raw.length; ) {
    const length = characterAt(raw, at);
    if (length === 0) {
      parts.push(raw.subarray(from, at), replacement);
      from = at + 1;
    }
    at += length || 1;
  }
  return parts.length === 0 ? raw : Buffer.concat([...parts, raw.subarray(from)]);
}
function characterAt(raw, at) {
  const lead = raw[at] ?? 0;
  if (lead < 128) return 1;
  const length = lead >= 240 ? 4 : lead >= 224 ? 3 : 2;
  if (lead < 194 || lead > 244) return 0;
  const second = raw[at + 1] ?? 0;
  const [low, high] = secondByte[lead] ?? [128, 191];
  if (second < low || second > high) return 0;
  for (let index = 2; index < length; index++) {
    const byte = raw[at + index] ?? 0;
    if (byte < 128 || byte > 191) return 0;
  }
  return length;
}
var secondByte = {
  224: [160, 191],
  237: [128, 159],
  240: [144, 191],
  244: [128, 143]
};

// src/stages/soci/prefetch.ts
var import_picomatch = __toESM(require_picomatch2(), 1);

// src/stages/soci/lookup.ts
var mostSteps = 40;
var mostPathBytes = 4096;
async function lookUp(path, layers) {
  let parts = partsOf(path);
  const steps = { left: mostSteps };
  while (steps.left-- >= 0) {
    while (parts[0] === "..") parts = parts.slice(1);
    if (parts.join("/").length > mostPathBytes) return { kind: "endless" };
    const up = parts.indexOf("..");
    const wanted = up < 0 ? parts : parts.slice(0, up);
    const found = await find(wanted, layers, layers.length - 1);
    if (found === "absent") return { kind: "absent", path: pathOf(wanted) };
    if (found === "directory") {
      if (up < 0) return { kind: "directory", path: pathOf(wanted) };
      parts = [...wanted.slice(0, -1), ...parts.slice(up + 1)];
      continue;
    }
    const node = await throughHardLinks(found, layers, steps);
    if (node === "endless") return { kind: "endless" };
    if (node === "absent") return { kind: "absent", path: pathOf(wanted) };
    const { entry, place } = node;
    if (entry.type === "symlink") {
      const from = entry.linkname[0] === slash ? [] : wanted.slice(0, found.depth);
      parts = [...from, ...partsOf(entry.linkname), ...parts.slice(found.depth + 1)];
      continue;
    }
    if (up >= 0 || found.depth < wanted.length - 1) return { kind: "absent", path: pathOf(wanted) };
    if (entry.type === "reg") return { kind: "file", place, path: pathOf(wanted) };
    return { kind: "special", type: entry.type, path: pathOf(wanted) };
  }
  return { kind: "endless" };
}
var slash = 47;
function partsOf(path) {
  return path.toString("latin1").split("/").filter((part) => part !== "" && part !== ".");
}
function cleanPartsOf(name) {
  const parts = [];
  for (const part of partsOf(name)) {
    if (part === "..") parts.pop();
    else parts.push(part);
  }
  return parts;
}
var pathOf = (parts) => Buffer.from(`/${parts.join("/")}`, "latin1");
async function find(parts, layers, from) {
  if (parts.length === 0) return "directory";
  const isDirectoryAbove = parts.map(() => false);
  for (let layer = from; layer >= 0; layer--) {
    const listing = await layers[layer]();
    const { looks, isRootOpaque } = lookAlong(parts, listing);
    let isLowerHidden = isRootOpaque;
    for (const [depth, look] of looks.entries()) {
      isLowerHidden ||= look.isWhiteout || look.isOpaque;
      const entry = look.at === void 0 ? void 0 : listing.entry(look.at);
      if (entry && look.at !== void 0 && entry.type !== "dir") {
        return isDirectoryAbove[depth] ? "absent" : { place: { layer, at: look.at }, entry, depth };
      }
      if (!entry && !look.isImplied) break;
      if (depth === parts.length - 1) return "directory";
      isDirectoryAbove[depth] = true;
    }
    if (isLowerHidden) break;
  }
  return "absent";
}
var whiteout = ".wh.";
var opaque = ".wh..wh..opq";
function lookAlong(parts, listing) {
  const looks = parts.map(
    () => ({ at: void 0, isImplied: false, isWhiteout: false, isOpaque: false })
  );
  let isRootOpaque = false;
  for (let at = 0; at < listing.count; at++) {
    const own = cleanPartsOf(listing.entry(at).name);
    const base = own.at(-1);
    if (base === void 0) continue;
    let common = 0;
    while (common < own.length && common < parts.length && own[common] === parts[common]) common++;
    for (let depth = 0; depth < Math.min(common, own.length - 1); depth++) {
      looks[depth].isImplied = true;
    }
    if (base.startsWith(whiteout)) {
      const isBeside = common >= own.length - 1;
      const folder = looks[own.length - 2];
      if (isBeside && base === opaque) {
        if (folder) folder.isOpaque = true;
        else isRootOpaque = true;
      } else if (isBeside && base.slice(whiteout.length) === parts[own.length - 1]) {
        looks[own.length - 1].isWhiteout = true;
      }
    } else if (common === own.length) {
      looks[common - 1].at = at;
    }
  }
  return { looks, isRootOpaque };
}
async function throughHardLinks(node, layers, steps) {
  let { entry, place } = node;
  while (entry.type === "hardlink") {
    if (steps.left-- <= 0) return "endless";
    const target = cleanPartsOf(entry.linkname);
    const listing = await layers[place.layer]();
    const before = lookAlong(target, { count: place.at, entry: (at) => listing.entry(at) }).looks.at(-1)?.at;
    if (before !== void 0) {
      place = { layer: place.layer, at: before };
      entry = listing.entry(before);
      continue;
    }
    const below = await find(target, layers, place.layer - 1);
    if (typeof below === "string" || below.depth < target.length - 1) return "absent";
    ({ place, entry } = below);
  }
  return { place, entry };
}

// src/stages/soci/layered-files.ts
var maxPathLength = 4096;
var maxLinks = 40;
function layerFiles(ztocs) {
  const files = /* @__PURE__ */ new Map();
  const folders = /* @__PURE__ */ new Set();
  for (const [layer, ztoc] of ztocs.entries()) {
    const own = readLayer(ztoc, layer, { files, folders });
    hide(files, own);
    for (const [path, place] of own.files) files.set(path, place);
    for (const folder of own.folders) folders.add(folder);
  }
  return files;
}
function readLayer(ztoc, layer, below) {
  const own = { files: /* @__PURE__ */ new Map(), folders: /* @__PURE__ */ new Set(), hidden: /* @__PURE__ */ new Set(), opaque: /* @__PURE__ */ new Set() };
  for (let at = 0; at < ztoc.entryCount; at++) {
    const { name, type, linkname } = ztoc.entry(at);
    const path = pathOf2(name);
    if (path === "" || path.length > maxPathLength) continue;
    enterFolders(path, own, below);
    const slash2 = path.lastIndexOf("/");
    const last = path.slice(slash2 + 1);
    if (last.startsWith(whiteout)) {
      const folder = path.slice(0, Math.max(slash2, 0));
      const target = last.slice(whiteout.length);
      if (last === opaque) own.opaque.add(folder);
      else if (target !== "" && !target.startsWith(whiteout)) own.hidden.add(joined(folder, target));
      continue;
    }
    const place = placeOf(
      layer,
      at,
      type,
      linkname,
      (target) => own.files.get(target) ?? below.files.get(target)
    );
    if (place.type !== "dir" && below.folders.has(path)) own.hidden.add(path);
    if (place.type === "dir") enterFolder(path, own, below);
    own.files.set(path, place);
  }
  return own;
}
function enterFolders(path, own, below) {
  for (const folder of foldersOf(path)) {
    if (own.folders.has(folder)) return;
    enterFolder(folder, own, below);
  }
}
function enterFolder(folder, own, below) {
  own.folders.add(folder);
  const type = below.files.get(folder)?.type;
  if (type !== void 0 && type !== "dir") own.hidden.add(folder);
}
function placeOf(layer, entry, type, linkname, find2) {
  if (type === "hardlink") {
    const target = find2(pathOf2(linkname));
    return target === void 0 || target.type === "dir" ? { layer, entry, type } : target;
  }
  return type === "symlink" ? { layer, entry, type, link: linkname.toString() } : { layer, entry, type };
}
function hide(files, { hidden, opaque: opaque2 }) {
  if (hidden.size === 0 && opaque2.size === 0) return;
  for (const path of files.keys()) if (isHidden(path, hidden, opaque2)) files.delete(path);
}
function isHidden(path, hidden, opaque2) {
  if (hidden.has(path)) return true;
  for (const folder of foldersOf(path)) if (hidden.has(folder) || opaque2.has(folder)) return true;
  return false;
}
function* foldersOf(path) {
  for (let slash2 = path.lastIndexOf("/"); slash2 > 0; slash2 = path.lastIndexOf("/", slash2 - 1)) {
    yield path.slice(0, slash2);
  }
  yield "";
}
function pathOf2(name) {
  const text = name.toString();
  if (!/(^|\/)(\.{0,2})(\/|$)/.test(text)) return text;
  const parts = [];
  for (const part of text.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts.join("/");
}
function joined(folder, name) {
  return folder === "" ? name : `${folder}/${name}`;
}
function followLinks(files, path) {
  const waiting = path.split("/").reverse();
  let at = "";
  let links = 0;
  for (let name = waiting.pop(); name !== void 0; name = waiting.pop()) {
    if (name === "" || name === ".") continue;
    if (name === "..") {
      const type = files.get(at)?.type;
      if (type !== void 0 && type !== "dir") return void 0;
      at = at.slice(0, Math.max(at.lastIndexOf("/"), 0));
      continue;
    }
    const next = joined(at, name);
    const link = files.get(next)?.link;
    if (link === void 0) at = next;
    else {
      if (++links > maxLinks) return void 0;
      if (link.startsWith("/")) at = "";
      for (const part of link.split("/").reverse()) waiting.push(part);
    }
    if (at.length > maxPathLength) return void 0;
  }
  return at;
}

// src/stages/soci/tar-header.ts
function headerStart(ztoc, at) {
  if (at === 0) return 0;
  const { offset, size } = ztoc.entry(at - 1);
  return nextHeader(offset, size);
}
var HeaderReader = class {
  #scanner;
  #length;
  #entry;
  #read = 0;
  constructor(length, where) {
    this.#length = length;
    this.#scanner = new TarScanner(where, [{ entry: (entry) => this.#entry ??= entry }]);
  }
  /** Takes what of a chunk is header. @returns the rest of it @throws PullBudgetError `bad-tar` */
  push(chunk) {
    const header = chunk.subarray(0, this.#length - this.#read);
    if (header.byteLength > 0) this.#scanner.push(header);
    this.#read += header.byteLength;
    return chunk.subarray(header.byteLength);
  }
  get isWhole() {
    return this.#read === this.#length;
  }
  get entry() {
    return this.#entry?.dataStart === this.#length ? this.#entry : void 0;
  }
};
function differenceFrom(tar, entry) {
  if (entryTypeOf[tar.kind] === void 0) return "type";
  const own = ztocEntry(tar);
  const compared = [
    ["name", own.name.equals(entry.name)],
    ["type", own.type === entry.type],
    ["size", own.size === entry.size],
    ["link", own.linkname.equals(entry.linkname)],
    ["mode", own.mode === entry.mode],
    // Of larger ones a zTOC keeps the low 32 bits, which the snapshotter then finds to be others.
    ["owner", tar.uid === entry.uid && own.uname.equals(entry.uname)],
    ["group", tar.gid === entry.gid && own.gname.equals(entry.gname)],
    ["time", isSameTime(own.modTime, entry.modTime)],
    ["device", own.devmajor === entry.devmajor && own.devminor === entry.devminor],
    ["PAX records", isSameXattrs(own.xattrs, entry.xattrs)]
  ];
  return compared.find(([, isEqual]) => !isEqual)?.[0];
}
function isSameTime(a, b) {
  const [one, other] = [instant(a), instant(b)];
  return one !== void 0 && one === other;
}
function instant(text) {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(text);
  const seconds = match ? Date.parse(`${match[1]}${match[3]}`) : Number.NaN;
  return Number.isNaN(seconds) ? void 0 : `${seconds} ${(match?.[2] ?? "").replace(/0+$/, "")}`;
}
function isSameXattrs(a, b) {
  return a.length === b.length && a.every(({ key, value }, at) => {
    const other = b[at];
    return other !== void 0 && key.equals(other.key) && value.equals(other.value);
  });
}

// src/stages/soci/prefetch.ts
var prefetchMediaType = "application/vnd.amazon.soci.prefetch.v1+json";
function planPrefetch(patterns, layers) {
  if (patterns.length === 0) return { artifacts: /* @__PURE__ */ new Map(), unmatched: [] };
  const files = layerFiles(layers.map(({ ztoc }) => ztoc));
  const wanted = /* @__PURE__ */ new Set();
  const unmatched = [];
  for (const pattern of patterns) {
    const places = placesOf(pattern, files);
    if (places.length === 0) unmatched.push(pattern);
    for (const place of places) wanted.add(place);
  }
  return { artifacts: artifactsOf(wanted, layers), unmatched };
}
function artifactsOf(wanted, layers) {
  const ranges = new Map(layers.map(({ layer }) => [layer, []]));
  for (const { layer: at, entry } of wanted) {
    const { layer, ztoc } = layers[at];
    const range = rangeOf(ztoc, entry);
    if (range) ranges.get(layer)?.push(range);
  }
  const artifacts = /* @__PURE__ */ new Map();
  for (const [layer, own] of ranges) if (own.length > 0) artifacts.set(layer, artifactOf(merged(own)));
  return artifacts;
}
function placesOf(pattern, files) {
  const exact = regularFile(files, pattern);
  if (exact) return [exact];
  const { base, glob, isGlob } = import_picomatch.default.scan(pattern, options);
  const literal = base.replace(/\\(.)/g, "$1");
  if (!isGlob) {
    const place = literal === pattern ? void 0 : regularFile(files, literal);
    return place ? [place] : [];
  }
  const folder = followLinks(files, literal);
  if (folder === void 0) return [];
  const matches = matcher(glob, pattern);
  const prefix = folder === "" ? "" : `${folder}/`;
  const places = [];
  for (const path of files.keys()) {
    if (!path.startsWith(prefix) || !matches(path.slice(prefix.length))) continue;
    const place = regularFile(files, path);
    if (place) places.push(place);
  }
  return places;
}
var options = { dot: true, nonegate: true };
function matcher(glob, pattern) {
  try {
    const matches = (0, import_picomatch.default)(glob, options);
    return (path) => matches(path);
  } catch (cause) {
    throw inputError("bad-prefetch", `prefetch: ${JSON.stringify(pattern.slice(0, 200))} is no glob`, {
      hint: "Write an absolute path in the image, or a glob like /usr/lib/**/*.so.",
      cause
    });
  }
}
function regularFile(files, path) {
  const end = followLinks(files, path);
  const place = end === void 0 ? void 0 : files.get(end);
  return place?.type === "reg" ? place : void 0;
}
function rangeOf(ztoc, at) {
  const { offset, size } = ztoc.entry(at);
  if (size === 0) return void 0;
  const header = Math.min(headerStart(ztoc, at), offset);
  return { first: spanAt(ztoc.spans, header), last: spanAt(ztoc.spans, offset + size) };
}
function spanAt(spans, offset) {
  let low = 0;
  let high = spans.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (spans[middle].outStart <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
function merged(ranges) {
  const result = [];
  for (const range of ranges.toSorted((a, b) => a.first - b.first)) {
    const last = result.at(-1);
    if (last === void 0 || range.first > last.last + 1) result.push(range);
    else result[result.length - 1] = { first: last.first, last: Math.max(last.last, range.last) };
  }
  return result;
}
function artifactOf(ranges) {
  const spans = ranges.map(({ first, last }) => ({ start_span: first, end_span: last }));
  return Buffer.from(JSON.stringify({ version: "1.0", prefetch_spans: spans }));
}

// src/stages/soci/index-manifest.ts
var sociConfig = Buffer.from("{}");
var sociConfigDigest = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
function sociIndexManifest(layers, prefetch, subject) {
  const version = subject === void 0 ? "v2" : "v1";
  const ztocs = layers.map((layer) => ztocDescriptor(layer, version));
  const artifacts = prefetch.map(prefetchDescriptor);
  const text = marshalStruct(
    goManifest,
    {
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: { mediaType: sociIndexTypes[version], digest: sociConfigDigest, size: sociConfig.byteLength },
      layers: version === "v2" ? [...ztocs, ...artifacts] : [...artifacts, ...ztocs],
      subject: subject && { mediaType: subject.mediaType, digest: subject.digest, size: subject.size },
      annotations: { [sociAnnotations.buildTool]: buildTool }
    },
    "SOCI index"
  );
  return asImage(parseManifest(Buffer.from(text), {}, "SOCI index"));
}
function ztocDescriptor({ layer, ztoc, spanBytes }, version) {
  return {
    mediaType: ztocMediaType,
    digest: ztoc.digest,
    size: ztoc.size,
    annotations: {
      [sociAnnotations.layerDigest]: layer.digest,
      [sociAnnotations.layerMediaType]: layer.mediaType,
      ...version === "v2" ? { [sociAnnotations.spanSize]: String(spanBytes) } : {}
    }
  };
}
function prefetchDescriptor({ layer, blob }) {
  return {
    mediaType: prefetchMediaType,
    digest: blob.digest,
    size: blob.size,
    annotations: { [sociAnnotations.layerDigest]: layer }
  };
}
function asImage(manifest) {
  if (manifest.kind !== "image") throw new TypeError(`${manifest.descriptor.mediaType} is no image manifest`);
  return manifest;
}
function parseSociIndex(manifest) {
  const where = `SOCI index ${manifest.descriptor.digest}`;
  const version = versionOf(manifest);
  if (manifest.kind !== "image" || version === void 0) {
    const type = manifest.kind === "image" ? manifest.config.mediaType : manifest.descriptor.mediaType;
    throw bad(where, `has the type ${JSON.stringify(type)}, which is no SOCI index's`);
  }
  if (manifest.raw.byteLength > maxManifestBytes) throw bad(where, "is over 4 MiB");
  const ztocs = /* @__PURE__ */ new Map();
  const layers = [];
  const prefetch = [];
  for (const [at, blob] of manifest.layers.entries()) {
    const place = `${where}: layers[${at}]`;
    const layer = layerOf(blob, place);
    if (blob.mediaType === prefetchMediaType) {
      prefetch.push({ layer, blob: { digest: blob.digest, size: blob.size } });
      continue;
    }
    if (blob.mediaType !== ztocMediaType) {
      throw bad(place, `is ${JSON.stringify(blob.mediaType)}; a zTOC is ${ztocMediaType}`);
    }
    const other = ztocs.get(layer);
    if (other !== void 0 && other !== blob.digest) throw bad(place, `is a second zTOC of layer ${layer}`);
    ztocs.set(layer, blob.digest);
    layers.push({
      layer,
      layerMediaType: blob.annotations?.[sociAnnotations.layerMediaType] ?? "",
      ztoc: blob,
      spanBytes: spanBytesOf(blob, place)
    });
  }
  return { version, subject: manifest.subject?.digest, layers, prefetch };
}
function layerOf(blob, place) {
  const layer = blob.annotations?.[sociAnnotations.layerDigest];
  if (layer === void 0) throw bad(place, `has no annotation ${sociAnnotations.layerDigest}`);
  if (!isDigest(layer)) throw bad(place, `is for the layer ${JSON.stringify(layer)}, which is no digest`);
  return layer;
}
function spanBytesOf(blob, place) {
  const text = blob.annotations?.[sociAnnotations.spanSize];
  if (text === void 0) return void 0;
  const bytes = Number(text);
  if (!/^[1-9]\d*$/.test(text) || !Number.isSafeInteger(bytes)) {
    throw bad(place, `has the span size ${JSON.stringify(text)}`);
  }
  return bytes;
}
function bad(where, what) {
  return inputError("bad-soci-index", `${where} ${what}`, {
    hint: "A snapshotter would pull the layers whole, and say nothing; make the index anew."
  });
}
function isSociIndex(manifest) {
  return versionOf(manifest) !== void 0;
}
function versionOf(manifest) {
  return manifest.kind === "image" ? sociVersionOf(manifest.config.mediaType) : void 0;
}
function remarshalled(manifest) {
  const where = `manifest ${manifest.descriptor.digest}`;
  const json = parseGoJson(manifest.raw, where);
  const struct = manifest.kind === "index" ? goIndex : goManifest;
  if (!isSociIndex(manifest)) return Buffer.from(marshalStruct(struct, json, where));
  const own = { ...json, schemaVersion: 2, mediaType: mediaTypes.ociManifest, artifactType: "" };
  return Buffer.from(marshalStruct(struct, own, where));
}

// src/stages/soci/find.ts
async function findSociIndexes(source, image, top) {
  const complaints = [];
  const v2 = await findV2(source, image, top, complaints);
  const v1 = await findV1(source, image, complaints);
  return { v1, v2, complaints };
}
var afterwards = "a snapshotter pulls every layer of the image whole then, and says nothing";
async function findV2(source, image, top, complaints) {
  const named = image.annotations[sociAnnotations.indexDigest] ?? "";
  complaints.push(...strayIndexes(image, named, top));
  if (named === "") return void 0;
  const what = `the v2 index that image ${image.descriptor.digest} names, ${named},`;
  if (!isDigest(named)) {
    complaints.push(`${what} is no digest: ${afterwards}.`);
    return void 0;
  }
  const listed = top?.kind === "index" ? top.manifests.find((entry) => entry.digest === named) : void 0;
  return take(source, listed ?? named, what, complaints);
}
function strayIndexes(image, named, top) {
  if (top?.kind !== "index") return [];
  const { digest } = image.descriptor;
  const strays = /* @__PURE__ */ new Set();
  for (const entry of top.manifests) {
    const annotations = entry.annotations ?? {};
    if (annotations[sociAnnotations.imageDigest] === digest) strays.add(entry.digest);
    const promised = annotations[sociAnnotations.indexDigest];
    if (entry.digest === digest && promised) strays.add(promised);
  }
  strays.delete(named);
  return [...strays].map(
    (stray) => `the OCI index has the SOCI index ${stray} for image ${digest}, whose manifest ${named === "" ? "names none" : "names another one"}: no snapshotter finds it.`
  );
}
async function findV1(source, image, complaints) {
  const { digest } = image.descriptor;
  const [first, ...others] = await source.referrers(digest, sociIndexTypes.v1);
  if (first === void 0) return void 0;
  if (others.length > 0) {
    complaints.push(
      `image ${digest} has ${others.length + 1} v1 indexes: a snapshotter takes the one that the registry lists first, ${first.digest}, and no other.`
    );
  }
  const what = `the v1 index ${first.digest} of image ${digest}`;
  const found = await take(source, first, what, complaints);
  if (found === void 0 || found.index.version === "v1") return found;
  complaints.push(`${what} says of itself that it is v2: snapshotters before 0.10 do not take it.`);
  return void 0;
}
async function take(source, index, what, complaints) {
  try {
    const descriptor2 = typeof index === "string" ? await source.resolve(index) : index;
    const { manifest, complaint } = await read(source, descriptor2);
    if (complaint === void 0) return { manifest, index: parseSociIndex(manifest) };
    complaints.push(`${what} ${complaint}: ${afterwards}.`);
  } catch (error) {
    if (!(error instanceof PullBudgetError) || error.kind !== "input") throw error;
    complaints.push(`${what} cannot be used (${error.message}): ${afterwards}.`);
  }
  return void 0;
}
async function read(source, descriptor2) {
  if (descriptor2.size > maxManifestBytes) return { complaint: `has ${descriptor2.size} bytes, over 4 MiB` };
  const manifest = await source.readManifest(descriptor2);
  if (manifest.kind !== "image" || !isSociIndex(manifest)) {
    const type = manifest.kind === "image" ? manifest.config.mediaType : manifest.descriptor.mediaType;
    return { complaint: `is none: its type is ${JSON.stringify(type)}` };
  }
  if (Buffer.compare(remarshalled(manifest), manifest.raw) !== 0) {
    return {
      complaint: "is not written as Go writes it (order of fields, white space, fields that are not known), so that it does not have its digest any more when the snapshotter stores it"
    };
  }
  return { manifest };
}

// src/stages/soci/platform-images.ts
async function readPlatformImages(source, top, wanted) {
  const images = [];
  for await (const { manifest, given } of imageManifests(source, top, wanted)) {
    const config = await readConfig(source, manifest);
    const platform2 = given ?? config.platform;
    if (!isAmong(platform2, wanted)) continue;
    images.push({
      manifest,
      platform: normalisePlatform(platform2),
      configPlatform: config.platform,
      layers: manifest.layers.map((descriptor2, at) => ({ descriptor: descriptor2, diffId: config.diffIds[at] }))
    });
  }
  const missing = wanted.find((one) => !images.some(({ platform: platform2 }) => platformMatches(platform2, one)));
  if (missing) {
    throw inputError(
      "no-platform",
      `${source.location}: ${top.descriptor.digest} is not for ${formatPlatform(missing)}`,
      { hint: `Set platforms to what the image has${await namesOf(source, top)}, or leave it out.` }
    );
  }
  if (images.length > 0) return images;
  throw inputError("not-an-image", `${source.location}: ${top.descriptor.digest} holds no container image`, {
    hint: "It is an artifact, or an index of artifacts; name the image itself."
  });
}
async function namesOf(source, top) {
  const platforms = [];
  if (top.kind === "image" && isImageConfigType(top.config.mediaType)) {
    platforms.push((await readConfig(source, top)).platform);
  }
  if (top.kind === "index") {
    for (const child of top.manifests) {
      if (child.platform && mayBeImage(source, top, child)) platforms.push(child.platform);
    }
  }
  const names = new Set(platforms.map((platform2) => formatPlatform(normalisePlatform(platform2))));
  return names.size === 0 ? "" : `: ${[...names].slice(0, 20).join(", ")}`;
}
async function* imageManifests(source, top, wanted) {
  if (top.kind === "image" && isImageConfigType(top.config.mediaType)) {
    yield { manifest: top, given: void 0 };
  }
  if (top.kind !== "index") return;
  const seen = /* @__PURE__ */ new Set();
  for (const child of top.manifests) {
    if (seen.has(child.digest) || !mayBeImage(source, top, child)) continue;
    if (child.platform && !isAmong(child.platform, wanted)) continue;
    seen.add(child.digest);
    const manifest = await source.readManifest(child);
    if (manifest.kind === "image" && isImageConfigType(manifest.config.mediaType)) {
      yield { manifest, given: child.platform };
    }
  }
}
function mayBeImage(source, top, child) {
  if (isIndexType(child.mediaType)) {
    throw inputError(
      "nested-index",
      `${source.location}: ${top.descriptor.digest} is an index that holds another index, ${child.digest}`,
      {
        hint: "Nodes look for SOCI indexes in one index of platforms: name the inner one, or build one index."
      }
    );
  }
  if (!isImageManifestType(child.mediaType) || child.artifactType) return false;
  if (child.annotations?.["vnd.docker.reference.type"] !== void 0) return false;
  return child.platform === void 0 || !isUnknownPlatform(child.platform);
}
var isAmong = (platform2, wanted) => wanted.length === 0 || wanted.some((one) => platformMatches(platform2, one));

// src/stages/soci/decode.ts
function decodeZtoc(bytes, where, checkpoints) {
  const reader = new FlatReader(bytes, where, checkpoints);
  const root = reader.root();
  const version = reader.string(root, 0).toString();
  if (version !== ztocVersion) {
    throw reader.bad(
      `its version is ${JSON.stringify(version.slice(0, 100))}, and only ${ztocVersion} is known`
    );
  }
  const files = filesOf(reader, root);
  const sizes = {
    compressedBytes: sizeOf(reader, root, 2, "the size of the layer"),
    uncompressedBytes: sizeOf(reader, root, 3, "the size of the tar")
  };
  const { window, ...spans } = spansOf(reader, root, sizes);
  return {
    version,
    buildTool: reader.string(root, 1).toString(),
    ...sizes,
    ...spans,
    entryCount: files.count,
    entry(at) {
      if (!(Number.isInteger(at) && at >= 0 && at < files.count))
        throw new RangeError(`There is no entry ${at}`);
      return entryOf(reader, reader.tableOf(files, at));
    },
    window: checkpoints ? noWindow : window
  };
}
function noWindow(span) {
  throw new RangeError(`The window of span ${span} was not read`);
}
function findCheckpoints(bytes, where) {
  const reader = new FlatReader(bytes, where);
  const info = reader.table(reader.root(), 5);
  if (!info || reader.int8(info, 0, 1) !== 1) return void 0;
  const vector = reader.vector(info, 3, 1);
  return vector.count >= checkpointsHeaderBytes ? vector : void 0;
}
function filesOf(reader, root) {
  const toc = reader.table(root, 4);
  if (!toc) throw reader.bad("it has no table of files");
  const files = reader.vector(toc, 0, 4);
  let left = reader.bytes.byteLength;
  const count = (bytes) => {
    left -= bytes;
    if (left < 0) throw reader.bad("its files share what they say");
  };
  for (let at = 0; at < files.count; at++) checkFile(reader, reader.tableOf(files, at), count);
  return files;
}
var [stringSlots, longSlots] = [
  [0, 1, 4, 8, 9, 10],
  [5, 11, 12]
];
function checkFile(reader, table, count) {
  count(4 + table.byteLength);
  for (const slot of stringSlots) count(reader.vector(table, slot, 1).count);
  for (const slot of longSlots) reader.long(table, slot);
  sizeOf(reader, table, 2, "the offset of a file");
  sizeOf(reader, table, 3, "the size of a file");
  reader.uint32(table, 6);
  reader.uint32(table, 7);
  typeOf(reader, table);
  const xattrs = reader.vector(table, 13, 4);
  for (let at = 0; at < xattrs.count; at++) {
    const xattr = reader.tableOf(xattrs, at);
    count(4 + xattr.byteLength + reader.vector(xattr, 0, 1).count + reader.vector(xattr, 1, 1).count);
  }
}
function entryOf(reader, table) {
  return {
    name: reader.string(table, 0),
    type: typeOf(reader, table),
    offset: sizeOf(reader, table, 2, "the offset of a file"),
    size: sizeOf(reader, table, 3, "the size of a file"),
    linkname: reader.string(table, 4),
    mode: reader.long(table, 5),
    uid: reader.uint32(table, 6),
    gid: reader.uint32(table, 7),
    uname: reader.string(table, 8),
    gname: reader.string(table, 9),
    modTime: reader.string(table, 10).toString("latin1"),
    devmajor: reader.long(table, 11),
    devminor: reader.long(table, 12),
    xattrs: xattrsOf(reader, table)
  };
}
var typeNames = new Map(entryTypes.map((type) => [type, Buffer.from(type)]));
function typeOf(reader, table) {
  const said = reader.string(table, 1);
  for (const [type, name] of typeNames) {
    if (name[0] === said[0] && name.equals(said)) return type;
  }
  throw reader.bad(`a file's type is ${JSON.stringify(said.toString("latin1", 0, 100))}`);
}
var none = [];
function xattrsOf(reader, table) {
  const vector = reader.vector(table, 13, 4);
  if (vector.count === 0) return none;
  return Array.from({ length: vector.count }, (_, at) => {
    const xattr = reader.tableOf(vector, at);
    return { key: reader.string(xattr, 0), value: reader.string(xattr, 1) };
  });
}
function sizeOf(reader, table, slot, what) {
  const size = reader.long(table, slot);
  if (size < 0) throw reader.bad(`${what} is negative`);
  return size;
}
function spansOf(reader, root, sizes) {
  const info = reader.table(root, 5);
  if (!info) throw reader.bad("it has no compression info");
  const digests = digestsOf(reader, info);
  const last = reader.int32(info, 1);
  if (last !== digests.length - 1) {
    throw reader.bad(`its last span is said to be ${last}, and there are ${digests.length} digests`);
  }
  const checkpoints = reader.vector(info, 3, 1);
  const algorithm = reader.int8(info, 0, 1);
  if (algorithm === 1) return gzipSpans(reader, checkpoints, digests, sizes);
  if (algorithm === 2) return plainSpans(reader, checkpoints, digests, sizes);
  throw reader.bad(`its compression algorithm is ${algorithm}, and only 1 (gzip) and 2 (none) are known`);
}
var leastDigestBytes = 71 + 8;
function digestsOf(reader, info) {
  const vector = reader.vector(info, 2, 4);
  if (vector.count * leastDigestBytes > reader.bytes.byteLength)
    throw reader.bad("its spans share their digests");
  return Array.from({ length: vector.count }, (_, at) => {
    const text = reader.stringOf(vector, at).toString("latin1", 0, 200);
    if (isDigest(text)) return text;
    throw reader.bad(`the digest of span ${at} is ${JSON.stringify(text)}`);
  });
}
var plainHeaderBytes = 10;
function gzipSpans(reader, blob, digests, sizes) {
  const count = digests.length;
  if (blob.count < checkpointsHeaderBytes) throw reader.bad("it has no checkpoints");
  const said = reader.bytes.readInt32LE(blob.at);
  if (said !== count) throw reader.bad(`it has ${said} checkpoints and ${count} digests of spans`);
  const unwritten = count - (blob.count - checkpointsHeaderBytes) / checkpointBytes;
  if (count === 0 || unwritten !== 0 && unwritten !== 1) {
    throw reader.bad(`${blob.count} bytes are not those of ${count} checkpoints`);
  }
  const place = (span) => blob.at + checkpointsHeaderBytes + (span - unwritten) * checkpointBytes;
  const starts = digests.map(
    (_, span) => span < unwritten ? { in: plainHeaderBytes, out: 0, bits: 0 } : checkpointAt(reader, place(span), span)
  );
  const spans = starts.map((start, id) => {
    const next = starts[id + 1];
    const [end, outEnd] = next ? [next.in, next.out] : [sizes.compressedBytes, Math.max(start.out, sizes.uncompressedBytes)];
    const span = {
      id,
      start: start.in - (start.bits ? 1 : 0),
      end,
      bits: start.bits,
      outStart: start.out,
      outEnd
    };
    if (span.start > end || span.outStart > outEnd) throw reader.bad(`span ${id} ends before it begins`);
    return { ...span, digest: digests[id] };
  });
  return {
    algorithm: "gzip",
    spanBytes: spanBytesOf2(reader, reader.longAt(blob.at + 4)),
    spans,
    window(span) {
      if (!spans[span]) throw new RangeError(`There is no span ${span}`);
      if (span < unwritten) return new Uint8Array(windowBytes);
      return reader.bytes.subarray(place(span) + checkpointPlaceBytes, place(span) + checkpointBytes);
    }
  };
}
function checkpointAt(reader, at, span) {
  const checkpoint = {
    in: reader.longAt(at),
    out: reader.longAt(at + 8),
    bits: reader.bytes[at + 16]
  };
  if (checkpoint.in < 1 || checkpoint.out < 0 || checkpoint.bits > 7) {
    throw reader.bad(`the checkpoint of span ${span} is no place in a gzip stream`);
  }
  return checkpoint;
}
function plainSpans(outer, blob, digests, sizes) {
  const reader = outer.within(blob);
  const info = reader.root();
  const spanBytes = spanBytesOf2(reader, reader.long(info, 1));
  const size = sizeOf(reader, info, 2, "the size of the tar");
  const count = Math.ceil(size / spanBytes);
  if (count !== digests.length) throw reader.bad(`it has ${count} spans and ${digests.length} digests`);
  if (size !== sizes.compressedBytes) {
    throw reader.bad(`its layer has ${sizes.compressedBytes} bytes, and its spans come to ${size}`);
  }
  const spans = digests.map((digest, id) => {
    const start = id * spanBytes;
    const end = Math.min(start + spanBytes, size);
    const outEnd = id < count - 1 ? end : Math.max(start, sizes.uncompressedBytes);
    return { id, start, end, bits: 0, outStart: start, outEnd, digest };
  });
  return {
    algorithm: "uncompressed",
    spanBytes,
    spans,
    window(span) {
      throw new RangeError(`Span ${span} is not compressed, and so has no window`);
    }
  };
}
function spanBytesOf2(reader, spanBytes) {
  if (spanBytes > 0) return spanBytes;
  throw reader.bad(`its spans are of ${spanBytes} bytes`);
}

export {
  goManifest,
  goIndex,
  marshalWhole,
  parseGoJson,
  lookUp,
  headerStart,
  HeaderReader,
  differenceFrom,
  prefetchMediaType,
  planPrefetch,
  sociConfig,
  sociIndexManifest,
  decodeZtoc,
  findCheckpoints,
  readPlatformImages,
  imageManifests,
  findSociIndexes
};
