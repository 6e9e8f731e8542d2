import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  onePlatformImage
} from "./chunk-5GZNCOWN.js";
import {
  BlobCursor,
  contentOf,
  holdSpan
} from "./chunk-UUEHUH7E.js";
import {
  fetchZtoc
} from "./chunk-PDN64GWR.js";
import {
  openNamedImage
} from "./chunk-EYA54JCN.js";
import {
  HeaderReader,
  differenceFrom,
  findSociIndexes,
  headerStart,
  lookUp
} from "./chunk-WEC7RCHK.js";
import "./chunk-ESUH2VSV.js";
import "./chunk-XCJSANW5.js";
import "./chunk-EMIEZZ4X.js";
import {
  shortDigest
} from "./chunk-PCHBEAKS.js";
import {
  plain
} from "./chunk-T4TZTXRW.js";
import "./chunk-QOMFPMPL.js";
import "./chunk-5KLYFH7M.js";
import {
  entryTypeOf
} from "./chunk-WSWMSC73.js";
import {
  readLayer
} from "./chunk-Z4T7WJWK.js";
import "./chunk-QFWJVSNV.js";
import {
  openSpool
} from "./chunk-NSLFNWD3.js";
import "./chunk-5A45ZFB5.js";
import {
  formatBytes,
  formatPlatform
} from "./chunk-GQUP2JUB.js";
import "./chunk-6YJR5GCO.js";
import "./chunk-472U6O6R.js";
import "./chunk-NVMCYYRY.js";
import "./chunk-HXSIVDWK.js";
import {
  readAt
} from "./chunk-RI4IMNUK.js";
import {
  digestFrom
} from "./chunk-RJ5NUFKW.js";
import {
  explainIo
} from "./chunk-THYTPSF7.js";
import {
  inputError
} from "./chunk-4J2PJRUG.js";
import {
  __callDispose,
  __using
} from "./chunk-CLVFFHSH.js";

// src/cli/cat.ts
import { createHash } from "node:crypto";

// src/stages/soci/open-file.ts
import { writeSync } from "node:fs";

// src/stages/soci/reader.ts
var mostHeaderBytes = 4 * 1024 * 1024;
async function* readFile(layer, at) {
  const { ztoc } = layer;
  const entry = ztoc.entry(at);
  const start = headerStart(ztoc, at);
  const name = JSON.stringify(entry.name.toString());
  const where = `${whereOf(layer)}: ${name}`;
  const length = entry.offset - start;
  if (entry.type !== "reg" || length <= 0 || length > mostHeaderBytes || entry.size < 0) {
    throw badZtoc(`${whereOf(layer)}: its zTOC has no file ${name} that can be read`);
  }
  const header = new HeaderReader(length, where);
  let isChecked = false;
  for await (const chunk of readTar(layer, { start, end: entry.offset + entry.size })) {
    const data = header.push(chunk);
    if (!isChecked && header.isWhole) {
      const difference = header.entry ? differenceFrom(header.entry, entry) : "header";
      if (difference !== void 0) throw headerMismatch(where, difference);
      isChecked = true;
    }
    if (data.byteLength > 0) yield data;
  }
}
async function* readTar(layer, { start, end }) {
  var _stack2 = [];
  try {
    if (start >= end) return;
    const where = whereOf(layer);
    const spans = spansOf(layer, start, end);
    const { ztoc, source, descriptor } = layer;
    const range = { start: spans[0].start, end: spans.at(-1).end };
    layer.onFetch?.(spans.length, range.end - range.start);
    const blob = __using(_stack2, new BlobCursor(source.readBlob(descriptor, range), range.start), true);
    for (const span of spans) {
      var _stack = [];
      try {
        const whereSpan = `${where}: span ${span.id}`;
        const held = __using(_stack, await holdSpan(blob, span), true);
        if (held.digest !== span.digest) throw spanMismatch(whereSpan, span, held.digest);
        const until = Math.min(span.outEnd, end);
        const content = {
          algorithm: ztoc.algorithm,
          bits: span.bits,
          window: ztoc.algorithm === "gzip" ? ztoc.window(span.id) : new Uint8Array(0),
          length: until - span.outStart
        };
        let at = span.outStart;
        for await (const chunk of contentOf(held, content, whereSpan)) {
          const piece = chunk.subarray(Math.max(0, start - at), Math.max(0, until - at));
          at += chunk.byteLength;
          if (piece.byteLength > 0) yield piece;
        }
        if (at < until) throw badZtoc(`${whereSpan} holds ${until - at} bytes less than its zTOC says`);
      } catch (_) {
        var _error = _, _hasError = true;
      } finally {
        var _promise = __callDispose(_stack, _error, _hasError);
        _promise && await _promise;
      }
    }
  } catch (_2) {
    var _error2 = _2, _hasError2 = true;
  } finally {
    var _promise2 = __callDispose(_stack2, _error2, _hasError2);
    _promise2 && await _promise2;
  }
}
function spansOf(layer, start, end) {
  const { spans } = layer.ztoc;
  const first = spans.findIndex((span) => span.outEnd > start);
  const last = spans.findLastIndex((span) => span.outStart < end);
  const found = first < 0 ? [] : spans.slice(first, last + 1);
  const isSound = found.every(
    (span, at) => span.start < span.end && span.outStart <= span.outEnd && span.outStart === (found[at - 1]?.outEnd ?? span.outStart)
  );
  if (isSound && (found[0]?.outStart ?? end) <= start && (found.at(-1)?.outEnd ?? 0) >= end) return found;
  throw badZtoc(`${whereOf(layer)}: the spans of its zTOC do not hold bytes ${start} to ${end}`);
}
var whereOf = ({ source, descriptor }) => `${source.location}: layer ${descriptor.digest}`;
var hint = 'Run "pull-budget verify" on the image: where it fails, index the image again; where it passes, the bytes were damaged on their way.';
function spanMismatch(where, span, digest) {
  return inputError("span-mismatch", `${where}: its bytes are ${digest}, its zTOC says ${span.digest}`, {
    hint
  });
}
function headerMismatch(where, what) {
  return inputError("header-mismatch", `${plain(where)}: its ${what} is not what the layer's tar says`, {
    hint: "A node that loads the image lazily fails to read the file (EIO): index the image again."
  });
}
function badZtoc(what) {
  return inputError("bad-ztoc", plain(what), { hint });
}

// src/stages/soci/open-file.ts
async function openFile(request) {
  const { source, image, index, path } = request;
  const ztocs = new Map(index.layers.map(({ layer, ztoc }) => [layer, ztoc]));
  const layers = image.layers.map((layer) => {
    const ztoc = ztocs.get(layer.descriptor.digest);
    return ztoc ? lazyLayer(source, layer.descriptor, ztoc) : wholeLayer(request, layer);
  });
  const found = await lookUp(
    Buffer.from(path),
    layers.map((layer) => layer.list)
  );
  const where = `${source.location} (${formatPlatform(image.platform)})`;
  if (found.kind !== "file") throw failure(found, path, where);
  if (/\/\.?$/.test(path)) {
    throw inputError("not-a-file", plain(`${JSON.stringify(path)} is not a directory in ${where}`), {
      hint: "Leave out the slash at the end: it is a file."
    });
  }
  const opened = layers[found.place.layer];
  return {
    path: found.path,
    layer: opened.descriptor,
    spans: opened.spans(),
    fetched: opened.fetched,
    read: () => opened.read(found.place.at)
  };
}
function lazyLayer(source, descriptor, from) {
  const fetched = { spans: 0, bytes: 0 };
  let ztoc;
  const open = async () => ztoc ??= await fetchZtoc(source, from, descriptor);
  return {
    descriptor,
    fetched,
    spans: () => ztoc?.spans.length,
    list: async () => {
      const opened = await open();
      return { count: opened.entryCount, entry: (at) => opened.entry(at) };
    },
    async *read(at) {
      const onFetch = (spans, bytes) => {
        fetched.spans += spans;
        fetched.bytes += bytes;
      };
      yield* readFile({ source, descriptor, ztoc: await open(), onFetch }, at);
    }
  };
}
function wholeLayer({ source, ratioLimit, onWhole }, layer) {
  const fetched = { spans: 0, bytes: 0 };
  let entries;
  const pass = async (subscriber) => {
    fetched.bytes += layer.descriptor.size;
    await readLayer(source.readBlob(layer.descriptor), layer, { ratioLimit, subscribers: [subscriber] });
  };
  const list = async () => {
    const listed = [];
    onWhole?.(layer.descriptor);
    await pass({ entry: (entry) => void listed.push(listedEntry(entry)) });
    return listed;
  };
  return {
    descriptor: layer.descriptor,
    fetched,
    spans: () => void 0,
    list: async () => {
      entries ??= list();
      const listed = await entries;
      return { count: listed.length, entry: (at) => listed[at] };
    },
    async *read(wanted) {
      const { file, path } = await openSpool();
      try {
        let at = -1;
        let size = 0;
        const write = (part) => {
          for (let done = 0; done < part.byteLength; ) done += writeSync(file.fd, part, done);
        };
        await pass({
          entry: () => void at++,
          data: (part) => {
            if (at !== wanted) return;
            try {
              write(part);
            } catch (cause) {
              throw explainIo(cause, path);
            }
            size += part.byteLength;
          }
        });
        yield* readAt(file, 0, size, path);
      } finally {
        await file.close();
      }
    }
  };
}
function listedEntry({ kind, sparseSize, name, linkname }) {
  return { name, type: sparseSize === void 0 ? entryTypeOf[kind] ?? kind : "sparse", linkname };
}
var called = {
  char: "a device",
  block: "a device",
  fifo: "a pipe",
  sparse: "a sparse file, whose bytes do not lie in the layer as they are"
};
function failure(found, path, where) {
  const asked = JSON.stringify(path);
  const target = "path" in found ? JSON.stringify(found.path.toString()) : "";
  const wanted = JSON.stringify(`/${path.split("/").filter(Boolean).join("/")}`);
  const leads = target === "" || target === wanted ? "" : `, which leads to ${target},`;
  switch (found.kind) {
    case "absent":
      return inputError(
        "no-such-file",
        plain(`${where} has no file ${asked}${leads && ` (it leads to ${target})`}`),
        {
          hint: "Paths are those that a container sees, from its root on, and case matters."
        }
      );
    case "directory":
      return inputError("not-a-file", plain(`${asked}${leads} is a directory in ${where}`), {
        hint: "Name a file in it."
      });
    case "special":
      return inputError(
        "not-a-file",
        plain(`${asked}${leads} is ${called[found.type] ?? "no file"} in ${where}`),
        {
          hint: "Only regular files can be read."
        }
      );
    case "endless":
      return inputError("too-many-links", plain(`${asked} leads through too many links in ${where}`), {
        hint: "Links that lead to each other have no end: look at them with a container of the image."
      });
  }
}

// src/cli/cat.ts
async function run(call, { stdout, stderr } = process) {
  const { positionals, flags, context, output } = call;
  const image = await openNamedImage(call);
  try {
    const { file, platform } = await find(image, call, positionals.PATH ?? "");
    const hash = createHash("sha256");
    let bytes = 0;
    const content = async function* () {
      for await (const chunk of file.read()) {
        context.signal.throwIfAborted();
        bytes += chunk.byteLength;
        if (flags.json) hash.update(chunk);
        yield chunk;
      }
    };
    if (!flags.json) {
      await writeAll(content(), stdout);
      const line = summary(file);
      if (stderr.isTTY && line !== void 0) context.notice(line);
      return 0;
    }
    for await (const _ of content()) ;
    const { layer, spans, fetched } = file;
    const document = {
      image: image.name,
      platform,
      path: file.path.toString(),
      bytes,
      digest: digestFrom(hash),
      layer: layer.digest,
      layerBytes: layer.size,
      ...spans === void 0 ? {} : { spans, fetchedSpans: fetched.spans },
      fetchedBytes: fetched.bytes
    };
    output.show(document, () => "");
    return 0;
  } finally {
    await image.source.close();
  }
}
async function find({ name, source, descriptor }, { settings, context }, path) {
  const top = await source.readManifest(descriptor);
  const image = await onePlatformImage(source, top, settings.platforms);
  const platform = formatPlatform(image.platform);
  const { v1, v2, complaints } = await findSociIndexes(source, image.manifest, top);
  const index = (v2 ?? v1)?.index;
  if (index === void 0) throw noIndex(`${name} (${platform})`, complaints);
  return { file: await openFrom({ source, image, index, path, settings, context }), platform };
}
function openFrom(found) {
  const { settings, context, ...request } = found;
  const onWhole = ({ digest, size }) => context.notice(
    `Layer ${shortDigest(digest)} (${formatBytes(size)}) has no zTOC: all of it is read to see what is in it.`
  );
  return openFile({ ...request, ratioLimit: settings.unpackRatioLimit, onWhole });
}
function noIndex(where, complaints) {
  const why = complaints.length === 0 ? "" : `: ${complaints.join(" ")}`;
  return inputError("no-soci-index", `${where} has no SOCI index to read it by${why}`, {
    hint: 'Make one with "pull-budget index IMAGE", or name the image that has one: often its tag ends in -soci.'
  });
}
async function writeAll(bytes, stdout) {
  try {
    for await (const chunk of bytes) {
      await new Promise((resolve, reject) => {
        stdout.write(chunk, (error) => error ? reject(error) : resolve());
      });
    }
  } catch (error) {
    if (error.code !== "EPIPE") throw error;
  }
}
function summary({ layer, spans, fetched }) {
  if (spans === void 0) return void 0;
  const which = `layer ${shortDigest(layer.digest)} (${formatBytes(layer.size)})`;
  return `Fetched ${fetched.spans} of ${spans} spans, ${formatBytes(fetched.bytes)}, of ${which}.`;
}
export {
  run
};
