import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  BlobCursor,
  contentOf,
  holdSpan
} from "./chunk-UUEHUH7E.js";
import {
  fetchPrefetch,
  fetchZtoc,
  indexProblems
} from "./chunk-PDN64GWR.js";
import {
  openNamedImage
} from "./chunk-EYA54JCN.js";
import {
  disqualify
} from "./chunk-MA4OFCCJ.js";
import {
  differenceFrom,
  findSociIndexes,
  headerStart
} from "./chunk-WEC7RCHK.js";
import {
  readPlatformImages
} from "./chunk-ESUH2VSV.js";
import "./chunk-XCJSANW5.js";
import {
  sociIndexLines,
  terminalDocument
} from "./chunk-RMFX2JOR.js";
import "./chunk-HAYGAELK.js";
import "./chunk-EMIEZZ4X.js";
import {
  codeSpan,
  counted,
  shortDigest as shortDigest2,
  sum
} from "./chunk-PCHBEAKS.js";
import "./chunk-T4TZTXRW.js";
import "./chunk-QOMFPMPL.js";
import {
  headerLength,
  mostHeaderBytes,
  problemsOf,
  whyGoRefuses
} from "./chunk-FEKXO3MT.js";
import "./chunk-5KLYFH7M.js";
import {
  windowBytes
} from "./chunk-WSWMSC73.js";
import {
  TarScanner
} from "./chunk-QFWJVSNV.js";
import {
  interruptible
} from "./chunk-5UY46ZQ3.js";
import "./chunk-NSLFNWD3.js";
import {
  collect
} from "./chunk-5A45ZFB5.js";
import {
  formatBytes,
  formatPlatform,
  platformMatches,
  splitPlatform
} from "./chunk-GQUP2JUB.js";
import "./chunk-6YJR5GCO.js";
import "./chunk-472U6O6R.js";
import "./chunk-NVMCYYRY.js";
import "./chunk-HXSIVDWK.js";
import "./chunk-RI4IMNUK.js";
import {
  digestAlgorithm,
  digestFrom,
  shortDigest
} from "./chunk-RJ5NUFKW.js";
import "./chunk-THYTPSF7.js";
import {
  PullBudgetError,
  exitCodes
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
async function checkContent(span, held, { ztoc, tar, findings }) {
  const where = `span ${span.id}`;
  const { algorithm } = ztoc;
  const isPlain = algorithm === "uncompressed";
  const isLast = span.id === ztoc.spans.length - 1;
  const length = isLast ? Number.POSITIVE_INFINITY : span.outEnd - span.outStart;
  const inflated = (window2) => contentOf(held, { algorithm, bits: span.bits, window: window2, length }, where);
  let window = isPlain ? new Uint8Array(0) : ztoc.window(span.id);
  const before = isPlain ? void 0 : tar.window;
  if (before && !before.equals(window) && await differ(inflated(window), inflated(before))) {
    findings.addSpan(ztoc, span, `Its window is not the ${windowBytes} bytes of the tar before it`);
    window = before;
  }
  const problem = await passOn(inflated(window), tar);
  if (problem) findings.addSpan(ztoc, span, problem.what);
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
  const without = isIndexed ? "not in the index, nodes fetch it whole" : "there is no index";
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
  const task = progress.start(`layer ${shortDigest(layer.digest)}`, layer.size);
  try {
    const blob = source.readBlob(layer, { start: 0, end: layer.size });
    yield* interruptible(blob, signal, (bytes) => task.advance(bytes));
  } finally {
    task.done();
  }
}

// src/cli/verify.ts
async function run(call) {
  const { settings, context, output } = call;
  const image = await openNamedImage(call);
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
      platformsWithoutIndex: withoutIndex(platforms),
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
  const lazily = `${counted(distinct, "layer")} can be loaded lazily`;
  return {
    headline: problems === 0 ? { text: `pull-budget: pass, ${lazily}${wholeText(withoutIndex(platforms))}`, tone: "good" } : { text: `pull-budget: fail, ${counted(problems, "problem")}`, tone: "bad" },
    about: [[codeSpan(name), " is ", codeSpan(descriptor.digest), "."]],
    sections: platforms.map(platformSection)
  };
}
var withoutIndex = (platforms) => platforms.filter(({ v1, v2 }) => v1 === void 0 && v2 === void 0).map(({ platform }) => platform);
function wholeText(platforms) {
  if (platforms.length === 0) return "";
  const what = platforms.length === 1 ? "has no SOCI index: nodes pull it" : "have no SOCI index: nodes pull them";
  return `; ${platforms.join(", ")} ${what} whole`;
}
var problemsOf2 = (verdict) => counting(verdict) + sum(verdict.layers.map(counting));
var counting = ({ problems, moreProblems }) => problems.length + moreProblems;
function platformSection(verdict) {
  const { platform, image, problems, moreProblems, layers } = verdict;
  const indexes = sociIndexLines(verdict);
  return {
    title: platform,
    before: [
      ["Image ", codeSpan(image), "."],
      ...indexes.length > 0 || problems.length > 0 ? indexes : [["No SOCI index."]],
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
    codeSpan(shortDigest2(digest)),
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
  const where = ["Layer ", codeSpan(shortDigest2(digest))];
  return [
    ...problems.map((problem) => [...where, `${place(problem)}: ${sentence(problem)}`]),
    ...moreProblems > 0 ? [[...where, `: ${counted(moreProblems, "more problem")}.`]] : []
  ];
}
var place = ({ span, file }) => `${span === void 0 ? "" : `, span ${span}`}${file === void 0 ? "" : ` (${file})`}`;
var sentence = ({ what }) => `${what.replace(/^[a-z]+(?=[ ,])/, (word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`)}.`;
export {
  run
};
