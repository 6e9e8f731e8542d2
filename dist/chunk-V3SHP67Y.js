import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  LayerIndexer,
  checkpointsOf,
  makeScratchFolder,
  overlay,
  removeFolder,
  ztocInFile
} from "./chunk-XZYK6QK7.js";
import {
  digestText
} from "./chunk-PCHBEAKS.js";
import {
  external_exports,
  instruction,
  plain
} from "./chunk-T4TZTXRW.js";
import {
  BytePool,
  GrowingColumn,
  KeptShelf,
  TableBuilder,
  TableRows,
  areXattrRecords,
  byteString,
  classes,
  cleanPath,
  digestBytes,
  emptyDigest,
  entryKinds,
  findOwners,
  globMatcher,
  isCompiled,
  isCurrent,
  kindMask,
  kindNumbers,
  mostPathBytes,
  namedTime,
  pathOf,
  pycFlag,
  pycHeaderBytes,
  pycTime,
  rememberedSources,
  rowFault,
  shownPath,
  sourceOf,
  sparseFlag,
  tableOf
} from "./chunk-PRT3IF5T.js";
import {
  CheckpointFile,
  LayerContents,
  SpanSpool,
  outcomeOf,
  spoolOf,
  spooledSpans
} from "./chunk-QAO53BFA.js";
import {
  inflateSpan
} from "./chunk-5KLYFH7M.js";
import {
  windowBytes
} from "./chunk-WSWMSC73.js";
import {
  scanned
} from "./chunk-Z4T7WJWK.js";
import {
  TarScanner
} from "./chunk-QFWJVSNV.js";
import {
  interruptible
} from "./chunk-5UY46ZQ3.js";
import {
  endOfArchive,
  entryHeader,
  imageManifests,
  isSociIndexType,
  layerPlanAnnotations,
  layerPlanTypes,
  openImage,
  openSpool,
  pLimit,
  readPlatforms,
  refuseMissing,
  sociAnnotations
} from "./chunk-NSLFNWD3.js";
import {
  collect,
  parseJson,
  parseManifest
} from "./chunk-5A45ZFB5.js";
import {
  formatBytes,
  formatPlatform,
  platformMatches
} from "./chunk-GQUP2JUB.js";
import {
  describeBytes,
  isObject,
  parseReference
} from "./chunk-6YJR5GCO.js";
import {
  tool
} from "./chunk-472U6O6R.js";
import {
  blockBytes,
  decompress,
  paddingAfter
} from "./chunk-HXSIVDWK.js";
import {
  layerCompression,
  mediaTypes,
  readAt,
  writeAt
} from "./chunk-RI4IMNUK.js";
import {
  digestFrom,
  digestHex,
  digestOf,
  isDigest,
  shortDigest
} from "./chunk-RJ5NUFKW.js";
import {
  onDisk
} from "./chunk-THYTPSF7.js";
import {
  PullBudgetError,
  hasCode,
  infrastructureError,
  inputError
} from "./chunk-4J2PJRUG.js";
import {
  __callDispose,
  __using
} from "./chunk-CLVFFHSH.js";

// src/stages/relayer/base.ts
function countBaseLayers({ image, base, baseline, maxLayers, clean, flatten }) {
  if (flatten) return 0;
  if (base) {
    if (isBuiltOn(image, base)) return base.diffIds.length;
    const shared2 = commonPrefix(image, base.diffIds);
    throw inputError("base-mismatch", `the image is not built on ${base.name}: layer ${shared2 + 1} differs`, {
      hint: "Name the very image that the build began with, by its digest; or leave base out."
    });
  }
  const shared = Math.min(commonPrefix(image, baseline ?? []), Math.floor(maxLayers * mostGuessed), clean);
  return Math.max(shared, Math.min(1, image.length));
}
var mostGuessed = 0.5;
function isBuiltOn(image, { diffIds }) {
  return commonPrefix(image, diffIds) === diffIds.length;
}
function commonPrefix(a, b) {
  const end = Math.min(a.length, b.length);
  for (let at = 0; at < end; at++) if (a[at] !== b[at]) return at;
  return end;
}

// src/stages/relayer/delta.ts
function layerDelta(layers, held) {
  const shared = commonPrefix(diffIdsOf(layers), diffIdsOf(held));
  const above = layers.slice(shared);
  const known = new Set(held.map(({ descriptor, diffId }) => descriptor?.digest ?? diffId));
  return {
    shared,
    chain: bytesOf(above),
    blobs: bytesOf(
      above.filter(({ descriptor, diffId }) => !known.has(descriptor.digest) && !known.has(diffId))
    )
  };
}
function bytesOf(layers) {
  const distinct2 = new Map(layers.map(({ descriptor }) => [descriptor.digest, descriptor.size]));
  return [...distinct2.values()].reduce((sum2, bytes2) => sum2 + bytes2, 0);
}
function diffIdsOf(layers) {
  return layers.map(({ diffId }) => diffId);
}

// src/stages/relayer/plan/layer-plan.ts
var placements = [
  /** A carried layer shows it as it is to be. */
  "carried",
  /** Not in the baseline. */
  "added",
  /** In the baseline as something else: its owner is patched. */
  "changed",
  /** Unchanged, and written anew with the rest of its owner. */
  "moved",
  /** Unchanged, in a layer that was given up. */
  "compacted",
  /** Planned without a baseline that could be built on. */
  "first",
  /** A directory that is written since something in it is. */
  "parent"
];
var noLayer = 65535;

// src/stages/relayer/plan/cost.ts
var weights = {
  /** A byte that this node unpacks. Unpacking is reused by chain prefix under either rule. */
  unpacked: 0.02,
  /**
   * A byte that a fresh node downloads and nobody sees. 0.5: dead bytes are worth a rewrite where they are more than
   * twice the live bytes to write again. As each dead byte was downloaded once, such rewrites add at most half to
   * the sum of all deltas.
   */
  dead: 0.5,
  /** A layer more: a request, a mount, and one less that may be appended later. */
  layer: 8192,
  /**
   * A group whose files lie in several layers, as a share of what is new of it: scanners read package databases layer
   * by layer, and people read plans. It is moved whole where the rest of it costs less.
   */
  scattered: 0.04
};
var entryBytes = 96;
var entryUnpackedBytes = 768;
var layerBytes = 160;
var separateBytes = 256 * 1024;
var slackUsed = 0.9;
var enoughRoom = 0.2;
function price(bill) {
  return bill.download + weights.unpacked * bill.unpacked + weights.dead * bill.dead + weights.layer * bill.layers;
}
function capsOf(limits, liveBytes) {
  return { dead: slackUsed * limits.slack * liveBytes, layers: limits.maxLayers };
}
function excess(bill, caps) {
  const layers = Math.max(0, bill.layers / caps.layers - 1);
  const dead = Math.max(0, bill.dead - caps.dead) / Math.max(1, caps.dead);
  return layers * 1e6 + dead;
}
function room(bill, caps, baseLayers) {
  const dead = (caps.dead - bill.dead) / Math.max(1, caps.dead);
  const layers = (caps.layers - bill.layers) / Math.max(1, caps.layers - baseLayers);
  return Math.max(0, Math.min(dead, layers, enoughRoom));
}
function isMovedWhole(fresh, rest, restUnpacked) {
  if (fresh === 0 || rest === 0) return false;
  return rest + weights.dead * rest + weights.unpacked * restUnpacked <= weights.scattered * fresh;
}

// src/stages/relayer/plan/titles.ts
function titleOf(parcels, owners, whiteouts) {
  const bytes2 = /* @__PURE__ */ new Map();
  for (const parcel of parcels) bytes2.set(parcel.owner, (bytes2.get(parcel.owner) ?? 0) + parcel.bytes);
  const largest = [...bytes2].sort((a, b) => b[1] - a[1] || a[0] - b[0]).map(([owner]) => owners.owners[owner]);
  const [first, second] = largest;
  if (first === void 0) return `removes ${whiteouts} ${whiteouts === 1 ? "path" : "paths"}`;
  if (second === void 0) return ownerTitle(first);
  const others = largest.length - 2;
  if (others === 0) return `${ownerTitle(first)} and ${ownerTitle(second)}`;
  return `${ownerTitle(first)}, ${ownerTitle(second)} and ${others} ${others === 1 ? "other" : "others"}`;
}
function ownerTitle(owner) {
  return owner.version === void 0 ? owner.name : `${owner.name} ${owner.version}`;
}
var reasons = {
  noBaseline: "first plan: there is no baseline",
  otherBase: "planned afresh: the base is not the one that the baseline has",
  changed: "changed since the baseline",
  compacts: (given) => {
    const layers = `${given.length} ${given.length === 1 ? "layer" : "layers"}`;
    if (given.every(({ bytes: bytes2 }) => bytes2 < separateBytes))
      return `folds in ${layers.replace(" ", " small ")}`;
    const dead = given.reduce((total, layer) => total + layer.dead, 0);
    return `compacts ${layers} with ${formatBytes(dead)} of dead bytes`;
  }
};

// src/stages/relayer/plan/explain.ts
function explain(plan, tree, owners, path) {
  const name2 = JSON.stringify(`/${path.toString()}`);
  const node = tree.find(path);
  if (node === void 0) return `${name2} is not in the image.`;
  const owner = owners.owners[owners.of[node] ?? 0];
  const group = owner === void 0 ? "nobody that is known" : ownerTitle(owner);
  const what = `${name2} (${tree.kind(node)}) belongs to ${group}, of the class ${owner?.class ?? "volatile"}.`;
  const index = plan.shownBy[node] ?? noLayer;
  const layer = plan.layers[index];
  if (layer === void 0)
    return `${what} No layer has an entry for it: it is there since something in it is.`;
  const place = `It is in layer ${index + 1} of ${plan.layers.length}`;
  if (layer.kind === "carried") {
    const whose = layer.from === "base" ? "of the base" : "of the baseline";
    return `${what} ${place}, which is carried from layer ${layer.index + 1} ${whose}: ${whys.carried}.`;
  }
  const why = whys[placements[plan.placement[node] ?? 0] ?? "carried"];
  return `${what} ${place}, which is new (${layer.title}; ${layer.reason}): ${why}.`;
}
var whys = {
  carried: "it is there as it is to be, so nothing is written again",
  added: "the baseline does not have this path",
  changed: "it is not what the baseline has, and only what changed of a group is written again",
  moved: "it did not change, but nearly all of its group did, so that the group is written whole",
  compacted: "it did not change, but the layer that had it was given up",
  first: "groups are laid by how seldom they change and by size, what changes least at the bottom",
  parent: "a directory comes with each new layer that has something in it"
};

// src/stages/relayer/plan/parcels.ts
function parcelsOf(tree, owners, emit, limits, sizes) {
  const whole = byOwner(tree, owners, unitsOf(tree, emit), sizes);
  const bundleOf = bundles(whole, owners.owners);
  whole.sort((a, b) => {
    const [left, right] = [bundleOf(a), bundleOf(b)];
    return left.rank - right.rank || left.bytes - right.bytes || left.first - right.first || a.bytes - b.bytes || a.owner - b.owner;
  });
  const inOrder = whole.map((parcel) => {
    const { rank, first } = bundleOf(parcel);
    return { ...parcel, rank, bundle: first };
  });
  let places;
  return inOrder.flatMap((parcel) => {
    if (parcel.bytes <= limits.maxLayerBytes || parcel.units.length < 2) return [parcel];
    places ??= depthFirst(tree);
    return split(tree, parcel, limits, sizes, places);
  });
}
function unitsOf(tree, emit) {
  const hasEntries = new Uint8Array(tree.size);
  const isUnit = (node) => tree.kind(node) === "directory" ? hasEntries[node] === 0 : tree.firstLink(node) === node;
  for (let at = emit.length - 1; at >= 0; at--) {
    const node = emit[at] ?? 0;
    if (node !== 0) hasEntries[tree.parent(node)] = 1;
  }
  return emit.filter(isUnit);
}
function unitBytes(tree, node, sizes) {
  const content = tree.kind(node) === "file" ? sizes.packed(node) : 0;
  return content + entryBytes * (tree.kind(node) === "directory" ? 1 : tree.links(node).length);
}
function byOwner(tree, owners, units, sizes) {
  const ownerOf = (node) => owners.of[node] ?? 0;
  const counts = new Uint32Array(owners.owners.length + 1);
  for (const node of units) counts[ownerOf(node)] = (counts[ownerOf(node)] ?? 0) + 1;
  const parcels = /* @__PURE__ */ new Map();
  for (const node of units) {
    const owner = ownerOf(node);
    let parcel = parcels.get(owner);
    if (parcel === void 0) {
      parcel = { units: new Uint32Array(counts[owner] ?? 0), filled: 0, bytes: 0 };
      parcels.set(owner, parcel);
    }
    parcel.units[parcel.filled++] = node;
    parcel.bytes += unitBytes(tree, node, sizes);
  }
  return [...parcels].map(([owner, { units: own, bytes: bytes2 }]) => ({
    owner,
    rank: rankOf(owners.owners[owner]),
    bundle: owner,
    bytes: bytes2,
    units: own
  }));
}
function rankOf(owner) {
  return owner === void 0 ? classes.length - 1 : classes.indexOf(owner.class);
}
var appRank = classes.indexOf("app");
function bundles(parcels, owners) {
  const byName = new Map(parcels.map((parcel) => [owners[parcel.owner]?.name, parcel]));
  const headOf = /* @__PURE__ */ new Map();
  const head = (parcel) => {
    let at = parcel;
    for (let next = headOf.get(at); next !== void 0; next = headOf.get(at)) at = next;
    return at;
  };
  for (const parcel of parcels) {
    for (const name2 of owners[parcel.owner]?.pinned ?? []) {
      const other = byName.get(name2);
      if (other === void 0 || parcel.rank >= appRank || other.rank >= appRank) continue;
      const [a, b] = [head(parcel), head(other)];
      if (a !== b) headOf.set(a.owner < b.owner ? b : a, a.owner < b.owner ? a : b);
    }
  }
  const members = Map.groupBy(parcels, head);
  const made = /* @__PURE__ */ new Map();
  for (const [first, all] of members) {
    const largest = all.reduce(
      (a, b) => b.bytes > a.bytes || b.bytes === a.bytes && b.owner < a.owner ? b : a
    );
    const bytes2 = all.reduce((total, parcel) => total + parcel.bytes, 0);
    made.set(first, { rank: largest.rank, bytes: bytes2, first: first.owner });
  }
  return (parcel) => made.get(head(parcel)) ?? { rank: parcel.rank, bytes: parcel.bytes, first: parcel.owner };
}
function split(tree, parcel, limits, sizes, places) {
  const units = parcel.units.slice().sort((a, b) => (places[a] ?? 0) - (places[b] ?? 0));
  const parts = [];
  let [start, bytes2] = [0, 0];
  const close = (end) => {
    if (end > start) parts.push({ ...parcel, bytes: bytes2, units: units.slice(start, end).sort() });
    [start, bytes2] = [end, 0];
  };
  units.forEach((node, at) => {
    const own = unitBytes(tree, node, sizes);
    if (bytes2 + own > limits.targetLayerBytes) close(at);
    bytes2 += own;
  });
  close(units.length);
  return parts;
}
function depthFirst(tree) {
  const places = new Uint32Array(tree.size);
  const open4 = [0];
  let place = 0;
  for (let node = open4.pop(); node !== void 0; node = open4.pop()) {
    places[node] = place++;
    for (const child of [...tree.children(node)].reverse()) open4.push(child);
  }
  return places;
}

// src/stages/relayer/plan/bins.ts
function pack(parcels, limits, slots, arrangement) {
  let bins = mergeSmall(fill(parcels, limits), limits);
  if (arrangement === "appended") bins = mergeTop(bins, limits);
  while (bins.length > slots) bins = mergeSmallestPair(bins);
  return bins;
}
function fill(parcels, limits) {
  const bins = [];
  for (const own of bundled(parcels, limits)) {
    const top = bins.at(-1);
    if (top !== void 0 && top.ranks[1] === own.ranks[0] && takes(top, own, limits)) {
      bins[bins.length - 1] = merged(top, own);
    } else {
      bins.push(own);
    }
  }
  return bins;
}
function bundled(parcels, limits) {
  const bundles2 = Map.groupBy(parcels, (parcel) => parcel.bundle);
  return [...bundles2.values()].flatMap((bundle) => {
    const bins = bundle.map(binOf);
    const whole = bins.reduce(merged);
    return whole.bytes <= limits.maxLayerBytes ? [whole] : bins;
  });
}
function takes(bin, more, limits) {
  const bytes2 = bin.bytes + more.bytes;
  return bytes2 <= limits.targetLayerBytes || bin.bytes < limits.minLayerBytes && bytes2 <= limits.maxLayerBytes;
}
function mergeSmall(bins, limits) {
  const merging = [...bins];
  for (let at = 0; at < merging.length; ) {
    const bin = merging[at];
    if (bin === void 0 || bin.bytes >= limits.minLayerBytes || bin.ranks[1] >= appRank) {
      at++;
      continue;
    }
    const neighbours = [at - 1, at].filter((low) => {
      const [a, b] = [merging[low], merging[low + 1]];
      if (a === void 0 || b === void 0 || b.ranks[1] >= appRank) return false;
      return a.bytes + b.bytes <= limits.maxLayerBytes && ranksBetween(merging, a, b) <= 1;
    });
    const best = neighbours.toSorted((x, y) => pairBytes(merging, x) - pairBytes(merging, y))[0];
    if (best === void 0) {
      at++;
      continue;
    }
    mergeAt(merging, best);
    at = best;
  }
  return merging;
}
function ranksBetween(bins, a, b) {
  const present = new Set(bins.flatMap((bin) => bin.parcels.map((parcel) => parcel.rank)));
  return [...present].filter((rank) => rank > a.ranks[1] && rank <= b.ranks[0]).length;
}
function mergeTop(bins, limits) {
  const merging = [...bins];
  for (let low = merging.length - 2; low >= 0; low--) {
    const [a, b] = [merging[low], merging[low + 1]];
    if (a === void 0 || b === void 0 || b.ranks[1] < appRank) break;
    const bothMatter = a.bytes >= separateBytes && b.bytes >= separateBytes && a.ranks[1] < appRank;
    if (bothMatter || a.bytes + b.bytes > limits.maxLayerBytes) continue;
    mergeAt(merging, low);
  }
  return merging;
}
function mergeSmallestPair(bins) {
  const merging = [...bins];
  let best = 0;
  for (let low = 1; low + 1 < merging.length; low++) {
    if (pairBytes(merging, low) < pairBytes(merging, best)) best = low;
  }
  mergeAt(merging, best);
  return merging;
}
function pairBytes(bins, low) {
  return (bins[low]?.bytes ?? 0) + (bins[low + 1]?.bytes ?? 0);
}
function mergeAt(bins, low) {
  const [a, b] = [bins[low], bins[low + 1]];
  if (a !== void 0 && b !== void 0) bins.splice(low, 2, merged(a, b));
}
function binOf(parcel) {
  return { parcels: [parcel], bytes: parcel.bytes, ranks: [parcel.rank, parcel.rank] };
}
function merged(a, b) {
  return {
    parcels: [...a.parcels, ...b.parcels],
    bytes: a.bytes + b.bytes,
    ranks: [a.ranks[0], b.ranks[1]]
  };
}

// src/stages/relayer/plan/cuts.ts
function chooseKept(choice, limits) {
  const { layers } = choice;
  const all = layers.map(() => true);
  const live = choice.baseBytes + choice.fresh.bytes + sum(layers, (layer) => layer.bytes - layer.dead);
  const caps = capsOf(limits, live);
  const appended = billOf(choice, all, limits);
  const isForced = excess(appended, caps) > 0;
  const judge = (kept2) => {
    const bill = billOf(choice, kept2, limits);
    const extra = Math.max(1, price(bill) - price(appended));
    const rate = isForced ? extra / room(bill, caps, choice.baseLayers) : 0;
    return { kept: kept2, excess: excess(bill, caps), rate, price: price(bill) };
  };
  let best = judge(all);
  for (const kept2 of candidates(layers, limits)) {
    const judged = judge(kept2);
    if (isBetter(judged, best)) best = judged;
  }
  return best.kept;
}
function isBetter(a, b) {
  if (a.excess !== b.excess) return a.excess < b.excess;
  if (a.rate !== b.rate) return a.rate < b.rate;
  return a.price < b.price;
}
function* candidates(layers, limits) {
  for (let cut = layers.length - 1; cut >= 0; cut--) yield layers.map((_, index) => index < cut);
  if (limits.reuse === "blobs") yield* priced(layers);
}
function* priced(layers) {
  for (let dead = weights.dead; dead <= 4096; dead *= 2) {
    for (let place = weights.layer; place <= 2 ** 32; place *= 4) {
      const gains = layers.map((layer) => {
        const rewrite = layer.rewrite + weights.unpacked * layer.rewriteUnpacked;
        return dead * layer.dead + place > rewrite;
      });
      for (let lowest = 0; lowest < layers.length; lowest++) {
        if (gains[lowest]) yield gains.map((gained, index) => index < lowest || !gained);
      }
    }
  }
}
function billOf(choice, kept2, limits) {
  let written = choice.fresh.bytes;
  let carried = 0;
  let unpacked2 = choice.fresh.unpacked;
  let dead = 0;
  let count = choice.baseLayers;
  let isChained = choice.sameBase;
  choice.layers.forEach((layer, index) => {
    if (!kept2[index]) {
      isChained = false;
      written += layer.rewrite;
      unpacked2 += layer.rewriteUnpacked;
      return;
    }
    count++;
    dead += layer.dead;
    if (isChained) return;
    unpacked2 += layer.unpacked;
    if (limits.reuse === "chain") carried += layer.bytes;
  });
  const download = written + carried;
  const wanted = Math.ceil(written / Math.max(1, limits.targetLayerBytes));
  const slots = limits.maxLayers - count;
  return { download, unpacked: unpacked2, dead, layers: count + Math.max(1, Math.min(wanted, slots)) };
}
function sum(items, of) {
  return items.reduce((total, item) => total + of(item), 0);
}

// src/content/rootfs/differences.ts
var aspects = [
  { name: "type", differs: ({ a, b, nodeA, nodeB }) => a.kind(nodeA) !== b.kind(nodeB) },
  { name: "mode", differs: ({ a, b, nodeA, nodeB }) => a.mode(nodeA) !== b.mode(nodeB) },
  {
    name: "owner",
    differs: ({ a, b, nodeA, nodeB }) => a.uid(nodeA) !== b.uid(nodeB) || a.gid(nodeA) !== b.gid(nodeB)
  },
  { name: "mtime", differs: hasOtherMtime },
  { name: "content", differs: hasOtherContent },
  { name: "target", differs: ({ a, b, nodeA, nodeB }) => !a.target(nodeA).equals(b.target(nodeB)) },
  {
    name: "device",
    differs: ({ a, b, nodeA, nodeB }) => a.devmajor(nodeA) !== b.devmajor(nodeB) || a.devminor(nodeA) !== b.devminor(nodeB)
  },
  { name: "xattrs", differs: ({ a, b, nodeA, nodeB }) => !a.xattrs(nodeA).equals(b.xattrs(nodeB)) },
  { name: "links", differs: hasOtherLinks }
];
function* differences(a, b, policy) {
  for (const [nodeA, nodeB] of together(a, b)) {
    if (nodeA === void 0) yield { a: nodeA, b: nodeB, aspects: ["only-in-b"] };
    else if (nodeB === void 0) yield { a: nodeA, b: nodeB, aspects: ["only-in-a"] };
    else {
      const pair = { a, b, nodeA, nodeB, policy };
      const found = aspects.filter((aspect) => aspect.differs(pair));
      if (found.length > 0) yield { a: nodeA, b: nodeB, aspects: found.map(({ name: name2 }) => name2) };
    }
  }
}
function changesBetween(from, to) {
  const isEmitted = new Uint8Array(to.size);
  const isGone = new Uint8Array(from.size);
  for (const { a, b } of differences(from, to, { mtime: "compared" })) {
    if (b !== void 0) isEmitted[to.firstLink(b)] = 1;
    if (a !== void 0 && (b === void 0 || to.kind(b) !== "directory")) {
      isGone[a] = b === void 0 && isGone[from.parent(a)] === 0 ? topOfRemoved : gone;
    }
  }
  for (const node of timesUnknownTo(from, to)) isEmitted[node] = 1;
  markLinks(to, isEmitted);
  return { emit: numbersOf(isEmitted, 1), remove: numbersOf(isGone, topOfRemoved) };
}
function* timesUnknownTo(from, to) {
  for (let node = 1; node < from.size; node++) {
    if (from.mtime(node) !== void 0) continue;
    const twin = to.find(from.path(node));
    if (twin !== void 0 && to.mtime(twin) !== void 0) yield to.firstLink(twin);
  }
}
var [gone, topOfRemoved] = [1, 2];
function markLinks(tree, marks2) {
  for (let node = 0; node < tree.size; node++) marks2[node] = marks2[tree.firstLink(node)];
}
function numbersOf(flags, flag) {
  let count = 0;
  for (const value of flags) if (value === flag) count++;
  const numbers = new Uint32Array(count);
  for (let node = flags.length - 1; node >= 0; node--) if (flags[node] === flag) numbers[--count] = node;
  return numbers;
}
function* together(a, b) {
  yield [0, 0];
  const open4 = [sideBySide(a, 0, b, 0)];
  for (let last = open4.at(-1); last !== void 0; last = open4.at(-1)) {
    const { value, done } = last.next();
    if (done) {
      open4.pop();
      continue;
    }
    yield value;
    const [nodeA, nodeB] = value;
    const isInA = nodeA !== void 0 && a.kind(nodeA) === "directory";
    const isInB = nodeB !== void 0 && b.kind(nodeB) === "directory";
    if (isInA || isInB) open4.push(sideBySide(a, isInA ? nodeA : void 0, b, isInB ? nodeB : void 0));
  }
}
function* sideBySide(a, inA, b, inB) {
  const [fromA, fromB] = [childrenOf(a, inA), childrenOf(b, inB)];
  let [nextA, nextB] = [fromA.next(), fromB.next()];
  while (!nextA.done || !nextB.done) {
    const order = nextA.done ? 1 : nextB.done ? -1 : a.name(nextA.value).compare(b.name(nextB.value));
    yield [order <= 0 ? nextA.value : void 0, order >= 0 ? nextB.value : void 0];
    if (order <= 0) nextA = fromA.next();
    if (order >= 0) nextB = fromB.next();
  }
}
function childrenOf(tree, node) {
  return (node === void 0 ? [] : tree.children(node))[Symbol.iterator]();
}
function hasOtherMtime({ a, b, nodeA, nodeB, policy }) {
  if (policy.mtime === "ignored") return false;
  const [inA, inB] = [a.mtime(nodeA), b.mtime(nodeB)];
  return inA !== void 0 && inB !== void 0 && inA !== inB;
}
function hasOtherContent({ a, b, nodeA, nodeB, policy }) {
  if (a.kind(nodeA) !== "file" && b.kind(nodeB) !== "file") return false;
  if (a.bytes(nodeA) !== b.bytes(nodeB) || a.isSparse(nodeA) !== b.isSparse(nodeB)) return true;
  if (!a.digest(nodeA).equals(b.digest(nodeB))) return true;
  const [inA, inB] = [a.pycMtime(nodeA), b.pycMtime(nodeB)];
  if (policy.mtime === "compared") return inA !== inB;
  return inA === void 0 !== (inB === void 0);
}
function hasOtherLinks({ a, b, nodeA, nodeB }) {
  const [inA, inB] = [a.firstLink(nodeA), b.firstLink(nodeB)];
  if (inA === nodeA || inB === nodeB) return inA === nodeA !== (inB === nodeB);
  return !a.path(inA).equals(b.path(inB));
}

// src/content/rootfs/joined-xattrs.ts
function rowKey(layer, row) {
  return layer * 2 ** 32 + row;
}

// src/content/rootfs/nodes.ts
var none = 2 ** 32 - 1;
var nodeKinds = ["", "directory", "file", "symlink", "character", "block", "fifo"];
var [nothing, directory, file, symlink] = [0, 1, 2, 3];
var marks = {
  /** A layer had here something that is no directory, or a whiteout: nothing is found below it in that layer. */
  other: 1,
  /** Nothing is here because of a whiteout of this very path. */
  whitedOut: 2,
  /** It is, or was, a hard link or what one links to. */
  linked: 4,
  /** Of one layer: its whiteout. */
  whiteout: 8,
  /** Of one layer: something below a path came before the path's own entry, if that has one. */
  implicit: 16,
  /** Of one layer: implicit, with what the directory in the layers below says. */
  copied: 32,
  /** Of one layer: a symlink that other entries go through. */
  followed: 64,
  /** Of one layer: a directory with an opaque marker. */
  opaque: 128
};
var lasting = marks.other | marks.whitedOut | marks.linked;
var Nodes = class {
  parents = new GrowingColumn(Uint32Array);
  names = new BytePool();
  kinds = new GrowingColumn(Uint8Array);
  /** Layer plus one that last had this path, be it as a parent only. */
  stamps = new GrowingColumn(Uint16Array);
  marks = new GrowingColumn(Uint8Array);
  layers = new GrowingColumn(Uint16Array);
  /** `none` of implicit directories. */
  rows = new GrowingColumn(Uint32Array);
  /** Row that brought the inode: of hard links that of what they link to. Of directories that no layer tells of their group. */
  sources = new GrowingColumn(Uint32Array);
  /** Layer and row of the header that was applied last: mode, owner, times, extended attributes. */
  headerLayers = new GrowingColumn(Uint16Array);
  headerRows = new GrowingColumn(Uint32Array);
  #firstChildren = new GrowingColumn(Uint32Array);
  #nextSiblings = new GrowingColumn(Uint32Array);
  #hashes = new GrowingColumn(Uint32Array);
  /** Open addressing: a node where its hash says, or in the next free place after that. 0, the root, is none's child. */
  #slots = new Uint32Array(1024);
  /** So that nobody can make names that all meet in one slot. */
  #seed = Math.trunc(Math.random() * 2 ** 32);
  constructor() {
    this.#push(0, Buffer.alloc(0), 0);
    this.kinds.set(0, directory);
  }
  get count() {
    return this.parents.length;
  }
  /** A directory's node of that name, or `none`. */
  child(parent, name2) {
    const hash = this.#hash(parent, name2);
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; this.#slots[slot] !== 0; slot = slot + 1 & mask) {
      const node = this.#slots[slot];
      if (this.#hashes.at(node) !== hash || this.parents.at(node) !== parent) continue;
      if (this.names.holds(node, name2)) return node;
    }
    return none;
  }
  /** A new node, of nothing yet. */
  add(parent, name2) {
    const node = this.#push(parent, name2, this.#hash(parent, name2));
    this.#nextSiblings.set(node, this.#firstChildren.at(parent));
    this.#firstChildren.set(parent, node);
    if (this.count * 4 > this.#slots.length * 3) this.#grow();
    else this.#settle(node);
    return node;
  }
  /** Marks of a node that a layer comes to for the first time are only the lasting ones. */
  touch(node, stamp) {
    if (this.stamps.at(node) === stamp) return;
    this.stamps.set(node, stamp);
    this.marks.set(node, this.marks.at(node) & lasting);
  }
  has(node, mark) {
    return (this.marks.at(node) & mark) !== 0;
  }
  mark(node, mark) {
    this.marks.set(node, this.marks.at(node) | mark);
  }
  unmark(node, mark) {
    this.marks.set(node, this.marks.at(node) & ~mark);
  }
  /** Nodes in a directory, also of what is there no longer, the last added first. */
  *children(node) {
    for (let child = this.#firstChildren.at(node); child !== none; child = this.#nextSiblings.at(child)) {
      yield child;
    }
  }
  /** Nothing is there, nor below it, any more. */
  remove(top) {
    const left = [top];
    for (let node = left.pop(); node !== void 0; node = left.pop()) {
      const kind = this.kinds.at(node);
      if (kind === nothing) continue;
      this.kinds.set(node, nothing);
      this.unmark(node, marks.linked);
      if (kind !== directory) continue;
      for (const child of this.children(node)) left.push(child);
    }
  }
  /** What only `add`, `child` and `touch` take is let go. */
  close() {
    for (const column of [this.stamps, this.#hashes]) column.take();
    this.#slots = new Uint32Array(0);
  }
  /** What only `children` takes is let go. */
  forgetChildren() {
    for (const column of [this.#firstChildren, this.#nextSiblings]) column.take();
  }
  #push(parent, name2, hash) {
    this.parents.push(parent);
    this.kinds.push(nothing);
    this.stamps.push(0);
    this.marks.push(0);
    this.layers.push(0);
    this.rows.push(none);
    this.sources.push(none);
    this.headerLayers.push(0);
    this.headerRows.push(none);
    this.#firstChildren.push(none);
    this.#nextSiblings.push(none);
    this.#hashes.push(hash);
    return this.names.add(name2);
  }
  #grow() {
    this.#slots = new Uint32Array(this.#slots.length * 2);
    for (let node = 1; node < this.count; node++) this.#settle(node);
  }
  #settle(node) {
    const mask = this.#slots.length - 1;
    let slot = this.#hashes.at(node) & mask;
    while (this.#slots[slot] !== 0) slot = slot + 1 & mask;
    this.#slots[slot] = node;
  }
  #hash(parent, name2) {
    return hashName(this.#seed, parent, name2);
  }
};
function hashName(seed, parent, name2) {
  let hash = Math.imul(seed ^ parent, 2654435761);
  hash ^= hash >>> 15;
  for (let at = 0; at < name2.byteLength; at++) {
    hash = Math.imul(hash ^ name2[at], 1540483477);
    hash ^= hash >>> 15;
  }
  return hash >>> 0;
}

// src/content/rootfs/xattr-set.ts
var namespaces = ["user.", "security.", "system."].map((name2) => Buffer.from(name2));
var [user, system] = [Buffer.from("user."), Buffer.from("system.")];
var none2 = Buffer.alloc(0);
function heldXattrs(records, isFileOrDirectory) {
  if (records.byteLength === 0) return none2;
  const all = attributes(records);
  const held = all.filter(
    ({ name: name2 }) => namespaces.some((namespace) => startsWith(name2, namespace)) && (isFileOrDirectory || !(startsWith(name2, user) || startsWith(name2, system)))
  );
  return held.length === all.length ? records : Buffer.concat(held.map(({ record }) => record));
}
function joinedXattrs(earlier, later) {
  if (earlier.byteLength === 0) return later;
  const all = [...attributes(earlier), ...attributes(later)];
  const last = new Map(all.map((attribute) => [attribute.name.toString("latin1"), attribute]));
  const sorted = [...last.values()].sort((a, b) => a.name.compare(b.name));
  return Buffer.concat(sorted.map(({ record }) => record));
}
function xattrsAfterChown(records) {
  if (!records.includes("security.capability=")) return records;
  const left = attributes(records).filter(({ name: name2 }) => name2.toString("latin1") !== "security.capability");
  return Buffer.concat(left.map(({ record }) => record));
}
function attributes(records) {
  const found = [];
  for (let at = 0; at < records.byteLength; ) {
    const space = records.indexOf(32, at);
    const length = space < 0 ? 0 : Number(records.toString("latin1", at, space));
    const record = records.subarray(at, at + length);
    const equals = records.indexOf(61, space);
    if (!(length > 0) || record.byteLength < length || equals < 0 || equals >= at + length) break;
    found.push({ name: records.subarray(space + 1, equals), record });
    at += length;
  }
  return found;
}
function startsWith(bytes2, beginning) {
  return bytes2.byteLength > beginning.byteLength && bytes2.subarray(0, beginning.byteLength).equals(beginning);
}

// src/content/rootfs/layer-headers.ts
var mostXattrBytes = 2 ** 16;
var mostJoinedBytes = 2 ** 22;
var LayerHeaders = class {
  #nodes;
  #tables;
  #table;
  #layer;
  #joined;
  #odd;
  /** Of inodes with hard links: the row whose header counts. */
  #headers;
  /** Of inodes with hard links, by the row that brought them. */
  #inodeXattrs = /* @__PURE__ */ new Map();
  #joinedBytes = 0;
  /** @param odd what to throw of the entry that comes at present */
  constructor(nodes, tables, layer, joined, odd) {
    this.#nodes = nodes;
    this.#tables = tables;
    this.#table = tables[layer];
    this.#layer = layer;
    this.#joined = joined;
    this.#odd = odd;
  }
  /** Of a directory of this layer, or one that has its header from below. */
  xattrsOf(node) {
    const row = this.#nodes.headerRows.at(node);
    const layer = this.#nodes.headerLayers.at(node);
    if (row === none) return Buffer.alloc(0);
    const table = this.#tables[layer];
    return this.#joined.get(rowKey(layer, row)) ?? heldXattrs(table.xattrs(row), true);
  }
  /** A directory comes again; it had these attributes before. */
  again(row, before) {
    if (before.byteLength > 0)
      this.#joined.set(rowKey(this.#layer, row), this.#joinedWithOwn(row, before, true));
  }
  /**
   * A hard link's own header is applied to the inode that it shares.
   * @param source the row that brought the inode
   */
  link(row, source, isFile) {
    this.#headers ??= new Uint32Array(this.#table.rows).fill(none);
    const header2 = this.#headers[source] === none ? source : this.#headers[source];
    const before = this.#inodeXattrs.get(source) ?? heldXattrs(this.#table.xattrs(header2), isFile);
    const after = this.#joinedWithOwn(row, isFile ? xattrsAfterChown(before) : before, isFile);
    if (after.byteLength > 0 || before.byteLength > 0) this.#inodeXattrs.set(source, after);
    this.#headers[source] = row;
  }
  /** Gives nodes that the layer touched, stamped so, the headers that their inodes have in the end. */
  settle(stamp) {
    const headers = this.#headers;
    if (headers === void 0) return;
    const { stamps, kinds: kinds3, sources, headerRows } = this.#nodes;
    for (let node = 0; node < this.#nodes.count; node++) {
      if (stamps.at(node) !== stamp || kinds3.at(node) <= directory) continue;
      const header2 = headers[sources.at(node)];
      if (header2 !== none) headerRows.set(node, header2);
    }
    for (const [source, xattrs] of this.#inodeXattrs) {
      this.#joined.set(rowKey(this.#layer, headers[source]), xattrs);
    }
  }
  #joinedWithOwn(row, before, isFileOrDirectory) {
    const own = heldXattrs(this.#table.xattrs(row), isFileOrDirectory);
    if (before.byteLength === 0 || before.equals(own)) return own;
    const after = joinedXattrs(before, own);
    this.#joinedBytes += after.byteLength;
    if (after.byteLength > mostXattrBytes) throw this.#odd("has more extended attributes than Linux takes");
    if (this.#joinedBytes > mostJoinedBytes)
      throw this.#odd("comes after too many links with extended attributes of their own");
    return after;
  }
};

// src/content/rootfs/lowest-opaque.ts
function hasImplicitBelowOpaque(nodes) {
  const covered = new Uint8Array(nodes.count);
  for (let node = 1; node < nodes.count; node++) {
    const parent = nodes.parents.at(node);
    if (covered[parent] === 0 && !nodes.has(parent, marks.opaque)) continue;
    if (nodes.has(node, marks.implicit)) return true;
    covered[node] = 1;
  }
  return false;
}

// src/content/rootfs/layer-merge.ts
var mostImplicit = { perEntry: 8, more: 4096 };
var mostLinks = 40;
var mostFollowedBytes = 2 ** 24;
var setgid = 1024;
var [slash, dot] = [47, 46];
var kindNumbers2 = {
  directory,
  file,
  symlink,
  character: 4,
  block: 5,
  fifo: 6
};
var LayerMerge = class {
  #nodes;
  #tables;
  #table;
  #layer;
  #stamp;
  #where;
  #headers;
  #row = 0;
  #path = Buffer.alloc(0);
  #implicit = 0;
  #followedBytes = 0;
  #firstOpaque;
  #lastDirectory;
  constructor(nodes, tables, layer, where, joined) {
    this.#nodes = nodes;
    this.#tables = tables;
    this.#table = tables[layer];
    this.#layer = layer;
    this.#stamp = layer + 1;
    this.#where = where;
    this.#headers = new LayerHeaders(nodes, tables, layer, joined, (what) => this.#odd(what));
  }
  run() {
    for (this.#row = 0; this.#row < this.#table.rows; this.#row++) this.#entry();
    this.#headers.settle(this.#stamp);
    if (this.#layer === 0 && this.#firstOpaque && hasImplicitBelowOpaque(this.#nodes)) {
      this.#path = this.#firstOpaque;
      throw this.#odd(
        "is opaque in the lowest layer, and below it is a directory that the layer has no entry for"
      );
    }
  }
  #entry() {
    const kind = this.#table.kind(this.#row);
    this.#path = this.#table.path(this.#row);
    if (kind === "opaque") {
      this.#hideLower();
      return;
    }
    if (this.#path.byteLength === 0) return;
    const at = this.#path.lastIndexOf(slash);
    const parent = this.#directoryOf(this.#path.subarray(0, Math.max(0, at)));
    const name2 = this.#path.subarray(at + 1);
    this.#checkName(name2);
    const known = this.#nodes.child(parent, name2);
    const node = known === none ? this.#nodes.add(parent, name2) : known;
    const isAgain = this.#nodes.stamps.at(node) === this.#stamp;
    this.#nodes.touch(node, this.#stamp);
    if (kind === "whiteout") this.#whiteOut(node, isAgain);
    else if (kind === "directory") this.#putDirectory(node, isAgain);
    else this.#putOther(node, isAgain, kind);
  }
  // Entries
  #whiteOut(node, isAgain) {
    if (isAgain) throw this.#odd("is removed by the same layer that has it");
    this.#nodes.remove(node);
    this.#nodes.mark(node, marks.whiteout | marks.whitedOut);
    if (this.#layer > 0) this.#nodes.mark(node, marks.other);
  }
  #putDirectory(node, isAgain) {
    const nodes = this.#nodes;
    this.#checkNoWhiteout(node);
    let before;
    if (isAgain) {
      if (nodes.kinds.at(node) !== directory) throw this.#twoThings();
      before = this.#headers.xattrsOf(node);
    }
    nodes.unmark(node, marks.whitedOut | marks.linked);
    this.#put(node, directory, this.#row);
    if (before !== void 0) this.#headers.again(this.#row, before);
  }
  #putOther(node, isAgain, kind) {
    const nodes = this.#nodes;
    this.#checkNoWhiteout(node);
    if (isAgain) {
      if (nodes.kinds.at(node) === directory) throw this.#twoThings();
      if (nodes.has(node, marks.followed))
        throw this.#odd("is a symbolic link that entries of its layer go through, and comes again");
    }
    if (kind === "hardlink") {
      this.#link(node);
      return;
    }
    const number = kindNumbers2[kind];
    if (number === void 0) throw this.#odd(`is a ${kind}`);
    if (kind === "character" && this.#table.devmajor(this.#row) === 0 && this.#table.devminor(this.#row) === 0) {
      throw this.#odd("is the device 0:0, which overlayfs takes for a whiteout");
    }
    nodes.remove(node);
    nodes.unmark(node, marks.whitedOut | marks.linked);
    nodes.mark(node, marks.other);
    this.#put(node, number, this.#row);
  }
  #link(node) {
    const nodes = this.#nodes;
    const target = this.#linkTarget();
    if (target === node) throw this.#odd("is a hard link to itself");
    const source = nodes.sources.at(target);
    this.#headers.link(this.#row, source, nodes.kinds.at(target) === file);
    nodes.remove(node);
    nodes.unmark(node, marks.whitedOut);
    nodes.mark(node, marks.other | marks.linked);
    nodes.mark(target, marks.linked);
    this.#put(node, nodes.kinds.at(target), source);
  }
  #put(node, kind, source) {
    const { kinds: kinds3, layers, rows, sources, headerLayers, headerRows } = this.#nodes;
    kinds3.set(node, kind);
    layers.set(node, this.#layer);
    rows.set(node, this.#row);
    sources.set(node, source);
    headerLayers.set(node, this.#layer);
    headerRows.set(node, this.#row);
  }
  /** What the layers below have in the directory is not there any more; what this layer has, before or after, is. */
  #hideLower() {
    const nodes = this.#nodes;
    const top = this.#directoryOf(this.#path);
    if (top === 0 && this.#layer > 0)
      throw this.#odd("is the root and opaque, which overlayfs does not look at");
    this.#firstOpaque ??= this.#path;
    if (nodes.has(top, marks.opaque)) return;
    nodes.mark(top, marks.opaque);
    if (this.#layer === 0 || this.#isBelowOpaque(top)) return;
    const left = [top];
    for (let node = left.pop(); node !== void 0; node = left.pop()) {
      for (const child of nodes.children(node)) {
        if (nodes.stamps.at(child) !== this.#stamp) nodes.remove(child);
        else if (nodes.kinds.at(child) === directory && !this.#isDoneOpaque(child)) left.push(child);
      }
    }
  }
  #isDoneOpaque(node) {
    if (this.#nodes.has(node, marks.copied)) {
      throw this.#odd("is opaque, and below it is a directory that the layer has no entry for");
    }
    return this.#nodes.has(node, marks.opaque);
  }
  #isBelowOpaque(node) {
    for (let at = node; at !== 0; ) {
      at = this.#nodes.parents.at(at);
      if (this.#nodes.stamps.at(at) === this.#stamp && this.#nodes.has(at, marks.opaque)) return true;
    }
    return false;
  }
  // Where entries are
  /** The directory of that path, made where the layer has no entry for it. */
  #directoryOf(path) {
    if (path.byteLength === 0) return 0;
    if (this.#lastDirectory?.path.equals(path)) return this.#lastDirectory.node;
    const node = this.#walk(path, (missing) => this.#makeParent(missing));
    this.#lastDirectory = { path, node };
    return node;
  }
  /** What this hard link links to: the layer must have it, before. */
  #linkTarget() {
    const path = this.#table.target(this.#row);
    const absent = () => {
      return this.#odd(`is a hard link to ${shownPath(path)}, which does not come before it in its layer`);
    };
    const at = path.lastIndexOf(slash);
    const parent = at < 0 ? 0 : this.#walk(path.subarray(0, at), () => {
      throw absent();
    });
    const node = this.#nodes.child(parent, path.subarray(at + 1));
    if (node === none || this.#nodes.stamps.at(node) !== this.#stamp) throw absent();
    const kind = this.#nodes.kinds.at(node);
    if (kind === nothing || kind === directory)
      throw this.#odd(`is a hard link to ${shownPath(path)}, which is no file`);
    return node;
  }
  /**
   * Goes down a path in what the layer itself has, through its own symlinks.
   * @param absent gives the node of what the layer does not have
   */
  #walk(start, absent) {
    const nodes = this.#nodes;
    let path = start;
    let links = 0;
    let mayGoUp = false;
    let others = false;
    let at = 0;
    for (let from = 0; from < path.byteLength; ) {
      const next = path.indexOf(slash, from);
      const end = next < 0 ? path.byteLength : next;
      const name2 = path.subarray(from, end);
      from = end + 1;
      if (links > 0 && (name2.byteLength === 0 || name2.byteLength === 1 && name2[0] === dot)) continue;
      if (mayGoUp && isDots(name2)) {
        at = at === 0 ? 0 : nodes.parents.at(at);
        continue;
      }
      this.#checkName(name2);
      mayGoUp = false;
      const node = nodes.child(at, name2);
      const isHere = node !== none && nodes.stamps.at(node) === this.#stamp;
      const down = isHere ? node : absent({ parent: at, name: name2, others, path: path.subarray(0, end) });
      const kind = nodes.kinds.at(down);
      if (kind === directory) {
        others ||= nodes.has(down, marks.other);
        at = down;
      } else if (kind === symlink && ++links <= mostLinks) {
        nodes.mark(down, marks.followed);
        const target = this.#table.target(nodes.sources.at(down));
        this.#followedBytes += target.byteLength;
        if (this.#followedBytes > mostFollowedBytes)
          throw this.#odd("comes after too many that go through symbolic links");
        path = Buffer.concat([target, Buffer.of(slash), path.subarray(from)]);
        from = 0;
        if (target[0] === slash) at = 0;
        mayGoUp = links === 1;
      } else
        throw this.#odd(`is below ${shownPath(path.subarray(0, end))}, which is no directory in its layer`);
    }
    return at;
  }
  /**
   * containerd gives a directory that the layer has no entry for what the directory in the layers below has, and looks
   * for that in one layer after the other, not in what they make together.
   */
  #makeParent({ parent, name: name2, others, path }) {
    const nodes = this.#nodes;
    const known = nodes.child(parent, name2);
    const node = known === none ? nodes.add(parent, name2) : known;
    const kind = nodes.kinds.at(node);
    const isGone = known !== none && kind === nothing && !nodes.has(node, marks.whitedOut);
    if (kind > directory) {
      throw this.#odd(`goes through ${shownPath(path)}, which is no directory in the layers below`);
    }
    if (kind === nothing && this.#layer > 0 && (others || isGone)) {
      throw this.#odd(
        `is in ${shownPath(path)}, for which the layer has no entry, and that was removed or something else in a layer below`
      );
    }
    const limit = this.#table.rows * mostImplicit.perEntry + mostImplicit.more;
    if (++this.#implicit > limit)
      throw this.#odd(`comes after ${limit} directories that the layer has no entry for`);
    nodes.touch(node, this.#stamp);
    nodes.mark(node, marks.implicit | (kind === directory ? marks.copied : 0));
    nodes.unmark(node, marks.whitedOut);
    if (kind === nothing) {
      nodes.headerRows.set(node, none);
      nodes.sources.set(node, this.#groupBelow(parent));
    }
    nodes.kinds.set(node, directory);
    nodes.layers.set(node, this.#layer);
    nodes.rows.set(node, none);
    return node;
  }
  /** What is made in a directory with the setgid bit gets its group (inode(7)). */
  #groupBelow(parent) {
    const row = this.#nodes.headerRows.at(parent);
    if (parent === 0 || row === none) return 0;
    const table = this.#tables[this.#nodes.headerLayers.at(parent)];
    return (table.mode(row) & setgid) === 0 ? 0 : table.gid(row);
  }
  // What is refused
  #checkNoWhiteout(node) {
    if (this.#nodes.has(node, marks.whiteout)) throw this.#odd("is removed by the same layer that has it");
  }
  #checkName(name2) {
    if (name2.byteLength === 0 || name2.byteLength > 255 || isDots(name2) || name2.byteLength === 1 && name2[0] === dot) {
      throw this.#odd("has a name in its path that no file can have");
    }
  }
  #twoThings() {
    return this.#odd("is a directory and something else in one layer");
  }
  #odd(what) {
    return inputError("odd-layer", `${this.#where} cannot be re-layered: ${shownPath(this.#path)} ${what}`, {
      hint: "Nodes do not agree on what such a layer is, or refuse it. Build the image with another tool, or flatten it."
    });
  }
};
function isDots(name2) {
  return name2.byteLength === 2 && name2[0] === dot && name2[1] === dot;
}

// src/content/rootfs/merged-tree.ts
var noBytes = Buffer.alloc(0);
var implicitMode = 493;
var symlinkMode = 511;
var latest = 2 ** 63 / 1e9;
function mergedTree(nodes, tables, joined) {
  return treeOf(columnsOf(nodes, tables), tables, joined);
}
function columnsOf(nodes, tables) {
  nodes.close();
  const names = nodes.names.take();
  const order = goDown(nodes, names);
  nodes.forgetChildren();
  const count = order.length;
  const taken = (column, made) => {
    const values = column.take();
    for (let node = 0; node < count; node++) made[node] = values[order[node]];
    return made;
  };
  const marked2 = taken(nodes.marks, new Uint8Array(count));
  const columns2 = {
    kinds: taken(nodes.kinds, new Uint8Array(count)),
    layers: taken(nodes.layers, new Uint16Array(count)),
    rows: taken(nodes.rows, new Uint32Array(count)),
    sources: taken(nodes.sources, new Uint32Array(count)),
    headerLayers: taken(nodes.headerLayers, new Uint16Array(count)),
    headerRows: taken(nodes.headerRows, new Uint32Array(count))
  };
  const places = new Uint32Array(nodes.count);
  for (let node = 0; node < count; node++) places[order[node]] = node;
  const parents = taken(nodes.parents, new Uint32Array(count));
  for (let node = 0; node < count; node++) parents[node] = places[parents[node]];
  const linked = linksOf(marked2, columns2, tables);
  return { ...columns2, ...linked, count, parents, ends: endsOf(parents), nameNumbers: order, names };
}
function goDown(nodes, names) {
  let count = 0;
  for (let node = 0; node < nodes.count; node++) if (nodes.kinds.at(node) !== nothing) count++;
  const order = new Uint32Array(count);
  const left = [0];
  let at = 0;
  for (let node = left.pop(); node !== void 0; node = left.pop()) {
    order[at++] = node;
    if (nodes.kinds.at(node) !== directory) continue;
    const children = [];
    for (const child of nodes.children(node)) if (nodes.kinds.at(child) !== nothing) children.push(child);
    if (!isDescending(children, names)) children.sort((a, b) => compareNames(names, b, a));
    for (const child of children) left.push(child);
  }
  return order;
}
function isDescending(children, names) {
  for (let at = 1; at < children.length; at++) {
    if (compareNames(names, children[at - 1], children[at]) < 0) return false;
  }
  return true;
}
function compareNames({ bytes: bytes2, ends }, a, b) {
  const aEnd = ends[a];
  const bEnd = ends[b];
  let aAt = a === 0 ? 0 : ends[a - 1];
  let bAt = b === 0 ? 0 : ends[b - 1];
  for (; aAt < aEnd && bAt < bEnd; aAt++, bAt++) {
    const difference = bytes2[aAt] - bytes2[bAt];
    if (difference !== 0) return difference;
  }
  return aEnd - aAt - (bEnd - bAt);
}
function endsOf(parents) {
  const ends = new Uint32Array(parents.length);
  for (let node = parents.length - 1; node >= 0; node--) {
    if (ends[node] === 0) ends[node] = node + 1;
    const parent = parents[node];
    ends[parent] = Math.max(ends[parent], ends[node]);
  }
  return ends;
}
function linksOf(marked2, { layers, sources }, tables) {
  const links = new Uint32Array(marked2.length);
  const firsts = new Uint32Array(marked2.length);
  const linked = tables.map(() => []);
  for (let node = 0; node < marked2.length; node++) {
    links[node] = node;
    firsts[node] = node;
    if ((marked2[node] & marks.linked) !== 0) linked[layers[node]]?.push(node);
  }
  for (const [layer, nodes] of linked.entries()) {
    if (nodes.length === 0) continue;
    const last = new Uint32Array(tables[layer]?.rows ?? 0).fill(none);
    for (const node of nodes) {
      const source = sources[node];
      const before = last[source];
      if (before !== none) {
        links[node] = links[before];
        links[before] = node;
        firsts[node] = firsts[before];
      }
      last[source] = node;
    }
  }
  return { links, firsts };
}
function treeOf(columns2, tables, joined) {
  const { count, parents, ends, names, nameNumbers, links } = columns2;
  const find = finderOf(columns2);
  const code = (node) => columns2.kinds[node];
  const layerOf = (node) => columns2.layers[node];
  const broughtBy = (node) => columns2.sources[node];
  const headerOf = (node) => columns2.headerRows[node];
  const table = (layer) => tables[layer];
  const headerTable = (node) => table(columns2.headerLayers[node]);
  const name2 = (node) => byteString(names, nameNumbers[node]);
  const timestamp = (node) => {
    if (code(node) !== file || links[node] !== node || !isCompiled(name2(node))) return void 0;
    const pyc = table(layerOf(node)).pyc(broughtBy(node));
    const source = pyc && sourceFor(node);
    if (source === void 0) return void 0;
    return pyc?.sourceMtime === pycTime(tree.mtime(source)) ? pyc : void 0;
  };
  const tree = {
    size: count,
    tables,
    parent: (node) => parents[node],
    name: name2,
    path: (node) => pathOf2(columns2, node),
    find(path) {
      let node = 0;
      for (let from = 0; from < path.byteLength && node !== void 0; ) {
        const slash5 = path.indexOf(47, from);
        const end = slash5 < 0 ? path.byteLength : slash5;
        node = find(node, path.subarray(from, end));
        from = end + 1;
      }
      return node;
    },
    *children(node) {
      for (let child = node + 1; child < ends[node]; child = ends[child]) yield child;
    },
    kind: (node) => nodeKinds[code(node)],
    mode(node) {
      if (nodeKinds[code(node)] === "symlink") return symlinkMode;
      const row = headerOf(node);
      return row === none ? implicitMode : headerTable(node).mode(row);
    },
    uid: (node) => headerOf(node) === none ? 0 : headerTable(node).uid(headerOf(node)),
    gid(node) {
      const row = headerOf(node);
      if (row !== none) return headerTable(node).gid(row);
      return node === 0 ? 0 : broughtBy(node);
    },
    mtime(node) {
      if (columns2.rows[node] === none) return void 0;
      const mtime = headerTable(node).mtime(headerOf(node));
      return mtime >= 0 && mtime < latest ? mtime : 0;
    },
    bytes: (node) => code(node) === file ? table(layerOf(node)).bytes(broughtBy(node)) : 0,
    digest(node) {
      if (code(node) !== file) return noBytes;
      return timestamp(node)?.maskedDigest ?? table(layerOf(node)).digest(broughtBy(node));
    },
    pycMtime: (node) => timestamp(node)?.sourceMtime,
    target(node) {
      const isLink = nodeKinds[code(node)] === "symlink";
      return isLink ? table(layerOf(node)).target(broughtBy(node)) : noBytes;
    },
    devmajor: (node) => code(node) === directory ? 0 : table(layerOf(node)).devmajor(broughtBy(node)),
    devminor: (node) => code(node) === directory ? 0 : table(layerOf(node)).devminor(broughtBy(node)),
    xattrs(node) {
      const row = headerOf(node);
      if (row === none) return noBytes;
      const known = joined.size > 0 ? joined.get(rowKey(columns2.headerLayers[node], row)) : void 0;
      return known ?? heldXattrs(headerTable(node).xattrs(row), code(node) <= file);
    },
    isSparse: (node) => code(node) === file && table(layerOf(node)).isSparse(broughtBy(node)),
    firstLink: (node) => columns2.firsts[node],
    links(node) {
      const first = columns2.firsts[node];
      const all = [first];
      for (let at = links[first]; at !== first; at = links[at]) all.push(at);
      return all;
    },
    layer: layerOf,
    row: (node) => columns2.rows[node] === none ? -1 : columns2.rows[node],
    content: (node) => ({
      layer: layerOf(node),
      row: code(node) === directory ? tree.row(node) : broughtBy(node)
    })
  };
  const sourceFor = rememberedSources(tree);
  return tree;
}
function finderOf({ count, parents, names, nameNumbers }) {
  const seed = Math.trunc(Math.random() * 2 ** 32);
  const slots = new Uint32Array(2 ** Math.ceil(Math.log2(count * 1.5 + 1)));
  const mask = slots.length - 1;
  const nameOf = (node) => byteString(names, nameNumbers[node]);
  for (let node = 1; node < count; node++) {
    let slot = hashName(seed, parents[node], nameOf(node)) & mask;
    while (slots[slot] !== 0) slot = slot + 1 & mask;
    slots[slot] = node;
  }
  return (parent, name2) => {
    for (let slot = hashName(seed, parent, name2) & mask; slots[slot] !== 0; slot = slot + 1 & mask) {
      const node = slots[slot];
      if (parents[node] === parent && nameOf(node).equals(name2)) return node;
    }
    return void 0;
  };
}
function pathOf2({ parents, names, nameNumbers }, node) {
  const parts = [];
  for (let at = node; at !== 0; at = parents[at]) {
    parts.push(byteString(names, nameNumbers[at]), slash2);
  }
  parts.pop();
  return parts.length === 1 ? parts[0] : Buffer.concat(parts.reverse());
}
var slash2 = Buffer.of(47);

// src/content/rootfs/merge.ts
var mostLayers = 2 ** 16 - 2;
function mergeLayers(tables, where) {
  if (tables.length > mostLayers) {
    throw inputError("odd-layer", `an image of ${tables.length} layers cannot be re-layered`, {
      hint: "Overlayfs stacks 500 at most. Build the image with fewer."
    });
  }
  const nodes = new Nodes();
  const joined = /* @__PURE__ */ new Map();
  for (let layer = 0; layer < tables.length; layer++) {
    new LayerMerge(nodes, tables, layer, where(layer), joined).run();
  }
  return mergedTree(nodes, tables, joined);
}

// src/stages/relayer/plan/pairs.ts
function forEachPair(a, b, visit) {
  const directories = [[0, 0]];
  visit(0, 0);
  for (let pair = directories.pop(); pair !== void 0; pair = directories.pop()) {
    const left = a.children(pair[0])[Symbol.iterator]();
    const right = b.children(pair[1])[Symbol.iterator]();
    let [l, r] = [left.next(), right.next()];
    while (l.done !== true && r.done !== true) {
      const order = Buffer.compare(a.name(l.value), b.name(r.value));
      if (order === 0) {
        visit(l.value, r.value);
        if (a.kind(l.value) === "directory" && b.kind(r.value) === "directory") {
          directories.push([l.value, r.value]);
        }
      }
      if (order <= 0) l = left.next();
      if (order >= 0) r = right.next();
    }
  }
}

// src/stages/relayer/plan/survey.ts
var unseen = 65535;
function survey(stack, from, to, written, sizes) {
  const seenIn = new Uint16Array(to.size).fill(unseen);
  const isKnown = new Uint8Array(to.size);
  const seen = new Float64Array(stack.length);
  const rewrite = new Float64Array(stack.length);
  const rewriteUnpacked = new Float64Array(stack.length);
  const add = (columns2, layer, bytes2) => {
    columns2[layer] = (columns2[layer] ?? 0) + bytes2;
  };
  forEachPair(from, to, (old, node) => {
    isKnown[node] = 1;
    if (written[node] === 1 || from.row(old) < 0) return;
    const layer = from.layer(old);
    seenIn[node] = layer;
    if (to.kind(node) === "directory") return;
    add(rewrite, layer, entryBytes);
    add(rewriteUnpacked, layer, entryUnpackedBytes);
    if (to.kind(node) !== "file" || to.firstLink(node) !== node) return;
    const content = from.content(old).layer;
    add(seen, content, to.bytes(node));
    add(rewrite, layer, sizes.packed(node));
    add(rewriteUnpacked, layer, to.bytes(node));
  });
  const layers = stack.map((layer, index) => {
    const files = fileBytes(layer.table);
    const share = files === 0 ? 1 : Math.min(1, (seen[index] ?? 0) / files);
    return {
      bytes: layer.bytes,
      unpacked: layer.table.unpackedBytes,
      dead: (1 - share) * layer.bytes,
      rewrite: rewrite[index] ?? 0,
      rewriteUnpacked: rewriteUnpacked[index] ?? 0
    };
  });
  return { layers, seenIn, isKnown };
}
function fileBytes(table) {
  let bytes2 = 0;
  for (let row = 0; row < table.rows; row++) if (table.kind(row) === "file") bytes2 += table.bytes(row);
  return bytes2;
}
function marksOf(nodes, size) {
  const marks2 = new Uint8Array(size);
  for (const node of nodes) marks2[node] = 1;
  return marks2;
}

// src/stages/relayer/plan/ground.ts
function groundOf(input, choose) {
  const { base, baseline, limits } = input;
  if (baseline === void 0 || baseline.length === 0) return afresh(input, reasons.noBaseline, void 0);
  const shared = sharedLayers(base, baseline);
  if (shared === base.length) return onBaseline(input, baseline, true, choose);
  if (limits.reuse === "chain") return afresh(input, reasons.otherBase, shared);
  return onBaseline(input, baseline, false, choose);
}
function sharedLayers(base, baseline) {
  const different = base.findIndex((layer, index) => layer.diffId !== baseline[index]?.diffId);
  return different < 0 ? base.length : different;
}
function afresh(input, reason, compactedFrom) {
  const carried = carry(input.base, "base");
  const tree = treeOf2(carried);
  const changes = changesBetween(tree, input.tree);
  return { carried, tree, changes, known: void 0, reason, compactedFrom };
}
function onBaseline(input, baseline, isSameBase, choose) {
  const { tree: wanted, base } = input;
  const layers = carry(baseline, "baseline");
  const previous = treeOf2(layers);
  const changes = changesBetween(previous, wanted);
  const isChanged = marksOf(changes.emit, wanted.size);
  const isProvided = isSameBase ? new Uint8Array(wanted.size) : providedBy(input);
  const isElsewhere = isChanged.map((mark, node) => mark | (isProvided[node] ?? 0));
  const state = survey(baseline, previous, wanted, isElsewhere, input);
  const isFresh = isChanged.map((mark, node) => mark & ~(isProvided[node] ?? 0));
  const first = isSameBase ? base.length : 0;
  const choice = {
    baseLayers: base.length,
    baseBytes: base.reduce((total, layer) => total + layer.bytes, 0),
    layers: state.layers.slice(first),
    fresh: freshBytes(input, isFresh),
    sameBase: isSameBase
  };
  const isSame = isSameBase && changes.emit.length + changes.remove.length === 0;
  const isSettled = isSame && baseline.length <= input.limits.maxLayers;
  const kept2 = isSettled ? choice.layers.map(() => true) : choose(choice, input.limits);
  const [below, above] = [carry(base, "base"), layers.slice(first)];
  const lowest = kept2.indexOf(false);
  const given = choice.layers.filter((_, index) => !kept2[index]);
  const known = { isChanged, isKnown: state.isKnown, compacts: reasons.compacts(given) };
  if (isSameBase && lowest < 0) {
    const carried2 = [...below, ...above];
    return { carried: carried2, tree: previous, changes, known, reason: reasons.changed, compactedFrom: void 0 };
  }
  const { carried, tree } = mergeable(below, above, kept2);
  return {
    carried,
    tree,
    changes: changesBetween(tree, wanted),
    known,
    reason: isSameBase ? reasons.changed : reasons.otherBase,
    compactedFrom: isSameBase ? first + lowest : sharedLayers(base, baseline)
  };
}
function providedBy({ base, tree }) {
  const missing = marksOf(changesBetween(treeOf2(carry(base, "base")), tree).emit, tree.size);
  return missing.map((mark) => 1 - mark);
}
function freshBytes(input, isFresh) {
  const { tree } = input;
  let [bytes2, unpacked2] = [0, 0];
  for (let node = 0; node < tree.size; node++) {
    if (isFresh[node] === 0) continue;
    bytes2 += entryBytes;
    unpacked2 += entryUnpackedBytes;
    if (tree.kind(node) !== "file" || tree.firstLink(node) !== node) continue;
    bytes2 += input.packed(node);
    unpacked2 += tree.bytes(node);
  }
  return { bytes: bytes2, unpacked: unpacked2 };
}
function mergeable(below, above, kept2) {
  const carried = [...below, ...above.filter((_, index) => kept2[index])];
  try {
    return { carried, tree: treeOf2(carried) };
  } catch (error) {
    if (!hasCode(error, "odd-layer")) throw error;
    const prefix = [...below, ...above.slice(0, Math.max(0, kept2.indexOf(false)))];
    return { carried: prefix, tree: treeOf2(prefix) };
  }
}
function carry(stack, from) {
  return stack.map((layer, index) => ({ kind: "carried", from, index, layer }));
}
function treeOf2(carried) {
  return mergeLayers(
    carried.map(({ layer }) => layer.table),
    (index) => `layer ${carried[index]?.layer.diffId}`
  );
}

// src/stages/relayer/plan/limits.ts
function checkLimits(limits) {
  const { maxLayers, minLayerBytes, targetLayerBytes, maxLayerBytes, slack } = limits;
  if (!Number.isInteger(maxLayers) || maxLayers < 1) {
    refuse(`max-layers is ${maxLayers}`, "Write a whole number from 1 to 127.");
  }
  for (const bytes2 of [minLayerBytes, targetLayerBytes, maxLayerBytes, slack]) {
    if (!Number.isFinite(bytes2) || bytes2 < 0) refuse(`${bytes2} is no limit`, "Write a positive number.");
  }
  if (minLayerBytes > targetLayerBytes || targetLayerBytes > maxLayerBytes || maxLayerBytes === 0) {
    refuse(
      `min-layer-size (${minLayerBytes} B), target-layer-size (${targetLayerBytes} B) and max-layer-size (${maxLayerBytes} B) contradict each other`,
      "The smallest must not be above the target, nor the target above the largest."
    );
  }
}
function refuse(message, hint) {
  throw inputError("bad-limits", message, { hint });
}
function checkRoom(carried, limits) {
  if (carried < limits.maxLayers) return;
  throw inputError(
    "too-many-layers",
    `the base alone has ${carried} layers, and ${limits.maxLayers} are allowed with what goes on top`,
    { hint: "Raise `max-layers`, or set `flatten-base: true`." }
  );
}

// src/stages/relayer/plan/moves.ts
function withMoved(input, emit, isEmitted) {
  const { tree, owners } = input;
  const count = owners.owners.length;
  const [fresh, rest, restUnpacked] = [
    new Float64Array(count),
    new Float64Array(count),
    new Float64Array(count)
  ];
  forEachInode(tree, (node) => {
    const owner = owners.of[node] ?? 0;
    const content = tree.kind(node) === "file";
    const bytes2 = entryBytes + (content ? input.packed(node) : 0);
    if (isEmitted[node] === 1) {
      fresh[owner] = (fresh[owner] ?? 0) + bytes2;
    } else {
      rest[owner] = (rest[owner] ?? 0) + bytes2;
      if (content) restUnpacked[owner] = (restUnpacked[owner] ?? 0) + tree.bytes(node);
    }
  });
  const isMoved = owners.owners.map(
    (_, at) => isMovedWhole(fresh[at] ?? 0, rest[at] ?? 0, restUnpacked[at] ?? 0)
  );
  if (!isMoved.includes(true)) return emit;
  const moved = [];
  forEachInode(tree, (node) => {
    if (isEmitted[node] === 1 || !isMoved[owners.of[node] ?? 0]) return;
    for (const link of tree.links(node)) moved.push(link);
  });
  const all = new Uint32Array(emit.length + moved.length);
  all.set(emit);
  all.set(moved, emit.length);
  return all.sort();
}
function forEachInode(tree, visit) {
  for (let node = 0; node < tree.size; node++) {
    if (tree.kind(node) !== "directory" && tree.firstLink(node) === node) visit(node);
  }
}

// src/stages/relayer/plan/new-layers.ts
function removalsOf(from, to, remove) {
  const directories = /* @__PURE__ */ new Set();
  const seen = /* @__PURE__ */ new Set();
  const whiteouts = [];
  for (const node of remove) {
    whiteouts.push(Buffer.from(from.path(node)));
    const parent = from.parent(node);
    if (seen.has(parent)) continue;
    seen.add(parent);
    const directory2 = to.find(from.path(parent));
    if (directory2 !== void 0 && to.kind(directory2) === "directory") directories.add(directory2);
  }
  return { whiteouts: whiteouts.sort(Buffer.compare), directories };
}
function writeBins(tree, bins, removals) {
  const none5 = { whiteouts: [], directories: /* @__PURE__ */ new Set() };
  const empty = { parcels: [], bytes: 0, ranks: [0, 0] };
  const all = bins.length === 0 && removals.whiteouts.length > 0 ? [empty] : bins;
  return all.map((bin, index) => writeBin(tree, bin, index === 0 ? removals : none5));
}
var asDirectory = 1;
var forItself = 2;
function writeBin(tree, bin, { whiteouts, directories }) {
  const marks2 = new Uint8Array(tree.size);
  const climb = (node) => {
    for (let at = node; marks2[at] === 0; at = tree.parent(at)) {
      marks2[at] = asDirectory;
      if (at === 0) return;
    }
  };
  let own = 0;
  for (const parcel of bin.parcels) {
    for (const unit of parcel.units) {
      for (const link of tree.kind(unit) === "directory" ? [unit] : tree.links(unit)) {
        climb(link);
        marks2[link] = forItself;
        own++;
      }
    }
  }
  for (const directory2 of directories) climb(directory2);
  const nodes = marked(marks2);
  const bytes2 = bin.bytes + layerBytes + entryBytes * (nodes.length - own + whiteouts.length);
  return { nodes, whiteouts, bytes: bytes2, isOwn: (node) => marks2[node] === forItself };
}
function marked(marks2) {
  let count = 0;
  for (const mark of marks2) if (mark !== 0) count++;
  const nodes = new Uint32Array(count);
  let at = 0;
  for (let node = 0; node < marks2.length; node++) if (marks2[node] !== 0) nodes[at++] = node;
  return nodes;
}

// src/stages/relayer/plan.ts
function planLayers(input) {
  return planKeeping(input, chooseKept);
}
function planKeeping(input, choose) {
  checkLimits(input.limits);
  const ground = groundOf(input, choose);
  const { tree, owners, limits } = input;
  const needed = marksOf(ground.changes.emit, tree.size);
  const emit = isAfresh(ground) ? ground.changes.emit : withMoved(input, ground.changes.emit, needed);
  const isSame = emit.length + ground.changes.remove.length === 0;
  if (!isSame) checkRoom(ground.carried.length, limits);
  const parcels = parcelsOf(tree, owners, emit, limits, input);
  const slots = Math.max(1, limits.maxLayers - ground.carried.length);
  const bins = pack(parcels, limits, slots, isAfresh(ground) ? "afresh" : "appended");
  const written = writeBins(tree, bins, removalsOf(ground.tree, tree, ground.changes.remove));
  const placement = placementsOf(tree, ground, written, needed);
  const layers = written.map((layer, index) => named(input, ground, layer, bins[index], placement));
  const isEmitted = marksOf(emit, tree.size);
  const state = survey(stackOf(ground), ground.tree, tree, isEmitted, input);
  const shownBy = state.seenIn;
  written.forEach((layer, index) => {
    for (const node of layer.nodes) shownBy[node] = ground.carried.length + index;
  });
  return {
    layers: [...ground.carried.map(({ kind, from, index }) => ({ kind, from, index })), ...layers],
    cost: {
      ...downloads(input, ground.carried, written),
      dead: state.layers.reduce((total, layer) => total + layer.dead, 0)
    },
    compactedFrom: ground.compactedFrom,
    shownBy,
    placement
  };
}
function isAfresh(ground) {
  return ground.carried.every(({ from }) => from === "base");
}
function stackOf(ground) {
  return ground.carried.map(({ layer }) => layer);
}
function named({ owners }, ground, layer, bin, placement) {
  const { nodes, whiteouts, bytes: bytes2 } = layer;
  const compacted = placements.indexOf("compacted");
  const compacts = nodes.some((node) => placement[node] === compacted);
  const reason = compacts && ground.known !== void 0 ? ground.known.compacts : ground.reason;
  return {
    kind: "new",
    nodes,
    whiteouts,
    bytes: Math.round(bytes2),
    title: titleOf(bin?.parcels ?? [], owners, whiteouts.length),
    reason
  };
}
function placementsOf(tree, { known }, written, needed) {
  const placement = new Uint8Array(tree.size);
  const whyOf = (node, isOwn) => {
    if (known === void 0) return needed[node] === 1 ? "first" : "parent";
    if (known.isChanged[node] === 1) return known.isKnown[node] === 1 ? "changed" : "added";
    if (needed[node] === 1) return "compacted";
    return isOwn ? "moved" : "parent";
  };
  for (const { nodes, isOwn } of written) {
    for (const node of nodes) placement[node] = placements.indexOf(whyOf(node, isOwn(node)));
  }
  return placement;
}
function downloads({ baseline = [], limits }, carried, written) {
  const there = new Set(baseline.map(({ diffId }) => diffId));
  const isReused = (diffId, index) => limits.reuse === "blobs" ? there.has(diffId) : baseline[index]?.diffId === diffId;
  let delta = 0;
  let fresh = 0;
  let isChained = true;
  carried.forEach(({ layer }, index) => {
    const reused = isReused(layer.diffId, index);
    isChained &&= reused;
    fresh += layer.bytes;
    if (limits.reuse === "chain" ? !isChained : !reused) delta += layer.bytes;
  });
  for (const { bytes: bytes2 } of written) {
    delta += bytes2;
    fresh += bytes2;
  }
  return { delta, fresh };
}

// src/facts/relayer.ts
var bytes = external_exports.number().int().nonnegative();
var relaidLayer = external_exports.object({
  diffId: digestText,
  digest: digestText,
  mediaType: external_exports.string(),
  /** Compressed, and as a tar. */
  bytes,
  unpackedBytes: bytes,
  /** `base`: below what is re-laid. `baseline`: taken over from the previous release. `new`: written now. */
  origin: external_exports.enum(["base", "baseline", "new"]),
  /** What is in it, for people. */
  title: external_exports.string(),
  /** Why it is there: `changed since the baseline`. */
  reason: external_exports.string()
});
var purgedPaths = external_exports.object({ paths: external_exports.array(external_exports.string()).max(20), count: external_exports.number().int().positive() });
var relayerFacts = external_exports.object({
  platform: external_exports.string(),
  /** Digests of the image's manifest before and after. */
  input: digestText,
  image: digestText,
  /** Of the manifest that the plan was made against; absent on a first run. */
  baseline: digestText.optional(),
  layers: external_exports.array(relaidLayer),
  /**
   * What nodes download of layers: one with the baseline as it was built of the image as it was built (where no plan
   * tells how the baseline was built, one with the baseline), and one with the baseline of the image as it is now.
   */
  delta: external_exports.object({
    before: external_exports.object({ chain: bytes, blobs: bytes }),
    after: external_exports.object({ chain: bytes, blobs: bytes }),
    /** What it unpacks now. */
    unpackedBytes: bytes
  }),
  /** Layers of the image as it is now that the baseline has. */
  reusedLayers: external_exports.number().int().nonnegative(),
  /** Bytes of all layers, before and after; of those after an estimate of what no container sees. */
  fresh: external_exports.object({ before: bytes, after: bytes, dead: bytes }),
  /** Of layers of the image as it was built and of the baseline, what is in no layer now. */
  purged: purgedPaths.optional(),
  /** The tree that both are, by tree digest. */
  tree: digestText
});
var kept = external_exports.object({ digest: digestText, size: bytes });
var planLayer = external_exports.object({
  diffId: digestText,
  digest: digestText,
  bytes,
  unpackedBytes: bytes,
  title: external_exports.string().max(1024),
  /** Its file table. */
  table: kept
});
var layerPlanDocument = external_exports.object({
  schemaVersion: external_exports.literal(1),
  platform: external_exports.string(),
  /** What wrote new layers: another writes the same content in other bytes. Nothing is known of it but that. */
  compressor: external_exports.string().max(200).optional(),
  layers: external_exports.array(planLayer).max(1e3),
  /** Layers of the image as it was built, of which the next release may have some unchanged. */
  input: external_exports.array(external_exports.object({ diffId: digestText, table: kept, owners: kept.optional() })).max(1e3)
});

// src/stages/relayer/plan-artifact.ts
var maxPlanBytes = 4 * 1024 * 1024;
function planDocument(plan) {
  return Buffer.from(JSON.stringify(plan));
}
function planArtifact(image, document2) {
  const where = `layer plan of ${image.digest}`;
  const { layers, input } = parsePlan(document2, where);
  const kept2 = [
    ...[...layers, ...input].map(({ table }) => tableDescriptor(table)),
    ...input.flatMap(({ owners }) => owners ? [ownersDescriptor(owners)] : [])
  ];
  const raw = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      artifactType: layerPlanTypes.plan,
      config: describeBytes(layerPlanTypes.plan, document2),
      layers: [...new Map(kept2.map((blob) => [blob.digest, blob])).values()],
      subject: { mediaType: image.mediaType, digest: image.digest, size: image.size }
    })
  );
  const artifact = parseManifest(raw, {}, where);
  if (artifact.kind !== "image") throw new TypeError(`${where} is no manifest`);
  return artifact;
}
function tableDescriptor({ digest, size }) {
  return { mediaType: layerPlanTypes.table, digest, size };
}
function ownersDescriptor({ digest, size }) {
  return { mediaType: layerPlanTypes.owners, digest, size };
}
function namedPlan({ annotations }) {
  const digest = annotations[layerPlanAnnotations.digest] ?? "";
  const size = Number(annotations[layerPlanAnnotations.size]);
  if (!isDigest(digest) || !Number.isSafeInteger(size) || size <= 0 || size > maxPlanBytes) return void 0;
  return { mediaType: layerPlanTypes.plan, digest, size };
}
function parsePlan(bytes2, where) {
  try {
    return layerPlanDocument.parse(JSON.parse(Buffer.from(bytes2).toString()));
  } catch (cause) {
    throw inputError(
      "bad-layer-plan",
      `${where}: its layer plan cannot be read: ${plain(cause.message, 300)}`,
      {
        hint: "It was written by something else, or by a newer release.",
        cause
      }
    );
  }
}

// src/stages/relayer/purge.ts
function purging(patterns) {
  const rules = patterns.map(ruleOf);
  const isPurged = (path) => {
    if (rules.length === 0) return false;
    const text = path.toString();
    return rules.some(({ fits }) => fits(text));
  };
  return Object.assign(isPurged, { rules });
}
function ruleOf(pattern) {
  const path = pathOf(pattern);
  const is = globMatcher("purge", pattern);
  const isBelow = globMatcher("purge", `${path}/**`);
  return {
    pattern,
    fits: (other) => other === path || other.startsWith(`${path}/`) || is(other) || isBelow(other)
  };
}
var [mostNamed, mostCounted] = [20, 1e4];
function findPurged(tables, { rules }) {
  const found = /* @__PURE__ */ new Set();
  const idle = new Set(rules);
  for (const table of rules.length === 0 ? [] : tables) {
    for (let row = 0; row < table.rows; row++) {
      if (isRemoval(table, row)) continue;
      const path = table.path(row).toString();
      const fitting = rules.filter(({ fits }) => fits(path));
      for (const rule of fitting) idle.delete(rule);
      if (fitting.length > 0 && found.size < mostCounted) found.add(path);
    }
  }
  const named2 = [...found].toSorted().slice(0, mostNamed);
  return {
    paths: found.size === 0 ? void 0 : { paths: named2.map((path) => plain(path, 500)), count: found.size },
    idle: [...idle].map(({ pattern }) => pattern)
  };
}
function purgedPath(table, isPurged) {
  if (isPurged.rules.length === 0) return void 0;
  for (let row = 0; row < table.rows; row++) {
    if (isRemoval(table, row)) continue;
    const path = table.path(row);
    if (isPurged(path)) return path;
  }
  return void 0;
}
function countClean(tables, isPurged) {
  const first = tables.findIndex((table) => purgedPath(table, isPurged) !== void 0);
  return first === -1 ? tables.length : first;
}
function isRemoval(table, row) {
  const kind = table.kind(row);
  return kind === "whiteout" || kind === "opaque";
}
function refuseVisible(tree, isPurged) {
  for (let node = 1; node < tree.size; node++) {
    const path = tree.path(node);
    if (!isPurged(path)) continue;
    throw inputError(
      "purged-path-visible",
      `/${shownPath(path)} is to be purged, and the image still has it`,
      {
        hint: "Purging takes what was deleted or replaced out of the layers below. Remove the file in the build as well."
      }
    );
  }
}

// src/stages/relayer/relayer-image.ts
import { mkdir } from "node:fs/promises";
import { join as join4 } from "node:path";

// src/content/image/edit-json.ts
var withSource = JSON;
function editJson(raw, change, where) {
  let json;
  try {
    json = withSource.parse(
      Buffer.from(raw).toString(),
      (_, value, { source }) => typeof value === "number" && source !== void 0 && String(value) !== source ? withSource.rawJSON(source) : value
    );
  } catch (cause) {
    throw inputError("bad-manifest", `${where} is not JSON: ${cause.message}`, { cause });
  }
  if (!isObject(json)) throw inputError("bad-manifest", `${where} is not a JSON object`);
  return Buffer.from(JSON.stringify(change(json)));
}

// src/stages/relayer/config.ts
function relaidConfig(config, layers, baseLayers, where) {
  return editJson(
    config.raw,
    (json) => ({
      ...json,
      rootfs: { ...json.rootfs, diff_ids: layers.map(({ diffId }) => diffId) },
      history: history(json.history, layers, baseLayers, config.created)
    }),
    where
  );
}
function history(before, layers, baseLayers, created) {
  const entries = Array.isArray(before) ? before.filter(isObject) : [];
  const end = endOfBase(entries, baseLayers);
  const isWhole = end !== void 0;
  const base = isWhole ? entries.slice(0, end) : layers.slice(0, baseLayers).map((layer) => entryOf(layer, created));
  const empty = entries.slice(end ?? 0).filter(isEmpty);
  return [...base, ...empty, ...layers.slice(baseLayers).map((layer) => entryOf(layer, created))];
}
function endOfBase(entries, layers) {
  let made = 0;
  let at = 0;
  while (made < layers && at < entries.length) if (!isEmpty(entries[at++])) made++;
  return made === layers ? at : void 0;
}
var isEmpty = (entry) => entry.empty_layer === true;
function entryOf({ history: known, title, reason }, created) {
  if (known) return known;
  return {
    ...created === void 0 ? {} : { created },
    created_by: `${tool.name} relayer${title && ": "}${title}`,
    comment: reason
  };
}
function layerEntries({ raw, diffIds }) {
  const { history: all } = parseJson(raw, "image config");
  const entries = Array.isArray(all) ? all.filter((entry) => isObject(entry) && !isEmpty(entry)) : [];
  return entries.length === diffIds.length ? entries : [];
}

// src/stages/relayer/image-index.ts
var attestedAnnotation = "vnd.docker.reference.digest";
function assemble(top, relaid) {
  if (top.kind === "image") return { top: relaid.get(top.descriptor.digest) ?? top, notices: [] };
  if (top.kind === "opaque")
    throw inputError("not-an-image", `${top.descriptor.digest} is neither an image nor an index of images`);
  const notices = [];
  const changed = new Map([...relaid].filter(([before, after]) => after.descriptor.digest !== before));
  const entries = top.manifests.flatMap((entry) => {
    const after = changed.get(entry.digest);
    if (after) return [imageEntry(entry, after)];
    const attested = changed.get(entry.annotations?.[attestedAnnotation]);
    if (attested) notices.push(aboutAttestation(entry, attested));
    return attested || isStaleSociIndex(entry, changed) ? [] : [entry];
  });
  const raw = editJson(
    top.raw,
    (json) => ({ ...json, mediaType: mediaTypes.ociIndex, manifests: entries }),
    `index ${top.descriptor.digest}`
  );
  return { top: parseManifest(raw, {}, "re-laid image"), notices };
}
function imageEntry(entry, { descriptor }) {
  const { mediaType, digest, size } = descriptor;
  const { [sociAnnotations.indexDigest]: _, ...annotations } = entry.annotations ?? {};
  const { data: __, annotations: ___, ...rest } = entry;
  return {
    ...rest,
    mediaType,
    digest,
    size,
    ...Object.keys(annotations).length > 0 ? { annotations } : {}
  };
}
function isStaleSociIndex(entry, changed) {
  if (!isSociIndexType(entry.artifactType ?? "")) return false;
  const about = entry.annotations?.[sociAnnotations.imageDigest];
  return about === void 0 || changed.has(about);
}
function aboutAttestation(entry, image) {
  return `The attestation ${shortDigest(entry.digest)} (provenance or bill of material) was dropped: it speaks of ${shortDigest(entry.annotations?.[attestedAnnotation])}, and re-laid the image is ${shortDigest(image.descriptor.digest)}. Attest the re-laid image.`;
}

// src/stages/relayer/manifest.ts
var ociLayers = {
  none: mediaTypes.ociLayer,
  gzip: mediaTypes.ociLayerGzip,
  zstd: mediaTypes.ociLayerZstd
};
function relaidManifest(before, config, layers, plan) {
  const where = `image ${before.descriptor.digest}`;
  const { digest, size } = describeBytes("", plan);
  const raw = editJson(
    before.raw,
    (json) => {
      const { [sociAnnotations.indexDigest]: _, ...annotations } = json.annotations ?? {};
      const { data: __, ...configBefore } = json.config;
      return {
        ...json,
        mediaType: mediaTypes.ociManifest,
        config: { ...configBefore, ...describeBytes(mediaTypes.ociConfig, config) },
        layers: layers.map(asOci),
        annotations: {
          ...annotations,
          [layerPlanAnnotations.digest]: digest,
          [layerPlanAnnotations.size]: String(size)
        }
      };
    },
    where
  );
  const after = parseManifest(raw, {}, where);
  if (after.kind !== "image") throw new TypeError(`${where} is no image manifest`);
  return after;
}
function asOci(layer) {
  const compression = layerCompression(layer.mediaType);
  if (compression === void 0 || layer.mediaType.startsWith("application/vnd.oci.")) return layer;
  return { ...layer, mediaType: ociLayers[compression] };
}

// src/stages/relayer/carried.ts
function carriedLayers({ layers, config, source }, tables, plan) {
  const titles = new Map(plan?.layers.map(({ diffId, title }) => [diffId, title]));
  const entries = layerEntries(config);
  return layers.map((layer, at) => {
    const { diffId, descriptor } = layer;
    const history2 = entries[at];
    const title = titles.get(diffId) || titleFrom(history2);
    const table = tables[at];
    return { table, diffId, bytes: descriptor.size, layer, source, title: shortTitle(title), history: history2 };
  });
}
function shortTitle(title) {
  return plain(title, mostTitle);
}
var mostTitle = 120;
function titleFrom(entry) {
  const { created_by: createdBy } = entry ?? {};
  return typeof createdBy === "string" ? instruction(createdBy, mostTitle) : "";
}

// src/stages/relayer/held.ts
async function readHeld(baseline, tablesOf, plan, notice) {
  return orAfresh(async () => {
    const { layers, source } = baseline;
    await touchBlobs(baseline);
    const carried = carriedLayers(baseline, await tablesOf(layers, source), plan);
    const tree = mergeLayers(
      carried.map(({ table }) => table),
      (at) => `the baseline's layer ${layers[at]?.descriptor.digest}`
    );
    return { baseline, layers: carried, tree };
  }, notice);
}
async function orAfresh(read, notice) {
  try {
    return await read();
  } catch (error) {
    const isItsFault = error instanceof PullBudgetError && error.kind === "input";
    if (!isItsFault || hasCode(error, "bad-file-table")) throw error;
    notice(`The baseline is not used, the platform is re-laid afresh: ${error.message}.`);
    return void 0;
  }
}
var parallel = 4;
async function touchBlobs({ layers, source }) {
  const turn = pLimit(parallel);
  const touch = async ({ descriptor }) => {
    if (descriptor.size === 0) return;
    for await (const _ of source.readBlob(descriptor, { start: 0, end: 1 })) return;
  };
  await Promise.all(layers.map((layer) => turn(() => touch(layer))));
}

// src/stages/relayer/platform-input.ts
async function platformInput(image, around) {
  const { source, baseline, base, notice } = around;
  const { manifest, config, platform } = image;
  const before = baseline && await orAfresh(() => heldBefore(baseline, platform, notice), notice);
  return {
    source,
    manifest,
    config,
    platform,
    layers: layersOf(image),
    base: base ? await namedBase(base, platform, notice) : await annotatedBase(image, around),
    baseline: before
  };
}
async function heldBefore(baseline, platform, notice) {
  const { source } = baseline;
  const image = await imageFor(baseline, platform);
  if (image) return { source, manifest: image.manifest, config: image.config, layers: layersOf(image) };
  notice(`${baseline.name} is not for ${formatPlatform(platform)}: that platform is re-laid afresh.`);
  return void 0;
}
async function namedBase(base, platform, notice) {
  const found = await imageFor(base, platform);
  if (found) return { name: base.name, diffIds: found.config.diffIds };
  notice(`${base.name} is not for ${formatPlatform(platform)}: what that platform's base is, is guessed.`);
  return void 0;
}
var baseAnnotations = {
  name: "org.opencontainers.image.base.name",
  digest: "org.opencontainers.image.base.digest"
};
async function annotatedBase({ manifest, config, platform }, { findBase, notice }) {
  const claim = claimedBase(manifest);
  if (claim === void 0 || findBase === void 0) return void 0;
  const shown2 = `${plain(claim.name, 200)}@${claim.digest}`;
  const unused = (why) => notice(`The base that the image's annotations name, ${shown2}, is not used: ${why}.`);
  try {
    const found = await imageFor(await findBase(claim.name, claim.digest), platform);
    if (found === void 0) return unused(`it is not for ${formatPlatform(platform)}`);
    const base = { name: shown2, diffIds: found.config.diffIds };
    return isBuiltOn(config.diffIds, base) ? base : unused("the image is not built on it");
  } catch (error) {
    if (!(error instanceof PullBudgetError)) throw error;
    return unused(error.message);
  }
}
function claimedBase({ annotations }) {
  const { [baseAnnotations.name]: name2 = "", [baseAnnotations.digest]: digest = "" } = annotations;
  return name2 !== "" && isDigest(digest) ? { name: name2, digest } : void 0;
}
async function imageFor({ source, descriptor }, platform) {
  const top = await source.readManifest(descriptor);
  const { images } = await readPlatforms(source, top, [platform]);
  return images.find((one) => platformMatches(one.platform, platform));
}
function layersOf({ manifest, config }) {
  return manifest.layers.map((descriptor, at) => ({ descriptor, diffId: config.diffIds[at] }));
}

// src/stages/relayer/referrers-left.ts
async function referrersLeft(source, images) {
  const lines = [];
  for (const image of new Set(images)) {
    const left = (await referrersOf(source, image)).filter(
      ({ artifactType = "" }) => !isMadeAnew(artifactType)
    );
    if (left.length === 0) continue;
    const what = left.length === 1 ? "1 artifact that refers" : `${left.length} artifacts that refer`;
    lines.push(
      `${what} to ${shortDigest(image)} (signatures, attestations, bills of material) ${left.length === 1 ? "stays" : "stay"} with the image as it was built. Sign and attest the re-laid image.`
    );
  }
  return lines;
}
function isMadeAnew(artifactType) {
  return artifactType === layerPlanTypes.plan || isSociIndexType(artifactType);
}
async function referrersOf(source, image) {
  try {
    return await source.referrers(image);
  } catch (error) {
    if (error instanceof PullBudgetError) return [];
    throw error;
  }
}

// src/content/layer/piece-cache.ts
var PieceCache = class {
  #capacity;
  #held = /* @__PURE__ */ new Map();
  #bytes = 0;
  /** `capacity`: bytes held at most, but for pieces that are being looked at. */
  constructor(capacity) {
    this.#capacity = capacity;
  }
  /** Bytes that are held. */
  get bytes() {
    return this.#bytes;
  }
  /**
   * A piece of so many bytes, which `fill` writes unless it is held. It stays until it is released as often as it was
   * taken. @throws what `fill` throws; then nothing is held
   */
  async take(key, bytes2, fill3) {
    const held = this.#held.get(key) ?? this.#hold(bytes2, fill3);
    this.#held.delete(key);
    this.#held.set(key, held);
    held.readers++;
    try {
      return await held.content;
    } catch (error) {
      held.readers--;
      this.#giveUp(key, held);
      throw error;
    }
  }
  /** `isDone`: nobody will want it again. */
  release(key, isDone) {
    const held = this.#held.get(key);
    if (held === void 0) return;
    held.readers--;
    if (isDone) this.#giveUp(key, held);
  }
  #hold(bytes2, fill3) {
    for (const [key, held] of this.#held) {
      if (this.#bytes + bytes2 <= this.#capacity) break;
      this.#giveUp(key, held);
    }
    this.#bytes += bytes2;
    const into = Buffer.allocUnsafeSlow(bytes2);
    return { bytes: bytes2, readers: 0, content: fill3(into).then(() => into) };
  }
  /** Unless somebody looks at it. */
  #giveUp(key, held) {
    if (held.readers > 0 || !this.#held.delete(key)) return;
    this.#bytes -= held.bytes;
    held.content.then(
      ({ buffer }) => buffer instanceof ArrayBuffer && buffer.transfer(0),
      () => {
      }
    );
  }
};

// src/content/layer/pieces.ts
import { open, statfs } from "node:fs/promises";
var plainPieceBytes = 256 * 1024;
var mostPieceBytes = 16 * 1024 * 1024;
async function openPieces(layer, scratch) {
  if (layer.compression === "none") {
    return new PlainPieces(await onDisk(layer.blob, () => open(layer.blob)), layer.blob, layer.unpackedBytes);
  }
  const spans = layer.compression === "gzip" ? spansOf(layer) : void 0;
  if (!spans) return unpacked(layer, scratch);
  return new GzipPieces(await onDisk(layer.blob, () => open(layer.blob)), layer, spans);
}
var PlainPieces = class {
  kind = "plain";
  #file;
  #path;
  #bytes;
  constructor(file2, path, bytes2) {
    this.#file = file2;
    this.#path = path;
    this.#bytes = bytes2;
  }
  at(position) {
    const id = Math.floor(position / plainPieceBytes);
    return { id, start: id * plainPieceBytes, end: Math.min((id + 1) * plainPieceBytes, this.#bytes) };
  }
  read({ start, end }) {
    return readAt(this.#file, start, end, this.#path);
  }
  async [Symbol.asyncDispose]() {
    await this.#file.close();
  }
};
function spansOf({ unpackedBytes, checkpoints }) {
  if (checkpoints === void 0) return void 0;
  const file2 = new CheckpointFile(checkpoints);
  const { count } = file2;
  const spans = {
    file: file2,
    in: new Float64Array(count + 1),
    out: new Float64Array(count + 1),
    bits: new Uint8Array(count)
  };
  for (let at = 0; at < count; at++) {
    const place = file2.place(at);
    spans.in[at] = place.in;
    spans.out[at] = place.out;
    spans.bits[at] = place.bits;
  }
  spans.in[count] = Number.POSITIVE_INFINITY;
  spans.out[count] = unpackedBytes;
  if (spans.out.every((end, at) => at === 0 || end - spans.out[at - 1] <= mostPieceBytes))
    return spans;
  file2[Symbol.dispose]();
  return void 0;
}
var GzipPieces = class {
  kind = "gzip";
  #blob;
  #layer;
  #spans;
  constructor(blob, layer, spans) {
    this.#blob = blob;
    this.#layer = layer;
    this.#spans = spans;
  }
  at(position) {
    const { out, file: file2 } = this.#spans;
    let [low, high] = [0, file2.count];
    while (high - low > 1) {
      const middle = low + high >> 1;
      if (out[middle] <= position) low = middle;
      else high = middle;
    }
    return { id: low, start: out[low], end: out[low + 1] };
  }
  async *read({ id, start, end }) {
    const { blob, where } = this.#layer;
    const bits = this.#spans.bits[id];
    const from = this.#spans.in[id] - (bits > 0 ? 1 : 0);
    const { size } = await onDisk(blob, () => this.#blob.stat());
    const compressed = readAt(this.#blob, from, Math.min(this.#spans.in[id + 1], size), blob);
    const window = this.#spans.file.window(id);
    yield* inflateSpan(
      compressed,
      { bits, window, length: end - start },
      `${where}, from its byte ${from} on,`
    );
  }
  async [Symbol.asyncDispose]() {
    this.#spans.file[Symbol.dispose]();
    await this.#blob.close();
  }
};
async function unpacked(layer, scratch) {
  var _stack = [];
  try {
    const { blob, where, compression, unpackedBytes } = layer;
    await assertRoom(layer, scratch);
    const compressed = __using(_stack, await onDisk(blob, () => open(blob)), true);
    const { size } = await onDisk(blob, () => compressed.stat());
    const { file: file2, path } = await openSpool(scratch);
    try {
      let written = 0;
      for await (const chunk of decompress[compression](readAt(compressed, 0, size, blob), where)) {
        if (written + chunk.byteLength > unpackedBytes) throw otherSize(layer, written + chunk.byteLength);
        await writeAt(file2, chunk, written, path);
        written += chunk.byteLength;
      }
      if (written !== unpackedBytes) throw otherSize(layer, written);
      return new PlainPieces(file2, path, unpackedBytes);
    } catch (error) {
      await file2.close();
      throw error;
    }
  } catch (_) {
    var _error = _, _hasError = true;
  } finally {
    var _promise = __callDispose(_stack, _error, _hasError);
    _promise && await _promise;
  }
}
async function assertRoom({ where, unpackedBytes }, scratch) {
  const { bavail, bsize } = await onDisk(scratch, () => statfs(scratch));
  const room2 = bavail * bsize;
  if (room2 >= unpackedBytes) return;
  throw infrastructureError(
    "disk-full",
    `${where} unpacks to ${unpackedBytes} bytes, and the disk that holds ${scratch} has room for ${room2}`,
    { hint: "Free some space there or choose another folder, and run again." }
  );
}
function otherSize({ where, blob, unpackedBytes }, bytes2) {
  const got = bytes2 > unpackedBytes ? "more than" : `${bytes2} of`;
  return inputError("bad-layer", `${where} unpacks to ${got} the ${unpackedBytes} bytes that it had before`, {
    hint: `Its file ${blob} was changed while it was in use; run again.`
  });
}

// src/content/layer/layer-reader.ts
var cacheBytes = 4 * mostPieceBytes;
var mostInflations = 3;
var LayerReader = class {
  #layers;
  #scratch;
  #opened = /* @__PURE__ */ new Map();
  /** All that ever were, to be closed. */
  #everOpened = [];
  /** Of each layer bytes that were read or inflated for pieces. */
  #filled;
  #cache;
  /** `scratch`: folder on whose disk there is room for layers that can only be read from their beginning: zstd. */
  constructor(layers, scratch, capacity = cacheBytes) {
    this.#layers = layers;
    this.#scratch = scratch;
    this.#cache = new PieceCache(capacity);
    this.#filled = layers.map(() => 0);
  }
  /**
   * `bytes` bytes of a layer's tar from `start` on. That they are what they were is for the reader to check.
   * @throws (while iterating) PullBudgetError `bad-layer`, `disk-full` and others of the file system
   */
  async *read(layer, start, bytes2) {
    const file2 = this.#layers[layer];
    if (file2 === void 0) throw new RangeError(`There is no layer ${layer}`);
    const end = start + bytes2;
    if (!(start >= 0 && bytes2 >= 0 && end <= file2.unpackedBytes)) throw beyond(file2, start, end);
    if (bytes2 === 0) return;
    const pieces = await this.#open(layer, file2);
    for (let at = start; at < end; ) {
      const piece = pieces.at(at);
      const key = `${layer} ${pieces.kind} ${piece.id}`;
      const content = await this.#cache.take(key, piece.end - piece.start, (into) => {
        this.#filled[layer] = this.#filled[layer] + into.byteLength;
        return fill2(into, pieces, piece, file2);
      });
      try {
        yield content.subarray(at - piece.start, end - piece.start);
      } finally {
        this.#cache.release(key, at === piece.start && end >= piece.end);
      }
      at = piece.end;
    }
  }
  async [Symbol.asyncDispose]() {
    const opened = await Promise.allSettled(this.#everOpened);
    const pieces = opened.flatMap((result) => result.status === "fulfilled" ? result.value : []);
    for (const one of new Set(pieces)) await one[Symbol.asyncDispose]();
  }
  async #open(layer, file2) {
    const pieces = await (this.#opened.get(layer) ?? this.#keep(layer, openPieces(file2, this.#scratch)));
    const filled = this.#filled[layer];
    if (pieces.kind === "plain" || filled < mostInflations * file2.unpackedBytes) return pieces;
    this.#filled[layer] = Number.NEGATIVE_INFINITY;
    const { checkpoints: _, ...fromItsBeginning } = file2;
    const unpacked2 = openPieces(fromItsBeginning, this.#scratch).catch((error) => {
      if (hasCode(error, "disk-full")) return pieces;
      throw error;
    });
    return this.#keep(layer, unpacked2);
  }
  #keep(layer, pieces) {
    this.#opened.set(layer, pieces);
    this.#everOpened.push(pieces);
    return pieces;
  }
};
async function fill2(into, pieces, piece, { where, blob }) {
  let filled = 0;
  for await (const chunk of pieces.read(piece)) {
    into.set(chunk, filled);
    filled += chunk.byteLength;
  }
  if (filled === into.byteLength) return;
  throw inputError("bad-layer", `${where} ends after ${piece.start + filled} bytes of its content`, {
    hint: `Its file ${blob} was changed while it was in use; run again.`
  });
}
function beyond({ where, unpackedBytes }, start, end) {
  return inputError(
    "bad-layer",
    `${where} has ${unpackedBytes} bytes of content, and a file is said to be at ${start} to ${end}`,
    { hint: "What is known of the layer belongs to another one; run again without what was kept of it." }
  );
}

// src/content/rootfs/table-codec.ts
import { promisify } from "node:util";
import { constants, zstdCompress, zstdDecompress } from "node:zlib";

// src/content/rootfs/byte-codec.ts
var ByteWriter = class {
  #bytes = new GrowingColumn(Uint8Array);
  byte(value) {
    this.#bytes.push(value);
  }
  /** Seven bits a byte, the lowest first. @param value a safe integer, not negative */
  number(value) {
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.#bytes.push(rest % 128 | 128);
    this.#bytes.push(rest);
  }
  /** A double, short where it is a whole number away from what is expected. */
  near(value, expected) {
    const delta = value - expected;
    const folded = delta < 0 ? -2 * delta : 2 * delta + 1;
    if (Number.isInteger(delta) && Number.isSafeInteger(folded) && expected + delta === value) {
      this.number(folded);
      return;
    }
    const bytes2 = Buffer.alloc(9);
    bytes2.writeDoubleLE(value, 1);
    this.raw(bytes2);
  }
  raw(bytes2) {
    this.#bytes.pushAll(bytes2);
  }
  string(bytes2) {
    this.number(bytes2.byteLength);
    this.raw(bytes2);
  }
  take() {
    return this.#bytes.take();
  }
};
var ByteReader = class {
  #bytes;
  #fault;
  #at = 0;
  constructor(bytes2, fault) {
    this.#bytes = Buffer.from(bytes2.buffer, bytes2.byteOffset, bytes2.byteLength);
    this.#fault = fault;
  }
  get isAtEnd() {
    return this.#at === this.#bytes.byteLength;
  }
  byte() {
    const byte = this.#bytes[this.#at++];
    if (byte === void 0) throw this.#fault("it ends too early");
    return byte;
  }
  number(most = Number.MAX_SAFE_INTEGER) {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (value > most) throw this.#fault(`it has a number over ${most}`);
      if (byte < 128) return value;
    }
  }
  near(expected) {
    const folded = this.number();
    if (folded === 0) return this.raw(8).readDoubleLE(0);
    return folded % 2 === 0 ? expected - folded / 2 : expected + (folded - 1) / 2;
  }
  /** A view. */
  raw(length) {
    if (length > this.#bytes.byteLength - this.#at) throw this.#fault("it ends too early");
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
  /** A view. */
  string(most) {
    return this.raw(this.number(most));
  }
};

// src/content/rootfs/table-codec.ts
var magic = Buffer.from("pbfiles", "latin1");
var emptyFlag = 64;
var none3 = Buffer.alloc(0);
var harmlessBytes = 64 * 2 ** 20;
var mostRatio = 32;
var mostBytes = 2 ** 30;
var mostWindowLog = 23;
var streamNames = [
  "kinds",
  "shared",
  "suffixes",
  "modes",
  "owners",
  "mtimes",
  "sizes",
  "places",
  "targets",
  "devices",
  "xattrs",
  "digests",
  "pycs"
];
function streamsOf(make) {
  return Object.fromEntries(streamNames.map((name2) => [name2, make(name2)]));
}
async function encodeTable(table) {
  const streams = streamsOf(() => new ByteWriter());
  const xattrNumbers = /* @__PURE__ */ new Map([["", 0]]);
  let before = firstRow;
  for (let row = 0; row < table.rows; row++) before = writeRow(table, row, before, streams, xattrNumbers);
  const whole = new ByteWriter();
  whole.string(Buffer.from(table.diffId));
  whole.number(table.unpackedBytes);
  whole.number(table.rows);
  for (const name2 of streamNames) whole.string(streams[name2].take());
  return Buffer.concat([magic, await promisify(zstdCompress)(whole.take())]);
}
var firstRow = { path: none3, mtime: 0, uid: 0, gid: 0, end: 0 };
function writeRow(table, row, before, to, xattrNumbers) {
  const kind = table.kind(row);
  const path = table.path(row);
  const [mtime, uid, gid] = [table.mtime(row), table.uid(row), table.gid(row)];
  const [bytes2, dataStart] = [table.bytes(row), table.dataStart(row)];
  const digest = table.digest(row);
  const pyc = table.pyc(row);
  const isSparse = table.isSparse(row);
  const isEmpty2 = kind === "file" && digest.equals(emptyDigest);
  to.kinds.byte(
    kindNumbers[kind] | (isSparse ? sparseFlag : 0) | (pyc ? pycFlag : 0) | (isEmpty2 ? emptyFlag : 0)
  );
  const shared = sharedBytes(before.path, path);
  to.shared.number(shared);
  to.suffixes.string(path.subarray(shared));
  to.modes.number(table.mode(row));
  to.owners.near(uid, before.uid);
  to.owners.near(gid, before.gid);
  to.mtimes.near(mtime, before.mtime);
  to.places.near(dataStart, before.end + blockBytes);
  if (kind === "file") to.sizes.number(bytes2);
  if (kind === "file" && !isEmpty2) to.digests.raw(digest);
  if (pyc) {
    to.digests.raw(pyc.maskedDigest);
    to.pycs.near(pyc.sourceMtime, mtime);
  }
  if (kind === "symlink" || kind === "hardlink") to.targets.string(table.target(row));
  if (kind === "character" || kind === "block") {
    to.devices.number(table.devmajor(row));
    to.devices.number(table.devminor(row));
  }
  writeXattrs(table.xattrs(row), to.xattrs, xattrNumbers);
  return { path, mtime, uid, gid, end: endOf(dataStart, isSparse ? 0 : bytes2) };
}
function writeXattrs(xattrs, to, numbers) {
  const key = xattrs.toString("latin1");
  const known = numbers.get(key);
  to.number(known ?? numbers.size);
  if (known !== void 0) return;
  numbers.set(key, numbers.size);
  to.string(xattrs);
}
function sharedBytes(a, b) {
  const most = Math.min(a.byteLength, b.byteLength);
  let shared = 0;
  while (shared < most && a[shared] === b[shared]) shared++;
  return shared;
}
function endOf(dataStart, bytes2) {
  return dataStart + Math.ceil(bytes2 / blockBytes) * blockBytes;
}
async function decodeTable(bytes2, where) {
  const fault = (what) => badTable(where, what);
  const whole = new ByteReader(await unpack(bytes2, where), fault);
  const diffId = whole.string(200).toString("latin1");
  if (!isDigest(diffId)) throw fault("it names no layer");
  const unpackedBytes = whole.number();
  const count = whole.number();
  const streams = streamsOf(() => new ByteReader(whole.string(), fault));
  if (!whole.isAtEnd) throw fault("something follows its end");
  const rows = new RowReader(streams, unpackedBytes, fault);
  for (let row = 0; row < count; row++) rows.read();
  const open4 = streamNames.find((name2) => !streams[name2].isAtEnd);
  if (open4 !== void 0) throw fault(`it has more ${open4} than rows`);
  return tableOf(rows.rows.take({ diffId, unpackedBytes }));
}
async function unpack(bytes2, where) {
  if (bytes2.byteLength < magic.byteLength || !magic.equals(bytes2.subarray(0, magic.byteLength))) {
    throw badTable(where, "it is none, or of another version");
  }
  const maxOutputLength = Math.min(mostBytes, Math.max(harmlessBytes, bytes2.byteLength * mostRatio));
  const params = { [constants.ZSTD_d_windowLogMax]: mostWindowLog };
  try {
    return await promisify(zstdDecompress)(bytes2.subarray(magic.byteLength), { maxOutputLength, params });
  } catch (cause) {
    throw badTable(where, `it does not unpack to ${maxOutputLength} bytes or fewer`, cause);
  }
}
var RowReader = class {
  rows = new TableRows();
  #from;
  #unpackedBytes;
  #fault;
  #xattrSets = [none3];
  #before = firstRow;
  constructor(from, unpackedBytes, fault) {
    this.#from = from;
    this.#unpackedBytes = unpackedBytes;
    this.#fault = fault;
  }
  read() {
    const flags = this.#from.kinds.byte();
    const row = this.#row(flags);
    const wrong = rowFault(row) ?? this.#placeFault(row) ?? flagsFault(row, flags);
    if (wrong !== void 0) throw this.#fault(`its row ${this.rows.length} ${wrong}`);
    this.rows.add(row);
    if (this.rows.areTooLong) throw this.#fault("its names are too long");
    if (row.kind === "file" && (flags & emptyFlag) === 0) this.#readContent(row, flags);
    this.#before = { ...row, end: endOf(row.dataStart, row.isSparse ? 0 : row.bytes) };
  }
  #row(flags) {
    const { modes, owners, mtimes, sizes, places, targets, devices } = this.#from;
    const before = this.#before;
    const kind = entryKinds[flags & kindMask];
    if (kind === void 0) throw this.#fault(`its row ${this.rows.length} is of no kind`);
    const isDevice = kind === "character" || kind === "block";
    return {
      kind,
      isSparse: (flags & sparseFlag) !== 0,
      path: this.#path(),
      mode: modes.number(4095),
      uid: owners.near(before.uid),
      gid: owners.near(before.gid),
      mtime: mtimes.near(before.mtime) + 0,
      bytes: kind === "file" ? sizes.number() : 0,
      dataStart: places.near(before.end + blockBytes),
      target: kind === "hardlink" ? this.#clean(targets.string(mostPathBytes)) : kind === "symlink" ? targets.string(mostPathBytes) : none3,
      devmajor: isDevice ? devices.number() : 0,
      devminor: isDevice ? devices.number() : 0,
      xattrs: this.#xattrs()
    };
  }
  #path() {
    const { path } = this.#before;
    const shared = this.#from.shared.number(path.byteLength);
    const suffix = this.#from.suffixes.string(mostPathBytes - shared);
    return this.#clean(Buffer.concat([path.subarray(0, shared), suffix]));
  }
  #clean(path) {
    const clean = cleanPath(path);
    if (typeof clean !== "string" && clean.equals(path)) return clean;
    throw this.#fault(`its row ${this.rows.length} has a path that is none`);
  }
  #xattrs() {
    const { xattrs } = this.#from;
    const number = xattrs.number(this.#xattrSets.length);
    const known = this.#xattrSets[number];
    if (known) return known;
    const records = xattrs.string();
    if (!areXattrRecords(records)) throw this.#fault("it has extended attributes that are none");
    this.#xattrSets.push(records);
    return records;
  }
  #readContent({ mtime }, flags) {
    const { digests, pycs } = this.#from;
    const digest = digests.raw(digestBytes);
    if ((flags & pycFlag) === 0) {
      this.rows.setContent(digest, void 0);
      return;
    }
    const maskedDigest = digests.raw(digestBytes);
    const sourceMtime = pycs.near(mtime);
    if (sourceMtime !== sourceMtime >>> 0) throw this.#fault(`its row ${this.rows.length - 1} has no time`);
    this.rows.setContent(digest, { maskedDigest, sourceMtime });
  }
  #placeFault({ kind, isSparse, mtime, bytes: bytes2, dataStart }) {
    if (!Number.isFinite(mtime)) return "has no mtime";
    const isPlace = Number.isSafeInteger(dataStart) && dataStart >= this.#before.end + blockBytes;
    const end = dataStart + (kind === "file" && !isSparse ? bytes2 : 0);
    return isPlace && end <= this.#unpackedBytes ? void 0 : "has its content where none can be";
  }
};
function flagsFault({ kind, bytes: bytes2 }, kindAndFlags) {
  const flags = kindAndFlags & ~kindMask;
  const agree = flags === 0 ? kind !== "file" || bytes2 > 0 : kind === "file" && (flags === emptyFlag && bytes2 === 0 || flags === pycFlag && bytes2 >= pycHeaderBytes || flags === sparseFlag || flags === (sparseFlag | emptyFlag));
  return agree ? void 0 : "has marks that do not go together";
}
function badTable(where, what, cause) {
  return inputError("bad-file-table", `${where} is not a file table that can be read: ${what}`, {
    hint: "The table is not used; the layer is read instead.",
    cause
  });
}

// src/stages/relayer/owner-list.ts
import { promisify as promisify2 } from "node:util";
import { zstdCompress as zstdCompress2, zstdDecompress as zstdDecompress2 } from "node:zlib";
var mostBytes2 = 64 * 1024 * 1024;
var mostRows = 2 ** 32 - 1;
var name = external_exports.string().max(2e4).refine((text) => !new RegExp("\\p{Cc}", "u").test(text));
var document = external_exports.object({
  schemaVersion: external_exports.literal(1),
  diffId: external_exports.string(),
  owners: external_exports.array(
    external_exports.object({
      name,
      version: name.optional(),
      class: external_exports.enum(classes),
      pinned: external_exports.array(name).max(1e4).readonly().optional()
    })
  ).max(7e4),
  /** Number of an owner, counted from 1 (0: nobody's that is known), and so many rows, by turns. */
  runs: external_exports.array(external_exports.number().int().nonnegative().max(mostRows))
});
function ownersByRow(tree, owners) {
  const lists = new Map(tree.tables.map(({ diffId, rows }) => [diffId, new Int32Array(rows).fill(-1)]));
  const byLayer = tree.tables.map(({ diffId }) => lists.get(diffId));
  for (let node = 0; node < tree.size; node++) {
    const row = tree.row(node);
    if (row >= 0) byLayer[tree.layer(node)][row] = owners.of[node];
  }
  return lists;
}
function encodeOwners(diffId, of, { owners }) {
  const numbers = /* @__PURE__ */ new Map([[-1, 0]]);
  const runs = [];
  let before;
  for (const owner of of) {
    if (!numbers.has(owner)) numbers.set(owner, numbers.size);
    if (owner !== before) runs.push(numbers.get(owner), 0);
    runs[runs.length - 1] = runs.at(-1) + 1;
    before = owner;
  }
  const listed = [...numbers.keys()].slice(1).map((owner) => owners[owner]);
  const list = { schemaVersion: 1, diffId, owners: listed, runs };
  return promisify2(zstdCompress2)(Buffer.from(JSON.stringify(list)));
}
async function decodeOwners(bytes2, diffId, where, most = mostBytes2) {
  try {
    const unpacked2 = await promisify2(zstdDecompress2)(bytes2, { maxOutputLength: Math.min(most, mostBytes2) });
    const list = document.parse(JSON.parse(unpacked2.toString()));
    if (list.diffId !== diffId) throw new Error(`it is of another layer, ${list.diffId.slice(0, 80)}`);
    return { owner: ownerIn(list), bytes: unpacked2.byteLength };
  } catch (cause) {
    const { message } = cause;
    throw inputError("bad-owner-list", `${where} cannot be read: ${message.slice(0, 300)}`, { cause });
  }
}
function ownerIn({ owners, runs }) {
  const ends = [];
  let end = 0;
  for (let at = 1; at < runs.length; at += 2) {
    end += runs[at];
    ends.push(end);
  }
  return (row) => {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = low + high >>> 1;
      if (ends[middle] <= row) low = middle + 1;
      else high = middle;
    }
    const owner = low < ends.length ? runs[low * 2] : 0;
    return owners[owner - 1];
  };
}

// src/stages/relayer/baseline.ts
var bounds = { bytes: 256 * 2 ** 20, rows: 2e7, ownersBytes: 128 * 2 ** 20 };
var parallel2 = 2;
var nothing2 = {
  plan: void 0,
  table: async () => void 0,
  owners: async () => void 0
};
async function readKnownLayers({ source, manifest, layers }, notice, most = bounds) {
  const named2 = namedPlan(manifest);
  if (named2 === void 0) return nothing2;
  const where = `${source.location}: ${manifest.descriptor.digest}`;
  const plan = await orNothing(
    async () => parsePlan(await collect(source.readBlob(named2), named2.size, where), where),
    (why) => notice(`The baseline's layer plan is not used, its layers are read: ${why}.`)
  );
  if (plan === void 0) return nothing2;
  const held = new Set(layers.map(({ diffId }) => diffId));
  if (!plan.layers.some(({ diffId }) => held.has(diffId))) {
    notice(`The baseline's layer plan is not used, its layers are read: it is of another image, ${where}.`);
    return nothing2;
  }
  const tables = new Map(
    [...plan.input, ...plan.layers.filter(({ diffId }) => held.has(diffId))].map(({ diffId, table }) => [
      diffId,
      table
    ])
  );
  const turn = pLimit(parallel2);
  const room2 = { ...most };
  return {
    plan,
    async table(diffId) {
      const table = tables.get(diffId);
      if (table === void 0) return void 0;
      return orNothing(
        async () => {
          take(room2, "bytes", table.size);
          const read = await turn(() => readTable(source, table, diffId, where));
          take(room2, "rows", read.rows);
          return read;
        },
        (why) => notice(`A file table of the baseline is not used, the layer is read: ${why}.`)
      );
    },
    async owners(diffId) {
      const kept2 = plan.input.find((layer) => layer.diffId === diffId)?.owners;
      if (kept2 === void 0) return void 0;
      const about = `${where}: owners of layer ${diffId}`;
      return orNothing(
        async () => {
          take(room2, "bytes", kept2.size);
          return turn(async () => {
            const bytes2 = await collect(source.readBlob(ownersDescriptor(kept2)), kept2.size, about);
            const list = await decodeOwners(bytes2, diffId, about, room2.ownersBytes);
            take(room2, "ownersBytes", list.bytes);
            return { bytes: bytes2, list };
          });
        },
        (why) => notice(`What the baseline knows of a layer's packages is not used: ${why}.`)
      );
    }
  };
}
function take(room2, what, wanted) {
  if (wanted > room2[what]) {
    throw inputError(
      "plan-too-large",
      "the tables of the baseline's layer plan are larger than all that is held of one"
    );
  }
  room2[what] -= wanted;
}
async function orNothing(read, say) {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof PullBudgetError) || error.kind !== "input") throw error;
    say(error.message);
    return void 0;
  }
}
async function readTable(source, table, diffId, where) {
  const about = `${where}: file table of layer ${diffId}`;
  const bytes2 = await collect(source.readBlob(tableDescriptor(table)), table.size, about);
  const decoded = await decodeTable(bytes2, about);
  if (decoded.diffId === diffId) return decoded;
  throw inputError("bad-file-table", `${about} is of another layer, ${decoded.diffId}`);
}

// src/stages/relayer/compress-zstd.ts
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { constants as constants2, createZstdCompress } from "node:zlib";
var level = 3;
var chunkBytes = 1024 * 1024;
var zstdCompressor = `zstd ${process.versions.zstd}, level ${level}`;
var compressZstd = async ({ tar, where, subscribers, write }) => {
  const [plain2, packed] = [createHash("sha256"), createHash("sha256")];
  let [uncompressedBytes, compressedBytes] = [0, 0];
  const counted = async function* () {
    for await (const chunk of scanned(tar, new TarScanner(where, subscribers))) {
      plain2.update(chunk);
      uncompressedBytes += chunk.byteLength;
      yield Buffer.from(chunk);
    }
  };
  const compressor = createZstdCompress({
    chunkSize: chunkBytes,
    params: { [constants2.ZSTD_c_compressionLevel]: level }
  });
  const blob = async function* () {
    const source = Readable.from(counted(), { objectMode: false });
    source.on("error", (error) => compressor.destroy(error));
    try {
      for await (const chunk of source.pipe(compressor)) {
        packed.update(chunk);
        compressedBytes += chunk.byteLength;
        yield chunk;
      }
    } finally {
      source.destroy();
    }
  };
  await write(blob());
  return { digest: digestFrom(packed), compressedBytes, diffId: digestFrom(plain2), uncompressedBytes };
};

// src/stages/relayer/disk-room.ts
import { statfs as statfs2 } from "node:fs/promises";
async function assertRoom2(folder, bytes2, what) {
  const { bavail, bsize } = await onDisk(folder, () => statfs2(folder));
  const room2 = bavail * bsize;
  if (bytes2 <= room2) return;
  throw infrastructureError(
    "disk-full",
    `${what} take ${formatBytes(bytes2)}, and the disk that holds ${folder} has room for ${formatBytes(room2)}`,
    { hint: "Free some space there or choose another scratch folder, and run again." }
  );
}

// src/content/rootfs/tree.ts
function withTimes(tree, { mtime }) {
  const timeOf2 = (node) => {
    const time = mtime[node];
    return time === void 0 || Number.isNaN(time) ? tree.mtime(node) : time;
  };
  const sourceFor = rememberedSources(tree);
  return {
    ...tree,
    mtime: timeOf2,
    pycMtime(node) {
      if (tree.pycMtime(node) === void 0) return void 0;
      const source = sourceFor(node);
      return source === void 0 ? void 0 : pycTime(timeOf2(source));
    }
  };
}

// src/stages/relayer/times.ts
function withWantedTimes(tree, baseline, policy, baseLayers) {
  const times = newTimes(tree, baseline, policy);
  if (times === void 0) return tree;
  for (let node = 0; node < tree.size; node++) if (tree.layer(node) < baseLayers) times[node] = Number.NaN;
  return withTimes(tree, { mtime: withoutNewSources(tree, times) });
}
function newTimes(tree, baseline, policy) {
  switch (policy.kind) {
    case "keep":
      return void 0;
    case "clamp":
      return clamped(tree, policy.epoch);
    case "baseline":
      return baseline && timesOf(baseline, tree);
  }
}
function withoutNewSources(tree, times) {
  const keepsOwn = new Uint8Array(tree.size);
  for (let node = 0; node < tree.size; node++) {
    if (tree.kind(node) !== "file" || tree.pycMtime(node) !== void 0) continue;
    const source = sourceOf(tree, node);
    if (source === void 0) continue;
    const named2 = namedTime(tree, node);
    if (named2 === "unknown" || named2 === pycTime(times[source]) || named2 === pycTime(tree.mtime(source))) {
      keepsOwn[tree.firstLink(source)] = 1;
    }
  }
  markLinks(tree, keepsOwn);
  for (let node = 0; node < tree.size; node++) if (keepsOwn[node] === 1) times[node] = Number.NaN;
  return times;
}
function clamped(tree, epoch) {
  return Float64Array.from(
    { length: tree.size },
    (_, node) => (tree.mtime(node) ?? 0) > epoch ? epoch : Number.NaN
  );
}
function timesOf(baseline, tree) {
  const isOther = new Uint8Array(tree.size);
  for (const { a } of differences(tree, baseline, { mtime: "ignored" })) {
    if (a !== void 0) isOther[tree.firstLink(a)] = 1;
  }
  markLinks(tree, isOther);
  const times = new Float64Array(tree.size).fill(Number.NaN);
  for (let node = 0; node < tree.size; node++) {
    if (isOther[node] === 1) continue;
    const twin = baseline.find(tree.path(node));
    times[node] = (twin === void 0 ? void 0 : baseline.mtime(twin)) ?? Number.NaN;
  }
  return times;
}

// src/content/rootfs/tree-digest.ts
import { createHash as createHash2 } from "node:crypto";
var kinds = {
  directory: 1,
  file: 2,
  symlink: 3,
  character: 4,
  block: 5,
  fifo: 6
};
function treeDigest(tree, policy) {
  const hash = createHash2("sha256").update(`tree 1, mtime ${policy.mtime}
`);
  const record = new NodeRecord();
  for (let node = 0; node < tree.size; node++) {
    record.begin();
    writeNode(record, tree, node, policy);
    const first = tree.firstLink(node);
    record.bytes(first === node ? none4 : tree.path(first));
    hash.update(record.written());
  }
  return digestFrom(hash);
}
var none4 = Buffer.alloc(0);
function writeNode(record, tree, node, policy) {
  const kind = tree.kind(node);
  record.bytes(tree.path(node));
  record.number(kinds[kind]);
  record.number(tree.mode(node));
  record.number(tree.uid(node));
  record.number(tree.gid(node));
  record.numberOrNone(policy.mtime === "compared" ? tree.mtime(node) : void 0);
  record.bytes(tree.xattrs(node));
  record.bytes(tree.target(node));
  record.number(tree.devmajor(node));
  record.number(tree.devminor(node));
  if (kind === "file") writeContent(record, tree, node, policy);
}
function writeContent(record, tree, node, policy) {
  const pycMtime = tree.pycMtime(node);
  record.number(tree.bytes(node));
  record.number(tree.isSparse(node) ? 1 : 0);
  record.bytes(tree.digest(node));
  record.numberOrNone(policy.mtime === "compared" || pycMtime === void 0 ? pycMtime : 0);
}
var NodeRecord = class {
  #room = Buffer.allocUnsafe(4096);
  #length = 0;
  begin() {
    this.#length = 0;
  }
  number(value) {
    this.#need(8);
    this.#length = this.#room.writeDoubleBE(value, this.#length);
  }
  numberOrNone(value) {
    this.number(value === void 0 ? 0 : 1);
    this.number(value ?? 0);
  }
  bytes(value) {
    this.number(value.byteLength);
    this.#need(value.byteLength);
    this.#room.set(value, this.#length);
    this.#length += value.byteLength;
  }
  /** Lent until `begin`. */
  written() {
    return this.#room.subarray(0, this.#length);
  }
  #need(bytes2) {
    const all = this.#length + bytes2;
    if (all > this.#room.byteLength) this.#room = Buffer.concat([this.#room], all * 2);
  }
};

// src/stages/relayer/difference-text.ts
function describeDifference(a, b, difference, names = { a: "A", b: "B" }) {
  const { a: nodeA, b: nodeB, aspects: aspects2 } = difference;
  if (nodeA === void 0) return nodeB === void 0 ? "" : `${pathOf3(b, nodeB)}: only in ${names.b}`;
  if (nodeB === void 0) return `${pathOf3(a, nodeA)}: only in ${names.a}`;
  const said = aspects2.flatMap((aspect) => {
    const inWords = words[aspect];
    if (inWords === void 0) return [];
    const [inA, inB] = [inWords.of(a, nodeA), inWords.of(b, nodeB)];
    if (aspects2.includes("type") && aspect !== "type" && (inA === "" || inB === "")) return [];
    return [`${inWords.name} ${inA || "none"} in ${names.a}, ${inB || "none"} in ${names.b}`];
  });
  return `${pathOf3(a, nodeA)}: ${said.join("; ")}`;
}
var kinds2 = {
  file: "file",
  directory: "directory",
  symlink: "symbolic link",
  character: "character device",
  block: "block device",
  fifo: "fifo"
};
var words = {
  type: { name: "a", of: (tree, node) => kinds2[tree.kind(node)] },
  mode: { name: "mode", of: (tree, node) => tree.mode(node).toString(8).padStart(4, "0") },
  owner: { name: "owner", of: (tree, node) => `${tree.uid(node)}:${tree.gid(node)}` },
  mtime: { name: "mtime", of: (tree, node) => timeOf(tree.mtime(node)) },
  content: { name: "content", of: contentOf },
  target: { name: "target", of: (tree, node) => shown(tree.target(node)) },
  device: { name: "device", of: deviceOf },
  xattrs: { name: "extended attributes", of: (tree, node) => xattrsOf(tree.xattrs(node)) },
  links: { name: "hard links", of: linksOf2 }
};
var mostCharacters = 300;
var mostLinks2 = 4;
function pathOf3(tree, node) {
  return shown(Buffer.concat([Buffer.of(47), tree.path(node)]));
}
function shown(bytes2) {
  const text = bytes2.toString("utf8", 0, mostCharacters * 4);
  const harmless = plain(text, mostCharacters);
  return harmless === text || text.length > mostCharacters ? harmless : shownPath(bytes2);
}
function timeOf(mtime) {
  if (mtime === void 0) return "unknown";
  const date = new Date(mtime * 1e3);
  return Number.isNaN(date.getTime()) ? `${mtime}` : date.toISOString().replace(".000Z", "Z");
}
function contentOf(tree, node) {
  if (tree.kind(node) !== "file") return "";
  const digest = `sha256:${tree.digest(node).toString("hex").slice(0, 12)}`;
  const pycMtime = tree.pycMtime(node);
  const more = [
    ...tree.isSparse(node) ? ["sparse"] : [],
    ...pycMtime === void 0 ? [] : [`compiled from a source of ${timeOf(pycMtime)}`]
  ];
  return [`${digest} of ${tree.bytes(node)} bytes`, ...more].join(", ").replace(/, (.*)$/, " ($1)");
}
function deviceOf(tree, node) {
  const isDevice = tree.kind(node) === "character" || tree.kind(node) === "block";
  return isDevice ? `${tree.devmajor(node)}:${tree.devminor(node)}` : "";
}
function xattrsOf(records) {
  const said = [];
  for (let at = 0; at < records.byteLength; ) {
    const space = records.indexOf(32, at);
    const length = Number(records.toString("latin1", at, space));
    if (space < 0 || !(length > 0)) break;
    said.push(shown(records.subarray(space + 1, at + length - 1)));
    at += length;
  }
  return said.join(" ");
}
function linksOf2(tree, node) {
  const links = tree.links(node);
  if (links.length < 2) return "";
  const paths = links.slice(0, mostLinks2).map((link) => pathOf3(tree, link));
  return `${paths.join(" = ")}${links.length > mostLinks2 ? ` and ${links.length - mostLinks2} more` : ""}`;
}

// src/stages/relayer/verify.ts
var mostNamed2 = 10;
function verifyTree(wanted, layers, input) {
  const made = mergeLayers(layers, (at) => `new layer ${layers[at]?.diffId}`);
  const lines = [];
  for (const difference of differences(wanted, made, { mtime: "compared" })) {
    lines.push(describeDifference(wanted, made, difference));
    if (lines.length === mostNamed2) break;
  }
  for (const path of otherwiseCompiled(input, made)) {
    if (lines.length === mostNamed2) break;
    lines.push(`${path}: is that of its source in one of them alone`);
  }
  for (const node of timesUnknownTo(made, wanted)) {
    if (lines.length === mostNamed2) break;
    lines.push(`${pathOf3(wanted, node)}: has lost its mtime`);
  }
  const digest = treeDigest(made, { mtime: "ignored" });
  if (lines.length === 0 && treeDigest(wanted, { mtime: "ignored" }) === digest) return digest;
  throw new PullBudgetError(
    "infrastructure",
    "tree-differs",
    `the re-laid image is not the image that it was made from: ${lines.join("; ")}`,
    { hint: "Nothing was published. Leave relayer off for this image, and report it." }
  );
}
function* otherwiseCompiled(input, made) {
  for (let node = 0; node < input.size; node++) {
    const before = input.kind(node) === "file" ? isCurrent(input, node) : void 0;
    if (before === void 0) continue;
    const twin = made.find(input.path(node));
    const after = twin === void 0 ? void 0 : isCurrent(made, twin);
    if (after !== void 0 && after !== before) yield pathOf3(input, node);
  }
}

// src/stages/relayer/write-layers.ts
import { open as open2, rm } from "node:fs/promises";
import { join } from "node:path";

// src/stages/relayer/entry-order.ts
var slash3 = 47;
var whiteoutPrefix = Buffer.from(".wh.");
function* inPathOrder(tree, { nodes, whiteouts }) {
  const names = whiteouts.map(whiteoutName).sort(comparePaths);
  let waiting = 0;
  let last;
  for (const node of nodes) {
    const path = tree.path(node);
    if (last !== void 0 && comparePaths(last, path) >= 0) throw new Error(`${path} comes after ${last}`);
    last = path;
    for (let name2 = names[waiting]; name2 !== void 0 && comparePaths(name2, path) < 0; name2 = names[++waiting]) {
      yield { path: name2, node: void 0 };
    }
    yield { path, node };
  }
  for (const path of names.slice(waiting)) yield { path, node: void 0 };
}
function comparePaths(a, b) {
  const length = Math.min(a.byteLength, b.byteLength);
  for (let at = 0; at < length; at++) {
    const [one, other] = [a[at], b[at]];
    if (one === other) continue;
    if (one === slash3) return -1;
    return other === slash3 ? 1 : one - other;
  }
  return a.byteLength - b.byteLength;
}
function whiteoutName(path) {
  const name2 = path.lastIndexOf(slash3) + 1;
  return Buffer.concat([path.subarray(0, name2), whiteoutPrefix, path.subarray(name2)]);
}

// src/stages/relayer/packing.ts
var longBytes = 64 * 1024;
var packBytes = 4 * longBytes;
var Packing = class {
  #pack = Buffer.allocUnsafeSlow(packBytes);
  #filled = 0;
  /** Whether there is room for so many bytes. */
  fits(bytes2) {
    return this.#filled + bytes2 <= packBytes;
  }
  /** Copies bytes that fit. */
  put(bytes2) {
    this.#pack.set(bytes2, this.#filled);
    this.#filled += bytes2.byteLength;
  }
  /** Copies bytes or passes them on, whatever their number; a chunk is used until the next one is asked for. */
  *add(bytes2) {
    let rest = bytes2;
    while (rest.byteLength > 0) {
      if (this.#filled === 0 && rest.byteLength >= longBytes) {
        yield rest;
        return;
      }
      const part = rest.subarray(0, packBytes - this.#filled);
      this.put(part);
      rest = rest.subarray(part.byteLength);
      if (!this.fits(1)) yield* this.take();
    }
  }
  /** What is left. */
  *take() {
    if (this.#filled > 0) yield this.#pack.subarray(0, this.#filled);
    this.#filled = 0;
  }
};

// src/stages/relayer/write.ts
var noMtime = 1577836800;
var padding = new Uint8Array(blockBytes);
var nothing3 = Buffer.alloc(0);
var slash4 = Buffer.from("/");
async function* layerTar(tree, layer, read) {
  const packing = new Packing();
  for (const { header: header2, file: file2 } of entriesOf(tree, inPathOrder(tree, layer))) {
    if (packing.fits(header2.byteLength)) packing.put(header2);
    else yield* packing.add(header2);
    if (file2 === void 0) continue;
    for await (const part of contentOf2(tree, file2, read)) {
      if (packing.fits(part.byteLength)) packing.put(part);
      else yield* packing.add(part);
    }
    yield* packing.add(padding.subarray(0, paddingAfter(tree.bytes(file2))));
  }
  yield* packing.add(endOfArchive);
  yield* packing.take();
}
function* entriesOf(tree, entries) {
  for (const { path, node } of entries) {
    if (node === void 0) {
      yield { header: whiteoutHeader(path), file: void 0 };
      continue;
    }
    if (node === 0) continue;
    const first = tree.firstLink(node);
    const target = first === node ? void 0 : tree.path(first);
    if (tree.isSparse(node)) throw sparse(tree, node);
    const hasContent = target === void 0 && tree.kind(node) === "file" && tree.bytes(node) > 0;
    yield { header: nodeHeader(tree, node, path, target), file: hasContent ? node : void 0 };
  }
}
function nodeHeader(tree, node, path, target) {
  const kind = tree.kind(node);
  return entryHeader({
    kind: target === void 0 ? kind : "hardlink",
    name: kind === "directory" ? Buffer.concat([path, slash4]) : path,
    linkname: target ?? (kind === "symlink" ? tree.target(node) : nothing3),
    mode: tree.mode(node),
    uid: tree.uid(node),
    gid: tree.gid(node),
    size: target === void 0 && kind === "file" ? tree.bytes(node) : 0,
    mtime: tree.mtime(node) ?? noMtime,
    devmajor: tree.devmajor(node),
    devminor: tree.devminor(node),
    xattrs: tree.xattrs(node)
  });
}
var whiteout = {
  kind: "file",
  linkname: nothing3,
  mode: 420,
  uid: 0,
  gid: 0,
  size: 0,
  mtime: noMtime,
  devmajor: 0,
  devminor: 0,
  xattrs: nothing3
};
function whiteoutHeader(name2) {
  return entryHeader({ ...whiteout, name: name2 });
}
var pycTime2 = { start: 8, end: 12 };
async function* contentOf2(tree, node, read) {
  const { layer, row } = tree.content(node);
  const start = tree.tables[layer]?.dataStart(row);
  if (start === void 0) throw new Error(`the content of node ${node} is in no layer`);
  const pycMtime = tree.pycMtime(node);
  if (pycMtime === void 0) {
    yield* read(layer, start, tree.bytes(node));
    return;
  }
  let position = 0;
  for await (const part of read(layer, start, tree.bytes(node))) {
    yield position < pycTime2.end ? withPycTime(Buffer.from(part), position, pycMtime) : part;
    position += part.byteLength;
  }
}
function withPycTime(part, position, mtime) {
  const end = Math.min(pycTime2.end, position + part.byteLength);
  for (let at = Math.max(pycTime2.start, position); at < end; at++) {
    part[at - position] = mtime >>> 8 * (at - pycTime2.start);
  }
  return part;
}
function sparse(tree, node) {
  return inputError(
    "sparse-file",
    `${whereOf(tree, node)} is a sparse file, which cannot be put into a new layer`,
    {
      hint: "Write it without holes when the image is built, or name a base image that has it."
    }
  );
}
function whereOf(tree, node) {
  const { layer } = tree.content(node);
  return `layer with diffID ${tree.tables[layer]?.diffId}: ${shownPath(tree.path(node))}`;
}

// src/stages/relayer/write-layers.ts
var types = { gzip: mediaTypes.ociLayerGzip, zstd: mediaTypes.ociLayerZstd };
async function writeLayers(tree, layers, request) {
  const written = [];
  for (const [at, layer] of layers.entries()) {
    written.push(await writeLayer(tree, layer, `${at + 1} of ${layers.length}`, request));
  }
  return written;
}
async function writeLayer(tree, layer, which, { folder, compress: compress2, compression, read, known, progress, signal }) {
  const path = join(folder, `layer-${which.replaceAll(" ", "-")}`);
  const where = `new layer ${which} (${layer.title})`;
  const contentBytes = layer.nodes.reduce((sum2, node) => sum2 + tree.bytes(node), 0);
  const task = progress.start(`write layer ${which}`, contentBytes);
  const counted = async function* (from, start, bytes2) {
    for await (const part of read(from, start, bytes2)) {
      signal.throwIfAborted();
      task.advance(part.byteLength);
      yield part;
    }
  };
  const table = new TableBuilder(where);
  try {
    const { digest, compressedBytes, diffId, uncompressedBytes } = await compress2({
      tar: layerTar(tree, layer, counted),
      where,
      file: `${path}.ztoc`,
      subscribers: [table],
      write: (blob) => writeFile(path, blob)
    });
    const there = known.get(diffId);
    if (there) await rm(path);
    return {
      descriptor: there?.descriptor ?? { mediaType: types[compression], digest, size: compressedBytes },
      diffId,
      table: tableOf(table.columns({ diffId, unpackedBytes: uncompressedBytes })),
      path: there ? void 0 : path
    };
  } finally {
    task.done();
  }
}
async function writeFile(path, bytes2) {
  var _stack = [];
  try {
    const file2 = __using(_stack, await onDisk(path, () => open2(path, "wx", 384)), true);
    let at = 0;
    for await (const chunk of bytes2) {
      await writeAt(file2, chunk, at, path);
      at += chunk.byteLength;
    }
  } catch (_) {
    var _error = _, _hasError = true;
  } finally {
    var _promise = __callDispose(_stack, _error, _hasError);
    _promise && await _promise;
  }
}

// src/stages/relayer/relayer-platform.ts
var unknownBase = "What the image was built on is not known: only its lowest layer stays as it is. Name the base image with base, and all of its layers do.";
async function planPlatform(given, options, work) {
  const { layers, source, config } = given;
  const known = given.baseline && await readKnownLayers(given.baseline, work.notice);
  const believed = options.verify === "changed" ? known : void 0;
  const tables = new Tables(believed, work.shelf);
  const ofImage = await tables.of(layers, source);
  const merged2 = mergeLayers(ofImage, (at) => `layer ${layers[at]?.descriptor.digest}`);
  refuseVisible(merged2, options.isPurged);
  const held = given.baseline && await readHeld(given.baseline, (of, from) => tables.of(of, from), known?.plan, work.notice);
  const baseline = held?.baseline;
  const input = { ...given, baseline };
  const purged = findPurged(
    [...ofImage, ...(held?.layers ?? []).map(({ table }) => table)],
    options.isPurged
  );
  for (const pattern of purged.idle) work.notice(aboutIdlePurge(pattern, given.platform));
  const baseLayers = countBaseLayers({
    image: diffIdsOf(layers),
    base: input.base,
    baseline: baseline && diffIdsOf(baseline.layers),
    maxLayers: options.limits.maxLayers,
    clean: countClean(ofImage, options.isPurged),
    flatten: options.flattenBase
  });
  if (!options.flattenBase && !input.base && !baseline && layers.length > 1) work.notice(unknownBase);
  refusePurgeInBase(ofImage.slice(0, baseLayers), options.isPurged);
  const base = carriedLayers({ layers, config, source }, ofImage, known?.plan).slice(0, baseLayers);
  const tree = withWantedTimes(merged2, held?.tree, options.times, baseLayers);
  const knownOwners = await ownersOf(layers, believed, work.shelf);
  const owners = await findOwners(tree, await keptFiles(tree, input, work.shelf, believed !== void 0), {
    workingDir: workingDirOf(config),
    volatile: options.volatile,
    pin: options.pin,
    known: (layer, row) => knownOwners[layer]?.list.owner(row)
  });
  const reusable = held && reusableLayers(held.layers, layers, options);
  const plan = planLayers({
    tree,
    owners,
    base,
    baseline: reusable,
    limits: options.limits,
    packed: (node) => tree.bytes(node) * shareOf(tree.content(node).layer, layers, ofImage)
  });
  return {
    input,
    merged: merged2,
    tree,
    owners,
    baseLayers,
    plan,
    stacks: { base, baseline: reusable ?? [] },
    tables: ofImage,
    purged: purged.paths,
    knownOwners,
    before: (baseline && known?.plan?.input) ?? baseline?.layers ?? [],
    compressorBefore: baseline && known?.plan?.compressor
  };
}
function ownersOf(layers, known, shelf) {
  return Promise.all(
    layers.map(async (layer) => shelf.has(layer) ? void 0 : known?.owners(layer.diffId))
  );
}
var Tables = class {
  #known;
  #shelf;
  #tables = /* @__PURE__ */ new Map();
  constructor(known, shelf) {
    this.#known = known;
    this.#shelf = shelf;
  }
  of(layers, source) {
    return Promise.all(
      layers.map((layer) => {
        const table = this.#tables.get(layer.diffId) ?? this.#find(layer, source);
        this.#tables.set(layer.diffId, table);
        return table;
      })
    );
  }
  async #find(layer, source) {
    const known = this.#shelf.has(layer) ? void 0 : await this.#known?.table(layer.diffId);
    if (known) this.#shelf.believe(known);
    return known ?? (await this.#shelf.take(layer, source)).table;
  }
};
function reusableLayers(held, image, { flattenBase, isPurged }) {
  if (flattenBase && commonPrefix(diffIdsOf(image), diffIdsOf(held)) > 0) return void 0;
  const tables = held.map(({ table }) => table);
  return held.slice(0, countClean(tables, isPurged));
}
function aboutIdlePurge(pattern, platform) {
  return `purge: ${JSON.stringify(plain(pattern, 200))} fits no path in any layer of the image or of the baseline, ${formatPlatform(platform)}: it was purged before, or is mistyped.`;
}
function refusePurgeInBase(base, isPurged) {
  for (const table of base) {
    const path = purgedPath(table, isPurged);
    if (path === void 0) continue;
    throw inputError(
      "purge-in-base",
      `/${shownPath(path)} is to be purged, and is in the base's layer ${table.diffId}`,
      {
        hint: "Layers of the base stay as they are. Set flatten-base, or build on a base without it."
      }
    );
  }
}
function shareOf(at, layers, tables) {
  const unpacked2 = tables[at]?.unpackedBytes ?? 0;
  return unpacked2 === 0 ? 1 : (layers[at]?.descriptor.size ?? 0) / unpacked2;
}
async function keptFiles(tree, { layers, source }, shelf, mayBeKnown) {
  const ofLayers = await Promise.all(
    layers.map(async (layer) => {
      if (mayBeKnown && !shelf.has(layer)) return void 0;
      await shelf.take(layer, source);
      return shelf.keptOf(layer);
    })
  );
  return (node) => {
    const { layer, row } = tree.content(node);
    const kept2 = ofLayers[layer]?.get(row);
    return kept2 && Buffer.from(kept2.buffer, kept2.byteOffset, kept2.byteLength);
  };
}
function workingDirOf({ raw }) {
  const { config } = JSON.parse(Buffer.from(raw).toString());
  const folder = typeof config?.WorkingDir === "string" ? config.WorkingDir : "";
  return Buffer.from(folder.split("/").filter(Boolean).join("/"));
}
async function makePlatform(planned, options, work) {
  var _stack = [];
  try {
    const { plan, tree, stacks, input } = planned;
    const fresh = plan.layers.filter((layer) => layer.kind === "new");
    const compression = options.compression === "keep" ? usualCompression(input.layers) : options.compression;
    const compressor = compression === "gzip" ? options.compressor : zstdCompressor;
    const freshBytes2 = fresh.reduce((sum2, { bytes: bytes2 }) => sum2 + bytes2, 0);
    await assertRoom2(work.folder, freshBytes2, "The new layers");
    if (fresh.length > 0) sayOtherBytes(planned.compressorBefore, compressor, work);
    const reader = __using(_stack, new LayerReader(await contentFiles(planned, fresh, work.shelf), work.folder), true);
    const written = await writeLayers(tree, fresh, {
      ...work,
      compress: compression === "gzip" ? options.compress : compressZstd,
      compression,
      read: (layer, start, bytes2) => reader.read(layer, start, bytes2),
      known: new Map((input.baseline?.layers ?? []).map((layer) => [layer.diffId, layer]))
    });
    const layers = plan.layers.map((layer) => {
      if (layer.kind === "carried") return carriedLayer(layer.from, layer.index, stacks);
      const made = written[fresh.indexOf(layer)];
      const source = made.path === void 0 ? input.baseline?.source : void 0;
      return {
        ...made,
        origin: "new",
        source,
        title: shortTitle(layer.title),
        reason: layer.reason,
        history: void 0
      };
    });
    const purged = layers.find(({ table }) => purgedPath(table, options.isPurged) !== void 0);
    if (purged) throw new Error(`layer ${purged.diffId} still holds what is to be purged`);
    return {
      layers,
      tree: verifyTree(
        tree,
        layers.map(({ table }) => table),
        planned.merged
      ),
      compressor
    };
  } catch (_) {
    var _error = _, _hasError = true;
  } finally {
    var _promise = __callDispose(_stack, _error, _hasError);
    _promise && await _promise;
  }
}
function sayOtherBytes(before, now, { notice }) {
  if (before === void 0 || now === void 0 || before === now) return;
  notice(
    `New layers may differ in bytes from those that another machine wrote: the baseline's are of ${plain(before)}, these of ${now}.`
  );
}
function usualCompression(layers) {
  const zstd = layers.filter(({ descriptor }) => layerCompression(descriptor.mediaType) === "zstd");
  return bytesOf(zstd) * 2 > bytesOf(layers) ? "zstd" : "gzip";
}
function carriedLayer(origin, index, stacks) {
  const { layer, table, source, title, history: history2 } = stacks[origin][index];
  const reason = origin === "base" ? "of the base image" : "unchanged since the baseline";
  return { ...layer, table, source, origin, path: void 0, title, reason, history: history2 };
}
async function contentFiles({ tree, input }, fresh, shelf) {
  const needed = /* @__PURE__ */ new Set();
  for (const { nodes } of fresh) {
    for (const node of nodes) if (tree.kind(node) === "file") needed.add(tree.content(node).layer);
  }
  const files = [];
  await Promise.all(
    [...needed].map(async (at) => {
      const { file: file2 } = await shelf.take(input.layers[at], input.source);
      files[at] = file2;
    })
  );
  return files;
}

// src/stages/relayer/shelf.ts
import { open as open3, rm as rm2 } from "node:fs/promises";
import { join as join2 } from "node:path";

// src/stages/relayer/known-table.ts
function checkKnownTable(known, read, where) {
  if (known === read) return;
  const other = Math.min(known.rows, read.rows);
  let row = 0;
  while (row < other && isSameRow(known, read, row)) row++;
  if (row === known.rows && row === read.rows && known.unpackedBytes === read.unpackedBytes) return;
  const about = row < read.rows ? `, first of ${shownPath(read.path(row))}` : "";
  throw inputError("bad-file-table", `${where} is not what the baseline's layer plan says of it${about}`, {
    hint: "Set verify to full, which believes no plan; and look at who may write the baseline's repository."
  });
}
var columns = [
  "path",
  "kind",
  "mode",
  "uid",
  "gid",
  "mtime",
  "bytes",
  "digest",
  "target",
  "devmajor",
  "devminor",
  "xattrs",
  "dataStart",
  "isSparse"
];
function isSameRow(a, b, row) {
  const isSame = columns.every((column) => {
    const [inA2, inB2] = [a[column](row), b[column](row)];
    return Buffer.isBuffer(inA2) ? inA2.equals(inB2) : inA2 === inB2;
  });
  if (!isSame) return false;
  const [inA, inB] = [a.pyc(row), b.pyc(row)];
  if (inA === void 0 || inB === void 0) return inA === inB;
  return inA.sourceMtime === inB.sourceMtime && inA.maskedDigest.equals(inB.maskedDigest);
}

// src/stages/relayer/shelf.ts
var LayerShelf = class {
  #options;
  #layers = /* @__PURE__ */ new Map();
  #kept = new KeptShelf();
  /** By diffID: what layers are said to have, and what those that were read do have. */
  #believed = /* @__PURE__ */ new Map();
  #read = /* @__PURE__ */ new Map();
  /** Files that can be removed once nothing is read from layers any more. */
  #files = [];
  /** Bytes that are still to come of blobs that are being read. */
  #coming = 0;
  #ended = new AbortController();
  #signal;
  constructor(options) {
    this.#options = options;
    this.#signal = AbortSignal.any([options.signal, this.#ended.signal]);
  }
  /** Ends reads that go on, of layers that nobody waits for any more; what was read stays. */
  async [Symbol.asyncDispose]() {
    this.#ended.abort();
    await Promise.allSettled(this.#layers.values());
  }
  /** Whether it was asked for before. */
  has({ descriptor }) {
    return this.#layers.has(descriptor.digest);
  }
  /**
   * @throws PullBudgetError what `scan` and the source throw, `disk-full`, `diff-id-mismatch`, `bad-file-table` where it
   * is not what was believed of it
   */
  async take(layer, source) {
    const { digest } = layer.descriptor;
    const taking = this.#layers.get(digest) ?? this.#scan(layer, source);
    this.#layers.set(digest, taking);
    const taken = await taking;
    if (taken.table.diffId === layer.diffId) return taken;
    throw inputError(
      "diff-id-mismatch",
      `${taken.file.where} unpacks to ${taken.table.diffId}, and an image's config says ${layer.diffId}`,
      { hint: "Layer and config do not belong together: no node will unpack this image. Build it again." }
    );
  }
  /**
   * Takes somebody's word for what is in a layer: where it is read, before or after, it is held to that.
   * @throws PullBudgetError `bad-file-table`
   */
  believe(table) {
    const read = this.#read.get(table.diffId);
    if (read) checkKnownTable(table, read, `layer ${table.diffId}`);
    this.#believed.set(table.diffId, [...this.#believed.get(table.diffId) ?? [], table]);
  }
  /** What tells owners of a layer that was taken; undefined where it is not held any more. */
  keptOf({ descriptor }) {
    return this.#kept.of(descriptor.digest);
  }
  /** Owners are only looked for in these layers from now on. */
  retainKept(layers) {
    this.#kept.retain(layers);
  }
  /** Removes blobs and checkpoints: from now on nothing is read from `file` of those that were taken. */
  async removeBlobs() {
    for (const path of this.#files.splice(0)) await onDisk(path, () => rm2(path, { force: true }));
  }
  async #scan(layer, source) {
    const { folder, scan, progress, keepsBlobs } = this.#options;
    const signal = this.#signal;
    const { digest, mediaType, size } = layer.descriptor;
    const path = join2(folder, digestHex(digest));
    const task = progress.start(`read layer ${shortDigest(digest)}`, size);
    let left = size;
    const came = (bytes2) => {
      left -= bytes2;
      this.#coming -= bytes2;
    };
    this.#coming += size;
    try {
      await null;
      if (keepsBlobs) await assertRoom2(folder, this.#coming, "The layers to be read");
      const bytes2 = () => {
        const blob = interruptible(source.readBlob(layer.descriptor), signal, (read) => {
          came(read);
          task.advance(read);
        });
        return keepsBlobs ? copied(blob, path) : blob;
      };
      const { found, checkpoints } = await scan(layer, bytes2, `${path}.ztoc`, signal);
      const table = tableOf(found.columns);
      const where = `layer ${digest}`;
      for (const known of this.#believed.get(table.diffId) ?? []) checkKnownTable(known, table, where);
      this.#read.set(table.diffId, table);
      this.#kept.put(digest, found.kept);
      this.#files.push(path, ...checkpoints === void 0 ? [] : [checkpoints]);
      return {
        table,
        file: {
          where,
          blob: path,
          compression: layerCompression(mediaType) ?? "none",
          unpackedBytes: found.columns.unpackedBytes,
          ...checkpoints === void 0 ? {} : { checkpoints }
        }
      };
    } finally {
      came(left);
      task.done();
    }
  }
};
async function* copied(bytes2, path) {
  var _stack = [];
  try {
    await rm2(path, { force: true });
    const file2 = __using(_stack, await onDisk(path, () => open3(path, "wx", 384)), true);
    let at = 0;
    for await (const chunk of bytes2) {
      await writeAt(file2, chunk, at, path);
      at += chunk.byteLength;
      yield chunk;
    }
  } catch (_) {
    var _error = _, _hasError = true;
  } finally {
    var _promise = __callDispose(_stack, _error, _hasError);
    _promise && await _promise;
  }
}

// src/stages/relayer/write-plan.ts
import { writeFile as writeFile2 } from "node:fs/promises";
import { join as join3 } from "node:path";
async function writePlan({ input, tree, owners, tables, knownOwners }, { layers, compressor }, folder) {
  const files = /* @__PURE__ */ new Map();
  const keep = async (bytes2) => {
    const [digest, size] = [digestOf(bytes2), bytes2.byteLength];
    const path = join3(folder, `${digestHex(digest)}.kept`);
    if (!files.has(digest)) await onDisk(path, () => writeFile2(path, bytes2, { mode: 384 }));
    files.set(digest, { digest, size, path });
    return { digest, size };
  };
  const kept2 = /* @__PURE__ */ new Map();
  const tableOf2 = async (table) => {
    const known = kept2.get(table.diffId) ?? await keep(await encodeTable(table));
    kept2.set(table.diffId, known);
    return known;
  };
  const plan = {
    schemaVersion: 1,
    platform: formatPlatform(input.platform),
    ...compressor === void 0 ? {} : { compressor }
  };
  const planned = [];
  for (const { diffId, descriptor, table, title } of layers) {
    const { digest, size: bytes2 } = descriptor;
    const { unpackedBytes } = table;
    planned.push({ diffId, digest, bytes: bytes2, unpackedBytes, title, table: await tableOf2(table) });
  }
  const rows = ownersByRow(tree, owners);
  const built = [];
  for (const [at, table] of tables.entries()) {
    const known = knownOwners[at]?.bytes;
    const list = known ?? await encodeOwners(table.diffId, rows.get(table.diffId), owners);
    built.push({ diffId: table.diffId, table: await tableOf2(table), owners: await keep(list) });
  }
  return { plan: planDocument({ ...plan, layers: planned, input: built }), files: [...files.values()] };
}

// src/stages/relayer/relayer-image.ts
async function withPlans(request, use) {
  return inFolder(request, "removed", async (work) => use((await planAll(request, work)).planned));
}
async function relayerImage(request) {
  return inFolder(request, "kept", async (work) => {
    const { top, planned } = await planAll(request, work);
    const made = [];
    for (const [at, one] of planned.entries()) {
      const folder = join4(work.folder, `image-${at + 1}`);
      await onDisk(folder, () => mkdir(folder, { mode: 448 }));
      made.push(await makeImage(one, request, { ...work, folder }));
    }
    await work.shelf.removeBlobs();
    const before = [top, ...made.map(({ planned: one }) => one.input.manifest)];
    const digests = before.map(({ descriptor }) => descriptor.digest);
    for (const line of await referrersLeft(request.image.source, digests)) request.notice(line);
    const close = () => removeFolder(work.folder);
    return { ...assembled(top, made, request, close), close };
  });
}
async function inFolder({ scratch, scan, progress, signal, notice }, folderIs, work) {
  const folder = await makeScratchFolder(scratch, "relayer");
  let isKept = false;
  try {
    var _stack = [];
    try {
      const shelf = __using(_stack, new LayerShelf({ folder, scan, progress, signal, keepsBlobs: folderIs === "kept" }), true);
      const result = await work({ folder, shelf, progress, signal, notice });
      isKept = folderIs === "kept";
      return result;
    } catch (_) {
      var _error = _, _hasError = true;
    } finally {
      var _promise = __callDispose(_stack, _error, _hasError);
      _promise && await _promise;
    }
  } finally {
    if (!isKept) await removeFolder(folder).catch(() => {
    });
  }
}
async function planAll(request, work) {
  const { image, platforms, baseline, base, findBase, options, notice } = request;
  const { source } = image;
  const found = await readPlatforms(source, await source.readManifest(image.descriptor), platforms);
  const { top, images } = found;
  refuseMissing(found, platforms, image.name);
  const around = {
    source,
    baseline,
    base: options.flattenBase ? void 0 : base,
    findBase: options.flattenBase ? void 0 : findBase,
    notice
  };
  const planned = [];
  const all = distinct(images);
  for (const [at, one] of all.entries()) {
    planned.push(await planPlatform(await platformInput(one, around), options, work));
    const next = all.slice(at + 1).flatMap(({ manifest }) => manifest.layers);
    work.shelf.retainKept(new Set(next.map(({ digest }) => digest)));
  }
  return { top, planned };
}
function distinct(images) {
  return [...new Map(images.map((one) => [one.manifest.descriptor.digest, one])).values()];
}
async function makeImage(planned, { options }, work) {
  const { input, baseLayers } = planned;
  const made = await makePlatform(planned, options, work);
  const { layers, tree } = made;
  const where = `image ${input.manifest.descriptor.digest}`;
  const config = relaidConfig(input.config, layers, baseLayers, where);
  const { plan, files } = await writePlan(planned, made, work.folder);
  const descriptors = layers.map(({ descriptor }) => descriptor);
  const manifest = relaidManifest(input.manifest, config, descriptors, plan);
  return { planned, layers, tree, manifest, config, plan, files };
}
function assembled(before, made, { image, notice }, close) {
  const relaid = new Map(made.map((one) => [one.planned.input.manifest.descriptor.digest, one.manifest]));
  const { top, notices } = assemble(before, relaid);
  for (const line of notices) notice(line);
  const layers = made.flatMap((one) => one.layers);
  const source = overlay(
    image.source,
    {
      original: image.descriptor,
      descriptor: top.descriptor,
      manifests: [...relaid.values(), top],
      documents: made.flatMap(({ config, plan }) => [config, plan]),
      files: [
        ...made.flatMap((one) => one.files),
        ...layers.flatMap(
          ({ descriptor: { digest, size }, path }) => path === void 0 ? [] : [{ digest, size, path }]
        )
      ],
      borrowed: new Map(
        layers.flatMap(({ descriptor, source: from }) => from ? [[descriptor.digest, from]] : [])
      )
    },
    close
  );
  return {
    source,
    descriptor: top.descriptor,
    facts: made.map(factsOf),
    plans: made.map(({ plan }) => plan)
  };
}
function factsOf({ planned, layers, tree, manifest }) {
  const { input, plan } = planned;
  const held = input.baseline?.layers ?? [];
  const after = layerDelta(layers, held);
  const before = layerDelta(input.layers, planned.before);
  const heldIds = new Set(diffIdsOf(held));
  return {
    platform: formatPlatform(input.platform),
    input: input.manifest.descriptor.digest,
    image: manifest.descriptor.digest,
    ...input.baseline ? { baseline: input.baseline.manifest.descriptor.digest } : {},
    layers: layers.map(layerFacts),
    delta: {
      before: { chain: before.chain, blobs: before.blobs },
      after: { chain: after.chain, blobs: after.blobs },
      unpackedBytes: layers.slice(after.shared).reduce((sum2, { table }) => sum2 + table.unpackedBytes, 0)
    },
    reusedLayers: layers.filter(({ diffId }) => heldIds.has(diffId)).length,
    fresh: { before: bytesOf(input.layers), after: bytesOf(layers), dead: Math.round(plan.cost.dead) },
    ...planned.purged && { purged: planned.purged },
    tree
  };
}
function layerFacts({ diffId, descriptor, table, origin, title, reason }) {
  const { digest, size: bytes2, mediaType } = descriptor;
  return { diffId, digest, mediaType, bytes: bytes2, unpackedBytes: table.unpackedBytes, origin, title, reason };
}

// src/stages/soci/compress.ts
import { rm as rm3 } from "node:fs/promises";

// src/content/gzip/writer.ts
import { createHash as createHash3 } from "node:crypto";
import { availableParallelism } from "node:os";
import { promisify as promisify3 } from "node:util";
import { crc32, deflateRaw, inflateRaw } from "node:zlib";
var usualLevel = 6;
var header = Buffer.from("1f8b08000000000000ff", "hex");
var trailerBytes = 8;
var poolThreads = 4;
var largeBytes = 1024 * 1024;
async function* compressMembers(bytes2, {
  memberBytes,
  level: level2 = usualLevel,
  parallel: parallel3 = Math.min(availableParallelism(), poolThreads)
}, subscriber = {}) {
  const plain2 = createHash3("sha256");
  const narrator = new Narrator(subscriber);
  const spare = [];
  const flying = [];
  const land = async function* () {
    const member = await flying.shift();
    narrator.tell(member);
    spare.push(member.buffer);
    yield member.chunk;
    release(member.chunk);
  };
  try {
    for await (const member of cutIntoMembers(bytes2, memberBytes, spare, plain2)) {
      const compressed = compressMember(member, level2);
      compressed.catch(() => {
      });
      flying.push(compressed);
      if (flying.length === parallel3 * 2) yield* land();
    }
    while (flying.length > 0) yield* land();
    narrator.end(plain2);
  } finally {
    await Promise.allSettled(flying);
  }
}
async function* cutIntoMembers(bytes2, memberBytes, spare, plain2) {
  let buffer;
  let [filled, crc, full] = [0, 0, 0];
  for await (const chunk of bytes2) {
    plain2.update(chunk);
    for (let at = 0; at < chunk.byteLength; ) {
      buffer ??= spare.pop() ?? Buffer.allocUnsafeSlow(memberBytes);
      const part = chunk.subarray(at, at + memberBytes - filled);
      buffer.set(part, filled);
      crc = crc32(part, crc);
      filled += part.byteLength;
      at += part.byteLength;
      if (filled < memberBytes) continue;
      yield { buffer, content: buffer, crc };
      full++;
      [buffer, filled, crc] = [void 0, 0, 0];
    }
  }
  if (filled > 0 || full === 0) {
    buffer ??= Buffer.alloc(0);
    yield { buffer, content: buffer.subarray(0, filled), crc };
  }
}
async function compressMember(member, level2) {
  const body = await deflateBlocks(member.content, level2);
  const trailer = Buffer.alloc(trailerBytes);
  trailer.writeUInt32LE(member.crc, 0);
  trailer.writeUInt32LE(member.content.byteLength % 2 ** 32, 4);
  const chunk = Buffer.concat([header, body, trailer]);
  release(body);
  return { ...member, chunk };
}
var deflateAll = promisify3(deflateRaw);
var inflateAll = promisify3(inflateRaw);
async function deflateBlocks(content, level2) {
  const chunkSize = Math.max(1024, content.byteLength + (content.byteLength >> 10) + 64);
  let deflated = await deflateAll(content, { level: level2, chunkSize });
  for (const memLevel of [9, 7]) {
    if (!await endsWithEmptyBlock(deflated, content.byteLength)) break;
    deflated = await deflateAll(content, { level: level2, chunkSize, memLevel });
  }
  return deflated;
}
async function endsWithEmptyBlock(deflated, contentBytes) {
  if (contentBytes === 0) return false;
  const tail = deflated.readUIntLE(deflated.byteLength - 3, 3);
  const lastSet = 31 - Math.clz32(tail);
  const zeros = 23 - lastSet;
  if (zeros < 8 || zeros > 15 || (tail >> lastSet - 1 & 1) === 0) return false;
  const probe = Buffer.concat([deflated, Buffer.alloc(1)]);
  probe.writeUIntLE(tail | 3 << lastSet + 4, deflated.byteLength - 3, 3);
  try {
    const content = await inflateAll(probe, { chunkSize: contentBytes + 64 });
    const { byteLength } = content;
    release(content);
    return byteLength === contentBytes + 1;
  } catch {
    return false;
  }
}
var Narrator = class {
  #subscriber;
  #hash = createHash3("sha256");
  /** The last of what came before, zeros in front. */
  #window = Buffer.alloc(windowBytes);
  #in = 0;
  #out = 0;
  constructor(subscriber) {
    this.#subscriber = subscriber;
  }
  tell({ chunk, content }) {
    this.#hash.update(chunk);
    this.#subscriber.compressed?.(chunk.subarray(0, header.byteLength));
    const at = { in: this.#in + header.byteLength, out: this.#out, bits: 0, member: true };
    this.#subscriber.boundary?.(at, (into) => into.set(this.#window));
    this.#subscriber.compressed?.(chunk.subarray(header.byteLength));
    this.#in += chunk.byteLength;
    this.#out += content.byteLength;
    const kept2 = content.subarray(-windowBytes);
    this.#window.copyWithin(0, kept2.byteLength);
    this.#window.set(kept2, windowBytes - kept2.byteLength);
  }
  end(plain2) {
    this.#subscriber.end?.({
      digest: digestFrom(this.#hash),
      compressedBytes: this.#in,
      diffId: digestFrom(plain2),
      uncompressedBytes: this.#out
    });
  }
};
function release({ buffer, byteOffset, byteLength }) {
  if (byteLength >= largeBytes && byteOffset === 0 && buffer instanceof ArrayBuffer) buffer.transfer(0);
}

// src/stages/soci/compress.ts
function compressorOf({ spanBytes, level: level2 }) {
  return `gzip by zlib ${process.versions.zlib}, level ${level2 ?? usualLevel}, members of ${spanBytes + 1} bytes`;
}
async function compressLayer(input) {
  const { file: file2 } = input;
  if (file2 === void 0) return { ...(await compress(input, {})).facts, outcome: void 0 };
  try {
    return await compressAndIndex(input, file2);
  } catch (error) {
    await rm3(file2, { force: true });
    throw error;
  } finally {
    await rm3(spoolOf({ file: file2 }), { force: true });
  }
}
async function compressAndIndex(input, file2) {
  var _stack = [];
  try {
    const { spanBytes, subscribers = [] } = input;
    const contents = new LayerContents();
    const spool = __using(_stack, new SpanSpool(spoolOf({ file: file2 }), spanBytes, true));
    const { facts, archiveBytes } = await compress(
      { ...input, subscribers: [contents, ...subscribers] },
      {
        compressed: (part) => spool.compressed(part),
        boundary: (at, window) => spool.boundary(at, window)
      }
    );
    spool.end();
    const outcome = await outcomeOf(file2, contents, {
      compressedBytes: facts.compressedBytes,
      uncompressedBytes: archiveBytes,
      unpackedBytes: facts.uncompressedBytes,
      entries: contents.entries,
      spans: spooledSpans(spoolOf({ file: file2 }), spanBytes)
    });
    return { ...facts, outcome };
  } catch (_) {
    var _error = _, _hasError = true;
  } finally {
    __callDispose(_stack, _error, _hasError);
  }
}
async function compress({ tar, where, spanBytes, level: level2, subscribers = [], write }, boundaries) {
  const scanner = new TarScanner(where, subscribers);
  let facts;
  const end = (all) => {
    facts = all;
  };
  const members = { memberBytes: spanBytes + 1, ...level2 !== void 0 && { level: level2 } };
  await write(compressMembers(scanned(tar, scanner), members, { ...boundaries, end }));
  if (!facts) throw new Error(`${where} was not written to its end`);
  return { facts, archiveBytes: scanner.position };
}

// src/pipeline/relayer.ts
var scanWith = new URL(
  import.meta.url.endsWith(".ts") ? "./scan-worker.ts" : "./scan-worker.js",
  import.meta.url
);
async function relay(input, open4) {
  var _stack = [];
  try {
    const ztocs = /* @__PURE__ */ new Map();
    const notices = [];
    const notice = (line) => {
      notices.push(line);
      input.context.notice(line);
    };
    const indexer = __using(_stack, new LayerIndexer({ module: scanWith }), true);
    const context = { ...input.context, notice };
    const request = await requestOf({ ...input, context }, { indexer, ztocs, open: open4 });
    const relaid = await input.context.phase(`Re-layer ${input.image.name}`, () => relayerImage(request));
    return { ...relaid, name: input.image.name, isMade: true, ztocs, notices };
  } catch (_) {
    var _error = _, _hasError = true;
  } finally {
    var _promise = __callDispose(_stack, _error, _hasError);
    _promise && await _promise;
  }
}
async function planRelay(input, use) {
  var _stack = [];
  try {
    const open4 = __using(_stack, new AsyncDisposableStack(), true);
    const indexer = __using(_stack, new LayerIndexer({ module: scanWith }), true);
    const request = await requestOf(input, { indexer, ztocs: /* @__PURE__ */ new Map(), open: open4 });
    return await input.context.phase(`Plan ${input.image.name}`, () => withPlans(request, use));
  } catch (_) {
    var _error = _, _hasError = true;
  } finally {
    var _promise = __callDispose(_stack, _error, _hasError);
    _promise && await _promise;
  }
}
async function requestOf({ image, baseline, settings, options, context }, { indexer, ztocs, open: open4 }) {
  const limits = limitsOf(settings);
  checkLimits(limits);
  const base = settings.base && !settings.flattenBase ? await openImage(settings.base, options) : void 0;
  if (base) open4.defer(() => base.source.close());
  const findBase = async (name2, digest) => {
    const { host, repository } = parseReference(name2);
    const found = await openImage({ transport: "docker", reference: { host, repository, digest } }, options);
    open4.defer(() => found.source.close());
    return found;
  };
  const { spanSize: spanBytes, unpackRatioLimit: ratioLimit, compressionLevel: level2 } = settings;
  const keep = (layer, path, outcome) => {
    if (outcome?.kind === "indexed") ztocs.set(layer, ztocInFile(path, outcome, image.name));
  };
  return {
    image,
    platforms: settings.platforms,
    baseline,
    base,
    ...settings.base ? {} : { findBase },
    options: {
      flattenBase: settings.flattenBase,
      limits,
      volatile: settings.volatile,
      pin: settings.pin,
      isPurged: purging(settings.purge),
      times: timesOf2(settings.mtime),
      // A baseline's plan could hide a path by not naming it.
      verify: settings.purge.length > 0 ? "full" : settings.verify,
      compression: settings.compression,
      compressor: compressorOf({ spanBytes, level: level2 }),
      compress: async (input) => {
        await indexer.rest();
        const made = await compressLayer({ ...input, spanBytes, level: level2 });
        keep(made.digest, input.file, made.outcome);
        return made;
      }
    },
    scan: async (layer, read, file2, signal) => {
      const { outcome, found } = await indexer.indexAlong(
        { layer, open: read, file: file2, spanBytes, ratioLimit, keepCheckpoints: true },
        signal
      );
      keep(layer.descriptor.digest, file2, outcome);
      return { found, checkpoints: checkpointsOf({ file: file2 }) };
    },
    scratch: settings.scratch,
    progress: context.progress,
    signal: context.signal,
    notice: context.notice
  };
}
function limitsOf(settings) {
  const { maxLayers, minLayerSize, targetLayerSize, maxLayerSize, reuse, slack } = settings;
  return {
    maxLayers,
    minLayerBytes: Math.min(minLayerSize, targetLayerSize),
    targetLayerBytes: targetLayerSize,
    maxLayerBytes: maxLayerSize,
    reuse,
    slack: slack === void 0 ? usualSlack[reuse] : slack / 100
  };
}
var usualSlack = { chain: 0.25, blobs: 0.05 };
function timesOf2(mtime) {
  if (mtime !== "clamp") return { kind: mtime };
  const epoch = Number(process.env.SOURCE_DATE_EPOCH || Number.NaN);
  if (Number.isSafeInteger(epoch) && epoch >= 0) return { kind: "clamp", epoch };
  throw inputError("no-epoch", "mtime is clamp, and SOURCE_DATE_EPOCH says no time", {
    hint: "Set it to seconds since 1970: SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)."
  });
}
async function withPlanArtifacts(image, plans, platforms) {
  const { source, descriptor, referrers = [] } = image;
  if (plans.length === 0) return { ...image, referrers };
  const documents = new Map(plans.map((plan) => [digestOf(plan), plan]));
  const artifacts = [];
  for await (const manifest of imageManifests(source, await source.readManifest(descriptor), platforms)) {
    const plan = documents.get(manifest.annotations[layerPlanAnnotations.digest] ?? "");
    if (plan) artifacts.push(planArtifact(manifest.descriptor, plan));
  }
  const over = overlay(
    source,
    { original: descriptor, descriptor, manifests: artifacts, documents: [], files: [] },
    () => source.close()
  );
  return { ...image, source: over, referrers: [...referrers, ...artifacts.map((one) => one.descriptor)] };
}

export {
  relayerFacts,
  layerDelta,
  mergeLayers,
  differences,
  explain,
  treeDigest,
  describeDifference,
  LayerShelf,
  scanWith,
  relay,
  planRelay,
  withPlanArtifacts
};
