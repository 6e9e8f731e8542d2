import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  onePlatformImage
} from "./chunk-5GZNCOWN.js";
import {
  LayerShelf,
  describeDifference,
  differences,
  mergeLayers,
  scanWith,
  treeDigest
} from "./chunk-V3SHP67Y.js";
import {
  LayerIndexer,
  makeScratchFolder,
  removeFolder
} from "./chunk-XZYK6QK7.js";
import "./chunk-ESUH2VSV.js";
import "./chunk-XCJSANW5.js";
import {
  terminalDocument
} from "./chunk-RMFX2JOR.js";
import "./chunk-HAYGAELK.js";
import {
  codeSpan,
  counted
} from "./chunk-PCHBEAKS.js";
import "./chunk-T4TZTXRW.js";
import "./chunk-PRT3IF5T.js";
import "./chunk-QOMFPMPL.js";
import "./chunk-QAO53BFA.js";
import "./chunk-FEKXO3MT.js";
import "./chunk-5KLYFH7M.js";
import "./chunk-WSWMSC73.js";
import "./chunk-KE4MHNEF.js";
import "./chunk-Z4T7WJWK.js";
import "./chunk-QFWJVSNV.js";
import "./chunk-5UY46ZQ3.js";
import {
  openImage,
  registryOptions
} from "./chunk-NSLFNWD3.js";
import "./chunk-5A45ZFB5.js";
import {
  parseImageName
} from "./chunk-GQUP2JUB.js";
import "./chunk-6YJR5GCO.js";
import "./chunk-472U6O6R.js";
import "./chunk-NVMCYYRY.js";
import "./chunk-HXSIVDWK.js";
import "./chunk-RI4IMNUK.js";
import "./chunk-RJ5NUFKW.js";
import "./chunk-THYTPSF7.js";
import {
  exitCodes
} from "./chunk-4J2PJRUG.js";
import {
  __callDispose,
  __using
} from "./chunk-CLVFFHSH.js";

// src/stages/relayer/compare-images.ts
async function compareImages(request) {
  const { a, b, policy, names, most, scan, scratch, progress, signal } = request;
  const folder = await makeScratchFolder(scratch, "relayer");
  try {
    var _stack = [];
    try {
      const shelf = __using(_stack, new LayerShelf({ folder, scan, progress, signal, keepsBlobs: false }), true);
      const [left, right] = await Promise.all([treeOf(a, shelf), treeOf(b, shelf)]);
      const lines = [];
      let count = 0;
      for (const difference of differences(left, right, policy)) {
        if (count++ < most) lines.push(describeDifference(left, right, difference, names));
      }
      const digests = { a: treeDigest(left, policy), b: treeDigest(right, policy) };
      return { ...digests, isSame: count === 0, count, lines };
    } catch (_) {
      var _error = _, _hasError = true;
    } finally {
      var _promise = __callDispose(_stack, _error, _hasError);
      _promise && await _promise;
    }
  } finally {
    await removeFolder(folder);
  }
}
async function treeOf({ source, layers }, shelf) {
  const shelved = await Promise.all(layers.map((layer) => shelf.take(layer, source)));
  return mergeLayers(
    shelved.map(({ table }) => table),
    (at) => `layer ${layers[at]?.descriptor.digest}`
  );
}

// src/pipeline/compare.ts
async function compare(images, settings, { progress, signal }) {
  var _stack = [];
  try {
    const indexer = __using(_stack, new LayerIndexer({ module: scanWith }), true);
    return await compareImages({
      ...images,
      scan: async (layer, open, file, until) => {
        const { found } = await indexer.indexAlong(
          { layer, open, file, spanBytes: settings.spanSize, ratioLimit: settings.unpackRatioLimit },
          until
        );
        return { found, checkpoints: void 0 };
      },
      scratch: settings.scratch,
      progress,
      signal
    });
  } catch (_) {
    var _error = _, _hasError = true;
  } finally {
    var _promise = __callDispose(_stack, _error, _hasError);
    _promise && await _promise;
  }
}

// src/cli/compare.ts
var mostLines = 100;
async function run(call) {
  var _stack = [];
  try {
    const { settings, positionals, flags, context, output } = call;
    const options = registryOptions(settings, context);
    const open = __using(_stack, new AsyncDisposableStack(), true);
    const opened = async (name) => {
      const image = await openImage(parseImageName(name), options);
      open.defer(() => image.source.close());
      return image;
    };
    const [a, b] = [await opened(positionals.A ?? ""), await opened(positionals.B ?? "")];
    const imageOf = async ({ source, descriptor }) => {
      const { layers } = await onePlatformImage(
        source,
        await source.readManifest(descriptor),
        settings.platforms
      );
      return { source, layers };
    };
    const result = await context.phase(
      `Compare ${a.name} and ${b.name}`,
      async () => compare(
        {
          a: await imageOf(a),
          b: await imageOf(b),
          policy: { mtime: flags.mtimes ? "compared" : "ignored" },
          names: { a: "A", b: "B" },
          most: mostLines
        },
        settings,
        context
      )
    );
    const { isSame, count, lines } = result;
    const document = {
      a: { name: a.name, digest: a.descriptor.digest, tree: result.a },
      b: { name: b.name, digest: b.descriptor.digest, tree: result.b },
      verdict: isSame ? "same" : "different",
      differences: count,
      first: lines
    };
    output.show(document, () => terminalDocument(documentOf([a, b], result), output));
    return isSame ? exitCodes.pass : exitCodes.budgetFailed;
  } catch (_) {
    var _error = _, _hasError = true;
  } finally {
    var _promise = __callDispose(_stack, _error, _hasError);
    _promise && await _promise;
  }
}
function documentOf([a, b], result) {
  const left = result.count - result.lines.length;
  return {
    headline: result.isSame ? { text: "The same files to a container", tone: "good" } : {
      text: `${counted(result.count, "path")} ${result.count === 1 ? "differs" : "differ"}`,
      tone: "bad"
    },
    about: [
      ["A is ", codeSpan(a.name), ", tree ", codeSpan(result.a)],
      ["B is ", codeSpan(b.name), ", tree ", codeSpan(result.b)],
      ...result.lines.map((line) => [line]),
      ...left > 0 ? [[`And ${left} more.`]] : []
    ],
    sections: []
  };
}
export {
  run
};
