import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
import {
  newMark,
  ownerEnded
} from "./chunk-NVMCYYRY.js";
import {
  onDisk
} from "./chunk-THYTPSF7.js";

// src/action/scratch.ts
import { mkdir, readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
var state = "scratch";
var prefix = "pull-budget-run-";
async function makeScratch(parent, toolkit) {
  const names = await onDisk(parent, () => readdir(parent));
  for (const name of names.filter((one) => one.startsWith(prefix) && ownerEnded(one) === true)) {
    toolkit.info(`Removing what a killed run left: ${join(parent, name)}.`);
    await removeScratch(join(parent, name), toolkit);
  }
  const path = join(parent, prefix + newMark());
  toolkit.saveState(state, path);
  await onDisk(parent, () => mkdir(path));
  return path;
}
async function removeScratch(path, toolkit) {
  try {
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
  } catch (error) {
    toolkit.warning(`${path} could not be removed (${error.code}).`);
  }
}
async function cleanUp(toolkit) {
  const path = toolkit.getState(state);
  if (path === "") {
    toolkit.info("Nothing to clean: the main step made no scratch folder.");
    return;
  }
  if (!basename(path).startsWith(prefix)) {
    toolkit.warning(`${path} is no scratch folder of pull-budget: left as it is.`);
    return;
  }
  const left = await entriesOf(path);
  if (left === void 0) {
    toolkit.info(`Nothing to clean: the main step removed its scratch folder ${path}.`);
    return;
  }
  await removeScratch(path, toolkit);
  if (await entriesOf(path) === void 0) {
    toolkit.info(`Cleaned what the main step left: ${path} with ${left.length} files and folders.`);
  }
}
async function entriesOf(path) {
  try {
    return await readdir(path, { recursive: true });
  } catch {
    return void 0;
  }
}

export {
  makeScratch,
  removeScratch,
  cleanUp
};
