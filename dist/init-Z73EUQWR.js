import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  describeNamed
} from "./chunk-EYA54JCN.js";
import {
  defaultSettingsPath
} from "./chunk-NW7GMB74.js";
import {
  writeText
} from "./chunk-FGBMJE7B.js";
import {
  formatBudget
} from "./chunk-3NMGQWLO.js";
import "./chunk-DUQ5MCTD.js";
import "./chunk-GZJNCIHF.js";
import "./chunk-RMFX2JOR.js";
import "./chunk-HAYGAELK.js";
import "./chunk-EMIEZZ4X.js";
import {
  imageBytes,
  imageUnpackedBytes
} from "./chunk-PCHBEAKS.js";
import "./chunk-T4TZTXRW.js";
import "./chunk-NSLFNWD3.js";
import "./chunk-5A45ZFB5.js";
import {
  formatBytes
} from "./chunk-GQUP2JUB.js";
import {
  formatReference
} from "./chunk-6YJR5GCO.js";
import "./chunk-472U6O6R.js";
import "./chunk-NVMCYYRY.js";
import "./chunk-HXSIVDWK.js";
import "./chunk-RI4IMNUK.js";
import "./chunk-RJ5NUFKW.js";
import "./chunk-THYTPSF7.js";
import {
  inputError
} from "./chunk-4J2PJRUG.js";
import "./chunk-CLVFFHSH.js";

// src/cli/init.ts
import { access } from "node:fs/promises";

// src/stages/gate/propose.ts
var room = 1.1;
function proposeBudgets({ platforms }) {
  const largest = (values) => Math.max(0, ...values);
  const size = largest(platforms.map(imageBytes));
  const layers = largest(platforms.map((each) => each.layers.length));
  const layerSize = largest(platforms.flatMap((each) => each.layers.map((layer) => layer.bytes)));
  const unpacked = platforms.map(imageUnpackedBytes);
  const isUnpackedKnown = unpacked.every((bytes) => bytes !== void 0);
  return inColumns([
    line("size", roundUp(size * room), `today ${formatBytes(size)}: what a fresh node downloads`),
    ...isUnpackedKnown ? [line("unpacked", roundUp(largest(unpacked) * room), `today ${formatBytes(largest(unpacked))}`)] : [],
    line("layer-size", roundUp(layerSize * room), `today ${formatBytes(layerSize)} the largest layer`),
    line("layers", Math.ceil(layers * 11 / 10), `today ${layers}`),
    grows("size", 5, 1e7, "fails only what grows by more than both"),
    line("delta", roundUp(size / 4), "what a node downloads that has the last release", "warn")
  ]);
}
function line(metric, value, comment, severity = "fail") {
  return [formatBudget({ severity, metric, selector: {}, limit: { kind: "absolute", value } }), comment];
}
function grows(metric, percent, absolute, comment) {
  const limit = { kind: "relative", percent, absolute };
  return [formatBudget({ severity: "fail", metric, selector: {}, limit }), comment];
}
function inColumns(lines) {
  const width = Math.max(...lines.map(([text]) => text.length));
  return lines.map(([text, comment]) => `${text.padEnd(width)}  # ${comment}`);
}
function roundUp(bytes) {
  if (bytes < 10) return Math.ceil(bytes);
  const step = 10 ** (Math.floor(Math.log10(bytes)) - 1);
  return Math.ceil(Number((bytes / step).toPrecision(12))) * step;
}

// src/cli/init.ts
var workflowPath = ".github/workflows/pull-budget.yml";
async function run(call) {
  const { settings, flags, output } = call;
  const report = await describeNamed(call);
  const budgets = proposeBudgets(report.image);
  const name = settings.image;
  const { baseline, target } = places(name);
  const files = [
    { path: defaultSettingsPath, content: settingsFile(budgets) },
    { path: workflowPath, content: workflow(baseline, target) }
  ];
  if (!flags.force) await refuseExisting(files.map(({ path }) => path));
  for (const { path, content } of files) await writeText(path, content, flags.force ? "w" : "wx");
  output.show(
    { files: files.map(({ path }) => path), budgets },
    () => [
      `Wrote ${defaultSettingsPath}: budgets that ${report.image.name} meets today, with room to grow.`,
      ...budgets.map((budget) => `  ${budget}`),
      `Wrote ${workflowPath}: builds, pushes and holds each pull request against them.`,
      "Next: look through both, commit them, and open a pull request.",
      `Budgets against the baseline pass until ${baseline} is there: push it from your main branch.`,
      ""
    ].join("\n")
  );
  return 0;
}
async function refuseExisting(paths) {
  for (const path of paths) {
    const isThere = await access(path).then(
      () => true,
      () => false
    );
    if (!isThere) continue;
    throw inputError("file-exists", `${path} is there already`, { hint: "Add --force to overwrite it." });
  }
}
function places(name) {
  const own = `ghcr.io/\${{ github.repository }}`;
  if (name.transport !== "docker") return { baseline: `${own}:latest`, target: own };
  const { host, repository, digest } = name.reference;
  const target = host === "ghcr.io" ? formatReference({ host, repository }) : own;
  const baseline = digest === void 0 ? formatReference(name.reference) : `${target}:latest`;
  return { baseline, target };
}
function settingsFile(budgets) {
  return `# What the image may cost to pull. Every key: docs/reference.md of pull-budget.
budgets: |
${budgets.map((budget) => `  ${budget}`).join("\n")}
`;
}
function workflow(baseline, target) {
  return `name: image
on: [pull_request]

permissions:
  contents: read
  packages: write

jobs:
  image:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v7
      - uses: docker/setup-buildx-action@v3
      - uses: docker/login-action@v3
        with:
          registry: ghcr.io
          username: \${{ github.actor }}
          password: \${{ github.token }}

      - uses: docker/build-push-action@v6
        with:
          outputs: type=oci,dest=image,tar=false

      - uses: pull-budget/pull-budget@v0
        with:
          image: oci:image
          push: true
          # A registry's names are lower case: write yours out where the repository's is not.
          tags: ${target}:pr-\${{ github.event.number }}
          baseline: ${baseline}
`;
}
export {
  run
};
