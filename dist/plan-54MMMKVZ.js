import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  openNamedImage
} from "./chunk-EYA54JCN.js";
import {
  latestBeside,
  openBaseline
} from "./chunk-H7LAWSFL.js";
import {
  explain,
  layerDelta,
  planRelay
} from "./chunk-V3SHP67Y.js";
import "./chunk-XZYK6QK7.js";
import "./chunk-XCJSANW5.js";
import {
  layerContents,
  terminalDocument
} from "./chunk-RMFX2JOR.js";
import "./chunk-HAYGAELK.js";
import {
  describeImages
} from "./chunk-EMIEZZ4X.js";
import {
  codeSpan,
  counted,
  shortDigest
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
  registryOptions
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
    const usual = usualBaseline(settings.image);
    const baseline = await openBaseline({ named: settings.baseline, usual }, options);
    if (baseline.image) open.defer(() => baseline.image?.source.close());
    else context.notice(`No baseline: ${baseline.missing ?? unnamed}. This is what a first run makes.`);
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
function usualBaseline(image) {
  if (image?.transport !== "docker") return void 0;
  const { tag = "latest", digest } = image.reference;
  return digest === void 0 && tag === "latest" ? void 0 : latestBeside(image.reference);
}
var unnamed = "none is named (run and relayer look for latest beside the place that they write to)";
function platformPlan({ input, before, plan, tree, owners, stacks }, contents, path) {
  return {
    platform: formatPlatform(input.platform),
    layers: plan.layers.map((layer) => {
      if (layer.kind === "new") {
        const { kind, title, reason, nodes, whiteouts, bytes } = layer;
        return { kind, bytes, title, reason, files: nodes.length, whiteouts: whiteouts.length };
      }
      const held = stacks[layer.from][layer.index];
      return {
        kind: layer.kind,
        ...held && { digest: held.layer.descriptor.digest, diffId: held.diffId },
        bytes: held?.bytes ?? 0,
        title: (held && contents.get(held.diffId)) ?? "",
        reason: layer.from === "base" ? "of the base image" : "unchanged since the baseline"
      };
    }),
    asBuilt: input.baseline && layerDelta(input.layers, before).chain,
    cost: {
      delta: Math.round(plan.cost.delta),
      fresh: Math.round(plan.cost.fresh),
      dead: Math.round(plan.cost.dead)
    },
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
function platformSection({ platform, layers, asBuilt, cost }) {
  const dead = cost.dead === 0 ? "" : `, of which no container sees ${formatBytes(cost.dead)}`;
  return {
    title: platform,
    before: [
      ...asBuilt === void 0 ? [] : [
        [
          `By estimate a node with the baseline downloads ${formatBytes(cost.delta)} of layers, `,
          `as built it would be ${formatBytes(asBuilt)}.`
        ]
      ],
      [`One with nothing downloads some ${formatBytes(cost.fresh)}${dead}.`]
    ],
    table: {
      columns: [
        { title: "#", align: "right" },
        { title: "Layer" },
        { title: "Size", align: "right" },
        { title: "What is in it", narrow: "wrap" },
        { title: "Why", narrow: "last" }
      ],
      rows: layers.map(({ digest, title, reason, bytes }, at) => [
        `${at + 1}`,
        digest === void 0 ? "new" : codeSpan(shortDigest(digest)),
        `${digest === void 0 ? "~" : ""}${formatBytes(bytes)}`,
        title || "\u2013",
        reason
      ])
    }
  };
}
export {
  run
};
