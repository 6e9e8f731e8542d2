import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  BlobCursor,
  contentOf,
  differenceFrom,
  headerStart,
  holdSpan
} from "./chunk-YZMKXVJA.js";
import {
  fetchPrefetch,
  fetchZtoc,
  indexProblems
} from "./chunk-CGUC22V4.js";
import {
  disqualify
} from "./chunk-NBKYUZKR.js";
import {
  findSociIndexes,
  readPlatformImages
} from "./chunk-VQ4Q22Q6.js";
import {
  terminalDocument
} from "./chunk-OOFY7LIH.js";
import "./chunk-2OLRYP5P.js";
import {
  codeSpan,
  counted,
  shortDigest,
  sum
} from "./chunk-ETJS3K4O.js";
import "./chunk-OMZLEA2T.js";
import {
  problemsOf,
  whyGoRefuses
} from "./chunk-KATR3GBZ.js";
import "./chunk-LCFLOM33.js";
import {
  windowBytes
} from "./chunk-PPVMWD7X.js";
import {
  TarScanner
} from "./chunk-QFWJVSNV.js";
import {
  openImage,
  registryOptions
} from "./chunk-KFOAQ6GS.js";
import {
  formatBytes,
  formatPlatform,
  platformMatches,
  splitPlatform
} from "./chunk-6CT2XH3G.js";
import {
  collect
} from "./chunk-XN73LCA4.js";
import "./chunk-6YJR5GCO.js";
import "./chunk-472U6O6R.js";
import "./chunk-NVMCYYRY.js";
import "./chunk-SK2TNT2F.js";
import "./chunk-HXSIVDWK.js";
import "./chunk-OSP77K32.js";
import {
  digestAlgorithm,
  digestFrom
} from "./chunk-RJ5NUFKW.js";
import "./chunk-THYTPSF7.js";
import {
  PullBudgetError,
  exitCodes,
  inputError
} from "./chunk-4J2PJRUG.js";
import {
  __callDispose,
  __using
} from "./chunk-CLVFFHSH.js";

// src/stages/soci/findings.ts
var mostListed = 20;
var mostNamed = 3;
var Findings = class {
  #list = [];
  #more = 0;
  get list() {
    return this.#list;
  }
  /** Those that are not in the list. */
  get more() {
    return this.#more;
  }
  /** Whether what is added is still listed: details of what is not need not be worked out. */
  get isOpen() {
    return this.#list.length < mostListed;
  }
  add(problem) {
    if (this.isOpen) this.#list.push(problem);
    else this.#more++;
  }
  /** Notes that a span is bad, and which files are in it. */
  addSpan(ztoc, span, what) {
    const file = this.isOpen ? filesIn(ztoc, span) : "";
    this.add({ what, span: span.id, ...file === "" ? {} : { file } });
  }
};
function filesIn(ztoc, { outStart, outEnd }) {
  const named = [];
  let count = 0;
  for (let at = 0; at < ztoc.entryCount; at++) {
    const { name, offset, size } = ztoc.entry(at);
    const start = headerStart(ztoc, at);
    if (start >= outEnd || offset + size <= outStart) continue;
    count++;
    if (named.length < mostNamed) named.push(name.toString());
  }
  const more = count - named.length;
  return more > 0 ? `${named.join(", ")} and ${more} more` : named.join(", ");
}
var aboutContent = /* @__PURE__ */ new Set([
  "not-found",
  "digest-mismatch",
  "size-mismatch",
  "too-large",
  "bad-layer",
  "bad-tar",
  "bad-ztoc",
  "bad-manifest"
]);
function problemFrom(error) {
  if (error instanceof PullBudgetError && aboutContent.has(error.code)) return { what: error.message };
  throw error;
}

// src/stages/soci/verify.ts
import { createHash as createHash2 } from "node:crypto";

// src/stages/soci/tar-check.ts
import { createHash } from "node:crypto";
var TarCheck = class {
  #layer;
  #ztoc;
  #findings;
  #hash;
  #window = Buffer.alloc(windowBytes);
  #scanner;
  #entries = 0;
  /** No span was left out so far. */
  #isWhole = true;
  constructor(layer, ztoc, findings) {
    this.#layer = layer;
    this.#ztoc = ztoc;
    this.#findings = findings;
    this.#hash = createHash(digestAlgorithm(layer.diffId));
    this.#scanner = new TarScanner("the tar", [{ entry: (entry) => this.#compare(entry) }]);
  }
  /** The last of what came, with zeros in front where that is less; undefined where that is not known. */
  get window() {
    return this.#isWhole ? Buffer.from(this.#window) : void 0;
  }
  /** Whether what came so far, without a gap, is not all of the layer. */
  get isUnfinished() {
    const { diffId } = this.#layer;
    return this.#isWhole && digestFrom(this.#hash.copy(), digestAlgorithm(diffId)) !== diffId;
  }
  take(chunk) {
    if (!this.#isWhole) return;
    this.#hash.update(chunk);
    const kept = chunk.subarray(-windowBytes);
    if (kept.byteLength > 0) {
      this.#window.copyWithin(0, kept.byteLength);
      this.#window.set(kept, windowBytes - kept.byteLength);
    }
    this.#scan((scanner) => scanner.push(chunk));
  }
  /** Some of the tar could not be read: what comes after it cannot be put in its place. */
  skip() {
    this.#isWhole = false;
  }
  end() {
    if (!this.#isWhole) return;
    this.#scan((scanner) => scanner.end());
    if (this.#scanner) this.#compareEnds(this.#scanner.position);
    const { diffId } = this.#layer;
    const digest = digestFrom(this.#hash, digestAlgorithm(diffId));
    if (digest === diffId) return;
    this.#findings.add({ what: `Its spans together unpack to ${digest}, the image's config says ${diffId}` });
  }
  #compareEnds(position) {
    const { entryCount, uncompressedBytes } = this.#ztoc;
    if (this.#entries < entryCount) {
      const { name } = this.#ztoc.entry(this.#entries);
      const what = `The zTOC has ${entryCount} entries, the tar only ${this.#entries}`;
      this.#findings.add({ what, file: name.toString() });
    }
    if (position !== uncompressedBytes) {
      this.#findings.add({ what: `The tar has ${position} bytes, the zTOC says ${uncompressedBytes}` });
    }
  }
  #compare(tar) {
    const at = this.#entries++;
    const file = tar.path;
    if (at >= this.#ztoc.entryCount) {
      this.#findings.add({ what: `The zTOC lacks entry ${at + 1} of the tar`, file });
      return;
    }
    const entry = this.#ztoc.entry(at);
    const difference = entry.offset === tar.dataStart ? differenceFrom(tar, entry) : "offset";
    if (difference === void 0) return;
    this.#findings.add({ what: `Its ${difference} in the zTOC is not what the tar says`, file });
  }
  /** A tar that cannot be read is one problem, however much of it follows. */
  #scan(use) {
    if (!this.#scanner) return;
    try {
      use(this.#scanner);
    } catch (error) {
      this.#scanner = void 0;
      this.#findings.add(problemFrom(error));
    }
  }
};

// src/stages/soci/verify.ts
var mostHeaderBytes = 10 + 2 + 65535 + 512 + 512 + 2;
async function verifyLayer(bytes, layer, ztoc) {
  var _stack2 = [];
  try {
    const findings = new Findings();
    const { descriptor } = layer;
    for (const problem of problemsOf(ztoc, descriptor.size)) findings.add(problem);
    if (!canBeCut(ztoc)) {
      findings.add({ what: "Its spans do not follow each other: nothing in them was checked" });
      return findings;
    }
    const algorithm = digestAlgorithm(descriptor.digest);
    const hash = createHash2(algorithm);
    const hashed = async function* () {
      for await (const chunk of bytes) {
        hash.update(chunk);
        yield chunk;
      }
    };
    const blob = __using(_stack2, new BlobCursor(hashed(), 0), true);
    await checkStart(blob, ztoc, findings);
    const tar = new TarCheck(layer, ztoc, findings);
    for (const span of ztoc.spans) {
      var _stack = [];
      try {
        const held = __using(_stack, await holdSpan(blob, span), true);
        if (held.byteLength < span.end - span.start) {
          findings.addSpan(ztoc, span, "The layer ends before the span does");
          tar.skip();
          break;
        }
        if (held.digest !== span.digest) {
          findings.addSpan(ztoc, span, `Its bytes are ${held.digest}, the zTOC says ${span.digest}`);
        }
        await checkContent(span, held, { ztoc, tar, findings });
      } catch (_) {
        var _error = _, _hasError = true;
      } finally {
        var _promise = __callDispose(_stack, _error, _hasError);
        _promise && await _promise;
      }
    }
    for await (const _3 of blob.take(blob.position, Number.MAX_SAFE_INTEGER)) ;
    const digest = digestFrom(hash, algorithm);
    if (digest !== descriptor.digest) findings.add({ what: `The layer's bytes are ${digest}` });
    tar.end();
    return findings;
  } catch (_2) {
    var _error2 = _2, _hasError2 = true;
  } finally {
    var _promise2 = __callDispose(_stack2, _error2, _hasError2);
    _promise2 && await _promise2;
  }
}
function canBeCut({ spans }) {
  let before;
  for (const span of spans) {
    const follows = before ? span.outStart === before.outEnd && span.start === before.end - (span.bits > 0 ? 1 : 0) : span.start >= 0;
    if (!follows || span.end <= span.start || span.outEnd < span.outStart) return false;
    before = span;
  }
  return spans.length > 0;
}
async function checkStart(blob, ztoc, findings) {
  const length = ztoc.spans[0]?.start ?? 0;
  const pieces = [];
  for await (const piece of blob.take(0, length)) {
    if (length <= mostHeaderBytes) pieces.push(Uint8Array.from(piece));
  }
  if (ztoc.algorithm === "uncompressed") {
    if (length > 0) findings.add({ what: `Its first span begins at byte ${length}` });
    return;
  }
  const header = Buffer.concat(pieces);
  const refused = headerLength(header) === length ? whyGoRefuses(header) : "its first span begins elsewhere";
  if (refused) findings.add({ what: `No gzip header ends at byte ${length}: ${refused}`, span: 0 });
}
function headerLength(bytes) {
  if (bytes.byteLength < 10 || bytes.readUInt16BE(0) !== 8075 || bytes[2] !== 8) return void 0;
  const flags = bytes[3];
  let at = 10;
  if (flags & 4) at += 2 + (bytes.byteLength >= 12 ? bytes.readUInt16LE(10) : 0);
  for (const text of [8, 16]) {
    if ((flags & text) === 0) continue;
    const end = bytes.indexOf(0, at);
    if (end < 0) return void 0;
    at = end + 1;
  }
  return flags & 2 ? at + 2 : at;
}
async function checkContent(span, held, { ztoc, tar, findings }) {
  const where = `span ${span.id}`;
  const isLast = span.id === ztoc.spans.length - 1;
  const isPlain = ztoc.algorithm === "uncompressed";
  const inflated = (window2, length = span.outEnd - span.outStart) => contentOf(held, { algorithm: ztoc.algorithm, bits: span.bits, window: window2, length }, where);
  let window = isPlain ? new Uint8Array(0) : ztoc.window(span.id);
  const before = isPlain ? void 0 : tar.window;
  if (before && !before.equals(window) && await differ(inflated(window), inflated(before))) {
    findings.addSpan(ztoc, span, `Its window is not the ${windowBytes} bytes of the tar before it`);
    window = before;
  }
  const problem = await passOn(inflated(window), tar);
  if (problem) findings.addSpan(ztoc, span, problem.what);
  else if (isLast && !isPlain && tar.isUnfinished) {
    const padded = await passOn(
      padding(span, (length) => inflated(window, length)),
      tar
    );
    if (padded) findings.add(padded);
  }
}
async function passOn(content, tar) {
  try {
    for await (const chunk of content) tar.take(chunk);
    return void 0;
  } catch (error) {
    tar.skip();
    return problemFrom(error);
  }
}
var mostPaddingBytes = 64 * 1024 * 1024;
async function* padding(span, inflated) {
  const length = span.outEnd - span.outStart;
  let [here, beyond] = [0, 1];
  while (await gives(inflated(length + beyond))) {
    if (beyond > mostPaddingBytes) throw tooPadded();
    here = beyond;
    beyond *= 2;
  }
  while (beyond - here > 1) {
    const middle = here + Math.floor((beyond - here) / 2);
    if (await gives(inflated(length + middle))) here = middle;
    else beyond = middle;
  }
  if (here === 0) return;
  let at = 0;
  for await (const chunk of inflated(length + here)) {
    yield chunk.subarray(Math.min(chunk.byteLength, Math.max(0, length - at)));
    at += chunk.byteLength;
  }
}
var tooPadded = () => inputError("bad-layer", "after the end of the tar there is more than 64 MiB", {
  hint: "Build the image again with a program that ends its archives where they end."
});
async function gives(bytes) {
  return await sumOf(bytes) !== void 0;
}
async function differ(a, b) {
  const [one, other] = [await sumOf(a), await sumOf(b)];
  return one === void 0 || one !== other;
}
async function sumOf(bytes) {
  const hash = createHash2("sha256");
  try {
    for await (const chunk of bytes) hash.update(chunk);
    return hash.digest("hex");
  } catch (error) {
    problemFrom(error);
    return void 0;
  }
}

// src/stages/soci/verify-image.ts
async function verifyImage(request) {
  const { source, descriptor, platforms } = request;
  const top = await source.readManifest(descriptor);
  const images = await readPlatformImages(source, top, platforms);
  const checked = /* @__PURE__ */ new Map();
  const verdicts = [];
  for (const image of images) verdicts.push(await verifyPlatform(request, image, top, checked));
  const isIndexed = ({ v1, v2 }) => v1 !== void 0 || v2 !== void 0;
  const isWanted = ({ platform }) => !verdicts.some(isIndexed) || platforms.some((one) => platformMatches(splitPlatform(platform), one));
  return verdicts.map(
    (verdict) => isIndexed(verdict) || verdict.problems.length > 0 || !isWanted(verdict) ? verdict : { ...verdict, problems: [{ what: "It has no SOCI index: nodes pull all of it first" }] }
  );
}
function isSound({ problems, layers }) {
  return problems.length === 0 && layers.every((layer) => layer.problems.length === 0);
}
async function verifyPlatform(request, image, top, checked) {
  const { v1, v2, complaints } = await findSociIndexes(request.source, image.manifest, top);
  const found = [v2, v1].filter((one) => one !== void 0);
  const findings = new Findings();
  for (const complaint of complaints) findings.add({ what: complaint.replace(/\.$/, "") });
  for (const one of found) {
    for (const what of indexProblems(one, image.manifest, top)) findings.add({ what });
    for (const problem of await configProblems(request.source, one)) findings.add(problem);
  }
  const layers = [];
  for (const layer of image.layers) {
    const tables = ztocsOf(found, layer);
    if (tables.length === 0) layers.push(unchecked(layer, found.length > 0));
    for (const table of tables) {
      const key = [layer.descriptor.digest, layer.diffId, table.ztoc.digest, table.prefetch?.digest].join();
      const verdict = checked.get(key) ?? verifyOne(request, layer, table);
      checked.set(key, verdict);
      layers.push(await verdict);
    }
  }
  return {
    platform: formatPlatform(image.platform),
    image: image.manifest.descriptor.digest,
    ...v1 ? { v1: v1.manifest.descriptor.digest } : {},
    ...v2 ? { v2: v2.manifest.descriptor.digest } : {},
    problems: findings.list,
    moreProblems: findings.more,
    layers
  };
}
async function configProblems(source, { manifest }) {
  const { digest } = manifest.descriptor;
  try {
    await collect(
      source.readBlob(manifest.config),
      1024,
      `${source.location}: config of SOCI index ${digest}`
    );
    return [];
  } catch (error) {
    return [problemFrom(error)];
  }
}
function ztocsOf(found, { descriptor: { digest } }) {
  const tables = /* @__PURE__ */ new Map();
  for (const { index } of found) {
    const prefetch = index.prefetch.find((artifact) => artifact.layer === digest)?.blob;
    for (const { layer, ztoc } of index.layers) {
      if (layer !== digest) continue;
      tables.set(ztoc.digest, { ztoc, prefetch: tables.get(ztoc.digest)?.prefetch ?? prefetch });
    }
  }
  return [...tables.values()];
}
function unchecked({ descriptor }, isIndexed) {
  const { digest, size: bytes } = descriptor;
  const without = isIndexed ? "not in the index: too small, or unindexable, when that was made" : "no index";
  const reason = disqualify(descriptor, 0)?.reason ?? without;
  return { digest, bytes, reason, problems: [], moreProblems: 0 };
}
async function verifyOne(request, layer, { ztoc: from, prefetch }) {
  const { source } = request;
  const { descriptor } = layer;
  const found = { digest: descriptor.digest, bytes: descriptor.size };
  const table = { digest: from.digest, bytes: from.size };
  try {
    const ztoc = await fetchZtoc(source, from, descriptor);
    const findings = await verifyLayer(watched(request, descriptor), layer, ztoc).catch(failed);
    if (prefetch) {
      const what = await prefetchProblem(source, prefetch, ztoc.spans.length);
      if (what) findings.add({ what });
    }
    return {
      ...found,
      ztoc: { ...table, spans: ztoc.spans.length, files: ztoc.entryCount },
      problems: findings.list,
      moreProblems: findings.more
    };
  } catch (error) {
    return { ...found, ztoc: table, problems: [problemFrom(error)], moreProblems: 0 };
  }
}
function failed(error) {
  const findings = new Findings();
  findings.add(problemFrom(error));
  return findings;
}
async function prefetchProblem(source, blob, spans) {
  try {
    const { problem } = await fetchPrefetch(source, blob, spans);
    return problem && `Prefetch artifact ${blob.digest}: ${problem}`;
  } catch (error) {
    return problemFrom(error).what;
  }
}
async function* watched({ source, progress, signal }, layer) {
  const task = progress.start(`layer ${layer.digest.slice(0, 19)}`, layer.size);
  try {
    for await (const chunk of source.readBlob(layer, { start: 0, end: layer.size })) {
      signal.throwIfAborted();
      task.advance(chunk.byteLength);
      yield chunk;
    }
  } finally {
    task.done();
  }
}

// src/cli/verify.ts
async function run({ settings, context, output }) {
  if (settings.image === void 0) {
    throw inputError("no-image", "no image is named", { hint: "Name one as the argument of the command." });
  }
  const image = await openImage(settings.image, registryOptions(settings, context));
  try {
    const platforms = await context.phase(
      `Verify the SOCI indexes of ${image.name}`,
      () => verifyImage({
        source: image.source,
        descriptor: image.descriptor,
        platforms: settings.platforms,
        progress: context.progress,
        signal: context.signal
      })
    );
    const passed = platforms.every(isSound);
    const document = {
      image: image.name,
      digest: image.descriptor.digest,
      verdict: passed ? "pass" : "fail",
      platforms
    };
    output.show(document, () => terminalDocument(verification(image, platforms), output));
    return passed ? exitCodes.pass : exitCodes.budgetFailed;
  } finally {
    await image.source.close();
  }
}
function verification({ name, descriptor }, platforms) {
  const problems = sum(platforms.map(problemsOf2));
  const checked = platforms.flatMap(({ layers }) => layers).filter(({ ztoc }) => ztoc !== void 0);
  const distinct = new Set(checked.map(({ digest }) => digest)).size;
  return {
    headline: problems === 0 ? { text: `pull-budget: pass, ${counted(distinct, "layer")} can be loaded lazily`, tone: "good" } : { text: `pull-budget: fail, ${counted(problems, "problem")}`, tone: "bad" },
    about: [[codeSpan(name), " is ", codeSpan(descriptor.digest), "."]],
    sections: platforms.map(platformSection)
  };
}
var problemsOf2 = (verdict) => counting(verdict) + sum(verdict.layers.map(counting));
var counting = ({ problems, moreProblems }) => problems.length + moreProblems;
function platformSection(verdict) {
  const { platform, image, v1, v2, problems, moreProblems, layers } = verdict;
  const indexes = Object.entries({ v2, v1 }).flatMap(
    ([version, digest]) => digest === void 0 ? [] : [[`SOCI index ${version} `, codeSpan(digest), "."]]
  );
  return {
    title: platform,
    before: [
      ["Image ", codeSpan(image), "."],
      ...indexes.length > 0 ? indexes : [["No SOCI index."]],
      ...problems.map((problem) => [{ text: sentence(problem), tone: "bad" }]),
      ...moreProblems > 0 ? [[`${counted(moreProblems, "more problem")}.`]] : []
    ],
    table: {
      columns: [
        { title: "Layer" },
        { title: "Size", align: "right" },
        { title: "Spans", align: "right" },
        { title: "Files", align: "right" },
        { title: "Result", narrow: "wrap" }
      ],
      rows: layers.map(layerRow)
    },
    after: layers.flatMap(layerLines)
  };
}
function layerRow(layer) {
  const { digest, bytes, ztoc } = layer;
  return [
    codeSpan(shortDigest(digest)),
    formatBytes(bytes),
    ztoc?.spans === void 0 ? "\u2013" : String(ztoc.spans),
    ztoc?.files === void 0 ? "\u2013" : String(ztoc.files),
    result(layer)
  ];
}
function result(layer) {
  const problems = counting(layer);
  if (problems > 0) return { text: `fail: ${counted(problems, "problem")}`, tone: "bad" };
  if (layer.ztoc === void 0) return `not checked: ${layer.reason ?? "it has no zTOC"}`;
  return { text: "pass", tone: "good" };
}
function layerLines({ digest, problems, moreProblems }) {
  const where = ["Layer ", codeSpan(shortDigest(digest))];
  return [
    ...problems.map((problem) => [...where, `${place(problem)}: ${sentence(problem)}`]),
    ...moreProblems > 0 ? [[...where, `: ${counted(moreProblems, "more problem")}.`]] : []
  ];
}
var place = ({ span, file }) => `${span === void 0 ? "" : `, span ${span}`}${file === void 0 ? "" : ` (${file})`}`;
var sentence = ({ what }) => `${what.charAt(0).toUpperCase()}${what.slice(1)}.`;
export {
  run
};
