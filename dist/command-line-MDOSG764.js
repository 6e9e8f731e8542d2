import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  Tally,
  describeActive,
  describeDone,
  describeTask,
  progressLines,
  realClock
} from "./chunk-7FNHZQDU.js";
import {
  loadSettings,
  readSettings,
  suggestName,
  writtenValue
} from "./chunk-NW7GMB74.js";
import {
  defaultText,
  filePath,
  onOff,
  onlyThese,
  sections,
  settingTable,
  text,
  wholeNumber
} from "./chunk-DUQ5MCTD.js";
import "./chunk-GZJNCIHF.js";
import {
  cut,
  displayWidth,
  wrap
} from "./chunk-HAYGAELK.js";
import {
  plain
} from "./chunk-T4TZTXRW.js";
import {
  silentProgress
} from "./chunk-OFZY7IXT.js";
import "./chunk-GQUP2JUB.js";
import "./chunk-6YJR5GCO.js";
import {
  tool
} from "./chunk-472U6O6R.js";
import "./chunk-RJ5NUFKW.js";
import {
  PullBudgetError,
  exitCodes,
  inputError
} from "./chunk-4J2PJRUG.js";
import "./chunk-CLVFFHSH.js";

// src/cli/arguments.ts
import { parseArgs } from "node:util";

// src/cli/commands.ts
var registry = [
  "connections",
  "attempts",
  "plain-http",
  "ca-file",
  "cert-file",
  "key-file",
  "config"
];
var soci = [
  "soci",
  "span-size",
  "min-layer-size",
  "prefetch",
  "on-unindexable",
  "soci-tag-suffix",
  "base",
  "soci-cache"
];
var relayer = [
  "volatile",
  "pin",
  "flatten-base",
  "max-layers",
  "target-layer-size",
  "max-layer-size",
  "reuse",
  "slack",
  "purge",
  "verify",
  "mtime"
];
var compression = ["compression", "compression-level"];
var measurement = ["runs", "seed", "scratch", "sample-timeout", "unpack-ratio-limit"];
var image = {
  name: "IMAGE",
  help: "docker://host/repo:tag or a bare reference, oci:DIR[:TAG], oci-archive:FILE, docker-archive:FILE[:TAG] or docker-daemon:NAME.",
  setting: "image"
};
var imageOrSetting = {
  ...image,
  help: `${image.help} Without it, image of the settings file.`,
  optional: true
};
var commands = [
  {
    name: "run",
    summary: "Re-layer, index, push, measure and judge an image: what the action does",
    details: "Exits 1 if a budget failed.",
    positionals: [imageOrSetting],
    settings: [
      "baseline",
      "platforms",
      "push",
      "tags",
      "relayer",
      ...relayer,
      ...compression,
      ...soci,
      "budgets",
      "waivers",
      "on-inconclusive",
      ...measurement,
      ...registry,
      "report"
    ],
    flags: [],
    examples: ["run oci:./image --budgets 'size <= 6 GB' --baseline ghcr.io/acme/server:latest"],
    load: () => import("./run-VJROHMUJ.js")
  },
  {
    name: "copy",
    summary: "Copy an image, every platform of it, between registries, layouts and archives",
    details: "What only refers to the image is not copied: signatures, v1 SOCI indexes and layer plans, without which the next re-layering reads the layers again. v2 indexes are.",
    positionals: [
      { name: "SRC", help: "The image to copy, as an image name." },
      { name: "DST", help: "Where to copy it to, as an image name." }
    ],
    settings: ["platforms", ...registry],
    flags: [],
    examples: [
      "copy oci:./image ghcr.io/acme/server:1.4",
      "copy nginx docker-archive:nginx.tar:nginx:latest"
    ],
    load: () => import("./copy-M77S4BOI.js")
  },
  {
    name: "index",
    summary: "Make SOCI indexes for an image, with which nodes load it lazily",
    details: "Writes the image with its indexes to DST. In place, where DST is left out, --platforms says which images are indexed, and the others stay; elsewhere the others are left out.",
    positionals: [
      { name: "SRC", help: "The image to index, as an image name." },
      {
        name: "DST",
        help: "Where to write it to: a reference in a registry, oci:DIR:TAG or oci-archive:FILE:TAG. Without it, where SRC is, under its tag.",
        optional: true
      }
    ],
    settings: ["platforms", "baseline", ...soci, "scratch", "unpack-ratio-limit", ...registry],
    flags: [],
    examples: [
      "index ghcr.io/acme/server:1.4",
      "index oci:./image ghcr.io/acme/server:1.4 --soci v2 --soci-tag-suffix -soci"
    ],
    load: () => import("./cli-NDYOMNM7.js")
  },
  {
    name: "relayer",
    summary: "Arrange the files of an image into layers by how they change, and write it",
    details: "Containers see the same files, which is proved before anything is written. With --baseline, the release before as it was re-laid, what did not change stays in the layers that nodes have.",
    positionals: [
      { name: "SRC", help: "The image as it was built, as an image name." },
      {
        name: "DST",
        help: "Where to write it to: a reference in a registry, oci:DIR:TAG or oci-archive:FILE:TAG."
      }
    ],
    settings: [
      "platforms",
      "baseline",
      "base",
      ...relayer,
      ...compression,
      "min-layer-size",
      "scratch",
      "unpack-ratio-limit",
      ...registry
    ],
    flags: [],
    examples: [
      "relayer oci:./image ghcr.io/acme/server:1.4 --baseline ghcr.io/acme/server:1.3",
      "relayer oci:./image:1.4 oci:./relaid:1.4 --baseline oci:./relaid:1.3 --volatile '/srv/**'"
    ],
    load: () => import("./relayer-VUBKVYWZ.js")
  },
  {
    name: "plan",
    summary: "Show how an image would be re-laid and what that costs, and write nothing",
    positionals: [image],
    settings: [
      "platforms",
      "baseline",
      "base",
      ...relayer,
      "min-layer-size",
      "scratch",
      "unpack-ratio-limit",
      ...registry
    ],
    flags: ["explain"],
    examples: ["plan oci:./image:1.4 --baseline ghcr.io/acme/server:1.3 --explain /srv/app.py"],
    load: () => import("./plan-54MMMKVZ.js")
  },
  {
    name: "compare",
    summary: "Say whether two images are the same to a container, and what differs",
    details: "Reads every layer. Paths, types, modes, owners, extended attributes, hard links and contents count. Exits 1 if something differs.",
    positionals: [
      { name: "A", help: "One image, as an image name." },
      { name: "B", help: "The other one." }
    ],
    settings: ["platforms", "scratch", "unpack-ratio-limit", ...registry],
    flags: ["mtimes"],
    examples: ["compare oci:./image:1.4 ghcr.io/acme/server:1.4"],
    load: () => import("./compare-LFLCMZHX.js")
  },
  {
    name: "inspect",
    summary: "Show the platforms, layers and sizes of an image",
    details: "Reads manifests and configs only, with --soci also SOCI indexes: no layer is downloaded.",
    positionals: [image],
    settings: ["platforms", ...registry],
    flags: ["soci"],
    examples: ["inspect nginx:1.29 --platforms linux/arm64", "inspect ghcr.io/acme/server:1.4 --soci"],
    load: () => import("./inspect-EQDKCJE7.js")
  },
  {
    name: "verify",
    summary: "Check an image's SOCI indexes as snapshotters do, and every file against them",
    details: "Reads the layers that have an index whole. Exits 1 if a check failed.",
    positionals: [image],
    settings: ["platforms", ...registry],
    flags: [],
    examples: ["verify ghcr.io/acme/server:1.4"],
    load: () => import("./verify-7LKM7JU2.js")
  },
  {
    name: "cat",
    summary: "Print a file of an image through its SOCI index, without pulling layers that have a zTOC",
    details: "A layer without a zTOC is read whole where no layer above it has the file. Without --platforms it is from the image of this machine's platform, else of the only one. With --json tells where the file lies and what was fetched for it instead.",
    positionals: [image, { name: "PATH", help: "Absolute path of the file in the image." }],
    settings: ["platforms", "unpack-ratio-limit", ...registry],
    flags: [],
    examples: ["cat ghcr.io/acme/server:1.4 /etc/os-release"],
    load: () => import("./cat-X72MMW6K.js")
  },
  {
    name: "diff",
    summary: "Show what a node that holds one image downloads and unpacks for another",
    details: "Reads manifests and configs only: no layer is downloaded.",
    positionals: [
      { name: "BASELINE", help: "The image that the node holds.", setting: "baseline" },
      { ...image, help: "The image that it pulls." }
    ],
    settings: ["platforms", ...registry],
    flags: [],
    examples: ["diff ghcr.io/acme/server:1.3 ghcr.io/acme/server:1.4"],
    load: () => import("./diff-OXYLAF2Z.js")
  },
  {
    name: "measure",
    summary: "Pull an image cold, as often as runs says, and show how long it took",
    positionals: [imageOrSetting],
    settings: ["baseline", "platforms", ...measurement, ...registry, "report"],
    flags: [],
    examples: ["measure oci:./image --runs 5 --scratch /mnt/nvme --report report.json"],
    load: () => import("./measure-P7SJAK7J.js")
  },
  {
    name: "gate",
    summary: "Hold an image, or a report, against budgets",
    details: "Of an image sizes are judged and nothing is measured; budgets of times need a report. Exits 1 if a budget failed.",
    positionals: [imageOrSetting],
    settings: [
      "baseline",
      "platforms",
      "budgets",
      "waivers",
      "on-inconclusive",
      "unpack-ratio-limit",
      ...registry
    ],
    flags: ["report"],
    examples: ["gate nginx:1.29 --budgets 'size <= 100 MB'", "gate --report report.json"],
    load: () => import("./gate-QGUEC5MW.js")
  },
  {
    name: "serve",
    summary: "Serve an OCI layout as a registry, on loopback",
    details: "All repositories share the one layout: content and referrers that are pushed to one are seen in all.",
    positionals: [{ name: "LAYOUT", help: "Folder of the layout; made if it is not there." }],
    settings: [],
    flags: ["host", "port", "read-only"],
    examples: ["serve ./image --read-only --port 0"],
    untilInterrupted: true,
    load: () => import("./serve-JGWOBAP3.js")
  },
  {
    name: "init",
    summary: "Write first budgets, from today's image, and a first workflow",
    details: "Writes .github/pull-budget.yml and .github/workflows/pull-budget.yml.",
    positionals: [image],
    settings: ["platforms", ...registry],
    flags: ["force"],
    examples: ["init ghcr.io/acme/server:latest"],
    load: () => import("./init-Z73EUQWR.js")
  }
];
function settingsTaken(command) {
  return /* @__PURE__ */ new Set([...command.settings, ...command.positionals.flatMap(({ setting }) => setting ?? [])]);
}
function settingFlags(command) {
  return command.settings.filter((name) => settingTable[name]?.places.includes("flag"));
}
function usageOf(command) {
  const names = command.positionals.map(({ name, optional }) => optional ? `[${name}]` : name);
  return ["pull-budget", command.name, ...names, "[flags]"].join(" ");
}

// src/cli/flags.ts
var flags = {
  json: flag({ type: onOff, default: false, help: "Print the result as one JSON document." }),
  quiet: flag({ type: onOff, default: false, help: "Show no progress and no notices.", short: "q" }),
  verbose: flag({ type: onOff, default: false, help: "Show what caused an error." }),
  help: flag({ type: onOff, default: false, help: "Show this help.", short: "h" }),
  host: flag({
    type: text("ADDRESS", "an address of this machine"),
    default: "127.0.0.1",
    help: "Address to listen on; others than loopback let anybody who reaches it pull, and push unless read-only."
  }),
  port: flag({ type: wholeNumber(0, 65535), default: 5e3, help: "Port to listen on; 0 takes a free one." }),
  "read-only": flag({ type: onOff, default: false, help: "Refuse pushes." }),
  force: flag({ type: onOff, default: false, help: "Overwrite files that are there." }),
  soci: flag({
    type: onOff,
    default: false,
    help: "Show which layers its SOCI indexes know, and what share of the image can be loaded lazily."
  }),
  mtimes: flag({ type: onOff, default: false, help: "Compare times of modification as well." }),
  explain: flag({
    type: text("PATH", "a path in the image"),
    default: void 0,
    help: "Say why this path is in the layer that it would be in."
  }),
  report: flag({
    type: filePath,
    default: void 0,
    help: "Judge this report, written by run or measure, instead of an image: times are then known."
  })
};
var flagTable = flags;
var commonFlags = ["json", "quiet", "verbose", "help"];
function flag(entry) {
  return entry;
}

// src/cli/arguments.ts
function parseArguments(args) {
  const [first, ...rest] = args;
  switch (first) {
    case void 0:
      return { kind: "nothing" };
    case "--version":
    case "-v":
      return { kind: "version" };
    case "--help":
    case "-h":
      return { kind: "help", command: void 0 };
    case "help":
      return { kind: "help", command: rest[0] === void 0 ? void 0 : commandNamed(rest[0]) };
    default:
      return parseCall(commandNamed(first), rest);
  }
}
function commandNamed(name) {
  const command = commands.find((one) => one.name === name);
  if (command) return command;
  if (name.startsWith("-")) {
    throw inputError("unknown-flag", `${name.split("=")[0]} comes before any command`, {
      hint: "Write the command first: pull-budget COMMAND [flags]."
    });
  }
  const known = commands.map((one) => one.name);
  throw inputError("unknown-command", `"${name}" is not a command`, { hint: suggestName(name, known) });
}
function parseCall(command, args) {
  const types = flagTypes(command);
  const { written, positionals } = readTokens(command, types, args);
  const flags2 = Object.fromEntries(
    Object.entries(flagTable).map(([name, flag2]) => {
      const texts = flagNames(command).has(name) ? written.get(name) ?? [] : [];
      return [name, writtenValue(`--${name}`, flag2.type, texts) ?? flag2.default];
    })
  );
  if (flags2.help) return { kind: "help", command };
  const named = namePositionals(command, positionals);
  return {
    kind: "command",
    command,
    flags: flags2,
    written: {
      ...Object.fromEntries(settingFlags(command).flatMap((name) => pair(name, written))),
      ...named.settings
    },
    positionals: named.others
  };
}
var pair = (name, written) => {
  const texts = written.get(name);
  return texts === void 0 ? [] : [[name, texts]];
};
var flagNames = (command) => /* @__PURE__ */ new Set([...commonFlags, ...command.flags]);
function flagTypes(command) {
  const own = [...flagNames(command)].map((name) => [name, flagTable[name]?.type]);
  const settings = settingFlags(command).map((name) => [name, settingTable[name]?.type]);
  return new Map([...settings, ...own].flatMap(([name, type]) => type ? [[name, type]] : []));
}
function readTokens(command, types, args) {
  const options = Object.fromEntries(
    Array.from(types, ([name, type]) => {
      const short = flagTable[name]?.short;
      const kind = type.placeholder === void 0 ? "boolean" : "string";
      return [name, { type: kind, ...short ? { short } : {} }];
    })
  );
  const { tokens } = parseArgs({
    args: [...args],
    options,
    strict: false,
    tokens: true,
    allowPositionals: true
  });
  const written = /* @__PURE__ */ new Map();
  const positionals = [];
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const { name, text: text2 } = readOption(command, types, token);
    written.set(name, [...written.get(name) ?? [], text2]);
  }
  return { written, positionals };
}
function readOption(command, types, token) {
  const { name, rawName, value, inlineValue } = token;
  const type = types.get(name);
  const opposite = name.startsWith("no-") ? name.slice("no-".length) : void 0;
  if (opposite !== void 0 && types.get(opposite)?.placeholder === void 0 && types.has(opposite)) {
    if (value !== void 0) throw usageError(command, `${rawName} takes no value`);
    return { name: opposite, text: "false" };
  }
  if (type === void 0) throw unknownFlag(command, rawName, [...types.keys()]);
  if (type.placeholder === void 0) return { name, text: value ?? "true" };
  const isMissing = value === void 0 || inlineValue === false && /^(?:--[a-z]|-[a-z]$)/i.test(value);
  if (isMissing) throw usageError(command, `${rawName} needs a value: ${type.valid}`);
  return { name, text: value };
}
function unknownFlag(command, rawName, known) {
  const name = rawName.replace(/^-+/, "");
  const others = commands.filter((other) => flagTypes(other).has(name)).map((other) => other.name);
  return inputError("unknown-flag", `${rawName} is not a flag of ${command.name}`, {
    hint: others.length > 0 ? `It is one of ${others.join(", ")}.` : `${suggestName(name, known).replace(/"(.+)"/, '"--$1"')} See pull-budget ${command.name} --help.`
  });
}
function namePositionals(command, given) {
  const settings = {};
  const others = {};
  for (const [at, positional] of command.positionals.entries()) {
    const text2 = given[at];
    if (text2 === void 0 || text2 === "") {
      if (positional.optional) continue;
      throw usageError(command, `${command.name} needs ${positional.name}`);
    }
    if (positional.setting) settings[positional.setting] = text2;
    else others[positional.name] = text2;
  }
  const extra = given[command.positionals.length];
  if (extra !== void 0) throw usageError(command, `"${extra}" is one argument too many`);
  return { settings, others };
}
function usageError(command, what) {
  return inputError("bad-arguments", what, { hint: `Usage: ${usageOf(command)}` });
}

// src/cli/complaint.ts
import { stripVTControlCharacters } from "node:util";

// src/cli/interruption.ts
import { constants } from "node:os";
var signals = ["SIGINT", "SIGTERM", "SIGHUP"];
var Interruption = class _Interruption extends Error {
  exitCode;
  constructor(signal) {
    super(`interrupted by ${signal}`);
    this.name = "Interruption";
    this.exitCode = 128 + constants.signals[signal];
  }
  /**
   * Turns signals into an abort, so that work can end and clean up. A second signal ends the process at once, but
   * for SIGHUP: a shell that loses its terminal sends it to its jobs, and the kernel sends it once more.
   */
  static listen() {
    const controller = new AbortController();
    const onSignal = (signal) => {
      const interruption = new _Interruption(signal);
      if (controller.signal.aborted && signal !== "SIGHUP") process.exit(interruption.exitCode);
      controller.abort(interruption);
    };
    for (const signal of signals) process.on(signal, onSignal);
    return {
      signal: controller.signal,
      stop: () => {
        for (const signal of signals) process.off(signal, onSignal);
      }
    };
  }
};

// src/cli/complaint.ts
function complaint(error, verbose, secrets) {
  const isOwn = error instanceof PullBudgetError;
  const message = error instanceof Error ? error.message : String(error);
  const lines = [
    // Several lines are the message's own: a budget that is wrong is shown with a mark under it.
    `error: ${message.split("\n").map(inert).join("\n")}`,
    ...isOwn && error.hint ? [inert(error.hint)] : [],
    ...isOwn ? [] : ["This is a bug in pull-budget: please report it with what is below.", stackOf(error)],
    ...verbose ? causes(error).map((cause) => `caused by: ${cause}`) : []
  ];
  return `${withoutSecrets(lines.join("\n"), secrets)}
`;
}
function failureOf(error, secrets) {
  const clean = (text2) => withoutSecrets(text2.split("\n").map(inert).join("\n"), secrets);
  const message = clean(error instanceof Error ? error.message : String(error));
  if (error instanceof Interruption) {
    return { error: { kind: "interruption", code: "interrupted", message, exitCode: error.exitCode } };
  }
  if (!(error instanceof PullBudgetError)) {
    return { error: { kind: "bug", code: "unexpected", message, exitCode: exitCodes.infrastructure } };
  }
  const { kind, code, hint, exitCode } = error;
  return { error: { kind, code, message, ...hint === void 0 ? {} : { hint: clean(hint) }, exitCode } };
}
function inert(line) {
  return stripVTControlCharacters(line).replace(new RegExp("\\p{Cc}", "gu"), " ").replace(new RegExp("\\p{Cf}", "gu"), "");
}
function causes(error) {
  const found = [];
  for (let at = error instanceof Error ? error.cause : void 0; at !== void 0 && found.length < 10; ) {
    found.push(at instanceof Error ? `${at.name}: ${plain(at.message)}` : plain(String(at)));
    at = at instanceof Error ? at.cause : void 0;
  }
  return found;
}
function stackOf(error) {
  return error instanceof Error && error.stack ? error.stack : String(error);
}
function withoutSecrets(text2, secrets) {
  let clean = text2;
  for (const secret of secrets) if (secret !== "") clean = clean.replaceAll(secret, "***");
  return clean;
}

// src/cli/help.ts
var columns = 80;
var widestTerm = 20;
function helpOfAll() {
  return page(
    ["Holds what a container image costs to pull against budgets."],
    ["Usage: pull-budget COMMAND [flags]"],
    ["Commands:", ...list(commands.map(({ name, summary }) => [name, `${summary}.`]))],
    ["Flags:", ...list([["-v, --version", "Show the version."], flagEntry("help")])],
    [
      "Exit codes: 0 pass, 1 a budget or a check failed, 2 bad input, 3 infrastructure.",
      "pull-budget COMMAND --help tells more about a command."
    ]
  );
}
function helpOf(command) {
  const positionals = command.positionals.map(({ name, help }) => [name, help]);
  return page(
    wrap(`${command.summary}. ${command.details ?? ""}`.trim(), columns),
    [`Usage: ${usageOf(command)}`],
    ["Arguments:", ...list(positionals)],
    ...sectionsOf(command).map(([section, entries]) => [`${sections[section]}:`, ...list(entries)]),
    ["Flags:", ...list([...command.flags, ...commonFlags].map(flagEntry))],
    ["Examples:", ...command.examples.flatMap((example) => shellLines(`pull-budget ${example}`))]
  );
}
function sectionsOf(command) {
  return Object.keys(sections).flatMap((section) => {
    const entries = settingFlags(command).flatMap((name) => {
      const setting = settingTable[name];
      return setting?.section === section ? [settingEntry(name, setting)] : [];
    });
    return entries.length > 0 ? [[section, entries]] : [];
  });
}
function settingEntry(name, setting) {
  const { placeholder, list: list2 } = setting.type;
  const repeated = list2 ? " May be repeated." : "";
  const shown = defaultText(setting);
  return [
    `    --${name}${placeholder === void 0 ? "" : ` ${placeholder}`}`,
    `${setting.help}${repeated}${shown === "none" ? "" : ` (default: ${shown})`}`
  ];
}
function flagEntry(name) {
  const flag2 = flagTable[name];
  const { type, short, help, default: value } = flag2;
  const term = `${short === void 0 ? "    " : `-${short}, `}--${name}`;
  const shown = value === void 0 || value === false ? "" : ` (default: ${value})`;
  return [type.placeholder === void 0 ? term : `${term} ${type.placeholder}`, `${help}${shown}`];
}
function list(entries) {
  const left = Math.max(...entries.map(([term]) => Math.min(term.length, widestTerm))) + 4;
  return entries.flatMap(([term, meaning]) => {
    const lines = wrap(meaning, columns - left);
    const [first = "", ...rest] = term.length > widestTerm ? ["", ...lines] : lines;
    return [`  ${term}`.padEnd(left) + first, ...rest.map((line) => " ".repeat(left) + line)];
  });
}
function shellLines(command) {
  const words = command.match(/'[^']*'|\S+/g) ?? [];
  const lines = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== void 0 && last.length + word.length + 3 <= columns)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(lines.length === 0 ? `  ${word}` : `      ${word}`);
  }
  return lines.map((line, at) => at < lines.length - 1 ? `${line} \\` : line);
}
function page(...paragraphs) {
  return `${paragraphs.map((lines) => lines.map((line) => line.trimEnd()).join("\n")).join("\n\n")}
`;
}

// src/cli/bars.ts
var framesPerSecond = 8;
var maxBars = 6;
var barWidth = 12;
var labelWidth = 18;
var fittingColumns = 79;
var Bars = class {
  #screen;
  #clock;
  #tally;
  #stop = () => {
  };
  #drawnLines = 0;
  constructor(screen, clock) {
    this.#screen = screen;
    this.#clock = clock;
  }
  start(label, totalBytes) {
    if (this.#tally === void 0) {
      this.#tally = new Tally(this.#clock);
      this.#stop = this.#clock.every(1 / framesPerSecond, () => this.#draw());
    }
    return this.#tally.start(plain(label), totalBytes);
  }
  /** A line above the bars, there to stay. */
  print(line) {
    this.#screen.write(`${this.#erase()}${line}
`);
    this.#drawnLines = 0;
    this.#draw();
  }
  end() {
    this.#stop();
    const tally = this.#tally;
    this.#tally = void 0;
    const done = tally && tally.done > 0 ? `  ${describeDone(tally)}
` : "";
    const text2 = this.#erase() + done;
    if (text2 !== "") this.#screen.write(text2);
    this.#drawnLines = 0;
  }
  #draw() {
    if (this.#tally === void 0) return;
    const width = Math.max(20, (this.#screen.columns ?? 80) - 1);
    const lines = barLines(this.#tally, width);
    if (lines.length === 0 && this.#drawnLines === 0) return;
    this.#screen.write(this.#erase() + lines.map((line) => `${line}
`).join(""));
    this.#drawnLines = lines.length;
  }
  /** CUU and ED (ECMA-48 8.3.22, 8.3.39): up to the first line that was drawn, and all from there cleared. */
  #erase() {
    return this.#drawnLines === 0 ? "" : `\x1B[${this.#drawnLines}A\r\x1B[J`;
  }
};
function barLines(tally, width) {
  const { active } = tally;
  if (active.length === 0) return [];
  const shown = active.length > maxBars ? active.slice(0, maxBars - 1) : active;
  const more = active.length - shown.length;
  const longest = Math.max(...shown.map((task) => displayWidth(task.label)));
  const room = Math.max(labelWidth, Math.min(longest, labelWidth + width - fittingColumns));
  const lines = [
    ...shown.map((task) => taskLine(task, room)),
    ...more > 0 ? [`  and ${more} more`] : [],
    ...active.length > 1 || tally.done > 0 ? [`  ${describeActive(tally)}`] : []
  ];
  return lines.map((line) => cut(line, width));
}
function taskLine(task, room) {
  const label = cut(task.label, room);
  const name = label + " ".repeat(room - displayWidth(label));
  return `  ${name} ${bar(task)} ${describeTask(task)}`.trimEnd();
}
function bar({ totalBytes, meter }) {
  if (totalBytes === void 0) return "";
  const share = totalBytes === 0 ? 1 : Math.min(1, meter.bytes / totalBytes);
  const full = Math.floor(share * barWidth);
  return `[${"#".repeat(full)}${"-".repeat(barWidth - full)}]`;
}

// src/cli/terminal.ts
var defaultColumns = 100;
function createOutput({ stdout, environment }, json) {
  return {
    columns: stdout.isTTY && stdout.columns || defaultColumns,
    colour: wantsColour(stdout, environment),
    show(result, text2) {
      stdout.write(json ? `${JSON.stringify(result, null, 2)}
` : text2());
    }
  };
}
function wantsColour({ isTTY }, environment) {
  const { NO_COLOR: refused, FORCE_COLOR: forced, TERM: kind } = environment;
  if (refused) return false;
  if (forced) return forced !== "0" && forced !== "false";
  return isTTY === true && kind !== "dumb";
}
function createContext({ stderr, environment, clock = realClock }, quiet, signal, secrets) {
  const bars = stderr.isTTY && environment.TERM !== "dumb" && !quiet ? new Bars(stderr, clock) : void 0;
  const print = (line) => {
    if (quiet) return;
    if (bars) bars.print(line);
    else stderr.write(`${line}
`);
  };
  const display = quiet ? { ...silentProgress, end: () => {
  } } : bars ?? progressLines((line) => print(`  ${line}`), clock);
  return {
    progress: display,
    signal,
    notice: (line) => print(withoutSecrets(plain(line), secrets)),
    onSecret: (value) => secrets.add(value),
    async phase(title, work) {
      print(plain(title));
      try {
        return await work();
      } finally {
        display.end();
      }
    }
  };
}

// src/cli/command-line.ts
async function runCommandLine(args, surroundings) {
  const { stdout, stderr } = surroundings;
  const voice = {
    verbose: false,
    json: args.includes("--json"),
    hasShown: false,
    secrets: /* @__PURE__ */ new Set()
  };
  try {
    const request = parseArguments(args);
    switch (request.kind) {
      case "version":
        stdout.write(`${tool.name} ${tool.version}
`);
        return exitCodes.pass;
      case "help":
        stdout.write(request.command ? helpOf(request.command) : helpOfAll());
        return exitCodes.pass;
      case "nothing":
        stderr.write(helpOfAll());
        return exitCodes.input;
      case "command":
        voice.verbose = request.flags.verbose;
        voice.json = request.flags.json;
        return await runCommand(request, surroundings, voice);
    }
  } catch (error) {
    const failure = failureOf(error, voice.secrets);
    stderr.write(
      error instanceof Interruption ? `${error.message}
` : complaint(error, voice.verbose, voice.secrets)
    );
    if (voice.json && !voice.hasShown) stdout.write(`${JSON.stringify(failure, null, 2)}
`);
    return failure.error.exitCode;
  }
}
async function runCommand({ command, written, flags: flags2, positionals }, surroundings, voice) {
  const taken = settingsTaken(command);
  const settings = taken.size > 0 ? onlyThese(await loadSettings("flag", written), taken) : readSettings("flag", {});
  const interruption = Interruption.listen();
  try {
    const { run } = await command.load();
    const output = createOutput(surroundings, flags2.json);
    const code = await run({
      settings,
      written,
      flags: flags2,
      positionals,
      context: createContext(surroundings, flags2.quiet, interruption.signal, voice.secrets),
      output: {
        ...output,
        show: (result, text2) => {
          voice.hasShown = true;
          output.show(result, text2);
        }
      }
    });
    if (!command.untilInterrupted) interruption.signal.throwIfAborted();
    return code;
  } catch (error) {
    interruption.signal.throwIfAborted();
    throw error;
  } finally {
    interruption.stop();
  }
}
export {
  runCommandLine
};
