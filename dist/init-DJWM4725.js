import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  defaultSettingsPath
} from "./chunk-VQFH2DJM.js";
import {
  writeText
} from "./chunk-OTKQDYIK.js";
import {
  formatBudget
} from "./chunk-XLRK3ZB4.js";
import "./chunk-6CEOK2CX.js";
import {
  describeNamed
} from "./chunk-KPMCUEIA.js";
import {
  imageBytes,
  imageUnpackedBytes,
  median
} from "./chunk-GHJGDVU5.js";
import "./chunk-BKPD4W6V.js";
import "./chunk-YYJTILCM.js";
import "./chunk-5FFPK4XH.js";
import {
  formatBytes,
  formatImageName,
  formatSeconds
} from "./chunk-73Y3ZFCL.js";
import "./chunk-ZNG7KDUI.js";
import "./chunk-472U6O6R.js";
import "./chunk-NVMCYYRY.js";
import "./chunk-YXVM6LCJ.js";
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
var room = { image: 1.1, time: 1.25 };
function proposeBudgets(image, samples = []) {
  const { platforms } = image;
  const largest = (values) => Math.max(0, ...values);
  const size = largest(platforms.map(imageBytes));
  const layers = largest(platforms.map((each) => each.layers.length));
  const layerSize = largest(platforms.flatMap((each) => each.layers.map((layer) => layer.bytes)));
  const unpacked = platforms.map(imageUnpackedBytes);
  const isUnpackedKnown = unpacked.every((bytes) => bytes !== void 0);
  const pulls = samples.filter((sample) => sample.subject === "image" && sample.holds === "nothing").map((sample) => sample.pullSeconds);
  return inColumns([
    line("size", roundUp(size * room.image), `today ${formatBytes(size)}: what a fresh node downloads`),
    ...isUnpackedKnown ? [line("unpacked", roundUp(largest(unpacked) * room.image), `today ${formatBytes(largest(unpacked))}`)] : [],
    line("layer-size", roundUp(layerSize * room.image), `today ${formatBytes(layerSize)} the largest layer`),
    line("layers", Math.ceil(layers * 11 / 10), `today ${layers}`),
    grows("size", 5, 1e7, "fails only what grows by more than both"),
    line("delta", roundUp(size / 4), "what a node downloads that has the last release", "warn"),
    ...pulls.length > 0 ? [
      line(
        "pull-time",
        roundUp(largest(pulls) * room.time),
        `today ${formatSeconds(median(pulls))}, the median`
      ),
      grows("pull-time", 10, 2, "measured side by side on one machine")
    ] : []
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
function roundUp(value) {
  if (value <= 0) return 0;
  const exponent = Math.floor(Math.log10(value)) - 1;
  const steps = (count) => Math.ceil(Number(count.toPrecision(12)));
  return exponent < 0 ? steps(value * 10 ** -exponent) / 10 ** -exponent : steps(value / 10 ** exponent) * 10 ** exponent;
}

// src/cli/init.ts
var workflowPath = ".github/workflows/pull-budget.yml";
async function run(call) {
  const { settings, flags, output } = call;
  const report = await describeNamed(call);
  const budgets = proposeBudgets(report.image);
  const name = settings.image;
  const files = [
    { path: defaultSettingsPath, content: settingsFile(name, budgets) },
    { path: workflowPath, content: workflow(name) }
  ];
  if (!flags.force) await refuseExisting(files.map(({ path }) => path));
  for (const { path, content } of files) await writeText(path, content, flags.force ? "w" : "wx");
  output.show(
    { files: files.map(({ path }) => path), budgets },
    () => [
      `Wrote ${defaultSettingsPath}: budgets that ${report.image.name} meets today, with room to grow.`,
      ...budgets.map((budget) => `  ${budget}`),
      `Wrote ${workflowPath}: holds each pull request against them.`,
      "Look through both, then commit them.",
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
function settingsFile(name, budgets) {
  const inRegistry = name.transport === "docker" && name.reference.digest === void 0;
  return `# What the image may cost to pull. Every key: docs/reference.md of pull-budget.
${inRegistry ? `baseline: ${quoted(formatImageName(name))}` : "# baseline: the image that nodes hold today, for example ghcr.io/acme/server:latest"}
budgets: |
${budgets.map((budget) => `  ${budget}`).join("\n")}
`;
}
function workflow(name) {
  const image = name.transport === "docker" ? "oci:image" : quoted(formatImageName(name));
  return `name: pull-budget
on: pull_request
permissions:
  contents: read
jobs:
  pull-budget:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v7
      - uses: docker/setup-buildx-action@v3
      - uses: docker/build-push-action@v6
        with:
          outputs: type=oci,dest=image,tar=false
      - uses: pull-budget/pull-budget@v0
        with:
          image: ${image}
`;
}
var quoted = (text) => /^[\w./:@-]+$/.test(text) ? text : JSON.stringify(text);
export {
  run
};
