import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  openNamedImage
} from "./chunk-2WQNWOHS.js";
import {
  openBaseline
} from "./chunk-WXBEGWQY.js";
import {
  explain,
  planRelay
} from "./chunk-EOLAR2RC.js";
import "./chunk-YPPYGGO3.js";
import "./chunk-XCJSANW5.js";
import {
  layerContents,
  terminalDocument
} from "./chunk-DXHZQFJJ.js";
import "./chunk-HAYGAELK.js";
import {
  describeImages
} from "./chunk-HMZCY5NL.js";
import "./chunk-2EE6YG22.js";
import {
  codeSpan,
  counted
} from "./chunk-PCHBEAKS.js";
import "./chunk-T4TZTXRW.js";
import "./chunk-3OA2AHLW.js";
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
  registryOptions
} from "./chunk-XCGO4SL7.js";
import "./chunk-5A45ZFB5.js";
import {
  formatBytes,
  formatPlatform
} from "./chunk-GQUP2JUB.js";
import "./chunk-6YJR5GCO.js";
import "./chunk-472U6O6R.js";
import "./chunk-NVMCYYRY.js";
import "./chunk-HXSIVDWK.js";
import "./chunk-RI4IMNUK.js";
import "./chunk-RJ5NUFKW.js";
import "./chunk-THYTPSF7.js";
import "./chunk-4J2PJRUG.js";
import {
  __callDispose,
  __using
} from "./chunk-CLVFFHSH.js";

// src/cli/plan.ts
async function run(call) {
  var _stack = [];
  try {
    const { settings, flags, context, output } = call;
    const options = registryOptions(settings, context);
    const open = __using(_stack, new AsyncDisposableStack(), true);
    const image = await openNamedImage(call);
    open.defer(() => image.source.close());
    const baseline = await openBaseline({ named: settings.baseline, usual: void 0 }, options);
    if (baseline.image) open.defer(() => baseline.image?.source.close());
    if (baseline.missing) context.notice(`No baseline: ${baseline.missing}. This is what a first run makes.`);
    const input = { image, baseline: baseline.image, settings, options, context };
    const facts = await describeImages(image, baseline.image, settings.platforms);
    const contents = layerContents([facts.image, ...facts.baseline ? [facts.baseline] : []]);
    const platforms = await planRelay(
      input,
      (planned) => planned.map((one) => platformPlan(one, contents, flags.explain))
    );
    const result = { image: image.name, digest: image.descriptor.digest, platforms };
    output.show(result, () => terminalDocument(documentOf(image.name, platforms), output));
    return 0;
  } catch (_) {
    var _error = _, _hasError = true;
  } finally {
    var _promise = __callDispose(_stack, _error, _hasError);
    _promise && await _promise;
  }
}
function platformPlan({ input, plan, tree, owners, stacks }, contents, path) {
  return {
    platform: formatPlatform(input.platform),
    layers: plan.layers.map((layer) => {
      if (layer.kind === "new") {
        const { kind, title, reason, nodes, whiteouts } = layer;
        return { kind, title, reason, files: nodes.length, whiteouts: whiteouts.length };
      }
      const held = stacks[layer.from][layer.index];
      return {
        kind: layer.kind,
        ...held && { diffId: held.diffId, bytes: held.bytes },
        title: (held && contents.get(held.diffId)) ?? "",
        reason: layer.from === "base" ? "of the base image" : "unchanged since the baseline"
      };
    }),
    cost: plan.cost,
    explained: path === void 0 ? [] : [explain(plan, tree, owners, Buffer.from(path.split("/").filter(Boolean).join("/")))]
  };
}
function documentOf(image, platforms) {
  return {
    headline: { text: `${image}: ${counted(platforms[0]?.layers.length ?? 0, "layer")}` },
    about: platforms.flatMap(({ explained }) => explained.map((text) => [text])),
    sections: platforms.map(platformSection)
  };
}
function platformSection({ platform, layers, cost }) {
  return {
    title: platform,
    before: [
      [
        `By estimate a node with the baseline downloads ${formatBytes(cost.delta)}, one with nothing ${formatBytes(cost.fresh)}, `,
        `of which no container sees ${formatBytes(cost.dead)}.`
      ]
    ],
    table: {
      columns: [
        { title: "#", align: "right" },
        { title: "Layer" },
        { title: "Entries", align: "right" },
        { title: "Removed", align: "right" },
        { title: "What is in it", narrow: "wrap" },
        { title: "Why", narrow: "last" }
      ],
      rows: layers.map(({ diffId, files, whiteouts, title, reason, bytes }, at) => [
        `${at + 1}`,
        diffId === void 0 ? "new" : codeSpan(`${diffId.slice(7, 19)} ${formatBytes(bytes ?? 0)}`),
        files === void 0 ? "\u2013" : `${files}`,
        whiteouts === void 0 || whiteouts === 0 ? "\u2013" : `${whiteouts}`,
        title || "\u2013",
        reason
      ])
    }
  };
}
export {
  run
};
